"""The fold, rules 3 and 4: what is in a pouch, and where it should go."""

from collections.abc import Callable
from typing import Any

Tell = Callable[..., Any]

SEALED = "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10"
CARRIED = f"{SEALED}; Accepted c1 09:12; Released c1 09:58"
AT_B = f"{CARRIED}; Accepted B 10:00 seal=S1; Unsealed B 10:01"


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
    onward = told(f"{story.replace('B 10:00', 'c1 09:00')}")
    assert len(onward.pouch().manifest) == 1
    handed = "Registered A 08:00; Accepted c1 09:00; Accepted B 10:00; Received B 10:03 pouch=P1"
    assert len(told(handed).pouch().manifest) == 1
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
    assert told("Sealed A 08:00; Opened A 08:10").pouch().state == "sealed"
    unsealed = told(f"{AT_B}; Opened B 10:02")
    assert unsealed.pouch().state == "unsealed"


def test_unsealing_ends_the_protection_and_the_contents_stay(told: Tell) -> None:
    day = told(f"{AT_B}; Moved C 10:02")
    assert day.flags == []
    assert told(AT_B).inside() == ["D1"]
    assert told(AT_B).pouch().seal == "S1"


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
