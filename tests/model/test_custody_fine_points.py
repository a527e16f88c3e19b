"""Fine points of the rules that other stories pass by; a mutant of the fold survived each."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.model.custody_state import NO_MILESTONES
from domain.model.instants import parse_instant

Tell = Callable[..., Any]
NINE_US = parse_instant("2026-03-02T09:00:00+07:00")
ROUND = (
    "Registered A 08:00; Packed A 09:00 P1; Sealed A 09:05 seal=S1 to=B; Released A 09:10;"
    "Accepted c1 09:12; Released c1 09:58; Accepted B 10:00 seal=S1; Unsealed B 10:01;"
)


def test_a_pouch_refused_late_was_waiting_too_long_until_then(told: Tell) -> None:
    assert told("Packed A 08:00 P1; Released A 09:00; Refused c1 10:00").flags == [
        "UNKNOWN_CODE D1 08:00-",
        "NOT_ACCEPTED P1 09:30-10:00",
        "REFUSED P1 10:00-",
    ]


def test_two_successions_make_two_parties(told: Tell) -> None:
    merged = "Registered A 08:00; OfficeSucceeded A 08:10 successor=B; "
    other = f"{merged} OfficeSucceeded C 08:20 successor=E; "
    assert told(f"{other} Received B 09:00").flags == []
    assert told(f"{other} Received E 09:00").flags == ["NOT_RELEASED D1 09:00-"]
    assert told(f"{other} Received C 09:00").flags == ["NOT_RELEASED D1 09:00-"]


def test_what_was_seen_in_one_receipt_is_awaited_anew_in_the_next(told: Tell) -> None:
    again = (
        f"{ROUND} Received B 10:03; Closed B 10:05; Packed B 11:00 P1; Sealed B 11:05 seal=S2 to=A;"
        "Released B 11:10; Accepted c1 11:12; Released c1 11:58; Accepted A 12:00 seal=S2;"
        "Unsealed A 12:01; Attested A 12:02 holder=c2; Received A 12:03 pouch=P1"
    )
    assert told(again).flags == []


@pytest.mark.parametrize(
    ("act", "word"),
    [("Withdrawn", "withdrawn"), ("Stopped", "stopped"), ("RefusedAtIntake", "refused")],
)
def test_a_dossier_that_ends_without_a_result_says_how_and_when(
    told: Tell, act: str, word: str
) -> None:
    ended = told(f"Registered A 08:00; {act} A 09:00; Withdrawn A 09:30").dossier().milestones
    assert (ended.ended, ended.ended_us) == (word, NINE_US)
    assert not ended.online
    after = told(f"Registered A 08:00; ResultArrived A 08:30; {act} A 09:00").dossier().milestones
    assert (after.ended, after.ended_us) == (None, None)
    unknown = told(f"{act} A 09:00").dossier().milestones
    assert (unknown.ended, unknown.ended_us) == (None, None)


def test_a_window_remembers_how_it_was_applied_for_first_issued_and_rated(told: Tell) -> None:
    online = "Registered A 08:00 paper=none; "
    assert told(online).dossier().milestones.online
    issued = told(f"{online} ResultIssued B 09:00; ResultIssued B 09:10").dossier().milestones
    assert (issued.online, issued.issued_us) == (True, NINE_US)
    rated = f"{online} Rated A 09:00 reason=good; Rated A 09:10 reason=poor; Rated A 09:20"
    assert told(rated).dossier().milestones.rating == "poor"
    anew = f"{rated}; Returned A 10:00; Registered A 11:00"
    assert told(anew).dossier().milestones == NO_MILESTONES
    assert told("Rated A 09:00 reason=good").dossier().milestones == NO_MILESTONES
