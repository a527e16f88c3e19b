"""A code kept in an event is from a list, or too short for a name with a number."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.model.discrepancy import BadReason
from domain.model.errors import BadCode, NotFound
from domain.model.identifiers import checked_reason
from domain.use_cases.maintain_calendars import DayException

NAMED = "Nguyen-Van-An-0987654321"
Decide = Callable[[Any, str, str], Any]
DECISIONS: dict[str, Decide] = {
    "supplement": lambda centre, label, cause: centre.decide.request_supplement(
        label, cause=cause, text=None, actor=centre.clerk
    ),
    "waived": lambda centre, label, cause: centre.decide.fee_waived(
        label, cause=cause, actor=centre.clerk
    ),
    "reappoint": lambda centre, label, cause: centre.decide.reappoint(
        label, cause=cause, apology="Xin lỗi.", actor=centre.supervisor
    ),
    "confirm": lambda centre, label, cause: centre.decide.confirm_appointment(
        label, cause=cause, actor=centre.supervisor
    ),
    "apologise": lambda centre, label, cause: centre.decide.apologise(
        label, cause=cause, apology="Xin lỗi.", actor=centre.supervisor
    ),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("cause", [NAMED, "", "Nguyen-Van-An"])
def test_a_cause_is_one_of_those_that_the_page_offers(
    centre: Any, decide: Decide, cause: str
) -> None:
    label = centre.register().label
    centre.write(lambda: centre.decide.request_fee(label, amount_vnd=1_000, actor=centre.clerk))
    centre.write(lambda: centre.decide.fee_paid(label, actor=centre.clerk))
    with pytest.raises(BadReason):
        centre.write(lambda: decide(centre, label, cause))
    assert [fact.fact for fact in centre.facts(label)] == ["Registered", "FeeRequested", "FeePaid"]


def test_a_piece_is_one_of_those_that_the_procedure_asks_for(centre: Any) -> None:
    label = centre.register().label

    def stick(kind: str) -> str:
        acts = centre.house.stick_labels
        return str(
            centre.write(lambda: acts.label_piece(label, piece=None, kind=kind, actor=centre.clerk))
        )

    for kind in (NAMED, "to-khai", ""):
        with pytest.raises(NotFound):
            stick(kind)
    assert stick("don")[0] == "6"


def test_a_reason_of_a_centres_own_has_no_room_for_a_name_with_a_number(centre: Any) -> None:
    for kept in ("bao", "bao-so-9", "2026-03-10", "qd-12", "bad_weather", "x" * 24):
        assert checked_reason(kept) == kept
    for refused in (NAMED, "0987654321", "an-098765", "x" * 25, "vì bão", ""):
        with pytest.raises(BadCode):
            checked_reason(refused)
    closed = DayException(date="2026-03-10", kind="off", reason=NAMED)
    with pytest.raises(BadCode):
        centre.write(lambda: centre.calendars.except_day("TTHC", closed, actor=centre.admin))
