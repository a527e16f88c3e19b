"""When facts took effect, kept up to date entry by entry; used by the evidence.

The rule is `station_time.settle`'s alone. An entry at the end of its station's journal needs only
what the station's last entry carries on; one that fills a gap, or tightens what was known before,
settles its station anew, and every station in which a fact rests on one that has moved.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from adapters.read_model.engine import add_rows, among, listed, unless_there
from adapters.read_model.fact_rows import (
    FactRows,
    Identity,
    Stored,
    identity,
    target_of,
)
from adapters.read_model.tables import Tables
from domain.model.fact import Fact, aims
from domain.model.instants import Micros
from domain.model.station_time import Discrepancy, Settled, Timed, offline_of, settle

Batch = Mapping[Identity, Stored]


@dataclass(frozen=True, slots=True)
class Void:
    """A sequence number that is taken but states no fact: refused or quarantined."""

    station: str
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class _Last:
    """The last entry of a station, and what it carries on to the next."""

    station: str
    epoch: int
    seq: int
    digest: str
    lower_us: Micros | None
    upper_us: Micros | None
    effective_us: Micros

    @property
    def timed(self) -> Timed:
        """The entry with its place in time, for what the next one is compared with."""
        pin = _pin(self, self.effective_us)
        return Timed(pin, self.effective_us, self.lower_us, self.upper_us)

    def carries_on_to(self, run: Collection[Fact]) -> bool:
        """Whether the run comes after this entry, and nothing it says moves what came before."""
        if min((fact.epoch, fact.seq) for fact in run) <= (self.epoch, self.seq):
            return False
        bounds = [fact.not_after_us for fact in run if fact.not_after_us is not None]
        if not bounds:
            return True
        return self.upper_us is not None and min(bounds) >= max(self.upper_us, self.effective_us)


class StationTimes:
    """Settles what is new against one set of tables."""

    def __init__(self, tables: Tables, facts: FactRows) -> None:
        clock, void, flag = tables.station_clock, tables.void_entry, tables.station_flag
        self._facts = facts
        self._clocks = select(clock).where(among(clock.c.station, "wanted"))
        self._forget_clocks = delete(clock).where(among(clock.c.station, "wanted"))
        self._set_clocks = insert(clock)
        resting = tables.resting
        self._add_resting = unless_there(resting)
        self._resting = select(resting.c.station, resting.c.named)
        self._voids = select(void).where(among(void.c.station, "wanted"))
        self._add_voids = unless_there(void)
        self._forget_flags = delete(flag).where(among(flag.c.station, "wanted"))
        self._add_flags = insert(flag)

    def settle(
        self, connection: Connection, *, new: Batch, tightened: Batch, voids: Collection[Void]
    ) -> list[Stored]:
        """All facts whose place in time is new or has changed; stores clocks, flags and voids."""
        if voids:
            connection.execute(self._add_voids, [asdict(void) for void in voids])
        pairs = {pair for stored in new.values() for pair in _named(stored.timed.fact)}
        if pairs:
            connection.execute(
                self._add_resting, [{"station": one, "named": other} for one, other in pairs]
            )
        runs: dict[str, list[Fact]] = defaultdict(list)
        for stored in new.values():
            runs[stored.timed.fact.station].append(stored.timed.fact)
        lasts = self._lasts(connection, runs.keys() | {void.station for void in voids})
        anew = {
            station
            for station, run in runs.items()
            if station in lasts and not lasts[station].carries_on_to(run)
        }
        anew.update(stored.timed.fact.station for stored in tightened.values())
        anew.update(void.station for void in voids if _is_past(void, lasts.get(void.station)))
        return self._settle(connection, {**tightened, **new}, lasts, anew)

    def _settle(
        self, connection: Connection, batch: Batch, lasts: Mapping[str, _Last], anew: set[str]
    ) -> list[Stored]:
        """Settle these stations from their first entry on, until nothing rests on what moves.

        Stations that name each other's facts in a ring are settled together: apart, each would
        hold the other at a time that is no longer true.
        """
        while True:
            if anew:
                pairs = [(row.station, row.named) for row in connection.execute(self._resting)]
                anew |= _reached(anew, pairs) & _reached(anew, [(b, a) for a, b in pairs])
            known = {
                identity(stored.timed.fact): stored
                for stored in self._facts.of_stations(connection, anew)
            }
            facts = {name: stored.timed.fact for name, stored in {**known, **batch}.items()}
            held = self._held(connection, {fact.station for fact in facts.values()})
            carried = [last for station, last in lasts.items() if station not in anew]
            pins = self._pins(connection, facts.values(), carried)
            settled = settle([*facts.values(), *pins], accounted=held)
            placed = list(_placed(settled.timed, batch, known))
            # What rests on these cannot be earlier than they are, even if it was told before.
            resting = self._facts.amending(connection, {each.timed.fact.key for each in placed})
            further = {stored.timed.fact.station for stored in resting} - anew
            if not further:
                break
            anew |= further
        self._store(connection, settled, facts, carried, anew)
        return placed

    def _lasts(self, connection: Connection, stations: Collection[str]) -> dict[str, _Last]:
        rows = connection.execute(self._clocks, {"wanted": listed(stations)})
        return {row.station: _Last(**row._mapping) for row in rows}  # noqa: SLF001 - its public name

    def _held(
        self, connection: Connection, stations: Collection[str]
    ) -> dict[str, list[tuple[int, int]]]:
        """Per station the numbers that are void."""
        held: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in connection.execute(self._voids, {"wanted": listed(stations)}):
            held[row.station].append((row.epoch, row.seq))
        return held

    def _pins(
        self, connection: Connection, facts: Iterable[Fact], lasts: Iterable[_Last]
    ) -> list[Fact]:
        """What lies outside the facts but bears on their times, as facts that cannot move."""
        keys, targets = set(), set()
        for fact in facts:
            keys.add(fact.key)
            targets.add(target_of(fact))
        pins = [_pin(last, last.effective_us, lower_us=last.lower_us) for last in lasts]
        outside = {key for key in targets if key is not None} - keys - {pin.key for pin in pins}
        named = self._facts.by_key(connection, outside)
        return pins + [_pin(each.timed.fact, each.timed.effective_us) for each in named]

    def _store(
        self,
        connection: Connection,
        settled: Settled,
        facts: Mapping[Identity, Fact],
        carried: Iterable[_Last],
        anew: Collection[str],
    ) -> None:
        """Replace the clocks of the stations that spoke, and the flags of those settled anew."""
        lines: dict[str, list[Timed]] = defaultdict(list)
        for timed in settled.timed:
            if identity(timed.fact) in facts:
                lines[timed.fact.station].append(timed)
        for line in lines.values():
            line.sort(key=_place)
        if lines:
            connection.execute(self._forget_clocks, {"wanted": listed(lines)})
            add_rows(connection, self._set_clocks, [_clock(line[-1]) for line in lines.values()])
        if anew:
            connection.execute(self._forget_flags, {"wanted": listed(anew)})
        before = {last.station: [last.timed] for last in carried}
        offline = [
            each
            for station, line in lines.items()
            for each in offline_of([*before.get(station, ()), *line])
        ]
        by_key = {fact.key: fact for fact in facts.values()}
        flags = [
            _flag(by_key[each.key], each)
            for each in (*settled.discrepancies, *offline)
            if each.key in by_key
        ]
        if flags:
            connection.execute(self._add_flags, flags)


def _placed(settled: Iterable[Timed], batch: Batch, known: Batch) -> Iterable[Stored]:
    """Those new or told anew, and those that have moved."""
    for timed in settled:
        name = identity(timed.fact)
        if name in batch:
            yield Stored(batch[name].id, timed)
        elif name in known and known[name].timed != timed:
            yield Stored(known[name].id, timed)


def _named(fact: Fact) -> Iterable[tuple[str, str]]:
    """The station with each other station whose facts it names."""
    for key in aims(fact):
        if (station := key.partition("#")[0]) != fact.station:
            yield fact.station, station


def _reached(start: Collection[str], pairs: Collection[tuple[str, str]]) -> set[str]:
    """All that the pairs lead to, step by step, from any of these."""
    reached: set[str] = set()
    frontier = set(start)
    while frontier:
        frontier = {other for one, other in pairs if one in frontier} - reached
        reached |= frontier
    return reached


def _pin(of: Fact | _Last, at_us: Micros, *, lower_us: Micros | None = None) -> Fact:
    """A stand-in that settles at `at_us`, whatever bounds it, and carries on what the fact does."""
    return Fact(
        fact="Rated",  # says nothing about where anything is, and names nothing
        subject="",
        at_us=at_us,
        not_before_us=lower_us,
        not_after_us=at_us,
        station=of.station,
        epoch=of.epoch,
        seq=of.seq,
        operator="",
        office="",
        context={},
        digest=of.digest,
    )


def _flag(fact: Fact, discrepancy: Discrepancy) -> dict[str, Any]:
    return {
        "station": fact.station,
        "epoch": fact.epoch,
        "seq": fact.seq,
        "code": discrepancy.code,
        "key": discrepancy.key,
        "opened_us": discrepancy.opened_us,
        "closed_us": discrepancy.closed_us,
    }


def _clock(timed: Timed) -> dict[str, Any]:
    return {
        "station": timed.fact.station,
        "epoch": timed.fact.epoch,
        "seq": timed.fact.seq,
        "digest": timed.fact.digest,
        "lower_us": timed.lower_us,
        "upper_us": timed.upper_us,
        "effective_us": timed.effective_us,
    }


def _place(timed: Timed) -> tuple[int, int, str]:
    return timed.fact.epoch, timed.fact.seq, timed.fact.digest


def _is_past(void: Void, last: _Last | None) -> bool:
    return last is not None and (void.epoch, void.seq) < (last.epoch, last.seq)
