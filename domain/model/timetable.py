"""The timetable of one courier route (tuyến thư): versions by date, exceptions; used by reference.

A version is never edited, and nothing is decided about a run that should have left already: a run
that nobody drove cannot be cancelled afterwards.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import AlreadyExists, NotFound, Refusal
from domain.model.identifiers import checked_code, checked_reason
from domain.model.instants import Micros, iso, local, micros
from domain.model.office_hours import Day, date_of, parse_day
from domain.model.planned_runs import (
    CANCELLED,
    EXCEPTIONS,
    EXTRA,
    BadTimetable,
    Excepted,
    Route,
    Trip,
    Version,
    checked_word,
    read_trip,
    read_trips,
)
from domain.model.working_time import minute_at, to_us

MOST_NAME = 120


class TimetableOverlap(Refusal):
    """A version from no later than the one that stands; values: route, effective_from, last."""

    code = "TIMETABLE_OVERLAP"


class TimetableTooLate(Refusal):
    """A version for days that have begun already; values: route, effective_from, today."""

    code = "TIMETABLE_TOO_LATE"


class RunAlreadyDue(Refusal):
    """An exception for a run that should have left already; values: run, departs."""

    code = "RUN_ALREADY_DUE"


class RunExceptedAlready(Refusal):
    """That run has an exception on that date; values: date, slot."""

    code = "RUN_EXCEPTED_ALREADY"


class UnknownStop(Refusal):
    """A stop, or the office whose days count, that nobody has defined; values: office."""

    code = "UNKNOWN_STOP"


def timetable_id(code: str) -> UUID:
    """The id of the timetable of the route with that code."""
    return decision_id("timetable", code)


class Timetable(Decision):
    """`versions` oldest first; `office` is the one on whose working days the courier comes."""

    TOPIC = "timetable"
    LISTED: ClassVar[bool] = True

    class Introduced(FirstEvent):
        """The route is driven from a date on; `runs` as `planned_runs.read_trips` reads them."""

        TOPIC = "timetable.Introduced"
        code: str
        name_vi: str
        name_en: str
        office: str
        effective_from: str
        runs: list[dict[str, Any]]

    class Revised(Decision.Event):
        """From a date on its runs are these, and no others."""

        TOPIC = "timetable.Revised"
        effective_from: str
        runs: list[dict[str, Any]]

    class RunExcepted(Decision.Event):
        """On one date a run is cancelled (`run` None), changed, or driven besides (extra)."""

        TOPIC = "timetable.RunExcepted"
        date: str
        slot: str
        kind: str
        run: dict[str, Any] | None
        reason: str

    class RunRestored(Decision.Event):
        """On that date the run is again as the timetable says."""

        TOPIC = "timetable.RunRestored"
        date: str
        slot: str
        reason: str

    @event(Introduced)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        code: str,
        name_vi: str,
        name_en: str,
        office: str,
        effective_from: str,
        runs: list[dict[str, Any]],
    ) -> None:
        self.code = code
        self.name_vi = name_vi
        self.name_en = name_en
        self.office = office
        self.versions = [Version(parse_day(effective_from), read_trips(runs))]
        self.exceptions: dict[tuple[Day, str], Excepted] = {}

    @property
    def route(self) -> Route:
        """What is planned, as plain values."""
        return Route(self.code, self.office, tuple(self.versions), dict(self.exceptions))

    def revise(
        self, *, effective_from: str, runs: list[dict[str, Any]], timestamp: datetime
    ) -> None:
        """Put other runs in force from a date on; an empty list ends the route.

        Raises `TimetableOverlap`, `TimetableTooLate`, `BadTimetable` for another label of a slot,
        and what reading dates and trips raises.
        """
        first = parse_day(effective_from)
        last = self.versions[-1].first
        if first <= last:
            told = {"effective_from": effective_from, "last": date_of(last)}
            raise TimetableOverlap(route=self.code, **told)
        if first <= _day(timestamp):
            raise _too_late(self.code, effective_from, timestamp)
        self._check_cards(read_trips(runs))
        self._revise(effective_from=effective_from, runs=runs, timestamp=timestamp)

    @event(Revised)
    def _revise(
        self, *, effective_from: str, runs: list[dict[str, Any]], timestamp: datetime
    ) -> None:
        self.versions.append(Version(parse_day(effective_from), read_trips(runs)))

    def except_run(
        self,
        *,
        date: str,
        slot: str,
        kind: str,
        run: dict[str, Any] | None,
        reason: str,
        timestamp: datetime,
    ) -> None:
        """Cancel or change a run of one date, or add one.

        Raises `BadTimetable`, `NotFound` for a run that the version in force does not have,
        `AlreadyExists` for an extra one that it has, `RunExceptedAlready`, `RunAlreadyDue`, and
        what reading dates and trips raises.
        """
        day = parse_day(date)
        if kind not in EXCEPTIONS:
            raise BadTimetable(field="kind", why="cancelled, changed or extra")
        if (run is None) != (kind == CANCELLED):
            raise BadTimetable(
                field="stops", why="given for changed and extra, never for cancelled"
            )
        if (day, checked_word("slot", slot)) in self.exceptions:
            raise RunExceptedAlready(date=date, slot=slot)
        planned = next((trip for trip in self.route.trips_on(day) if trip.slot == slot), None)
        name = f"{self.code}/{date}/{slot}"
        if planned is None and kind != EXTRA:
            raise NotFound(what="run", code=name)
        if planned is not None and kind == EXTRA:
            raise AlreadyExists(what="run", code=name)
        trip = None if run is None else read_trip(run)
        if trip is not None:
            if trip.slot != slot:
                raise BadTimetable(field="slot", why="not that of the exception")
            self._check_cards((trip,))
        self._check_not_due(name, day, (planned, trip), timestamp)
        self._except_run(
            date=date,
            slot=slot,
            kind=kind,
            run=run,
            reason=checked_reason(reason),
            timestamp=timestamp,
        )

    @event(RunExcepted)
    def _except_run(
        self,
        *,
        date: str,
        slot: str,
        kind: str,
        run: dict[str, Any] | None,
        reason: str,
        timestamp: datetime,
    ) -> None:
        trip = None if run is None else read_trip(run)
        self.exceptions[parse_day(date), slot] = Excepted(kind, trip, reason)

    def restore_run(self, *, date: str, slot: str, reason: str, timestamp: datetime) -> None:
        """Lift the exception of a run; raises `NotFound`, `RunAlreadyDue`, `BadCode`."""
        day = parse_day(date)
        excepted = self.exceptions.get((day, slot))
        if excepted is None:
            raise NotFound(what="exception", code=f"{self.code}/{date}/{slot}"[:64])
        planned = next((trip for trip in self.route.trips_on(day) if trip.slot == slot), None)
        name = f"{self.code}/{date}/{slot}"
        self._check_not_due(name, day, (planned, excepted.trip), timestamp)
        self._restore_run(date=date, slot=slot, reason=checked_reason(reason), timestamp=timestamp)

    @event(RunRestored)
    def _restore_run(self, *, date: str, slot: str, reason: str, timestamp: datetime) -> None:
        del self.exceptions[parse_day(date), slot]

    def _check_cards(self, trips: tuple[Trip, ...]) -> None:
        """A slot keeps its printed card, and a card its slot, for ever."""
        slots = self.route.cards
        cards = {slot: label for label, slot in slots.items()}
        for trip in trips:
            known = cards.get(trip.slot, trip.label), slots.get(trip.label, trip.slot)
            if known != (trip.label, trip.slot):
                raise BadTimetable(field="label", why="a run keeps its card")

    @staticmethod
    def _check_not_due(
        name: str, day: Day, trips: tuple[Trip | None, ...], timestamp: datetime
    ) -> None:
        departures = [trip.stops[0].at for trip in trips if trip is not None]
        departs_us: Micros = to_us(minute_at(day, min(departures)))
        if departs_us <= micros(timestamp):
            raise RunAlreadyDue(run=name, departs=iso(departs_us))


def introduce_timetable(
    *,
    code: str,
    name_vi: str,
    name_en: str,
    office: str,
    effective_from: str,
    runs: list[dict[str, Any]],
    timestamp: datetime,
) -> Timetable:
    """A new route; its first day may be today.

    Raises `BadTimetable`, `BadCode`, `TimetableTooLate`, and what reading dates and trips raises.
    """
    for field, name in (("name_vi", name_vi), ("name_en", name_en)):
        if not (0 < len(name) <= MOST_NAME and name.isprintable()):
            raise BadTimetable(field=field, why="empty, too long, or not on one line")
    if parse_day(effective_from) < _day(timestamp):
        raise _too_late(code, effective_from, timestamp)
    if not read_trips(runs):
        raise BadTimetable(field="runs", why="none")
    return Timetable(
        id=timetable_id(checked_word("route", code)),
        timestamp=timestamp,
        code=code,
        name_vi=name_vi,
        name_en=name_en,
        office=checked_code("office", office),
        effective_from=effective_from,
        runs=runs,
    )


def _day(timestamp: datetime) -> Day:
    """The local date of a decision."""
    return parse_day(local(micros(timestamp)).date().isoformat())


def _too_late(route: str, effective_from: str, timestamp: datetime) -> TimetableTooLate:
    today = date_of(_day(timestamp))
    return TimetableTooLate(route=route, effective_from=effective_from, today=today)
