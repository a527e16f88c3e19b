"""A real server process on a bars' centre, and a line to it; for the bars that go over HTTP."""

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import orjson

from adapters.clock import SystemClock
from api.auth import SESSION_COOKIE, session_token
from api.composition import House
from api.gate import API, JSON, PROTOCOL, PROTOCOL_HEADER
from api.rehearsal.bars.pen import Pen
from domain.model.instants import iso
from domain.model.policy import Actor
from domain.use_cases.record_scans import SentEntry

SCANS = f"{API}scans"
_ANSWER_S = 60
_STOP_S = 30


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server: its port on 127.0.0.1 and its process."""

    port: int
    pid: int

    def peak_mb(self) -> float:
        """The most memory that it and its workers ever had resident, in 10^6 bytes, by Linux."""
        return sum(map(_peak_mb, (self.pid, *(pid for pid, _ in _children(self.pid)))))


@contextmanager
def serving(data: Path, *, workers: int = 1) -> Iterator[Serving]:
    """`giaonhan serve` on that directory, its log in a file beside it."""
    words = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", "0"]
    words += ["--workers", str(workers)] if workers > 1 else []
    with (
        data.with_name("server.log").open("wb") as log,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True) as process,  # noqa: S603 - our own program
    ):
        try:
            told = process.stdout.readline() if process.stdout is not None else ""
            if not told:
                raise RuntimeError(Path(log.name).read_text("utf-8")[-2000:])
            yield Serving(int(told.rstrip().rstrip("/").rpartition(":")[2]), process.pid)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def cpu_s(pid: int) -> float:
    """Seconds on a processor that a process and its children have had; Linux tells it."""
    its_own = sum(map(int, _stat(Path(f"/proc/{pid}/stat"))[11:15]))  # and of children that ended
    theirs = sum(sum(map(int, fields[11:13])) for _, fields in _children(pid))
    return (its_own + theirs) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> Iterator[tuple[int, list[str]]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended
            fields = _stat(stat)
            if int(fields[1]) == pid:
                yield int(stat.parent.name), fields


def _stat(file: Path) -> list[str]:
    """What stands behind the name, which may hold blanks: state, parent, …, and the four times."""
    return file.read_text("utf-8").rpartition(")")[2].split()


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    told = next(line for line in status if line.startswith("VmHWM:"))
    return int(told.split()[1]) * 1024 / 1e6


def scans(pen: Pen, entries: Sequence[SentEntry]) -> tuple[dict[str, str], bytes]:
    """Headers and body of `POST /api/v1/scans`, signed by the station as its uplink does."""
    told = [
        {"epoch": one.epoch, "seq": one.seq, "entry": base64.b64encode(one.raw).decode()}
        for one in entries
    ]
    body = orjson.dumps({"entries": told})
    at = iso(SystemClock().now_us())
    digest = hashlib.sha256(body).hexdigest()
    signed = pen.signer.sign(f"giaonhan.request|POST|{SCANS}|{at}|{digest}".encode())
    proof = f"station={pen.station},at={at},signature={base64.b64encode(signed).decode()}"
    headers = {
        "Authorization": f"Station {proof}",
        "Content-Type": JSON,
        PROTOCOL_HEADER: str(PROTOCOL),
    }
    return headers, body


def written_out(headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of that request."""
    told = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body))}
    lines = [f"POST {SCANS} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def cookie_of(house: House, person: Actor) -> str:
    """The session of somebody who has signed in."""
    token = session_token(person, key=house.session_key, now_us=house.clock.now_us())
    return f"{SESSION_COOKIE}={token}"


class Line:
    """A connection that is kept, as stations and browsers keep theirs."""

    def __init__(self, server: Serving, *, cookie: str = "") -> None:
        self._cookie = cookie
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=_ANSWER_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failed: object) -> None:
        self._connection.close()

    def send(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """Scans as made by `scans`; the server's answer."""
        return self._answer("POST", SCANS, headers, body)

    def board(self, **filters: object) -> dict[str, Any]:
        """A page of the board for whoever's session this is."""
        headers = {"Cookie": self._cookie, PROTOCOL_HEADER: str(PROTOCOL)}
        return self._answer("GET", f"{API}board?{urlencode(filters)}", headers, b"")

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> dict[str, Any]:
        self._connection.request(method, path, body or None, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:500]!r}")
        told: dict[str, Any] = orjson.loads(content)
        return told
