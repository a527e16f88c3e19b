"""Bars 1 to 3: signed scans through the use case, beside the bare driver doing as much.

Raw = verify the same signatures + one transaction with the very rows that the use case has written,
on the same disk with the same durability. The slices alternate, so that both meet the same noise.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from api.rehearsal.bars.bar import Bar, Context, Figure
from api.rehearsal.bars.pen import Pen, enrol, use_case
from domain.use_cases.record_scans import SentEntry

if TYPE_CHECKING:  # it comes with the extra `postgres`
    from psycopg import Connection

STATION = "Q1"
A_BATCH = 50
Row = tuple[Any, ...]
Batch = Sequence[SentEntry]


class Timer:
    """Seconds on the clock and on the processor, over all blocks that it timed."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time the block as well."""
        started, cpu_started = perf_counter(), process_time()
        yield
        self.wall_s += perf_counter() - started
        self.cpu_s += process_time() - cpu_started


class Beside:
    """Slices of the use case and of the raw loop by turns; the first warms up and counts nothing.

    `written` gives the rows that were stored since it was last asked, `store` is the raw loop.
    """

    def __init__(
        self,
        log: MappedEventLog,
        pen: Pen,
        *,
        written: Callable[[], list[Row]],
        store: Callable[[Batch, Sequence[Row]], None],
    ) -> None:
        self._pen = pen
        enrol(log, pen)
        self._record = use_case(log)
        self._written = written
        self._store = store
        self._serials = count()
        self.ours: list[Timer] = []
        self.raw: list[Timer] = []
        written()  # the enrolment

    def measure(self, context: Context, *, slices: int, saves: int, entries: int) -> None:
        """So many slices of so many saves of so many entries each."""
        for number in context.slices(slices + 1):
            ours, raw = Timer(), Timer()
            batches = [self._save(entries, ours) for _ in range(saves)]
            rows = self._written()
            of_each = len(rows) // saves
            for n, batch in enumerate(batches):
                with raw.running():
                    self._store(batch, rows[n * of_each : (n + 1) * of_each])
            if number:
                self.ours.append(ours)
                self.raw.append(raw)

    def _save(self, entries: int, timer: Timer) -> Batch:
        """Sign a batch, which is not timed, and have it recorded, which is."""
        batch = [self._pen.receive(next(self._serials)) for _ in range(entries)]
        with timer.running():
            answer = self._record(STATION, batch)
        if any(each.outcome != "recorded" for each in answer.answers):
            raise AssertionError(answer)
        self._pen.checkpoint = answer.checkpoint
        return batch

    def ratio(self, *, at_least: float, aim: float) -> Figure:
        """Speed over the raw loop's, of each slice and the one beside it."""
        pairs = zip(self.ours, self.raw, strict=True)
        ratios = [raw.wall_s / ours.wall_s for ours, raw in pairs]
        return Figure.of("speed / raw", ratios, at_least=at_least, aim=aim)

    def told(self, scans: int) -> tuple[Figure, ...]:
        """For comparison: scans a second, with so many in a slice."""
        return tuple(
            Figure.of(name, [scans / each.wall_s for each in timers], unit="scans/s")
            for name, timers in (("use case", self.ours), ("raw", self.raw))
        )


def one_on_sqlite(context: Context) -> Bar:
    """Bar 1."""
    slices, scans = context.of(trial=1, short=8, long=24), context.of(trial=3, short=100, long=200)
    with _on_sqlite(context) as beside:
        beside.measure(context, slices=slices, saves=scans, entries=1)
    cpu_us, raw_cpu_us = (
        [each.cpu_s / scans * 1e6 for each in timers] for timers in (beside.ours, beside.raw)
    )
    return Bar(
        number=1,
        name="one signed scan, SQLite FULL, one commit",
        figures=(
            beside.ratio(at_least=0.40, aim=0.70),
            Figure.of("CPU a scan", cpu_us, unit="µs", at_least=600, aim=350, more_is_better=False),
            Figure.of("CPU of the raw loop", raw_cpu_us, unit="µs", more_is_better=False),
            *beside.told(scans),
        ),
        note=f"{slices} slices of {scans} scans.",
    )


def batch_on_sqlite(context: Context) -> Bar:
    """Bar 2."""
    slices, saves = context.of(trial=1, short=8, long=24), context.of(trial=1, short=6, long=20)
    with _on_sqlite(context) as beside:
        beside.measure(context, slices=slices, saves=saves, entries=A_BATCH)
    return Bar(
        number=2,
        name=f"a station's batch of {A_BATCH} signed scans, SQLite FULL, one commit",
        figures=(beside.ratio(at_least=0.35, aim=0.70), *beside.told(saves * A_BATCH)),
        note=f"{slices} slices of {saves} batches.",
    )


def one_on_postgres(context: Context) -> Bar:
    """Bar 3."""
    from adapters.event_store.postgres_log import PostgresEventLog

    slices, scans = context.of(trial=1, short=8, long=24), context.of(trial=3, short=60, long=200)
    url = context.database()
    with closing(PostgresEventLog(url)) as log, closing(psycopg_to(url)) as raw:
        pen = Pen(STATION)
        beside = Beside(log, pen, written=_rows_in(raw), store=_raw_postgres(raw, pen))
        beside.measure(context, slices=slices, saves=scans, entries=1)
    return Bar(
        number=3,
        name="one signed scan, PostgreSQL, one client",
        figures=(beside.ratio(at_least=0.30, aim=0.60), *beside.told(scans)),
        note=f"{slices} slices of {scans} scans.",
    )


def psycopg_to(url: str) -> "Connection[Any]":
    """The bare driver."""
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _rows_after(select: Callable[[int], list[Row]]) -> Callable[[], list[Row]]:
    """Asks for the events that were stored since the last question; by `select`, number first."""
    seen = 0

    def written() -> list[Row]:
        nonlocal seen
        rows = select(seen)
        seen = rows[-1][0]
        return [row[1:] for row in rows]

    return written


def _rows_in(connection: "Connection[Any]") -> Callable[[], list[Row]]:
    asked = (
        "SELECT notification_id, originator_id, originator_version, topic, state"
        " FROM stored_events WHERE notification_id > %s ORDER BY notification_id"
    )
    return _rows_after(lambda seen: connection.execute(asked, [seen]).fetchall())


def _raw_postgres(
    connection: "Connection[Any]", pen: Pen
) -> Callable[[Batch, Sequence[Row]], None]:
    """As `_raw_sqlite`, into a table like the log's."""
    connection.execute("CREATE TABLE raw_events (LIKE stored_events INCLUDING ALL)")
    key = Ed25519PublicKey.from_public_bytes(pen.signer.public_key)

    def store(batch: Batch, rows: Sequence[Row]) -> None:
        for entry in batch:
            key.verify(entry.raw[-64:], entry.raw[:-64])
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO raw_events (originator_id, originator_version, topic, state)"
                " VALUES (%s, %s, %s, %s)",
                rows,
            )

    return store


@contextmanager
def _on_sqlite(context: Context) -> Iterator[Beside]:
    with context.folder() as folder, closing(SqliteEventLog(folder / "log.db")) as log:
        pen = Pen(STATION)
        rows, store = _rows_of(folder / "log.db"), _raw_sqlite(folder / "raw.db", pen)
        yield Beside(log, pen, written=rows, store=store)


def _rows_of(path: Path) -> Callable[[], list[Row]]:
    connection = sqlite3.connect(path)
    asked = (
        "SELECT rowid, originator_id, originator_version, topic, state"
        " FROM stored_events WHERE rowid > ? ORDER BY rowid"
    )
    return _rows_after(lambda seen: connection.execute(asked, [seen]).fetchall())


def _raw_sqlite(path: Path, pen: Pen) -> Callable[[Batch, Sequence[Row]], None]:
    """Plain driver code: verified signatures, a transaction, the rows."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT,"
        " state BLOB, PRIMARY KEY (originator_id, originator_version))"
    )
    key = Ed25519PublicKey.from_public_bytes(pen.signer.public_key)

    def store(batch: Batch, rows: Sequence[Row]) -> None:
        for entry in batch:
            key.verify(entry.raw[-64:], entry.raw[:-64])
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO stored_events VALUES (?,?,?,?)", rows)
        connection.execute("COMMIT")

    return store
