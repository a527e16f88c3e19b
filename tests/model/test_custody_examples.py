"""The nine worked examples of the specification, word for word."""

from collections.abc import Callable
from typing import Any

Tell = Callable[..., Any]

START = "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B"
ONE = f"""{START}; Released A 09:10; Accepted c1 09:12; Released c1 09:58
Accepted B 10:00 seal=S1; Unsealed B 10:01; Received B 10:03; Closed B 10:05"""
TWO = ONE.replace("Received B 10:03;", "")


def test_1_a_pouch_travels_and_each_dossier_is_received(told: Tell) -> None:
    day = told(ONE)
    assert day.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-10:00",
        "B inferred 10:00-10:03",
        "B verified 10:03-",
    ]
    assert day.flags == []


def test_2_a_dossier_not_seen_under_an_intact_seal_never_left_the_sealer(told: Tell) -> None:
    day = told(TWO)
    assert day.chain() == ["A verified 08:00-"]
    assert day.flags == ["MISSING D1 10:05-"]
    assert (day.pouch().state, day.inside(), day.dossier().pouch) == ("closed", [], None)
    early = told(TWO, known_at="09:30", as_of="09:30")
    assert early.chain() == ["A verified 08:00-09:12", "c1 inferred 09:12-"]


def test_3_a_different_seal_puts_it_with_the_carrier(told: Tell) -> None:
    day = told(TWO.replace("10:00 seal=S1", "10:00 seal=S9"))
    assert day.flags == ["SEAL_MISMATCH P1 10:00-", "MISSING D1 10:05-"]
    assert day.chain() == ["A verified 08:00-09:12", "c1 inferred 09:12-"]


def test_4_who_did_not_look_at_the_seal_keeps_it(told: Tell) -> None:
    day = told(TWO.replace("seal=S1;", ";").replace("10:00 seal=S1", "10:00"))
    assert day.flags == ["MISSING D1 10:05-"]
    assert day.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-10:00",
        "B inferred 10:00-",
    ]


def test_5_a_release_by_a_fast_clock_pairs_with_the_acceptance(told: Tell) -> None:
    day = told(ONE.replace("Released A 09:10", "Released A 09:13"))
    assert day.chain() == told(ONE).chain()
    assert day.flags == ["NOT_RELEASED P1 09:12-09:13"]


def test_6_received_elsewhere_while_its_pouch_was_sealed(told: Tell) -> None:
    day = told(f"{TWO}; Received C 09:40")
    assert day.chain() == ["A verified 08:00-09:40", "C verified 09:40-"]
    assert day.flags == ["MISROUTED D1 09:40-", "WRONG_POUCH D1 09:40-"]


def test_7_found_after_the_close_holds_from_its_own_time(told: Tell) -> None:
    for late in ("Received B 14:00", "Received B 14:00 pouch=P1"):
        day = told(f"{TWO}; {late}")
        assert day.flags == ["MISSING D1 10:05-14:00"]
        assert day.chain() == ["A verified 08:00-14:00", "B verified 14:00-"]


def test_8_a_courier_who_never_releases_owes_it(told: Tell) -> None:
    day = told(ONE.replace("Released c1 09:58\n", "\n"))
    assert day.chain() == told(ONE).chain()
    assert day.flags == ["NOT_RELEASED P1 10:00-"]


def test_9_an_undo_within_a_minute_counts_and_after_it_does_not(told: Tell) -> None:
    story = f"{START}; Released A 09:10; Accepted c1 09:12; Accepted B 10:00:00"
    undone = told(f"{story}; Undone B 10:00:40 target=B#1 P1")
    assert undone.chain("P1") == told(story.replace("; Accepted B 10:00:00", "")).chain("P1")
    assert undone.chain("P1")[-1] == "c1 verified 09:12-"
    assert undone.aside == ["B#1 by B#2"]
    late = told(f"{story}; Undone B 10:01:01 target=B#1 P1")
    assert late.chain("P1")[-1] == "B verified 10:00-"
    assert late.aside == []
