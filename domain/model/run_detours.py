"""Missed runs and closed offices as minutes of a dossier: what its ledger charges to others.

Pure; asked by the use case that accounts for a dossier's time, with its ledger as it stands
without them and the runs of those days.
"""

from collections.abc import Iterable, Iterator, Sequence

from domain.model.instants import MINUTE_US, Micros
from domain.model.legs import CARRIAGE, PICKUP, THE_POST, account_of
from domain.model.responsibility import OFFICE_CLOSED, RUN_MISSED, Detour, Entry, Ledger
from domain.model.runs import RunState, StopState

CLOSED = "office_closed"  # the coded reason of a StopMissed


def run_detours(ledger: Ledger, runs: Iterable[RunState], *, now_us: Micros) -> list[Detour]:
    """What runs changed: a missed one is the post's, a closed door its office's.

    A dossier ready by the cut-off of a stop that did not happen waits for the post from the planned
    time until a courier next comes there or somebody takes it. A courier who reports a closed
    office carries what is for it on that office's account until it is taken.
    """
    stops = [(run.name, stop) for run in runs for stop in run.stops]
    comings = sorted(
        (stop.reached_us, stop.office) for _, stop in stops if stop.reached_us is not None
    )
    missed = [(name, stop) for name, stop in stops if stop.status(now_us) == "missed"]
    found: list[Detour] = []
    for waits in _stays(ledger.entries, PICKUP):
        found += _not_fetched(waits, missed, comings)
    for number, carried in enumerate(ledger.entries):
        if carried.part == CARRIAGE:
            found += _not_let_in(carried, ledger.entries[number + 1 :], missed)
    return found


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


def _not_fetched(
    waits: Entry, missed: Sequence[tuple[str, StopState]], comings: Sequence[tuple[Micros, str]]
) -> Iterator[Detour]:
    ready_us, taken_us = waits.start * MINUTE_US, waits.end * MINUTE_US
    for name, stop in missed:
        planned_us, cutoff_us = stop.planned_us, stop.cutoff_us
        if stop.office != waits.holder or planned_us is None or cutoff_us is None:
            continue
        if not ready_us <= cutoff_us or planned_us >= taken_us:
            continue
        until_us = next(
            (at_us for at_us, office in comings if office == stop.office and at_us > planned_us),
            taken_us,
        )
        if stop.reason == CLOSED:
            account, cause = account_of(stop.office), OFFICE_CLOSED
        else:
            account, cause = THE_POST, RUN_MISSED
        yield Detour(cause, account, planned_us, min(until_us, taken_us), name)


def _not_let_in(
    carried: Entry, after: Sequence[Entry], missed: Sequence[tuple[str, StopState]]
) -> Iterator[Detour]:
    """Closed at the office that is to have it: the next to hold it, or any while nobody does."""
    to = next((entry.holder for entry in after if entry.part != CARRIAGE), None)
    start_us, end_us = carried.start * MINUTE_US, carried.end * MINUTE_US
    for name, stop in missed:
        at_us = stop.missed_us
        if stop.reason != CLOSED or at_us is None or to not in {None, stop.office}:
            continue
        if start_us <= at_us < end_us:
            yield Detour(OFFICE_CLOSED, account_of(stop.office), at_us, end_us, name)
