"""Missed runs and closed offices as minutes of a dossier: what its ledger charges to others.

Pure; asked by the use cases that account for the time of one dossier or of many, with a ledger as
it stands without them and the runs of those days.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from domain.model.claims import OFFICE_CLOSED, RUN_MISSED, Detour
from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import CARRIAGE, PICKUP, THE_POST, account_of
from domain.model.responsibility import Entry, Ledger
from domain.model.runs import RunState, StopState
from domain.model.working_time import Minute

CLOSED = "office_closed"  # the coded reason of a StopMissed


class _Missed(NamedTuple):
    """A stop that did not happen at `at_us`: its planned time, or when a courier said so."""

    at_us: Micros
    run: str
    stop: StopState


class RunDetours:
    """What the runs of some days changed: a missed one is the post's, a closed door its office's.

    A dossier ready by the cut-off of a stop that did not happen waits for the post from the planned
    time until a courier next comes there or somebody takes it. A courier who reports a closed
    office carries what is for it on that office's account until it is taken.
    """

    def __init__(self, runs: Iterable[RunState], *, now_us: Micros) -> None:
        """`runs` in their order: of two at one time the first counts."""
        self._comings: dict[str, list[Micros]] = defaultdict(list)
        self._missed: dict[str, list[_Missed]] = defaultdict(list)  # by office and planned time
        self._closed: list[_Missed] = []  # by when a courier said so
        for run in runs:
            for stop in run.stops:
                if stop.reached_us is not None:
                    self._comings[stop.office].append(stop.reached_us)
                if stop.status(now_us) != "missed":
                    continue
                if stop.planned_us is not None and stop.cutoff_us is not None:
                    one = _Missed(stop.planned_us, run.name, stop)
                    self._missed[stop.office].append(one)
                if stop.reason == CLOSED and stop.missed_us is not None:
                    self._closed.append(_Missed(stop.missed_us, run.name, stop))
        for comings in self._comings.values():
            comings.sort()
        for missed in (*self._missed.values(), self._closed):
            missed.sort(key=_AT)

    def of(self, ledger: Ledger) -> list[Detour]:
        """The detours of one dossier."""
        found: list[Detour] = []
        if self._missed:
            for waits in _stays(ledger.entries, PICKUP):
                found += self.not_fetched(waits.holder or "", waits.start, waits.end)
        if self._closed:
            for number, carried in enumerate(ledger.entries):
                if carried.part == CARRIAGE:
                    found += self._not_let_in(carried, ledger.entries[number + 1 :])
        return found

    def not_fetched(self, office: str, ready: Minute, taken: Minute) -> Iterator[Detour]:
        """Whose its minutes are that waited there in [ready, taken), where nobody fetched it."""
        ready_us, taken_us = ready * MINUTE_US, taken * MINUTE_US
        missed = self._missed.get(office, [])
        # No cut-off is after the planned time, so what was planned before it was ready is none.
        for number in range(bisect_left(missed, ready_us, key=_AT), len(missed)):
            planned_us, name, stop = missed[number]
            if planned_us >= taken_us:
                break
            if stop.cutoff_us is None or stop.cutoff_us < ready_us:
                continue
            comings = self._comings.get(office, [])
            place = bisect_right(comings, planned_us)
            until_us = comings[place] if place < len(comings) else taken_us
            if stop.reason == CLOSED:
                account, cause = account_of(office), OFFICE_CLOSED
            else:
                account, cause = THE_POST, RUN_MISSED
            yield Detour(cause, account, planned_us, min(until_us, taken_us), name)

    def _not_let_in(self, carried: Entry, after: Sequence[Entry]) -> Iterator[Detour]:
        """Closed where it is to go: at the next to hold it, or anywhere while nobody has."""
        to = next((entry.holder for entry in after if entry.part != CARRIAGE), None)
        start_us, end_us = carried.start * MINUTE_US, carried.end * MINUTE_US
        first = bisect_left(self._closed, start_us, key=_AT)
        for at_us, name, stop in self._closed[first : bisect_left(self._closed, end_us, key=_AT)]:
            if to in {None, stop.office}:
                yield Detour(OFFICE_CLOSED, account_of(stop.office), at_us, end_us, name)


_AT = attrgetter("at_us")


def _stays(entries: Sequence[Entry], part: str) -> Iterator[Entry]:
    """The entries of that part, those that follow each other in one hand as one."""
    stay: Entry | None = None
    for entry in entries:
        if stay is not None:
            if entry.part == part and (entry.start, entry.holder) == (stay.end, stay.holder):
                stay = stay._replace(end=entry.end)
                continue
            yield stay
        stay = entry if entry.part == part else None
    if stay is not None:
        yield stay
