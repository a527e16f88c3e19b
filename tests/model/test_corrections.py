"""Undo, correction, attestation: nothing is edited, everything can be put right."""

from collections.abc import Callable
from typing import Any

import pytest

Tell = Callable[..., Any]

DAY = "Registered A 08:00; Released A 08:50 D1; Received B 09:00 D1"
A_ONLY = ["A verified 08:00-"]
BOTH = ["A verified 08:00-09:00", "B verified 09:00-"]


@pytest.mark.parametrize(
    ("undo", "counts"),
    [
        ("Undone B 09:00 target=B#1", True),
        ("Undone B 09:01 target=B#1", True),
        ("Undone B 09:01:00.000001 target=B#1", False),
        ("Undone B 09:00:30 target=B#1 operator=other", False),
        ("Undone x 09:00:30 target=B#1 operator=B", False),
        ("Undone B 09:00:30 target=B#9", False),
        ("Undone B 09:00:30", False),
    ],
)
def test_an_undo_counts_by_the_same_hand_within_a_minute(
    told: Tell, undo: str, *, counts: bool
) -> None:
    assert told(f"{DAY}; {undo}").chain() == (A_ONLY if counts else BOTH)


def test_an_undo_before_its_target_is_void(told: Tell) -> None:
    day = told("Registered A 08:00; Received B 09:00 seq=2; Undone B 08:59 seq=1 target=B#2")
    assert (day.chain(), day.aside) == (BOTH, [])


def test_an_undo_is_not_undone_but_corrected_away(told: Tell) -> None:
    undone = f"{DAY}; Undone B 09:00:10 target=B#1; Undone B 09:00:20 target=B#2"
    assert told(undone).chain() == A_ONLY
    assert told(undone).aside == ["B#1 by B#2"]
    away = f"{undone}; Corrected C 12:00 target=B#2 kind=did_not_occur reason=slip"
    assert told(away).chain() == BOTH
    assert told(away).aside == ["B#2 by C#1"]


def test_later_scans_stand_with_what_follows_from_that(told: Tell) -> None:
    day = told(f"{DAY}; Undone B 09:00:10 target=B#1; Moved B 09:20")
    assert day.chain() == ["A verified 08:00-09:20", "B verified 09:20-"]
    assert day.flags == []


@pytest.mark.parametrize(
    ("correction", "counts"),
    [
        ("kind=did_not_occur reason=slip", True),
        ("kind=did_not_occur", False),
        ("kind=never reason=slip", False),
        ("reason=slip", False),
    ],
)
def test_a_correction_needs_a_kind_and_a_reason(
    told: Tell, correction: str, *, counts: bool
) -> None:
    day = told(f"{DAY}; Corrected C 12:00 target=B#1 {correction}")
    assert day.chain() == (A_ONLY if counts else BOTH)
    assert day.aside == (["B#1 by C#1"] if counts else [])


def test_what_was_wrong_is_replaced_and_the_link_is_attested(told: Tell) -> None:
    fixed = f"{DAY}; Corrected C 12:00 target=B#1 kind=was_wrong reason=slip set="
    assert told(f"{fixed}office:X").chain() == ["A verified 08:00-09:00", "X attested 09:00-"]
    assert told(f"{fixed}place:desk").chain()[-1] == "B attested 09:00- at desk"
    assert told(f"{fixed}at:08:55").chain()[-1] == "B attested 08:55-"
    assert told(f"{fixed}subject:D2").chain() == A_ONLY
    assert told(f"{fixed}subject:D2").chain("D2") == ["B attested 09:00-"]
    assert told(f"{fixed}fact:Rated").chain() == A_ONLY
    assert told(f"{fixed}office:X").aside == []


def test_a_correction_of_nothing_amends_nothing(told: Tell) -> None:
    assert told(f"{DAY}; Corrected C 12:00 target=B#1 kind=was_wrong reason=slip").chain() == BOTH
    other = "kind=seems_wrong reason=slip set=office:X"
    assert told(f"{DAY}; Corrected C 12:00 target=B#1 {other}").chain() == BOTH


def test_a_corrected_time_is_clamped_and_carried_nowhere(told: Tell) -> None:
    story = (
        "Registered A 08:00; Released A 08:10 D1; Received B 09:00 not_before=08:30 place=x;"
        "Moved B 09:10 place=y; Corrected C 12:00 target=B#1 kind=was_wrong reason=r set=at:{}"
    )
    assert told(story.format("07:00")).chain()[1] == "B attested 08:30-09:10 at x"
    assert told(story.format("10:00")).chain()[1:] == [
        "B verified 09:10-10:00 at y",
        "B attested 10:00- at x",
    ]


def test_per_field_the_last_correction_wins(told: Tell) -> None:
    day = told(
        f"{DAY}; Corrected C 13:00 target=B#1 kind=was_wrong reason=r set=office:Y;"
        "Corrected C 12:00 target=B#1 kind=was_wrong reason=r set=office:X,place:desk seq=1"
        "; Corrected K 11:00 target=B#1 kind=was_wrong reason=r set=place:shelf"
    )
    assert day.chain()[-1] == "Y attested 09:00- at desk"


def test_a_pouch_scan_put_right_moves_its_contents_attested(told: Tell) -> None:
    day = told(
        "Registered A 08:00; Packed A 08:10 P1; Sealed A 08:20; Released A 08:30;"
        "Accepted c2 08:40; Corrected c2 08:50 target=c2#1 kind=was_wrong reason=r set=office:c1"
    )
    assert day.chain() == ["A verified 08:00-08:40", "c1 attested 08:40-"]
    assert day.chain("P1")[-1] == "c1 attested 08:40-"


def test_a_correction_may_be_corrected(told: Tell) -> None:
    wrong = f"{DAY}; Corrected C 12:00 target=A#1 kind=did_not_occur reason=r"
    assert told(wrong).chain()[0] == "B verified 09:00-"
    gone = f"{wrong}; Corrected C 12:10 target=C#1 kind=did_not_occur reason=r"
    assert (told(gone).chain(), told(gone).aside) == (BOTH, ["C#1 by C#2"])
    aimed = f"{wrong}; Corrected C 12:10 target=C#1 kind=was_wrong reason=r set=target:B#1"
    assert (told(aimed).chain(), told(aimed).aside) == (A_ONLY, ["B#1 by C#1"])
    turned = f"{wrong}; Corrected C 12:10 target=C#1 kind=was_wrong reason=r set=fact:Rated"
    assert told(turned).chain() == BOTH
    undone = f"{wrong}; Undone C 12:00:30 target=C#1"
    assert told(undone).chain() == BOTH


def test_under_equivocation_the_target_is_every_fact_under_the_key(told: Tell) -> None:
    twins = "Registered A 08:00; Moved s 09:00 seq=1 place=x office=A; Moved s 09:00 seq=1 place=y"
    day = told(f"{twins}; Corrected C 12:00 target=s#1 kind=did_not_occur reason=r")
    assert day.chain() == A_ONLY
    assert day.aside == ["s#1 by C#1"]


def test_facts_that_set_each_other_aside_in_a_ring_are_all_void(told: Tell) -> None:
    ring = (
        "{0} x 10:00 target=y#1 kind=did_not_occur reason=r;"
        "{0} y 10:00 target=z#1 kind=was_wrong reason=r set=place:q;"
        "{0} z 10:00 target=x#1 kind=did_not_occur reason=r"
    ).format("Corrected")
    day = told(f"{DAY}; {ring}")
    assert day.chain() == BOTH
    assert day.aside == ["x#1 by z#1", "y#1 by x#1", "z#1 by y#1"]
    itself = told(f"{DAY}; Corrected x 10:00 target=x#1 kind=did_not_occur reason=r")
    assert itself.aside == ["x#1 by x#1"]


def test_a_ring_cut_from_outside_is_none(told: Tell) -> None:
    day = told(
        f"{DAY}; Corrected x 10:00 target=y#1 kind=did_not_occur reason=r;"
        "Corrected y 10:00 target=x#1 kind=did_not_occur reason=r;"
        "Corrected z 11:00 target=x#1 kind=did_not_occur reason=r"
    )
    assert day.aside == ["x#1 by y#1", "x#1 by z#1"]


def test_a_void_ring_does_not_reach_what_it_also_names(told: Tell) -> None:
    day = told(
        "Registered A 08:00; Corrected x 09:00 seq=1 target=y#1 kind=did_not_occur reason=r;"
        "Moved y 09:00 seq=1 office=B;"
        "Corrected y 09:00 seq=1 target=x#1 kind=did_not_occur reason=r"
    )
    assert day.chain()[-1] == "B verified 09:00-"


def test_suspicion_alone_ties_no_ring(told: Tell) -> None:
    """x could be aimed at B#1 by y, which x itself puts right; neither removes the other."""
    day = told(
        f"{DAY}; Corrected x 10:00 target=y#1 kind=was_wrong reason=r set=place:q;"
        "Corrected y 10:00 target=B#1 kind=did_not_occur set=target:x#1 reason=r"
    )
    assert day.chain() == A_ONLY
    assert day.aside == ["B#1 by y#1"]


# Attestation


def test_an_attestation_holds_from_when_it_says_until_the_next_scan(told: Tell) -> None:
    story = "Registered A 08:00; Attested A 12:00 D1 holder=c1 when=09:00 place=van"
    assert told(story).chain() == ["A verified 08:00-09:00", "c1 attested 09:00- at van"]
    assert told(story).flags == []
    scanned = told(f"{story}; Received B 10:00")
    assert scanned.chain()[1:] == ["c1 attested 09:00-10:00 at van", "B verified 10:00-"]
    later = told(story.replace("when=09:00", "when=13:00"))
    assert later.chain()[-1] == "c1 attested 12:00- at van"
    bare = told("Registered A 08:00; Attested B 12:00 D1")
    assert bare.chain()[-1] == "B attested 12:00-"


def test_an_attestation_takes_it_out_of_its_pouch_and_finds_what_is_missing(told: Tell) -> None:
    sealed = (
        "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1; Released A 09:10;"
        "Accepted c1 09:12; Released c1 09:58; Accepted B 10:00 seal=S1; Closed B 10:05"
    )
    found = told(f"{sealed}; Attested A 12:00 D1 holder=c1 when=11:00")
    assert found.flags == ["MISSING D1 10:05-11:00"]
    assert found.chain() == ["A verified 08:00-11:00", "c1 attested 11:00-"]
    before = told(f"{sealed}; Attested A 12:00 D1 holder=A when=09:30")
    assert before.flags == []
    assert before.chain() == [
        "A verified 08:00-09:12",
        "c1 inferred 09:12-09:30",
        "A attested 09:30-",
    ]
    lost = told("Registered A 08:00; DeclaredLost A 09:00 D1; Attested A 10:00 D1 holder=B")
    assert lost.flags == ["LOST D1 09:00-"]


def test_an_attestation_answers_a_release_and_readies_a_result_provisionally(told: Tell) -> None:
    story = "Registered A 08:00; Released A 09:00 D1; Attested c1 09:20 D1 holder=c1"
    assert told(story, now="12:00").flags == []
    result = "Registered A 08:00; Released A 08:01 D1; Received B 08:10; ResultIssued B 08:20;"
    ready = told(f"{result} Attested A 09:00 D1 holder=A").dossier()
    assert (ready.finished_us is not None, ready.finished_provisional) == (True, True)


def test_an_attestation_does_nothing_on_a_pouch_or_after_the_return(told: Tell) -> None:
    assert told("Opened A 08:00; Attested A 09:00 P1 holder=B").chain("P1") == A_ONLY
    returned = told("Registered A 08:00; Returned A 09:00; Attested A 10:00 D1 holder=B")
    assert returned.chain() == ["A verified 08:00-09:00"]


def test_corrections_that_aim_each_other_at_themselves_come_to_an_end(told: Tell) -> None:
    day = told(
        f"{DAY}; Corrected x 10:00 target=y#1 kind=was_wrong reason=r set=target:x#1;"
        "Corrected y 10:00 target=x#1 kind=was_wrong reason=r set=target:y#1"
    )
    assert day.chain() == BOTH
    assert day.aside == ["x#1 by y#1", "y#1 by x#1"]
