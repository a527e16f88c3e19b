"""How the server is, for monitors and for `doctor`; and the interface's own description."""

from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.auth import anyone, monitor_may
from api.gate import PROTOCOL
from api.house import house_of
from api.readiness import unready
from api.schemas import HealthOut, ReadyOut
from domain.model.instants import iso

router = APIRouter(tags=["server"])


@router.get("/healthz", dependencies=[anyone("says nothing about dossiers or people")])
def health(request: Request) -> HealthOut:
    """Whether the process lives, and which version runs; asks no store."""
    now_us = house_of(request).clock.now_us()
    return HealthOut(status="ok", version=version("giaonhan"), protocol=PROTOCOL, now=iso(now_us))


@router.get("/readyz", dependencies=[anyone("says nothing about dossiers or people")])
def ready(request: Request, response: Response) -> ReadyOut:
    """Whether writes are taken and the sheets follow the log; 503 with coded reasons if not."""
    house = house_of(request)
    projection, reasons = unready(house)
    if reasons:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return ReadyOut.of(projection, reasons, fault=house.projection_fault)


@router.get("/metrics", include_in_schema=False, dependencies=[monitor_may()])
def metrics(request: Request) -> Response:
    """Counts, times and standings in Prometheus' text format, for whoever has the token."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@router.get(
    "/openapi.json", include_in_schema=False, dependencies=[anyone("describes, holds no data")]
)
def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    description: dict[str, Any] = request.app.openapi()
    return description
