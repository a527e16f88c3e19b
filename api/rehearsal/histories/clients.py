"""Eight clients scan, decide and read at once over HTTP on eight dossiers, and note all of it.

Used by `giaonhan bench histories` and, in short, by the tests.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random  # noqa: TID251 - trials from a fixed seed
from typing import Any
from urllib.parse import urlencode

from api.cli.ports import listen
from api.composition import House, open_house
from api.databases import source_of
from api.founding import create_house
from api.gate import API, JSON, PROTOCOL, PROTOCOL_HEADER
from api.rehearsal.bars.centre import CLERK
from api.rehearsal.bars.pen import Pen, enrol
from api.rehearsal.bars.serving import SCANS, cookie_of, scans
from api.rehearsal.children import child
from api.rehearsal.histories.history import Act, History, Look, Told
from api.rehearsal.server_kills import START_S, serving
from domain.model.entry import parse_entry
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.register_dossier import Registration

CLIENTS = DOSSIERS = 8
SUPERVISOR = Actor("lanhdao", "TTHC", frozenset({Role.SUPERVISOR}))
_ANSWER_S = 30.0
_POLL_S = 0.01
_MOST_A_BATCH = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """A centre with dossiers, by each the key of the scan that opened its discrepancy; and pens."""

    data: Path
    dossiers: dict[str, str]
    pens: Sequence[Pen]
    cookie: str


def stage(where: Path) -> Stage:
    """Made and closed."""
    create_house(where / "data", with_sample=True)
    pens = [Pen(f"H{number}", key=bytes([number]) * 32) for number in range(1, CLIENTS + 1)]
    with closing(open_house(where / "data")) as house:
        labels = [house.write(lambda: _registered(house)).result() for _ in range(DOSSIERS)]
        for pen in pens:
            house.write(partial(enrol, house.log, pen)).result()
        damaged = [pens[0].write("Damaged", label, reason="torn") for label in labels]
        house.write(lambda: house.record_scans(pens[0].station, damaged)).result()
        cookie = cookie_of(house, SUPERVISOR)
    keys = [parse_entry(one.raw).fact.key for one in damaged]
    return Stage(where / "data", dict(zip(labels, keys, strict=True)), pens, cookie)


def _registered(house: House) -> str:
    given = Registration(
        procedure="VD-HKD", office=CLERK.office, applicant=ApplicantData(name="Nguyễn Văn Mẫu")
    )
    return house.register_dossier(given, actor=CLERK).label


def play(where: Path, *, seed: int, acts: int, servers: int = 1) -> History:
    """Let every client do so many things by chance; then one look at each dossier."""
    on, history = stage(where), History()
    with _ports(on, servers) as ports, ThreadPoolExecutor(CLIENTS) as threads:
        clients = [
            _Client(on, history, ports[number % servers], number, Random(f"{seed}/{number}"))
            for number in range(CLIENTS)
        ]
        list(threads.map(lambda client: client.work(acts), clients))
        for label in on.dossiers:
            for client in clients[:servers]:
                client.trace(label)
                client.read(label)
        for client in clients:
            client.close()
    return history


@contextmanager
def _ports(on: Stage, servers: int) -> Iterator[list[int]]:
    """Servers of one house, as many as its engine allows; where they listen."""
    with ExitStack() as running:
        ports = []
        for _ in range(servers):
            with listen("127.0.0.1", 0) as free:
                ports.append(free.getsockname()[1])
            process, _ = running.enter_context(
                child(serving, on.data, source_of(on.data), ports[-1])
            )
            running.callback(process.kill)
        for port in ports:
            _await(port)
        yield ports


def _await(port: int) -> None:
    for _ in range(int(START_S / _POLL_S)):
        connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(_POLL_S)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError(f"no server at port {port}")


class _Client:
    """A station and a supervisor at one desk."""

    def __init__(self, on: Stage, history: History, port: int, number: int, chance: Random) -> None:
        self._on, self._history, self._number = on, history, number
        self._pen, self._chance = on.pens[number], chance
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_ANSWER_S)
        self._headers = {"Cookie": on.cookie, PROTOCOL_HEADER: str(PROTOCOL)}
        self._deeds = 0

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def work(self, acts: int) -> None:
        """Scan, look, and decide on what was seen."""
        labels = sorted(self._on.dossiers)
        doings: Sequence[Callable[[str], object]] = (self.scan, self.trace, self.decide)
        for _ in range(acts):
            self._chance.choice(doings)(self._chance.choice(labels))

    def scan(self, label: str) -> None:
        """Some scans of the dossier in one batch."""
        count = self._chance.randint(1, _MOST_A_BATCH)
        batch = [self._pen.write("Moved", label, place=f"K{n}") for n in range(count)]
        headers, body = scans(self._pen, batch)
        began = time.perf_counter_ns()
        status, answer = self._ask("POST", SCANS, headers, body)
        ended = time.perf_counter_ns()
        outcomes = [one["outcome"] for one in answer["answers"]] if status == HTTPStatus.OK else []
        told = Told.DONE if outcomes == ["recorded"] * count else Told.UNKNOWN
        for one in batch:
            key = parse_entry(one.raw).fact.key
            act = Act(label=label, name=key, began=began, ended=ended, told=told)
            self._history.scans.append(act)

    def trace(self, label: str) -> None:
        """The scans of the dossier, but for the one that has opened its discrepancy."""
        began = time.perf_counter_ns()
        status, answer = self._ask("GET", f"{API}dossiers/{label}/trace", self._headers)
        ended = time.perf_counter_ns()
        if status != HTTPStatus.OK:
            return
        moves = tuple(fact["key"] for fact in answer["facts"] if fact["fact"] == "Moved")
        look = Look(label=label, began=began, ended=ended, shown=moves)
        self._history.traces.append(look)

    def read(self, label: str) -> tuple[int, int] | None:
        """How many deeds there are about its discrepancy, and the version to decide on.

        None where the server cannot say.
        """
        asked = urlencode(self._which(label))
        began = time.perf_counter_ns()
        status, answer = self._ask("GET", f"{API}discrepancies/history?{asked}", self._headers)
        ended = time.perf_counter_ns()
        if status != HTTPStatus.OK:
            return None
        deeds = tuple(deed["text"] for deed in answer.get("deeds", ()))
        look = Look(label=label, began=began, ended=ended, shown=deeds)
        self._history.lists.append(look)
        return len(deeds), int(answer["version"])

    def decide(self, label: str) -> None:
        """Explain it, on what was read just now; somebody else may be faster."""
        if (found := self.read(label)) is None:
            return
        seen, version = found
        self._deeds += 1
        name = f"{self._number}.{self._deeds}"
        given = self._which(label) | {"version": version, "reason": "other", "text": name}
        headers = self._headers | {"Content-Type": JSON}
        began = time.perf_counter_ns()
        status, _ = self._ask(
            "POST", f"{API}discrepancies/explain", headers, json.dumps(given).encode()
        )
        ended = time.perf_counter_ns()
        told = {HTTPStatus.OK: Told.DONE, HTTPStatus.CONFLICT: Told.REFUSED}.get(
            HTTPStatus(status), Told.UNKNOWN
        )
        self._history.deeds.append(
            Act(label=label, name=name, began=began, ended=ended, told=told, seen=seen)
        )

    def _which(self, label: str) -> dict[str, Any]:
        return {"code": "DAMAGED", "subject": label, "key": self._on.dossiers[label]}

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and answer; 503 where there came none."""
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, HTTPException):
            self._connection.close()
            return HTTPStatus.SERVICE_UNAVAILABLE, {}
