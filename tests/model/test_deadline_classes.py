"""Classes of the finished and the open, leg budgets, and which terms can be counted at all."""

from datetime import datetime
from typing import Any

import pytest

from adapters.reference_data.calendar import national_table
from domain.model.deadline import (
    BadTerm,
    Term,
    UnknownUnit,
    classify,
    classify_open,
    elapsed,
    leg_due,
    near_from,
)
from domain.model.instants import HO_CHI_MINH, micros
from domain.model.office_hours import OutOfCalendar
from domain.model.working_time import Calendar, to_minute


def calendar(*shifts: tuple[str, str]) -> Calendar:
    usual = (("07:30", "11:30"), ("13:00", "17:00"))
    return Calendar(national_table(), hours=shifts or usual)


def minute(text: str) -> int:
    return to_minute(micros(datetime.fromisoformat(text).replace(tzinfo=HO_CHI_MINH)))


def test_a_whole_number_written_as_a_decimal_is_whole() -> None:
    assert Term("working_day", 5.0).day_like
    assert not Term("working_day", 5.5).day_like


@pytest.mark.parametrize(
    ("finished", "day_term", "hour_term", "strict_day_term"),
    [
        ("2026-03-11T23:59", "truoc_han", "truoc_han", "truoc_han"),
        ("2026-03-12T00:00", "dung_han", "dung_han", "dung_han"),
        ("2026-03-12T17:00", "dung_han", "dung_han", "dung_han"),
        ("2026-03-12T17:01", "dung_han", "qua_han", "qua_han"),
        ("2026-03-12T23:59", "dung_han", "qua_han", "qua_han"),
        ("2026-03-13T00:00", "qua_han", "qua_han", "qua_han"),
    ],
)
def test_a_finished_dossier_is_early_on_time_or_late_by_date_or_by_minute(
    finished: str, day_term: str, hour_term: str, strict_day_term: str
) -> None:
    asked: Any = {"due_minute": minute("2026-03-12T17:00"), "finished_minute": minute(finished)}
    assert classify(day_like=True, **asked) == day_term
    assert classify(day_like=False, **asked) == hour_term
    assert classify(day_like=True, strict=True, **asked) == strict_day_term
    assert classify(day_like=False, strict=True, **asked) == hour_term


@pytest.mark.parametrize(
    ("now", "day_term", "strict"),
    [
        ("2026-03-12T11:29", "within", "within"),
        ("2026-03-12T11:30", "near", "near"),
        ("2026-03-12T17:00", "near", "near"),
        ("2026-03-12T17:01", "near", "overdue"),
        ("2026-03-13T00:00", "overdue", "overdue"),
    ],
)
def test_an_open_dossier_is_near_with_240_working_minutes_left(
    now: str, day_term: str, strict: str
) -> None:
    at, end = calendar(), minute("2026-03-12T17:00")
    asked: Any = {"day_like": True, "due_minute": end}
    assert classify_open(at, minute(now), **asked) == day_term
    assert classify_open(at, minute(now), strict=True, **asked) == strict
    assert (minute(now) >= near_from(at, end)) == (
        elapsed(at, minute(now), max(end, minute(now))) <= 240
    )


def test_an_open_dossier_without_a_due_date_is_paused() -> None:
    state = classify_open(calendar(), minute("2026-03-12T17:01"), day_like=True, due_minute=None)
    assert state == "paused"


def test_a_leg_ends_with_its_budget_on_the_receiver_s_calendar_or_with_the_dossier() -> None:
    receiver = calendar(("07:00", "11:30"), ("13:30", "17:00"))
    asked = {"budget_minutes": 120}
    scanned, end = minute("2026-03-05T16:00"), minute("2026-03-06T10:00")
    within = leg_due(receiver, scanned, dossier_due=end, **asked)
    assert within.due_minute == minute("2026-03-06T08:00")
    assert leg_due(receiver, scanned, dossier_due=None, **asked).due_minute == minute(
        "2026-03-06T08:00"
    )
    early = minute("2026-03-06T07:30")
    assert leg_due(receiver, scanned, dossier_due=early, **asked).due_minute == early


@pytest.mark.parametrize("budget", [0, -1, True, "60", None])
def test_a_leg_without_a_positive_budget_is_refused(budget: Any) -> None:
    with pytest.raises(BadTerm):
        leg_due(calendar(), minute("2026-03-05T16:00"), budget_minutes=budget, dossier_due=None)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("working_day", None),
        ("working_day", 0),
        ("working_day", -1),
        ("working_day", True),
        ("working_day", "5"),
        ("working_hour", float("nan")),
        ("working_hour", float("inf")),
        ("working_day", 1e12),
        ("calendar_day", 1.5),
        ("same_day", 1),
    ],
)
def test_a_term_that_nobody_can_count_is_refused(unit: str, value: Any) -> None:
    with pytest.raises(BadTerm):
        Term(unit, value)


@pytest.mark.parametrize("unit", ["week", "", None, ["working_day"], 5])
def test_a_unit_that_is_none_is_refused(unit: Any) -> None:
    with pytest.raises(UnknownUnit):
        Term(unit, 1)


def test_a_dossier_due_outside_the_calendar_is_refused_for_a_leg() -> None:
    with pytest.raises(OutOfCalendar):
        leg_due(calendar(), minute("2026-03-05T16:00"), budget_minutes=5, dossier_due=-(10**9))
