"""The national table of days off and worked Saturdays as versions that are never edited.

Used by whoever publishes a table, and wherever a stored version of a calendar is built again.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import AlreadyExists, Refusal
from domain.model.instants import Micros, micros
from domain.model.office_hours import BadCalendar, date_of, parse_day
from domain.model.working_time import NationalTable, TableRow

NATIONAL = decision_id("calendar", "VN")  # the one table of the public sector
KINDS = frozenset({"off", "work"})
MOST_ROWS = 5_000  # a century of the fifty exceptions that the fullest year has
MOST_TEXT = 500  # a reason, or the authority behind it


class DateTwice(Refusal):
    """A table that says two things about one date; values: date."""

    code = "DATE_TWICE"


class UnknownDayKind(Refusal):
    """A date that is neither off nor worked; values: date, kind."""

    code = "UNKNOWN_DAY_KIND"


class YearLeftOut(Refusal):
    """A table without a year that the newest one knows: all of its dates would go; values: year."""

    code = "YEAR_LEFT_OUT"


class DayOf(NamedTuple):
    """One date of a table as it is stored: `date` is YYYY-MM-DD, `kind` is off or work."""

    date: str
    kind: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version of the table, in use from an instant of the server's clock on."""

    version: str
    since_us: Micros
    days: tuple[DayOf, ...]
    years: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "years", frozenset(day.date[:4] for day in self.days))

    def table(self) -> NationalTable:
        """The arrays of this version."""
        return _table(self.version, self.days)


class NationalCalendar(Decision):
    """`versions` oldest first; the first is the table that came with the programs."""

    TOPIC = "national_calendar"

    class Recorded(FirstEvent):
        """The first table; `days` are (date, kind, reason, source)."""

        TOPIC = "national_calendar.Recorded"
        version: str
        days: list[list[str]]

    class Published(Decision.Event):
        """From now on deadlines count on this table, whole and not as a change."""

        TOPIC = "national_calendar.Published"
        version: str
        days: list[list[str]]

    @event(Recorded)
    def __init__(
        self, *, id: UUID, timestamp: datetime, version: str, days: list[list[str]]
    ) -> None:
        self.versions = [_stored(version, timestamp, days)]

    @property
    def newest(self) -> TableVersion:
        """The version in use."""
        return self.versions[-1]

    def publish(self, *, days: Sequence[DayOf], timestamp: datetime) -> str:
        """Put a whole table in the place of the newest; its version.

        Raises `DateTwice`, `UnknownDayKind`, `YearLeftOut`, `BadCalendar`, `BadDate`,
        `OutOfCalendar`, and `AlreadyExists` for the table that is in use.
        """
        check_days(days)
        ordered = sorted(days)
        version = _version_of(ordered)
        if tuple(ordered) == self.newest.days:
            raise AlreadyExists(what="calendar", code=self.newest.version)
        left_out = self.newest.years - {day.date[:4] for day in days}
        if left_out:
            raise YearLeftOut(year=min(left_out))
        self._publish(version=version, days=list(map(list, ordered)), timestamp=timestamp)
        return version

    @event(Published)
    def _publish(self, *, version: str, days: list[list[str]], timestamp: datetime) -> None:
        self.versions.append(_stored(version, timestamp, days))


def record_table(table: NationalTable, *, timestamp: datetime) -> NationalCalendar:
    """The first version: the table that came with the programs, under its own version."""
    return NationalCalendar(
        id=NATIONAL,
        timestamp=timestamp,
        version=table.version,
        days=[
            [date_of(row.day).isoformat(), row.kind, row.reason, row.source]
            for row in sorted(table.rows.values())
        ],
    )


def check_days(days: Sequence[DayOf]) -> None:
    """Demand a table that says one thing of each date, and on whose authority."""
    if not 0 < len(days) <= MOST_ROWS:
        raise BadCalendar(field="days", why="none, or too many")
    seen: set[str] = set()
    for day in days:
        parse_day(day.date)
        if day.date in seen:
            raise DateTwice(date=day.date)
        seen.add(day.date)
        if day.kind not in KINDS:
            raise UnknownDayKind(date=day.date, kind=day.kind[:40])
        for text in (day.reason, day.source):
            if not (0 < len(text) <= MOST_TEXT and text.isprintable()):
                raise BadCalendar(field=day.date, why="a reason and its source, each on one line")


FEWEST_OFF = 10  # dates off, Saturdays and Sundays aside, that no year since 2018 was below
NO_EFFECT, ON_SUNDAY, FEW_OFF = "no_effect", "on_sunday", "few_off"
_SATURDAY, _SUNDAY = 5, 6


class Doubt(NamedTuple):
    """What is allowed and yet looks like a slip; `when` is a date, or a year with `many` off."""

    when: str
    why: str
    many: int = 0


def doubts(days: Sequence[DayOf], *, new: Collection[DayOf]) -> list[Doubt]:
    """In a whole table: of its new rows those that change nothing, and years that look unfinished.

    A year with a single row counts as published, so that nobody sees that the rest is missing.
    """
    found = []
    for day in sorted(new):
        weekday = date.fromisoformat(day.date).weekday()
        if (day.kind == "work") == (weekday < _SATURDAY):
            found.append(Doubt(day.date, NO_EFFECT))
        elif day.kind == "work" and weekday == _SUNDAY:
            found.append(Doubt(day.date, ON_SUNDAY))
    off: dict[str, int] = {day.date[:4]: 0 for day in new}
    for day in days:
        year, weekday = day.date[:4], date.fromisoformat(day.date).weekday()
        if year in off and day.kind == "off" and weekday < _SATURDAY:
            off[year] += 1
    short = ((year, count) for year, count in sorted(off.items()) if count < FEWEST_OFF)
    return [*found, *(Doubt(year, FEW_OFF, count) for year, count in short)]


def in_use_at(since_us: Sequence[Micros], instant_us: Micros) -> int:
    """The place of the last version in use by an instant, the first before there was one."""
    for place in range(len(since_us) - 1, 0, -1):
        if since_us[place] <= instant_us:
            return place
    return 0


def _version_of(days: Iterable[DayOf]) -> str:
    """Names what the table says: the same table always has the same version."""
    told = json.dumps(list(days), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _stored(version: str, timestamp: datetime, days: list[Any]) -> TableVersion:
    return TableVersion(version, micros(timestamp), tuple(DayOf(*day) for day in days))


def _table(version: str, days: Iterable[DayOf]) -> NationalTable:
    rows = (TableRow(parse_day(day.date), day.kind, day.reason, day.source) for day in days)
    return NationalTable(version, rows)
