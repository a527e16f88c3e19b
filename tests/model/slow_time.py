"""Second, slow implementation of the time rules (facts.md §3), read by `slow_fold` only.

Written from the page alone, without a look at `domain/model/station_time.py`.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from domain.model.fact import Fact
from domain.model.instants import SECOND_US, Micros

TOLERATED_US = 120 * SECOND_US
Order = tuple[Micros, str, int, int, str]


@dataclass
class Placed:
    """A fact with its place in time; `lower_us`, `upper_us` are the carried bounds."""

    fact: Fact
    lower_us: Micros | None = None
    upper_us: Micros | None = None
    effective_us: Micros = 0
    amended: bool = False  # by a correction; `slow_amend` sets it

    @property
    def order(self) -> Order:
        fact = self.fact
        return (self.effective_us, fact.station, fact.epoch, fact.seq, fact.digest)


@dataclass
class Raised:
    """A discrepancy; `claimer`: who released what he did not hold."""

    code: str
    subject: str
    opened_us: Micros
    key: str
    closed_us: Micros | None = None
    claimer: str | None = None
    behind: str | None = None  # key of the one that stood, of a further cause


def known_at(facts: list[Fact], known_at_us: Micros | None) -> list[Fact]:
    """Drop what was recorded after K (`recorded_at`, else not_after, else at)."""
    if known_at_us is None:
        return list(facts)
    return [fact for fact in facts if _recorded(fact) <= known_at_us]


def _recorded(fact: Fact) -> Micros:
    if fact.recorded_at_us is not None:
        return fact.recorded_at_us
    return fact.at_us if fact.not_after_us is None else fact.not_after_us


def without_duplicates(facts: list[Fact]) -> list[Fact]:
    """The same key with the same bytes counts once; its evidence intervals intersect."""
    kept: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        name = (fact.key, fact.digest)
        if name in kept:
            earliest = [x.not_before_us for x in (fact, kept[name]) if x.not_before_us is not None]
            latest = [x.not_after_us for x in (fact, kept[name]) if x.not_after_us is not None]
            kept[name] = replace(
                kept[name],
                not_before_us=max(earliest, default=None),
                not_after_us=min(latest, default=None),
            )
        else:
            kept[name] = fact
    return list(kept.values())


def clamp(at_us: Micros, lower_us: Micros | None, upper_us: Micros | None) -> Micros:
    """Into the bounds; where they are inverted, not-after wins."""
    if lower_us is not None:
        at_us = max(at_us, lower_us)
    if upper_us is not None:
        at_us = min(at_us, upper_us)
    return at_us


def place_in_time(facts: list[Fact]) -> list[Placed]:
    """Every fact with its effective time, station by station, each in (epoch, sequence, bytes)."""
    stations: dict[str, list[Placed]] = defaultdict(list)
    for fact in sorted(facts, key=lambda f: (f.station, f.epoch, f.seq, f.digest)):
        stations[fact.station].append(Placed(fact))
    for entries in stations.values():
        _carry_bounds(entries)
        for entry in entries:
            entry.effective_us = clamp(entry.fact.at_us, entry.lower_us, entry.upper_us)
    _never_earlier(stations)
    return [entry for entries in stations.values() for entry in entries]


def _carry_bounds(entries: list[Placed]) -> None:
    """Not-before forward as a running maximum, not-after backward as a running minimum."""
    for here, entry in enumerate(entries):
        before = [e.fact.not_before_us for e in entries[: here + 1]]
        after = [e.fact.not_after_us for e in entries[here:]]
        entry.lower_us = max((x for x in before if x is not None), default=None)
        entry.upper_us = min((x for x in after if x is not None), default=None)


def _never_earlier(stations: dict[str, list[Placed]]) -> None:
    """Than its predecessor in the station, nor than a fact it names by key; repeated to the end."""
    under: dict[str, list[Placed]] = defaultdict(list)
    for entries in stations.values():
        for entry in entries:
            under[entry.fact.key].append(entry)
    moved = True
    while moved:
        moved = False
        for entries in stations.values():
            for here, entry in enumerate(entries):
                floor = [entry.effective_us]
                floor += [entries[here - 1].effective_us] if here else []
                target = entry.fact.context.get("target")
                if isinstance(target, str):
                    floor += [named.effective_us for named in under[target]]
                if max(floor) > entry.effective_us:
                    entry.effective_us, moved = max(floor), True


def station_discrepancies(entries: list[Placed]) -> list[Raised]:
    """BACKDATED, CLOCK_SKEW, EQUIVOCATION (one per entry), SEQUENCE_GAP (one per missing run)."""
    raised: list[Raised] = []
    for entry in entries:
        at_us, station = entry.fact.at_us, entry.fact.station
        if entry.lower_us is not None and at_us < entry.lower_us - TOLERATED_US:
            raised.append(Raised("BACKDATED", station, entry.effective_us, entry.fact.key))
        if entry.upper_us is not None and at_us > entry.upper_us + TOLERATED_US:
            raised.append(Raised("CLOCK_SKEW", station, entry.effective_us, entry.fact.key))
    raised += _equivocations(entries) + _gaps(entries)
    identities: dict[tuple[str, str, str], Raised] = {}
    for one in sorted(raised, key=lambda r: r.opened_us):
        identities.setdefault((one.code, one.subject, one.key), one)
    return list(identities.values())


def _equivocations(entries: list[Placed]) -> list[Raised]:
    """Other bytes under one key: it is one from the second statement (by hash) on."""
    raised = []
    for entry in entries:
        same = sorted((e for e in entries if e.fact.key == entry.fact.key), key=_digest)
        if len(same) > 1:
            second = same[1]
            raised.append(
                Raised("EQUIVOCATION", entry.fact.station, second.effective_us, second.fact.key)
            )
    return raised


def _gaps(entries: list[Placed]) -> list[Raised]:
    """Sequences start at 1 in each epoch; opened at the entry after the missing numbers."""
    journals: dict[tuple[str, int], list[Placed]] = defaultdict(list)
    for entry in entries:
        journals[(entry.fact.station, entry.fact.epoch)].append(entry)
    raised = []
    for (station, _epoch), journal in journals.items():
        expected = 1
        for entry in sorted(journal, key=lambda e: (e.fact.seq, e.fact.digest)):
            if entry.fact.seq > expected:
                raised.append(Raised("SEQUENCE_GAP", station, entry.effective_us, entry.fact.key))
            expected = entry.fact.seq + 1
    return raised


def _digest(entry: Placed) -> str:
    return entry.fact.digest
