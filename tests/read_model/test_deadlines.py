"""What the projection stores of a deadline: the instants at which a dossier's class turns."""

import pytest

from adapters.read_model.deadlines import Deadline, deadline, finished_standing
from adapters.reference_data.calendar import national_table
from domain.model.deadline import Rule, Term
from domain.model.instants import parse_instant
from domain.model.working_time import calendar_from_json
from domain.ports.views import Standing

_HOURS = {"hours": [["07:30", "11:30"], ["13:00", "17:00"]], "saturday": "none"}


def _counted(received: str, unit: str, value: float) -> Deadline:
    found = deadline(
        calendar_from_json(national_table(), _HOURS),
        Rule(Term(unit, value)),
        start_us=_at(received),
        calendar_version="A.1.x",
    )
    assert found is not None
    return found


def _at(text: str) -> int:
    return parse_instant(f"{text}:00+07:00")


def test_a_day_term_is_near_for_its_last_240_minutes_and_late_at_midnight() -> None:
    found = _counted("2026-03-05T10:00", "working_day", 5)
    assert found.due_us == _at("2026-03-12T17:00")
    assert found.near_from_us == _at("2026-03-12T11:30")  # lunch runs no minutes
    assert found.late_after_us == found.overdue_from_us == _at("2026-03-13T00:00")


def test_an_hour_term_is_exceeded_from_the_next_minute_on() -> None:
    found = _counted("2026-03-06T16:30", "working_hour", 2)
    assert found.due_us == found.late_after_us == _at("2026-03-09T09:00")
    assert found.overdue_from_us == _at("2026-03-09T09:01")
    assert (found.near_from_us or 0) < _at("2026-03-06T16:30")


@pytest.mark.parametrize(
    ("finished", "standing"),
    [
        ("2026-03-11T23:59", Standing.EARLY),
        ("2026-03-12T23:59", Standing.ON_TIME),
        ("2026-03-13T00:00", Standing.LATE),
    ],
)
def test_the_class_of_the_finished_turns_with_the_date(finished: str, standing: Standing) -> None:
    found = _counted("2026-03-05T10:00", "working_day", 5)
    assert finished_standing(found, _at(finished)) == standing


def test_a_start_outside_every_calendar_has_no_deadline() -> None:
    calendar = calendar_from_json(national_table(), _HOURS)
    rule = Rule(Term("working_day", 5))
    assert deadline(calendar, rule, start_us=0, calendar_version="A.1.x") is None
