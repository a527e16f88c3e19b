"""How the server is, for monitors and for `doctor`; and the interface's own description."""

from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response

from api.auth import anyone
from api.gate import PROTOCOL
from api.house import house_of
from api.schemas import HealthOut

router = APIRouter(tags=["server"])


@router.get("/healthz", dependencies=[anyone("says nothing about dossiers or people")])
def health(request: Request, response: Response) -> HealthOut:
    """Whether the read model follows the log (503 when it has stopped), and which version runs."""
    house = house_of(request)
    projection = house.views.status()
    fault = projection.fault or house.projection_fault
    if fault is not None:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return HealthOut.of(
        projection,
        fault=fault,
        version=version("giaonhan"),
        protocol=PROTOCOL,
        now_us=house.clock.now_us(),
    )


@router.get(
    "/openapi.json", include_in_schema=False, dependencies=[anyone("describes, holds no data")]
)
def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    description: dict[str, Any] = request.app.openapi()
    return description
