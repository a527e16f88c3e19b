"""Courier runs: what was planned against what was scanned of it, told as stories.

The morning run of route T leaves A at 08:00 and stops at B 09:00, C 10:00 and A 11:00; the
afternoon run leaves A at 14:00 and is back at 16:00. Late after 15 minutes, missed after 60.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.fact import Fact
from domain.model.instants import DAY_US, local, parse_instant
from domain.model.office_hours import parse_day
from domain.model.planned_runs import Excepted, Route, Stop, Trip, Version, planned_runs
from domain.model.runs import RunState, follow_runs
from domain.model.station_time import settle
from domain.model.working_time import Calendar, NationalTable, TableRow

MONDAY = parse_day("2026-03-02")
MIDNIGHT_US = parse_instant("2026-03-02T00:00:00+07:00")
MORNING, AFTERNOON = f"7{1:015d}", f"7{2:015d}"
CARDS = {MORNING: ("T", "1"), AFTERNOON: ("T", "2")}
ROUTE = Route(
    "T",
    "A",
    (
        Version(
            MONDAY,
            (
                Trip("1", MORNING, "courier:c1", tuple(
                    Stop(office, hour * 60, hour * 60 - 15)
                    for office, hour in (("A", 8), ("B", 9), ("C", 10), ("A", 11))
                )),
                Trip("2", AFTERNOON, None, (Stop("A", 840, 840), Stop("A", 960, 960))),
            ),
        ),
    ),
)  # fmt: skip
HOLIDAY = TableRow(MONDAY + 1, "off", "nghỉ", "test")
CALENDAR = Calendar(
    NationalTable("t", [HOLIDAY]), hours=[["07:30", "11:30"], ["13:00", "17:00"]], saturday="none"
)

Stated = Callable[[str], list[Fact]]
Runs = Callable[..., dict[str, RunState]]


def at_us(word: str) -> int:
    days, _, clock = word.rpartition("d")
    hours, minutes = clock.split(":")
    return MIDNIGHT_US + int(days or 0) * DAY_US + (int(hours) * 60 + int(minutes)) * 60_000_000


def clock(instant_us: int | None) -> str:
    return "" if instant_us is None else local(instant_us).strftime("%H:%M")


def followed(
    facts: Iterable[Fact], *, route: Route = ROUTE, days: int = 1, **instants: str
) -> dict[str, RunState]:
    planned = planned_runs(route, CALENDAR, MONDAY, MONDAY + days - 1)
    given: Any = {f"{name}_us": at_us(word) for name, word in instants.items()}
    cards = {**{label: ("T", slot) for label, slot in route.cards.items()}, **CARDS}
    states = follow_runs(planned, settle(facts).timed, cards=cards, **given)
    return {state.name.removeprefix("T/2026-03-"): state for state in states}


@pytest.fixture
def runs(stated: Stated) -> Runs:
    return lambda text="", **more: followed(stated(text), **more)


def flags(states: dict[str, RunState]) -> list[str]:
    return [
        f"{one.code} {name} {clock(one.opened_us)}-{clock(one.closed_us)}"
        for name, state in states.items()
        for one in state.discrepancies
    ]


def keys(states: dict[str, RunState]) -> list[str]:
    return [one.key for state in states.values() for one in state.discrepancies]


def stops(state: RunState, now: str) -> list[str]:
    told = []
    for stop in state.stops:
        status = stop.status(at_us(now))
        when = f" {clock(stop.reached_us)}" if status == "reached" else ""
        told.append(f"{stop.office} {status}{when}")
    return told


WHOLE = """RunDeparted c1 08:02 R1; StopReached c1 09:10 R1 place=B
StopReached c1 10:05 R1 place=C; StopReached c1 11:00 R1 place=A; RunCompleted c1 11:05 R1"""


def test_a_run_that_keeps_its_times_raises_nothing(runs: Runs) -> None:
    states = runs(WHOLE, now="13:00")
    assert flags(states) == []
    morning = states["02/1"]
    assert morning.status(at_us("13:00")) == "completed"
    assert stops(morning, "13:00") == [
        "A reached 08:02",
        "B reached 09:10",
        "C reached 10:05",
        "A reached 11:00",
    ]
    assert [stop.late_us // 60_000_000 for stop in morning.stops] == [2, 10, 5, 0]
    assert states["02/2"].status(at_us("13:00")) == "planned"


def test_a_run_that_nobody_drives_is_late_after_its_grace_and_then_missed(runs: Runs) -> None:
    assert flags(runs(now="08:14")) == []
    assert flags(runs(now="08:15")) == ["RUN_LATE 02/1 08:15-"]
    assert flags(runs(now="08:59")) == ["RUN_LATE 02/1 08:15-"]
    assert flags(runs(now="09:00")) == ["RUN_LATE 02/1 08:15-09:00", "RUN_MISSED 02/1 09:00-"]
    assert [runs()["02/1"].status(at_us(now)) for now in ("08:14", "08:15", "09:00")] == [
        "planned",
        "late",
        "missed",
    ]


def test_a_missed_run_is_named_by_itself_for_it_has_no_scan(runs: Runs) -> None:
    assert keys(runs(now="09:00")) == ["T/2026-03-02/1#1", "T/2026-03-02/1"]


def test_without_a_now_what_turns_later_is_told_with_its_instant(runs: Runs) -> None:
    assert flags(runs()) == [
        "RUN_LATE 02/1 08:15-09:00",
        "RUN_MISSED 02/1 09:00-",
        "RUN_LATE 02/2 14:15-15:00",
        "RUN_MISSED 02/2 15:00-",
    ]


def test_a_run_that_leaves_late_is_late_until_it_leaves(runs: Runs) -> None:
    states = runs("RunDeparted c1 08:20 R1; StopReached c1 09:05 R1 place=B", now="09:06")
    assert flags(states) == ["RUN_LATE 02/1 08:15-08:20"]


def test_a_run_that_leaves_after_it_was_given_up_is_missed_no_more(runs: Runs) -> None:
    states = runs("RunDeparted c1 09:30 R1", now="09:31")
    assert flags(states) == [
        "RUN_LATE 02/1 08:15-09:00",
        "RUN_MISSED 02/1 09:00-09:30",
        "RUN_LATE 02/1 09:30-",  # B was to be reached at 09:00
    ]


def test_a_stop_that_is_overdue_makes_the_run_late_until_it_is_reached(runs: Runs) -> None:
    departed = "RunDeparted c1 08:00 R1"
    assert flags(runs(departed, now="09:14")) == []
    assert flags(runs(departed, now="09:15")) == ["RUN_LATE 02/1 09:15-"]
    reached = runs(f"{departed}; StopReached c1 09:40 R1 place=B", now="09:45")
    assert flags(reached) == ["RUN_LATE 02/1 09:15-09:40"]
    assert reached["02/1"].stops[1].late_us == 40 * 60_000_000


def test_one_stop_after_another_overdue_is_one_late_run(runs: Runs) -> None:
    states = runs("RunDeparted c1 08:00 R1; StopReached c1 10:20 R1 place=C", now="10:30")
    # B from 09:15 until it is given up at 10:00; C from 10:15 to 10:20.
    assert flags(states) == [
        "RUN_LATE 02/1 09:15-10:00",
        "RUN_PARTIAL 02/1 10:00-",
        "RUN_LATE 02/1 10:15-10:20",
    ]
    together = runs("RunDeparted c1 08:40 R1; StopReached c1 10:25 R1 place=C", now="10:30")
    assert flags(together)[1] == "RUN_LATE 02/1 09:15-"  # B until 10:40, C inside it


def test_a_stop_where_nobody_was_seen_makes_the_run_partial(runs: Runs) -> None:
    states = runs("RunDeparted c1 08:00 R1; StopReached c1 09:00 R1 place=B", now="11:00")
    assert flags(states)[-1] == "RUN_PARTIAL 02/1 11:00-"
    assert keys(states)[-1] == "T/2026-03-02/1#3"
    assert stops(states["02/1"], "11:00")[2:] == ["C missed", "A planned"]


def test_a_late_start_puts_off_what_counts_as_missed(runs: Runs) -> None:
    states = runs("RunDeparted c1 08:30 R1", now="10:29")
    assert "RUN_PARTIAL" not in " ".join(flags(states))
    assert flags(runs("RunDeparted c1 08:30 R1", now="10:30"))[-1] == "RUN_PARTIAL 02/1 10:30-"


def test_a_stop_given_up_with_a_reason_is_partial_at_once_and_says_why(runs: Runs) -> None:
    states = runs(
        "RunDeparted c1 08:00 R1; StopMissed c1 08:50 R1 place=B reason=office_closed", now="08:51"
    )
    assert flags(states) == ["OFFICE_CLOSED 02/1 08:50-", "RUN_PARTIAL 02/1 08:50-"]
    assert keys(states) == ["c1#2", "c1#2"]
    stop = states["02/1"].stops[1]
    assert (stop.status(at_us("08:51")), stop.reason) == ("missed", "office_closed")


def test_a_stop_given_up_and_reached_after_all_is_whole_again(runs: Runs) -> None:
    story = "RunDeparted c1 08:00 R1; StopMissed c1 08:50 R1 place=B reason=road_blocked"
    states = runs(f"{story}; StopReached c1 09:30 R1 place=B", now="09:31")
    assert flags(states) == ["RUN_PARTIAL 02/1 08:50-09:30"]
    assert stops(states["02/1"], "09:31")[1] == "B reached 09:30"


@pytest.mark.parametrize("reason", ["office_closed", "org_changed", "road_blocked"])
def test_a_closed_or_changed_office_stands_until_its_door_is_reached(
    runs: Runs, reason: str
) -> None:
    story = f"RunDeparted c1 08:00 R1; StopMissed c1 08:50 R1 place=B reason={reason}"
    code = {"office_closed": ["OFFICE_CLOSED"], "org_changed": ["ORG_CHANGED"]}.get(reason, [])
    stands = flags(runs(story, now="09:29"))
    assert stands == [f"{each} 02/1 08:50-" for each in sorted([*code, "RUN_PARTIAL"])]
    reached = flags(runs(f"{story}; StopReached c1 09:30 R1 place=B", now="09:31"))
    assert reached == [f"{each}09:30" for each in stands]
    nowhere = flags(runs(story.replace(" place=B", ""), now="08:51"))
    assert nowhere == [f"{each} 02/1 08:50-" for each in sorted([*code, "RUN_PARTIAL"])]


def test_whoever_was_there_already_has_not_missed_it(runs: Runs) -> None:
    story = (
        "RunDeparted c1 08:00 R1; StopReached c1 09:00 R1 place=B; StopMissed c1 09:01 R1 place=B"
    )
    assert flags(runs(story, now="09:02")) == []


def test_a_missed_stop_that_nobody_names_makes_the_run_partial_too(runs: Runs) -> None:
    states = runs("RunDeparted c1 08:00 R1; StopMissed c1 08:50 R1", now="08:51")
    assert (flags(states), keys(states)) == (["RUN_PARTIAL 02/1 08:50-"], ["c1#2"])


def test_what_was_not_reached_when_the_run_ends_is_missed(runs: Runs) -> None:
    story = "RunDeparted c1 08:00 R1; StopReached c1 09:00 R1 place=B; RunCompleted c1 09:40 R1"
    states = runs(story, now="09:41")
    assert flags(states) == ["RUN_PARTIAL 02/1 09:40-"]
    assert stops(states["02/1"], "09:41")[2:] == ["C missed", "A reached 09:40"]


def test_two_statements_under_one_key_are_one_missed_stop_opened_again(runs: Runs) -> None:
    """A key names one discrepancy of a code: sheets and people's acts find it by that."""
    states = runs(
        "RunDeparted c1 08:00 R1; StopMissed c1 09:05 R1 place=B seq=7;"
        "StopReached c2 09:20 R1 place=B; StopMissed c1 10:05 R1 place=A seq=7",
        now="12:00",
    )
    partial = [one for one in states["02/1"].discrepancies if one.code == "RUN_PARTIAL"]
    assert len({one.key for one in partial}) == len(partial)


def test_the_end_of_a_run_is_its_last_stop_unless_it_ends_elsewhere(runs: Runs) -> None:
    ended = runs("RunDeparted c1 08:00 R1; RunCompleted c1 08:30 R1 place=C", now="08:31")
    assert stops(ended["02/1"], "08:31")[3] == "A missed"


def test_the_same_office_twice_is_the_stop_planned_nearest(runs: Runs) -> None:
    early = runs("StopReached c1 07:50 R1 place=A", now="07:51")["02/1"]
    assert stops(early, "07:51")[0] == "A reached 07:50"
    last = runs("RunDeparted c1 08:00 R1; StopReached c1 10:50 R1 place=A", now="10:51")["02/1"]
    assert stops(last, "10:51")[3] == "A reached 10:50"
    # An hour and a half late from the first scan on: it is the first stop, not the last.
    late = runs("StopReached c1 09:40 R1 place=A", now="09:41")["02/1"]
    assert stops(late, "09:41")[0] == "A reached 09:40"


def test_an_office_tells_of_its_own_stop(runs: Runs) -> None:
    states = runs("StopReached B 09:00 R1 counterpart=c2", now="09:01")
    assert states["02/1"].stops[1].reached_us == at_us("09:00")
    assert [driven.courier for driven in states["02/1"].couriers] == ["courier:c2"]


def test_a_courier_who_names_no_stop_is_only_seen_under_way(runs: Runs) -> None:
    state = runs("StopReached c1 09:00 R1", now="09:01")["02/1"]
    assert state.status(at_us("09:01")) == "under_way"
    assert all(stop.reached_us is None for stop in state.stops)


def test_a_stop_nobody_planned_is_told_beside_the_others(runs: Runs) -> None:
    state = runs("RunDeparted c1 08:00 R1; StopReached c1 08:30 R1 place=X", now="08:31")["02/1"]
    assert [(stop.office, clock(stop.reached_us)) for stop in state.elsewhere] == [("X", "08:30")]
    assert state.discrepancies == ()


def test_a_courier_can_be_swapped_in_mid_run(runs: Runs) -> None:
    state = runs(
        """RunDeparted c1 08:00 R1; StopReached c1 09:00 R1 place=B;
        StopReached c2 10:00 R1 place=C; RunCompleted c2 11:00 R1""",
        now="12:00",
    )["02/1"]
    driven = [(d.courier, clock(d.from_us), clock(d.to_us)) for d in state.couriers]
    assert driven == [("courier:c1", "08:00", "10:00"), ("courier:c2", "10:00", "11:00")]
    assert state.discrepancies == ()


def test_a_courier_who_takes_the_run_back_is_told_twice(runs: Runs) -> None:
    state = runs(
        """RunDeparted c1 08:00 R1; StopReached c2 09:00 R1 place=B
        StopReached c2 09:10 R1 place=C; StopReached c1 09:30 R1 place=A"""
    )["02/1"]
    driven = [(d.courier[8:], clock(d.from_us), clock(d.to_us)) for d in state.couriers]
    assert driven == [("c1", "08:00", "09:00"), ("c2", "09:00", "09:30"), ("c1", "09:30", "")]


def test_an_undone_departure_never_was(runs: Runs) -> None:
    story = "RunDeparted c1 08:00 R1; Undone c1 08:00:30 R1 target=c1#1"
    assert runs(story, now="08:10")["02/1"].status(at_us("08:10")) == "planned"
    assert flags(runs(story, now="09:00"))[-1] == "RUN_MISSED 02/1 09:00-"


def test_a_scan_of_the_wrong_card_is_corrected(runs: Runs) -> None:
    wrong = "RunDeparted c1 08:00 R2; Corrected A 08:30 R2 target=c1#1 kind=was_wrong"
    states = runs(f"{wrong} reason=wrong_label set=subject:R1", now="08:31")
    assert states["02/1"].status(at_us("08:31")) == "under_way"
    assert states["02/2"].status(at_us("08:31")) == "planned"


def test_a_late_upload_takes_the_missed_run_back(runs: Runs) -> None:
    assert flags(runs(now="09:00"))[-1] == "RUN_MISSED 02/1 09:00-"
    late = "RunDeparted c1 08:01 R1 recorded_at=18:00"
    assert (
        flags(runs(f"{late}; StopReached c1 09:00 R1 place=B recorded_at=18:00", now="9:00")) == []
    )


def test_as_of_shows_the_run_as_it_stood(runs: Runs) -> None:
    late = "RunDeparted c1 08:40 R1; StopReached c1 09:10 R1 place=B"
    state = runs(late, as_of="08:20")["02/1"]
    assert state.status(at_us("08:20")) == "late"
    assert flags({"02/1": state}) == ["RUN_LATE 02/1 08:15-"]  # known to end, but not yet
    assert state.couriers == ()


def test_a_run_on_a_day_without_a_plan_is_shown_and_owes_nothing(runs: Runs) -> None:
    states = runs("RunDeparted c1 +1d08:00 R1; StopReached c1 +1d09:00 R1 place=B", days=2)
    assert states["03/1"].planned is None
    assert states["03/1"].discrepancies == ()
    assert [stop.office for stop in states["03/1"].elsewhere] == ["B"]


def test_a_card_of_no_route_is_no_run(runs: Runs) -> None:
    assert set(runs("RunDeparted c1 08:00 R9")) == {"02/1", "02/2"}


def excepted(kind: str, trip: Trip | None, *, slot: str = "1", day: int = 0) -> Route:
    exceptions = {(MONDAY + day, slot): Excepted(kind, trip, "bao")}
    return Route(ROUTE.code, ROUTE.office, ROUTE.versions, exceptions)


def test_a_cancelled_run_is_never_missed(runs: Runs) -> None:
    route = excepted("cancelled", None)
    assert flags(runs(now="12:00", route=route)) == []
    assert set(runs(route=route)) == {"02/2"}


def test_a_changed_run_is_waited_for_at_its_other_time(runs: Runs) -> None:
    trip = Trip("1", MORNING, None, (Stop("A", 600, 600), Stop("B", 660, 660)))
    route = excepted("changed", trip)
    assert flags(runs(now="10:14", route=route)) == []
    assert flags(runs(now="10:15", route=route)) == ["RUN_LATE 02/1 10:15-"]


def test_lateness_is_counted_from_the_planned_time_and_never_below_it(runs: Runs) -> None:
    story = "RunDeparted c1 07:50 R1; StopReached c1 08:30 R1 place=X"
    state = runs(f"{story}; StopReached c1 09:01 R1 place=B", now="09:02")["02/1"]
    late = [stop.late_us // 60_000_000 for stop in (*state.stops[:3], *state.elsewhere)]
    assert late == [0, 1, 0, 0]


def test_runs_are_listed_by_day_and_departure_those_outside_the_plan_where_they_began(
    stated: Stated,
) -> None:
    facts = stated("RunDeparted c1 +1d13:00 R1; StopMissed c1 +1d15:00 R2; RunDeparted c1 13:00 R3")
    planned = planned_runs(ROUTE, CALENDAR, MONDAY, MONDAY)
    cards = {**CARDS, f"7{3:015d}": ("T", "0")}
    found = follow_runs(reversed(planned), settle(facts).timed, cards=cards)
    names = [state.name.removeprefix("T/2026-03-") for state in found]
    assert names == ["02/1", "02/0", "02/2", "03/1", "03/2"]


def test_to_give_up_a_stop_is_not_to_drive(runs: Runs) -> None:
    states = runs("StopMissed c1 07:30 R1 place=B reason=bad_weather", now="09:00")
    assert states["02/1"].status(at_us("08:20")) == "late"
    assert flags(states) == [
        "RUN_PARTIAL 02/1 07:30-",
        "RUN_LATE 02/1 08:15-09:00",
        "RUN_MISSED 02/1 09:00-",
    ]


def test_a_stop_that_was_reached_in_time_is_missed_at_no_instant(runs: Runs) -> None:
    story = "RunDeparted c1 08:00 R1; StopReached c1 09:00 R1 place=B"
    state = runs(f"{story}; StopMissed c1 09:01 R1 place=B reason=office_closed")["02/1"]
    assert (state.stops[1].missed_us, state.stops[1].reason) == (None, None)


def test_every_stop_of_a_run_that_nobody_drives_is_missed_after_its_own_grace(runs: Runs) -> None:
    state = runs()["02/1"]
    assert [clock(stop.missed_us) for stop in state.stops] == ["09:00", "10:00", "11:00", "12:00"]
    assert [clock(stop.late_from_us) for stop in state.stops][:2] == ["08:15", "09:15"]


def test_an_office_that_names_no_courier_drives_nothing(runs: Runs) -> None:
    state = runs("StopReached B 09:00 R1; RunCompleted A 11:00 R1", now="11:01")["02/1"]
    assert state.couriers == ()
    assert (clock(state.completed_us), state.departed_us) == ("11:00", None)


def test_a_run_outside_the_plan_can_end(runs: Runs) -> None:
    state = runs("RunDeparted c1 +1d08:00 R1; RunCompleted c1 +1d09:00 R1")["03/1"]
    assert (state.stops, state.late_from_us, state.missed_us) == ((), None, None)
    assert state.status(at_us("1d09:00")) == "completed"
    assert [clock(driven.to_us) for driven in state.couriers] == ["09:00"]


ACTS = st.sampled_from(["RunDeparted", "StopReached", "StopMissed", "RunCompleted"])


@st.composite
def days(draw: st.DrawFn) -> str:
    lines = []
    for n in range(draw(st.integers(0, 8))):
        minute = draw(st.integers(7 * 60, 18 * 60))
        who, card = draw(st.sampled_from(["c1", "c2", "B"])), draw(st.sampled_from(["R1", "R2"]))
        place = draw(st.sampled_from(["", " place=A", " place=B", " place=C", " place=X"]))
        if n and draw(st.booleans()):
            place += " recorded_at=19:00"
        lines.append(f"{draw(ACTS)} {who} {minute // 60:02d}:{minute % 60:02d} {card}{place}")
    return ";".join(lines)


@given(days(), st.randoms(use_true_random=False), st.integers(0, 24 * 60 - 1))
def test_facts_in_any_order_and_number_give_the_same_runs(
    stated: Stated, story: str, chance: Any, minute: int
) -> None:
    facts = stated(story)
    shuffled = [*facts, *facts[:2]]
    chance.shuffle(shuffled)
    now = f"{minute // 60}:{minute % 60:02d}"
    assert followed(shuffled, now=now) == followed(facts, now=now)
    assert followed(shuffled, as_of=now) == followed(facts, as_of=now)


@given(days(), st.integers(0, 24 * 60 - 1))
def test_what_now_shows_is_what_was_foretold(stated: Stated, story: str, minute: int) -> None:
    """The answer without `now` holds every instant at which anything turns."""
    facts, now = stated(story), f"{minute // 60}:{minute % 60:02d}"
    foretold, then_us = followed(facts), at_us(now)
    for name, state in followed(facts, now=now).items():
        wanted = {
            (one.code, one.key, one.opened_us)
            for one in foretold[name].discrepancies
            if one.opened_us <= then_us
        }
        assert {(one.code, one.key, one.opened_us) for one in state.discrepancies} == wanted
        for code in ("RUN_LATE", "RUN_MISSED", "RUN_PARTIAL"):
            spans = [one for one in state.discrepancies if one.code == code]
            for one, after in pairwise(spans):
                assert one.closed_us is not None
                assert one.closed_us < after.opened_us  # at most one of a code is open
