"""What the page sends, read within limits and put through the loop; for `app` and `counter`."""

import asyncio
import json
import queue
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scanner_station.desk import words
from scanner_station.sources import View

if TYPE_CHECKING:
    from scanner_station.desk.running import DeskPage

LANGUAGE = "giaonhan_lang"  # the cookie of the reader's choice
_TAKEN_WITHIN_S = 8.0  # then the page asks again under the same name
_MOST_BYTES = 64 * 1024  # of one post of scans, or of one form
_NAME = re.compile(r"[A-Za-z0-9-]{8,64}")
Handler = Callable[[Request], Awaitable[Response]]


class MalformedError(Exception):
    """A post that our page does not send."""


class NotTakenError(Exception):
    """The loop was not through with it in time: the page sends it again."""


def name_of(told: object) -> str:
    """The page's own name for a post; raises `MalformedError`."""
    if not isinstance(told, str) or not _NAME.fullmatch(told):
        raise MalformedError
    return told


def language_of(request: Request) -> str:
    """As asked for now, else before; else Vietnamese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    return asked if asked in words.LANGUAGES else words.LANGUAGES[0]


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; raises `MalformedError`."""
    if request.headers.get("content-type") != "application/json":
        raise MalformedError
    try:
        told = json.loads(await read_body(request, limit=_MOST_BYTES))
    except (ValueError, RecursionError):
        raise MalformedError from None
    if not isinstance(told, dict):
        raise MalformedError
    return told


async def read_body(request: Request, *, limit: int) -> bytes:
    """What was sent, no more than the limit; raises `MalformedError` beyond it."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            raise MalformedError
    return bytes(content)


async def through(desk: "DeskPage", views: list[View]) -> list[View]:
    """When the loop is through with all of them: the views it took under these names.

    Raises `NotTakenError`.
    """
    try:
        waiting = [desk.inbox.post(view) for view in views]
        async with asyncio.timeout(_TAKEN_WITHIN_S):
            return await asyncio.gather(*map(_done, waiting))
    except (queue.Full, TimeoutError):
        raise NotTakenError from None


async def malformed(_request: Request, _fault: Exception) -> Response:
    """The answer to a `MalformedError`."""
    return JSONResponse({"error": "MALFORMED"}, HTTPStatus.BAD_REQUEST)


async def not_taken(_request: Request, _fault: Exception) -> Response:
    """The answer to a `NotTakenError`."""
    return JSONResponse({"taken": False}, HTTPStatus.SERVICE_UNAVAILABLE)


async def _done(future: Future[View]) -> View:
    return await asyncio.shield(asyncio.wrap_future(future))
