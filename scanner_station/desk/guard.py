"""Who may speak to the desk page: this browser from this very page, and nobody else's script."""

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scanner_station.desk.door import Door

_SAFE = frozenset({"GET", "HEAD"})
_OPEN = ("/open/", "/static/")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_CLOSED = (
    "Trang bàn quét chỉ mở bằng liên kết mà trạm in ra khi khởi động.\n"
    "The desk page opens only by the link that the station printed when it started.\n"
)


def cookie_name(port: int) -> str:
    """Cookies do not know ports: two stations on one machine have one each."""
    return f"giaonhan_desk_{port}"


class Guard:
    """Host, origin and cookie are checked before the app sees anything; no CORS is answered."""

    def __init__(self, app: ASGIApp, *, door: Door, port: int) -> None:
        self._app, self._door, self._cookie = app, door, cookie_name(port)
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        why = self._objection(scope["method"], scope["path"], Headers(scope=scope))
        if why is None:
            await self._app(scope, receive, sent)
        else:
            await PlainTextResponse(why, 403)(scope, receive, sent)

    def _objection(self, method: str, path: str, headers: Headers) -> str | None:
        """Why not; None for our own page."""
        host = headers.get("host", "")
        if host not in self._hosts:  # a name of the outside world that was pointed at this machine
            return "host"
        site = headers.get("sec-fetch-site", "same-origin")
        if method not in _SAFE:
            # Another port of this machine is the same site to a cookie, but never the same origin.
            if headers.get("origin") != f"http://{host}" or site != "same-origin":
                return "origin"
        elif site not in {"same-origin", "none"} and headers.get("sec-fetch-mode") != "navigate":
            return "origin"
        if path.startswith(_OPEN) or self._door.is_open_to(self._sent_cookie(headers)):
            return None
        return _CLOSED

    def _sent_cookie(self, headers: Headers) -> str:
        try:
            sent = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return sent.value if sent is not None else ""
