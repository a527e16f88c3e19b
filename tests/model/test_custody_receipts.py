"""The fold, rule 5: what is missing at a receipt, and whose it is."""

from collections.abc import Callable
from typing import Any

Tell = Callable[..., Any]

SEALED = "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10"
CARRIED = f"{SEALED}; Accepted c1 09:12; Released c1 09:58"
AT_B = f"{CARRIED}; Accepted B 10:00 seal=S1; Unsealed B 10:01"


def test_only_a_receipt_is_closed(told: Tell) -> None:
    by_sealer = told(f"{SEALED}; Closed A 09:30", now="09:30")
    assert (by_sealer.pouch().state, by_sealer.flags) == ("sealed", [])
    by_packer = told("Registered A 08:00; Packed A 09:00 P1; Closed A 09:30")
    assert (by_packer.inside(), by_packer.flags) == (["D1"], [])
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
    once_more = told(
        f"{AT_B}; Packed B 10:02 P1; Registered B 08:00 D2; Packed B 10:03 D2 P1; Closed B 10:05;"
        "Unpacked B 10:06 D2 pouch=P1; Moved B 10:07 D2 pouch=P1"
    )
    assert once_more.flags == []


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
    own = f"{SEALED}; Unsealed A 09:11; Released A 09:12; Accepted c1 09:13"
    assert told(own, now="+9d10:00").flags == ["MANIFEST_MISSING P1 09:13-"]
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
        "Released c1 09:58; Accepted B 10:00; Closed B 10:05"
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
    there_and_back = f"{AT_B}; Released B 10:10; Accepted c2 10:20; Released c2 10:30"
    back = told(f"{there_and_back}; Accepted B 10:40; Closed B 10:50")
    assert back.chain()[-1] == "c2 inferred 10:20-"


def test_the_run_goes_back_to_the_sealers_own_link_even_if_that_is_inferred(told: Tell) -> None:
    unseen = f"{AT_B}; Sealed B 10:10 seal=S2 to=C; Released B 10:11; Accepted c2 10:12;"
    day = told(f"{unseen} Released c2 10:58; Accepted C 11:00 seal=S2; Closed C 11:05")
    assert day.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-10:00",
        "B inferred 10:00-",
    ]


def test_the_sealers_link_may_begin_with_the_sealing(told: Tell) -> None:
    anew = f"{CARRIED}; Sealed B 10:00 seal=S2; Released B 10:01; Accepted c2 10:02;"
    day = told(f"{anew} Released c2 10:58; Accepted C 11:00 seal=S2; Closed C 11:05")
    assert day.chain()[-1] == "B inferred 10:00-"


def test_what_is_missing_is_again_in_the_hands_of_who_answers_for_it(told: Tell) -> None:
    story = SEALED.replace(
        "Registered A 08:00", "Registered X 08:00; Released X 08:10 D1; Moved A 08:20"
    )
    missing = f"{story}; Accepted c1 09:12; Released c1 09:58; Accepted B 10:00 seal=S1;"
    released = f"{missing} Released B 10:04 D1; Closed B 10:05; Released A 10:10 D1"
    assert told(released, now="10:39").flags == ["MISSING D1 10:05-"]
    assert told(released, now="10:40").flags == ["MISSING D1 10:05-", "NOT_ACCEPTED D1 10:40-"]
    by_carrier = told(f"{missing} Closed B 10:05; Released c1 10:10 D1")
    assert by_carrier.flags == ["MISSING D1 10:05-", "NOT_ACCEPTED D1 10:10-"]


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


SECOND = (
    "Released B 11:00; Accepted A 11:10; Registered A 08:00 D2; Packed A 12:00 D2 P1;"
    "Sealed A 12:05 seal=S2 to=B; Released A 12:06; Accepted c2 12:10; Released c2 12:50;"
    "Accepted B 13:00{}; Closed B 13:05"
)


def test_a_second_journey_of_a_pouch_owes_nothing_to_the_first(told: Tell) -> None:
    bad = f"{CARRIED}; Moved C 09:40; Accepted B 10:00 seal=S9; Closed B 10:05"
    day = told(f"{bad}; {SECOND.format(' seal=S2')}")
    assert day.chain("D2") == ["A verified 08:00-"]
    assert day.chain()[1] == "c1 inferred 09:12-09:40"
    read = f"{AT_B}; Received B 10:03; Closed B 10:05"
    assert told(f"{read}; {SECOND.format('')}").chain("D2")[-1] == "B inferred 13:00-"
    openly = (
        "Registered A 08:00; Packed A 09:00 P1; Accepted c1 09:12; Accepted B 10:00;"
        "Received B 10:03; Closed B 10:05"
    )
    assert told(f"{openly}; {SECOND.format(' seal=S2')}").chain("D2") == ["A verified 08:00-"]


def test_links_without_length_are_dropped_and_what_they_parted_is_joined(told: Tell) -> None:
    day = told("Registered A 08:00; Received B 09:00; Received C 09:00; Moved C 10:00")
    assert day.chain() == ["A verified 08:00-09:00", "C verified 09:00-"]
    assert day.evidence() == ["A#1", "C#1 C#2"]
    back = told("Registered A 08:00; Received B 09:00; Moved C 09:00; Moved D 09:00 office=A")
    assert back.chain() == ["A verified 08:00-"]
    assert back.evidence() == ["A#1 D#1"]
    passed = told("Received B 08:00; Received C 08:00; Moved C 08:00 place=x")
    assert passed.chain() == ["C verified 08:00- at x"]


def test_only_verified_links_collect_later_scans(told: Tell) -> None:
    twice = "Registered A 08:00; Attested c1 09:00 D1 holder=B; Attested c1 09:10 D1 holder=B"
    assert told(twice).evidence() == ["A#1", "c1#1"]
