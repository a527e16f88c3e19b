"""The fold, rule 2: a tender changes who answers for the time after 15 minutes, not who holds."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from domain.model.custody import FoldSettings, fold
from domain.model.custody_state import Tendered
from domain.model.fact import Fact
from domain.model.instants import MINUTE_US, local
from domain.model.station_time import settle

Tell = Callable[..., Any]

HELD = "Registered A 08:00"
OFFERED = f"{HELD}; Tendered A 09:00 D1 counterpart=B"
CARRIED = (
    "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10;"
    " Accepted c1 09:12; Tendered c1 09:30 counterpart=B"
)


def stretches(tendered: Sequence[Tendered]) -> list[str]:
    def clock(at_us: int | None) -> str:
        return "" if at_us is None else local(at_us).strftime("%H:%M")

    return [f"{one.receiver} {clock(one.from_us)}-{clock(one.to_us)}" for one in tendered]


def answers(day: Any, which: str = "D1") -> list[str]:
    return stretches(day.dossier(which).tendered)


def test_who_is_offered_it_answers_after_a_quarter_of_an_hour_and_the_giver_holds_it(
    told: Tell,
) -> None:
    day = told(f"{OFFERED}; Received B 10:00")
    assert answers(day) == ["B 09:15-10:00"]
    assert day.dossier().tendered[0].giver == "A"
    assert day.chain() == ["A verified 08:00-10:00", "B verified 10:00-"]


@pytest.mark.parametrize("at", ["09:10", "09:15"])
def test_what_is_taken_within_the_quarter_was_the_givers_time(told: Tell, at: str) -> None:
    assert answers(told(f"{OFFERED}; Received B {at}")) == []


@pytest.mark.parametrize(
    "end",
    [
        "Refused B 09:40 D1 reason=WRONG_OFFICE",
        "Received C 09:40",
        "Moved A 09:40",
        "Attested A 09:40 holder=C",
        "Returned A 09:40",
        "RefusedAtIntake A 09:40",
        "Released A 09:40 D1 counterpart=C",
    ],
)
def test_the_receiver_answers_until_the_offer_ends(told: Tell, end: str) -> None:
    assert answers(told(f"{OFFERED}; {end}")) == ["B 09:15-09:40"]


def test_an_offer_made_anew_waits_anew(told: Tell) -> None:
    day = told(f"{OFFERED}; Tendered A 09:20 D1 counterpart=C; Received C 10:00")
    assert answers(day) == ["B 09:15-09:20", "C 09:35-10:00"]


@pytest.mark.parametrize(
    "offer",
    [
        "Tendered A 09:00 D1",
        "Tendered A 09:00 D1 counterpart=A",
        "Tendered B 09:00 D1 counterpart=C",
        "Released A 09:00 D1 counterpart=B",
    ],
)
def test_nobody_else_answers_unless_the_holder_tenders_it_to_another(
    told: Tell, offer: str
) -> None:
    assert answers(told(f"{HELD}; {offer}; Moved A 10:00")) == []


def test_a_pouch_is_tendered_with_what_lies_in_it(told: Tell) -> None:
    assert answers(told(CARRIED, now="09:50")) == ["B 09:45-"]
    assert answers(told(f"{CARRIED}; Accepted B 10:20 seal=S1")) == ["B 09:45-10:20"]
    assert answers(told(f"{CARRIED}; Received C 10:00")) == ["B 09:45-10:00"]
    late = "Packed A 08:30 P1; Tendered A 08:40 counterpart=B; Registered A 08:50 D2"
    day = told(f"{late}; Packed A 09:10 D2 pouch=P1; Unpacked A 09:40 D2", now="11:00")
    assert answers(day, "D2") == ["B 09:10-09:40"]


def test_what_was_never_in_the_pouch_was_never_tendered(told: Tell) -> None:
    gone = f"{CARRIED}; Accepted B 10:20 seal=S1; Closed B 10:30"
    assert answers(told(gone)) == []
    unread = f"{CARRIED}; Accepted B 10:20; Closed B 10:30"
    assert answers(told(unread)) == ["B 09:45-10:20"]


def test_of_two_offers_at_once_the_newer_counts(told: Tell) -> None:
    own = f"{CARRIED}; Tendered c1 09:40 D1 counterpart=C; Refused C 10:00 D1 reason=OTHER"
    assert answers(told(f"{own}; Accepted B 10:20")) == [
        "B 09:45-09:55",
        "C 09:55-10:00",
        "B 10:00-10:20",
    ]
    standing = f"{CARRIED}; Tendered c1 09:40 D1 counterpart=C"
    assert answers(told(standing, now="11:00")) == ["B 09:45-09:55", "C 09:55-"]


def test_a_stretch_shows_as_far_as_is_asked_for(told: Tell) -> None:
    day = f"{OFFERED}; Received B 10:00"
    assert answers(told(day, as_of="09:14")) == []
    assert answers(told(day, as_of="09:15")) == ["B 09:15-"]
    assert answers(told(day, known_at="09:30", as_of="09:30", now="09:30")) == ["B 09:15-"]
    assert answers(told(OFFERED, now="09:14")) == []


def test_without_a_now_a_stretch_that_will_begin_is_told(
    stated: Callable[[str], list[Fact]],
) -> None:
    timed = settle(stated(OFFERED)).timed
    (state,) = fold(timed).dossiers.values()
    assert stretches(state.tendered) == ["B 09:15-"]
    sooner = FoldSettings(tender_us=5 * MINUTE_US)
    (state,) = fold(timed, settings=sooner).dossiers.values()
    assert stretches(state.tendered) == ["B 09:05-"]


def test_a_dossier_knows_where_it_is_expected(told: Tell) -> None:
    assert told(CARRIED).dossier().destination == "B"
    arrived = f"{CARRIED}; Accepted B 10:20 seal=S1; Received B 10:30"
    assert told(arrived).dossier().destination is None
