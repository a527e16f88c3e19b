"""The fold rule by rule: a story for each sentence of the specification, §4, 1-5."""

from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[..., Any]

SEALED = "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10"
CARRIED = f"{SEALED}; Accepted c1 09:12; Released c1 09:58"
AT_B = f"{CARRIED}; Accepted B 10:00 seal=S1; Unsealed B 10:01"


# 1. A scan puts it there


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


def test_a_lost_pouch_comes_back_without_a_release(told: Tell) -> None:
    day = told("Packed A 08:00 P1; DeclaredLost A 09:00 P1; Opened B 10:00 P1")
    assert "LOST P1 09:00-10:00" in day.flags
    assert not any("NOT_RELEASED" in flag for flag in day.flags)


# 2. One side moves nothing


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


# 3. Containment


def test_only_packing_puts_a_dossier_into_a_pouch(told: Tell) -> None:
    day = told("Registered A 08:00; Packed A 09:00 P1; Received A 09:10 D2 pouch=P1")
    assert day.inside() == ["D1"]
    assert day.dossier().pouch == day.json["dossiers"]["1000000000000001"]["pouch"]
    assert day.dossier("D2").pouch is None


def test_an_empty_pouch_becomes_the_packers_whoever_had_it(told: Tell) -> None:
    day = told("Opened A 08:00; Packed B 09:00 P1")
    assert day.pouch().state == "open"
    assert day.chain("P1") == ["A verified 08:00-09:00", "B verified 09:00-"]
    assert day.evidence("P1") == ["A#1", "B#1"]
    assert day.flags == ["UNKNOWN_CODE D1 09:00-"]
    fresh = told("Packed A 09:00 P1; Packed A 09:10 D2 P1; Opened A 09:20")
    assert fresh.evidence("P1") == ["A#1 A#3"]
    assert fresh.inside() == ["D1", "D2"]
    assert fresh.pouch().state == "open"


def test_a_new_filling_is_no_receipt_of_the_journey_before(told: Tell) -> None:
    for before in ("Accepted B 10:00", "Opened A 09:00; Accepted B 10:00"):
        day = told(f"Registered B 08:00; {before}; Packed B 10:10 P1; Closed B 10:20")
        assert (day.inside(), day.pouch().state) == (["D1"], "open")


def test_packing_an_empty_pouch_does_not_take_its_release_back(told: Tell) -> None:
    story = "Registered A 08:00; Opened A 08:10; Released A 08:20; Packed A 08:30 P1"
    assert told(f"{story}; Sealed A 08:31", now="12:00").flags == []
    assert told(f"{story}; Accepted c1 08:40").flags == ["MANIFEST_MISSING P1 08:40-"]


def test_packed_into_a_sealed_pouch_or_one_held_elsewhere_is_in_no_pouch(told: Tell) -> None:
    sealed = told(f"{SEALED}; Registered A 08:00 D2; Packed A 09:06 D2 P1", now="09:20")
    assert sealed.flags == ["WRONG_POUCH D2 09:06-"]
    assert sealed.dossier("D2").pouch is None
    elsewhere = told("Packed A 08:00 P1; Registered B 08:00 D2; Packed B 09:00 D2 P1")
    assert "WRONG_POUCH D2 09:00-" in elsewhere.flags
    assert elsewhere.chain("D2") == ["B verified 08:00-"]
    assert elsewhere.inside() == ["D1"]
    proper = told(f"{SEALED}; Registered A 08:00 D2; Packed A 09:06 D2 P1; Packed A 09:09 D2 P2")
    assert proper.flags == ["WRONG_POUCH D2 09:06-09:09"]
    assert proper.inside("P2") == ["D2"]


def test_a_pouch_does_not_go_into_a_pouch(told: Tell) -> None:
    day = told("Opened A 08:00 P2; Packed A 09:00 P1 pouch=P2; Packed A 09:10 P1 pouch=K1")
    assert day.flags == ["WRONG_POUCH P1 09:00-"]
    assert day.inside("P2") == []


def test_any_later_scan_takes_it_out_and_an_open_pouch_flags_nothing(told: Tell) -> None:
    story = "Registered A 08:00; Packed A 09:00 P1"
    for scan in ("Moved A 09:10", "Unpacked A 09:10 pouch=P1", "Packed A 09:10 P2"):
        day = told(f"{story}; {scan}")
        assert day.inside() == []
        assert day.flags == []


def test_packed_again_into_the_same_open_pouch_it_stays_there(told: Tell) -> None:
    day = told("Registered A 08:00; Packed A 09:00 P1; Packed A 09:10 P1; Sealed A 09:20")
    assert day.inside() == ["D1"]
    assert day.flags == []


def test_the_manifest_freezes_at_the_seal(told: Tell) -> None:
    day = told(f"{AT_B}; Registered B 08:00 D2; Packed B 10:02 D2 P1; Received B 10:03")
    assert [len(day.pouch().manifest), day.inside()] == [1, ["D2"]]


def test_a_pouchs_movement_moves_its_contents_inferred_and_its_place_does_not(told: Tell) -> None:
    day = told(f"{CARRIED.replace('09:12', '09:12 place=van')}; Opened c1 09:30 P1 place=bike")
    assert day.chain() == ["A verified 08:00-09:12", "c1 inferred 09:12- at van"]
    assert day.evidence()[1] == "c1#1"
    assert day.chain("P1")[-1] == "c1 verified 09:30- at bike"


def test_a_pouch_that_travels_unsealed_has_its_contents_for_a_manifest(told: Tell) -> None:
    story = (
        "Registered A 08:00; Packed A 09:00 P1; Released A 09:10; Accepted c1 09:12;"
        "Released c1 09:58; Accepted B 10:00"
    )
    day = told(story)
    assert day.flags == ["MANIFEST_MISSING P1 09:12-"]
    assert list(day.pouch().manifest) == list(day.pouch().contents)
    assert day.pouch().state == "open"
    received = told(f"{story}; Received B 10:01; Received B 10:02 D2 pouch=P1; Closed B 10:05")
    assert received.flags == [
        "MANIFEST_MISSING P1 09:12-10:05",
        "SURPLUS D2 10:02-",
        "UNKNOWN_CODE D2 10:02-",
    ]


def test_what_is_packed_on_an_open_journey_joins_the_manifest(told: Tell) -> None:
    day = told(
        "Registered A 08:00; Packed A 09:00 P1; Released A 09:10; Accepted c1 09:12;"
        "Registered c1 09:13 D2; Packed c1 09:14 D2 P1; Released c1 09:58; Accepted B 10:00;"
        "Closed B 10:05"
    )
    assert day.flags == [
        "MANIFEST_MISSING P1 09:12-10:05",
        "MISSING D1 10:05-",
        "MISSING D2 10:05-",
    ]


def test_a_pouch_accepted_with_no_history_is_listed_by_what_is_seen_in_it(told: Tell) -> None:
    story = "Registered A 08:00; Accepted B 10:00; Received B 10:03 pouch=P1"
    for first in (story, story.replace("Accepted", "Unsealed")):
        day = told(f"{first}; Received B 10:04 D1")
        assert day.flags == ["MANIFEST_MISSING P1 10:00-"]
        assert len(day.pouch().manifest) == 1
    closed = told(f"{story}; Closed B 10:05; Received B 10:06 D2 pouch=P1; Registered B 10:00 D2")
    assert closed.flags == ["MANIFEST_MISSING P1 10:00-10:05"]
    assert closed.pouch().state == "closed"


def test_a_known_pouch_is_not_without_history(told: Tell) -> None:
    assert told("Opened A 08:00; Accepted B 10:00").flags == []


def test_a_dossiers_own_release_is_answered_when_its_pouch_is_accepted(told: Tell) -> None:
    story = SEALED.replace("Released A 09:10", "Released A 09:08 D1; Released A 09:10")
    assert told(f"{story}; Accepted c1 09:12", now="12:00").flags == []


def test_sealed_over_an_unopened_seal_is_a_new_sealing(told: Tell) -> None:
    day = told(f"{SEALED}; Sealed A 09:30 seal=S2 to=C", now="09:35")
    assert day.flags == ["SEAL_MISMATCH P1 09:30-"]
    assert (day.pouch().seal, day.pouch().destination) == ("S2", "C")
    read = told(f"{AT_B}; Sealed B 10:02 seal=S2; Released B 10:03; Accepted c2 10:10 seal=S2")
    assert read.flags == []
    astray = told(f"{CARRIED}; Sealed X 10:00 seal=S2 to=B")
    assert astray.flags == ["SEAL_MISMATCH P1 10:00-"]


def test_opened_on_a_sealed_pouch_only_shows_where_it_is(told: Tell) -> None:
    day = told(f"{CARRIED}; Opened B 10:00")
    assert day.pouch().state == "sealed"
    assert day.chain()[-1] == "B inferred 10:00-"
    unsealed = told(f"{AT_B}; Opened B 10:02")
    assert unsealed.pouch().state == "unsealed"


def test_unsealing_ends_the_protection_and_the_contents_stay(told: Tell) -> None:
    day = told(f"{AT_B}; Moved C 10:02")
    assert day.flags == []
    assert told(AT_B).inside() == ["D1"]
    assert told(AT_B).pouch().seal == "S1"


# 4. Destination


def test_a_sealed_pouch_at_an_office_that_is_no_stop_of_it_is_misrouted(told: Tell) -> None:
    story = SEALED.replace("to=B", "to=B via=X+Y") + "; Accepted c1 09:12; Released c1 09:30;"
    for office in ("X", "Y", "B"):
        assert told(f"{story} Accepted {office} 09:40", now="09:40").flags == []
    wrong = f"{story} Accepted C 09:40; Released C 09:41; Accepted c1 09:42"
    assert told(wrong).flags == ["MISROUTED P1 09:40-"]
    arrived = f"{wrong}; Released c1 09:50; Accepted B 10:00"
    assert told(arrived).flags == ["MISROUTED P1 09:40-10:00"]
    anew = f"{story} Accepted C 09:40; Unsealed C 09:41; Sealed C 09:50 to=B"
    assert told(anew).flags == ["MISROUTED P1 09:40-09:50"]
    home = f"{story} Accepted A 09:40"
    assert told(home).flags == []


def test_a_seal_that_names_no_office_leaves_the_destination(told: Tell) -> None:
    for silent in ("", "to=c1"):
        day = told(f"{SEALED}; Unsealed A 09:20; Sealed A 09:30 {silent}")
        assert day.pouch().destination == "B"
    assert told(f"{SEALED}; Unsealed A 09:20; Sealed A 09:30 to=C").pouch().destination == "C"
    assert told("Sealed A 09:00").pouch().destination is None
    stops = "Packed A 08:00 P1; Sealed A 08:10 to=B via=X; Unsealed A 08:20; Sealed A 08:30{}"
    onward = "; Released A 08:40; Accepted X 08:50"
    for anew, misrouted in ((" to=C", True), ("", False), (" via=Y", True), (" to=C via=X", False)):
        flags = told(stops.format(anew) + onward).flags
        assert ("MISROUTED P1 08:50-" in flags) == misrouted


def test_an_unsealed_pouch_or_a_couriers_is_nowhere_wrong(told: Tell) -> None:
    story = (
        f"{SEALED}; Unsealed A 09:11; Released A 09:11:30; Accepted c1 09:12; Released c1 09:30;"
        "Accepted C 09:40"
    )
    assert told(story).flags == ["MANIFEST_MISSING P1 09:12-"]


def test_a_dossier_received_where_it_was_not_sent_is_misrouted_until_it_arrives(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1 counterpart=B;"
    for arrival in ("Received", "Accepted"):
        assert told(f"{story} {arrival} C 09:10 D1").flags == ["MISROUTED D1 09:10-"]
    assert told(f"{story} Moved C 09:10").flags == []
    assert told(f"{story} Accepted c1 09:10 D1").flags == []
    back = f"{story} Accepted c1 09:10 D1; Released c1 09:11 D1; Received A 09:20"
    assert told(back).flags == []
    on = f"{story} Received C 09:10; Released C 09:20 D1; Received B 09:30"
    assert told(on).flags == ["MISROUTED D1 09:10-09:30"]
    seen = f"{story} Received C 09:10; Released C 09:20 D1; Moved B 09:30"
    assert told(seen).flags == ["MISROUTED D1 09:10-"]


def test_arriving_spends_the_destination(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1 counterpart=B; Received B 09:10;"
    assert told(f"{story} Released B 09:20 D1; Received C 09:30").flags == []
    assert told(f"{story} Released B 09:20 D1 counterpart=c1; Received C 09:30").flags == []


def test_a_courier_is_no_destination(told: Tell) -> None:
    story = (
        "Registered A 08:00; Released A 09:00 D1 counterpart=B; Accepted c1 09:10 D1;"
        "Released c1 09:20 D1 counterpart=c2; Accepted c2 09:21 D1; Released c2 09:30 D1;"
    )
    assert told(f"{story} Received B 09:40").flags == []
    assert told(f"{story} Received C 09:40").flags == ["MISROUTED D1 09:40-"]


def test_a_dossier_out_of_a_misrouted_pouch_is_not_misrouted_itself(told: Tell) -> None:
    story = f"{CARRIED}; Accepted C 10:00 seal=S1; Unsealed C 10:01; Received C 10:03"
    assert told(story).flags == ["MISROUTED P1 10:00-"]
    again = f"{story}; Received C 10:04; Closed C 10:05"
    assert told(again).flags == ["MISROUTED P1 10:00-"]
    beside = f"{story}; Registered A 08:00 D2; Released A 08:01 D2 counterpart=B"
    assert told(f"{beside}; Received C 10:04 D2 pouch=P1").flags == [
        "NOT_ACCEPTED D2 08:31-10:04",
        "MISROUTED P1 10:00-",
        "SURPLUS D2 10:04-",
    ]
    further = f"{again}; Released C 10:10 D1; Received X 10:20"
    assert told(further).flags == ["MISROUTED P1 10:00-", "MISROUTED D1 10:20-"]


def test_a_foreign_dossier_is_surplus_and_misrouted(told: Tell) -> None:
    story = "Registered A 08:00 D2; Packed A 08:10 D2 P2; Sealed A 08:20 P2 to=C"
    foreign = told(f"{AT_B}; Received B 10:03; {story}; Received B 10:04 D2 pouch=P1")
    assert foreign.flags == ["MISROUTED D2 10:04-", "SURPLUS D2 10:04-", "WRONG_POUCH D2 10:04-"]


# 5. Receipt


def test_only_a_receipt_is_closed(told: Tell) -> None:
    by_sealer = told(f"{SEALED}; Closed A 09:30", now="09:30")
    assert (by_sealer.pouch().state, by_sealer.flags) == ("sealed", [])
    empty = told("Opened A 08:00; Closed A 08:10")
    assert empty.pouch().state == "open"
    twice = told(f"{AT_B}; Received B 10:03; Closed B 10:05; Closed B 10:06")
    assert (twice.pouch().state, twice.flags) == ("closed", [])
    assert (twice.pouch().seal, twice.pouch().manifest) == (None, [])
    back = told(f"{CARRIED}; Accepted A 10:00; Closed A 10:01")
    assert (back.pouch().state, back.flags) == ("sealed", [])


def test_a_close_by_another_than_the_holder_is_first_an_acceptance(told: Tell) -> None:
    day = told(f"{CARRIED}; Closed B 10:05")
    assert day.chain("P1")[-1] == "B verified 10:05-"
    assert day.flags == ["MISSING D1 10:05-"]
    assert day.chain()[-1] == "B inferred 10:05-"


def test_what_is_packed_during_a_receipt_stays_when_it_closes(told: Tell) -> None:
    day = told(
        f"{AT_B}; Received B 10:02; Registered B 08:00 D2; Packed B 10:03 D2 P1; Closed B 10:05"
    )
    assert (day.pouch().state, day.inside(), day.flags) == ("open", ["D2"], [])
    again = told(f"{AT_B}; Packed B 10:02 P1; Closed B 10:05")
    assert (again.inside(), again.flags) == (["D1"], [])
    out_again = told(
        f"{AT_B}; Received B 10:02; Registered B 08:00 D2; Packed B 10:03 D2 P1;"
        "Unpacked B 10:04 D2 pouch=P1"
    )
    assert out_again.flags == []
    unpacked = told(f"{AT_B}; Packed B 10:02 P1; Closed B 10:05; Unpacked B 10:06 pouch=P1")
    assert unpacked.flags == []


def test_an_unsealed_pouch_is_to_be_closed_within_a_day(told: Tell) -> None:
    story = f"{AT_B}; Received B 10:03"
    assert told(story, now="+1d10:00").flags == []
    assert told(story, now="+1d10:01").flags == ["RECEIPT_NOT_CLOSED P1 +1d10:01-"]
    assert told(f"{story}; Closed B +1d10:01").flags == []
    late = f"{story}; Unsealed B 12:00; Closed B +1d10:02"
    assert told(late).flags == ["RECEIPT_NOT_CLOSED P1 +1d10:01-+1d10:02"]
    resealed = f"{story}; Sealed B +1d11:00"
    assert told(resealed).flags == ["RECEIPT_NOT_CLOSED P1 +1d10:01-+1d11:00"]
    assert told(f"{story}; Sealed B 11:00", now="+9d10:00").flags == []
    own = "Packed A 08:00 P1; Sealed A 08:10; Unsealed A 08:20"
    assert "RECEIPT_NOT_CLOSED" not in str(told(own, now="+9d10:00").flags)
    nothing = "Sealed A 08:10; Released A 08:20; Accepted B 08:30; Unsealed B 08:40"
    assert told(nothing, now="+9d10:00").flags == []


def test_a_broken_seal_reported_at_unsealing_after_it_was_read_whole_is_the_readers(
    told: Tell,
) -> None:
    story = f"{CARRIED}; Accepted B 10:00 seal=S1; Unsealed B 10:01 broken=True; Closed B 10:05"
    day = told(story)
    assert day.flags == ["SEAL_BROKEN P1 10:01-", "MISSING D1 10:05-"]
    assert day.chain()[-1] == "B inferred 10:00-"


def test_a_bad_seal_found_before_it_ever_moved_is_the_finders(told: Tell) -> None:
    opened = f"{SEALED}; Unsealed A 09:11 seal=S2; Sealed A 09:11:30 seal=S3"
    assert told(opened, now="09:12").flags == ["SEAL_MISMATCH P1 09:11-"]
    story = (
        f"{SEALED}; Accepted A 09:11 broken=True; Released A 09:11:30; Accepted c1 09:12;"
        "Released c1 09:58; Accepted B 10:00 seal=S1; Closed B 10:05"
    )
    day = told(story)
    assert day.flags == ["SEAL_BROKEN P1 09:11-", "MISSING D1 10:05-"]
    assert day.chain() == ["A verified 08:00-"]


def test_the_first_who_finds_the_seal_bad_decides(told: Tell) -> None:
    story = (
        f"{SEALED}; Accepted c1 09:12; Released c1 09:20; Accepted c2 09:21 seal=S7;"
        "Released c2 09:58; Accepted B 10:00 seal=S1 broken=True; Closed B 10:05"
    )
    day = told(story)
    assert day.flags == ["SEAL_MISMATCH P1 09:21-", "SEAL_BROKEN P1 10:00-", "MISSING D1 10:05-"]
    assert day.chain() == ["A verified 08:00-09:12", "c1 inferred 09:12-"]


def test_seal_flags_close_with_a_receipt_that_misses_nothing(told: Tell) -> None:
    story = f"{CARRIED}; Accepted B 10:00 seal=S9 broken=True; Received B 10:03; Closed B 10:05"
    assert told(story).flags == ["SEAL_BROKEN P1 10:00-10:05", "SEAL_MISMATCH P1 10:00-10:05"]


def test_a_seal_is_read_only_while_it_is_on_the_pouch(told: Tell) -> None:
    story = f"{AT_B}; Accepted B 10:02 seal=S9; Unsealed B 10:03 broken=True; Received B 10:04"
    assert told(story).flags == []


def test_intact_asks_for_a_good_reading_by_the_party_that_closes(told: Tell) -> None:
    story = (
        f"{SEALED}; Accepted c1 09:12 seal=S1; Released c1 09:58; Accepted B 10:00; Closed B 10:05"
    )
    assert told(story).chain()[-1] == "B inferred 10:00-"


def test_what_is_missing_from_an_open_journey_is_the_carriers_before(told: Tell) -> None:
    story = (
        "Registered A 08:00; Packed A 09:00 P1; Released A 09:10; Accepted c1 09:12;"
        "Released c1 09:40; Accepted c2 09:41; Released c2 09:58; Accepted B 10:00; Closed B 10:05"
    )
    day = told(story)
    assert day.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-09:41",
        "c2 inferred 09:41-",
    ]
    reopened = told(f"{AT_B}; Released B 10:10; Accepted C 10:20; Closed C 10:30")
    assert reopened.flags == ["MANIFEST_MISSING P1 10:20-10:30", "MISSING D1 10:30-"]
    assert reopened.chain()[-1] == "B inferred 10:00-"


def test_the_run_goes_back_to_the_sealers_own_link_even_if_that_is_inferred(told: Tell) -> None:
    unseen = f"{AT_B}; Sealed B 10:10 seal=S2 to=C; Released B 10:11; Accepted c2 10:12;"
    day = told(f"{unseen} Released c2 10:58; Accepted C 11:00 seal=S2; Closed C 11:05")
    assert day.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-10:00",
        "B inferred 10:00-",
    ]


def test_the_sealers_link_is_the_one_at_or_before_the_sealing(told: Tell) -> None:
    story = (
        f"{CARRIED}; Accepted A 10:00; Released A 10:01; Accepted c2 10:02; Released c2 10:58;"
        "Accepted B 11:00 seal=S1; Closed B 11:05"
    )
    assert told(story).chain() == ["A verified 08:00-"]


def test_a_party_without_a_link_in_the_run_takes_the_whole_run_back(told: Tell) -> None:
    story = (
        "Registered A 08:00; Packed A 09:00 P1; Released A 09:01; Accepted c1 09:02;"
        "Released c1 09:03; Sealed B 09:05 seal=S1; Attested A 09:30 holder=X when=09:04"
    )
    packed = "Packed B 09:20 P1; Sealed B 09:25 seal=S2; Released B 09:26; Accepted C 09:40"
    assert told(f"{story}; {packed} seal=S2; Closed C 09:50").chain() == [
        "A verified 08:00-09:02",
        "c1 inferred 09:02-09:04",
        "X attested 09:04-09:20",
        "B verified 09:20-",
    ]


def test_the_dossier_scanned_by_the_pouchs_holder_is_inside(told: Tell) -> None:
    for seen in ("StepStarted B 10:02", "Packed B 10:02 P2", "Moved C 10:02 pouch=P1"):
        day = told(f"{CARRIED}; Accepted B 10:00 seal=S1; {seen}; Closed B 10:05")
        assert day.flags == []


def test_seen_before_the_pouchs_own_scan_came_is_still_inside(told: Tell) -> None:
    story = f"{CARRIED}; Received B 09:59 pouch=P1; Accepted B 10:00 seal=S1; Closed B 10:05"
    assert told(story).flags == []
    assert told(story).chain()[-1] == "B verified 09:59-"
