"""Calendars as tables laid over those in use: all rows or none; used by import.

A row that is so already changes nothing. A row that is left out of an office's table takes nothing
away: an exception is lifted by a row that says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.model.calendar import DateTwice, DayOf, UnknownDayKind, check_days
from domain.model.errors import BadCode, Refusal
from domain.model.office import HoursOverlap, Office
from domain.model.office_hours import (
    BadCalendar,
    BadTime,
    SeasonsUnfit,
    ShiftCrossesDay,
    ShiftOverlap,
    written_hours,
)
from domain.model.sheet import RowProblem, SheetRefused

# Kinds of an office's rows: first hours, hours or Saturdays from a date, an exception, its end.
BASE, FROM, OFF, WORK, HOURS, RESTORE = "base", "from", "off", "work", "hours", "restore"
KINDS = (BASE, FROM, OFF, WORK, HOURS, RESTORE)


class BaseHoursStand(Refusal):
    """The hours an office began with are not edited: others follow from a date."""

    code = "BASE_HOURS_STAND"


@dataclass(frozen=True, slots=True)
class DayRow:
    """One date of a national table, as written on that line."""

    line: int
    day: DayOf


@dataclass(frozen=True, slots=True)
class HoursRow:
    """One line of an office's working time; `shifts` is a PROFILE, None where none is written."""

    line: int
    kind: str
    date: str = ""
    shifts: Any = None
    saturday: str = ""
    reason: str = ""


def table_of(rows: Sequence[DayRow], problems: Iterable[RowProblem]) -> list[DayOf]:
    """A whole national table; raises `SheetRefused` with every row that contradicts."""
    found = list(problems)
    seen: set[str] = set()
    for row in rows:
        try:
            check_days([row.day])
            if row.day.date in seen:
                raise DateTwice(date=row.day.date)
        except Refusal as refusal:
            found.append(RowProblem(row.line, _column(refusal), refusal))
        seen.add(row.day.date)
    if found:
        raise SheetRefused(found)
    return [row.day for row in rows]


def lay_hours(
    rows: Sequence[HoursRow], problems: Iterable[RowProblem], *, over: Office, timestamp: datetime
) -> list[HoursRow]:
    """The rows that change the office, which is changed in place; raises `SheetRefused`."""
    found = list(problems)
    changes = []
    for row in sorted(rows, key=lambda row: (row.kind == RESTORE, row.date)):
        try:
            if not _says(over.calendar, row):
                _change(over, row, timestamp)
                changes.append(row)
        except Refusal as refusal:
            found.append(RowProblem(row.line, _column(refusal), refusal))
    if found:
        raise SheetRefused(found)
    return changes


def _change(office: Office, row: HoursRow, timestamp: datetime) -> None:
    match row.kind:
        case "base":
            raise BaseHoursStand
        case "from":
            _change_from(office, row, timestamp)
        case "restore":
            office.restore_day(date=row.date, reason=row.reason, timestamp=timestamp)
        case _:
            office.except_day(
                date=row.date,
                kind=row.kind,
                shifts=row.shifts,
                reason=row.reason,
                timestamp=timestamp,
            )


def _change_from(office: Office, row: HoursRow, timestamp: datetime) -> None:
    """Whichever of hours and Saturdays the row writes and the office does not have."""
    if not _says_hours(office.calendar, row):
        office.set_hours(
            effective_from=row.date, hours=row.shifts, reason=row.reason, timestamp=timestamp
        )
    if not _says_saturday(office.calendar, row):
        office.set_saturday(
            effective_from=row.date, saturday=row.saturday, reason=row.reason, timestamp=timestamp
        )


def _says(calendar: Mapping[str, Any], row: HoursRow) -> bool:
    """Whether it is so already."""
    shifts = calendar.get("day_hours") or {}
    off, work = (row.date in (calendar.get(name) or ()) for name in ("extra_off", "extra_work"))
    same_shifts = _same(shifts.get(row.date), row.shifts)
    says: dict[str, Callable[[], bool]] = {
        BASE: lambda: (
            _same(calendar["hours"], row.shifts)
            and row.saturday in {"", calendar.get("saturday", "none")}
        ),
        FROM: lambda: _says_hours(calendar, row) and _says_saturday(calendar, row),
        OFF: lambda: off,
        WORK: lambda: work and same_shifts,
        HOURS: lambda: not work and row.date in shifts and same_shifts,
        RESTORE: lambda: not (off or work or row.date in shifts),
    }
    return says[row.kind]()


def _says_hours(calendar: Mapping[str, Any], row: HoursRow) -> bool:
    later = calendar.get("later_hours") or {}
    return row.shifts is None or (row.date in later and _same(later[row.date], row.shifts))


def _says_saturday(calendar: Mapping[str, Any], row: HoursRow) -> bool:
    later = calendar.get("later_saturday") or {}
    return row.saturday in {"", later.get(row.date)}


def _same(standing: Any, given: Any) -> bool:
    if standing is None or given is None:
        return standing is given
    return written_hours(standing) == written_hours(given)


def rows_of(calendar: Mapping[str, Any]) -> list[HoursRow]:
    """A calendar as the rows that `lay_hours` finds to be so already."""
    shifts = calendar.get("day_hours") or {}
    off, work = (calendar.get(name) or () for name in ("extra_off", "extra_work"))
    base = HoursRow(0, BASE, shifts=calendar["hours"], saturday=calendar.get("saturday", "none"))
    hours, saturday = (calendar.get(name) or {} for name in ("later_hours", "later_saturday"))
    later = [
        HoursRow(0, FROM, date, hours.get(date), saturday.get(date, ""))
        for date in sorted({*hours, *saturday})
    ]
    excepted = [HoursRow(0, OFF, date) for date in off]
    excepted += [HoursRow(0, WORK, date, shifts.get(date)) for date in work]
    excepted += [HoursRow(0, HOURS, date, shifts[date]) for date in shifts if date not in work]
    return [base, *later, *sorted(excepted, key=lambda row: row.date)]


_COLUMNS: Mapping[type[Refusal], str] = {
    BadTime: "shifts",
    BaseHoursStand: "kind",
    HoursOverlap: "date",
    SeasonsUnfit: "shifts",
    ShiftCrossesDay: "shifts",
    ShiftOverlap: "shifts",
    UnknownDayKind: "kind",
}


def _column(refusal: Refusal) -> str:
    match refusal:
        case BadCode():
            return "reason"
        case BadCalendar(values={"field": "hours" | "shifts"}):
            return "shifts"
        case BadCalendar(values={"field": "saturday"}):
            return "saturday"
        case BadCalendar():
            return "reason"
        case _:
            return _COLUMNS.get(type(refusal), "date")
