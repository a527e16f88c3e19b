"""A small house without a server: real stores in a temporary directory, a clock that is set."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.clock import SystemEntropy
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.reference_data.calendar import national_table
from adapters.signatures import Ed25519Signer, SystemSignatures
from adapters.vault.sqlite_vault import SqliteVault
from api.composition import House, open_house
from api.founding import create_house
from domain.model.dossier import Dossier
from domain.model.entry import FIRST_PREVIOUS, Algorithm, Checkpoint, entry_digest, unsigned_entry
from domain.model.fact import Fact
from domain.model.instants import SECOND_US, Micros, parse_instant
from domain.model.journal import FactStated, fact_of
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.model.procedure import Terms
from domain.model.working_time import calendar_from_json
from domain.ports.views import BoardRow
from domain.use_cases.checkpoints import Checkpoints
from domain.use_cases.enrol_station import EnrolStation
from domain.use_cases.maintain_reference import OfficeDefinition, Reference
from domain.use_cases.record_scans import (
    Answer,
    BatchAnswer,
    DeskStation,
    RecordScans,
    SentEntry,
)
from domain.use_cases.register_dossier import (
    ApplicantData,
    RegisterDossier,
    Registered,
    Registration,
)
from domain.use_cases.reserve_labels import NumberSource, ReserveLabels
from domain.use_cases.sign_in import SignIn
from domain.use_cases.trust import StationTrust
from tests.cases import registered_case

T = TypeVar("T")

MORNING = parse_instant("2026-03-05T10:00:00+07:00")  # a Thursday
ADMIN = Actor("quantri", "TTHC", frozenset({Role.ADMIN}))
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))


class SetClock:
    def __init__(self, now_us: Micros) -> None:
        self.us = now_us

    def now_us(self) -> Micros:
        return self.us


class QuickPins:
    """A hash that costs nothing; Argon2 itself has a test of its own."""

    def hash(self, pin: str) -> str:
        return f"hash of {pin}"

    def fits(self, pin: str, pin_hash: str) -> bool:
        return pin_hash == f"hash of {pin}"


class Centre:
    """A whole house on a scripted clock: two offices, a procedure of five working days."""

    admin = ADMIN
    clerk = CLERK
    solver = Actor("nv01", "STC", frozenset({Role.DEPARTMENT}))
    supervisor = Actor("lanhdao", "TTHC", frozenset({Role.SUPERVISOR}))

    def __init__(self, data: Path, terms: Terms) -> None:
        self.clock = SetClock(MORNING)
        self.data = data
        create_house(data, demo=True, clock=self.clock)
        self.open()
        for code, issuer in (("TTHC", 90_001), ("STC", 90_002)):
            given = OfficeDefinition(code=code, issuer=issuer, name_vi=code, name_en=code)
            self.reference.define_office(given, actor=ADMIN)
        self.write(lambda: self.reference.define_procedure("P5", terms, actor=ADMIN))

    def open(self) -> None:
        self.house: House = open_house(self.data, clock=self.clock)
        self.reference, self.calendars = self.house.reference, self.house.maintain_calendars
        self.decide, self.views = self.house.decide_dossier, self.house.views

    def at(self, text: str) -> None:
        """Set the clock: `2026-03-05T10:00`."""
        self.clock.us = parse_instant(f"{text}:00+07:00")

    def write(self, work: Callable[[], T]) -> T:
        """On the writer thread, and all that is put in line behind it."""
        answer = self.house.write(work).result(60)
        while self.views.appointments_to_confirm().redating:
            self.house.write(lambda: None).result(60)
        return answer

    def register(self, procedure: str = "P5") -> Registered:
        given = Registration(
            procedure=procedure, office="TTHC", applicant=ApplicantData(name="Lê Thị Bé")
        )
        return self.write(lambda: self.house.register_dossier(given, actor=CLERK))

    def scan(self, fact: str, label: str, office: str = "TTHC") -> None:
        """State a fact by the server's own station."""
        desk, log = self.house.desk, self.house.log
        self.write(
            lambda: log.save(entries=[desk.state(fact, label, {}, operator="cb01", office=office)])
        )

    def row(self, label: str) -> BoardRow:
        return self.views.dossier(label, now_us=self.clock.us).row

    def facts(self, label: str) -> list[Fact]:
        """What the log says of the label, in its order."""
        told = self.house.log.notifications(after=0, limit=100_000)
        facts = [fact_of(each.event) for each in told if isinstance(each.event, FactStated)]
        return [fact for fact in facts if fact.subject == label]


class Pen:
    """A station's journal: writes and signs the next entry."""

    def __init__(self, station: str, signer: Ed25519Signer, *, epoch: int = 1) -> None:
        self.station = station
        self.signer = signer
        self.epoch = epoch
        self.seq = 0
        self.prev = FIRST_PREVIOUS

    def write(
        self,
        fact: str = "Received",
        *,
        serial: int = 1,
        seq: int | None = None,
        at_us: Micros = MORNING,
        checkpoint: Checkpoint | None = None,
        operator: str = "nv07",
        boot: str = "b1",
        context: dict[str, object] | None = None,
    ) -> SentEntry:
        self.seq = self.seq + 1 if seq is None else seq
        stated = Fact(
            fact=fact,
            subject=str(Label(Kind.DOSSIER, 27001, 26, serial)),
            at_us=at_us,
            station=self.station,
            epoch=self.epoch,
            seq=self.seq,
            operator=operator,
            office="STC",
            context=context or {},
        )
        unsigned = unsigned_entry(
            stated, prev=self.prev, boot=boot, mono_ms=1, offset_ms=0, checkpoint=checkpoint
        )
        raw = unsigned + self.signer.sign(unsigned)
        self.prev = entry_digest(raw)
        return SentEntry(self.epoch, self.seq, raw)


class World:
    admin, clerk = ADMIN, CLERK

    def __init__(self, directory: Path) -> None:
        self.clock = SetClock(MORNING)
        self.server = Ed25519Signer(b"\x07" * 32)
        self.entropy, self.signatures = SystemEntropy(), SystemSignatures()
        self.path = directory / "giaonhan.db"
        self.vault = SqliteVault(directory / "vault.db", key=b"k" * 32, entropy=self.entropy)
        self.open()

    def open(self) -> None:
        self.log = SqliteEventLog(self.path)
        log, clock = self.log, self.clock
        self.trust = StationTrust(log)
        self.record_scans = RecordScans(
            log=log,
            trust=self.trust,
            signatures=self.signatures,
            checkpoints=Checkpoints(signer=self.server, signatures=self.signatures),
            clock=clock,
        )
        self.enrol_station = EnrolStation(
            log=log,
            trust=self.trust,
            clock=clock,
            entropy=self.entropy,
            server_public_key=self.server.public_key,
        )
        self.numbers = NumberSource(log)
        self.reserve_labels = ReserveLabels(log=log, numbers=self.numbers, clock=clock)
        self.reference = Reference(
            log=log,
            numbers=self.numbers,
            vault=self.vault,
            pins=QuickPins(),
            clock=clock,
            check_calendar=lambda given: calendar_from_json(national_table(), given),
        )
        self.sign_in = SignIn(
            log=log,
            people=self.reference.people,
            pins=QuickPins(),
            clock=clock,
            entropy=self.entropy,
        )
        self.register = RegisterDossier(
            log=log,
            vault=self.vault,
            numbers=self.numbers,
            desk=DeskStation(log=log, signer=self.server, clock=clock),
            calendar_of=lambda office: (
                calendar_from_json(national_table(), office.calendar),
                f"{office.code}.1",
            ),
            clock=clock,
            entropy=self.entropy,
        )

    def close(self) -> None:
        self.log.close()
        self.vault.close()

    def office(self, code: str, issuer: int) -> None:
        definition = OfficeDefinition(code=code, issuer=issuer, name_vi=code, name_en=code)
        self.reference.define_office(definition, actor=ADMIN)

    def station(self, code: str = "Q1", *, key: bytes = b"\x01") -> Pen:
        """Enrolled, or enrolled anew for its next epoch."""
        signer = Ed25519Signer(key * 32)
        invited = self.enrol_station.invite(
            station=code, office="courier:C1", purpose="courier", actor=ADMIN
        )
        enrolled = self.enrol_station.enrol(
            code=invited, public_key=signer.public_key, algorithm=Algorithm.ED25519
        )
        return Pen(code, signer, epoch=enrolled.epoch)

    def send(self, pen: Pen, *batch: SentEntry) -> BatchAnswer:
        self.clock.us += SECOND_US
        return self.record_scans(pen.station, batch)

    def one(self, pen: Pen, sent: SentEntry) -> Answer:
        [answer] = self.send(pen, sent).answers
        return answer

    def events(self) -> list[object]:
        return [each.event for each in self.log.notifications(after=0, limit=100_000)]

    def facts(self) -> list[Fact]:
        return [fact_of(event) for event in self.events() if isinstance(event, FactStated)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def centre(tmp_path: Path, terms: Terms) -> Iterator[Centre]:
    made = Centre(tmp_path / "data", terms)
    yield made
    made.house.close()


@pytest.fixture
def pen(world: World) -> Pen:
    return world.station()


@pytest.fixture
def terms() -> Terms:
    return Terms(
        effective_from_us=parse_instant("2026-01-01T00:00:00+07:00"),
        title_vi="Đăng ký hộ kinh doanh",
        title_en="Household business",
        field="kinh-doanh",
        department="STC",
        term_unit="working_day",
        term_value=5,
        cutoff=None,
        supplement="pause",
        pieces=(("don", "Đơn"),),
        fee_vnd=0,
        legs_minutes=(("centre", 480), ("department", 1440)),
        steps_minutes=(),
    )


@pytest.fixture
def dossier() -> Dossier:
    label = str(Label(Kind.DOSSIER, 27001, 26, 1))
    return registered_case(label, MORNING, procedure="VD-HKD", office="TTHC", pieces=[["don", 1]])
