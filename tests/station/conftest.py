"""What the station's tests stand on: a hand-wound clock, a directory, a small real server."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.model.entry import Checkpoint, parse_entry
from domain.model.instants import iso, parse_instant
from domain.model.labels import Kind, Label
from scanner_station.journal import Journal, open_journal
from scanner_station.keys import StationKey, make_key
from scanner_station.settings import Purpose, Settings, save_settings

MORNING_US = parse_instant("2026-03-02T08:00:00+07:00")


class HandWound:
    """A clock that moves when told to."""

    boot_id = "test-boot"

    def __init__(self) -> None:
        self.us = MORNING_US

    def now_us(self) -> int:
        return self.us

    def monotonic_ms(self) -> int:
        return self.us // 1000

    def wind(self, seconds: float) -> None:
        self.us += round(seconds * 1_000_000)


class SmallServer:
    """Speaks the station's protocol over real HTTP, and fails as it is told.

    `faults` are taken one per scan request: "503", "drop" (stores, then the answer is lost),
    "reject", "portal", "forge", or None for none.
    """

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.now_us = MORNING_US
        self.stored: dict[tuple[int, int], bytes] = {}
        self.received: list[list[int]] = []
        self.faults: list[str | None] = []
        self.station_key: bytes | None = None
        self.directory: dict[str, Any] = {"offices": [], "people": []}
        self.discrepancies: dict[int, list[str]] = {}
        self.unsigned_requests = 0
        self.epoch = 1  # the newest that it knows
        handler = type("Handler", (_Handler,), {"house": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def take(self, body: dict[str, Any]) -> dict[str, Any]:
        answers = []
        self.received.append([one["seq"] for one in body["entries"]])
        for one in body["entries"]:
            key, raw = (one["epoch"], one["seq"]), base64.b64decode(one["entry"])
            parse_entry(raw)
            outcome = "duplicate" if key in self.stored else "recorded"
            assert self.stored.setdefault(key, raw) == raw, "equivocation"
            answers.append(
                {
                    "epoch": one["epoch"],
                    "seq": one["seq"],
                    "outcome": outcome,
                    "code": None,
                    "discrepancies": self.discrepancies.get(one["seq"], []),
                }
            )
        epoch = max((one["epoch"] for one in body["entries"]), default=self.epoch)
        return {"answers": answers, "checkpoint": self.checkpoint(epoch), "now": iso(self.now_us)}

    def checkpoint(self, epoch: int = 1) -> dict[str, Any]:
        seq = 0
        while (epoch, seq + 1) in self.stored:
            seq += 1
        bare = Checkpoint("T1", epoch, seq, self.now_us, "")
        signature = base64.b64encode(self.key.sign(bare.signed_bytes())).decode()
        return Checkpoint("T1", epoch, seq, self.now_us, signature).to_json()


class _Handler(BaseHTTPRequestHandler):
    house: SmallServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._check(b"")
        self._answer(200, self.house.directory)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.loads(content)
        if self.path == "/api/v1/enrolments":
            self._enrol(body)
            return
        self._check(content)
        if self.path != "/api/v1/scans":
            self._answer(404, {"error": {"code": "NO_SUCH_PAGE"}})
            return
        fault = self.house.faults.pop(0) if self.house.faults else None
        match fault:
            case "503":
                self._answer(503, {"error": {"code": "BUSY"}}, {"Retry-After": "0"})
            case "drop":
                self.house.take(body)
                self.close_connection = True
            case "portal":
                self._answer(200, {"welcome": "to the hotel"}, protocol=None)
            case "protocol 2" | "protocol 3":
                self._answer(200, self.house.take(body), protocol=fault[-1])
            case "413":
                self._answer(413, {"error": {"code": "TOO_LARGE"}})
            case "401":
                self._answer(401, {"error": {"code": "UNKNOWN_STATION"}})
            case "forge":
                told = self.house.take(body)
                told["checkpoint"]["seq"] += 1
                self._answer(200, told)
            case "reject":
                told = self.house.take(body)
                told["answers"][0] |= {"outcome": "rejected", "code": "MALFORMED_ENTRY"}
                self._answer(200, told)
            case _:
                self._answer(200, self.house.take(body))

    def _enrol(self, body: dict[str, Any]) -> None:
        if body["code"] != "ABCD-1234":
            self._answer(403, {"error": {"code": "NOT_ALLOWED", "vi": "", "en": "", "values": {}}})
            return
        self.house.station_key = base64.b64decode(body["public_key"])
        told = {"station": "T1", "office": "TTHC", "purpose": "counter", "epoch": 1}
        key = base64.b64encode(self.house.public_key).decode()
        self._answer(201, told | {"server_public_key": key, "now": iso(self.house.now_us)})

    def _check(self, content: bytes) -> None:
        """The request's signature, where the server knows the station's key."""
        if self.house.station_key is None:
            return
        words = self.headers["Authorization"].removeprefix("Station ").split(",")
        told = dict(word.split("=", 1) for word in words)
        digest = hashlib.sha256(content).hexdigest()
        signed = f"giaonhan.request|{self.command}|{self.path}|{told['at']}|{digest}"
        try:
            Ed25519PublicKey.from_public_bytes(self.house.station_key).verify(
                base64.b64decode(told["signature"]), signed.encode()
            )
        except (InvalidSignature, ValueError):
            self.house.unsigned_requests += 1

    def _answer(
        self,
        status: int,
        told: dict[str, Any],
        headers: dict[str, str] | None = None,
        *,
        protocol: str | None = "1",
    ) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        if protocol is not None:
            self.send_header("X-Giaonhan-Protocol", protocol)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Place:
    """An enrolled station's directory and what opens there."""

    def __init__(self, directory: Path, clock: HandWound) -> None:
        self.directory, self.clock = directory, clock
        self.key: StationKey = make_key(directory / "station.ed25519")
        self.settings = Settings(
            directory=directory,
            station="T1",
            office="TTHC",
            purpose=Purpose.COUNTER,
            server_url="http://127.0.0.1:9",
            server_public_key=bytes(32),
            epoch=1,
        )

    def pin(self, server: SmallServer) -> Self:
        """Enrolled with that server."""
        told = {"server_url": server.url, "server_public_key": server.public_key}
        self.settings = Settings(
            **{name: getattr(self.settings, name) for name in Settings.__slots__} | told
        )
        server.station_key = self.key.public_key
        save_settings(self.settings)
        return self

    def journal(self) -> Journal:
        return open_journal(self.settings, self.key, self.clock)


@pytest.fixture
def clock() -> HandWound:
    return HandWound()


@pytest.fixture
def place(tmp_path: Path, clock: HandWound) -> Place:
    directory = tmp_path / "station"
    directory.mkdir()
    made = Place(directory, clock)
    save_settings(made.settings)
    return made


@pytest.fixture
def server() -> Iterator[SmallServer]:
    running = SmallServer()
    yield running
    running.close()


@pytest.fixture
def dossier() -> Callable[[int], str]:
    return lambda serial: str(Label(Kind.DOSSIER, 27001, 26, serial))
