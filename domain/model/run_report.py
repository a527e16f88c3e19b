"""Run punctuality over a period: what was planned, driven, late and missed, and how late.

Sums of the courier runs as the read model tells them; used by the use case that makes the report,
screens only print it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.model.instants import MINUTE_US, Micros, iso
from domain.model.period_figures import ReportDoesNotAddUp
from domain.model.period_report import UNKNOWN, Grouping, Period
from domain.model.runs import RunState, StopState

UNTOLD = "untold"  # why a stop was missed, where nobody said


@dataclass(slots=True)
class RunFigures:
    """The counts of one row, or of the total; `of_stops` has none of runs.

    Runs: `planned` = driven + missed + to_come. `late`: driven, and late at some stop (15 minutes,
    `RunSettings`); `partial`: driven, and a stop left out; `extra`: driven without being planned.
    Stops of planned runs: `stops` = reached + stops_missed + stops_to_come; `stops_late` of those
    reached. `reasons` of the stops missed. `delays` are of the late stops, in minutes.
    """

    planned: int = 0
    driven: int = 0
    late: int = 0
    partial: int = 0
    missed: int = 0
    to_come: int = 0
    extra: int = 0
    stops: int = 0
    reached: int = 0
    stops_late: int = 0
    stops_missed: int = 0
    stops_to_come: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    delays: Counter[int] = field(default_factory=Counter)
    of_stops: bool = False

    def delay(self, percent: int) -> int | None:
        """So late, in minutes, were at most that many percent of the late stops (nearest rank)."""
        rank = -(-self.delays.total() * percent // 100)
        for minutes in sorted(self.delays):
            rank -= self.delays[minutes]
            if rank <= 0:
                return minutes
        return None

    def check(self, row: str) -> None:
        """Demand the identities; raises `ReportDoesNotAddUp`."""
        for what, left, right in (
            ("planned = driven + missed + to come", self.planned, self._runs_told()),
            ("stops = reached + missed + to come", self.stops, self._stops_told()),
            ("stops missed = their reasons", self.stops_missed, self.reasons.total()),
        ):
            if left != right:
                raise ReportDoesNotAddUp(what=f"{row}: {what}", left=left, right=right)

    def to_json(self) -> dict[str, Any]:
        """For programs; figures that the row cannot have are null."""
        told = asdict(self) | {"reasons": dict(sorted(self.reasons.items()))}
        del told["of_stops"], told["delays"]
        if self.of_stops:
            told |= dict.fromkeys(OF_RUNS)
        return told | {
            "minutes_late_p50": self.delay(50),
            "minutes_late_p90": self.delay(90),
        }

    def _runs_told(self) -> int:
        return self.driven + self.missed + self.to_come

    def _stops_told(self) -> int:
        return self.reached + self.stops_missed + self.stops_to_come


OF_RUNS = ("planned", "driven", "late", "partial", "missed", "to_come", "extra")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One period; `rows` by route, courier or office. An office has stops only: a run has many.

    A run is the courier's who first drove it, else the planned one's.
    """

    period: Period
    by: Grouping
    total: RunFigures
    rows: Mapping[str, RunFigures]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "from": iso(self.period.from_us),
            "to": iso(self.period.to_us),
            **self.total.to_json(),
            "by": self.by,
            "rows": {name: row.to_json() for name, row in self.rows.items()},
        }


def run_report(
    runs: Iterable[RunState], *, period: Period, by: Grouping, now_us: Micros
) -> RunReport:
    """Add up the runs of the period's days, as they stand now; raises `ReportDoesNotAddUp`."""
    total, rows = RunFigures(), dict[str, RunFigures]()
    for run in runs:
        _add_run(total, run, now_us)
        _add_stops(total, run.stops, now_us)
        if by is Grouping.OFFICE:
            for stop in run.stops:
                row = rows.setdefault(stop.office, RunFigures(of_stops=True))
                _add_stops(row, [stop], now_us)
        else:
            name = run.route if by is Grouping.ROUTE else _courier(run)
            row = rows.setdefault(name, RunFigures())
            _add_run(row, run, now_us)
            _add_stops(row, run.stops, now_us)
    total.check("total")
    for name, row in rows.items():
        row.check(name)
    return RunReport(period=period, by=by, total=total, rows=dict(sorted(rows.items())))


def _courier(run: RunState) -> str:
    if run.couriers:
        return run.couriers[0].courier
    planned = None if run.planned is None else run.planned.courier
    return planned or UNKNOWN


def _add_run(figures: RunFigures, run: RunState, now_us: Micros) -> None:
    if run.planned is None:
        figures.extra += 1
        return
    figures.planned += 1
    match run.status(now_us):
        case "missed":
            figures.missed += 1
        case "planned" | "late":
            figures.to_come += 1
        case _:
            figures.driven += 1
            figures.late += any(True for _ in _late(run.stops, now_us))
            figures.partial += any(stop.status(now_us) == "missed" for stop in run.stops)


def _add_stops(figures: RunFigures, stops: Iterable[StopState], now_us: Micros) -> None:
    every = list(stops)
    figures.stops += len(every)
    for stop in every:
        match stop.status(now_us):
            case "reached":
                figures.reached += 1
            case "missed":
                figures.stops_missed += 1
                figures.reasons[stop.reason or UNTOLD] += 1
            case _:
                figures.stops_to_come += 1
    for stop in _late(every, now_us):
        figures.stops_late += 1
        figures.delays[stop.late_us // MINUTE_US] += 1


def _late(stops: Iterable[StopState], now_us: Micros) -> Iterator[StopState]:
    """Those reached, and not in time."""
    for stop in stops:
        late_us, reached_us = stop.late_from_us, stop.reached_us
        if late_us is None or reached_us is None or stop.status(now_us) != "reached":
            continue
        if reached_us >= late_us:
            yield stop
