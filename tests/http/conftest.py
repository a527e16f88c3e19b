"""A real server on a free port of the loopback, people who sign in, and a station that signs."""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from api.app import create_app
from api.cli.ports import listen
from api.composition import House, open_house
from api.founding import create_house
from domain.model.entry import FIRST_PREVIOUS, entry_digest, unsigned_entry
from domain.model.fact import Fact
from domain.model.instants import iso
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.use_cases.maintain_reference import PersonDefinition

START_S = 60.0
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
PROTOCOL = {"x-giaonhan-protocol": "1"}
# Nothing here speaks TLS, and each client would else read every authority of the world: 20 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class Device:
    """A station's own side: its key, its journal, and how it signs a request."""

    code: str
    office: str
    client: httpx.Client
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    epoch: int = 1
    seq: int = 0
    prev: str = FIRST_PREVIOUS
    operator: str = "NV01"

    def entry(self, fact: str, subject: str, **context: Any) -> dict[str, Any]:
        self.seq += 1
        entry = self.entry_at(self.seq, fact, subject, **context)
        self.prev = entry_digest(base64.b64decode(entry["entry"]))
        return entry

    def entry_at(self, seq: int, fact: str, subject: str, **context: Any) -> dict[str, Any]:
        stated = Fact(
            fact=fact,
            subject=subject,
            at_us=time.time_ns() // 1000,
            station=self.code,
            epoch=self.epoch,
            seq=seq,
            operator=self.operator,
            office=self.office,
            context=context,
        )
        signed = unsigned_entry(
            stated, prev=self.prev, boot="b1", mono_ms=seq, offset_ms=0, checkpoint=None
        )
        raw = signed + self.key.sign(signed)
        return {"epoch": self.epoch, "seq": seq, "entry": base64.b64encode(raw).decode()}

    def authorization(self, method: str, path: str, body: bytes) -> dict[str, str]:
        at = iso(time.time_ns() // 1000)
        digest = hashlib.sha256(body).hexdigest()
        signed = f"giaonhan.request|{method}|{path}|{at}|{digest}".encode()
        signature = base64.b64encode(self.key.sign(signed)).decode()
        return {"authorization": f"Station station={self.code},at={at},signature={signature}"}

    def send(self, *entries: dict[str, Any]) -> httpx.Response:
        body = json.dumps({"entries": entries}).encode()
        return self.client.post(
            "/api/v1/scans",
            content=body,
            headers={
                "content-type": "application/json",
                **self.authorization("POST", "/api/v1/scans", body),
            },
        )


@dataclass
class Server:
    """The running server and a way in for everyone."""

    url: str
    house: House
    app: FastAPI

    def forget_attempts(self) -> None:
        self.house.doors._failures.clear()  # type: ignore[attr-defined]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=PROTOCOL, timeout=60, verify=NO_TLS)

    def sign_in(self, person: str) -> httpx.Client:
        code = self.house.write(
            lambda: self.house.sign_in.issue_code(person=person, actor=ADMIN)
        ).result(60)
        client = self.client()
        assert client.post("/api/v1/sign-in", json={"code": code}).status_code == 200
        return client

    def enrol(
        self, client: httpx.Client, *, code: str, office: str, purpose: str = "counter"
    ) -> Device:
        invitation = self.house.write(
            lambda: self.house.enrol_station.invite(
                station=code, office=office, purpose=purpose, actor=ADMIN
            )
        ).result(60)
        device = Device(code, office, client)
        given = {
            "code": invitation,
            "public_key": base64.b64encode(device.key.public_key().public_bytes_raw()).decode(),
            "algorithm": 1,
        }
        answer = client.post("/api/v1/enrolments", json=given)
        assert answer.status_code == 201, answer.text
        device.epoch = answer.json()["epoch"]
        return device


def enlist(house: House, code: str, party: str, *roles: Role, pin: str | None = None) -> str:
    """Define a person; gives the badge."""
    definition = PersonDefinition(
        code=code, party=party, roles=frozenset(roles), issuer=99_001, pin=pin
    )
    return (
        house.write(lambda: house.reference.define_person(definition, actor=ADMIN)).result(60).badge
    )


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = Path(tmp_path_factory.mktemp("house")) / "data"
    create_house(data, with_sample=True)
    opened = open_house(data)
    with closing(opened):
        yield opened


@pytest.fixture(scope="session")
def server(house: House) -> Iterator[Server]:
    office = min(house.reference.offices())
    enlist(house, "T-COUNTER", office, Role.COUNTER)
    enlist(house, "T-BOSS", office, Role.SUPERVISOR, pin="246813")
    enlist(house, "T-RIDER", "courier:C1", Role.COURIER)
    with listen("127.0.0.1", 0) as bound:
        app = create_app(house)
        running = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        deadline = time.monotonic() + START_S
        while not running.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield Server(f"http://127.0.0.1:{bound.getsockname()[1]}", house, app)
        running.should_exit = True
        thread.join(START_S)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _a_minute_of_its_own(request: pytest.FixtureRequest) -> None:
    """No test spends the attempts of another, however fast they follow each other."""
    if "server" in request.fixturenames:
        request.getfixturevalue("server").forget_attempts()


@pytest.fixture
def visitor(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def supervisor(server: Server) -> Iterator[httpx.Client]:
    with closing(server.sign_in("T-BOSS")) as client:
        yield client


@pytest.fixture
def counter(server: Server) -> Iterator[httpx.Client]:
    with closing(server.sign_in("T-COUNTER")) as client:
        yield client


@pytest.fixture
def courier(server: Server) -> Iterator[httpx.Client]:
    with closing(server.sign_in("T-RIDER")) as client:
        yield client


@pytest.fixture
def office(house: House) -> str:
    return min(house.reference.offices())


@pytest.fixture
def taken(counter: httpx.Client, office: str) -> str:
    """A dossier taken in today; the house may hold others of other tests."""
    form = {
        "procedure": "VD-CT",
        "office": office,
        "applicant": {"name": "Nguyễn Thị Mẫu"},
        "pieces": [],
    }
    answer = counter.post("/api/v1/dossiers", json=form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["label"])


@pytest.fixture
def device(server: Server, visitor: httpx.Client, office: str) -> Device:
    """A freshly enrolled station of its own for each test."""
    return server.enrol(visitor, code=f"T{secrets.token_hex(4)}", office=office)


@pytest.fixture
def device_kind() -> type[Device]:
    """For tests that run a server of their own."""
    return Device


@pytest.fixture
def new_label() -> Callable[[Kind], str]:
    """Labels nobody else uses."""

    def make(kind: Kind) -> str:
        return str(Label(kind, 98_000 + secrets.randbelow(1000), 26, secrets.randbelow(1_000_000)))

    return make
