"""Courier runs as planned: routes, trips, stops, exceptions by date, and the runs that follow.

Used by the timetable that decides them, by the fold that compares them with what was scanned, and
by whoever asks for the next run. Days are indices as in `office_hours`; times of day are minutes
after midnight, local; instants are `Micros`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from domain.model.errors import Refusal
from domain.model.identifiers import checked_code, checked_party, is_courier
from domain.model.instants import Micros
from domain.model.labels import Kind, parse_label
from domain.model.office_hours import DAYS, Day, date_of, parse_time
from domain.model.working_time import Calendar, minute_at, to_us

_RUNS = UUID("3d6a1f70-2c0e-5b7d-8a52-7e9b40c1d805")  # for ever: the ids of runs follow from it
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}")  # without "/", which a run's name has
MOST_TRIPS = 12  # of one route on one day
MOST_STOPS = 32  # of one trip, as a sealing's `via`
_FEWEST_STOPS = 2

CANCELLED, CHANGED, EXTRA = EXCEPTIONS = ("cancelled", "changed", "extra")
REGULAR = "regular"


class BadTimetable(Refusal):
    """A route, trip or stop outside its grammar; values: field, why."""

    code = "BAD_TIMETABLE"


class StopsOutOfOrder(Refusal):
    """A stop that is not later than the one before; values: slot, office, at."""

    code = "STOPS_OUT_OF_ORDER"


class CutoffAfterStop(Refusal):
    """Paper may not be taken until after the courier has gone; values: slot, office, cutoff, at."""

    code = "CUTOFF_AFTER_STOP"


class RunsOverlap(Refusal):
    """A trip that starts before another of the same route is over; values: slot, before."""

    code = "RUNS_OVERLAP"


class Stop(NamedTuple):
    """Where a courier stops, when, and until when paper must be ready to go with him."""

    office: str
    at: int
    cutoff: int


class Trip(NamedTuple):
    """One run of a day; `label` is the printed card's, `courier` None where nobody is named."""

    slot: str
    label: str
    courier: str | None
    stops: tuple[Stop, ...]


class Version(NamedTuple):
    """The trips of every working day from `first` on; none: the route is no longer driven."""

    first: Day
    trips: tuple[Trip, ...]


class Excepted(NamedTuple):
    """What one date has instead: `trip` is None for a cancelled run."""

    kind: str
    trip: Trip | None
    reason: str


class PlannedStop(NamedTuple):
    """A stop of one date."""

    office: str
    at_us: Micros
    cutoff_us: Micros


class PlannedRun(NamedTuple):
    """One run of one date: it departs from its first stop and is over at its last.

    `kind` is regular, changed, extra or cancelled; `reason` is that of an exception.
    """

    route: str
    day: Day
    slot: str
    label: str
    courier: str | None
    stops: tuple[PlannedStop, ...]
    kind: str = REGULAR
    reason: str | None = None

    @property
    def name(self) -> str:
        """`ROUTE/2026-03-02/SLOT`: what a run is called where it has no fact to name it by."""
        return run_name(self.route, self.day, self.slot)

    @property
    def id(self) -> UUID:
        """The same for ever for this route, date and slot."""
        return uuid5(_RUNS, self.name)

    @property
    def departs_us(self) -> Micros:
        """When it is to leave its first stop."""
        return self.stops[0].at_us

    @property
    def ends_us(self) -> Micros:
        """When it is to reach its last stop."""
        return self.stops[-1].at_us


def run_name(route: str, day: Day, slot: str) -> str:
    """The name of a run, planned or not."""
    return f"{route}/{date_of(day)}/{slot}"


@dataclass(frozen=True, slots=True)
class Route:
    """What is planned for one route. `office`: its calendar says on which days the courier comes.

    `versions` oldest first; `exceptions` by (day, slot).
    """

    code: str
    office: str
    versions: tuple[Version, ...]
    exceptions: Mapping[tuple[Day, str], Excepted] = field(default_factory=dict)

    def trips_on(self, day: Day) -> tuple[Trip, ...]:
        """The trips of the version in force, as if it were a working day without exceptions."""
        for version in reversed(self.versions):
            if version.first <= day:
                return version.trips
        return ()

    @property
    def cards(self) -> dict[str, str]:
        """The slot that each printed card stands for, of all versions and exceptions."""
        trips = [trip for version in self.versions for trip in version.trips]
        trips += [each.trip for each in self.exceptions.values() if each.trip is not None]
        return {trip.label: trip.slot for trip in trips}


def planned_runs(
    route: Route, calendar: Calendar, first: Day, last: Day, *, cancelled: bool = False
) -> list[PlannedRun]:
    """The runs of the days from first to last, both included, in the order of their departure.

    They run on the counted dates of the calendar; an extra run also on any other. `cancelled`: also
    those that an exception has taken out.
    """
    excepted: dict[Day, dict[str, Excepted]] = defaultdict(dict)
    for (day, slot), each in route.exceptions.items():
        excepted[day][slot] = each
    since = min((version.first for version in route.versions), default=DAYS)
    runs = []
    for day in range(max(0, min(since, *excepted, DAYS), first), min(last, DAYS - 1) + 1):
        trips = route.trips_on(day) if calendar.shape(day).counted else ()
        instead = excepted.get(day, {})
        today = [_run(route.code, day, trip, None) for trip in trips if trip.slot not in instead]
        today += _excepted(route.code, day, trips, instead)
        runs += sorted(today, key=lambda run: (run.departs_us, run.slot))
    return [run for run in runs if cancelled or run.kind != CANCELLED]


def _excepted(
    route: str, day: Day, trips: tuple[Trip, ...], instead: Mapping[str, Excepted]
) -> Iterator[PlannedRun]:
    """Cancelled and changed runs where one was planned, extra ones anywhere."""
    planned = {trip.slot: trip for trip in trips}
    for slot, each in instead.items():
        regular = planned.get(slot)
        if each.kind == EXTRA and each.trip is not None:
            yield _run(route, day, each.trip, each)
        elif regular is not None:
            yield _run(route, day, each.trip or regular, each)


def _run(route: str, day: Day, trip: Trip, excepted: Excepted | None) -> PlannedRun:
    midnight = minute_at(day, 0)
    stops = tuple(
        PlannedStop(office, to_us(midnight + at), to_us(midnight + cutoff))
        for office, at, cutoff in trip.stops
    )
    kind, reason = (REGULAR, None) if excepted is None else (excepted.kind, excepted.reason)
    return PlannedRun(route, day, trip.slot, trip.label, trip.courier, stops, kind, reason)


# -- as people and events write them


def checked_word(name: str, given: object) -> str:
    """The code of a route or slot; raises `BadTimetable`."""
    if not isinstance(given, str) or not _WORD.fullmatch(given):
        raise BadTimetable(field=name, why="plain letters, digits and . _ - only, at most 16")
    return given


def read_trips(given: object) -> tuple[Trip, ...]:
    """Trips from `[{"slot", "label", "courier"?, "stops": [{"office", "at", "cutoff"?}…]}…]`.

    Raises `BadTimetable`, `StopsOutOfOrder`, `CutoffAfterStop`, `RunsOverlap`, and what reading
    codes, labels and times of day raises.
    """
    trips = [read_trip(each) for each in _list("runs", given, most=MOST_TRIPS)]
    trips.sort(key=lambda trip: trip.stops[0].at)
    for before, trip in pairwise(trips):
        if trip.stops[0].at < before.stops[-1].at:
            raise RunsOverlap(slot=trip.slot, before=before.slot)
    for name in ("slot", "label"):
        if len({getattr(trip, name) for trip in trips}) < len(trips):
            raise BadTimetable(field=name, why="the same one twice")
    return tuple(trips)


def read_trip(given: object) -> Trip:
    """One trip; raises as `read_trips`."""
    if not isinstance(given, dict):
        raise BadTimetable(field="runs", why="not an object")
    slot, label, courier = (given.get(name) for name in ("slot", "label", "courier"))
    checked_word("slot", slot)
    if parse_label(str(label)).kind is not Kind.RUN:
        raise BadTimetable(field="label", why="not the label of a run")
    if courier is not None and not is_courier(checked_party("courier", courier)):
        raise BadTimetable(field="courier", why="not courier:CODE")
    stops = tuple(_stop(each) for each in _list("stops", given.get("stops"), most=MOST_STOPS))
    if len(stops) < _FEWEST_STOPS:
        raise BadTimetable(field="stops", why="fewer than two")
    for stop in stops:
        if stop.cutoff > stop.at:
            told = {"cutoff": clock(stop.cutoff), "at": clock(stop.at)}
            raise CutoffAfterStop(slot=slot, office=stop.office, **told)
    for before, stop in pairwise(stops):
        if stop.at <= before.at:
            raise StopsOutOfOrder(slot=slot, office=stop.office, at=clock(stop.at))
    return Trip(str(slot), str(parse_label(str(label))), courier, stops)


def _stop(given: object) -> Stop:
    if not isinstance(given, dict):
        raise BadTimetable(field="stops", why="not an object")
    at = parse_time(given.get("at"))
    cutoff = given.get("cutoff")
    office = checked_code("office", given.get("office"))
    return Stop(office, at, at if cutoff is None else parse_time(cutoff))


def _list(name: str, given: object, *, most: int) -> list[Any]:
    if not isinstance(given, list) or len(given) > most:
        raise BadTimetable(field=name, why=f"not a list of at most {most}")
    return given


def written_trip(trip: Trip) -> dict[str, Any]:
    """As `read_trip` reads it."""
    return {
        "slot": trip.slot,
        "label": trip.label,
        "courier": trip.courier,
        "stops": [
            {"office": stop.office, "at": clock(stop.at), "cutoff": clock(stop.cutoff)}
            for stop in trip.stops
        ],
    }


def clock(minutes: int) -> str:
    """`08:30`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
