"""Two centres merge while pouches are on their way: A and B become V; D is a department.

In the fold alone. The fact is stated when somebody decides, a correction says since when it holds.
"""

from collections.abc import Callable
from typing import Any

import pytest

from domain.model.custody import fold_facts
from domain.model.instants import MINUTE_US
from tests.model.slow_fold import slow_fold

Tell = Callable[..., Any]

UNDER_WAY = (
    "Registered A 08:00; Packed A 08:10 P1; Sealed A 08:20 seal=S1 to=D; Released A 08:30;"
    " Accepted c1 08:35; Released c1 09:20; Accepted D 09:25 seal=S1; Unsealed D 09:26;"
    " Received D 09:27; Closed D 09:30;"
    " Packed D 13:00 P1; Sealed D 13:05 seal=S2 to=A; Released D 13:10; Accepted c1 13:15;"
    " Released c1 15:00; Accepted V 15:05 seal=S2; Unsealed V 15:06; ResultArrived V 15:07;"
    " Closed V 15:08;"
)
DECIDED = " OfficeSucceeded A 17:00 successor=V station=desk"
SINCE_NOON = (
    f"{DECIDED}; Corrected A 17:00 K9 target=desk#1 kind=was_wrong reason=ngay set=at:12:00"
    " station=desk"
)


@pytest.mark.parametrize(
    ("merger", "flags"),
    [
        ("OfficeSucceeded A 12:00 successor=V", []),
        (SINCE_NOON, []),
        (DECIDED, ["MISROUTED P1 15:05-"]),
        ("", ["MISROUTED P1 15:05-"]),
        ("OfficeSucceeded A 12:00 successor=X; OfficeSucceeded X 12:30 successor=V", []),
        ("OfficeSucceeded V 12:00 successor=A", []),
        ("OfficeSucceeded A 12:00 successor=X", ["MISROUTED P1 15:05-"]),
    ],
)
def test_a_pouch_for_the_old_centre_is_at_home_at_the_new_one_once_they_are_one_party(
    told: Tell, merger: str, flags: list[str]
) -> None:
    day = told(f"{UNDER_WAY} {merger}")
    assert day.flags == flags
    assert day.chain() == [  # the old name stays on the old links
        "A verified 08:00-08:35",
        "c1 inferred 08:35-09:25",
        "D inferred 09:25-09:27",
        "D verified 09:27-13:15",
        "c1 inferred 13:15-15:05",
        "V inferred 15:05-15:07",
        "V verified 15:07-",
    ]


def test_what_was_known_before_the_decision_stays_what_was_known(told: Tell) -> None:
    day = f"{UNDER_WAY} {SINCE_NOON}"
    assert told(day, known_at="16:00").flags == ["MISROUTED P1 15:05-"]
    assert told(day, known_at="17:00").flags == []


def test_nothing_that_crosses_the_day_of_a_merger_needs_a_handoff(told: Tell) -> None:
    desk = "Registered A 08:00; OfficeSucceeded A 12:00 successor=V;"
    moved = told(
        f"{desk} Moved V 13:00 place=shelf; Moved A 13:30"
    )  # a late scan of the old station
    assert moved.flags == []
    assert moved.chain() == [
        "A verified 08:00-13:00",
        "V verified 13:00-13:30 at shelf",
        "A verified 13:30-",
    ]
    sent = told(f"{desk} Released V 13:00 counterpart=c1 D1; Accepted c1 13:05 D1", now="18:00")
    assert sent.flags == []
    both = f"{desk} OfficeSucceeded B 12:00 successor=V; Moved B 13:00"
    assert told(both).flags == []  # B and A are one party by now
    assert told(both.replace("B 12:00", "B 13:30")).flags == ["NOT_RELEASED D1 13:00-"]


def test_a_result_is_finished_at_the_successors_desk(told: Tell) -> None:
    story = "Registered A 08:00; Moved D 09:00; ResultIssued D 10:00; Accepted V 15:00 D1"
    alone, merged = told(story), told(f"{story}; OfficeSucceeded A 12:00 successor=V")
    assert alone.dossier().finished_us is None
    assert merged.dossier().finished_us is not None


def test_the_slow_fold_says_the_same_of_a_merger_that_was_entered_late(
    stated: Callable[[str], list[Any]],
) -> None:
    facts = stated(f"{UNDER_WAY} {SINCE_NOON}")
    for minutes in (None, -60, -200, -600):
        as_of_us = None if minutes is None else facts[-1].at_us + minutes * MINUTE_US
        fast = fold_facts(facts, as_of_us=as_of_us).to_json()
        assert slow_fold(facts, as_of_us=as_of_us) == fast
