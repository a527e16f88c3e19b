"""The desk page's web application: the page, its events, and what it sends; served by `running`."""

import asyncio
import json
import queue
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

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

from domain.model.labels import is_label
from scanner_station.desk import render, words
from scanner_station.desk.guard import Guard, cookie_name
from scanner_station.desk.printing import PAPERS
from scanner_station.images import BYTES_AT_MOST
from scanner_station.prompts import Tone
from scanner_station.sources import Order, View
from scanner_station.wedge import MOST_TEXT

if TYPE_CHECKING:
    from scanner_station.desk.running import DeskPage

_LANGUAGE = "giaonhan_lang"
_YEAR_S = 365 * 86_400
_MOST_BYTES = 64 * 1024  # of one post of scans
_MOST_SCANS = 64  # in one post; the page sends the rest next
_MOST_CODES = 8  # a button says a card and a pouch
_TAKEN_WITHIN_S = 8.0  # then the page asks again under the same name
_STILL_HERE_S = 15.0  # between two signs of life to a page
_LONGEST_PIN = 64
_NAME = re.compile(r"[A-Za-z0-9-]{8,64}")
_Handler = Callable[[Request], Awaitable[Response]]


class _MalformedError(Exception):
    """A post that our page does not send."""


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
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, door=desk.door, port=port)],
        exception_handlers={_MalformedError: _malformed},
    )


def _open(desk: "DeskPage", port: int) -> _Handler:
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


def _page(desk: "DeskPage") -> _Handler:
    async def handler(request: Request) -> Response:
        language = _language(request)
        answer = HTMLResponse(
            render.page(
                desk.board.snapshot(), desk.health, settings=desk.settings, language=language
            )
        )
        if "lang" in request.query_params:
            answer.set_cookie(_LANGUAGE, language, max_age=_YEAR_S, samesite="strict")
        return answer

    return handler


def _events(desk: "DeskPage") -> _Handler:
    async def handler(request: Request) -> Response:
        return StreamingResponse(_told(desk, _language(request)), media_type="text/event-stream")

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
            }
            yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
            changed.clear()
            if desk.board.snapshot().version == snapshot.version:
                try:
                    await asyncio.wait_for(changed.wait(), _STILL_HERE_S)
                except TimeoutError:
                    yield ": \n\n"


def _scans(desk: "DeskPage") -> _Handler:
    async def handler(request: Request) -> Response:
        told = await _json(request, limit=_MOST_BYTES)
        scans = told.get("scans") if isinstance(told, dict) else None
        if not isinstance(scans, list) or not 0 < len(scans) <= _MOST_SCANS:
            raise _MalformedError
        views = [_view(one) for one in scans]
        return await _through(desk, views)

    return handler


def _pin(desk: "DeskPage") -> _Handler:
    async def handler(request: Request) -> Response:
        told = await _json(request, limit=_MOST_BYTES)
        pin = told.get("pin") if isinstance(told, dict) else None
        if not isinstance(pin, str) or not 0 < len(pin) <= _LONGEST_PIN:
            raise _MalformedError
        view = await run_in_threadpool(desk.sign_on, pin)
        return JSONResponse({"taken": True}) if view is None else await _through(desk, [view])

    return handler


def _pictures(desk: "DeskPage") -> _Handler:
    async def handler(request: Request) -> Response:
        name = request.query_params.get("id", "")
        if not _NAME.fullmatch(name):
            raise _MalformedError
        data = await _body(request, limit=BYTES_AT_MOST)
        photo = await run_in_threadpool(desk.read_photo, data)
        if photo is None:
            return JSONResponse({"labels": None})
        view = View(photo.texts, picture=name, post=name)
        answer = await _through(desk, [view])
        if answer.status_code != HTTPStatus.OK:
            return answer
        tones = {row.subject: row.tone for row in reversed(desk.board.snapshot().rows)}
        labels = [
            {"text": text, "corners": corners, "tone": tones.get(text, Tone.ASK)}
            for text, corners in photo.labels
        ]
        return JSONResponse({"width": photo.width, "height": photo.height, "labels": labels})

    return handler


def _camera(desk: "DeskPage") -> _Handler:
    async def handler(_request: Request) -> Response:
        picture = await run_in_threadpool(desk.see_camera)
        if picture is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return Response(picture, media_type="image/jpeg")

    return handler


def _printed(desk: "DeskPage") -> _Handler:
    async def handler(request: Request) -> Response:
        what, label = request.path_params["what"], request.path_params["label"]
        if what not in PAPERS or not is_label(label):
            return PlainTextResponse("", HTTPStatus.NOT_FOUND)
        pdf = await run_in_threadpool(desk.print_out, what, label)
        name = f'inline; filename="{what}-{label}.pdf"'
        headers = {"Content-Disposition": name}
        return Response(pdf, media_type="application/pdf", headers=headers)

    return handler


async def _through(desk: "DeskPage", views: list[View]) -> Response:
    """Answer when the loop is through with all of them."""
    try:
        waiting = [desk.inbox.post(view) for view in views]
        async with asyncio.timeout(_TAKEN_WITHIN_S):
            await asyncio.gather(*map(_done, waiting))
    except (queue.Full, TimeoutError):
        return JSONResponse({"taken": False}, HTTPStatus.SERVICE_UNAVAILABLE)
    return JSONResponse({"taken": True})


async def _done(future: Future[None]) -> None:
    await asyncio.shield(asyncio.wrap_future(future))


def _view(told: object) -> View:
    if not isinstance(told, dict) or not told.keys() <= {"id", "codes", "order"}:
        raise _MalformedError
    name, codes, order = told.get("id"), told.get("codes"), told.get("order")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _MalformedError
    if not isinstance(codes, list) or len(codes) > _MOST_CODES:
        raise _MalformedError
    if not all(isinstance(code, str) and len(code) <= MOST_TEXT for code in codes):
        raise _MalformedError
    if order is not None and order not in _ORDERS:
        raise _MalformedError
    return View(tuple(codes), post=name, order=order and Order(order))


_ORDERS = frozenset({Order.ONCE, Order.CARD_OFF, Order.AS_IT_IS, Order.SIGN_OFF})


async def _json(request: Request, *, limit: int) -> Any:
    if request.headers.get("content-type") != "application/json":
        raise _MalformedError
    try:
        return json.loads(await _body(request, limit=limit))
    except (ValueError, RecursionError):
        raise _MalformedError from None


async def _body(request: Request, *, limit: int) -> bytes:
    """What was sent, no more than the limit; raises `_MalformedError` beyond it."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            raise _MalformedError
    return bytes(content)


async def _malformed(_request: Request, _fault: Exception) -> Response:
    return JSONResponse({"error": "MALFORMED"}, HTTPStatus.BAD_REQUEST)


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or request.cookies.get(_LANGUAGE)
    return asked if asked in words.LANGUAGES else words.LANGUAGES[0]
