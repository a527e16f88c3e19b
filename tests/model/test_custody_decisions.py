"""Where the page of facts leaves two readings: what we chose, each as a story.

The README lists the choices with their reasons; the second fold makes the same ones.
"""

from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[..., Any]
SENT = (
    "Registered A 08:00; Packed A 09:00 P1 pieces=3; Sealed A 09:05 seal=S1 to=B;"
    "Released A 09:10; Accepted c1 09:12; Released c1 09:50;"
)
UNRELEASED = "Registered A 08:00; Accepted c1 09:00 D1; Accepted B 10:00 D1;"


def test_a_late_release_meets_the_newest_acceptance_from_its_giver(told: Tell) -> None:
    owed = "NOT_RELEASED D1 09:00-"
    assert told(UNRELEASED).flags == [owed]
    assert told(f"{UNRELEASED} Released c1 10:10 D1").flags == [owed]
    assert told(f"{UNRELEASED} Released A 10:10 D1").flags == [f"{owed}10:10"]
    both = f"{UNRELEASED} Released A 10:10 D1; Released c1 10:11 D1; Moved C 10:12"
    assert told(both).flags == [f"{owed}10:10", "NOT_RELEASED D1 10:12-"]
    again = "Registered A 08:00; Accepted c1 09:00 D1; Accepted A 09:10 D1; Accepted c2 09:20 D1;"
    newest = f"{again} Released A 09:30 D1 counterpart=c2"
    assert told(newest).flags == [owed]
    assert told(f"{newest}; Released A 09:31 D1 counterpart=c1").flags == [f"{owed}09:31"]


def test_a_release_said_twice_is_one_release(told: Tell) -> None:
    twice = "Registered A 08:00; Released A 09:00 D1; Accepted B 09:05 D1; Released A 09:06 D1;"
    assert told(twice).flags == []
    assert told(f"{twice} Released A 09:07 D1 counterpart=c2").flags == []
    by_courier = "Registered A 08:00; Released A 09:00 D1 counterpart=c1; Accepted c1 09:05 D1;"
    assert told(f"{by_courier} Released A 09:06 D1 counterpart=c2").flags == [
        "WRONG_PERSON D1 09:06-"
    ]
    assert told(f"{twice} Accepted C 09:08 D1; Released A 09:09 D1", now="09:10").flags == [
        "NOT_RELEASED D1 09:08-",
        "NOT_ACCEPTED D1 09:09-",
    ]


def test_whoever_releases_to_an_office_names_a_destination(told: Tell) -> None:
    stray = "Registered A 08:00; Released X 09:00 D1 counterpart=B; Received C 10:00"
    assert "MISROUTED D1 10:00-" in told(stray).flags
    late = (
        "Registered A 08:00; Received B 09:00; Released A 09:01 D1 counterpart=B; Received C 10:00"
    )
    assert told(late).flags == ["NOT_RELEASED D1 09:00-09:01", "NOT_RELEASED D1 10:00-"]


def test_an_attestation_is_no_acceptance(told: Tell) -> None:
    stray = "Registered A 08:00; Released X 09:00 D1; Attested A 10:00 holder=X"
    assert told(stray).flags == ["NOT_ACCEPTED D1 09:00-"]
    waiting = "Registered A 08:00; Released A 09:00 D1; Attested A 10:00 holder="
    assert told(f"{waiting}B").flags == ["NOT_ACCEPTED D1 09:30-10:00"]
    assert told(f"{waiting}A").flags == ["NOT_ACCEPTED D1 09:30-"]
    assert told(f"{waiting}B; Moved C 10:05").flags[1:] == ["NOT_RELEASED D1 10:05-"]
    assert told(f"{waiting}B; Released A 10:05 D1").flags[1:] == ["NOT_ACCEPTED D1 10:05-"]
    assert told("Registered A 08:00; Attested B 09:00").chain()[-1] == "B attested 09:00-"


def test_the_same_office_after_a_merger_takes_back_but_does_not_accept(told: Tell) -> None:
    stray = "Released C 08:00; OfficeSucceeded C 09:00 successor=D; Opened D 10:00;"
    merged = f"{stray} Released D 10:05; Opened C 10:06"
    assert told(merged).flags == ["NOT_ACCEPTED P1 08:00-10:00"]
    held = "Opened B 07:00; Released C 08:00; OfficeSucceeded C 09:00 successor=B; Opened C 10:00;"
    assert told(held).flags == ["NOT_ACCEPTED P1 08:00-"]


def test_a_merger_holds_for_all_facts_of_its_instant(told: Tell) -> None:
    day = "Registered A 08:00; Moved B 09:00 station=a; OfficeSucceeded A 09:00 successor=B"
    assert told(day).flags == []
    assert told(day.replace("A 09:00", "A 09:01")).flags == ["NOT_RELEASED D1 09:00-"]


def test_what_the_pouch_held_follows_it_to_the_successors_name(told: Tell) -> None:
    day = told(f"{SENT} OfficeSucceeded A 07:00 successor=X; Accepted X 10:00; Accepted A 10:05")
    assert day.chain()[-2:] == ["X inferred 10:00-10:05", "A inferred 10:05-"]


def test_a_dossier_named_with_a_pouch_that_says_nothing_still_needs_a_release(told: Tell) -> None:
    assert told("Registered A 08:00; Received B 09:00 pouch=P1").flags == ["NOT_RELEASED D1 09:00-"]
    seen = f"{SENT} Accepted B 10:00 seal=S1; Received B 10:03 pouch=P1;"
    assert told(seen).flags == []
    assert told(f"{seen} Moved C 10:05 pouch=P1").flags == ["NOT_RELEASED D1 10:05-"]
    attested = f"{SENT} Accepted B 10:00 seal=S1; Attested c1 10:01 holder=A;"
    assert told(f"{attested} Received B 10:03 pouch=P1").flags == []
    assert told(f"{attested} Received B 10:03").flags == ["NOT_RELEASED D1 10:03-"]
    new = (
        "Registered A 08:00; Accepted B 09:00; Received B 09:05 pouch=P1; Received C 09:10 pouch=P1"
    )
    assert told(new).flags == ["MANIFEST_MISSING P1 09:00-", "NOT_RELEASED D1 09:10-"]


def test_a_lost_pouch_is_no_excuse_for_taking_it_unreleased(told: Tell) -> None:
    lost = "Packed A 08:00 P1; DeclaredLost A 08:30 P1; Accepted B 09:00"
    assert "NOT_RELEASED P1 09:00-" in told(lost).flags


def test_a_pouch_that_travels_open_holds_what_it_held_at_its_newest_journey(told: Tell) -> None:
    day = "Registered A 08:00; Registered A 08:00 D2; Packed A 08:10 P1; Packed A 08:11 P1 D2;"
    there = f"{day} Accepted c1 09:00; Received c1 09:05 D2; Accepted B 10:00;"
    assert told(there).pouch().manifest == told(there).pouch().contents
    assert told(there).inside() == ["D1"]
    assert "SURPLUS D2 10:05-" in told(f"{there} Received B 10:05 D2 pouch=P1").flags


def test_the_sealer_has_no_receipt_of_his_own_pouch_that_came_back_open(told: Tell) -> None:
    back = told(f"{SENT} Unsealed B 10:00 seal=S1; Closed A 10:30")
    assert back.pouch().state == "unsealed"
    assert back.inside() == ["D1"]
    assert "MANIFEST_MISSING P1 10:30-" in back.flags
    never = told("Packed A 08:00 P1; Accepted B 09:00; Closed A 10:00")
    assert never.pouch().state == "closed"


def test_what_was_scanned_elsewhere_is_not_looked_for_in_a_pouch_that_travelled_open(
    told: Tell,
) -> None:
    day = (
        "Registered A 08:00; Registered A 08:00 D2; Packed A 08:10 P1; Packed A 08:11 P1 D2;"
        "Sealed A 08:20; Moved A 08:30; Unsealed A 08:40; Accepted B 09:00; Received B 09:10"
    )
    assert "WRONG_POUCH D1 08:30-" in told(day).flags


def test_a_dossier_packed_again_elsewhere_is_not_seen_inside_its_first_pouch(told: Tell) -> None:
    day = (
        f"{SENT} Moved C 09:30; Packed C 09:40 P2; Sealed C 09:45 P2 seal=S2 to=B;"
        "Accepted B 10:00 seal=S1; Accepted B 10:01 P2 seal=S2; Received B 10:05"
    )
    assert not [flag for flag in told(day).flags if "DUPLICATE" in flag]
    named = told(f"{day} pouch=P1")
    assert "DUPLICATE_LABEL D1 10:05-" in named.flags


def test_out_of_one_pouch_though_another_is_named(told: Tell) -> None:
    day = f"{SENT} Accepted B 10:00 seal=S1; Received B 10:03 pouch=P2 pieces=2; Closed B 10:05"
    assert told(day).flags == ["SHORT_CONTENT D1 10:03-"]


def test_pieces_are_counted_once_against_the_packing_they_came_with(told: Tell) -> None:
    seen = f"{SENT} Accepted B 10:00 seal=S1; Received B 10:03 pouch=P1;"
    assert told(f"{seen} Received B 10:04 pouch=P1 pieces=2").flags == []
    outside = f"{SENT} Moved A 09:30; Accepted B 10:00 seal=S1; Received B 10:03 pouch=P1 pieces=2"
    assert told(outside).flags == ["WRONG_POUCH D1 09:30-10:03", "SHORT_CONTENT D1 10:03-"]
    other = f"{SENT} Accepted B 10:00 P2; Received B 10:03 pouch=P2 pieces=2"
    assert "SHORT_CONTENT D1 10:03-" not in told(other).flags


def test_a_bad_seal_is_answered_for_as_of_when_the_finder_took_the_pouch(told: Tell) -> None:
    day = (
        "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B;"
        "Accepted c1 09:12 broken=True;"
        "Accepted A 09:30 seal=S1; Accepted B 10:00 seal=S1; Closed B 10:05"
    )
    assert told(day).chain() == ["A verified 08:00-"]


def test_after_the_close_only_what_was_said_can_make_a_surplus(told: Tell) -> None:
    other = "Registered B 07:00 D2;"
    closed = f"{SENT} {other} Accepted B 10:00 seal=S1; Received B 10:03; Closed B 10:05;"
    assert told(f"{closed} Moved B 10:10 D2 pouch=P1").flags == ["SURPLUS D2 10:10-"]
    filled = f"{SENT} {other} Registered B 07:01 D3; Accepted B 10:00 seal=S1; Unsealed B 10:01;"
    filled += "Received B 10:03; Packed B 10:04 P1 D3; Closed B 10:05;"
    assert told(f"{filled} Moved B 10:10 D2 pouch=P1").flags == []
    unannounced = f"{other} Registered B 07:01 D3; Accepted B 08:00; Received B 08:05 D3 pouch=P1;"
    unannounced += "Closed B 08:10; Moved B 08:15 D2 pouch=P1"
    assert told(unannounced).flags == ["MANIFEST_MISSING P1 08:00-08:10"]


def test_a_receipt_with_nothing_in_it_at_its_limit_is_not_late(told: Tell) -> None:
    empty = "Unsealed B 08:00; Received B +1d08:01 pouch=P1;"
    assert not [flag for flag in told(empty, now="+3d08:00").flags if "NOT_CLOSED" in flag]
    again = f"{empty} Unsealed B +1d09:00"
    assert "RECEIPT_NOT_CLOSED P1 +2d09:00-" in told(again, now="+3d08:00").flags
    at_limit = told("Unsealed B 08:00; Received B +1d08:00 pouch=P1", now="+3d08:00")
    assert "RECEIPT_NOT_CLOSED P1 +1d08:00-" in at_limit.flags


def test_the_time_to_close_runs_from_an_unsealing_of_the_receipt(told: Tell) -> None:
    story = (
        "Registered A 08:00; Packed A 08:10 P1; Sealed A 08:20; Unsealed A 08:30; Accepted B 09:00"
    )
    assert not [flag for flag in told(story, now="+3d08:00").flags if "NOT_CLOSED" in flag]
    receiver = told(f"{story}; Unsealed B 09:10", now="+3d08:00")
    assert "RECEIPT_NOT_CLOSED P1 +1d09:10-" in receiver.flags


def test_who_never_had_what_was_missing_has_given_nothing(told: Tell) -> None:
    day = f"{SENT} Accepted B 10:00 seal=S1; Released B 10:02 D1; Unsealed B 10:03; Closed B 10:05;"
    assert told(day, now="12:00").flags == ["MISSING D1 10:05-"]
    in_time = day.replace("Closed B 10:05", "Closed B 10:40")
    assert "NOT_ACCEPTED D1 10:32-" in told(in_time).flags
    assert "NOT_ACCEPTED D1 10:10-" in told(f"{day} Released c1 10:10 D1").flags
    unread = f"{SENT} Accepted B 10:00; Released B 10:02 D1; Unsealed B 10:03; Closed B 10:05"
    assert "NOT_ACCEPTED D1 10:32-" in told(unread, now="12:00").flags


def test_a_withdrawn_dossier_that_is_missing_is_no_longer_in_transit(told: Tell) -> None:
    day = f"{SENT} Withdrawn A 09:55; Accepted B 10:00 seal=S1; Unsealed B 10:01; Closed B 10:05"
    assert "WITHDRAWN_IN_TRANSIT D1 09:55-10:01" in told(day).flags
    unopened = day.replace("Unsealed B 10:01; ", "")
    assert "WITHDRAWN_IN_TRANSIT D1 09:55-10:05" in told(unopened).flags


def test_came_in_a_misrouted_pouch_if_it_was_seen_in_it(told: Tell) -> None:
    there = f"{SENT} Accepted C 10:00 seal=S1;"
    assert told(f"{there} Received C 10:05; Received C 10:06").flags == ["MISROUTED P1 10:00-"]
    outside = f"{SENT} Moved A 09:30; Accepted C 10:00 seal=S1; Received C 10:05"
    assert "MISROUTED D1 10:05-" not in told(outside).flags
    elsewhere = f"{there} Unsealed C 10:01; Received X 10:05"
    assert "MISROUTED D1 10:05-" in told(elsewhere).flags


def test_registering_online_takes_the_paper_from_nobody(told: Tell) -> None:
    held = "Attested B 08:00 holder=B; Registered A 09:00 paper=none"
    assert told(held).chain() == ["B attested 08:00-"]
    assert told(held).flags == []
    record = told("Refused C 08:00 D1; Registered A 09:00 paper=none place=net")
    assert record.chain() == ["A attested 09:00- at net"]
    assert record.flags == ["REFUSED D1 08:00-"]


def test_what_was_refused_at_intake_can_still_be_given_back(told: Tell) -> None:
    day = "Registered A 08:00; RefusedAtIntake A 09:00; Returned A 09:30;"
    assert told(day).dossier().status == "returned"
    assert told(day).windows() == ["08:00-09:00"]
    assert told(f"{day} Moved A 10:00").windows() == ["08:00-09:00", "10:00-"]
    again = told(f"{day} RefusedAtIntake A 09:40")
    assert again.dossier().status == "returned"
    waiting = told("Registered A 08:00; Released A 08:10 D1; RefusedAtIntake A 09:00")
    assert waiting.flags == ["NOT_ACCEPTED D1 08:40-"]


def test_a_pouch_that_is_only_named_is_told_of_too(told: Tell) -> None:
    assert told("Damaged A 08:00 pouch=P3").pouch("P3").state == "new"


def test_repacking_the_only_dossier_does_not_begin_a_new_filling(told: Tell) -> None:
    day = told("Packed A 08:00 P1; Unsealed A 08:05; Packed A 08:10 P1")
    assert day.pouch().state == "unsealed"
    assert day.inside() == ["D1"]


def test_the_latest_time_is_that_of_a_fact_put_later_by_correction(told: Tell) -> None:
    moved = "Moved B 09:00; Corrected B 09:01 target=B#1 kind=was_wrong reason=r set=at:11:00"
    assert told(f"Registered A 08:00; {moved}").flags == ["NOT_RELEASED D1 11:00-"]


@pytest.mark.parametrize("extra", ["", " set=place:x"])
def test_a_correction_that_puts_nothing_corrects_nothing(told: Tell, extra: str) -> None:
    day = told(f"Registered A 08:00; Corrected A 09:00 target=A#2 kind=was_wrong reason=r{extra}")
    assert day.aside == (["A#2 by A#2"] if extra else [])


def test_corrections_of_each_other_are_void_even_alone(told: Tell) -> None:
    day = told(
        "Corrected A 09:00 target=A#2 kind=did_not_occur reason=r;"
        "Corrected A 10:00 target=A#1 kind=did_not_occur reason=r"
    )
    assert day.aside == ["A#1 by A#2", "A#2 by A#1"]
    assert day.json["dossiers"] == {}


def test_an_undo_pressed_before_its_target_undoes_nothing(told: Tell) -> None:
    day = "Moved A 09:00 seq=1; Undone A {} seq=2 target=A#1"
    assert told(day.format("09:00")).aside == ["A#1 by A#2"]
    assert told(day.format("08:59:59.999999")).aside == []


def test_what_counted_before_it_was_aimed_at_is_not_set_aside(told: Tell) -> None:
    day = told(
        "Registered A 08:00;"
        "Corrected A 09:00 target=A#3 kind=was_wrong reason=r set=target:A#2;"
        "Corrected A 10:00 target=A#9 kind=did_not_occur reason=r"
    )
    assert day.aside == []


def test_who_finds_his_own_seal_bad_before_it_moves_answers_himself(told: Tell) -> None:
    day = (
        "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1; Accepted c1 09:12;"
        "Sealed C 09:20 seal=S2; Accepted C 09:30 seal=S9; Accepted B 10:00 seal=S2; Closed B 10:05"
    )
    assert told(day).chain()[1:] == ["c1 inferred 09:12-09:20", "C inferred 09:20-"]
