"""Follows the event log into the read model, each event exactly once; run by the writer thread.

Five hundred events are read, folded and written in one transaction with the new position. Whoever
finds the position moved by another runner drops its work and reads again. An event that cannot be
applied stops the projection: its place is recorded for the health page, and it is never skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, inspect, select, update

from adapters.read_model.cases import CASE_EVENTS, CaseEvent, Cases
from adapters.read_model.contests import CONTEST_EVENTS, ContestEvent, Contests
from adapters.read_model.deadlines import DueOf
from adapters.read_model.engine import alone, lay_out, passes, unless_there
from adapters.read_model.evidence import Evidence
from adapters.read_model.handlings import HANDLING_EVENTS, HandlingEvent, Handlings
from adapters.read_model.lately import Lately
from adapters.read_model.redating import CALENDAR_EVENTS, CalendarEvent, Redating
from adapters.read_model.refold import Refold
from adapters.read_model.runs import NoPlans, RunPlanner, Runs
from adapters.read_model.station_times import Void
from adapters.read_model.stickers import STICKER_EVENTS, StickerEvent, StickerRows
from adapters.read_model.tables import LIVE, ROW, VERSION, Tables
from domain.model.custody_along import Bearing
from domain.model.custody_state import FoldSettings
from domain.model.decision import Decision
from domain.model.entry import parse_entry
from domain.model.errors import Refusal
from domain.model.fact import Fact
from domain.model.instants import Micros, micros
from domain.model.journal import EntryStored, EntryTombstoned, FactStated, fact_of
from domain.model.labels import RUN_KIND
from domain.model.runs import RunSettings
from domain.model.timetable import Timetable
from domain.ports.stores import (
    DirectoryLocked,
    DiskFull,
    EventLog,
    Notification,
    StoreFailed,
    StoreReadOnly,
    StoreUnreachable,
    demand_known,
)

BATCH = 500
_LONGEST_FAULT = 500
# Not the event's fault, and over when the disk has room or the other process has gone.
_PASSING = (DiskFull, StoreReadOnly, StoreFailed, StoreUnreachable, DirectoryLocked)


TIMETABLE_EVENTS = (
    Timetable.Introduced,
    Timetable.Revised,
    Timetable.RunExcepted,
    Timetable.RunRestored,
)


class ReadModelOutdated(Refusal):
    """The tables are absent or of another version: rebuild them; values: found (0), wanted."""

    code = "READ_MODEL_OUTDATED"


class ProjectionStopped(Exception):  # noqa: N818 - it names the state that the health page shows
    """A fault of ours: this event cannot be applied. Reading goes on with what there is."""

    def __init__(self, *, event: int, fault: str) -> None:
        super().__init__(f"the projection has stopped at event {event}: {fault}")
        self.event = event
        self.fault = fault


@dataclass(slots=True)
class Told:
    """What a stretch of the log says to the read model."""

    facts: list[Fact] = field(default_factory=list)
    voids: list[Void] = field(default_factory=list)
    cases: list[CaseEvent] = field(default_factory=list)
    calendars: list[CalendarEvent] = field(default_factory=list)
    handlings: list[HandlingEvent] = field(default_factory=list)
    contests: list[ContestEvent] = field(default_factory=list)
    timetables: list[Decision.Event] = field(default_factory=list)
    stickers: list[StickerEvent] = field(default_factory=list)

    @property
    def newest_us(self) -> Micros | None:
        """The newest instant of the server's clock that bears on courier runs; None for none."""
        recorded = [fact.recorded_at_us for fact in self.facts if fact.recorded_at_us is not None]
        decided = [micros(event.timestamp) for event in self.timetables]
        return max((*recorded, *decided), default=None)

    @property
    def replans(self) -> bool:
        """Whether other runs may be planned from now on."""
        return bool(self.timetables or self.calendars)


_OF_DECISIONS = {
    "cases": CASE_EVENTS,
    "calendars": CALENDAR_EVENTS,
    "handlings": HANDLING_EVENTS,
    "contests": CONTEST_EVENTS,
    "timetables": TIMETABLE_EVENTS,
    "stickers": STICKER_EVENTS,
}


def told_by(notifications: Sequence[Notification]) -> Told:
    """Events of other kinds say nothing about any sheet."""
    told = Told()
    seen: dict[tuple[object, ...], dict[str, Any]] = {}
    for notification in notifications:
        match notification.event:
            case FactStated(fact=line, digest=digest) as stated:
                name = (line["station"], line.get("epoch"), line["seq"], digest)
                if seen.get(name) != line:  # the same line stands in the stream of each label
                    seen[name] = line
                    told.facts.append(fact_of(stated))
            case EntryTombstoned(station=station, epoch=epoch, originator_version=seq):
                told.voids.append(Void(station, epoch, seq))
            case EntryStored(quarantined=True, raw=raw):
                fact = parse_entry(raw).fact
                told.voids.append(Void(fact.station, fact.epoch, fact.seq))
            case Decision.Event() as event:
                for sheet, kinds in _OF_DECISIONS.items():
                    if isinstance(event, kinds):
                        getattr(told, sheet).append(event)
    return told


class Projection:
    """The one runner on one set of tables; `prepare` the tables first.

    `lately` is told what bears on the newest facts.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        engine: Engine,
        due_of: DueOf,
        planner: RunPlanner | None = None,
        settings: FoldSettings | None = None,
        tables: Tables = LIVE,
        lately: Lately | None = None,
    ) -> None:
        self._log = log
        self._lately = lately
        self._engine = engine
        self._evidence = Evidence(tables)
        self._cases = Cases(tables)
        self._stickers = StickerRows(tables)
        self._handlings = Handlings(tables)
        self._contests = Contests(tables)
        self._refold = Refold(tables, due_of, settings or FoldSettings())
        self._runs = Runs(tables, planner or NoPlans(), RunSettings())
        self._redating = Redating(tables, due_of)
        progress = tables.progress
        self._read_position = select(progress.c.pos)
        self._read_fault = select(progress.c.fault)
        self._reading = 0  # the first event of the batch under way
        self._position: int | None = None  # None: to be read; another runner may have moved it
        self._advance = (
            update(progress)
            .where(progress.c.pos == bindparam("old"))
            .values(pos=bindparam("new"), fault=None, fault_event=None)
        )
        self._record_fault = update(progress).values(
            fault=bindparam("why"), fault_event=bindparam("at_event")
        )
        self._stopped: ProjectionStopped | None = None
        self.redating = False  # whether a calendar change has work left that has not stopped

    def catch_up(self) -> int:
        """Apply all that the log holds; the number of events applied.

        Raises `ProjectionStopped` at an event that cannot be applied, and at once ever after, until
        a new runner or a rebuild has passed it. A full or locked disk raises as it is and stops
        nothing.
        """
        if self._stopped is not None:
            with self._engine.connect() as connection:
                if connection.execute(self._read_fault).scalar_one() is not None:
                    raise self._stopped
            self._stopped = None
        applied = 0
        while True:
            try:
                done = self._step(BATCH)
            except Exception as error:  # whatever it is: find the event, record it, and stop
                if _passes(error):
                    raise
                done = self._step_singly()
            applied += done
            if done < BATCH:
                return applied

    @property
    def reached(self) -> int:
        """How far this runner has come, 0 while it does not know; from any thread."""
        return self._position or 0

    def position(self) -> int:
        """The last event that any runner has applied."""
        with self._engine.connect() as connection:
            position: int = connection.execute(self._read_position).scalar_one()
            return position

    def redate(self) -> bool:
        """One chunk of what a calendar change has left to do; whether there is more.

        A chunk that fails stops the job until the next change or start, and the health page says
        so; a full or locked disk raises as it is and stops nothing.
        """
        try:
            self.redating = self._redating.step(self._engine)
        except Exception as error:
            if not _passes(error):
                self.redating = False
                self._redating.stop(self._engine, _told(error))
            raise
        return self.redating

    def resume_redating(self) -> None:
        """At a start: take up again what was left, or had stopped."""
        self.redating = self._redating.resume(self._engine)

    def _step(self, limit: int) -> int:
        """Read and apply one batch; the number of events applied, 0 at the end of the log."""
        while True:
            if self._position is None:
                self._position = self.position()
            notifications = self._log.notifications(after=self._position, limit=limit)
            if not notifications:
                return 0
            self._reading = notifications[0].id
            moved = {"old": self._position, "new": notifications[-1].id}
            self._position = None
            told = told_by(notifications)
            with self._engine.begin() as connection:
                if connection.execute(self._advance, moved).rowcount == 1:
                    bearing = self._apply(connection, told)
                else:  # another runner has applied some of them, and says how far it has come
                    continue
            self._position = moved["new"]
            if self._lately is not None:
                self._lately.keep(bearing)
            self.redating = self.redating or bool(told.calendars)
            return len(notifications)

    def _apply(self, connection: Connection, told: Told) -> dict[str, Bearing]:
        self._stickers.take(connection, told.stickers)
        facts = self._stickers.told(connection, told.facts)
        touched = self._evidence.take(connection, facts, told.voids)
        touched |= self._cases.take(connection, told.cases)
        runs = {label for label in touched if label[:1] == RUN_KIND}
        news = {fact.digest for fact in told.facts}
        bearing = self._refold.replace(connection, touched - runs, news=news)
        self._runs.take(connection, touched=runs, newest_us=told.newest_us, replan=told.replans)
        self._handlings.take(connection, told.handlings)
        self._contests.take(connection, told.contests)
        self._redating.ask(connection, told.calendars)
        return bearing

    def _step_singly(self) -> int:
        """Apply what stands before the event that fails, then stop at it."""
        done = 0
        for _ in range(BATCH):
            try:
                done += self._step(1)
            except Exception as error:
                if _passes(error):
                    raise
                self._stopped = self._stop(error)
                raise self._stopped from error
        return done  # it did not fail again: what stopped the batch was no single event

    def _stop(self, error: Exception) -> ProjectionStopped:
        fault = _told(error)
        with self._engine.begin() as connection:
            connection.execute(self._record_fault, {"why": fault, "at_event": self._reading})
        return ProjectionStopped(event=self._reading, fault=fault)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_FAULT]


def _passes(error: Exception) -> bool:
    return passes(error) or isinstance(error, _PASSING)


def prepare(engine: Engine, tables: Tables = LIVE, *, empty: bool = True) -> None:
    """Make the tables where there are none and the log is `empty`, as it is in the beginning.

    Raises `ReadModelOutdated`, `MadeByNewer`.
    """
    if empty and _made_as(engine, tables) == 0:
        with alone(engine):
            lay_out(engine, tables.metadata)
            with engine.begin() as connection:
                start = {"name": ROW, "pos": 0, "generation": 0, "version": VERSION}
                connection.execute(unless_there(tables.progress), start)
    found = _made_as(engine, tables)
    demand_known("read model", found=found, known=VERSION)
    if found != VERSION:
        raise ReadModelOutdated(found=found, wanted=VERSION)


def _made_as(engine: Engine, tables: Tables) -> int:
    """The version of the tables, 0 where there are none."""
    if not inspect(engine).has_table(tables.progress.name):
        return 0
    with engine.connect() as connection:
        return connection.execute(select(tables.progress.c.version)).scalar() or 0
