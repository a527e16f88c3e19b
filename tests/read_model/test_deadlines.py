"""What the projection stores of a deadline: the instants at which a dossier's class turns."""

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.read_model.deadlines import (
    Deadline,
    Question,
    ReferenceDeadlines,
    dated,
    deadline,
    finished_standing,
)
from adapters.reference_data.calendar import national_table
from domain.model.deadline import Rule, Term
from domain.model.decision import moment
from domain.model.instants import parse_instant
from domain.model.labels import Kind, Label
from domain.model.office import define_office
from domain.model.procedure import Procedure, Terms, introduce_procedure
from domain.model.working_time import calendar_from_json
from domain.ports.views import Standing
from domain.use_cases.office_calendars import Calendars

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


def _of_house(procedures: dict[str, Procedure]) -> ReferenceDeadlines:
    office = define_office(
        code="A",
        label=str(Label(Kind.PLACE, 90_001, 26, 1)),
        name_vi="A",
        name_en="A",
        calendar=_HOURS,
        timestamp=moment(0),
    )
    nothing: Any = SimpleNamespace(load=lambda _kind, _ids: {})
    calendars = Calendars(log=nothing, offices=lambda: {"A": office}, shipped=national_table())
    return ReferenceDeadlines(procedures=lambda: procedures, calendars=calendars)


@pytest.fixture
def procedures() -> dict[str, Procedure]:
    def made(code: str, unit: str) -> Procedure:
        terms = Terms(
            effective_from_us=0,
            title_vi="x",
            title_en="x",
            field="f",
            department="A",
            term_unit=unit,
            term_value=5,
            cutoff=None,
            supplement="pause",
            pieces=(),
            fee_vnd=0,
            legs_minutes=(),
            steps_minutes=(),
        )
        return introduce_procedure(code=code, terms=terms, timestamp=moment(0))

    return {"days": made("days", "working_day"), "hours": made("hours", "working_hour")}


def test_what_nobody_knows_has_no_deadline(procedures: dict[str, Procedure]) -> None:
    ask, start_us = _of_house(procedures), _at("2026-03-05T10:00")
    assert ask(Question("A", "days", 1, start_us)) is not None
    for office, procedure, version in (
        ("B", "days", 1),
        ("A", "none", 1),
        ("A", "days", 0),
        ("A", "days", 2),
    ):
        assert ask(Question(office, procedure, version, start_us)) is None
    assert ask(Question("A", "days", 1, 0)) is None
    assert ask(Question("A", "hours", 1, 0)) is None


def test_a_shared_answer_is_the_one_that_each_dossier_would_have_had(
    procedures: dict[str, Procedure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dossiers of one day share theirs, those after hours another, however few are kept."""
    monkeypatch.setattr("adapters.read_model.deadlines._MOST_DAYS_KEPT", 2)
    ask, calendar = _of_house(procedures), calendar_from_json(national_table(), _HOURS)
    rule = procedures["days"].versions[0].rule
    for clock in ("05T07:00", "05T16:59", "05T17:00", "06T17:00", "07T10:00", "05T07:00"):
        start_us = _at(f"2026-03-{clock}")
        found = ask(Question("A", "days", 1, start_us))
        assert found is not None
        alone = deadline(calendar, rule, start_us=start_us, calendar_version="x")
        assert alone is not None
        assert found == alone._replace(calendar_version=found.calendar_version)


def test_a_case_of_an_unknown_procedure_is_undated_until_it_is_finished() -> None:
    case = ("A", "none", 1, 0, "[]")
    running = dated(case, ("open", 0, None, None), lambda _question: None)
    finished = dated(case, ("returned", 0, 7, 7), lambda _question: None)
    assert (running.due_us, finished.finished_class) == (None, None)
    assert running.risk < finished.risk


def test_a_finished_dossier_without_a_due_is_a_fault_of_ours() -> None:
    held = _counted("2026-03-05T10:00", "working_day", 5)._replace(due_us=None)
    with pytest.raises(AssertionError):
        finished_standing(held, 0)
