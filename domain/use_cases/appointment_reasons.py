"""Why an appointment is no longer its due: which dates count otherwise, what was waited for.

Used by the page and the command that list appointments to confirm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.model.instants import MINUTE_US
from domain.model.office import Office
from domain.model.office_hours import Day, Shifts, date_of
from domain.model.working_time import Calendar, Shape, split
from domain.ports.views import AppointmentToConfirm
from domain.use_cases.office_calendars import Calendars

MOST_CHANGES = 3  # named in a line; other hours from a date on change every day after it
MOST_DAYS_COMPARED = 400  # a year and more: longer terms are named by their first changes

Kind = Literal["off", "work", "hours"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A date (YYYY-MM-DD) that now counts otherwise; `reason` is empty where none was given."""

    date: str
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The first dates that changed between receipt and the later end, and how many more did."""

    changed: tuple[Changed, ...]
    more: int
    waited_for: tuple[str, ...]


def why_moved(
    row: AppointmentToConfirm, calendars: Calendars, offices: Mapping[str, Office]
) -> Moved:
    """What lies between the calendar of the promise and that of the due; nothing if unknown."""
    before = calendars.version(row.promise_calendar_version)
    after = calendars.version(row.calendar_version)
    if before is None or after is None or before is after:
        return Moved((), 0, row.waited_for)
    days = list(_changed_days(before, after, row))
    office = offices.get(row.office)
    reasons = {} if office is None else office.reasons
    return Moved(
        tuple(_changed(day, before, after, reasons) for day in days[:MOST_CHANGES]),
        max(0, len(days) - MOST_CHANGES),
        row.waited_for,
    )


def _changed_days(before: Calendar, after: Calendar, row: AppointmentToConfirm) -> Iterator[Day]:
    first, _ = split(row.received_us // MINUTE_US)
    last, _ = split(max(row.promised_us, row.due_us) // MINUTE_US)
    for day in range(first, min(last, first + MOST_DAYS_COMPARED) + 1):
        if _worked(before.shape(day)) != _worked(after.shape(day)):
            yield day


def _worked(shape: Shape) -> tuple[bool, Shifts, int]:
    """What of a date a deadline may meet: no term ends on a date that is not counted."""
    return shape.counted, shape.shifts, shape.close if shape.counted else 0


def _changed(day: Day, before: Calendar, after: Calendar, reasons: Mapping[str, str]) -> Changed:
    date = date_of(day).isoformat()
    national = after.table.rows.get(day)
    if day in after.overrides:
        reason = reasons.get(date, "")
    elif national != before.table.rows.get(day):
        reason = "" if national is None else national.reason
    else:
        reason = ""
    return Changed(date, _kind(before.shape(day), after.shape(day)), reason)


def _kind(was: Shape, now: Shape) -> Kind:
    if was.counted == now.counted:
        return "hours" if now.shifts else "off"
    return "work" if now.counted else "off"
