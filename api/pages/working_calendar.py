"""The working calendar in force as a picture of a year: which dates count, which hours run."""

from calendar import Calendar as Weeks
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import may
from api.house import house_of
from api.pages.render import page
from domain.model.errors import NotFound
from domain.model.explanation import vietnamese_reason
from domain.model.instants import local
from domain.model.office_hours import FIRST_DATE, LAST_DATE, Day
from domain.model.policy import Act, Actor
from domain.model.working_time import Calendar, Shape

router = APIRouter(include_in_schema=False)
_SATURDAY = 5
_WEEKS = Weeks()  # from Monday


@dataclass(frozen=True, slots=True)
class Cell:
    """A date: `kind` is work, weekend, off, makeup, session or hours.

    `why` where it is no usual one; `own_source`: the office itself has decided so.
    """

    date: date
    kind: str
    hours: str
    why: str = ""
    source: str = ""
    own_source: bool = False


@router.get("/calendar")
def working_calendar(
    request: Request,
    actor: Annotated[Actor, may(Act.READ_CALENDAR)],
    office: Annotated[str, Query(max_length=80)] = "",
    year: Annotated[int | None, Query(ge=FIRST_DATE.year, le=LAST_DATE.year)] = None,
) -> Response:
    """A year of one office, by the calendar that deadlines are counted with now."""
    house = house_of(request)
    code = office or actor.office
    if code not in house.reference.offices():
        code = next(iter(sorted(house.reference.offices())), "")
    found = house.calendars.at(code, None)
    if found is None:
        raise NotFound(what="office", code=code)
    calendar, version = found
    shown = local(house.clock.now_us()).year if year is None else year
    first, last = _number(date(shown, 1, 1)), _number(date(shown, 12, 31))
    own = house.reference.offices()[code].reasons
    months = [list(_month(calendar, own, shown, month)) for month in range(1, 13)]
    special = [
        cell
        for weeks in months
        for week in weeks
        for cell in week
        if cell is not None and cell.kind in {"off", "makeup", "hours"}
    ]
    return page(
        request,
        "calendar.html",
        office=code,
        offices=sorted(house.reference.offices()),
        year=shown,
        months=months,
        special=special,
        version=version,
        provisional=calendar.table.provisional(first, last),
        vietnamese=vietnamese_reason,
        counted=sum(calendar.shape(day).counted for day in range(first, last + 1)),
    )


def _month(
    calendar: Calendar, own: Mapping[str, str], year: int, month: int
) -> Iterator[list[Cell | None]]:
    """Its weeks; None where another month's day would stand."""
    for week in _WEEKS.monthdatescalendar(year, month):
        yield [_cell(calendar, own, day) if day.month == month else None for day in week]


def _cell(calendar: Calendar, own: Mapping[str, str], day: date) -> Cell:
    """`own`: the reasons of the office's exceptions, by date; they go before the table's."""
    number = _number(day)
    shape, row = calendar.shape(number), calendar.table.rows.get(number)
    hours, weekend = _hours(shape), day.weekday() >= _SATURDAY
    if number in calendar.overrides:
        kind = "off" if not shape.counted else "makeup" if weekend else "hours"
        return Cell(day, kind, hours, own.get(day.isoformat(), ""), own_source=True)
    if row is not None:
        kind = "makeup" if row.kind == "work" else "off"
        return Cell(day, kind, hours, row.reason, row.source)
    if not weekend:
        return Cell(day, "work", hours)
    return Cell(day, "session" if shape.minutes else "weekend", hours)


def _hours(shape: Shape) -> str:
    return " ".join(
        f"{opens // 60:02d}:{opens % 60:02d}–{closes // 60:02d}:{closes % 60:02d}"
        for opens, closes in shape.shifts
    )


def _number(day: date) -> Day:
    return (day - FIRST_DATE).days
