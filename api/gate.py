"""The gate every request passes: limits before a route sees it, headers and a log line after it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from time import perf_counter

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http_refusals import (
    BodyTooLarge,
    BodyTooSlow,
    CrossOrigin,
    Fault,
    MalformedRequest,
    ProtocolUnsupported,
    UnsupportedType,
)
from domain.model.errors import Refusal
from domain.ports.vault import MOST_PHOTO_BYTES

API = "/api/v1/"
PROTOCOL = 1
PROTOCOL_HEADER = "x-giaonhan-protocol"
MOST_BODY_BYTES = 1 << 20  # 200 entries of the usual 600 bytes are 160 KiB in base64
MOST_FORM_BYTES = 64 << 10  # a form of the pages; a file is posted to `_UPLOADS` alone
MOST_UPLOAD_BYTES = MOST_FORM_BYTES + MOST_PHOTO_BYTES
BODY_SECONDS = 30  # a phone on a bad line; longer only ties up the server
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_UPLOADS = re.compile(r"/labels/[^/]{1,40}/acts/(?:damage|reserves)")
# `same-origin`, not `no-referrer`: that one would make browsers send `Origin: null` with forms. A
# page without forms whose address is a secret says `no-referrer` itself.
REFERRER_POLICY = "same-origin"
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), payment=()",
}
_FIXED_HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_FETCH_SITES = frozenset({"same-origin", "none"})

log = structlog.get_logger("giaonhan.http")
Refuse = Callable[[Request, Refusal], Response]
Answered = Callable[[str, float], None]


class Gate:
    """ASGI middleware; `refuse` makes the answer for what is turned away here.

    `answered` is told the route and the ms of each request that is over.
    """

    def __init__(self, app: ASGIApp, *, refuse: Refuse, answered: Answered) -> None:
        self._app = app
        self._refuse = refuse
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever goes wrong inside is answered, logged and ends here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, message)
            await send(message)

        try:
            await self._serve(scope, receive, answer)
        except Exception:  # the outermost loop: a fault is logged with its trace, never shown
            log.exception("fault", method=scope["method"], route=_route(scope))
            if not status:
                await self._refuse(Request(scope), Fault())(scope, receive, answer)
        finally:
            route, taken_ms = _route(scope), round((perf_counter() - started) * 1000, 1)
            self._answered(route, taken_ms)
            log.info("request", method=scope["method"], route=route, status=status, ms=taken_ms)

    async def _serve(self, scope: Scope, receive: Receive, answer: Send) -> None:
        try:
            _check_headers(scope)
            body = await _read_body(scope, receive)
        except Refusal as refusal:
            refused = await run_in_threadpool(self._refuse, Request(scope), refusal)
            await refused(scope, receive, answer)
        else:
            await self._app(scope, _replayed(body, receive), answer)


def _route(scope: Scope) -> str:
    """The route's pattern, never the path itself: a path may carry a one-time code."""
    return str(getattr(scope.get("route"), "path", "-"))


def _add_headers(scope: Scope, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    headers.raw.extend(_FIXED_HEADERS)
    headers.setdefault("referrer-policy", REFERRER_POLICY)
    headers.setdefault("cache-control", "no-store")
    if scope["path"].startswith(API):
        headers[PROTOCOL_HEADER] = str(PROTOCOL)


def _check_headers(scope: Scope) -> None:
    """Turn away another site's request, a foreign protocol, a wrong type or length."""
    headers = Headers(scope=scope)
    in_api = scope["path"].startswith(API)
    if in_api:
        _check_protocol(headers.get(PROTOCOL_HEADER, ""))
    if scope["method"] in _SAFE_METHODS:
        return
    _check_origin(headers, scheme=scope["scheme"])
    wanted = JSON if in_api else MULTIPART if _UPLOADS.fullmatch(scope["path"]) else FORM
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted and (given or headers.get("content-length", "0") != "0"):
        raise UnsupportedType(wanted=wanted)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise MalformedRequest(fields="content-length")
    if int(length) > _most_bytes(scope):
        raise BodyTooLarge(most_bytes=_most_bytes(scope))


def _check_protocol(version: str) -> None:
    """Server and stations one version apart work together."""
    if not (version.isascii() and version.isdigit() and abs(int(version[:9]) - PROTOCOL) <= 1):
        raise ProtocolUnsupported(ours=PROTOCOL)


def _check_origin(headers: Headers, *, scheme: str) -> None:
    """A browser names the page's origin with every unsafe request; programs name none."""
    origin = headers.get("origin")
    if origin is not None and origin != f"{scheme}://{headers.get('host', '')}":
        raise CrossOrigin
    if headers.get("sec-fetch-site", "none") not in _OWN_FETCH_SITES:
        raise CrossOrigin


def _most_bytes(scope: Scope) -> int:
    if scope["path"].startswith(API):
        return MOST_BODY_BYTES
    return MOST_UPLOAD_BYTES if _UPLOADS.fullmatch(scope["path"]) else MOST_FORM_BYTES


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, counted as it streams in: a content-length may be absent or a lie."""
    most = _most_bytes(scope)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":  # cut short: half a body says nothing
                    raise MalformedRequest(fields="body")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > most:
                    raise BodyTooLarge(most_bytes=most)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise BodyTooSlow(seconds=BODY_SECONDS) from None


def _replayed(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """A `receive` that gives the body read above once, then what the connection says."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
