"""A demonstration house with a day already played in it, its server, and a real browser."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from api.app import create_app
from api.cli.ports import listen
from api.composition import House, open_house
from api.founding import create_house
from domain.model.entry import FIRST_PREVIOUS, Algorithm, entry_digest, unsigned_entry
from domain.model.fact import Fact
from domain.model.instants import MINUTE_US, Micros, parse_instant
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.record_scans import SentEntry
from domain.use_cases.register_dossier import PieceGiven, Registration

ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))
MORNING = parse_instant("2026-03-02T07:40:00+07:00")
POUCH = str(Label(Kind.POUCH, 90_001, 26, 1))
LOOSE_POUCH = str(Label(Kind.POUCH, 90_001, 26, 2))
START_S = 60.0
expect.set_options(timeout=30_000)  # a limit, not a bar: the machine may be busy
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class WoundClock:
    """The clock of the story; the test winds it."""

    def __init__(self, now_us: Micros) -> None:
        self.instant_us = now_us

    def now_us(self) -> Micros:
        return self.instant_us


@dataclass
class Scanner:
    """One station of the story."""

    house: House
    clock: WoundClock
    code: str
    office: str
    operator: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seq: int = 0
    prev: str = FIRST_PREVIOUS

    def enrol(self) -> "Scanner":
        code = self.house.write(
            lambda: self.house.enrol_station.invite(
                station=self.code, office=self.office, purpose="department", actor=ADMIN
            )
        ).result(60)
        self.house.write(
            lambda: self.house.enrol_station.enrol(
                code=code,
                public_key=self.key.public_key().public_bytes_raw(),
                algorithm=Algorithm.ED25519,
            )
        ).result(60)
        return self

    def scan(self, clock: str, fact: str, *subjects: str, **context: Any) -> None:
        """At `clock` (HH:MM on the day of the story), one fact about each subject."""
        at_us = parse_instant(f"2026-03-02T{clock}:00+07:00")
        self.clock.instant_us = max(at_us, self.clock.instant_us)
        batch = []
        for subject in subjects:
            self.seq += 1
            stated = Fact(
                fact=fact,
                subject=subject,
                at_us=at_us,
                station=self.code,
                seq=self.seq,
                operator=self.operator,
                office=self.office,
                context=context,
            )
            signed = unsigned_entry(
                stated, prev=self.prev, boot="b", mono_ms=self.seq, offset_ms=0, checkpoint=None
            )
            raw = signed + self.key.sign(signed)
            self.prev = entry_digest(raw)
            batch.append(SentEntry(1, self.seq, raw))
        self.house.write(lambda: self.house.record_scans(self.code, batch)).result(60)


@dataclass
class Story:
    """What was played: the labels by their part in it."""

    url: str
    house: House
    clock: WoundClock
    dossiers: list[str]

    @property
    def travelled(self) -> str:
        return self.dossiers[0]

    @property
    def missing(self) -> str:
        return self.dossiers[1]

    @property
    def waiting(self) -> str:
        return self.dossiers[2]

    def sign_in_code(self, person: str = "lanhdao") -> str:
        return self.house.write(
            lambda: self.house.sign_in.issue_code(person=person, actor=ADMIN)
        ).result(60)


def register(house: House, number: int) -> str:
    registration = Registration(
        procedure=("VD-HKD", "VD-DN", "VD-GCN", "VD-BD")[number % 4],
        office="TTHC",
        applicant=ApplicantData(name="Nguyễn Thị Hạnh"),
        pieces=(PieceGiven("to-khai", 1),),
        official_code=f"H10.14-260302-{number + 1:04d}" if number % 3 else None,
    )
    return house.write(lambda: house.register_dossier(registration, actor=CLERK)).result(60).label


def play(house: House, clock: WoundClock) -> list[str]:
    """Sixty dossiers at the counter, one pouch to a department with one dossier missing, one more
    released and not accepted, one long overdue."""
    long_ago = [register(house, number) for number in (0, 1)]
    clock.instant_us = MORNING
    dossiers = []
    for number in range(2, 60):
        clock.instant_us += MINUTE_US // 2
        dossiers.append(register(house, number))
    counter = Scanner(house, clock, "Q1", "TTHC", "cb01").enrol()
    courier = Scanner(house, clock, "DT1", "courier:C1", "buuta1").enrol()
    desk = Scanner(house, clock, "VT1", "STC", "vt-stc").enrol()
    counter.scan("08:20", "Packed", *dossiers[:2], *dossiers[3:12], pouch=POUCH)
    counter.scan("08:30", "Sealed", POUCH, seal="NP-0001", to="STC")
    counter.scan("08:35", "Released", POUCH, counterpart="courier:C1")
    courier.scan("09:20", "Accepted", POUCH, seal="NP-0001")
    courier.scan("10:05", "Released", POUCH, counterpart="STC")
    desk.scan("10:07", "Accepted", POUCH, seal="NP-0001")
    desk.scan("10:12", "Unsealed", POUCH, seal="NP-0001")
    desk.scan("10:15", "Received", dossiers[0], *dossiers[3:12], pouch=POUCH)
    desk.scan("10:25", "Closed", POUCH)
    counter.scan("10:30", "Packed", dossiers[2], pouch=LOOSE_POUCH)
    counter.scan("10:32", "Sealed", LOOSE_POUCH, seal="NP-0002", to="SNNMT")
    counter.scan("10:35", "Released", LOOSE_POUCH, counterpart="courier:C2")
    desk.scan("10:50", "StepStarted", dossiers[0])
    clock.instant_us = parse_instant("2026-03-02T11:20:00+07:00")
    return [*dossiers, *long_ago]


@contextmanager
def served(
    data: Path, clock: WoundClock, played: Callable[[House, WoundClock], list[str]]
) -> Iterator[Story]:
    """A house with something played in it, and its server."""
    create_house(data, demo=True, with_sample=True, clock=clock)
    with closing(open_house(data, clock=clock)) as house, listen("127.0.0.1", 0) as bound:
        dossiers = played(house, clock)
        running = uvicorn.Server(uvicorn.Config(create_app(house), log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        deadline = time.monotonic() + START_S
        while not running.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield Story(f"http://127.0.0.1:{bound.getsockname()[1]}", house, clock, dossiers)
        running.should_exit = True
        thread.join(START_S)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    clock = WoundClock(parse_instant("2026-02-10T09:00:00+07:00"))
    with served(tmp_path_factory.mktemp("house") / "data", clock, play) as told:
        yield told


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A house of the same morning in which nothing has happened: for tests that write."""
    with served(
        tmp_path_factory.mktemp("untouched") / "data", WoundClock(MORNING), lambda *_: []
    ) as told:
        yield told


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Watched:
    """A page that remembers what a person would never see: errors and foreign requests."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(60_000)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.errors.append(said.text)


def open_page(context: BrowserContext, story: Story) -> Watched:
    watched = Watched(context.new_page())
    watched.page.goto(f"{story.url}/sign-in/{story.sign_in_code()}")
    watched.page.locator("main button.main").click()
    watched.page.wait_for_url("**/board")
    return watched


@pytest.fixture(params=[1280, 390])
def signed_in(request: pytest.FixtureRequest, browser: Browser, story: Story) -> Iterator[Watched]:
    """The supervisor at a desk and with a phone, scripts switched off: pages must do without."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, java_script_enabled=False
    )
    watched = open_page(context, story)
    yield watched
    context.close()
    assert watched.errors == []
    assert all(url.startswith(story.url) for url in watched.requests)
