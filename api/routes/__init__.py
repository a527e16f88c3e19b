"""The programming interface, one module a subject; each makes its router by `interface`."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.gate import API
from api.schemas import ErrorOut


def interface(tag: str, *, prefix: str = "", route_class: type[APIRoute] = APIRoute) -> APIRouter:
    """A router under the interface's own path; `tag` names its subject in the description."""
    return APIRouter(
        prefix=API.rstrip("/") + prefix,
        tags=[tag],
        responses={"4XX": {"model": ErrorOut}},
        route_class=route_class,
    )
