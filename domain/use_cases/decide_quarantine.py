"""Entries that wait for a person: those of a revoked station; asked by the page and its routes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from domain.model.decision import moment
from domain.model.entry import Entry, parse_entry
from domain.model.errors import NotAllowed, NotFound
from domain.model.instants import Micros
from domain.model.journal import EntryStored
from domain.model.policy import Act, Actor, demand
from domain.model.quarantine import MOST_AT_ONCE, Quarantine, Verdict, quarantine_id
from domain.model.station import Station
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, RecordedEntry, first
from domain.use_cases.checkpoints import Checkpoints
from domain.use_cases.record_scans import BatchTooLarge
from domain.use_cases.trust import StationTrust

_PAGE = 1_000  # keys of a journal that are looked through at a time


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One entry with what was decided about it: None while it waits."""

    entry: Entry
    recorded_at_us: Micros
    verdict: Verdict | None


class DecideQuarantine:
    """Shows what was quarantined, and lets it in or keeps it out; deciding is for the writer."""

    def __init__(
        self, *, log: EventLog, trust: StationTrust, checkpoints: Checkpoints, clock: Clock
    ) -> None:
        self._log = log
        self._trust = trust
        self._checkpoints = checkpoints
        self._clock = clock

    def stations(self, *, actor: Actor | None) -> list[str]:
        """The stations that were ever revoked, in the order of their codes."""
        demand(actor, Act.DECIDE_QUARANTINE)
        known = self._log.load_all(Station).values()
        return sorted(one.code for one in known if any(map(one.distrusts, one.keys)))

    def entries(
        self, station: str, *, actor: Actor | None, limit: int = MOST_AT_ONCE
    ) -> list[Quarantined]:
        """What waits first, in its order; then what was decided. Raises `UnknownStation`."""
        demand(actor, Act.DECIDE_QUARANTINE)
        decided = self._decided(station)
        history = [] if decided is None else decided.history
        by_entry = {entry: verdict for verdict in history for entry in verdict.entries}
        shown = []
        for stored in self._stored(station):
            entry = parse_entry(stored.raw)
            shown.append(Quarantined(entry, stored.recorded_at_us, by_entry.get(entry.digest)))
        shown.sort(key=lambda each: each.verdict is not None)
        return list(islice(shown, limit))

    def let_in(
        self, station: str, entries: Collection[str], *, reason: str, actor: Actor | None
    ) -> int:
        """State the facts of these entries; how many count now that did not before.

        Raises `NotAllowed`, `UnknownStation`, `NotFound`, `BadReason`, `BatchTooLarge`.
        """
        acting, found = self._found(station, entries, actor)
        now_us = self._clock.now_us()
        decided = self._decided(station) or self._opened(station, now_us)
        new = decided.let_in(
            found,
            reason=reason,
            by=acting.person,
            office=acting.office,
            timestamp=moment(now_us),
        )
        released = [self._released(found[digest], now_us) for digest in new]
        released.sort(key=lambda each: (each.entry.fact.epoch, each.entry.fact.seq))
        if new:
            self._log.save(decided, released=released)
        return len(new)

    def keep_out(
        self, station: str, entries: Collection[str], *, reason: str, actor: Actor | None
    ) -> None:
        """Decide that they state nothing; raises as `let_in`, and `EntryCounts`."""
        acting, found = self._found(station, entries, actor)
        now_us = self._clock.now_us()
        decided = self._decided(station) or self._opened(station, now_us)
        decided.keep_out(
            found,
            reason=reason,
            by=acting.person,
            office=acting.office,
            timestamp=moment(now_us),
        )
        self._log.save(decided)

    def _found(
        self, station: str, entries: Collection[str], actor: Actor | None
    ) -> tuple[Actor, dict[str, EntryStored]]:
        """Who decides, and those entries by digest; each must be in quarantine."""
        demand(actor, Act.DECIDE_QUARANTINE)
        if actor is None:
            raise NotAllowed(act=str(Act.DECIDE_QUARANTINE))
        if len(entries) > MOST_AT_ONCE:
            raise BatchTooLarge(most=MOST_AT_ONCE)
        stored = {parse_entry(each.raw).digest: each for each in self._stored(station)}
        missing = [digest for digest in entries if digest not in stored]
        if missing or not entries:
            raise NotFound(what="quarantined entry", code=", ".join(missing)[:64] or "-")
        return actor, {digest: stored[digest] for digest in entries}

    def _stored(self, station: str) -> Iterator[EntryStored]:
        """Every quarantined entry of the station, in the order of its journals."""
        known = self._trust.station(station)
        for epoch in sorted(epoch for epoch in known.keys if known.distrusts(epoch)):
            after = 0
            while page := self._log.entries(station, epoch, after=after, limit=_PAGE):
                yield from (stored for stored in page if stored.quarantined)
                after = parse_entry(page[-1].raw).fact.seq

    def _decided(self, station: str) -> Quarantine | None:
        return first(self._log.load(Quarantine, [quarantine_id(station)]))

    def _opened(self, station: str, now_us: Micros) -> Quarantine:
        return Quarantine(id=quarantine_id(station), timestamp=moment(now_us), station=station)

    def _released(self, stored: EntryStored, now_us: Micros) -> RecordedEntry:
        """As it was recorded, but that nobody could know of it before now."""
        entry = parse_entry(stored.raw)
        return RecordedEntry(
            entry=entry,
            recorded_at_us=stored.recorded_at_us,
            not_before_us=self._checkpoints.not_before(
                entry.checkpoint, station=entry.fact.station
            ),
            counts_since_us=now_us,
        )
