"""Whose time runs while a thing is tendered (facts.md §4 rule 2), read by `slow_fold` only.

Looks at every dossier after every fact, and joins what it saw.
"""

from dataclasses import dataclass, replace

from domain.model.instants import MINUTE_US, Micros
from tests.model.slow_things import Dossier, Same

TENDER_US = 15 * MINUTE_US
Shown = tuple[str, str, Micros, Micros | None]  # giver, receiver, from, to


@dataclass(frozen=True)
class Offer:
    """The tender of a dossier or of its pouch that stands between two facts."""

    label: str
    giver: str
    receiver: str
    since_us: Micros  # when the receiver begins to answer
    start_us: Micros
    end_us: Micros | None


def standing_offers(dossier: Dossier, from_us: Micros, until_us: Micros | None) -> list[Offer]:
    """What stands between two facts (None: for ever)."""
    offers = []
    for thing in (dossier, dossier.pouch):
        release = thing.release if thing is not None else None
        if release is not None and release.tendered_by and release.counterpart:
            since_us = release.at_us + TENDER_US
            giver, receiver = release.tendered_by, release.counterpart
            offers.append(Offer(dossier.label, giver, receiver, since_us, from_us, until_us))
    return offers


def tendered(dossier: Dossier, seen: list[Offer], same: Same, limit_us: Micros) -> list[Shown]:
    """Stretch by stretch: who gave, who answers, from when to when; none begins after the limit."""
    stretches = []
    for offer in seen:
        for link in dossier.links:
            start_us = max(offer.start_us, offer.since_us, link.start_us)
            ends = [end_us for end_us in (offer.end_us, link.end_us) if end_us is not None]
            end_us = min(ends, default=None)
            if (
                offer.label == dossier.label
                and same(link.holder, offer.giver)
                and not same(offer.giver, offer.receiver)
                and (end_us is None or start_us < end_us)
            ):
                stretches.append(replace(offer, start_us=start_us, end_us=end_us))
    # Of several at one instant, the newest.
    edges = {edge for one in stretches for edge in (one.start_us, one.end_us) if edge is not None}
    shown: list[Shown] = []
    for edge in sorted(edges):
        there = [
            one
            for one in stretches
            if one.start_us <= edge and (one.end_us is None or edge < one.end_us)
        ]
        if not there:
            continue
        chosen = max(there, key=lambda one: (one.since_us, one.giver, one.receiver))
        later = [other for other in edges if other > edge]
        row = (chosen.giver, chosen.receiver, edge, min(later, default=None))
        if shown and shown[-1][:2] == row[:2] and shown[-1][3] == edge:
            row = (*row[:2], shown.pop()[2], row[3])
        shown.append(row)
    return [row for row in shown if row[2] <= limit_us]
