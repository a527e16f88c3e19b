"""The server's web application: routes behind the gate, refusals as answers; used by `serve`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from anyio import CapacityLimiter
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException

from api.auth import undeclared
from api.errors import as_json, told
from api.gate import API, Gate
from api.house import House
from api.http_refusals import Fault, MalformedRequest, MethodNotAllowed, NoSuchPage, NotSignedIn
from api.metrics import Metrics
from api.pages import (
    acts as act_pages,
)
from api.pages import (
    appointments,
    catalogue,
    citizen,
    devices,
    files,
    intake,
    leg_report,
    new_labels,
    office_list,
    party_reports,
    pauses,
    pouches,
    render,
    settling,
    shift,
    sign_in,
    station_list,
    supervisor,
    working_calendar,
)
from api.pages import (
    censuses as census_pages,
)
from api.pages import (
    minutes as minute_pages,
)
from api.pages import (
    quarantine as quarantine_pages,
)
from api.pages import (
    reports as report_pages,
)
from api.pages import (
    runs as run_pages,
)
from api.pages import (
    stickers as sticker_pages,
)
from api.pages import (
    work as work_pages,
)
from api.routes import (
    acts,
    board,
    boards,
    calendars,
    censuses,
    decisions,
    discrepancies,
    dossiers,
    health,
    manifests,
    minutes,
    offices,
    offline_intake,
    quarantine,
    reports,
    runs,
    scans,
    session,
    shifts,
    stations,
    stickers,
    work,
)
from domain.model.errors import Refusal

RETRY_AFTER_S = 2  # the writer works off a hundred waiting batches in that time
# Stations that the log is asked for at once: after a start a province's come all in one second, and
# each thread that is begun stays.
FIRST_ASKED = 2
_ANSWERS_OF_FRAMEWORK: dict[int, type[Refusal]] = {404: NoSuchPage, 405: MethodNotAllowed}
_MOST_FIELDS_TOLD = 10

_ROUTES = (
    scans,  # asked all day, and a request asks the routes in turn
    stations,
    offline_intake,
    manifests,
    censuses,
    dossiers,
    decisions,
    minutes,
    board,
    boards,
    work,
    reports,
    runs,
    discrepancies,
    quarantine,
    calendars,
    offices,
    acts,
    stickers,
    shifts,
    session,
)
_PAGES = (
    health,
    files,
    sign_in,
    intake,
    supervisor,
    pouches,
    report_pages,
    leg_report,
    party_reports,
    run_pages,
    act_pages,
    sticker_pages,
    new_labels,
    work_pages,
    minute_pages,
    settling,
    appointments,
    pauses,
    shift,
    census_pages,
    station_list,
    devices,
    quarantine_pages,
    office_list,
    working_calendar,
    catalogue,
    citizen,
)

log = structlog.get_logger("giaonhan.server")


def create_app(house: House, *, metrics_token: str | None = None) -> FastAPI:
    """The application on an open house; `metrics_token` lets a monitor read `/metrics`.

    Raises `LookupError` if a route declares no caller.
    """
    app = FastAPI(
        title="giaonhan",
        summary="Giao nhận hồ sơ / custody of paper dossiers",
        docs_url=None,  # the library's pages load scripts from a foreign host; ours is /docs
        redoc_url=None,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we have our own
        lifespan=_lifespan,
    )
    app.state.house = house
    app.state.metrics = metrics = Metrics(house)
    app.state.metrics_token = metrics_token
    app.state.first_asked = CapacityLimiter(FIRST_ASKED)
    for room in (*_ROUTES, *_PAGES):  # an included router is asked first, then each of its routes
        app.router.routes.extend(room.router.routes)
    if open_doors := undeclared(app.routes):
        raise LookupError(f"routes without a declared caller: {open_doors}")
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _by_framework)
    app.add_middleware(Gate, refuse=refuse, answered=metrics.answered)
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Says when the server begins and ends; the house belongs to whoever opened it."""
    log.info("started")
    yield
    log.info("stopped")


def refuse(request: Request, refusal: Refusal) -> Response:
    """The answer to a refusal: a page for a reader, JSON for a program."""
    if request.url.path.startswith(API) or "text/html" not in request.headers.get("accept", ""):
        response: Response = JSONResponse(as_json(refusal), told(refusal).status)
    elif isinstance(refusal, NotSignedIn) and request.method == "GET":
        then = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        response = RedirectResponse(f"/sign-in?{urlencode({'then': then})}", HTTPStatus.SEE_OTHER)
    elif isinstance(refusal, Fault):  # bare: a page could fail of the same fault again
        response = PlainTextResponse("\n".join(told(refusal)[1:]), told(refusal).status)
    else:
        response = render.refusal_page(request, refusal)
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["retry-after"] = str(RETRY_AFTER_S)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["retry-after"] = str(refusal.values.get("seconds", RETRY_AFTER_S))
    return response


async def _refused(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    log.info("refused", code=refusal.code)
    return await run_in_threadpool(refuse, request, refusal)


async def _malformed(request: Request, error: Exception) -> Response:
    """Says where a request is malformed, never what stood there."""
    if not isinstance(error, RequestValidationError):
        raise error
    places = [".".join(map(str, found["loc"])) for found in error.errors()[:_MOST_FIELDS_TOLD]]
    malformed = MalformedRequest(fields=", ".join(places))
    return await run_in_threadpool(refuse, request, malformed)


async def _by_framework(request: Request, error: Exception) -> Response:
    """The framework's own refusals in our form."""
    if not isinstance(error, HTTPException):
        raise error
    kind: Callable[[], Refusal] | None = _ANSWERS_OF_FRAMEWORK.get(error.status_code)
    if kind is None and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = partial(MalformedRequest, fields="body")
    return await run_in_threadpool(refuse, request, kind() if kind else Fault())
