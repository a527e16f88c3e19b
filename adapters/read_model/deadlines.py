"""When a dossier is due and when its class turns, as the projection stores it.

Composition makes a `DueOf` from procedures and calendars with `deadline`; the refold asks it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.model.deadline import Term, classify, due, elapsed
from domain.model.instants import MINUTE_US, Micros
from domain.model.working_time import Calendar, Minute
from domain.ports.views import Standing

NEAR_MINUTES = 240  # working minutes left, as the reports of the centres count it
_MOST_DAYS_BACK = 60  # no run of days off is longer, so 240 open minutes lie within


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which promise: of which office, on which versions, from which receipt on."""

    office: str
    procedure: str
    procedure_version: int
    calendar_version: str
    start_us: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """`due_us` is printed and counted down to; late is who is not finished at `overdue_from_us`.

    From `near_from_us` on at most 240 working minutes are left.
    """

    due_us: Micros
    late_after_us: Micros
    near_from_us: Micros
    overdue_from_us: Micros
    day_like: bool
    provisional: bool
    calendar_version: str


DueOf = Callable[[Question], Deadline | None]
"""Depends on the question alone, or a rebuilt model would differ (L4); None where it is unknown."""


def deadline(
    calendar: Calendar,
    term: Term,
    *,
    start_us: Micros,
    calendar_version: str,
    cutoff: Minute | None = None,
) -> Deadline | None:
    """The deadline of a dossier without pauses; None while an open pause holds it."""
    answer = due(calendar, start_us // MINUTE_US, term, cutoff=cutoff)
    if answer.due_minute is None or answer.late_after_minute is None:
        return None
    late_after_us = answer.late_after_minute * MINUTE_US
    return Deadline(
        due_us=answer.due_minute * MINUTE_US,
        late_after_us=late_after_us,
        near_from_us=near_from(calendar, answer.due_minute) * MINUTE_US,
        # A day term ends with its date; an hour term is exceeded from the next minute on.
        overdue_from_us=late_after_us if term.day_like else late_after_us + MINUTE_US,
        day_like=term.day_like,
        provisional=answer.provisional,
        calendar_version=calendar_version,
    )


def near_from(calendar: Calendar, due_minute: Minute, *, minutes: int = NEAR_MINUTES) -> Minute:
    """The first minute at which at most `minutes` open minutes are left until due."""
    low, high = due_minute - _MOST_DAYS_BACK * 1440, due_minute
    while low < high:
        middle = (low + high) // 2
        if elapsed(calendar, middle, due_minute) <= minutes:
            high = middle
        else:
            low = middle + 1
    return low


def finished_standing(promise: Deadline, finished_us: Micros) -> Standing:
    """Early, on time or late, once the result is ready."""
    return _WORDS[
        classify(
            day_like=promise.day_like,
            due_minute=promise.due_us // MINUTE_US,
            finished_minute=finished_us // MINUTE_US,
        )
    ]


_WORDS = {
    "truoc_han": Standing.EARLY,
    "dung_han": Standing.ON_TIME,
    "qua_han": Standing.LATE,
}
