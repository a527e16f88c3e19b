"""Run punctuality over a period: counts that add up, and how late, from a run's stops."""

from typing import Any

import pytest

from domain.model.instants import DAY_US, MINUTE_US, parse_instant
from domain.model.period_figures import ReportDoesNotAddUp
from domain.model.period_report import BreakdownDoesNotApply, Grouping, Period, demand_breakdown
from domain.model.planned_runs import PlannedRun, PlannedStop
from domain.model.run_report import RunFigures, RunReport, run_report
from domain.model.runs import Driven, RunState, StopState

EIGHT_US = parse_instant("2026-03-02T08:00:00+07:00")
PERIOD = Period(EIGHT_US - 8 * 60 * MINUTE_US, EIGHT_US - 8 * 60 * MINUTE_US + DAY_US)
NOON_US = EIGHT_US + 4 * 60 * MINUTE_US


def stop(office: str, after: int, *, reached: int | None = None, **told: Any) -> StopState:
    """Planned so many minutes after eight; reached so many minutes after that."""
    planned_us = EIGHT_US + after * MINUTE_US
    return StopState(
        office,
        planned_us,
        planned_us,
        None if reached is None else planned_us + reached * MINUTE_US,
        late_from_us=planned_us + 15 * MINUTE_US,
        missed_us=None if reached is not None else planned_us + 60 * MINUTE_US,
        **told,
    )


def run(*stops: StopState, route: str = "T", driven: str | None = "courier:c2") -> RunState:
    trip = PlannedRun(
        route, 0, "1", "7", "courier:c1", tuple(PlannedStop(s.office, 0, 0) for s in stops)
    )
    start_us = stops[0].planned_us if driven else None
    return RunState(
        name=f"{route}/2026-03-02/1",
        label="7",
        route=route,
        slot="1",
        day=0,
        planned=trip,
        stops=stops,
        started_us=start_us,
        late_from_us=stops[0].late_from_us,
        missed_us=None if driven else stops[0].missed_us,
        couriers=(Driven(driven, EIGHT_US, None),) if driven else (),
    )


GOOD = run(stop("A", 0, reached=0), stop("B", 30, reached=14))
LATE = run(stop("A", 0, reached=0), stop("B", 30, reached=15), stop("C", 60, reached=40))
PARTIAL = run(stop("A", 0, reached=0), stop("B", 30, reason="office_closed"), stop("C", 60))
NEVER = run(stop("A", 0), stop("B", 30), driven=None, route="U")


def report(*runs: RunState, by: Grouping = Grouping.ROUTE, now_us: int = NOON_US) -> RunReport:
    return run_report(runs, period=PERIOD, by=by, now_us=now_us)


def test_planned_runs_were_driven_or_missed_and_stops_reached_or_missed() -> None:
    total = report(GOOD, LATE, PARTIAL, NEVER).total
    assert (total.planned, total.driven, total.missed, total.to_come) == (4, 3, 1, 0)
    assert (total.late, total.partial) == (1, 1)
    assert (total.stops, total.reached, total.stops_missed) == (10, 6, 4)
    assert total.reasons == {"office_closed": 1, "untold": 3}


def test_fourteen_minutes_are_in_time_and_fifteen_are_late() -> None:
    total = report(GOOD, LATE).total
    assert total.stops_late == 2
    assert (total.delay(50), total.delay(90)) == (15, 40)
    assert report(GOOD).total.delay(50) is None


def test_of_ten_late_stops_the_ninth_is_the_ninetieth_percentile() -> None:
    stops = [stop("B", 0, reached=minutes) for minutes in range(21, 31)]
    total = report(run(stop("A", 0, reached=0), *stops)).total
    assert (total.delay(50), total.delay(90), total.delay(100)) == (25, 29, 30)


def test_before_its_time_a_run_is_still_to_come() -> None:
    total = report(NEVER, now_us=EIGHT_US).total
    assert (total.to_come, total.missed, total.stops_to_come, total.stops_missed) == (1, 0, 2, 0)


def test_a_run_outside_the_timetable_owes_nothing() -> None:
    extra = RunState(
        name="T/2026-03-02/9", label="7", route="T", slot="9", day=0, planned=None, stops=()
    )
    total = report(GOOD, extra).total
    assert (total.planned, total.extra, total.stops) == (1, 1, 2)


def test_rows_by_courier_are_of_whom_drove_else_of_whom_the_timetable_names() -> None:
    rows = report(GOOD, NEVER, by=Grouping.COURIER).rows
    assert {name: (row.planned, row.driven) for name, row in rows.items()} == {
        "courier:c1": (1, 0),
        "courier:c2": (1, 1),
    }


def test_an_office_has_stops_and_no_runs() -> None:
    found = report(LATE, PARTIAL, by=Grouping.OFFICE)
    rows = found.to_json()["rows"]
    assert rows["B"] | {"planned": None, "stops": 2, "reached": 1, "stops_missed": 1} == rows["B"]
    assert found.total.planned == 2


def test_sums_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ReportDoesNotAddUp, match="T: planned"):
        RunFigures(planned=1).check("T")


@pytest.mark.parametrize(
    ("of", "by"),
    [("period", "courier"), ("runs", "department"), ("runs", "field"), ("responsibility", "route")],
)
def test_a_breakdown_that_means_nothing_is_refused_and_says_which_do(of: str, by: str) -> None:
    with pytest.raises(BreakdownDoesNotApply) as refused:
        demand_breakdown(of, Grouping(by))
    assert "office" in str(refused.value.values["applicable"])
    demand_breakdown(of, None)
