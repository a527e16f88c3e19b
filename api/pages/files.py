"""The pages' own files and the offline description of the programming interface."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute, iter_route_contexts

from api.auth import PersonMay, StationMay, anyone, declared
from api.http_refusals import NoSuchPage
from api.pages.assets import assets
from api.pages.render import page
from api.pages.sign_in import first_page

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[anyone("leads to the first page")])
def start(request: Request) -> Response:
    """The first page, which asks to sign in where that is needed."""
    return RedirectResponse(first_page(request.state.actor), HTTPStatus.SEE_OTHER)


@router.get("/static/{name}", dependencies=[anyone("style and pictures")])
def static(name: str, v: Annotated[str, Query(max_length=40)] = "") -> Response:
    """One of the pages' own files; kept for ever under the hash of its content."""
    asset = assets().get(name)
    if asset is None:
        raise NoSuchPage
    kept = "public, max-age=31536000, immutable" if v == asset.version else "no-cache"
    return Response(asset.content, media_type=asset.media_type, headers={"cache-control": kept})


@router.get("/docs", dependencies=[anyone("describes, holds no data")])
def docs(request: Request) -> Response:
    """Every route of the programming interface, from its own OpenAPI document; no foreign host."""
    document = request.app.openapi()
    callers = {
        (method, str(context.path_format)): _caller(context.dependant)
        for context in iter_route_contexts(request.app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
    }
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "caller": callers[method.upper(), path],
            **operation,
        }
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    ]
    return page(
        request, "docs.html", operations=operations, schemas=document["components"]["schemas"]
    )


def _caller(dependant: Any) -> str:
    """Who may call, in the words of the route's own declaration."""
    rule = next(declared(dependant))
    match rule:
        case StationMay():
            return f"station: {rule.act}"
        case PersonMay():
            return f"person: {rule.act}"
        case _:
            return "anyone"
