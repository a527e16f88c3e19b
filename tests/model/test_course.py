"""The course of a dossier against its ledger, on random days: where it is, and what is left.

The ledger charges every minute one by one; the course adds up stays. They are asked on whole
minutes at which nothing happens: the ledger is told by the minute, where it is by the instant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest

from domain.model.claims import Said
from domain.model.corrections import amend
from domain.model.course import Course, Measures, Stay, Whereabouts, course_of
from domain.model.custody import fold
from domain.model.custody_state import DossierState, Link
from domain.model.deadline import Pause
from domain.model.identifiers import is_courier
from domain.model.instants import MINUTE_US, Micros
from domain.model.leg_evidence import Legs, said_of
from domain.model.legs import (
    CENTRE,
    COURIER_BACK,
    COURIER_OUT,
    DEPARTMENT,
    NO_PART,
    PICKUP,
    RETURN,
)
from domain.model.responsibility import Case, Ledger, ledger
from domain.model.run_detours import RunDetours
from domain.model.runs import RunState, StopState, day_of
from domain.model.station_time import settle
from domain.model.warning import Position
from domain.model.working_time import Calendar, Minute
from tests.model.random_days import DOSSIERS, HEIR, MORNING, random_day
from tests.model.worked_ledgers import BUDGETS, CALENDAR, EIGHT_HOURS

LONG = {leg: minutes * 20 for leg, minutes in BUDGETS.items()}
SHORT = Calendar(CALENDAR.table, hours=[["08:00", "11:00"], ["13:30", "16:00"]])
LINE = ("A", HEIR)


def cases(seed: int) -> Iterator[tuple[DossierState, Said, Case, list[RunState], Micros]]:
    """Dossiers of one random day, at minutes of it and of the next at which nothing happens."""
    rng = Random(seed)
    timed = settle(random_day(rng, rng.choice([30, 60, 120]))).timed
    latest_us = max((one.effective_us for one in timed), default=MORNING)
    runs = [run(rng) for _ in range(6)]
    busy = {one.effective_us // MINUTE_US for one in timed}
    for _ in range(6):
        minute = (MORNING + rng.randrange(max(latest_us - MORNING, 1) * 2)) // MINUTE_US
        if minute in busy:
            continue
        now_us = minute * MINUTE_US
        folded = fold(timed, now_us=max(latest_us, now_us), as_of_us=now_us)
        standing, _ = amend(timed)
        known = [one for one in standing if one.timed.effective_us <= now_us]
        pauses = [Pause(minute - rng.randrange(600), minute - rng.randrange(100), "supplement")]
        for label in DOSSIERS:
            state = folded.dossiers.get(label)
            if state is None:
                continue
            case = Case(
                offices=LINE,
                start_us=state.registered_us or MORNING,
                rule=EIGHT_HOURS,
                calendar=CALENDAR,
                legs_minutes=LONG,
                pauses=[one for one in pauses if one.start < (one.end or 0)],
                calendars={"B": SHORT},
            )
            said = said_of(Legs(known).of(label), folded.discrepancies)
            yield state, said, case, runs, now_us


def run(rng: Random) -> RunState:
    """Two stops, each missed or made, now and then with the word that the office was closed."""
    stops = []
    for office in rng.sample(["A", "B", "C"], 2):
        planned = MORNING + rng.randrange(24 * 60) * MINUTE_US
        made = rng.random() < 0.3
        reason = rng.choice([None, None, "office_closed"])
        stops.append(
            StopState(
                office,
                planned_us=planned,
                cutoff_us=planned - 5 * MINUTE_US,
                missed_us=None if made else planned,
                reason=None if made else reason,
                reached_us=planned if made else None,
            )
        )
    day = day_of(MORNING)
    return RunState(
        name=f"T/{rng.random()}",
        route="T",
        slot="1",
        day=day,
        label="7",
        planned=None,
        stops=tuple(stops),
    )


def by_ledger(told: Ledger) -> tuple[str, str, int, int, Minute | None]:
    """Leg, office, what is left of it and of the department's budget, and since when it waits."""
    held = [entry for entry in told.entries if entry.holder is not None]
    holder = held[-1].holder or LINE[0]
    away = any(one.holder not in LINE and not is_courier(one.holder or "") for one in held[:-1])
    if is_courier(holder):
        leg, office = (COURIER_BACK, LINE[-1]) if away else (COURIER_OUT, "C")
    elif holder in LINE:
        leg, office = RETURN if away else CENTRE, LINE[-1]
    else:
        leg, office = DEPARTMENT, holder
    ready = None
    for entry in reversed(held):
        if entry.holder != holder or entry.part not in {PICKUP, NO_PART}:
            break
        if entry.part == PICKUP:
            ready = entry.start
    return leg, office, told.left.get(leg, 0), told.left.get(DEPARTMENT, 0), ready


@pytest.mark.parametrize("seed", range(40))
def test_a_course_and_the_ledger_agree_on_random_days(seed: int) -> None:
    for state, said, case, runs, now_us in cases(seed):
        charged = ledger(state, case, said, now_us=now_us)
        if detours := RunDetours(runs, now_us=now_us).of(charged):
            said_all = replace(said, detours=[*said.detours, *detours])
            charged = ledger(state, case, said_all, now_us=now_us)
        course = course_of(state, said, office="A", start_us=case.start_us)
        assert (course is None) == (charged.legal_end is not None)
        if course is None or case.start_us >= now_us:
            continue
        found = position(course, case, runs, now_us, charged)
        leg, office, left, department_left, ready = by_ledger(charged)
        assert (found.leg, found.office) == (leg, office)
        if leg == DEPARTMENT and (office != "C" or found.ready_us is None):
            assert (found.left_minutes, found.department_minutes) == (left, department_left)
        elif leg in {CENTRE, RETURN} and found.ready_us is None:
            assert found.left_minutes == left
        if leg in {CENTRE, COURIER_OUT}:
            assert found.department_minutes == department_left
        if not case.pauses and not said.detours and not state.tendered:
            assert found.ready_us == (None if ready is None else ready * MINUTE_US)


def position(
    course: Course, case: Case, runs: Sequence[RunState], now_us: Micros, charged: Ledger
) -> Position:
    asked = Whereabouts(
        now_us=now_us,
        calendar_of=case.calendars.get,
        detours=lambda: RunDetours(runs, now_us=now_us),
    )
    due_us = now_us if charged.due is None else charged.due * MINUTE_US
    measures = Measures(LINE, "C", case.legs_minutes, due_us, due_us, case.pauses)
    return asked(course.present, lambda: course, measures, case.calendar)


def test_a_scan_by_a_clock_that_is_ahead_has_not_happened_yet() -> None:
    minute = MORNING // MINUTE_US
    course = Course(
        (
            Stay("A", waiting=False, start=minute, end=minute + 60),
            Stay("courier:c1", waiting=False, start=minute + 60, end=None),
        )
    )
    measures = Measures(LINE, "C", LONG, MORNING, MORNING)
    for passed, leg in ((59, CENTRE), (60, COURIER_OUT)):
        now_us = MORNING + passed * MINUTE_US
        asked = Whereabouts(
            now_us=now_us,
            calendar_of=lambda _: None,
            detours=lambda: RunDetours((), now_us=MORNING),
        )
        assert asked(course.present, lambda: course, measures, CALENDAR).leg == leg


def test_what_nobody_has_any_more_has_no_course() -> None:
    gone = DossierState(
        "unknown", None, (), (Link("A", None, MORNING, MORNING + MINUTE_US, "verified", ("k",)),)
    )
    assert course_of(gone, Said(), office="A", start_us=MORNING) is None
