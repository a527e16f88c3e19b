"""Early warning by hand: the latest run at each handoff, and what a missed run changes."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from domain.model.course import Measures, Whereabouts, course_of
from domain.model.fact import Fact
from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import CENTRE, COURIER_BACK, COURIER_OUT, DEPARTMENT, RETURN
from domain.model.office_hours import parse_day
from domain.model.run_detours import RunDetours
from domain.model.runs import RunState, StopState
from domain.model.warning import Hop, Network, Outlook, Position, Risk
from tests.model.worked_ledgers import BUDGETS, CALENDAR, OUT, Worked, at

# Twice a day: at the centre A 08:00 and 13:30, at the department B 09:00 and 14:30, back at A 10:00
# and 15:30. Paper has to be ready a quarter of an hour before.
SLOTS = {"1": (8 * 60, 9 * 60, 10 * 60), "2": (13 * 60 + 30, 14 * 60 + 30, 15 * 60 + 30)}


def day_of_runs(day: int, **changed: Any) -> list[RunState]:
    runs = []
    for slot, (leaves, there, back) in SLOTS.items():
        stops = tuple(
            StopState(
                office,
                planned_us=at("00:00", day) + minute * MINUTE_US,
                cutoff_us=at("00:00", day) + (minute - 15) * MINUTE_US,
                late_from_us=at("00:00", day) + (minute + 15) * MINUTE_US,
                missed_us=at("00:00", day) + (minute + 60) * MINUTE_US,
            )
            for office, minute in (("A", leaves), ("B", there), ("A", back))
        )
        stops = tuple(replace(stop, **changed.get(f"run{day}{slot}", {})) for stop in stops)
        runs.append(
            RunState(
                name=f"{day}/{slot}",
                route="T",
                slot=slot,
                day=parse_day("2026-03-02") + day,
                label="7",
                planned=None,
                stops=stops,
            )
        )
    return runs


def week(**changed: Any) -> list[RunState]:
    """Monday 0 to Friday 4."""
    return [run for day in range(5) for run in day_of_runs(day, **changed)]


def outlook(now: Micros, **changed: Any) -> Outlook:
    network = Network(week(**changed), now_us=now)
    return Outlook(network, calendar=CALENDAR, calendar_of=lambda _: None, now_us=now)


# Due on Friday 17:00, late from Saturday 00:00; 600 minutes of the department still to come.
AT_CENTRE = Position(CENTRE, "A", "A", "B", at("17:00", 4), at("00:00", 5), 60, 600)
AT_DEPARTMENT = AT_CENTRE._replace(leg=DEPARTMENT, office="B", left_minutes=300)


def told(position: Position, now: Micros, **changed: Any) -> tuple[str, list[str]]:
    found = outlook(now, **changed)(position)
    return found.risk.value, [f"{one.leg} {one.hop.run}" for one in found.latest]


def test_the_latest_runs_are_counted_back_from_the_due_date() -> None:
    # Back with Friday's second run, from B at 14:30, to be ready at 14:15. Before that 600 minutes
    # of B: Friday 07:30-11:30 and 13:00-14:15 are 315, so 285 on Thursday. Until Thursday 11:30
    # there are exactly 240 + 315 = 555 left, so it has to be there by 10:45 (45 + 240 + 315 = 600):
    # Thursday's first run, at B 09:00, from A 08:00, to be ready at 07:45.
    found = outlook(at("09:00"))(AT_CENTRE)
    assert [one.hop for one in found.latest] == [
        Hop("3/1", at("07:45", 3), at("09:00", 3)),
        Hop("4/2", at("14:15", 4), at("15:30", 4)),
    ]
    assert (found.risk, found.by_us) == (Risk.SAFE, at("07:45", 3))


def test_a_minute_more_of_budget_than_there_is_takes_an_earlier_run() -> None:
    # B 14:30 on Wednesday to Friday 14:15: 150 + 480 + 315 = 945 minutes; Thursday 09:00: 150 + 240
    # + 315 = 705.
    for minutes, run in ((705, "3/1"), (706, "2/2"), (945, "2/2"), (946, "2/1")):
        assert told(AT_CENTRE._replace(department_minutes=minutes), at("09:00"))[1][0] == (
            f"centre {run}"
        )


@pytest.mark.parametrize(
    ("position", "now", "risk"),
    [
        (AT_CENTRE, at("09:00"), "safe"),
        (AT_CENTRE, at("15:00", 2), "tight"),  # Thursday's first run is the next and the last
        (AT_CENTRE, at("07:45", 3), "due_tomorrow"),  # at the cut-off itself it still goes
        (AT_CENTRE, at("07:46", 3), "cannot_make_it"),
        (AT_CENTRE._replace(ready_us=at("07:00", 3)), at("07:50", 3), "due_tomorrow"),
        (AT_DEPARTMENT, at("09:00", 1), "safe"),
        (AT_DEPARTMENT._replace(left_minutes=900), at("09:00", 2), "safe"),
        (AT_DEPARTMENT._replace(left_minutes=1000), at("09:00", 2), "tight"),
        (AT_DEPARTMENT, at("09:00", 3), "due_tomorrow"),
        (AT_DEPARTMENT, at("14:15", 4), "due_today"),
        (AT_DEPARTMENT, at("14:16", 4), "cannot_make_it"),
        (AT_DEPARTMENT, at("00:00", 5), "late"),
        (AT_DEPARTMENT._replace(due_us=None, overdue_from_us=None), at("00:00", 5), "paused"),
        (AT_CENTRE._replace(leg=COURIER_OUT, office="B"), at("08:30", 1), "safe"),
        (AT_CENTRE._replace(leg=COURIER_OUT, office="B"), at("15:31", 2), "tight"),
        (AT_CENTRE._replace(leg=COURIER_OUT, office="B"), at("10:01", 3), "cannot_make_it"),
        (AT_CENTRE._replace(leg=COURIER_BACK), at("15:00", 2), "safe"),
        (AT_CENTRE._replace(leg=COURIER_BACK), at("16:31", 4), "due_today"),
        (AT_CENTRE._replace(leg=RETURN), at("09:00", 2), "safe"),
        (AT_CENTRE._replace(leg=RETURN, left_minutes=2000), at("09:00", 2), "tight"),
        (AT_CENTRE._replace(department="A"), at("16:59", 4), "due_today"),
        (AT_CENTRE._replace(office="C", leg=DEPARTMENT), at("09:00"), "safe"),  # C has no runs
    ],
)
def test_each_class(position: Position, now: Micros, risk: str) -> None:
    assert told(position, now)[0] == risk


def test_the_list_changes_when_a_run_is_missed() -> None:
    """Wednesday's second run never came: Thursday's first is the last that does; then it, too."""
    waits = AT_CENTRE._replace(ready_us=at("12:00", 2), department_minutes=700)
    assert told(waits, at("13:40", 2)) == ("safe", ["centre 3/1", "department 4/2"])
    assert told(waits, at("14:30", 2)) == ("tight", ["centre 3/1", "department 4/2"])
    assert told(waits, at("09:01", 3))[0] == "cannot_make_it"


def test_a_run_that_is_late_still_takes_what_was_ready_and_a_reached_stop_does_not() -> None:
    waits = AT_CENTRE._replace(ready_us=at("07:00", 3), department_minutes=700)
    assert told(waits, at("08:50", 3)) == ("due_tomorrow", ["centre 3/1", "department 4/2"])
    gone = {"run31": {"reached_us": at("08:00", 3)}}
    assert told(waits, at("08:50", 3), **gone)[0] == "cannot_make_it"


def test_the_latest_run_is_what_trying_every_run_finds() -> None:
    rng = Random(5)
    for _ in range(300):
        now = at("07:00") + rng.randrange(4 * 1440) * MINUTE_US
        limit = now + rng.randrange(1, 4 * 1440) * MINUTE_US
        minutes = rng.randrange(1, 900)
        position = AT_CENTRE._replace(
            overdue_from_us=limit, due_us=limit, department_minutes=minutes
        )
        runs = week()
        found = outlook(now)(position)
        ways = [
            (out, back)
            for out in hops(runs, "A", "B", now)
            for back in hops(runs, "B", "A", now)
            if back.arrives_us < limit
            and CALENDAR.open_before(back.cutoff_us // MINUTE_US)
            - CALENDAR.open_before(out.arrives_us // MINUTE_US)
            >= minutes
        ]
        best = max((out.cutoff_us for out, _ in ways), default=-1)
        assert (found.risk is Risk.CANNOT_MAKE_IT) == (best < now)
        if best >= now:
            assert found.by_us == best


# Worked stories: where each stands, by its course.
@pytest.mark.parametrize(
    ("story", "now", "expected"),
    [
        ("Registered A 08:00", "08:30", (CENTRE, "A", 30, None)),
        ("Registered A 08:00; Released A 08:20 D1", "08:30", (CENTRE, "A", 0, "08:20")),
        ("Registered A 08:00; Released A 08:00:30 D1", "08:30", (CENTRE, "A", 0, "08:00")),
        (
            "Registered A 08:00; Released A 08:20 D1; Accepted c1 08:40 D1",
            "08:50",
            (COURIER_OUT, "B", 0, None),
        ),
        (OUT, "11:00", (DEPARTMENT, "B", 180, None)),
        (
            OUT + "Released B 10:30 D1; Disputed B 10:40 D1",
            "11:00",
            (DEPARTMENT, "B", 0, "10:30"),
        ),
        (
            OUT + "ResultIssued B 10:30; Released B 10:40 D1",
            "11:00",
            (DEPARTMENT, "B", 0, "10:40"),
        ),
        (OUT + "Accepted c1 11:00 D1", "11:10", (COURIER_BACK, "A", 0, None)),
        (OUT + "Accepted c1 11:00 D1; Accepted A 11:10 D1", "11:20", (RETURN, "A", 50, None)),
        (OUT + "Accepted C 11:00 D1", "11:20", (DEPARTMENT, "C", 160, None)),
        (OUT + "ResultIssued B 10:30; Accepted A 11:10 D1", "11:20", None),
    ],
)
def test_a_course_says_where_a_dossier_is_on_its_way(
    stated: Callable[[str], list[Fact]], story: str, now: str, expected: Any
) -> None:
    worked = Worked(stated(story.removesuffix(";")), at(now))
    course = course_of(worked.state, worked.said, office="A", start_us=at("08:00"))
    if expected is None:
        assert course is None
        return
    assert course is not None
    asked = Whereabouts(
        now_us=at(now), calendar_of=lambda _: None, detours=lambda: RunDetours((), now_us=at(now))
    )
    found = asked(
        course.present,
        lambda: course,
        Measures(("A",), "B", BUDGETS, at("08:00", 1), at("08:01", 1)),
        CALENDAR,
    )
    leg, office, left, ready = expected
    assert (found.leg, found.office, found.left_minutes) == (leg, office, left)
    assert found.ready_us == (None if ready is None else at(ready))


def test_a_result_that_is_back_has_no_handoff_before_it() -> None:
    found = outlook(at("09:00"))(AT_CENTRE._replace(leg=RETURN))
    assert (found.by_us, found.latest) == (None, ())


def test_dossiers_of_one_department_and_due_date_share_what_is_counted_back() -> None:
    asked = outlook(at("09:00"))
    assert asked(AT_CENTRE) == asked(AT_CENTRE._replace(left_minutes=10))
    assert asked(AT_CENTRE._replace(department_minutes=10)).by_us == at("07:45", 4)


def hops(runs: list[RunState], office: str, to: str, now: Micros) -> list[Hop]:
    return [
        Hop(run.name, one.cutoff_us, max(other.planned_us, now))
        for run in runs
        for number, one in enumerate(run.stops)
        for other in run.stops[number + 1 :]
        if (one.office, other.office) == (office, to)
        and {one.status(now), other.status(now)} <= {"planned", "late"}
        and one.cutoff_us is not None
        and other.planned_us is not None
    ]
