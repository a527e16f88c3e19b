"""A unit that handles paper (one-stop centre, department): its validity and its working time.

Used by reference and deadlines. Every change of its calendar is a version of its own, never edited.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import BadCode, NotFound, Refusal
from domain.model.identifiers import checked_code, checked_reason
from domain.model.instants import Micros, iso, micros
from domain.model.labels import Kind, parse_label
from domain.model.office_hours import (
    BadCalendar,
    parse_day,
    parse_shifts,
    read_hours,
    written_hours,
)
from domain.model.working_time import SATURDAYS

_LATER_HOURS, _DAY_HOURS, _LATER_SATURDAY = "later_hours", "day_hours", "later_saturday"
_DATES_OF = {"off": "extra_off", "work": "extra_work"}  # where a CAL lists each kind of exception
EXCEPTIONS = (*_DATES_OF, "hours")


class HoursOverlap(Refusal):
    """New hours from no later date than others that stand; values: effective_from, last."""

    code = "HOURS_OVERLAP"


class DayExceptedAlready(Refusal):
    """The date has an exception, which has to be lifted first; values: date."""

    code = "DAY_EXCEPTED_ALREADY"


class OfficeSucceeded(Refusal):
    """Another office has taken over its work; values: office, successor, since."""

    code = "OFFICE_SUCCEEDED"


class OfficeNotOpen(Refusal):
    """Before the first day of its validity; values: office, since."""

    code = "OFFICE_NOT_OPEN"


def office_id(code: str) -> UUID:
    """The id of the office with that code."""
    return decision_id("office", code)


class Office(Decision):
    """`calendars` are CAL objects of `giaonhan due`, oldest first; its label is of kind place.

    Each is in use from the instant of the same place in `since_us`, by the server's clock.
    It is valid in [`valid_from_us`, `valid_until_us`), without end while nobody has succeeded it.
    """

    TOPIC = "office"
    LISTED: ClassVar[bool] = True

    class Defined(FirstEvent):
        """The office exists under this code."""

        TOPIC = "office.Defined"
        code: str
        label: str
        name_vi: str
        name_en: str
        calendar: dict[str, Any]

    class CalendarSet(Decision.Event):
        """From now on its deadlines run on this calendar, whole and not as a change."""

        TOPIC = "office.CalendarSet"
        calendar: dict[str, Any]

    class HoursSet(Decision.Event):
        """From a date on it is open at other hours, a PROFILE of `giaonhan due`."""

        TOPIC = "office.HoursSet"
        effective_from: str
        hours: Any
        reason: str

    class SaturdaySet(Decision.Event):
        """From a date on its Saturdays are none, reception or working."""

        TOPIC = "office.SaturdaySet"
        effective_from: str
        saturday: str
        reason: str

    class DayExcepted(Decision.Event):
        """One date is not what table and week say; `shifts` None: those of any open day, or none.

        `kind` is off (a storm closes it), work (a Saturday is worked) or hours (other shifts).
        """

        TOPIC = "office.DayExcepted"
        date: str
        kind: str
        shifts: list[list[str]] | None
        reason: str

    class DayRestored(Decision.Event):
        """The date is again what table and week say."""

        TOPIC = "office.DayRestored"
        date: str
        reason: str

    class Established(Decision.Event):
        """Its validity begins on another day than that on which it was defined here."""

        TOPIC = "office.Established"
        valid_from_us: int

    class Succeeded(Decision.Event):
        """Another office took over its work, from `effective_us` on."""

        TOPIC = "office.Succeeded"
        class_version = 2
        successor: str
        effective_us: int

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            """The first version held from the instant at which it was decided."""
            state["effective_us"] = micros(state["timestamp"])

    @event(Defined)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        code: str,
        label: str,
        name_vi: str,
        name_en: str,
        calendar: dict[str, Any],
    ) -> None:
        self.code = code
        self.label = label
        self.name_vi = name_vi
        self.name_en = name_en
        self.calendars = [calendar]
        self.since_us: list[Micros] = [micros(timestamp)]
        self.given = calendar
        self.reasons: dict[str, str] = {}  # of its exceptions, by date
        self._defined_us = micros(timestamp)
        self.opens_us: Micros | None = None
        self.valid_until_us: Micros | None = None
        self.successor: str | None = None

    @property
    def valid_from_us(self) -> Micros:
        """The first instant of its validity: as decided, or when it was defined here."""
        return self._defined_us if self.opens_us is None else self.opens_us

    def demand_valid(self, at_us: Micros) -> None:
        """Raise `OfficeNotOpen` before the day it was to open on, `OfficeSucceeded` after its end.

        Where no day was decided nothing is asked: a server's clock may be put back.
        """
        if self.opens_us is not None and at_us < self.opens_us:
            raise OfficeNotOpen(office=self.code, since=iso(self.opens_us))
        if self.valid_until_us is not None and at_us >= self.valid_until_us:
            raise OfficeSucceeded(
                office=self.code, successor=self.successor, since=iso(self.valid_until_us)
            )

    @event(Established)
    def establish(self, *, valid_from_us: Micros, timestamp: datetime) -> None:
        """Give the first day of its validity."""
        self.opens_us = valid_from_us

    @property
    def issuer(self) -> int:
        """The five digits with which the office numbers its labels."""
        return parse_label(self.label).issuer

    @property
    def calendar(self) -> dict[str, Any]:
        """The calendar in use; its number is its place among `calendars`, from 1."""
        return self.calendars[-1]

    @event(CalendarSet)
    def set_calendar(self, *, calendar: dict[str, Any], timestamp: datetime) -> None:
        """Replace hours and exceptions; what was promised before keeps its printed date."""
        self.given = calendar  # the last that was given whole
        self.reasons = {}
        self._use(calendar, timestamp)

    def set_hours(
        self, *, effective_from: str, hours: object, reason: str, timestamp: datetime
    ) -> None:
        """Open at other hours from a date on.

        Raises `HoursOverlap`, `BadCode`, and what reading dates and hours raises.
        """
        read_hours(written_hours(hours))
        self._demand_later(_LATER_HOURS, effective_from)
        self._set_hours(
            effective_from=effective_from,
            hours=hours,
            reason=checked_reason(reason),
            timestamp=timestamp,
        )

    @event(HoursSet)
    def _set_hours(
        self, *, effective_from: str, hours: Any, reason: str, timestamp: datetime
    ) -> None:
        later = {**(self.calendar.get(_LATER_HOURS) or {}), effective_from: hours}
        self._use({**self.calendar, _LATER_HOURS: later}, timestamp)

    def set_saturday(
        self, *, effective_from: str, saturday: str, reason: str, timestamp: datetime
    ) -> None:
        """Change what a Saturday is from a date on; raises as `set_hours`, `BadCalendar`."""
        if saturday not in SATURDAYS:
            raise BadCalendar(field="saturday", why="none, reception or working")
        self._demand_later(_LATER_SATURDAY, effective_from)
        self._set_saturday(
            effective_from=effective_from,
            saturday=saturday,
            reason=checked_reason(reason),
            timestamp=timestamp,
        )

    @event(SaturdaySet)
    def _set_saturday(
        self, *, effective_from: str, saturday: str, reason: str, timestamp: datetime
    ) -> None:
        later = {**(self.calendar.get(_LATER_SATURDAY) or {}), effective_from: saturday}
        self._use({**self.calendar, _LATER_SATURDAY: later}, timestamp)

    def _demand_later(self, versions: str, effective_from: str) -> None:
        """Demand a date after those from which others of these versions hold."""
        parse_day(effective_from)
        last = max(self.calendar.get(versions) or {}, default="")
        if effective_from <= last:
            raise HoursOverlap(effective_from=effective_from, last=last)

    def except_day(
        self,
        *,
        date: str,
        kind: str,
        shifts: list[list[str]] | None,
        reason: str,
        timestamp: datetime,
    ) -> None:
        """Except one date from table and week.

        Raises `DayExceptedAlready`, `BadCalendar`, `BadCode`, and what reading shifts raises.
        """
        parse_day(date)
        if kind not in EXCEPTIONS:
            raise BadCalendar(field="kind", why="off, work or hours")
        if (shifts is None and kind == "hours") or (shifts is not None and kind == "off"):
            raise BadCalendar(
                field="shifts", why="given for hours, perhaps for work, never for off"
            )
        if shifts is not None:
            parse_shifts(shifts)
        if self._is_excepted(date):
            raise DayExceptedAlready(date=date)
        self._except_day(
            date=date,
            kind=kind,
            shifts=shifts,
            reason=checked_reason(reason),
            timestamp=timestamp,
        )

    @event(DayExcepted)
    def _except_day(
        self,
        *,
        date: str,
        kind: str,
        shifts: list[list[str]] | None,
        reason: str,
        timestamp: datetime,
    ) -> None:
        self.reasons = {**self.reasons, date: reason}
        calendar = dict(self.calendar)
        if kind in _DATES_OF:
            dates = _DATES_OF[kind]
            calendar[dates] = sorted({*(calendar.get(dates) or ()), date})
        if shifts is not None:
            calendar[_DAY_HOURS] = {**(calendar.get(_DAY_HOURS) or {}), date: shifts}
        self._use(calendar, timestamp)

    def restore_day(self, *, date: str, reason: str, timestamp: datetime) -> None:
        """Lift the exception of a date; raises `NotFound`, `BadCode`."""
        if not self._is_excepted(date):
            raise NotFound(what="exception", code=date[:40])
        self._restore_day(date=date, reason=checked_reason(reason), timestamp=timestamp)

    @event(DayRestored)
    def _restore_day(self, *, date: str, reason: str, timestamp: datetime) -> None:
        calendar = dict(self.calendar)
        for dates in _DATES_OF.values():
            calendar[dates] = [each for each in calendar.get(dates) or () if each != date]
        hours = calendar.get(_DAY_HOURS) or {}
        calendar[_DAY_HOURS] = {day: shifts for day, shifts in hours.items() if day != date}
        self._use(calendar, timestamp)

    def _is_excepted(self, date: str) -> bool:
        listed = (*_DATES_OF.values(), _DAY_HOURS)
        return any(date in (self.calendar.get(name) or ()) for name in listed)

    def _use(self, calendar: dict[str, Any], timestamp: datetime) -> None:
        self.calendars.append(calendar)
        self.since_us.append(micros(timestamp))

    @event(Succeeded)
    def succeed(self, *, successor: str, effective_us: Micros, timestamp: datetime) -> None:
        """Name the office that takes over; `Succession` says whether it can."""
        self.successor = successor
        self.valid_until_us = effective_us


def define_office(
    *,
    code: str,
    label: str,
    name_vi: str,
    name_en: str,
    calendar: dict[str, Any],
    timestamp: datetime,
) -> Office:
    """A new office; raises `BadCode` or `BadLabel`."""
    if parse_label(label).kind is not Kind.PLACE:
        raise BadCode(field="label", text=label)
    return Office(
        id=office_id(checked_code("office", code)),
        timestamp=timestamp,
        code=code,
        label=label,
        name_vi=name_vi,
        name_en=name_en,
        calendar=calendar,
    )
