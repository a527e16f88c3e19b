"""The desk page's web application: the page, its events, and what it sends; served by `running`."""

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from domain.model.errors import Refusal
from domain.model.labels import is_label
from scanner_station.desk import render
from scanner_station.desk.counter import counter_routes, refused
from scanner_station.desk.guard import Guard, cookie_name
from scanner_station.desk.posts import (
    LANGUAGE,
    Handler,
    MalformedError,
    NotTakenError,
    language_of,
    malformed,
    name_of,
    not_taken,
    read_body,
    read_object,
    through,
)
from scanner_station.desk.printing import PAPERS
from scanner_station.images import BYTES_AT_MOST
from scanner_station.prompts import Tone
from scanner_station.sources import Order, View
from scanner_station.wedge import MOST_TEXT

if TYPE_CHECKING:
    from scanner_station.desk.running import DeskPage

_YEAR_S = 365 * 86_400
_MOST_SCANS = 64  # in one post; the page sends the rest next
_MOST_CODES = 8  # a button says a card and a pouch
_STILL_HERE_S = 15.0  # between two signs of life to a page
_LONGEST_PIN = 64


def create_app(desk: "DeskPage", *, port: int) -> Starlette:
    """The application for one station's page on that port of 127.0.0.1."""
    routes = [
        Route("/open/{code}", _open(desk, port)),
        Route("/static/{name}", _static),
        Route("/", _page(desk)),
        Route("/events", _events(desk)),
        Route("/scans", _scans(desk), methods=["POST"]),
        Route("/pin", _pin(desk), methods=["POST"]),
        Route("/pictures", _pictures(desk), methods=["POST"]),
        Route("/camera", _camera(desk)),
        Route("/print/{what}/{label}", _printed(desk)),
        *counter_routes(desk),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, door=desk.door, port=port)],
        exception_handlers={MalformedError: malformed, NotTakenError: not_taken},
    )


def _open(desk: "DeskPage", port: int) -> Handler:
    async def handler(request: Request) -> Response:
        cookie = desk.enter(request.path_params["code"])
        if cookie is None:
            return PlainTextResponse(
                "Liên kết này đã dùng rồi. Dùng liên kết mới mà trạm vừa in ra.\n"
                "This link was used before. Use the new one that the station has printed.\n",
                HTTPStatus.FORBIDDEN,
            )
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            cookie_name(port), cookie, max_age=_YEAR_S, httponly=True, samesite="strict"
        )
        return answer

    return handler


async def _static(request: Request) -> Response:
    asset = render.assets().get(request.path_params["name"])
    if asset is None:
        return PlainTextResponse("", HTTPStatus.NOT_FOUND)
    # A script names the next one without its version, so that one is asked for anew each time.
    kept = f"max-age={_YEAR_S}, immutable" if "v" in request.query_params else "no-cache"
    headers = {"Cache-Control": kept}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _page(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        language = language_of(request)
        answer = HTMLResponse(
            render.page(
                desk.board.snapshot(), desk.health, settings=desk.settings, language=language
            )
        )
        if "lang" in request.query_params:
            answer.set_cookie(LANGUAGE, language, max_age=_YEAR_S, samesite="strict")
        return answer

    return handler


def _events(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        return StreamingResponse(_told(desk, language_of(request)), media_type="text/event-stream")

    return handler


async def _told(desk: "DeskPage", language: str) -> AsyncIterator[str]:
    """What has changed since this page last heard, at once, until the station ends."""
    sent: dict[str, str] = {}
    with desk.listening() as changed:
        while not desk.ended:
            snapshot = desk.board.snapshot()
            now = render.regions(snapshot, desk.health, settings=desk.settings, language=language)
            news = {name: markup for name, markup in now.items() if sent.get(name) != markup}
            sent = now
            told = {
                "regions": news,
                "sound": snapshot.sound,
                "tone": snapshot.tone,
                "taken": snapshot.taken,
                "operator": snapshot.operator,
                "sticker": snapshot.sticker,
            }
            yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
            changed.clear()
            if desk.board.snapshot().version == snapshot.version:
                try:
                    await asyncio.wait_for(changed.wait(), _STILL_HERE_S)
                except TimeoutError:
                    yield ": \n\n"


def _scans(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        scans = (await read_object(request)).get("scans")
        if not isinstance(scans, list) or not 0 < len(scans) <= _MOST_SCANS:
            raise MalformedError
        await through(desk, [_view(one) for one in scans])
        return JSONResponse({"taken": True})

    return handler


def _pin(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        pin = (await read_object(request)).get("pin")
        if not isinstance(pin, str) or not 0 < len(pin) <= _LONGEST_PIN:
            raise MalformedError
        view = await run_in_threadpool(desk.sign_on, pin)
        if view is not None:
            await through(desk, [view])
        return JSONResponse({"taken": True})

    return handler


def _pictures(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        name = name_of(request.query_params.get("id"))
        data = await read_body(request, limit=BYTES_AT_MOST)
        photo = await run_in_threadpool(desk.read_photo, data)
        if photo is None:
            return JSONResponse({"labels": None})
        view = View(photo.texts, picture=name, post=name)
        await through(desk, [view])
        tones = {row.subject: row.tone for row in reversed(desk.board.snapshot().rows)}
        labels = [
            {"text": text, "corners": corners, "tone": tones.get(text, Tone.ASK)}
            for text, corners in photo.labels
        ]
        return JSONResponse({"width": photo.width, "height": photo.height, "labels": labels})

    return handler


def _camera(desk: "DeskPage") -> Handler:
    async def handler(_request: Request) -> Response:
        picture = await run_in_threadpool(desk.see_camera)
        if picture is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return Response(picture, media_type="image/jpeg")

    return handler


def _printed(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        what, label = request.path_params["what"], request.path_params["label"]
        if what not in PAPERS or not is_label(label):
            return PlainTextResponse("", HTTPStatus.NOT_FOUND)
        try:
            pdf = await run_in_threadpool(desk.print_out, what, label)
        except Refusal as refusal:
            return refused(refusal)
        name = f'inline; filename="{what}-{label}.pdf"'
        headers = {"Content-Disposition": name}
        return Response(pdf, media_type="application/pdf", headers=headers)

    return handler


def _view(told: object) -> View:
    if not isinstance(told, dict) or not told.keys() <= {"id", "codes", "order"}:
        raise MalformedError
    name, codes, order = name_of(told.get("id")), told.get("codes"), told.get("order")
    if not isinstance(codes, list) or len(codes) > _MOST_CODES:
        raise MalformedError
    if not all(isinstance(code, str) and len(code) <= MOST_TEXT for code in codes):
        raise MalformedError
    if order is not None and order not in _ORDERS:
        raise MalformedError
    return View(tuple(codes), post=name, order=order and Order(order))


_ORDERS = frozenset(Order) - {Order.SIGN_ON}  # that follows from a PIN
