"""Joins the rooms into one house on one data directory; used by the command line and the server."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import TypeVar

import structlog

from adapters.clock import SystemClock, SystemEntropy, random_bytes
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.pins import Argon2Pins
from adapters.read_model.deadlines import Deadline, Question, deadline
from adapters.read_model.engine import read_engine, write_engine
from adapters.read_model.projection import Projection, ReadModelOutdated, prepare
from adapters.read_model.queries import Queries
from adapters.read_model.rebuild import Progress, rebuild
from adapters.reference_data.calendar import national_table
from adapters.reference_data.sample import sample_offices, sample_people, sample_procedures
from adapters.signatures import Ed25519Signer, SystemSignatures
from adapters.vault.sqlite_vault import KEY_BYTES, SqliteVault
from domain.model.decision import Decision, moment
from domain.model.dossier import Dossier
from domain.model.entry import Algorithm
from domain.model.errors import AlreadyExists, Refusal
from domain.model.office import Office
from domain.model.office_hours import parse_time
from domain.model.person import Person
from domain.model.policy import Actor, Role
from domain.model.station import Station, station_id
from domain.model.working_time import Calendar, calendar_from_json
from domain.ports.clock import Clock, Entropy
from domain.ports.stores import StoreReadOnly
from domain.use_cases.enrol_station import EnrolStation
from domain.use_cases.maintain_reference import PersonDefinition, Reference
from domain.use_cases.one_time import hash_of
from domain.use_cases.record_scans import DESK, Checkpoints, DeskStation, RecordScans
from domain.use_cases.register_dossier import RegisterDossier
from domain.use_cases.reserve_labels import NumberSource, ReserveLabels
from domain.use_cases.sign_in import SignIn
from domain.use_cases.trace_dossier import TraceDossier
from domain.use_cases.trust import StationTrust

T = TypeVar("T")

DATABASE, VAULT, KEYS, DEMO = "giaonhan.db", "vault.db", "keys", "demo"
MOST_WAITING = 256  # writes in line; one takes some 2 ms, so the last waits half a second
FIRST_ADMIN = "quantri"
ADMIN_ISSUER = 99_999  # no unit has this code; the first badge is replaced by the centre's own
_BUILDER = Actor("init", "init", frozenset({Role.ADMIN}))
_OWNER_ONLY = 0o600

log = structlog.get_logger("giaonhan")


class Busy(Refusal):
    """More writes are waiting than can be answered in time: try again."""

    code = "BUSY"


class NotAHouse(Refusal):
    """Not a data directory made by `init`; values: directory."""

    code = "NOT_A_HOUSE"


class DemoDirectory(Refusal):
    """Made for rehearsal, where time is scripted: a real server refuses it; values: directory."""

    code = "DEMO_DIRECTORY"


class NotADemo(Refusal):
    """A real data directory: no scripted clock runs on it; values: directory."""

    code = "NOT_A_DEMO"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Who may sign in first, and the one-time code for it."""

    person: str
    code: str


class Calendars:
    """Office calendars by their version `OFFICE.N.TABLE`: the N-th set, on that national table."""

    def __init__(self, offices: Callable[[], dict[str, Office]]) -> None:
        self._offices = offices
        self._known: dict[str, Calendar] = {}

    def of(self, office: Office) -> tuple[Calendar, str]:
        """The calendar in use, and its version."""
        version = f"{office.code}.{len(office.calendars)}.{national_table().version}"
        if version not in self._known:
            self._known[version] = calendar_from_json(national_table(), office.calendar)
        return self._known[version], version

    def version(self, version: str) -> Calendar | None:
        """The calendar of a stored version, None if the office or the number is unknown."""
        if version not in self._known:
            code, number, _table = version.rsplit(".", 2)
            office = self._offices().get(code)
            if office is None or int(number) > len(office.calendars):
                return None
            given = office.calendars[int(number) - 1]
            self._known[version] = calendar_from_json(national_table(), given)
        return self._known[version]


class House:
    """Every part of a running server, and the one thread that writes.

    Reads (`views`, `trace`, `reference`, `trust`) may come from any thread; whatever writes goes
    through `write`.
    """

    def __init__(
        self, data_dir: Path, *, demo: bool, clock: Clock, entropy: Entropy, writer: bool
    ) -> None:
        self.data_dir = data_dir
        self.demo = demo
        self.clock = clock
        self.signatures = SystemSignatures()
        self.projection_fault: str | None = None
        keys = data_dir / KEYS
        signer = Ed25519Signer((keys / "server.ed25519").read_bytes())
        self.server_public_key = signer.public_key
        self.session_key = (keys / "session.key").read_bytes()
        vault_key = (keys / "vault.key").read_bytes()
        with ExitStack() as opened:
            self.log = SqliteEventLog(data_dir / DATABASE, writer=writer)
            opened.callback(self.log.close)
            self.vault = SqliteVault(
                data_dir / VAULT, key=vault_key, entropy=entropy, writer=writer
            )
            opened.callback(self.vault.close)
            self._engine = write_engine(data_dir / DATABASE)
            opened.callback(self._engine.dispose)
            readers = read_engine(data_dir / DATABASE)
            opened.callback(readers.dispose)
            self.views = Queries(readers)
            self.trace = TraceDossier(self.views, clock)
            self._join(signer, entropy)
            self._projection = Projection(log=self.log, engine=self._engine, due_of=self._due_of)
            if writer:
                self._make_ready()
            self._opened = opened.pop_all()
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._room = BoundedSemaphore(MOST_WAITING)

    def _join(self, signer: Ed25519Signer, entropy: Entropy) -> None:
        """Give every use case its ports."""
        log, vault, clock = self.log, self.vault, self.clock
        pins, numbers = Argon2Pins(), NumberSource(log)
        self.trust = StationTrust(log)
        self.desk = DeskStation(log=log, signer=signer, clock=clock)
        self.record_scans = RecordScans(
            log=log,
            trust=self.trust,
            signatures=self.signatures,
            checkpoints=Checkpoints(signer=signer, signatures=self.signatures),
            clock=clock,
        )
        self.reference = Reference(
            log=log,
            numbers=numbers,
            vault=vault,
            pins=pins,
            clock=clock,
            check_calendar=lambda given: calendar_from_json(national_table(), given),
        )
        self.calendars = Calendars(self.reference.offices)
        self.reserve_labels = ReserveLabels(log=log, numbers=numbers, clock=clock)
        self.register_dossier = RegisterDossier(
            log=log,
            vault=vault,
            numbers=numbers,
            desk=self.desk,
            calendar_of=self.calendars.of,
            clock=clock,
            entropy=entropy,
        )
        self.enrol_station = EnrolStation(
            log=log,
            trust=self.trust,
            clock=clock,
            entropy=entropy,
            server_public_key=signer.public_key,
        )
        self.sign_in = SignIn(
            log=log, people=self.reference.people, pins=pins, clock=clock, entropy=entropy
        )

    def _make_ready(self) -> None:
        """Settle the vault; bring the read model up to the log, anew if its shape has changed."""
        self._settle_vault()
        try:
            prepare(self._engine)
        except ReadModelOutdated:
            self.rebuild()
        self.catch_up()

    def write(self, work: Callable[[], T]) -> Future[T]:
        """Run on the writer thread, the read model included; raises `Busy` or `StoreReadOnly`."""
        if not self._room.acquire(blocking=False):
            raise Busy
        future = self._writer.submit(self._written, work)
        future.add_done_callback(lambda _: self._room.release())
        return future

    def catch_up(self) -> None:
        """Bring the read model up to the log, on the writer thread.

        Its fault never denies a write that is on disk: it is kept in `projection_fault` and logged.
        """
        try:
            self._projection.catch_up()
        except Exception as fault:
            told = f"{type(fault).__name__}: {fault}"
            if told != self.projection_fault:
                log.exception("projection stopped")
            self.projection_fault = told
        else:
            self.projection_fault = None

    def rebuild(self, told: Callable[[Progress], None] = lambda _progress: None) -> Progress:
        """Build the read model anew, on the writer thread."""
        return rebuild(log=self.log, engine=self._engine, due_of=self._due_of, told=told)

    def close(self) -> None:
        """Finish what waits, then release files and lock."""
        self._writer.shutdown(wait=True)
        self._opened.close()

    def _written(self, work: Callable[[], T]) -> T:
        answer = work()
        self.catch_up()
        return answer

    def _due_of(self, question: Question) -> Deadline | None:
        """The deadline behind a dossier's row; from stored versions alone (L4)."""
        procedure = self.reference.procedures().get(question.procedure)
        calendar = self.calendars.version(question.calendar_version)
        if procedure is None or calendar is None:
            return None
        terms = procedure.versions[question.procedure_version - 1]
        return deadline(
            calendar,
            terms.term,
            start_us=question.start_us,
            calendar_version=question.calendar_version,
            cutoff=None if terms.cutoff is None else parse_time(terms.cutoff),
        )

    def _settle_vault(self) -> None:
        """After a crash between vault and log: keep what a saved decision names, drop the rest."""
        left = self.vault.unsettled()
        owners = self.log.load(Decision, {owner for _, owner in left})
        named = {opaque for owner in owners.values() for opaque in _vault_ids(owner)}
        self.vault.settle([opaque for opaque, _ in left if opaque in named])
        self.vault.forget([opaque for opaque, _ in left if opaque not in named])


def create_house(
    data_dir: Path,
    *,
    demo: bool = False,
    with_sample: bool = False,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
) -> FirstAdmin:
    """Make a data directory, whole or not at all; raises `AlreadyExists` or `StoreReadOnly`.

    A demo directory opens only with a scripted clock, which is then given here too.
    """
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise AlreadyExists(what="directory", code=str(data_dir))
    entropy = entropy or SystemEntropy()
    building = data_dir.with_name(f".{data_dir.name}.{entropy.new_id().hex}")
    try:
        _lay_out(building, demo=demo)
        admin = _furnish(building, demo=demo, with_sample=with_sample, clock=clock, entropy=entropy)
        if data_dir.exists():
            data_dir.rmdir()
        building.rename(data_dir)
    except OSError as error:
        raise StoreReadOnly(directory=str(data_dir), why=str(error)) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return admin


def open_house(
    data_dir: Path,
    *,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    writer: bool = True,
) -> House:
    """Open a data directory; `clock` is a scripted one, for a demo directory and no other.

    Raises `NotAHouse`, `DemoDirectory`, `NotADemo`, `DirectoryLocked`, `StoreReadOnly`,
    `VaultKeyWrong`.
    """
    if not (data_dir / DATABASE).is_file() or not (data_dir / KEYS).is_dir():
        raise NotAHouse(directory=str(data_dir))
    demo = (data_dir / DEMO).exists()
    if demo and clock is None:
        raise DemoDirectory(directory=str(data_dir))
    if clock is not None and not demo:
        raise NotADemo(directory=str(data_dir))
    return House(
        data_dir,
        demo=demo,
        clock=clock or SystemClock(),
        entropy=entropy or SystemEntropy(),
        writer=writer,
    )


def _lay_out(directory: Path, *, demo: bool) -> None:
    """Keys that only the owner may read, and the mark of a demo."""
    keys = directory / KEYS
    keys.mkdir(parents=True, mode=0o700)
    for name in ("server.ed25519", "vault.key", "session.key"):
        opened = os.open(keys / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(opened, "wb") as file:
            file.write(random_bytes(KEY_BYTES))
            file.flush()
            os.fsync(opened)
    if demo:
        (directory / DEMO).write_text("Thư mục diễn tập / rehearsal directory\n", "utf-8")


def _furnish(
    directory: Path, *, demo: bool, with_sample: bool, clock: Clock | None, entropy: Entropy
) -> FirstAdmin:
    """The server's own station, the sample, and the first administrator."""
    now = clock or SystemClock()
    house = House(directory, demo=demo, clock=now, entropy=entropy, writer=True)
    try:
        house.log.save(_desk_station(house))
        if with_sample:
            for office in sample_offices():
                house.reference.define_office(office, actor=_BUILDER)
            for code, terms in sample_procedures().items():
                house.reference.define_procedure(code, terms, actor=_BUILDER)
            for person in sample_people():
                house.reference.define_person(person, actor=_BUILDER)
        admin = PersonDefinition(
            code=FIRST_ADMIN,
            party=next(iter(house.reference.offices()), FIRST_ADMIN),
            roles=frozenset({Role.ADMIN}),
            issuer=ADMIN_ISSUER,
        )
        house.reference.define_person(admin, actor=_BUILDER)
        code = house.sign_in.issue_code(person=FIRST_ADMIN, actor=_BUILDER)
        house.catch_up()
    finally:
        house.close()
    return FirstAdmin(FIRST_ADMIN, code)


def _desk_station(house: House) -> Station:
    now_us = house.clock.now_us()
    desk = Station(
        id=station_id(DESK),
        timestamp=moment(now_us),
        code=DESK,
        office=DESK,
        purpose="desk",
        invite_hash=hash_of(DESK),
        expires_us=now_us + 1,
    )
    desk.enrol(
        invite_hash=hash_of(DESK),
        public_key=house.server_public_key,
        algorithm=Algorithm.ED25519,
        now_us=now_us,
        timestamp=moment(now_us),
    )
    return desk


def _vault_ids(owner: Decision) -> set[str]:
    match owner:
        case Dossier(applicant=applicant, request=request):
            return {applicant, request or applicant}
        case Person(named=named):
            return {named} if named else set()
    return set()
