"""When each statement of a station can have happened; used by the fold and by the read side.

A station's clock may be years off. What bounds it is the order of its own entries and what the
server could vouch for (`facts.md` §3, Time).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from domain.model.fact import Fact
from domain.model.instants import DAY_US, SECOND_US, Micros

OFFLINE_US = DAY_US  # a station at work is heard every day: no entry lies on its device for longer
TOLERANCE_US = 120 * SECOND_US  # a claimed time may lie so far outside its bounds without a flag

BACKDATED = "BACKDATED"
CLOCK_SKEW = "CLOCK_SKEW"
EQUIVOCATION = "EQUIVOCATION"
OFFLINE_TOO_LONG = "OFFLINE_TOO_LONG"
SEQUENCE_GAP = "SEQUENCE_GAP"


@dataclass(frozen=True, slots=True)
class Timed:
    """A fact with its place in time, computed over all entries of its station.

    `lower_us` and `upper_us` are the carried bounds, None where nothing bounds it.
    """

    fact: Fact
    effective_us: Micros
    lower_us: Micros | None = None
    upper_us: Micros | None = None

    @property
    def order(self) -> tuple[Micros, str, int, int, str]:
        """The one order of the fold: effective time, station, epoch, sequence, bytes."""
        fact = self.fact
        return self.effective_us, fact.station, fact.epoch, fact.seq, fact.digest


class Identity(NamedTuple):
    """Which discrepancy: its code, its subject, and the key of the fact that opened it."""

    code: str
    subject: str
    key: str


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What was seen differs from what was said. Its identity is (code, subject, key).

    `key` is that of the fact which opened it; `closed_us` is None while it is open.
    """

    opened_us: Micros
    code: str
    subject: str
    closed_us: Micros | None
    key: str

    def __lt__(self, other: "Discrepancy") -> bool:
        return self.order < other.order

    @property
    def order(self) -> tuple[Micros, str, str, str]:
        """As a list of discrepancies is sorted."""
        return self.opened_us, self.code, self.subject, self.key


@dataclass(frozen=True, slots=True)
class Settled:
    """Facts in their one order, and what does not agree about clocks and sequences."""

    timed: list[Timed]
    discrepancies: list[Discrepancy]


def settle(
    facts: Iterable[Fact], *, accounted: Mapping[str, Collection[tuple[int, int]]] | None = None
) -> Settled:
    """Place all facts of whole stations in time; the order of arrival does not matter.

    `accounted`: per station the (epoch, sequence) numbers that are held without being facts
    (tombstones, quarantined entries), so that they count as no gap.
    """
    lines = _lines(facts)
    line_of_all = [fact for line in lines.values() for fact in line]
    bounds = [pair for line in lines.values() for pair in carried_bounds(line)]
    effective = _effective(line_of_all, bounds)
    timed = [
        Timed(fact, at_us, lower_us, upper_us)
        for fact, at_us, (lower_us, upper_us) in zip(line_of_all, effective, bounds, strict=True)
    ]
    discrepancies: list[Discrepancy] = []
    start = 0
    for station, line in lines.items():
        held = (accounted or {}).get(station, ())
        discrepancies += discrepancies_of(timed[start : start + len(line)], accounted=held)
        start += len(line)
    return Settled(sorted(timed, key=lambda one: one.order), sorted(discrepancies))


def clamped(at_us: Micros, lower_us: Micros | None, upper_us: Micros | None) -> Micros:
    """The claimed time moved into its bounds; where they contradict each other, not-after wins."""
    if lower_us is not None and at_us < lower_us:
        at_us = lower_us
    if upper_us is not None and at_us > upper_us:
        at_us = upper_us
    return at_us


def carried_bounds(line: Sequence[Fact]) -> list[tuple[Micros | None, Micros | None]]:
    """Not-before carried forward and not-after carried backward along one station's sequence."""
    lowers: list[Micros | None] = []
    lower: Micros | None = None
    for fact in line:
        lower = latest(lower, fact.not_before_us)
        lowers.append(lower)
    uppers: list[Micros | None] = []
    upper: Micros | None = None
    for fact in reversed(line):
        upper = earliest(upper, fact.not_after_us)
        uppers.append(upper)
    return list(zip(lowers, reversed(uppers), strict=True))


def discrepancies_of(
    line: Sequence[Timed], *, accounted: Collection[tuple[int, int]] = ()
) -> list[Discrepancy]:
    """What does not agree in one station's whole sequence, given in the order of its sequence."""
    found: dict[tuple[str, str], Discrepancy] = {}
    held = sorted(accounted)
    before: tuple[int, int] | None = None
    for timed in line:
        fact = timed.fact
        here = fact.epoch, fact.seq
        codes = []
        if here == before:
            codes.append(EQUIVOCATION)
        elif _numbers_missing(before, here, held):
            codes.append(SEQUENCE_GAP)
        if timed.lower_us is not None and fact.at_us < timed.lower_us - TOLERANCE_US:
            codes.append(BACKDATED)
        if timed.upper_us is not None and fact.at_us > timed.upper_us + TOLERANCE_US:
            codes.append(CLOCK_SKEW)
        for code in codes:
            found.setdefault(
                (code, fact.key),
                Discrepancy(timed.effective_us, code, fact.station, None, fact.key),
            )
        before = here
    return list(found.values())


def offline_of(line: Sequence[Timed]) -> list[Discrepancy]:
    """OFFLINE_TOO_LONG of one station, given in the order of its sequence: one for each stretch.

    An entry lay on its device until `upper_us`, by when the server had it for certain. It is of the
    same stretch as the one before if that had not been delivered either when it was made. Of the
    third family of rule 9: `fold_facts` leaves it out.
    """
    found: dict[str, Discrepancy] = {}
    until_us: Micros | None = None  # by when the entry before had come, if it lay too long
    for timed in line:
        upper_us, fact, turns_us = timed.upper_us, timed.fact, timed.effective_us + OFFLINE_US
        if upper_us is None or upper_us <= turns_us:
            until_us = None
            continue
        if until_us is None or until_us <= timed.effective_us:
            flag = Discrepancy(turns_us, OFFLINE_TOO_LONG, fact.station, None, fact.key)
            found.setdefault(fact.key, flag)
        until_us = upper_us
    return list(found.values())


def offline(timed: Iterable[Timed]) -> list[Discrepancy]:
    """OFFLINE_TOO_LONG of whole stations, in whatever order given."""
    lines: dict[str, list[Timed]] = defaultdict(list)
    for one in timed:
        lines[one.fact.station].append(one)
    for line in lines.values():
        line.sort(key=lambda one: (one.fact.epoch, one.fact.seq, one.fact.digest))
    return [flag for line in lines.values() for flag in offline_of(line)]


def latest(one: Micros | None, other: Micros | None) -> Micros | None:
    """The later of two instants, either of which may be unknown."""
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def earliest(one: Micros | None, other: Micros | None) -> Micros | None:
    """The earlier of two instants, either of which may be unknown."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _lines(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Each station's facts by (epoch, sequence, bytes); the same bytes count once.

    What the copies of one entry prove about its time holds together: their intervals intersect.
    """
    once: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        identity = fact.key, fact.digest
        held = once.get(identity)
        once[identity] = fact if held is None else _both(held, fact)
    lines: dict[str, list[Fact]] = defaultdict(list)
    for fact in once.values():
        lines[fact.station].append(fact)
    for line in lines.values():
        line.sort(key=lambda fact: (fact.epoch, fact.seq, fact.digest))
    return lines


def _both(one: Fact, other: Fact) -> Fact:
    return replace(
        one,
        not_before_us=latest(one.not_before_us, other.not_before_us),
        not_after_us=earliest(one.not_after_us, other.not_after_us),
        recorded_at_us=earliest(one.recorded_at_us, other.recorded_at_us),
    )


def _effective(
    facts: Sequence[Fact], bounds: Sequence[tuple[Micros | None, Micros | None]]
) -> list[Micros]:
    """Clamped, never earlier than the predecessor's, never earlier than a fact named by key.

    The least times that satisfy all three, so neither order nor a ring of names matters.
    """
    effective: list[Micros] = []
    places: dict[str, list[int]] = defaultdict(list)
    namers: dict[str, list[int]] = defaultdict(list)
    for place, fact in enumerate(facts):
        at_us = clamped(fact.at_us, *bounds[place])
        if place and facts[place - 1].station == fact.station:
            at_us = max(at_us, effective[-1])
        effective.append(at_us)
        places[fact.key].append(place)
        target = fact.context.get("target")
        if isinstance(target, str):
            namers[target].append(place)
    waiting = [place for namer in namers.values() for place in namer]
    while waiting:
        place = waiting.pop()
        station, target = facts[place].station, facts[place].context["target"]
        floor_us = max((effective[named] for named in places.get(target, ())), default=None)
        if floor_us is None:
            continue
        while (
            place < len(facts) and facts[place].station == station and effective[place] < floor_us
        ):
            effective[place] = floor_us
            waiting += namers.get(facts[place].key, ())
            place += 1
    return effective


def _numbers_missing(
    before: tuple[int, int] | None, here: tuple[int, int], held: Sequence[tuple[int, int]]
) -> bool:
    """Whether a number between the two is neither a fact nor otherwise held; they start at 1."""
    epoch, seq = here
    last_seq = before[1] if before is not None and before[0] == epoch else 0
    between = bisect_left(held, here) - bisect_left(held, (epoch, last_seq + 1))
    return seq - last_seq - 1 > between
