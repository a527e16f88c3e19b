"""Missed runs and closed doors: which minutes of a waiting or carried dossier they take over."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.model.claims import Detour
from domain.model.fact import Fact
from domain.model.lateness import lateness
from domain.model.legs import THE_POST, account_of
from domain.model.office_hours import parse_day
from domain.model.run_detours import RunDetours
from domain.model.runs import RunState, StopState
from tests.model.worked_ledgers import CALENDAR, Worked, at

Stated = Callable[[str], list[Fact]]
DAY = parse_day("2026-03-02")
CARD = f"7{1:015d}"
# Ready at the centre from 08:30, taken at 15:00, at B 15:30.
LATE_PICK_UP = (
    "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B; Released A 14:55;"
    "Accepted c1 15:00 seal=S1; Accepted B 15:30 seal=S1; Received B 15:30 pouch=P1;"
    "Closed B 15:31; ResultIssued B +1d09:00; Accepted c1 +1d09:30 D1; Accepted A +1d09:45 D1"
)


def run(slot: str, *stops: StopState) -> RunState:
    name = f"T1/2026-03-02/{slot}"
    return RunState(
        name=name, route="T1", slot=slot, day=DAY, label=CARD, planned=None, stops=stops
    )


def missed(office: str, clock: str, cutoff: str = "", **told: Any) -> StopState:
    planned = at(clock)
    return StopState(
        office,
        planned_us=planned,
        cutoff_us=at(cutoff) if cutoff else planned,
        **{"missed_us": planned + 60 * 60_000_000} | told,
    )


def reached(office: str, clock: str) -> StopState:
    return StopState(office, planned_us=at(clock), cutoff_us=at(clock), reached_us=at(clock))


@pytest.fixture
def waits(stated: Stated) -> Worked:
    return Worked(stated(LATE_PICK_UP), at("09:45", 1))


def asked(worked: Worked, *runs: RunState, now: int = at("09:45", 1)) -> list[Detour]:
    return RunDetours(runs, now_us=now).of(worked.ledger)


def test_a_run_that_never_came_is_the_posts_until_somebody_takes_the_dossier(
    waits: Worked, stated: Stated
) -> None:
    found = asked(waits, run("S", missed("A", "09:00", "08:45")))
    assert found == [Detour("run_missed", THE_POST, at("09:00"), at("15:00"), "T1/2026-03-02/S")]
    # 09:00-11:30 = 150, 13:00-15:00 = 120: the post's 270, as in the eighth case by hand.
    charged = Worked(stated(LATE_PICK_UP), at("09:45", 1), found)
    assert charged.shares == ["post run_missed over 270: 105"]
    assert lateness(charged.ledger, CALENDAR) == charged.late


def test_a_courier_who_came_meanwhile_ends_what_the_missed_run_cost(waits: Worked) -> None:
    [found] = asked(waits, run("S", missed("A", "09:00")), run("T", reached("A", "10:30")))
    assert (found.from_us, found.to_us) == (at("09:00"), at("10:30"))


@pytest.mark.parametrize(
    "stop",
    [
        missed("A", "09:00", "08:15"),  # it was not ready by the cut-off
        missed("B", "09:00"),  # another office's stop
        missed("A", "16:00"),  # taken before
        missed("A", "09:00", missed_us=None),  # still late, not missed
        reached("A", "09:00"),
    ],
)
def test_what_did_not_cost_this_dossier_anything_charges_nobody(
    waits: Worked, stop: StopState
) -> None:
    assert asked(waits, run("S", stop)) == []


def test_a_run_is_not_missed_before_its_patience_is_over(stated: Stated) -> None:
    early = Worked(stated(LATE_PICK_UP.split("Released", maxsplit=1)[0].rstrip()[:-1]), at("09:30"))
    stop = missed("A", "09:00")
    assert asked(early, run("S", stop), now=at("09:30")) == []
    [found] = asked(early, run("S", stop), now=at("10:00"))
    assert found.from_us == at("09:00")


def test_a_stay_that_a_dispute_cuts_is_still_one_waiting(stated: Stated) -> None:
    disputed = LATE_PICK_UP.replace("Released A 14:55", "Disputed A 08:50 D1; Released A 14:55")
    [found] = asked(Worked(stated(disputed), at("09:45", 1)), run("S", missed("A", "09:00")))
    assert (found.from_us, found.to_us) == (at("09:00"), at("15:00"))


def test_a_closed_door_at_the_destination_is_the_offices_until_it_takes_it(
    stated: Stated,
) -> None:
    carried = Worked(
        stated(
            "Registered A 08:00; Packed A 08:20 P1; Sealed A 08:30 seal=S1 to=B;"
            "Accepted c1 09:00 seal=S1; Accepted B 15:00 seal=S1; Received B 15:00 pouch=P1"
        ),
        at("16:00"),
    )
    closed = missed("B", "10:00", missed_us=at("10:05"), reason="office_closed")
    name = "T1/2026-03-02/S"
    assert asked(carried, run("S", closed), now=at("16:00")) == [
        Detour("office_closed", account_of("B"), at("10:05"), at("15:00"), name)
    ]
    elsewhere = replace(closed, office="C")
    assert asked(carried, run("S", elsewhere), now=at("16:00")) == []
    blocked = replace(closed, reason="road_blocked")
    assert asked(carried, run("S", blocked), now=at("16:00")) == []


def test_a_closed_door_where_it_should_be_fetched_is_that_offices(waits: Worked) -> None:
    closed = missed("A", "09:00", missed_us=at("09:05"), reason="office_closed")
    [found] = asked(waits, run("S", closed))
    assert (found.cause, found.account) == ("office_closed", account_of("A"))
