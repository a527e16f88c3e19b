"""Bars 9, 10 and 12: the store at size, in houses with the year of a centre (`giaonhan fill`).

The short form fills small ones; with `--data` the long form takes one that is filled already.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random  # noqa: TID251 - the same labels in every run
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import func, select

from adapters.postmaster import NoPostgres
from adapters.read_model.engine import read_engine
from adapters.read_model.tables import LIVE
from api.composition import House, open_house
from api.databases import DATABASE_URL
from api.rehearsal.bars.bar import Bar, Context, Figure, Length
from api.rehearsal.bars.pen import Pen, enrol
from api.rehearsal.bulk import Hands
from api.rehearsal.year import FROM_US, SIZES, TO_US, fill
from domain.model.period_report import Grouping, Period
from domain.ports.views import BoardFilter, Selection, Standing

PROVINCE, COMMUNE = "province-year", "commune-year"
_MB = 1024  # as /proc tells it, in kB
_PEAK = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")
_ROWS_DEEP = 5_000  # how far down the board a reader leafs


def rebuilt(context: Context) -> Bar:
    """Bar 9: all sheets anew from the log, on PostgreSQL."""
    with _filled(context, PROVINCE, postgres=True, many=_many(context)) as house:
        _FORGET_PEAK.write_text("5", "ascii")
        began, cpu = perf_counter(), process_time()
        house.rebuild(lambda _progress: context.tell(0.5))
        cpu, took = process_time() - cpu, perf_counter() - began
        facts = _facts(house)
    figures = (
        Figure.of("facts/s of its CPU time", [facts / cpu], at_least=8_000, aim=25_000),
        Figure.of("facts/s by the clock", [facts / took]),
        Figure.of(
            "peak memory", [_peak_mb()], unit="MB", at_least=1_000, aim=500, more_is_better=False
        ),
    )
    return Bar(number=9, name="rebuild", figures=figures, note=f"{facts:,} facts, PostgreSQL.")


def looked_at(context: Context) -> Bar:
    """Bar 10: what people look at, over a year."""
    figures: list[Figure] = []
    notes = []
    for size, postgres in ((PROVINCE, True), (COMMUNE, False)):
        engine = "PostgreSQL" if postgres else "SQLite"
        try:
            with _filled(context, size, postgres=postgres, many=_many(context)) as house:
                figures += _looks(context, house, engine)
                notes.append(f"{engine}: {_facts(house):,} facts.")
        except NoPostgres as absent:
            notes.append(str(absent))
    return Bar(number=10, name="pages over a year", figures=tuple(figures), note=" ".join(notes))


def grown(context: Context) -> Bar:
    """Bar 12: the same scan and the same page over ten times the data.

    The smaller house is a week old: before, there is less on the way than there will ever be.
    """
    few = context.of(trial=20, short=1_200, long=3_000)
    costs = []
    for many in (few, 10 * few):
        with _filled(context, COMMUNE, postgres=False, many=many, own=True) as house:
            costs.append((_cost_of_a_scan(context, house), _cost_of_a_page(house)))
    (scan, page), (scan_at_10, page_at_10) = costs
    ratio = partial(Figure.of, at_least=1.5, aim=1.1, more_is_better=False)
    figures = (
        ratio("scan at 10x / at 1x", [scan_at_10 / scan]),
        ratio("board page at 10x / at 1x", [page_at_10 / page]),
        Figure.of("a scan at 10x", [scan_at_10 * 1000], unit="ms", more_is_better=False),
    )
    note = f"{few:,} and {10 * few:,} dossiers, SQLite; CPU time of saving and following."
    return Bar(number=12, name="growth", figures=figures, note=note)


def _many(context: Context) -> int:
    return context.of(trial=20, short=1_000, long=20_000)


@contextmanager
def _filled(
    context: Context, size: str, *, postgres: bool, many: int, own: bool = False
) -> Iterator[House]:
    """The house that was given, if it is on that engine; else a fresh one of so many dossiers."""
    given = None if own or context.length is not Length.LONG else context.data
    url = os.environ.pop(DATABASE_URL, None)
    try:
        if given is not None and (url is not None) == postgres:
            if url is not None:
                os.environ[DATABASE_URL] = url
            with closing(open_house(given, clock=Hands(TO_US))) as house:
                yield house
            return
        with context.folder() as folder:
            if postgres:
                os.environ[DATABASE_URL] = context.database()
            filled = fill(folder / "house", SIZES[size], dossiers=many)
            clock = Hands(filled.until_us)
            with closing(open_house(folder / "house", clock=clock)) as house:
                yield house
    finally:
        os.environ.pop(DATABASE_URL, None)
        if url is not None:
            os.environ[DATABASE_URL] = url


def _looks(context: Context, house: House, engine: str) -> Iterator[Figure]:
    now_us = house.clock.now_us()
    draw = Random(12)
    first = house.views.board(BoardFilter(selection=Selection.ALL, limit=500), now_us=now_us)
    labels = [row.label for row in first.rows]
    deep = min(first.total - 1, _ROWS_DEEP)
    pages = [
        BoardFilter(),
        BoardFilter(selection=Selection.ALL, offset=deep),
        BoardFilter(holder="SO01"),
        BoardFilter(standing=Standing.OVERDUE),
        BoardFilter(discrepancy="MISSING"),
        BoardFilter(search=labels[0][8:14]),
    ]
    times = context.of(trial=1, short=5, long=20)
    board = [_p95(partial(house.views.board, page, now_us=now_us), times) for page in pages]
    trace = _p95(lambda: house.trace(draw.choice(labels)), times * 5)
    period = Period(FROM_US, min(now_us, TO_US))
    report = _p95(lambda: house.report_period(period, by=Grouping.DEPARTMENT), times)

    def figure(name: str, seconds: float, at_least: float, aim: float) -> Figure:
        return Figure.of(
            f"{name}, {engine}, p95",
            [seconds * 1000],
            unit="ms",
            at_least=at_least,
            aim=aim,
            more_is_better=False,
        )

    yield figure("board, the slowest page", max(board), 200, 50)
    yield figure("trace", trace, 100, 20)
    yield figure("period report", report, 1_000, 300)


def _p95(look: Callable[[], object], times: int) -> float:
    """Seconds; the first look warms up."""
    look()
    took = []
    for _ in range(times):
        began = perf_counter()
        look()
        took.append(perf_counter() - began)
    return sorted(took)[int(0.95 * (len(took) - 1))]


def _cost_of_a_scan(context: Context, house: House) -> float:
    """Seconds of CPU until it is on the board; the median over dossiers that are in work."""
    pen = Pen("VACH", office="SO01")
    enrol(house.log, pen, office="SO01")
    house.catch_up()
    page = house.views.board(BoardFilter(holder="SO01"), now_us=house.clock.now_us())
    costs = []
    for row in page.rows[: context.of(trial=3, short=20, long=50)]:
        sent = pen.write("Moved", row.label, place="ban-7")
        began = process_time()
        house.record_scans(pen.station, [sent])
        house.catch_up()
        costs.append(process_time() - began)
    return median(costs)


def _cost_of_a_page(house: House) -> float:
    now_us = house.clock.now_us()
    costs = []
    for _ in range(20):
        began = process_time()
        house.views.board(BoardFilter(), now_us=now_us)
        costs.append(process_time() - began)
    return median(costs)


def _facts(house: House) -> int:
    engine = read_engine(house.source)
    with engine.connect() as connection:
        facts = connection.execute(select(func.count()).select_from(LIVE.fact)).scalar_one()
    engine.dispose()
    return int(facts)


def _peak_mb() -> float:
    line = next(line for line in _PEAK.read_text("ascii").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / _MB
