"""Joins the rooms into one house on one data directory; used by the command line and the server."""

import hmac
import shutil
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import structlog
from sqlalchemy import Engine

from adapters.clock import SystemClock, SystemEntropy
from adapters.read_model.boards import BoardQueries
from adapters.read_model.censuses import CensusQueries
from adapters.read_model.engine import Source, claim, read_engine, sweep, write_engine
from adapters.read_model.hands import HandsSheet
from adapters.read_model.journeys import JourneyQueries
from adapters.read_model.lately import Lately
from adapters.read_model.manifests import ManifestQueries
from adapters.read_model.projection import Projection, ReadModelOutdated, prepare
from adapters.read_model.queries import Queries
from adapters.read_model.rebuild import Progress, Verified, rebuild, verify
from adapters.read_model.reports import ReportQueries
from adapters.read_model.work import WorkQueries
from adapters.reference_data.calendar import national_table
from adapters.signatures import Ed25519Signer, SystemSignatures
from api.data_dir import (
    DEMO,
    SERVER_KEY,
    SESSION_KEY,
    VAULT_KEY,
    DemoDirectory,
    NotADemo,
    NotAHouse,
    read_key,
)
from api.databases import is_house, open_stores, source_of
from api.doors import ENDED, Doors, OwnDoors
from api.lane import Lane, Waiting
from api.logs import log_somewhere
from api.photo_check import DecodedPhotos
from api.rubbish import look_seldom
from api.scan_line import ScanLine
from api.sheets import Sheets
from api.unsettled import settle_vault
from api.use_cases import Ports, UseCases
from domain.model.calendar import NationalCalendar
from domain.model.office import Office
from domain.model.policy import Actor, Role
from domain.model.station import Station
from domain.model.succession import Succession
from domain.model.timetable import Timetable
from domain.ports.clock import Clock, Entropy
from domain.ports.stores import (
    DiskFull,
    StoreFailed,
    StoreReadOnly,
    StoreUnreachable,
    StreamConflict,
)
from domain.use_cases.sign_in import Attempt

if TYPE_CHECKING:  # it comes with the driver of PostgreSQL
    from api.follower import Follower

T = TypeVar("T")
Told = Callable[[Progress], None]

MOST_WAITING = 256  # writes in line; one takes some 2 ms, so the last waits half a second
MOST_PINS_WAITING = 16  # a hash takes 50 ms and 64 MiB on purpose: one at a time, few in line
MOST_ATTEMPTS = 8  # some processes, each with one writer: the last to come waits for them all
RETRY_SECONDS = 1.0  # after a fault of the read model; a lock or a full disk may pass
CONSOLE = Actor("console", "console", frozenset({Role.ADMIN}))  # who has the machine has the data

_OF_CALENDARS = frozenset({Office.TOPIC, NationalCalendar.TOPIC, Timetable.TOPIC})
_STORE_FAULTS = (DiskFull, StoreFailed, StoreReadOnly, StoreUnreachable)

log = structlog.get_logger("giaonhan")


def untold(_progress: Progress) -> None:
    """Nobody wants to know."""


class House(UseCases):
    """Every part of a running server: what it has opened, and the one thread that writes.

    Reads (`views`, `trace`, `reference`, `trust`) may come from any thread; whatever writes goes
    through `write`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        demo: bool,
        clock: Clock,
        entropy: Entropy,
        writer: bool,
        source: Source | None = None,
        told: Told = untold,
    ) -> None:
        self.data_dir = data_dir
        self.source = source or source_of(data_dir)
        self.demo = demo
        self.clock = clock
        self.signatures = SystemSignatures()
        self._closing = False
        self._retry: Timer | None = None
        self.write_fault: str | None = None
        self._wrote: Callable[[str, float], None] = lambda _part, _ms: None
        server_key = read_key(data_dir, SERVER_KEY)
        self.server_public_key = Ed25519Signer(server_key).public_key
        self.session_key = read_key(data_dir, SESSION_KEY)
        with ExitStack() as opened:
            readers = self._open(opened, entropy, writer=writer)
            lately = Lately()
            self.views = Queries(readers, succession=self._succession, lately=lately)
            super().__init__(self._ports(readers, server_key, entropy))
            projection = Projection(
                log=self.log,
                engine=self._engine,
                due_of=self._due_of,
                planner=self.run_plans,
                lately=lately,
            )
            self._writer = Lane("writer", most_waiting=MOST_WAITING)
            self._sheets = Sheets(
                projection,
                writer=self._writer,
                beside=isinstance(self.source, str),
                hear=self._hear,
                failed=self._try_again,
                copied=self.log.checkpoint,
            )
            self._follower = self._follow()
            if writer:
                self._make_ready(told)
                projection.resume_redating()
            self._opened = opened.pop_all()
        self._pins = Lane("pins", most_waiting=MOST_PINS_WAITING)
        self._scans = ScanLine(
            writer=self._writer,
            saved=self._saved,
            followed=self._sheets.followed,
            again=self._decided,
            record=self.record_scans,
            judge=self.judge_scan,
            views=self.views,
            clock=clock,
        )
        self.take_in, self.tell = self._scans.take_in, self._scans.tell
        if writer:
            self._sheets.go_on_redating()
            if self._follower is not None:
                self._follower.start()

    def _open(self, opened: ExitStack, entropy: Entropy, *, writer: bool) -> Engine:
        """Open what the house stands on, to be closed with the stack; the engine to read by."""
        key = read_key(self.data_dir, VAULT_KEY)
        self.log, self.vault = open_stores(self.source, key=key, entropy=entropy, writer=writer)
        opened.callback(self.log.close)
        opened.callback(self.vault.close)
        self.doors = self._hang_doors(opened, writer=writer)
        self.photos = DecodedPhotos()
        opened.callback(self.photos.close)
        self._engine = write_engine(self.source)
        opened.callback(self._engine.dispose)
        readers = read_engine(self.source)
        opened.callback(readers.dispose)
        return readers

    def _ports(self, readers: Engine, server_key: bytes, entropy: Entropy) -> Ports:
        return Ports(
            log=self.log,
            vault=self.vault,
            views=self.views,
            reports=ReportQueries(readers),
            work=WorkQueries(readers),
            boards=BoardQueries(readers),
            journeys=JourneyQueries(readers),
            hands=HandsSheet(readers, succession=self._succession),
            manifests=ManifestQueries(readers, succession=self._succession),
            censuses=CensusQueries(readers, succession=self._succession),
            signer=Ed25519Signer(server_key),
            signatures=self.signatures,
            tender_secret=hmac.digest(server_key, b"giaonhan.tender.secret", "sha256"),
            clock=self.clock,
            entropy=entropy,
        )

    def _hang_doors(self, opened: ExitStack, *, writer: bool) -> Doors:
        """In the database, where several processes serve; nobody else knows of a file's."""
        if isinstance(self.source, Path):
            return OwnDoors(self.data_dir / ENDED)
        from adapters.postgres_doors import PostgresDoors

        doors = PostgresDoors(self.source, writer=writer)
        opened.callback(doors.close)
        return doors

    def _succession(self) -> Succession:
        return Succession(self.reference.offices())

    def _make_ready(self, told: Told) -> None:
        """Settle the vault; bring the read model up to the log, anew if its shape has changed."""
        settle_vault(self.vault, self.log)
        empty = not self.log.notifications(after=0, limit=1)
        self.maintain_calendars.record_shipped(national_table())
        self._make_sheets(told, empty=empty)
        self.catch_up()

    def _make_sheets(self, told: Told = untold, *, empty: bool = False) -> None:
        """Where this version's tables are not there; others may serve from theirs meanwhile."""
        try:
            prepare(self._engine, empty=empty)
        except ReadModelOutdated:
            self.rebuild(told, anew=False)

    def write(self, work: Callable[[], T]) -> Future[T]:
        """Run on the writer thread, the read model included; raises `Busy` or `StoreReadOnly`."""
        return self._writer.run(lambda: self._written(work))

    def try_pin(self, *, badge: str, pin: str) -> Future[Attempt]:
        """Check a PIN beside the writer thread; raises `Busy`, the future what `SignIn` raises."""
        return self._pins.run(lambda: self.sign_in.try_pin(badge=badge, pin=pin))

    def catch_up(self) -> None:
        """Bring the read model up to the log; its fault is kept in `projection_fault`."""
        self._sheets.catch_up()

    @property
    def projection_fault(self) -> str | None:
        """See `api.house.House`."""
        return self._sheets.fault

    def rebuild(self, told: Told = untold, *, anew: bool = True) -> Progress:
        """Build the read model anew, on the writer thread; or where none is there."""
        look_seldom()  # what is under way on one day is no rubbish, and there is much of it

        def copied_back(progress: Progress) -> None:
            self.log.checkpoint()  # else the write-ahead log grows by all that is written
            told(progress)

        return rebuild(
            log=self.log,
            engine=self._engine,
            due_of=self._due_of,
            planner=self.run_plans,
            told=copied_back,
            anew=anew,
        )

    def verify_sheets(self, *, repair: bool) -> Verified:
        """Hold the read model against one built anew, on the writer thread."""
        self.catch_up()
        return verify(
            log=self.log,
            engine=self._engine,
            due_of=self._due_of,
            planner=self.run_plans,
            told=lambda _progress: self.log.checkpoint(),
            repair=repair,
        )

    def forget(self, kinds: Collection[str]) -> None:
        """Another process saved events of these kinds: remember nothing older than they are."""
        self.reference.forget(kinds)
        if Station.TOPIC in kinds:
            self.trust.forget_all()
        if not _OF_CALENDARS.isdisjoint(kinds):
            self.calendars.forget_newest()
            self.run_plans.forget_newest()

    def _follow(self) -> "Follower | None":
        """Where others write too, what they write is followed; nobody else writes a file."""
        if not isinstance(self.source, str):
            return None
        from adapters.event_store.postgres_log import PostgresEventLog
        from api.follower import Follower

        if not isinstance(self.log, PostgresEventLog):
            raise TypeError(self.log)
        return Follower(
            self.log,
            forget=self.forget,
            look=self._sheets.look,
            claim=claim(self._engine),
            sweep=partial(sweep, self._engine),
        )

    def _hear(self) -> None:
        if self._follower is not None:
            self._follower.hear()

    def close(self) -> None:
        """Finish what waits, then release files and lock; a re-dating goes on at the next start."""
        self._closing = True
        if self._retry is not None:
            self._retry.cancel()
        if self._follower is not None:
            self._follower.close()
        self._pins.close()
        self._writer.close()
        self._sheets.close()
        self._scans.close()
        self._opened.close()

    def _try_again(self) -> None:
        """The next write may be long in coming: without one, try once more in a second.

        A monitor that sends work elsewhere while writes are refused would never see one.
        """
        if not self._closing and self._retry is None:
            self._retry = Timer(RETRY_SECONDS, self._retried)
            self._retry.daemon = True
            self._retry.start()

    def _retried(self) -> None:
        self._retry = None
        with suppress(RuntimeError):  # the house is closing
            self._writer.follow(self._mend)

    def _mend(self) -> None:
        """On the writer thread: a newer program may have swept the sheets of one that slept.

        Of a save whose answer was lost nobody knows whether it is in the log: the sheets are asked.
        """
        if self.write_fault is not None:
            self._try_writing()
        if self.projection_fault is not None:
            try:
                self._make_sheets()
            except Exception:
                log.exception("sheets not made")
        self.catch_up()

    def _try_writing(self) -> None:
        try:
            self.log.try_writing()
        except _STORE_FAULTS as refusal:
            self.write_fault = refusal.code
            self._try_again()
        else:
            self.write_fault = None

    @property
    def queue(self) -> Waiting:
        """See `api.house.House`."""
        return self._writer.waiting

    @property
    def free_bytes(self) -> int:
        """See `api.house.House`."""
        return shutil.disk_usage(self.data_dir).free

    def on_write(self, told: Callable[[str, float], None]) -> None:
        """See `api.house.House`."""
        self._wrote = told
        self._sheets.took = partial(told, "project")

    def _written(self, work: Callable[[], T]) -> T:
        """An act finds on the sheets all that was done before it, and leaves there what it did."""
        if self._sheets.followed.behind:
            self.catch_up()
        answer = self._saved(work)
        self._sheets.follow_saved()
        return answer

    def _saved(self, work: Callable[[], T]) -> T:
        started = perf_counter()
        try:
            answer = self._decided(work)
        except _STORE_FAULTS as refusal:
            self.write_fault = refusal.code
            self._try_again()
            raise
        self.write_fault = None
        self._wrote("save", (perf_counter() - started) * 1000)
        return answer

    def _decided(self, work: Callable[[], T]) -> T:
        """Done, again from its first look if another process decided on the same meanwhile.

        A batch of scans then finds those that it sent already, and a desk act the next free number
        of the server's journal.
        """
        for _ in range(MOST_ATTEMPTS - 1):
            with suppress(StreamConflict):
                return work()
        return work()


def open_house(
    data_dir: Path,
    *,
    source: Source | None = None,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    writer: bool = True,
    told: Told = untold,
) -> House:
    """Open a data directory; `clock` is a scripted one, for a demo directory and no other.

    `source`: where its events are, whatever the setting says. `told` hears of the read model,
    should it have to be built.

    Raises `NotAHouse`, `DemoDirectory`, `NotADemo`, `DirectoryLocked`, `StoreReadOnly`,
    `VaultKeyWrong`.
    """
    log_somewhere()
    if not is_house(data_dir, source):
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
        source=source,
        told=told,
    )
