"""A running server as a command reaches it: signed in by a one-time link, out again at the end."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, NoReturn

import typer

from api.cli.refusals import EXIT_REFUSED
from api.gate import API, PROTOCOL, PROTOCOL_HEADER

Ask = Callable[[str, Mapping[str, Any]], Any]
_LINK = re.compile(r"(https?://[^/\s]+)/sign-in/([^/\s]+)")
_SIGN_IN = "/sign-in"
_TIMEOUT_S, _TRIES, _WAIT_S = 60.0, 20, 2.0
_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@contextmanager
def signed_in(link: str) -> Iterator[Ask]:
    """Ask (path under the API, JSON) and get JSON; what the server refuses ends the process.

    A server that is busy, or away for a moment, is asked again.
    """
    import httpx  # takes long to import

    found = _LINK.fullmatch(link.strip())
    if found is None:
        raise typer.BadParameter("https://…/sign-in/…", param_hint="--sign-in")
    headers = {PROTOCOL_HEADER: str(PROTOCOL)}
    with httpx.Client(base_url=f"{found[1]}{API}", headers=headers, timeout=_TIMEOUT_S) as server:

        def post(path: str, body: Mapping[str, Any]) -> httpx.Response | None:
            with suppress(httpx.HTTPError):
                return server.post(path, json=body)
            return None

        def ask(path: str, body: Mapping[str, Any], *, tries: int = _TRIES) -> Any:
            answer = post(path, body)
            for _ in range(tries - 1):
                if answer is not None and answer.status_code not in _PASSING:
                    break
                time.sleep(_WAIT_S)
                answer = post(path, body)
            if answer is None:
                _end(
                    f"Không gọi được máy chủ {found[1]}. Hãy chạy lại lệnh này.\n"
                    f"  The server {found[1]} cannot be reached. Run this again."
                )
            if answer.is_success:
                return answer.json()
            error = answer.json()["error"]
            _end(f"{error['code']}: {error['vi']}\n  {error['en']}")

        # A code is good once: after a lost answer nobody knows whether it was used.
        ask(_SIGN_IN, {"code": found[2]}, tries=1)
        try:
            yield ask
        finally:
            with suppress(httpx.HTTPError):
                server.post("/sign-out")


def _end(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise SystemExit(EXIT_REFUSED)
