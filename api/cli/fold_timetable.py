"""Timetable lines of a fold file, and the courier runs that follow from them; part of `fold`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.reference_data.calendar import national_table
from domain.model.corrections import amend
from domain.model.custody import known_us
from domain.model.errors import BadFact
from domain.model.fact import Fact
from domain.model.identifiers import checked_code
from domain.model.instants import Micros
from domain.model.office_hours import DAYS, Day, parse_day
from domain.model.planned_runs import (
    CANCELLED,
    EXCEPTIONS,
    BadTimetable,
    Excepted,
    Route,
    Version,
    checked_word,
    planned_runs,
    read_trip,
    read_trips,
)
from domain.model.runs import day_of, follow_runs
from domain.model.station_time import Discrepancy, settle
from domain.model.working_time import Calendar, calendar_from_json

TIMETABLE = "timetable"  # the field that tells such a line from a fact
_WEEK = {"hours": [["07:30", "11:30"], ["13:00", "17:00"]], "saturday": "none"}


@dataclass(slots=True)
class _Told:
    """What the lines say of one route; with `calendar` None it is the usual week."""

    versions: dict[Day, Version] = field(default_factory=dict)
    exceptions: dict[tuple[Day, str], Excepted] = field(default_factory=dict)
    calendar: Calendar | None = None
    office: str = ""


class TimetableLines:
    """The routes of one file; the order of its lines does not matter."""

    def __init__(self) -> None:
        self._routes: dict[str, _Told] = {}

    def read(self, line: dict[str, Any]) -> None:
        """Take one line in; raises what reading dates, trips and calendars raises."""
        code = checked_word("timetable", line[TIMETABLE])
        if "exception" in line:
            day, slot = parse_day(line.get("date")), checked_word("slot", line.get("slot"))
            self._of(code).exceptions[day, slot] = _exception(line)
            return
        first = parse_day(line.get("effective_from"))
        trips = read_trips(line.get("runs"))
        given = line.get("calendar")
        calendar = None if given is None else calendar_from_json(national_table(), given)
        office = checked_code("office", line.get("office", code))
        told = self._of(code)
        if first in told.versions:
            raise BadTimetable(field="effective_from", why="two versions from one date")
        told.versions[first] = Version(first, trips)
        told.office = office
        told.calendar = calendar or told.calendar

    def _of(self, code: str) -> _Told:
        return self._routes.setdefault(code, _Told())

    def discrepancies(
        self,
        facts: Iterable[Fact],
        *,
        now_us: Micros | None,
        as_of_us: Micros | None,
        known_at_us: Micros | None,
    ) -> list[Discrepancy]:
        """RUN_LATE, RUN_MISSED and RUN_PARTIAL, as `fold_facts` tells the others."""
        if not self._routes:
            return []
        known = [one for one in facts if known_at_us is None or known_us(one) <= known_at_us]
        timed = settle(known).timed
        if now_us is None:
            standing = (one.timed for one in amend(timed)[0])
            now_us = max((one.effective_us for one in (*timed, *standing)), default=None)
        if now_us is None:
            return []
        last = min(max(day_of(now_us), -1), DAYS - 1)
        routes = [
            (Route(code, told.office, _ordered(told.versions), told.exceptions), told.calendar)
            for code, told in self._routes.items()
        ]
        usual = calendar_from_json(national_table(), _WEEK)
        states = follow_runs(
            [run for route, own in routes for run in planned_runs(route, own or usual, 0, last)],
            timed,
            cards={card: (r.code, slot) for r, _ in routes for card, slot in r.cards.items()},
            now_us=now_us,
            as_of_us=as_of_us,
        )
        return [one for state in states for one in state.discrepancies]


def _ordered(versions: dict[Day, Version]) -> tuple[Version, ...]:
    return tuple(version for _, version in sorted(versions.items()))


def _exception(line: dict[str, Any]) -> Excepted:
    kind, run = line["exception"], line.get("run")
    if kind not in EXCEPTIONS:
        raise BadFact(field="exception", why=" ".join(EXCEPTIONS))
    if (run is None) != (kind == CANCELLED):
        raise BadTimetable(field="run", why="given for changed and extra, never for cancelled")
    trip = None if run is None else read_trip({**run, "slot": line["slot"]})
    return Excepted(str(kind), trip, checked_code("reason", line.get("reason", kind)))
