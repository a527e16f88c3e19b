"""Courier runs as they were driven: planned runs against what was scanned of them.

Used by `giaonhan fold`, the read model and the page of a day's runs. Pure: the same facts in any
order give the same answer, and what turns by time alone is returned with the instant it turns.

A scan names a run by its printed card (a label of kind 7, one for each slot of a route); which
day's run it is follows from the local date of its effective time. Its stop is the `place` of its
context, or the office that scanned it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from domain.model.corrections import amend
from domain.model.fact import RUN_FACTS, Fact
from domain.model.identifiers import is_courier
from domain.model.instants import DAY_US, MINUTE_US, Micros
from domain.model.office_hours import DAYS, Day
from domain.model.planned_runs import PlannedRun, PlannedStop, run_name
from domain.model.reasons import declared
from domain.model.station_time import Discrepancy, Timed
from domain.model.working_time import minute_at, to_us

RUN_LATE, RUN_MISSED, RUN_PARTIAL = "RUN_LATE", "RUN_MISSED", "RUN_PARTIAL"
ORIGIN_US = to_us(minute_at(0, 0))  # when the first day begins
_NEVER: Micros = 2**62


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The patience with couriers, versioned with the rules of a centre."""

    late_us: Micros = 15 * MINUTE_US  # after the planned time a run or stop is late
    missed_us: Micros = 60 * MINUTE_US  # after it, it did not happen


@dataclass(frozen=True, slots=True)
class StopState:
    """One stop of a run. `planned_us` and `cutoff_us` are None where nothing was planned.

    `late_from_us` and `missed_us` are the instants from which it is late or missed, None for never;
    `reason` is that of the scan which said so.
    """

    office: str
    planned_us: Micros | None = None
    cutoff_us: Micros | None = None
    reached_us: Micros | None = None
    reached_key: str | None = None
    late_from_us: Micros | None = None
    missed_us: Micros | None = None
    reason: str | None = None

    def status(self, now_us: Micros) -> str:
        """planned, late (and not there yet), reached or missed."""
        return _turned(now_us, self.reached_us, self.missed_us, self.late_from_us, "reached")

    @property
    def late_us(self) -> Micros:
        """By how much it was reached after its time; 0 where it was not."""
        if self.planned_us is None or self.reached_us is None:
            return 0
        return max(0, self.reached_us - self.planned_us)


@dataclass(frozen=True, slots=True)
class Driven:
    """Who drove, from when, until when (None: still)."""

    courier: str
    from_us: Micros
    to_us: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """One run of one day. `planned` is None for one that no timetable has on that day.

    `started_us` is the first that was seen of it, `departed_us` its departure as scanned;
    `couriers` in order; `elsewhere` are stops that were made without being planned.
    """

    name: str
    label: str
    route: str
    slot: str
    day: Day
    planned: PlannedRun | None
    stops: tuple[StopState, ...]
    elsewhere: tuple[StopState, ...] = ()
    started_us: Micros | None = None
    departed_us: Micros | None = None
    completed_us: Micros | None = None
    late_from_us: Micros | None = None
    missed_us: Micros | None = None
    couriers: tuple[Driven, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()

    def status(self, now_us: Micros) -> str:
        """planned, late (not started yet), under_way, completed or missed."""
        if self.completed_us is not None and self.completed_us <= now_us:
            return "completed"
        return _turned(now_us, self.started_us, self.missed_us, self.late_from_us, "under_way")


def _turned(
    now_us: Micros,
    happened_us: Micros | None,
    missed_us: Micros | None,
    late_from_us: Micros | None,
    happened: str,
) -> str:
    if happened_us is not None and happened_us <= now_us:
        return happened
    if missed_us is not None and missed_us <= now_us:
        return "missed"
    return "late" if late_from_us is not None and late_from_us <= now_us else "planned"


Cards = Mapping[str, tuple[str, str]]  # a card's label → route and slot

_DEFAULT_SETTINGS = RunSettings()


def day_of(instant_us: Micros) -> Day:
    """The local date of an instant; outside 2000-2099 it is no day of any timetable."""
    return (instant_us - ORIGIN_US) // DAY_US


def follow_runs(
    planned: Iterable[PlannedRun],
    timed: Iterable[Timed],
    *,
    cards: Cards,
    now_us: Micros | None = None,
    as_of_us: Micros | None = None,
    settings: RunSettings = _DEFAULT_SETTINGS,
) -> list[RunState]:
    """Every planned run and every other that was seen, by day, planned departure and name.

    timed: settled facts in whatever order given, those that amend run facts among them. Without
    `now_us` discrepancies that turn later are returned too. `as_of_us` shows the state at that
    instant in the light of all facts.
    """
    plan = {(run.label, run.day): run for run in planned}
    seen: dict[tuple[str, Day], list[Timed]] = defaultdict(list)
    for one in sorted((each.timed for each in amend(list(timed))[0]), key=attrgetter("order")):
        if one.fact.fact in RUN_FACTS and one.fact.subject in cards:
            seen[one.fact.subject, day_of(one.effective_us)].append(one)
    found = []
    for label, day in plan.keys() | seen.keys():
        if not 0 <= day < DAYS:
            continue  # a clock decades off: its flags tell it
        run, facts = plan.get((label, day)), seen.get((label, day), [])
        route, slot = (run.route, run.slot) if run is not None else cards[label]
        named = _Named(run_name(route, day, slot), label, route, slot, day)
        state = _state(_Walk(run, facts, settings), named)
        if as_of_us is not None:
            known = [one for one in facts if one.effective_us <= as_of_us]
            then = _state(_Walk(run, known, settings), named)
            state = replace(then, discrepancies=state.discrepancies)
        shown = _shown(state.discrepancies, now_us, as_of_us)
        found.append(replace(state, discrepancies=shown))
    return sorted(found, key=by_departure)


def by_departure(state: RunState) -> tuple[Day, Micros, str]:
    """As runs are listed: by day, planned departure and name."""
    run = state.planned
    departs_us = run.departs_us if run is not None else state.started_us
    return state.day, _NEVER if departs_us is None else departs_us, state.name


def _shown(
    discrepancies: Iterable[Discrepancy], now_us: Micros | None, as_of_us: Micros | None
) -> tuple[Discrepancy, ...]:
    """What has turned by the earlier of the two, as it stood then."""
    then_us = min((at_us for at_us in (now_us, as_of_us) if at_us is not None), default=_NEVER)
    return tuple(
        replace(one, closed_us=None)
        if one.closed_us is not None and one.closed_us > then_us
        else one
        for one in discrepancies
        if one.opened_us <= then_us
    )


class _Named(NamedTuple):
    """What a run is called."""

    name: str
    label: str
    route: str
    slot: str
    day: Day


@dataclass(slots=True)
class _Mark:
    """What was scanned of one planned stop, each the earliest."""

    reached: Timed | None = None
    missed: Timed | None = None


class _Walk:
    """What the facts of one run say, stop by stop."""

    def __init__(
        self, run: PlannedRun | None, facts: Sequence[Timed], settings: RunSettings
    ) -> None:
        self.run = run
        self.stops: tuple[PlannedStop, ...] = () if run is None else run.stops
        self.settings = settings
        self.facts = facts
        self.marks = [_Mark() for _ in self.stops]
        self.unplaced: list[Timed] = []  # a stop that was missed, and nobody says which
        self.elsewhere: list[Timed] = []
        self.departed = self._first("RunDeparted")
        self.completed = self._first("RunCompleted")
        moving = (one.effective_us for one in facts if one.fact.fact != "StopMissed")
        self.started_us = min(moving, default=None)
        self.delay_us = 0
        if run is not None and self.started_us is not None:
            self.delay_us = max(0, self.started_us - run.departs_us)
        for one in facts:
            self._mark(one)

    def _first(self, name: str) -> Timed | None:
        return next((one for one in self.facts if one.fact.fact == name), None)

    def _mark(self, one: Timed) -> None:
        name, office = one.fact.fact, _stop_of(one.fact)
        if name == "RunDeparted":
            self._reach(0, one)
        elif name == "RunCompleted":
            if self.stops and office in {None, self.stops[-1].office}:
                self._reach(-1, one)
        elif office is None:
            if name == "StopMissed":
                self.unplaced.append(one)
        elif (place := self._nearest(office, one.effective_us)) is None:
            self.elsewhere.append(one)
        elif name == "StopReached":
            self._reach(place, one)
        elif self.marks[place].missed is None:
            self.marks[place].missed = one

    def _reach(self, place: int, one: Timed) -> None:
        if self.marks and self.marks[place].reached is None:
            self.marks[place].reached = one

    def _nearest(self, office: str, at_us: Micros) -> int | None:
        """Which of the stops at that office: the one planned nearest, the run's delay allowed."""
        places = [n for n, stop in enumerate(self.stops) if stop.office == office]
        off = {n: abs(self.stops[n].at_us + self.delay_us - at_us) for n in places}
        return min(places, key=lambda n: (off[n], n), default=None)

    def stop_state(self, n: int) -> StopState:
        """The n-th stop, with the instants at which it turns late or missed."""
        stop, mark = self.stops[n], self.marks[n]
        reached_us, reached_key = _when(mark.reached)
        missed_us: Micros | None = self.missed(n)[0]
        if missed_us is not None and reached_us is not None and reached_us <= missed_us:
            missed_us = None
        reason = mark.missed and mark.missed.fact.context.get("reason")
        return StopState(
            stop.office,
            stop.at_us,
            stop.cutoff_us,
            reached_us,
            reached_key,
            stop.at_us + self.settings.late_us,
            missed_us,
            reason if missed_us is not None and isinstance(reason, str) else None,
        )

    def missed(self, n: int) -> tuple[Micros, Timed | None]:
        """From when the stop counts as missed if it is not reached before: told, or by silence."""
        told = self.marks[n].missed
        ends = [self.stops[n].at_us + self.delay_us + self.settings.missed_us]
        if told is not None:
            ends.append(told.effective_us)
        if self.completed is not None:
            ends.append(self.completed.effective_us)
        missed_us = min(ends)
        return missed_us, told if told is not None and told.effective_us == missed_us else None

    def couriers(self) -> tuple[Driven, ...]:
        """Who drove: the courier that scans, or the one whom the office names."""
        driven: list[Driven] = []
        for one in self.facts:
            courier = _courier_of(one.fact)
            if courier is None or (driven and driven[-1].courier == courier):
                continue
            if driven:
                driven[-1] = replace(driven[-1], to_us=one.effective_us)
            driven.append(Driven(courier, one.effective_us, None))
        if driven and self.completed is not None:
            to_us = max(driven[-1].from_us, self.completed.effective_us)
            driven[-1] = replace(driven[-1], to_us=to_us)
        return tuple(driven)


def _when(one: Timed | None) -> tuple[Micros | None, str | None]:
    """Instant and key of a scan."""
    return (None, None) if one is None else (one.effective_us, one.fact.key)


def _stop_of(fact: Fact) -> str | None:
    """The office of the stop, None where neither place nor scanner says it."""
    place = fact.context.get("place")
    if isinstance(place, str):
        return place
    return None if is_courier(fact.office) else fact.office


def _courier_of(fact: Fact) -> str | None:
    for party in (fact.office, fact.context.get("counterpart")):
        if isinstance(party, str) and is_courier(party):
            return party
    return None


def _state(walk: _Walk, named: _Named) -> RunState:
    run, settings = walk.run, walk.settings
    departs_us = None if run is None else run.departs_us
    return RunState(
        **named._asdict(),
        planned=run,
        stops=tuple(map(walk.stop_state, range(len(walk.stops)))),
        elsewhere=tuple(
            StopState(str(_stop_of(one.fact)), None, None, one.effective_us, one.fact.key)
            for one in walk.elsewhere
            if one.fact.fact == "StopReached"
        ),
        started_us=walk.started_us,
        departed_us=_when(walk.departed)[0],
        completed_us=_when(walk.completed)[0],
        late_from_us=None if departs_us is None else departs_us + settings.late_us,
        missed_us=None if departs_us is None else departs_us + settings.missed_us,
        couriers=walk.couriers(),
        discrepancies=tuple(sorted(_discrepancies(walk, named.name))) if run is not None else (),
    )


# -- what does not agree

_Cause = tuple[Micros, Micros, str]  # from, until (`_NEVER`: still), key


def _discrepancies(walk: _Walk, name: str) -> list[Discrepancy]:
    """RUN_MISSED, RUN_LATE and RUN_PARTIAL of one planned run, and what a courier met at a door.

    What did not happen has no fact to be named by: the run's name is the key, with `#n` for its
    n-th stop from 1. What a scan says is named by the scan.
    """
    late = [_late(walk, name, n) for n in range(len(walk.stops))]
    partial = [cause for n in range(len(walk.stops)) for cause in _partial(walk, name, n)]
    partial += [(one.effective_us, _NEVER, one.fact.key) for one in walk.unplaced]
    missed_us = walk.stops[0].at_us + walk.settings.missed_us
    missed = (missed_us, _or_never(walk.started_us), name)
    causes = {RUN_LATE: late, RUN_MISSED: [missed], RUN_PARTIAL: partial, **_declared(walk)}
    return [one for code, each in causes.items() for one in _opened(code, name, each)]


def _late(walk: _Walk, name: str, n: int) -> _Cause:
    """Overdue from its grace on, until it is reached, or given up for missed.

    The first stop until anything is seen of the run; the others once something has been.
    """
    stop, settings = walk.stops[n], walk.settings
    late_us, key = stop.at_us + settings.late_us, f"{name}#{n + 1}"
    if n == 0:
        return late_us, min(stop.at_us + settings.missed_us, _or_never(walk.started_us)), key
    reached = walk.marks[n].reached
    missed_us = walk.missed(n)[0]
    until_us = missed_us if reached is None else min(missed_us, reached.effective_us)
    return max(late_us, _or_never(walk.started_us)), until_us, key


def _partial(walk: _Walk, name: str, n: int) -> list[_Cause]:
    """Missed, as somebody said or as nobody was seen there, until it is reached after all.

    A run of which nothing was seen is missed as a whole, but for what somebody said.
    """
    reached = walk.marks[n].reached
    until_us = _NEVER if reached is None else reached.effective_us
    missed_us, told = walk.missed(n)
    if told is None and walk.started_us is None:
        return []
    return [(missed_us, until_us, told.fact.key if told is not None else f"{name}#{n + 1}")]


def _declared(walk: _Walk) -> dict[str, list[_Cause]]:
    """OFFICE_CLOSED and ORG_CHANGED, by whoever says why he missed a stop, until it is reached."""
    causes: dict[str, list[_Cause]] = defaultdict(list)
    told = [(mark.missed, mark.reached) for mark in walk.marks]
    for missed, reached in [*told, *((one, None) for one in walk.unplaced)]:
        if missed is None:
            continue
        fact = missed.fact
        if (code := declared(fact.fact, fact.context.get("reason"))) is not None:
            causes[code].append((missed.effective_us, _or_never(_when(reached)[0]), fact.key))
    return causes


def _opened(code: str, name: str, causes: Iterable[_Cause]) -> list[Discrepancy]:
    """At most one of a code is open: a further cause while it is open keeps it open.

    Two statements under one key can open the same identity twice: it is opened again, not doubled.
    """
    whole: dict[str, _Cause] = {}
    for from_us, until_us, key in causes:
        if from_us < until_us:
            before = whole.get(key, (from_us, until_us, key))
            whole[key] = min(before[0], from_us), max(before[1], until_us), key
    spans: list[_Cause] = []
    for from_us, until_us, key in sorted(whole.values()):
        if spans and from_us <= spans[-1][1]:
            first_us, last_us, opening = spans[-1]
            spans[-1] = first_us, max(last_us, until_us), opening
        else:
            spans.append((from_us, until_us, key))
    return [
        Discrepancy(from_us, code, name, None if until_us == _NEVER else until_us, key)
        for from_us, until_us, key in spans
    ]


def _or_never(at_us: Micros | None) -> Micros:
    return _NEVER if at_us is None else at_us
