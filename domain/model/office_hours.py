"""What people write about working time: dates, times of day, shifts and seasons, read and checked.

Used by `working_time`, and by whoever takes a calendar, a cut-off or a date from outside. Days are
indices from 2000-01-01, times of day are minutes after midnight, both local.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from domain.model.errors import Refusal
from domain.model.instants import Micros, parse_local

Day = int  # since FIRST_DATE, local

DAY_MINUTES = 1440
# Wide enough for every dossier on paper and every term in law; beyond it a date is a slip.
FIRST_DATE = date(2000, 1, 1)
LAST_DATE = date(2099, 12, 31)
DAYS = (LAST_DATE - FIRST_DATE).days + 1

MOST_SHIFTS = 8  # a day of shifts, written by a person
MOST_SEASONS = 12  # one a month
_LONGEST_ECHO = 40
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{2}):([0-5][0-9])")
_SEASON = re.compile(r"([0-9]{2}-[0-9]{2})\.\.([0-9]{2}-[0-9]{2})")
_WHOLE_YEAR = "01-01..12-31"
_LEAP_YEAR = 2000  # every date that a season can name exists in it, and its days are 0 to 365
_FEBRUARY_29 = 59
_NOWHERE = 255


class BadCalendar(Refusal):
    """A table, profile or set of overrides that contradicts itself; values: field, why."""

    code = "BAD_CALENDAR"


class BadDate(Refusal):
    """Not a date YYYY-MM-DD; values: text."""

    code = "BAD_DATE"


class BadTime(Refusal):
    """Not a time of day HH:MM; values: text."""

    code = "BAD_TIME"


class ShiftOverlap(Refusal):
    """Two shifts of one date share minutes; values: shift, before."""

    code = "SHIFT_OVERLAP"


class ShiftCrossesDay(Refusal):
    """A shift that does not open and close, in this order, on one date; values: shift."""

    code = "SHIFT_CROSSES_DAY"


class SeasonsUnfit(Refusal):
    """Seasons that leave a date out or name it twice; values: date, why."""

    code = "SEASONS_UNFIT"


class OutOfCalendar(Refusal):
    """A time before 2000 or after 2099, or a count that ends there; values: first, last."""

    code = "OUT_OF_CALENDAR"

    def __init__(self, **values: object) -> None:
        super().__init__(first=FIRST_DATE.isoformat(), last=LAST_DATE.isoformat(), **values)


def date_of(day: Day) -> date:
    """The date of a day."""
    return FIRST_DATE + timedelta(days=day)


def day_start_us(text: str) -> Micros:
    """The beginning of `2026-03-05` in Vietnam; raises `BadDate`, `OutOfCalendar`."""
    return parse_local(f"{date_of(parse_day(text))}T00:00")


def parse_day(text: object) -> Day:
    """Read `2026-03-05`; raises `BadDate`, `OutOfCalendar`."""
    if not isinstance(text, str):
        raise BadDate(text=str(text)[:_LONGEST_ECHO])
    return _read_day(text)


@lru_cache(maxsize=8192)  # the same dates come back in calendar after calendar
def _read_day(text: str) -> Day:
    if not _DATE.fullmatch(text):
        raise BadDate(text=text[:_LONGEST_ECHO])
    try:
        day = (date.fromisoformat(text) - FIRST_DATE).days
    except ValueError:
        raise BadDate(text=text) from None
    if not 0 <= day < DAYS:
        raise OutOfCalendar(date=text)
    return day


def parse_time(text: object) -> int:
    """Read `15:00` as minutes after midnight; raises `BadTime`, `ShiftCrossesDay` from 24:00."""
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise BadTime(text=str(text)[:_LONGEST_ECHO])
    minutes = int(found[1]) * 60 + int(found[2])
    if minutes >= DAY_MINUTES:
        raise ShiftCrossesDay(shift=text)
    return minutes


Shifts = tuple[tuple[int, int], ...]  # [open, close) in minutes after midnight, in order


def parse_shifts(given: object) -> Shifts:
    """Read `[["07:30","11:30"],["13:00","17:00"]]` in any order.

    Raises `BadCalendar`, `BadTime`, `ShiftCrossesDay`, `ShiftOverlap`.
    """
    if not isinstance(given, list | tuple) or len(given) > MOST_SHIFTS:
        raise BadCalendar(field="hours", why="not a list of shifts")
    shifts = []
    for shift in given:
        if not isinstance(shift, list | tuple) or len(shift) != 2:
            raise BadCalendar(field="hours", why="a shift is [open, close]")
        opens, closes = parse_time(shift[0]), parse_time(shift[1])
        if opens >= closes:
            raise ShiftCrossesDay(shift=f"{shift[0]}-{shift[1]}")
        shifts.append((opens, closes))
    shifts.sort()
    for (_, closes), (opens, _) in pairwise(shifts):
        if opens < closes:
            raise ShiftOverlap(shift=_clock(opens), before=_clock(closes))
    return tuple(shifts)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class Hours(NamedTuple):
    """A profile: shifts by season; `by_date[i]` is the season of the i-th date of a leap year."""

    seasons: tuple[Shifts, ...]
    by_date: bytes


Written = tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]  # spans with their shifts, in order


def written_hours(given: object) -> Written:
    """A PROFILE as a value that can be compared and looked up; raises `BadCalendar` for none.

    A PROFILE is a list of shifts, or `{"04-01..10-31": […], "11-01..03-31": […]}`.
    """
    seasons: Mapping[str, Any] = given if isinstance(given, Mapping) else {_WHOLE_YEAR: given}
    try:
        written = tuple(sorted((span, tuple(map(tuple, day))) for span, day in seasons.items()))
        hash(written)
    except TypeError:
        raise BadCalendar(field="hours", why="neither shifts nor seasons of shifts") from None
    return written


def read_hours(written: Written) -> Hours:
    """The seasons cover the year exactly once; 29 February may be left to the season of the 28th.

    Raises what `parse_shifts` raises, `BadDate`, and `SeasonsUnfit`.
    """
    if not 0 < len(written) <= MOST_SEASONS:
        raise BadCalendar(field="hours", why="no season or too many")
    by_date = bytearray([_NOWHERE] * 366)
    for number, (span, _) in enumerate(written):
        for i in _season_dates(span):
            if by_date[i] != _NOWHERE:
                raise SeasonsUnfit(date=_in_leap_year(i), why="twice")
            by_date[i] = number
    if by_date[_FEBRUARY_29] == _NOWHERE:
        by_date[_FEBRUARY_29] = by_date[_FEBRUARY_29 - 1]
    if (gap := by_date.find(_NOWHERE)) >= 0:
        raise SeasonsUnfit(date=_in_leap_year(gap), why="left out")
    shifts = tuple(parse_shifts(day) for _, day in written)
    if not all(shifts):
        raise BadCalendar(field="hours", why="a season without a shift")
    return Hours(shifts, bytes(by_date))


def _season_dates(span: str) -> Iterable[int]:
    found = _SEASON.fullmatch(span)
    if not found:
        raise BadDate(text=span[:_LONGEST_ECHO])
    first, last = (parse_day(f"{_LEAP_YEAR}-{end}") for end in found.groups())
    return range(first, last + 1) if first <= last else (*range(first, 366), *range(last + 1))


def _in_leap_year(i: int) -> str:
    return date_of(i).isoformat()[5:]
