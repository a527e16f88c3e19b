"""The fold, rules 1 and 2: a scan puts it there; one side moves nothing."""

from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[..., Any]

SEALED = "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10"
CARRIED = f"{SEALED}; Accepted c1 09:12; Released c1 09:58"
AT_B = f"{CARRIED}; Accepted B 10:00 seal=S1; Unsealed B 10:01"


@pytest.mark.parametrize(
    "sighting",
    "Digitised Packed Unpacked Received Moved Accepted StepStarted StepFinished ResultIssued"
    " ResultArrived Archived Found".split(),
)
def test_a_scan_puts_the_dossier_into_the_scanning_hands(told: Tell, sighting: str) -> None:
    day = told(f"Registered A 08:00; Released A 08:30 D1; {sighting} B 09:00 D1 place=desk")
    assert day.chain() == ["A verified 08:00-09:00", "B verified 09:00- at desk"]
    assert day.flags == []


@pytest.mark.parametrize(
    "act",
    "Labelled Relabelled SupplementRequested SupplementSupplied FeeRequested FeePaid FeeWaived"
    " Apologised Reappointed Rated ReservesNoted Withdrawn Stopped Sealed Opened".split(),
)
def test_an_office_act_moves_nothing(told: Tell, act: str) -> None:
    day = told(f"Registered A 08:00; {act} B 09:00 D1")
    assert day.chain() == ["A verified 08:00-"]
    assert day.flags == []


def test_scans_by_the_same_holder_are_evidence_and_a_new_place_is_a_new_link(told: Tell) -> None:
    day = told(
        "Registered A 08:00; Digitised A 08:10; Moved A 08:20 place=shelf; StepStarted A 08:30"
        " place=shelf; Moved A 08:40 place=desk"
    )
    assert day.chain() == [
        "A verified 08:00-08:20",
        "A verified 08:20-08:40 at shelf",
        "A verified 08:40- at desk",
    ]
    assert day.evidence() == ["A#1 A#2", "A#3 A#4", "A#5"]


@pytest.mark.parametrize("scan", "Opened Sealed Accepted Unsealed Closed".split())
def test_a_scan_puts_the_pouch_into_the_scanning_hands(told: Tell, scan: str) -> None:
    day = told(f"Opened A 08:00; Released A 08:30; {scan} B 08:40 place=dock")
    assert day.chain("P1") == ["A verified 08:00-08:40", "B verified 08:40- at dock"]
    assert day.pouch().holder == "B"


def test_an_acceptance_without_release_is_kept_and_flagged(told: Tell) -> None:
    day = told("Registered A 08:00; Received B 09:00")
    assert day.chain() == ["A verified 08:00-09:00", "B verified 09:00-"]
    assert day.flags == ["NOT_RELEASED D1 09:00-"]


def test_an_empty_pouch_needs_no_release(told: Tell) -> None:
    assert told("Opened A 08:00; Accepted c1 09:00; Accepted B 10:00").flags == []
    filled = "Packed A 08:00 P1; Accepted c1 09:00"
    assert "NOT_RELEASED P1 09:00-" in told(filled).flags
    whole_round = f"{AT_B}; Received B 10:03; Closed B 10:05; Accepted c2 11:00"
    assert told(whole_round).flags == []


def test_what_another_flag_tells_is_not_also_told_as_unreleased(told: Tell) -> None:
    gone = f"{AT_B}; Closed B 10:05; "
    assert told(f"{gone} Found C 11:00").flags == ["MISSING D1 10:05-11:00"]
    lost = "Registered A 08:00; DeclaredLost A 09:00; Received B 10:00"
    assert told(lost).flags == ["LOST D1 09:00-10:00"]
    open_pouch = "Registered A 08:00; Packed A 09:00 P1; Received B 10:00"
    assert told(open_pouch).flags == []
    returned = "Registered A 08:00; Returned A 09:00; Received B 10:00"
    assert told(returned).flags == ["SURPLUS D1 10:00-"]
    surplus = f"{AT_B}; Registered C 08:00 D2; Received B 10:03; Received B 10:04 D2 pouch=P1"
    assert told(surplus).flags == ["SURPLUS D2 10:04-"]


def test_a_lost_pouch_that_turns_up_elsewhere_was_still_not_released(told: Tell) -> None:
    day = told("Packed A 08:00 P1; DeclaredLost A 09:00 P1; Opened B 10:00 P1")
    assert "LOST P1 09:00-10:00" in day.flags
    assert "NOT_RELEASED P1 10:00-" in day.flags


@pytest.mark.parametrize("release", ["Released", "Tendered"])
def test_a_release_moves_nothing_until_it_is_accepted(told: Tell, release: str) -> None:
    day = told(f"Registered A 08:00; {release} A 09:00 D1 counterpart=B")
    assert day.chain() == ["A verified 08:00-"]
    assert day.flags == []
    assert told(f"Registered A 08:00; {release} A 09:00 D1; Received B 09:10").flags == []


def test_a_release_waits_thirty_minutes_for_its_acceptance(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1"
    assert told(story, now="09:29").flags == []
    assert told(story, now="09:30").flags == ["NOT_ACCEPTED D1 09:30-"]
    assert told(f"{story}; Accepted B 09:30 D1").flags == []
    late = f"{story}; Accepted B 09:30:01 D1"
    assert told(late).flags == ["NOT_ACCEPTED D1 09:30-09:30:01"]
    assert told(f"{story}; Refused B 09:40 D1; Accepted B 11:00 D1").flags == [
        "NOT_ACCEPTED D1 09:30-09:40",
        "REFUSED D1 09:40-11:00",
        "NOT_RELEASED D1 11:00-",
    ]


def test_a_late_release_of_the_previous_holder_pairs_whatever_the_delay(told: Tell) -> None:
    story = "Registered A 08:00; Accepted B 09:00 D1; Released A +3d09:00 D1"
    assert told(story).flags == ["NOT_RELEASED D1 09:00-+3d09:00"]
    twice = "Registered A 08:00; Released A 08:59 D1; Accepted B 09:00 D1; Released A 09:01 D1"
    assert told(twice).flags == []
    passed_on = (
        "Registered A 08:00; Accepted B 09:00 D1; Accepted C 09:10 D1; Released A 09:20 D1;"
        "Released B 09:30 D1"
    )
    assert told(passed_on).flags == ["NOT_RELEASED D1 09:00-09:20"]


def test_a_late_release_does_not_send_the_dossier_anywhere(told: Tell) -> None:
    story = (
        "Registered A 08:00; Accepted B 09:00 D1; Released A 09:01 D1 counterpart=B;"
        "Released B 10:00 D1; Accepted C 10:10 D1"
    )
    assert told(story).flags == ["NOT_RELEASED D1 09:00-09:01"]


def test_a_new_release_replaces_the_old(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1; Released A 09:20 D1"
    assert told(story, now="09:49").flags == []
    assert told(f"{story}; Accepted B 09:50 D1").flags == []
    assert told(story, now="12:00").flags == ["NOT_ACCEPTED D1 09:50-"]


def test_a_new_release_after_the_old_had_waited_too_long_leaves_that_open(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1; Released A 10:00 D1; Accepted B 10:10 D1"
    assert told(story).flags == ["NOT_ACCEPTED D1 09:30-10:10"]


def test_only_the_party_that_owes_it_closes_what_was_not_released(told: Tell) -> None:
    story = "Registered A 08:00; Accepted B 09:00 D1; Accepted C 09:10 D1;"
    stranger = told(f"{story} Released X 09:20 D1")
    assert stranger.flags == ["NOT_RELEASED D1 09:00-", "NOT_ACCEPTED D1 09:20-"]
    twice = told(f"{story} Released A 09:20 D1; Released A 09:30 D1")
    assert twice.flags == ["NOT_RELEASED D1 09:00-09:20", "NOT_ACCEPTED D1 09:30-"]


def test_a_release_of_what_has_left_meets_nobody(told: Tell) -> None:
    story = "Registered A 08:00; Released A 08:10 D1; Accepted c1 08:20 D1; RefusedAtIntake A 09:00"
    assert told(f"{story}; Released A 09:10 D1 counterpart=c2").flags == []


def test_the_holder_takes_his_release_back_by_scanning(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1; Moved A 09:10"
    assert told(story, now="12:00").flags == []
    assert told(f"{story}; Accepted B 09:20 D1").flags == ["NOT_RELEASED D1 09:20-"]
    pouch = "Packed A 08:00 P1; Sealed A 08:10; Released A 09:00; Opened A 09:40"
    assert "NOT_ACCEPTED P1 09:30-09:40" in told(pouch, now="12:00").flags


def test_a_release_by_one_who_does_not_hold_it_waits_for_that_partys_own_acceptance(
    told: Tell,
) -> None:
    story = "Registered A 08:00; Released c1 09:00 D1"
    assert told(story).flags == ["NOT_ACCEPTED D1 09:00-"]
    others = f"{story}; Refused B 09:05 D1; Released A 09:06 D1; Accepted B 09:10 D1"
    assert told(others).flags == ["NOT_ACCEPTED D1 09:00-", "REFUSED D1 09:05-09:06"]
    own = f"{story}; Released A 09:06 D1; Accepted c1 09:20 D1"
    assert told(own).flags == ["NOT_ACCEPTED D1 09:00-09:20"]
    later = f"{own}; Released c1 09:30 D1; Accepted B 10:30 D1"
    assert told(later).flags == ["NOT_ACCEPTED D1 09:00-09:20", "NOT_ACCEPTED D1 10:00-10:30"]
    unheld = told("Released c1 09:00; Accepted c1 09:10")
    assert "NOT_ACCEPTED P1 09:00-09:10" in unheld.flags


def test_taken_by_another_courier_than_it_was_given_to(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1 counterpart=c1; Accepted {} 09:10 D1"
    assert told(story.format("c1")).flags == []
    assert told(story.format("B")).flags == []
    assert told(story.format("c2")).flags == ["WRONG_PERSON D1 09:10-"]
    late = "Registered A 08:00; Accepted c2 09:00 D1; Released A 09:10 D1 counterpart=c1"
    assert told(late).flags == ["NOT_RELEASED D1 09:00-09:10", "WRONG_PERSON D1 09:10-"]
    empty = "Opened A 08:00; Accepted c2 08:10; Released A 08:20 counterpart=c1"
    assert told(empty).flags == ["WRONG_PERSON P1 08:20-"]
    pouch = "Packed A 08:00 P1; Released A 08:10 counterpart=c1; Accepted c2 08:20"
    assert "WRONG_PERSON P1 08:20-" in told(pouch).flags


def test_a_refusal_ends_the_release_and_lasts_until_the_next_one(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1; Refused B 09:10 D1 reason=wet"
    assert told(story, now="12:00").flags == ["REFUSED D1 09:10-"]
    assert told(f"{story}; Released A 10:00 D1; Received B 10:10").flags == [
        "REFUSED D1 09:10-10:00"
    ]
    assert told(f"{story}; Accepted A 10:00 D1").flags == ["REFUSED D1 09:10-10:00"]
    assert told(f"{story}; Moved A 10:00 D1").flags == ["REFUSED D1 09:10-"]
    assert "REFUSED P1 09:10-" in told("Packed A 08:00 P1; Refused B 09:10 P1").flags


def test_the_holder_who_refuses_or_disputes_opens_a_dispute(told: Tell) -> None:
    assert told("Registered A 08:00; Refused A 09:00 D1").flags == ["DISPUTED D1 09:00-"]
    assert told("Registered A 08:00; Disputed B 09:00 D1; Disputed A 09:10 D1").flags == [
        "DISPUTED D1 09:00-"
    ]
