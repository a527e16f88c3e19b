"""When a statement can have happened, and what does not agree about clocks and sequences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.model.fact import Fact
from domain.model.instants import MINUTE_US, SECOND_US
from domain.model.station_time import Discrepancy, Settled, settle

Stated = Callable[[str], list[Fact]]


def effective(settled: Settled) -> dict[str, int]:
    """Minutes after eight o'clock, by key."""
    start_us = EIGHT_US
    return {one.fact.key: (one.effective_us - start_us) // MINUTE_US for one in settled.timed}


EIGHT_US = 1_772_413_200_000_000


def codes(settled: Settled) -> list[tuple[str, str, str]]:
    assert settled.discrepancies == sorted(settled.discrepancies)
    return [(one.code, one.subject, one.key) for one in settled.discrepancies]


def test_a_claimed_time_is_moved_into_what_the_server_can_vouch_for(stated: Stated) -> None:
    settled = settle(
        stated(
            "Moved A 07:00 not_before=08:10 not_after=08:30; Moved A 08:20 not_before=08:15;"
            "Moved A 09:00 not_after=08:40"
        )
    )
    assert effective(settled) == {"A#1": 10, "A#2": 20, "A#3": 40}
    assert [(one.lower_us, one.upper_us) for one in settled.timed] == [
        (EIGHT_US + 10 * MINUTE_US, EIGHT_US + 30 * MINUTE_US),
        (EIGHT_US + 15 * MINUTE_US, EIGHT_US + 40 * MINUTE_US),
        (EIGHT_US + 15 * MINUTE_US, EIGHT_US + 40 * MINUTE_US),
    ]


def test_not_before_holds_for_all_that_follow_and_not_after_for_all_before(
    stated: Stated,
) -> None:
    settled = settle(
        stated(
            "Moved A 06:00 seq=2; Moved A 06:00 seq=1 not_before=08:05; Moved A 07:00 seq=3;"
            "Moved B 10:00 seq=1; Moved B 10:00 seq=2; Moved B 10:00 seq=3 not_after=08:50"
        )
    )
    assert effective(settled) == {"A#1": 5, "A#2": 5, "A#3": 5, "B#1": 50, "B#2": 50, "B#3": 50}


def test_where_the_bounds_contradict_each_other_not_after_wins(stated: Stated) -> None:
    settled = settle(stated("Moved A 08:00 not_before=08:30 not_after=08:10"))
    assert effective(settled) == {"A#1": 10}


def test_nothing_is_earlier_than_its_predecessor_in_any_epoch(stated: Stated) -> None:
    settled = settle(
        stated("Moved A 08:30 seq=1; Moved A 08:10 seq=2; Moved A 08:20 epoch=2 seq=1")
    )
    assert effective(settled) == {"A#1": 30, "A#2": 30, "A#2#1": 30}


def test_a_correction_is_never_earlier_than_what_it_names_at_another_station(
    stated: Stated,
) -> None:
    settled = settle(
        stated(
            "Moved B 09:00; Corrected A 08:00 target=B#1; Moved A 08:10;"
            "Corrected C 08:20 target=A#1; Corrected C 08:30 target=K#9"
        )
    )
    assert effective(settled) == {"B#1": 60, "A#1": 60, "A#2": 60, "C#1": 60, "C#2": 60}


def test_facts_that_name_each_other_in_a_ring_share_the_latest_time(stated: Stated) -> None:
    settled = settle(stated("Corrected A 08:10 target=B#1; Corrected B 08:40 target=A#1"))
    assert effective(settled) == {"A#1": 40, "B#1": 40}


def test_what_an_old_disk_says_later_lies_before_the_epoch_that_replaced_it(stated: Stated) -> None:
    """§3: along a station's sequence, over all its entries; the clock that disagrees is shown."""
    settled = settle(
        stated(
            "Moved A 08:00 seq=1; Moved A 12:00 seq=2 not_after=12:30;"
            "Moved A 09:00 epoch=2 seq=1 not_after=09:30"
        )
    )
    assert effective(settled) == {"A#1": 0, "A#2": 90, "A#2#1": 90}
    assert [(one.code, one.key) for one in settled.discrepancies] == [("CLOCK_SKEW", "A#2")]


def test_the_order_is_time_station_epoch_sequence_bytes(stated: Stated) -> None:
    settled = settle(
        stated(
            "Moved B 08:00; Moved A 08:00 epoch=2 seq=1; Moved A 08:00 seq=2;"
            "Moved A 08:00 seq=1; Moved C 07:59"
        )
    )
    assert [one.fact.key for one in settled.timed] == ["C#1", "A#1", "A#2", "A#2#1", "B#1"]


def test_more_than_two_minutes_before_what_is_possible_is_backdated(stated: Stated) -> None:
    line = "Moved A 08:00:00 not_before=08:02:00"
    assert codes(settle(stated(line))) == []
    late = settle(stated(line.replace("08:02:00", "08:02:00.000001")))
    assert codes(late) == [("BACKDATED", "A", "A#1")]
    assert late.discrepancies[0].opened_us == late.timed[0].effective_us
    assert late.discrepancies[0].closed_us is None


def test_more_than_two_minutes_after_what_is_possible_is_a_skewed_clock(stated: Stated) -> None:
    line = "Moved A 08:02:00 not_after=08:00:00"
    assert codes(settle(stated(line))) == []
    skewed = stated(line.replace("08:02:00", "08:02:00.000001") + "; Moved A 08:03 not_after=08:00")
    assert codes(settle(skewed)) == [("CLOCK_SKEW", "A", "A#1"), ("CLOCK_SKEW", "A", "A#2")]


def test_a_gap_opens_at_the_entry_after_it_once_for_each_run(stated: Stated) -> None:
    text = (
        "Moved A 08:03 seq=3; Moved A 08:04 seq=4; Moved A 08:09 seq=9;"
        "Moved A 08:10 epoch=2 seq=2; Moved B 08:00 seq=1; Moved B 08:00 seq=2"
    )
    settled = settle(stated(text))
    assert codes(settled) == [
        ("SEQUENCE_GAP", "A", "A#3"),
        ("SEQUENCE_GAP", "A", "A#9"),
        ("SEQUENCE_GAP", "A", "A#2#2"),
    ]
    assert settled.discrepancies[0].opened_us == EIGHT_US + 3 * MINUTE_US
    filled = settle(stated(f"{text}; Moved A 08:01 seq=1; Moved A 08:02 seq=2"))
    assert codes(filled) == codes(settled)[1:]


def test_numbers_held_without_being_facts_are_no_gap(stated: Stated) -> None:
    facts = stated("Moved A 08:03 seq=3; Moved A 08:09 seq=6; Moved A 08:10 epoch=2 seq=2")
    assert codes(settle(facts, accounted={"A": [(1, 2), (1, 1), (1, 5)]})) == [
        ("SEQUENCE_GAP", "A", "A#6"),
        ("SEQUENCE_GAP", "A", "A#2#2"),
    ]
    everything = [(1, 1), (1, 2), (1, 4), (1, 5), (2, 1)]
    assert codes(settle(facts, accounted={"A": everything})) == []


def test_other_bytes_under_one_key_both_count_and_raise_one_alarm(stated: Stated) -> None:
    facts = stated("Moved A 08:00 seq=1 place=x; Moved A 08:05 seq=1 place=y; Moved A 08:06 seq=1")
    settled = settle(facts)
    assert len(settled.timed) == 3
    assert codes(settled) == [("EQUIVOCATION", "A", "A#1")]
    assert settle(reversed(facts)) == settled


def test_the_same_bytes_count_once_and_their_evidence_intersects(stated: Stated) -> None:
    (once,) = stated("Moved A 08:00")
    copies = [
        replace(once, not_before_us=EIGHT_US - MINUTE_US, recorded_at_us=EIGHT_US + MINUTE_US),
        once,
        replace(once, not_before_us=EIGHT_US - SECOND_US, not_after_us=EIGHT_US + MINUTE_US),
        replace(once, not_after_us=EIGHT_US + 2 * MINUTE_US, recorded_at_us=EIGHT_US),
    ]
    for arrival in (copies, copies[::-1]):
        (timed,) = settle(arrival).timed
        assert timed.lower_us == EIGHT_US - SECOND_US
        assert timed.upper_us == EIGHT_US + MINUTE_US
        assert timed.fact.recorded_at_us == EIGHT_US


def test_discrepancies_sort_by_opening_code_and_subject_whether_open_or_closed() -> None:
    one, other = Discrepancy(1, "A", "x", None, "k#1"), Discrepancy(1, "A", "x", 5, "k#0")
    assert sorted([one, other]) == [other, one]


def test_a_fold_knows_only_what_was_recorded_by_then(told: Callable[..., Any]) -> None:
    text = """Registered A 08:00; Moved A 08:10 place=x recorded_at=08:30
        Moved A 08:20 place=y not_after=08:25; Moved A 08:40 place=z"""
    assert told(text, known_at="08:20").chain() == ["A verified 08:00-"]
    assert told(text, known_at="08:25").chain()[-1] == "A verified 08:20- at y"
    assert told(text, known_at="08:30").chain()[1] == "A verified 08:10-08:20 at x"
    assert told(text, known_at="08:40").chain()[-1] == "A verified 08:40- at z"
    assert told("Registered A 08:00", known_at="07:00").json["dossiers"] == {}
