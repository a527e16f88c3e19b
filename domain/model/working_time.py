"""Working time: which dates count and which minutes run, by bisection on arrays per calendar.

Used by `deadline` and `explanation`. Minutes are whole minutes since 1970-01-01 UTC. What depends
on the national table alone is built once per table, what depends on the hours once per profile; a
centre's overrides lie over both as a short sorted list, so that a calendar with overrides of its
own costs microseconds to make.
"""

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, Literal, NamedTuple, cast, get_args

from domain.model.errors import Refusal
from domain.model.instants import MINUTE_US, Micros
from domain.model.office_hours import (
    DAY_MINUTES,
    DAYS,
    FIRST_DATE,
    LAST_DATE,
    BadCalendar,
    Day,
    Hours,
    OutOfCalendar,
    Shifts,
    Written,
    date_of,
    parse_day,
    parse_shifts,
    read_hours,
    written_hours,
)

Minute = int  # since 1970-01-01 UTC
Saturday = Literal["none", "reception", "working"]
SATURDAYS = frozenset(get_args(Saturday))

LOCAL_OFFSET_MINUTES = 420  # +07:00, no daylight saving time
_ORIGIN: Final = (FIRST_DATE - date(1970, 1, 1)).days * DAY_MINUTES - LOCAL_OFFSET_MINUTES
_SPAN: Final = DAYS * DAY_MINUTES

MOST_OVERRIDES = 2_000  # in one calendar: twenty years of a hundred exceptions each
MOST_SHAPES = 256  # of one profile: a byte a day names the shape
_PROFILES_KEPT = 64  # built profiles, up to 1.5 MB each with their running sums
_CALENDAR_FIELDS = frozenset(
    "hours saturday extra_off extra_work day_hours later_hours later_saturday".split()
)


class EndBeforeStart(Refusal):
    """A stretch of time that ends before it starts; values: what."""

    code = "END_BEFORE_START"


def to_minute(instant_us: Micros) -> Minute:
    """The minute an instant lies in: instants are truncated to the minute on entry."""
    return instant_us // MINUTE_US


def to_us(minute: Minute) -> Micros:
    """The instant a minute begins."""
    return minute * MINUTE_US


def date_number(minute: Minute) -> int:
    """Days since 1970-01-01 on the wall calendar in Vietnam; any minute."""
    return (minute + LOCAL_OFFSET_MINUTES) // DAY_MINUTES


def split(minute: Minute) -> tuple[Day, int]:
    """The day a minute lies on, and its minutes after midnight; raises `OutOfCalendar`."""
    since = minute - _ORIGIN
    if not 0 <= since < _SPAN:
        raise OutOfCalendar
    return divmod(since, DAY_MINUTES)


def minute_at(day: Day, minutes_after_midnight: int) -> Minute:
    """The minute of a local time of day."""
    return _ORIGIN + day * DAY_MINUTES + minutes_after_midnight


class TableRow(NamedTuple):
    """One line of a national table: `kind` is `off` or `work`; who said so stands in `source`."""

    day: Day
    kind: str
    reason: str
    source: str


_CLOSED, _FULL, _SATURDAY = range(3)  # the kinds of days; a profile has a shape for each


class NationalTable:
    """Days off and worked Saturdays of the public sector, as arrays over all days.

    Years without a row are provisional: they have the weekly template only.
    Raises `BadCalendar` for a date named twice or an unknown kind.
    """

    def __init__(self, version: str, rows: Iterable[TableRow]) -> None:
        self.version = version
        self.rows: dict[Day, TableRow] = {}
        week = bytes([_FULL] * 5 + [_SATURDAY, _CLOSED]) * (DAYS // 7 + 2)
        kinds = bytearray(week[FIRST_DATE.weekday() :][:DAYS])
        for row in rows:
            if row.day in self.rows or row.kind not in {"off", "work"}:
                raise BadCalendar(field=date_of(row.day).isoformat(), why="twice or unknown kind")
            self.rows[row.day] = row
            kinds[row.day] = _FULL if row.kind == "work" else _CLOSED
        self.kinds = bytes(kinds)
        # counted_dates[n - 1] is the n-th counted date; counted_through[d] how many there are to d.
        # Numbers of four bytes each: as objects of their own they would take ten times the room.
        self.counted_dates = array("i", (day for day, kind in enumerate(kinds) if kind == _FULL))
        self.counted_through = array("i", accumulate(kind == _FULL for kind in kinds))
        known = {date_of(day).year for day in self.rows}
        provisional = (year not in known for year in _years())
        self._provisional_before = array("i", accumulate(provisional, initial=0))

    def provisional(self, first: Day, last: Day) -> bool:
        """Whether any day from first to last, both included, lies in a provisional year."""
        return self._provisional_before[last + 1] > self._provisional_before[first]


def _years() -> Iterable[int]:
    """The year of each day."""
    for year in range(FIRST_DATE.year, LAST_DATE.year + 1):
        yield from [year] * (date(year + 1, 1, 1) - date(year, 1, 1)).days


class Shape(NamedTuple):
    """What one date is: `counted` for day terms, `shifts` for the minute clock."""

    counted: bool
    shifts: Shifts
    minutes: int  # open in all
    gate: int  # receipts from this minute of the day on are after hours
    close: int  # a term due on this date ends here, also where its clock is closed


def _shape(*, counted: bool, shifts: Shifts, normal_close: int) -> Shape:
    gate = shifts[-1][1] if shifts else 0
    minutes = sum(closes - opens for opens, closes in shifts)
    return Shape(counted, shifts, minutes, gate, gate or normal_close)


class Profile:
    """One table with one unit's hours: a shape for every day, and running sums of open minutes."""

    def __init__(
        self, table: NationalTable, versions: Sequence[tuple[Day, Hours, Saturday]]
    ) -> None:
        """What a version says holds from its day on; what the first says for all days before."""
        self.table = table
        self._shapes: list[Shape] = []  # for each season one of each kind of day
        for _, hours, saturday in versions:
            for shifts in hours.seasons:
                close = shifts[-1][1]
                session = shifts[:1] if saturday == "working" else ()
                self._shapes += [
                    _shape(counted=False, shifts=(), normal_close=close),
                    _shape(counted=True, shifts=shifts, normal_close=close),
                    _shape(counted=False, shifts=session, normal_close=close),
                ]
        if len(self._shapes) > MOST_SHAPES:
            raise BadCalendar(field="hours", why="too many seasons in all")
        single = len(self._shapes) == 3
        self._numbers = table.kinds if single else _shape_numbers(table, versions)
        self._minutes_before = array("i")

    def shape(self, day: Day) -> Shape:
        """The date as table and hours have it."""
        return self._shapes[self._numbers[day]]

    def full(self, day: Day) -> Shape:
        """The date if it were a working day."""
        return self._shapes[self._numbers[day] // 3 * 3 + _FULL]

    def closed(self, day: Day) -> Shape:
        """The date if it were a day off."""
        return self._shapes[self._numbers[day] // 3 * 3 + _CLOSED]

    def minutes_before(self) -> Sequence[int]:
        """Open minutes before each day and, last, in all; built when an hour term first asks."""
        if not self._minutes_before:
            minutes = [shape.minutes for shape in self._shapes]
            running = accumulate(map(minutes.__getitem__, self._numbers), initial=0)
            self._minutes_before = array("i", running)
        return self._minutes_before


def _shape_numbers(table: NationalTable, versions: Sequence[tuple[Day, Hours, Saturday]]) -> bytes:
    """For each day the index of its shape, three to a season."""
    seasons = bytearray()
    offset = 0
    ends = [*(start for start, _, _ in versions[1:]), DAYS]
    for (start, hours, _), end in zip(versions, ends, strict=True):
        leap, common = hours.by_date, hours.by_date[:59] + hours.by_date[60:]
        years = range(FIRST_DATE.year, LAST_DATE.year + 1)  # 2000 is a leap year, 2100 lies beyond
        all_days = b"".join(common if year % 4 else leap for year in years)
        seasons += bytes(offset + number for number in all_days[start:end])
        offset += len(hours.seasons)
    return bytes(3 * season + kind for season, kind in zip(seasons, table.kinds, strict=True))


Versions = tuple[tuple[Day, Written, Saturday], ...]


@lru_cache(maxsize=_PROFILES_KEPT)
def _profile(table: NationalTable, versions: Versions) -> Profile:
    return Profile(table, [(day, read_hours(hours), rule) for day, hours, rule in versions])


def _versions(
    hours: Sequence[tuple[Day, Written]], saturday: Sequence[tuple[Day, Saturday]]
) -> Versions:
    """What holds from each day on which hours or the Saturday rule change; both begin on day 0."""
    if len(hours) == len(saturday) == 1:  # nearly all, and a program may send thousands a second
        return ((0, hours[0][1], saturday[0][1]),)
    for name, given in (("later_hours", hours), ("later_saturday", saturday)):
        if any(a[0] >= b[0] for a, b in pairwise(given)):
            raise BadCalendar(field=name, why="not in the order of their dates")
    open_at, ruled = dict(hours), dict(saturday)
    written, rule = hours[0][1], saturday[0][1]
    versions = []
    for day in sorted(open_at.keys() | ruled.keys()):
        written, rule = open_at.get(day, written), ruled.get(day, rule)
        versions.append((day, written, rule))
    return tuple(versions)


class Calendar:
    """One unit's working time: a shared profile under the unit's own overrides.

    Priority on a date: the unit's overrides, then the national table, then the weekly template.
    """

    __slots__ = (
        "_before",
        "_counted_delta",
        "_counted_through",
        "_days",
        "_identity",
        "_minutes_delta",
        "_minutes_through",
        "overrides",
        "profile",
        "table",
    )

    def __init__(
        self,
        table: NationalTable,
        *,
        hours: object,
        saturday: Saturday = "none",
        extra_off: Iterable[Day] = (),
        extra_work: Iterable[Day] = (),
        day_hours: Mapping[Day, Shifts] | None = None,
        later_hours: Sequence[tuple[Day, object]] = (),
        later_saturday: Sequence[tuple[Day, Saturday]] = (),
    ) -> None:
        """`hours` is a PROFILE as people write it; the later ones replace it from their days on.

        Raises `BadCalendar` and what reading the hours raises.
        """
        rules = ((0, saturday), *later_saturday)
        if any(rule not in SATURDAYS for _, rule in rules):
            raise BadCalendar(field="saturday", why="none, reception or working")
        written = ((0, written_hours(hours)), *((d, written_hours(h)) for d, h in later_hours))
        self.table = table
        self.profile = _profile(table, _versions(written, rules))
        self.overrides = _overrides(self.profile, set(extra_off), set(extra_work), day_hours or {})
        self._identity = (written, saturday, *later_saturday)
        self._days = sorted(self.overrides)
        self._lay_counted()
        self._before: Sequence[int] = ()
        self._minutes_delta: list[int] = []
        self._minutes_through: list[int] = []

    def _lay_counted(self) -> None:
        """Sum what the overrides change: after i of them the counts are off by `delta[i]`."""
        self._counted_delta = [0]
        self._counted_through = []  # to each overridden day, itself included
        shifted = 0
        for day in self._days:
            shifted += self.overrides[day].counted - self.profile.shape(day).counted
            self._counted_delta.append(shifted)
            self._counted_through.append(self.table.counted_through[day] + shifted)

    def _lay_minutes(self) -> None:
        """The same for open minutes; two threads that do it at once do no harm."""
        before = self.profile.minutes_before()
        delta, through, shifted = [0], [], 0
        for day in self._days:
            shifted += self.overrides[day].minutes - self.profile.shape(day).minutes
            delta.append(shifted)
            through.append(before[day + 1] + shifted)
        self._minutes_delta, self._minutes_through = delta, through
        self._before = before  # last, because it says that the others are there

    @property
    def version(self) -> str:
        """Names the table and everything laid over it; equal calendars have equal versions."""
        said = repr((self._identity, sorted(self.overrides.items())))
        return f"{self.table.version}.{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    def shape(self, day: Day) -> Shape:
        """What the date is for this unit."""
        return self.overrides.get(day) or self.profile.shape(day)

    def counted_through(self, day: Day) -> int:
        """How many counted dates there are up to the day, itself included."""
        changes = bisect_right(self._days, day)
        return self.table.counted_through[day] + self._counted_delta[changes]

    def counted_after(self, day: Day, number: int) -> Day:
        """The number-th counted date after the day; 0 gives the last one up to it."""
        wanted = self.counted_through(day) + number
        # Between two overrides the table's own list is right, off by the overrides before.
        i = bisect_left(self._counted_through, wanted)
        if i < len(self._days) and self._counted_through[i] == wanted:
            overridden = self._days[i]
            if self.overrides[overridden].counted:
                return overridden
        n = wanted - self._counted_delta[i]
        if n > len(self.table.counted_dates):
            raise OutOfCalendar
        return self.table.counted_dates[n - 1]

    def rolled(self, day: Day) -> Day:
        """The day if it is counted, otherwise the next counted date."""
        if day >= DAYS:
            raise OutOfCalendar
        return day if self.shape(day).counted else self.counted_after(day, 1)

    def day_zero(self, minute: Minute, cutoff: int | None = None) -> Day:
        """D0: the date if it is counted and the minute before its last close or the cut-off."""
        day, after_midnight = split(minute)
        shape = self.shape(day)
        gate = shape.gate if cutoff is None else min(shape.gate, cutoff)
        if shape.counted and after_midnight < gate:
            return day
        return self.counted_after(day, 1)

    def close_of(self, day: Day) -> Minute:
        """When a term due on the date ends."""
        return _ORIGIN + day * DAY_MINUTES + self.shape(day).close

    def open_before(self, minute: Minute) -> int:
        """Open minutes from the beginning of the calendar to the minute."""
        day, after_midnight = split(minute)
        if not self._before:
            self._lay_minutes()
        total = self._before[day] + self._minutes_delta[bisect_left(self._days, day)]
        for opens, closes in self.shape(day).shifts:
            if after_midnight <= opens:
                break
            total += min(after_midnight, closes) - opens
        return total

    def reached(self, open_minutes: int) -> Minute:
        """The earliest minute with so many open minutes before it; 0 and less give the first."""
        if open_minutes <= 0:
            return _ORIGIN
        if not self._before:
            self._lay_minutes()
        i = bisect_left(self._minutes_through, open_minutes)
        if i < len(self._days):
            day = self._days[i]
            left = open_minutes - self._minutes_through[i] + self.overrides[day].minutes
            if left > 0:
                return self._within(day, left)
        own = open_minutes - self._minutes_delta[i]
        day = bisect_left(self._before, own) - 1
        if day >= DAYS:
            raise OutOfCalendar
        return self._within(day, own - self._before[day])

    def _within(self, day: Day, left: int) -> Minute:
        """The minute of the day at which so many of its open minutes have passed."""
        shifts, n = self.shape(day).shifts, 0
        while left > shifts[n][1] - shifts[n][0]:
            left -= shifts[n][1] - shifts[n][0]
            n += 1
        return _ORIGIN + day * DAY_MINUTES + shifts[n][0] + left


def _overrides(
    profile: Profile, off: set[Day], work: set[Day], day_hours: Mapping[Day, Shifts]
) -> dict[Day, Shape]:
    if both := off & work:
        raise BadCalendar(field=date_of(min(both)).isoformat(), why="both extra_off and extra_work")
    shapes = {day: profile.closed(day) for day in off}
    shapes |= {day: profile.full(day) for day in work}
    for day, shifts in day_hours.items():
        counted = (shapes.get(day) or profile.shape(day)).counted
        normal_close = profile.full(day).close
        shapes[day] = _shape(counted=counted, shifts=shifts, normal_close=normal_close)
    return shapes


def calendar_from_json(table: NationalTable, given: object) -> Calendar:
    """A CAL object on a national table.

    Raises `BadCalendar`, `BadDate`, `OutOfCalendar`, and what reading the hours raises.
    """
    if not isinstance(given, dict) or not given.keys() >= {"hours", "saturday"}:
        raise BadCalendar(field="calendar", why="an object with hours and saturday")
    if unknown := given.keys() - _CALENDAR_FIELDS:
        raise BadCalendar(field=min(unknown)[:40], why="unknown")
    saturday = given["saturday"]
    if not isinstance(saturday, str):
        raise BadCalendar(field="saturday", why="none, reception or working")
    day_hours, later_hours = _by_date(given, "day_hours"), _by_date(given, "later_hours")
    return Calendar(
        table,
        hours=given["hours"],
        saturday=saturday,  # type: ignore[arg-type]  # checked by the calendar
        extra_off=_dates(given, "extra_off"),
        extra_work=_dates(given, "extra_work"),
        day_hours={parse_day(text): parse_shifts(shifts) for text, shifts in day_hours.items()},
        later_hours=sorted((parse_day(text), hours) for text, hours in later_hours.items()),
        later_saturday=_later_saturday(given) if "later_saturday" in given else (),
    )


def _later_saturday(given: dict[str, object]) -> list[tuple[Day, Saturday]]:
    rules = _by_date(given, "later_saturday")
    if not all(isinstance(rule, str) for rule in rules.values()):
        raise BadCalendar(field="saturday", why="none, reception or working")
    return sorted((parse_day(text), cast("Saturday", rule)) for text, rule in rules.items())


def _by_date(given: dict[str, object], name: str) -> dict[str, object]:
    dates = given.get(name) or {}
    if not isinstance(dates, dict) or len(dates) > MOST_OVERRIDES:
        raise BadCalendar(field=name, why="an object of dates")
    return dates


def _dates(given: dict[str, object], name: str) -> Iterable[Day]:
    dates = given.get(name) or ()
    if not isinstance(dates, list | tuple) or len(dates) > MOST_OVERRIDES:
        raise BadCalendar(field=name, why="a list of dates")
    return map(parse_day, dates)
