"""HTTP to the server: headers, limits, and coded refusals instead of statuses.

Used by the uplink, by enrolment, and by whoever asks the server one question.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.model.instants import Micros, parse_instant
from scanner_station.clock import StationClock
from scanner_station.refusals import NotTheServer, Offline, ServerRefused

PROTOCOL = 1
PROTOCOL_HEADER = "X-Giaonhan-Protocol"
_MOST_ANSWER_BYTES = 16 * 1024 * 1024  # a directory of a whole province fits
_TIMEOUT = httpx.Timeout(10.0, connect=3.0)
_BUSY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_SENTENCE = 400
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Told:
    """A JSON answer with the wall clock just before asking and just after reading."""

    body: Mapping[str, Any]
    asked_us: Micros
    answered_us: Micros

    def offset(self) -> tuple[int, int]:
        """Clock offset and its uncertainty in ms; the server looked between the two moments."""
        between_us = (self.asked_us + self.answered_us) // 2
        offset_us = parse_instant(self.body.get("now")) - between_us
        return round(offset_us / 1000), (self.answered_us - self.asked_us) // 2000 + 1


class Server:
    """HTTP to one server: headers, limits, and refusals instead of statuses.

    `transport` stands in for the network in a rehearsal.
    """

    def __init__(
        self, url: str, *, clock: StationClock, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._clock = clock
        # A proxy of the environment is for the outside world, never for this machine.
        parts = urlsplit(url)
        # Where nothing speaks TLS nobody is trusted: to read all authorities costs 40 ms.
        trusted = True if parts.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            trust_env=parts.hostname not in _LOOPBACK,
            transport=transport,
            verify=trusted,
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """One request; raises `Offline`, `ServerRefused` or `NotTheServer`."""
        told = {PROTOCOL_HEADER: str(PROTOCOL), "Content-Type": "application/json"}
        asked_us = self._clock.now_us()
        try:
            with self._client.stream(
                method, path, content=body, headers=told | dict(headers or {})
            ) as response:
                content = _read(response)
        except httpx.HTTPError as error:
            if _distrusted(error):
                raise NotTheServer(why="certificate") from error
            raise Offline(why=unanswered(error), retry_after_s=None) from error
        answered_us = self._clock.now_us()
        if response.status_code in _BUSY_STATUS:
            wait = _seconds(response.headers.get("Retry-After"))
            raise Offline(why=str(response.status_code), retry_after_s=wait)
        _demand_protocol(response)
        answer = _object(content)
        if response.is_success:
            return Told(answer, asked_us, answered_us)
        raise _server_refused(response.status_code, answer.get("error"))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def unanswered(error: httpx.HTTPError) -> str:
    """Why there was no answer, as `reasons` tells it."""
    match error:
        case httpx.ConnectError():
            return "nobody answers there"
        case httpx.TimeoutException():
            return "no answer in time"
    return "the connection broke off"


def _distrusted(error: BaseException | None) -> bool:
    """Whether the connection failed because the server's certificate is not to be trusted."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _server_refused(status: int, error: object) -> ServerRefused:
    """With the server's own sentence, which says what to do; none of the values is empty."""
    said = error if isinstance(error, dict) else {}
    vi, en = (_line(said.get(language)) for language in ("vi", "en"))
    return ServerRefused(
        status=status,
        server_code=str(said.get("code"))[:64],
        vi=vi or "không nói lý do.",
        en=en or "it gave no reason.",
    )


def _line(text: object) -> str:
    """A foreign sentence as one bounded line: it goes to a terminal."""
    return (
        "".join(filter(str.isprintable, text[:_LONGEST_SENTENCE])) if isinstance(text, str) else ""
    )


def _read(response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _MOST_ANSWER_BYTES:
            raise NotTheServer(why="the answer is too long")
    return bytes(content)


def _demand_protocol(response: httpx.Response) -> None:
    spoken = response.headers.get(PROTOCOL_HEADER, "")
    if not spoken.isdecimal():
        raise NotTheServer(why="no protocol header")
    if abs(int(spoken) - PROTOCOL) > 1:
        raise NotTheServer(why="another protocol")


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotTheServer(why="not JSON") from error
    if not isinstance(told, dict):
        raise NotTheServer(why="not an object")
    return told


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() and len(text) < 6 else None
