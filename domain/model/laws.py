"""The laws that hold whatever happens; checked by tests, demo, simulator and `giaonhan verify`.

Each function returns the violations as sentences; an empty list says that the law holds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.model.custody_state import VERIFIED, Folded, Link
from domain.model.deadline import elapsed
from domain.model.entry import FIRST_PREVIOUS
from domain.model.fact import DOSSIER_SIGHTINGS, POUCH_SIGHTINGS, Fact
from domain.model.instants import Micros, iso
from domain.model.legs import LEGAL, WITH_APPLICANT
from domain.model.responsibility import Case, Ledger
from domain.model.working_time import to_us


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """An entry or tombstone as the journal of one epoch holds it, for L9.

    `prev` is None for a tombstone: what a refused entry named as its previous is not believed.
    """

    station: str
    epoch: int
    seq: int
    digest: str
    prev: str | None


def one_custodian(folded: Folded) -> list[str]:
    """L2: each registered, open dossier has exactly one custodian at every instant."""
    broken = []
    for label, dossier in folded.dossiers.items():
        broken += _chain_faults(label, dossier.chain)
        for start_us, end_us in dossier.windows:
            if start_us != end_us and not _covered(dossier.chain, start_us, end_us):
                broken.append(f"L2: {label} has no custodian throughout {iso(start_us)} and on")
    for label, pouch in folded.pouches.items():
        broken += _chain_faults(label, pouch.chain)
    return broken


def every_minute_has_one_owner(ledger: Ledger, case: Case) -> list[str]:
    """L3: the minutes charged add up exactly to the elapsed working minutes, in all and legally."""
    entries, calendar = ledger.entries, case.calendar
    broken = []
    ends = [ledger.start, *(entry.end for entry in entries)]
    for entry, before in zip(entries, ends, strict=False):  # the last end begins no entry
        if entry.start != before:
            who = "nobody answers" if entry.start > before else "two answer"
            broken.append(f"L3: {who} for the minutes before {iso(to_us(entry.start))}")
        if entry.start >= entry.end:
            broken.append(f"L3: the entry from {iso(to_us(entry.start))} has no length")
        elif entry.minutes != elapsed(calendar, entry.start, entry.end):
            broken.append(f"L3: the entry from {iso(to_us(entry.start))} is not what has elapsed")
    if ends[-1] != ledger.end:
        broken.append(f"L3: the charges do not reach {iso(to_us(ledger.end))}")
    charged, passed = sum(entry.minutes for entry in entries), ledger.minutes
    if not charged == passed == elapsed(calendar, ledger.start, ledger.end):
        broken.append(f"L3: {charged} minutes are charged, {passed} have elapsed")
    stop = ledger.end if ledger.legal_end is None else ledger.legal_end
    stopping = [each for each in case.pauses if ledger.due is None or each.start < ledger.due]
    ran = elapsed(calendar, ledger.start, stop, stopping)
    legal = sum(entry.minutes for entry in entries if entry.clock == LEGAL)
    if legal != ran and not any(entry.leg == WITH_APPLICANT for entry in entries):
        broken.append(f"L3: {legal} minutes of the legal clock are charged, {ran} have run")
    return broken


def same_answer(
    facts: Iterable[Fact],
    told: Sequence[Iterable[Fact]],
    *,
    fold: Callable[[Iterable[Fact]], Folded],
) -> list[str]:
    """L5: the same facts in another order, multiplicity or batching give the same answer.

    `told`: other ways in which the same facts may arrive.
    """
    answer = fold(facts).to_json()
    return [
        f"L5: arrival {number} of the same facts gives another answer"
        for number, arrival in enumerate(told, start=1)
        if fold(arrival).to_json() != answer
    ]


def nothing_inferred_is_verified(folded: Folded, facts: Iterable[Fact]) -> list[str]:
    """L6: behind a verified link stand scans of that very thing by that very holder."""
    under: Mapping[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        under[fact.key].append(fact)
    dossiers = [
        (label, link, key, _is_scan_of_dossier)
        for label, dossier in folded.dossiers.items()
        for link in dossier.chain
        for key in link.evidence or ("nothing",)
    ]
    pouches = [
        (label, link, key, _is_scan_of_pouch)
        for label, pouch in folded.pouches.items()
        for link in pouch.chain
        for key in link.evidence or ("nothing",)
    ]
    return [
        f"L6: {label} is shown as verified with {link.holder} by {key}, which is no scan of it"
        for label, link, key, is_scan in (*dossiers, *pouches)
        if link.basis == VERIFIED
        and not any(is_scan(fact, label, link.holder) for fact in under.get(key, ()))
    ]


def chain_unbroken(held: Iterable[ChainPlace]) -> list[str]:
    """L9: per station and epoch each entry names the one before it; a gap is no violation."""
    under: Mapping[tuple[str, int, int], list[ChainPlace]] = defaultdict(list)
    for place in held:
        under[place.station, place.epoch, place.seq].append(place)
    broken = []
    for (station, epoch, seq), places in sorted(under.items()):
        before = under.get((station, epoch, seq - 1))
        known = {FIRST_PREVIOUS} if seq == 1 else {one.digest for one in before or ()}
        broken += [
            f"L9: {station} epoch {epoch}: entry {seq} does not follow from entry {seq - 1}"
            for place in places
            if known and place.prev is not None and place.prev not in known
        ]
    return broken


def _chain_faults(label: str, chain: Sequence[Link]) -> list[str]:
    faults = [
        f"L2: {label}: the link from {iso(link.from_us)} has no length"
        for link in chain
        if link.to_us is not None and link.to_us <= link.from_us
    ]
    for link, after in pairwise(chain):
        if link.to_us is None or link.to_us > after.from_us:
            faults.append(f"L2: {label} has two custodians from {iso(after.from_us)} on")
    return faults


def _covered(chain: Sequence[Link], start_us: Micros, end_us: Micros | None) -> bool:
    """Whether the links leave no instant of the window without a holder."""
    covered_us = start_us
    for link in chain:
        if link.from_us > covered_us:
            return False
        if link.to_us is None:
            return True
        covered_us = max(covered_us, link.to_us)
        if end_us is not None and covered_us >= end_us:
            return True
    return False


def _is_scan_of_dossier(fact: Fact, label: str, holder: str) -> bool:
    return fact.subject == label and fact.office == holder and fact.fact in DOSSIER_SIGHTINGS


def _is_scan_of_pouch(fact: Fact, label: str, holder: str) -> bool:
    """A pouch is scanned, too, when an empty one is packed."""
    if fact.fact == "Packed":
        return fact.context.get("pouch") == label and fact.office == holder
    return fact.subject == label and fact.office == holder and fact.fact in POUCH_SIGHTINGS
