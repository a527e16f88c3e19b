"""Bar 7: the whole log read and mapped to events, beside a plain SELECT of the same rows."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from time import perf_counter

from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.postmaster import NoPostgres
from api.rehearsal.bars.bar import Bar, Context, Figure
from api.rehearsal.bars.pen import Pen, enrol, use_case
from api.rehearsal.bars.scan import psycopg_to

AT_A_TIME = 5_000  # as a rebuild reads
A_SAVE = 200
_SELECT = "SELECT {}, originator_id, originator_version, topic, state FROM stored_events ORDER BY 1"

Read = Callable[[], int]  # reads all of the log once and tells how many rows


def read_and_map(context: Context) -> Bar:
    """Bar 7."""
    note = f"A log of {_saves(context) * A_SAVE:,} scans."
    figures = [Figure.of("mapped / raw, SQLite", list(_in_file(context)), at_least=0.12, aim=0.25)]
    try:
        in_server = list(_in_server(context))
    except NoPostgres as absent:
        note = f"{note} {absent}"
    else:
        figures += [Figure.of("mapped / raw, PostgreSQL", in_server, at_least=0.20, aim=0.40)]
    return Bar(number=7, name="log read and mapped", figures=tuple(figures), note=note)


def _saves(context: Context) -> int:
    return context.of(trial=1, short=30, long=200)


def _in_file(context: Context) -> Iterator[float]:
    with context.folder() as folder, closing(SqliteEventLog(folder / "log.db")) as log:
        _fill(log, _saves(context))
        with closing(sqlite3.connect(folder / "log.db")) as raw:
            select = _SELECT.format("rowid")
            yield from _ratios(context, log, lambda: len(raw.execute(select).fetchall()))


def _in_server(context: Context) -> Iterator[float]:
    from adapters.event_store.postgres_log import PostgresEventLog

    url = context.database()
    with closing(PostgresEventLog(url)) as log, closing(psycopg_to(url)) as raw:
        _fill(log, _saves(context))
        cursor = raw.cursor(binary=True)
        select = _SELECT.format("notification_id")
        yield from _ratios(context, log, lambda: len(cursor.execute(select).fetchall()))


def _ratios(context: Context, log: MappedEventLog, raw: Read) -> Iterator[float]:
    """Speed of ours over the raw loop's; the first slice warms up."""

    def ours() -> int:
        read = position = 0
        while told := log.notifications(after=position, limit=AT_A_TIME):
            read, position = read + len(told), told[-1].id
        return read

    for number in context.slices(1 + context.of(trial=1, short=5, long=20)):
        started = perf_counter()
        read = ours()
        between = perf_counter()
        if raw() != read:
            raise AssertionError(read)
        if number:
            yield (perf_counter() - between) / (between - started)


def _fill(log: MappedEventLog, saves: int) -> None:
    pen = Pen("Q1")
    enrol(log, pen)
    record = use_case(log)
    serials = count()
    for _ in range(saves):
        batch = [pen.receive(next(serials)) for _ in range(A_SAVE)]
        pen.checkpoint = record(pen.station, batch).checkpoint
