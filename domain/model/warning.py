"""Tomorrow's delay today: the latest run, at each remaining handoff, that still meets the due date.

Pure; exact from the timetable as it is known (a missed run is out of it), from cut-offs, and from
the budgets of legs that have not begun. Used for the work list by risk.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import (
    COURIER_BACK,
    COURIER_OUT,
    DEPARTMENT,
    RETURN,
)
from domain.model.runs import RunState
from domain.model.working_time import Calendar, date_number, minute_at, split


class Risk(StrEnum):
    """How a dossier stands against its due date, the worst first; the first that fits counts.

    `cannot_make_it`: no run that is still to come brings it back in time. `due_tomorrow`: on the
    next working day. `tight`: the next run it can catch is the last that will do, or it has to be
    ready before its leg's budget is used up.
    """

    LATE = "late"
    CANNOT_MAKE_IT = "cannot_make_it"
    DUE_TODAY = "due_today"
    DUE_TOMORROW = "due_tomorrow"
    TIGHT = "tight"
    SAFE = "safe"
    PAUSED = "paused"


class Hop(NamedTuple):
    """From one office to another on one run: handed in by `cutoff_us`, there at `arrives_us`."""

    run: str
    cutoff_us: Micros
    arrives_us: Micros


class Handoff(NamedTuple):
    """The latest that will do: paper leaves `office` at the end of `leg`, for `to`."""

    leg: str
    office: str
    to: str
    hop: Hop


class Position(NamedTuple):
    """Where an open dossier is on its way.

    `office` has it, or is where its courier brings it; `home` registered it, `department` solves it
    (the same: nobody carries it). `left_minutes` are left of the budget of the office that works on
    it, `department_minutes` of the department's, where that is still to come. `ready_us`: since
    when it waits for pick-up. `overdue_from_us` is the first instant at which it would be finished
    too late; both are None while it is paused.
    """

    leg: str
    office: str
    home: str
    department: str
    due_us: Micros | None
    overdue_from_us: Micros | None
    left_minutes: int
    department_minutes: int
    ready_us: Micros | None = None


class Warned(NamedTuple):
    """`latest`: the remaining handoffs in order, each with the latest run; empty without runs.

    `by_us`: until when the holder has to be done with it, None where nothing can save it or no
    handoff remains.
    """

    risk: Risk
    by_us: Micros | None
    latest: tuple[Handoff, ...]


class Network:
    """The runs that are still to come, as known at one instant; built once for all dossiers."""

    def __init__(self, runs: Iterable[RunState], *, now_us: Micros) -> None:
        hops: dict[tuple[str, str], list[Hop]] = defaultdict(list)
        arrivals: dict[str, list[Micros]] = defaultdict(list)
        for run in runs:
            coming = [
                (stop.office, stop.planned_us, stop.cutoff_us)
                for stop in run.stops
                if stop.planned_us is not None
                and stop.cutoff_us is not None
                and stop.status(now_us) in {"planned", "late"}
            ]
            for number, (office, at_us, cutoff_us) in enumerate(coming):
                arrivals[office].append(max(at_us, now_us))
                for to, there_us, _ in coming[number + 1 :]:
                    if to != office:
                        hops[office, to].append(Hop(run.name, cutoff_us, max(there_us, now_us)))
        self._lines = {ends: _Line(found) for ends, found in hops.items()}
        self._arrivals = {office: sorted(found) for office, found in arrivals.items()}

    def serves(self, office: str, to: str) -> bool:
        """Whether any run that is still to come goes from the one to the other."""
        return (office, to) in self._lines

    def latest(self, office: str, to: str, *, before_us: Micros) -> Hop | None:
        """The one that may be handed in last and is there before the instant."""
        line = self._lines.get((office, to))
        return None if line is None else line.latest(before_us)

    def first(self, office: str, to: str, *, ready_us: Micros) -> Hop | None:
        """The first by cut-off that takes what is ready by then."""
        line = self._lines.get((office, to))
        return None if line is None else line.first(ready_us)

    def arrivals(self, office: str) -> Sequence[Micros]:
        """When couriers are to come to the office, in order."""
        return self._arrivals.get(office, ())


class _Line:
    """The hops from one office to another; a later one may overtake an earlier."""

    def __init__(self, hops: Sequence[Hop]) -> None:
        by_arrival = sorted(hops, key=lambda hop: (hop.arrives_us, hop.run))
        self._arrivals = [hop.arrives_us for hop in by_arrival]
        self._latest = list(accumulate(by_arrival, _later))  # of all that arrive no later
        self._by_cutoff = sorted(hops, key=lambda hop: (hop.cutoff_us, hop.arrives_us, hop.run))
        self._cutoffs = [hop.cutoff_us for hop in self._by_cutoff]

    def latest(self, before_us: Micros) -> Hop | None:
        number = bisect_left(self._arrivals, before_us)
        return self._latest[number - 1] if number else None

    def first(self, ready_us: Micros) -> Hop | None:
        number = bisect_left(self._cutoffs, ready_us)
        return self._by_cutoff[number] if number < len(self._cutoffs) else None


def _later(one: Hop, other: Hop) -> Hop:
    return other if other.cutoff_us > one.cutoff_us else one


class _Limits(NamedTuple):
    """The latest way back, until before when the department must have it, the latest way there.

    `last` is the handoff at the department, `both` those from now on; empty where no run does.
    """

    back: Hop | None
    there_before_us: Micros
    out: Hop | None
    last: tuple[Handoff, ...] = ()
    both: tuple[Handoff, ...] = ()


class _Way(NamedTuple):
    """Whether some run still does, which ones at the latest, and whether it is one alone."""

    latest: tuple[Handoff, ...] = ()
    open: bool = True
    last_chance: bool = False


class Outlook:
    """Says how each dossier stands at one instant; dossiers with one due date share the work.

    `calendar` is that of the unit answerable for the deadline; `calendar_of` measures the budgets
    of offices, and answers None where that one does.
    """

    def __init__(
        self,
        network: Network,
        *,
        calendar: Calendar,
        calendar_of: Callable[[str], Calendar | None],
        now_us: Micros,
    ) -> None:
        self._network = network
        self.calendar = calendar
        self._calendar_of = calendar_of
        self._now_us = now_us
        self._open_now = cache(lambda own: own.open_before(now_us // MINUTE_US))
        self._limits: dict[tuple[str, str, str, str, Micros, int], _Limits] = {}
        minute = now_us // MINUTE_US
        self._today = date_number(minute)
        self._tomorrow = date_number(minute_at(calendar.counted_after(split(minute)[0], 1), 0))

    def __call__(self, at: Position) -> Warned:
        """The risk of an open dossier; raises `OutOfCalendar`."""
        due_us, limit_us = at.due_us, at.overdue_from_us
        if due_us is None or limit_us is None:
            return Warned(Risk.PAUSED, None, ())
        if self._now_us >= limit_us:
            return Warned(Risk.LATE, None, ())
        way = self._way(at, limit_us)
        if not way.open:
            return Warned(Risk.CANNOT_MAKE_IT, None, ())
        due_date = date_number(due_us // MINUTE_US)
        if due_date <= self._today:
            risk = Risk.DUE_TODAY
        elif due_date <= self._tomorrow:
            risk = Risk.DUE_TOMORROW
        else:
            risk = Risk.TIGHT if way.last_chance else Risk.SAFE
        return Warned(risk, way.latest[0].hop.cutoff_us if way.latest else None, way.latest)

    def _way(self, at: Position, limit_us: Micros) -> _Way:
        """What is left of the journey; where no run is known for it, it is not judged by any."""
        if at.leg == RETURN or at.department == at.home:
            return _Way(last_chance=self._ready_us(at) >= limit_us)
        if at.leg == COURIER_BACK:
            return self._arriving(at.home, limit_us, ())
        return self._way_there_and_back(at, limit_us)

    def _way_there_and_back(self, at: Position, limit_us: Micros) -> _Way:
        department, serves = at.department, self._network.serves
        limits = self._limits_of(at, limit_us)
        if limits.back is None:
            return _Way(open=not serves(department, at.home))
        if at.leg == COURIER_OUT:
            return self._arriving(department, limits.there_before_us, limits.last)
        if at.office == department:
            return self._leaving(at, limits.last)
        if limits.out is None:
            return _Way(open=not serves(at.office, department))
        return self._leaving(at, limits.both)

    def _arriving(self, office: str, before_us: Micros, latest: tuple[Handoff, ...]) -> _Way:
        """With a courier: a stop there has to do, and is the last chance if no other does."""
        arrivals = self._network.arrivals(office)
        in_time = bisect_left(arrivals, before_us)
        return _Way(latest, open=in_time > 0 or not arrivals, last_chance=in_time == 1)

    def _leaving(self, at: Position, latest: tuple[Handoff, ...]) -> _Way:
        """With an office: until the cut-off of the latest run."""
        first = latest[0]
        earliest_us = self._now_us if at.ready_us is None else at.ready_us
        following = self._network.first(first.office, first.to, ready_us=self._ready_us(at))
        return _Way(
            latest,
            open=earliest_us <= first.hop.cutoff_us,
            last_chance=following is None or following.cutoff_us >= first.hop.cutoff_us,
        )

    def _ready_us(self, at: Position) -> Micros:
        """When it is ready to go on if the present leg uses up its budget."""
        if at.ready_us is not None:
            return at.ready_us
        own = self._calendar_of(at.office) or self.calendar
        ready = own.reached(self._open_now(own) + at.left_minutes)
        return max(self._now_us, ready * MINUTE_US)

    def _limits_of(self, at: Position, limit_us: Micros) -> _Limits:
        """Backwards from the due date: the last way back, then the last way there."""
        key = at.leg, at.office, at.home, at.department, limit_us, at.department_minutes
        known = self._limits.get(key)
        if known is None:
            known = self._limits[key] = self._counted_back(at, limit_us)
        return known

    def _counted_back(self, at: Position, limit_us: Micros) -> _Limits:
        back = self._network.latest(at.department, at.home, before_us=limit_us)
        if back is None:
            return _Limits(None, 0, None)
        own = self._calendar_of(at.department) or self.calendar
        left = own.open_before(back.cutoff_us // MINUTE_US) - at.department_minutes
        # From the minute on before which one open minute more has passed its budget no longer fits.
        there_before_us = own.reached(left + 1) * MINUTE_US
        out = self._network.latest(at.office, at.department, before_us=there_before_us)
        last = (Handoff(DEPARTMENT, at.department, at.home, back),)
        if out is None:
            return _Limits(back, there_before_us, None, last)
        both = (Handoff(at.leg, at.office, at.department, out), *last)
        return _Limits(back, there_before_us, out, last, both)
