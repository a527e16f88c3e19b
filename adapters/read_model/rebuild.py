"""Builds the read model anew from the events and swaps it in; used by `giaonhan rebuild`.

Evidence first, then one walk along all facts: cheaper than living through it again. Readers see the
old tables until the last transaction.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from adapters.read_model.cases import Cases
from adapters.read_model.contests import Contests
from adapters.read_model.deadlines import DueOf
from adapters.read_model.differences import Difference, differences
from adapters.read_model.dump import digest_of_each
from adapters.read_model.engine import alone, lay_out, on_postgres, passes
from adapters.read_model.evidence import Evidence
from adapters.read_model.fact_rows import Heard
from adapters.read_model.handlings import Handlings
from adapters.read_model.long_fold import LongFold
from adapters.read_model.projection import Projection, ReadModelOutdated, prepare, told_by
from adapters.read_model.runs import NoPlans, RunPlanner, Runs
from adapters.read_model.stickers import StickerRows
from adapters.read_model.tables import FRESH, LIVE, ROW, VERSION, Tables, make_tables
from domain.model.custody_state import FoldSettings
from domain.model.instants import Micros
from domain.model.runs import RunSettings
from domain.model.station_time import latest
from domain.ports.stores import EventLog

MOST_SWAPS = 50
MOST_LOOKS = 50  # at two sets of tables until they stand at the same event
SWAP_WAITS_MS = 200
MOST_CELLS = 50  # told by name; whoever wants them all wants the sheets built anew
Digests = dict[str, tuple[int, str]]

BATCH = 10_000  # events read at a time: large enough to be fast, small enough for memory


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild has come: events are read first, then facts folded; `labels` at the end."""

    events: int
    of_events: int
    facts: int = 0
    of_facts: int = 0
    labels: int = 0

    @property
    def now(self) -> tuple[str, int, int]:
        """What is under way, in both languages, how much of it is done, and of how much."""
        if self.of_facts:
            return "sự việc / facts", self.facts, self.of_facts
        return "sự kiện / events", self.events, self.of_events


@dataclass(frozen=True, slots=True)
class Verified:
    """How many events there are, the digest of the right sheets, and which were not as they.

    `cells`: the first of what differs, by name; `differences` counts all of it.
    """

    events: int
    digest: str
    differing: tuple[str, ...]
    cells: tuple[Difference, ...] = ()
    differences: int = 0


def rebuild(
    *,
    log: EventLog,
    engine: Engine,
    due_of: DueOf,
    planner: RunPlanner | None = None,
    settings: FoldSettings | None = None,
    told: Callable[[Progress], None] = lambda _progress: None,
    anew: bool = True,
) -> Progress:
    """Fill a fresh set of tables from all events and put it in the place of the present one.

    On a file it runs on the writer thread; on PostgreSQL other processes go on writing and reading
    the present tables meanwhile, and what they store is followed before the tables change places.
    Without `anew` nothing is done where another process has made the tables meanwhile.
    """
    with alone(engine):
        if not anew and _there(engine):
            return Progress(0, 0)
        fresh = _Fresh(log, engine, due_of, planner or NoPlans(), settings or FoldSettings())
        progress = fresh.fill(told)
        fresh.follow()
        _swap(engine, fresh.tables)
    return progress


def verify(
    *,
    log: EventLog,
    engine: Engine,
    due_of: DueOf,
    planner: RunPlanner | None = None,
    settings: FoldSettings | None = None,
    told: Callable[[Progress], None] = lambda _progress: None,
    repair: bool = False,
) -> Verified:
    """Hold the present tables against a fresh set; with `repair` that takes their place.

    Raises `TimeoutError` if events come in faster than both can be brought to the same one.
    """
    with alone(engine):
        fresh = _Fresh(log, engine, due_of, planner or NoPlans(), settings or FoldSettings())
        events = fresh.fill(told).events
        right, differing, cells, many = _side_by_side(engine, fresh)
        if differing and repair:
            _swap(engine, fresh.tables)
        else:
            fresh.tables.metadata.drop_all(engine)
    lines = [f"{name} {told}" for name, (_, told) in sorted(right.items())]
    whole = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return Verified(events, whole, differing, cells, many)


def _side_by_side(engine: Engine, fresh: "_Fresh") -> "_Compared":
    """Present and fresh sheets at the same event, in one snapshot of both."""
    for _ in range(MOST_LOOKS):
        fresh.follow()
        with engine.connect() as connection:
            if on_postgres(connection):
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
            come_to = [
                connection.execute(select(tables.progress.c.pos)).scalar()
                for tables in (LIVE, fresh.tables)
            ]
            if come_to[0] == come_to[1]:
                return _compared(connection, fresh.tables)
    raise TimeoutError(f"present and fresh sheets stand at different events: {come_to}")


class _Compared(NamedTuple):
    right: Digests
    differing: tuple[str, ...]
    cells: tuple[Difference, ...]
    many: int


def _compared(connection: Connection, fresh: Tables) -> _Compared:
    present, right = digest_of_each(connection), digest_of_each(connection, fresh)
    differing = tuple(
        sorted(name for name in present.keys() | right if present.get(name) != right.get(name))
    )
    cells: list[Difference] = []
    many = 0
    for name in differing:
        for difference in differences(connection, fresh, name):
            many += 1
            if len(cells) < MOST_CELLS:
                cells.append(difference)
    return _Compared(right, differing, tuple(cells), many)


class _Fresh:
    """A set of tables beside the present one, filled from all events."""

    def __init__(
        self,
        log: EventLog,
        engine: Engine,
        due_of: DueOf,
        planner: RunPlanner,
        settings: FoldSettings,
    ) -> None:
        self._log = log
        self._engine = engine
        self._due_of = due_of
        self._planner = planner
        self._settings = settings
        self._generation = _generation(engine) + 1
        self.tables = make_tables(FRESH, index_tag=str(self._generation))

    def fill(self, told: Callable[[Progress], None]) -> Progress:
        """Evidence first, then every label."""
        engine, tables = self._engine, self.tables
        tables.metadata.drop_all(engine)  # what an interrupted rebuild has left
        lay_out(engine, tables.metadata)
        start = {"name": ROW, "pos": 0, "generation": self._generation, "version": VERSION}
        with engine.begin() as connection:
            connection.execute(insert(tables.progress), start)
        events, newest_us = self._take_all(told)
        long = LongFold(tables, self._due_of, self._settings, index_tag=str(self._generation))
        labels = long.fold(engine, lambda done, of: told(Progress(events, events, done, of)))
        runs = Runs(tables, self._planner, RunSettings())
        with engine.begin() as connection:
            runs.take(connection, touched=(), newest_us=newest_us, replan=True)
        told(done := Progress(events, events, labels=labels))
        return done

    def _take_all(self, told: Callable[[Progress], None]) -> tuple[int, Micros | None]:
        """Store evidence and cases; how many events, and the newest instant that bears on runs."""
        tables = self.tables
        evidence, cases = Evidence(tables, heard=Heard()), Cases(tables)
        handlings, stickers, contests = Handlings(tables), StickerRows(tables), Contests(tables)
        position, newest_us = 0, None
        every = self._log.newest_id()
        while notifications := self._log.statements(after=position, limit=BATCH):
            batch = told_by(notifications)
            newest_us = latest(newest_us, batch.newest_us)
            position = notifications[-1].id
            with self._engine.begin() as connection:
                stickers.take(connection, batch.stickers)
                evidence.store(connection, stickers.told(connection, batch.facts), batch.voids)
                cases.take(connection, batch.cases)
                handlings.take(connection, batch.handlings)
                contests.take(connection, batch.contests)
                connection.execute(update(tables.progress).values(pos=position))
            told(Progress(position, max(every, position)))
        return position, newest_us

    def follow(self) -> None:
        """What was stored meanwhile."""
        Projection(
            log=self._log,
            engine=self._engine,
            due_of=self._due_of,
            planner=self._planner,
            settings=self._settings,
            tables=self.tables,
        ).catch_up()


def _there(engine: Engine) -> bool:
    try:
        prepare(engine, empty=False)
    except ReadModelOutdated:
        return False
    return True


def _generation(engine: Engine) -> int:
    if not inspect(engine).has_table(LIVE.progress.name):
        return 0
    with engine.connect() as connection:
        return connection.execute(select(LIVE.progress.c.generation)).scalar() or 0


def _swap(engine: Engine, fresh: Tables) -> None:
    """Readers wait for it a moment; who would keep it waiting for long goes first instead."""
    for attempt in range(1, MOST_SWAPS + 1):
        try:
            _swap_now(engine, fresh)
        except DBAPIError as error:
            if attempt == MOST_SWAPS or not passes(error):
                raise
        else:
            return


def _swap_now(engine: Engine, fresh: Tables) -> None:
    with engine.begin() as connection:
        if on_postgres(connection):
            # Sooner than the server looks for deadlocks: it might take a reader for the victim.
            connection.execute(text(f"SET LOCAL lock_timeout = '{SWAP_WAITS_MS}ms'"))
        for name, table in fresh.each():
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
            connection.execute(text(f"ALTER TABLE {table.name} RENAME TO {name}"))
