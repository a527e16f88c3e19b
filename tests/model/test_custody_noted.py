"""What people declare and what waits beside custody: what opens each code, and what ends it."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from domain.model.custody import fold
from domain.model.custody_noted import NOTED
from domain.model.fact import Fact
from domain.model.instants import DAY_US
from domain.model.reasons import REASONS
from domain.model.station_time import offline, settle

Tell = Callable[..., Any]
Stated = Callable[[str], list[Fact]]

OUT = "Registered A 08:00; Released A 09:00 D1; Accepted c1 09:10 D1;"
READY = "Registered A 08:00; ResultIssued B 09:00; ResultArrived A 10:00;"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("wrong_recipient", "WRONG_RECIPIENT"),
        ("office_closed", "OFFICE_CLOSED"),
        ("org_changed", "ORG_CHANGED"),
    ],
)
def test_what_is_refused_at_the_door_stands_until_another_office_has_it(
    told: Tell, reason: str, code: str
) -> None:
    refused = f"{OUT} Refused B 10:00 D1 reason={reason};"
    assert told(refused).noted == [f"{code} D1 10:00-"]
    assert told(f"{refused} Moved c1 10:20; Accepted c2 10:30 D1").noted == [f"{code} D1 10:00-"]
    assert told(f"{refused} Accepted C 11:00 D1").noted == [f"{code} D1 10:00-11:00"]
    assert told(f"{refused} Attested C 11:00 when=10:40 holder=C").noted == [
        f"{code} D1 10:00-10:40"
    ]
    assert told(f"{OUT} Refused B 10:00 D1 reason=torn").noted == []


def test_a_pouch_that_is_not_let_in_ends_it_for_itself_alone(told: Tell) -> None:
    story = (
        "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Accepted c1 09:12;"
        " Refused B 10:00 P1 reason=office_closed; ReservesNoted B 10:01 D1 reason=org_changed;"
    )
    both = ["OFFICE_CLOSED P1 10:00-", "ORG_CHANGED D1 10:01-"]
    assert told(story).noted == both
    # What is in it comes to the office with it.
    assert told(f"{story} Accepted B 14:00").noted == [f"{one}14:00" for one in both]
    received = f"{story} Received B 14:00 D1"
    assert told(received).noted == [both[0], f"{both[1]}14:00"]


def test_an_unreadable_label_stands_until_another_is_stuck_on(told: Tell) -> None:
    noted = "Registered A 08:00; ReservesNoted B 10:00 D1 reason=label_unreadable;"
    assert told(f"{noted} Received B 10:30").noted == ["LABEL_UNREADABLE D1 10:00-"]
    assert told(f"{noted} Relabelled A 11:00 reason=label_lost").noted == [
        "LABEL_UNREADABLE D1 10:00-11:00"
    ]
    at_once = "Registered A 08:00; Relabelled A 11:00 reason=label_unreadable"
    assert told(at_once).noted == ["LABEL_UNREADABLE D1 11:00-11:00"]
    assert told("Registered A 08:00; Relabelled A 11:00 reason=label_lost").noted == []
    assert told("ReservesNoted B 10:00 P1 reason=label_unreadable").noted == [
        "LABEL_UNREADABLE P1 10:00-"
    ]


def test_a_label_that_was_read_late_is_one_discrepancy_with_its_further_cause(told: Tell) -> None:
    twice = told(
        "Registered A 08:00; ReservesNoted B 10:00 D1 reason=label_unreadable;"
        " ReservesNoted B 11:00 D1 reason=label_unreadable;"
        " Relabelled A 12:00 reason=label_unreadable"
    )
    assert twice.noted == ["LABEL_UNREADABLE D1 10:00-12:00"]
    assert [one.key for one in twice.folded.repeats] == ["B#2"]


def test_a_photo_beside_the_reason_changes_nothing(told: Tell) -> None:
    photo = f"label_unreadable/{'a' * 43}"
    story = f"Registered A 08:00; ReservesNoted A 10:00 D1 reason={photo}"
    assert told(story).noted == ["LABEL_UNREADABLE D1 10:00-"]


def test_a_result_given_to_the_wrong_person_stands_until_it_is_back_or_given_again(
    told: Tell,
) -> None:
    wrong = f"{READY} Returned A 11:00; ReservesNoted A 12:00 D1 reason=given_to_another;"
    assert told(wrong).noted == ["WRONG_RECIPIENT D1 12:00-"]
    assert told(f"{wrong} Received A 13:00").noted == ["WRONG_RECIPIENT D1 12:00-13:00"]
    again = told(f"{wrong} Returned A 13:00")
    assert again.noted == ["WRONG_RECIPIENT D1 12:00-13:00"]
    assert again.windows() == ["08:00-11:00"]


def test_a_reason_corrected_away_declares_nothing(told: Tell) -> None:
    story = f"{OUT} Refused B 10:00 D1 reason=office_closed;"
    corrected = "Corrected B 10:30 D1 target=B#1 kind=was_wrong reason=slip set=reason:torn"
    assert told(f"{story} {corrected}").noted == []


def test_what_was_found_stands_until_it_is_scanned_on_its_way(told: Tell) -> None:
    story = "Registered A 08:00; DeclaredLost A 09:00; Found B 10:00;"
    assert told(story).noted == ["FOUND D1 10:00-"]
    assert told(f"{story} Received B 10:30").noted == ["FOUND D1 10:00-10:30"]
    again = told(f"{story} Found C 11:00")
    assert again.noted == ["FOUND D1 10:00-11:00", "FOUND D1 11:00-"]
    returned = told("Registered A 08:00; Returned A 09:00; Found B 10:00; Returned B 11:00")
    assert returned.noted == ["FOUND D1 10:00-11:00"]


@pytest.mark.parametrize(
    ("after", "noted"),
    [
        ("", ["UNCLAIMED D1 +30d10:00-"]),
        ("Returned A +30d10:00", []),  # at exactly thirty days in time
        ("Returned A +30d10:01", ["UNCLAIMED D1 +30d10:00-+30d10:01"]),
        ("Archived A +40d10:00", ["UNCLAIMED D1 +30d10:00-+40d10:00"]),
        ("Archived A +20d10:00", []),
        ("Archived A +20d10:00; Returned A +50d10:00", []),
        ("RefusedAtIntake A 11:00", []),
        ("Returned A 11:00; Received A 12:00", []),
        (
            "Returned A 11:00; Registered A 12:00; ResultArrived A +1d10:00",
            ["UNCLAIMED D1 +31d10:00-"],
        ),
    ],
)
def test_a_result_waits_thirty_days_for_the_applicant(
    stated: Stated, after: str, noted: list[str]
) -> None:
    shown = fold(settle(stated(f"{READY} {after}")).timed).noted
    assert [(one.opened_us, one.closed_us) for one in shown] == [
        _span(stated, each) for each in noted
    ]
    assert all(one.key in {"A#2", "A#5"} for one in shown)


def test_a_result_on_its_way_or_without_a_desk_waits_for_nobody(stated: Stated) -> None:
    packed = "Registered A 08:00; ResultIssued B 08:30; Packed B 09:00 P1; Sealed B 09:05"
    for story in (
        "Registered A 08:00; ResultIssued B 09:00",
        "ResultArrived A 10:00",  # of what nobody registered
        f"{packed}; Accepted A 10:00; Accepted c1 11:00",
    ):
        assert fold(settle(stated(story)).timed).noted == []


def test_what_is_noted_is_kept_out_of_what_the_fold_prints(told: Tell) -> None:
    story = told(f"{OUT} Refused B 10:00 D1 reason=office_closed; Found C 11:00")
    assert {one["code"] for one in story.json["discrepancies"]}.isdisjoint(NOTED)
    assert story.noted == ["OFFICE_CLOSED D1 10:00-11:00", "FOUND D1 11:00-"]


def test_each_reason_that_declares_something_declares_what_is_noted() -> None:
    declares = {one.raises for one in REASONS if one.raises is not None}
    assert declares == NOTED - {"FOUND", "UNCLAIMED"}


def _span(stated: Stated, flag: str) -> tuple[int, int | None]:
    """The instants of a line as `Told` shows it."""
    opened, _, closed = flag.split()[2].partition("-")
    (one,) = stated(f"Moved A {opened}")
    return one.at_us, stated(f"Moved A {closed}")[0].at_us if closed else None


# Devices


def late(*entries: tuple[str, str]) -> Iterable[str]:
    """One line for each entry: when it was made, and by when the server had it."""
    return (f"Moved A {made} not_after={received}" for made, received in entries)


@pytest.mark.parametrize(
    ("entries", "flags"),
    [
        ([("08:00", "+1d08:00")], []),  # at exactly a day in time
        ([("08:00", "+1d08:01")], ["A#1"]),
        ([("08:00", "+2d08:00"), ("09:00", "+2d08:00"), ("19:00", "+2d08:01")], ["A#1"]),
        ([("08:00", "+2d08:00"), ("12:00", "+2d12:30")], ["A#1"]),  # delivered in two parts
        (
            [("08:00", "+1d09:00"), ("+1d09:30", "+1d09:31"), ("+1d10:00", "+3d08:00")],
            ["A#1", "A#3"],
        ),
        ([("08:00", "+1d09:00"), ("+1d09:00", "+3d08:00")], ["A#1", "A#2"]),  # heard in between
        ([("08:00", "08:01"), ("09:00", "+1d10:00")], ["A#2"]),
    ],
)
def test_scans_that_lay_on_their_device_for_a_day_are_one_discrepancy_a_stretch(
    stated: Stated, entries: list[tuple[str, str]], flags: list[str]
) -> None:
    timed = settle(stated(";".join(late(*entries)))).timed
    found = offline(timed)
    assert [one.key for one in found] == flags
    by_key = {one.fact.key: one.effective_us for one in timed}
    assert [one.opened_us for one in found] == [by_key[key] + DAY_US for key in flags]
    assert {(one.code, one.subject, one.closed_us) for one in found} <= {
        ("OFFLINE_TOO_LONG", "A", None)
    }
    assert settle(stated(";".join(late(*entries)))).discrepancies == []
