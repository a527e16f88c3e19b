"""Rules 2 and 4 of the fold: handing over and accepting, and whether it went where it should.

Both hold for dossiers and pouches alike; `custody.py` calls them along its walk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from operator import itemgetter

from domain.model.custody_noted import Noted
from domain.model.custody_state import FoldSettings, Link, Tendered, Unreleased
from domain.model.custody_things import (
    SEALED,
    Dossier,
    Flag,
    Flags,
    Parties,
    Pouch,
    Release,
    Thing,
)
from domain.model.fact import Fact
from domain.model.identifiers import is_courier
from domain.model.instants import Micros
from domain.model.station_time import earliest


class Handoffs:
    """Rule 2. One side moves nothing: a release waits for its acceptance, or comes after it."""

    def __init__(
        self, flags: Flags, parties: Parties, settings: FoldSettings, noted: Noted
    ) -> None:
        self.flags = flags
        self.noted = noted
        self.same = parties.same
        self.acceptance_us = settings.acceptance_us
        self.tender_us = settings.tender_us

    def hand(self, thing: Thing, fact: Fact, party: str, at_us: Micros, *, excused: bool) -> bool:
        """The thing is in a party's hands; whether that is an acceptance from another's.

        `excused`: another flag tells that nothing was released, or nothing needed to be.
        """
        self.turn(thing, at_us)
        flags, label, holder, release = self.flags, thing.label, thing.holder, thing.release
        if self.same(holder, party):
            if fact.fact == "Accepted":
                flags.close("REFUSED", label, at_us)
            if release is not None:
                self._answer(thing, at_us)  # the holder scanned it again: taken back
            return False
        flags.close("REFUSED", label, at_us)
        self.noted.reach(thing, party, at_us)
        if self.same(thing.stray_releaser, party):
            thing.stray_releaser = None
        self._answer(thing, at_us)
        if release is not None:
            self._check_person(thing, release.to, party, at_us, fact.key)
        elif holder is not None:
            thing.unreleased.append(Unreleased(holder, party, fact.key))
            if not excused:
                flags.raise_("NOT_RELEASED", label, at_us, fact.key)
        thing.previous, thing.since_us = holder, at_us
        return True

    def attest(self, dossier: Dossier, party: str, at_us: Micros) -> None:
        """§3. Declared to be in other hands: no acceptance, but nobody waits for one any more."""
        if not self.same(dossier.holder, party):
            self.flags.close("REFUSED", dossier.label, at_us)
            self.noted.reach(dossier, party, at_us)
            self._answer(dossier, at_us)
            dossier.previous = None

    def release(self, thing: Thing, fact: Fact, at_us: Micros) -> None:
        """A release by the holder waits; one that comes after the acceptance pairs with it."""
        self.turn(thing, at_us)
        self.flags.close("REFUSED", thing.label, at_us)
        giver, to = fact.office, fact.context.get("counterpart")
        if thing.holder is not None and self.same(thing.holder, giver):
            thing.end_release(at_us)
            thing.release = Release(thing.holder, to, at_us, fact.key)
            if fact.fact == "Tendered":
                thing.tenders.append(thing.release)
        elif not self._pair(thing, fact, at_us) and self.flags.raise_(
            "NOT_ACCEPTED", thing.label, at_us, fact.key
        ):
            thing.stray_releaser = giver
        if isinstance(thing, Dossier) and not self.same(thing.holder, to):
            self.send(thing, to, giver)

    def _pair(self, thing: Thing, fact: Fact, at_us: Micros) -> bool:
        """Whether the release follows an acceptance from the giver, whatever the delay."""
        giver, taker = fact.office, thing.holder
        paired = self.same(thing.previous, giver)
        for acceptance in reversed(thing.unreleased):
            if self.same(acceptance.giver, giver):
                thing.unreleased.remove(acceptance)
                if self.flags.opened_by("NOT_RELEASED", thing.label) == acceptance.key:
                    self.flags.close("NOT_RELEASED", thing.label, at_us)
                paired, taker = True, acceptance.taker
                break
        if paired:
            self._check_person(thing, fact.context.get("counterpart"), taker, at_us, fact.key)
        return paired

    def refuse(self, thing: Thing, fact: Fact, at_us: Micros) -> None:
        """A refusal ends the release; the holder's own is a dispute."""
        self.turn(thing, at_us)
        self._answer(thing, at_us)
        code = "DISPUTED" if self.same(thing.holder, fact.office) else "REFUSED"
        self.flags.raise_(code, thing.label, at_us, fact.key)

    def turn(self, thing: Thing, at_us: Micros) -> None:
        """Open what turned before this instant by nothing but time; at the limit is in time."""
        for flag in self.turns(thing):
            if at_us > flag[2]:
                self.flags.raise_(*flag)

    def turns(self, thing: Thing) -> Iterator[Flag]:
        """What will turn unless something comes before."""
        if thing.release is not None:
            turns_us = thing.release.at_us + self.acceptance_us
            yield "NOT_ACCEPTED", thing.label, turns_us, thing.release.key

    def tendered(self, dossier: Dossier, chain: Iterable[Link]) -> tuple[Tendered, ...]:
        """Who answers for the time of what is offered, itself or in its pouch, and not yet taken.

        As long as the giver had it, as it turned out; of two offers that stand at once, the newer.
        """
        offers: list[tuple[Release, Micros, Micros | None]] = [
            (tender, tender.at_us, None) for tender in dossier.tenders
        ]
        for stay in dossier.stays:
            offers += [(tender, stay.from_us, stay.to_us) for tender in stay.pouch.tenders]
        if not offers:
            return ()
        found = []
        for (tender, since_us, until_us), link in product(offers, chain):
            giver, receiver = tender.giver, tender.to
            from_us = max(tender.at_us + self.tender_us, since_us, link.from_us)
            to_us = earliest(earliest(tender.ended_us, until_us), link.to_us)
            if receiver is None or self.same(giver, receiver) or not self.same(link.holder, giver):
                continue
            if to_us is None or from_us < to_us:
                found.append((tender.at_us, Tendered(giver, receiver, from_us, to_us)))
        return tuple(_newest_at_each_instant(found))

    def _answer(self, thing: Thing, at_us: Micros) -> None:
        """Nothing waits any more.

        What a release without holding opened, only that party's own acceptance closes.
        """
        if thing.stray_releaser is None:
            self.flags.close("NOT_ACCEPTED", thing.label, at_us)
        thing.end_release(at_us)

    def _check_person(
        self, thing: Thing, to: str | None, taker: str | None, at_us: Micros, key: str
    ) -> None:
        """Given to one courier, taken by another."""
        if to and taker and is_courier(to) and is_courier(taker) and not self.same(to, taker):
            self.flags.raise_("WRONG_PERSON", thing.label, at_us, key)

    def send(self, dossier: Dossier, to: str | None, sender: str) -> None:
        """Rule 4. Where a dossier is to go: a courier is no destination, silence changes none."""
        if to and not is_courier(to):
            dossier.destination, dossier.sender, dossier.excused = to, sender, None

    def route(self, pouch: Pouch, party: str, at_us: Micros, key: str) -> None:
        """Rule 4. A sealed pouch at an office that is neither destination, stop nor sealer."""
        if pouch.destination is None or is_courier(party):
            return
        pouch.ahead = [stop for stop in pouch.ahead if not self.same(party, stop)]
        if self.same(party, pouch.destination):
            pouch.ahead = []
            self.flags.close("MISROUTED", pouch.label, at_us)
        elif pouch.phase == SEALED and not any(
            self.same(party, right) for right in (pouch.sealer, *pouch.via)
        ):
            self.flags.raise_("MISROUTED", pouch.label, at_us, key)

    def arrive(
        self,
        dossier: Dossier,
        pouches: Iterable[Pouch | None],
        party: str,
        at_us: Micros,
        key: str,
    ) -> None:
        """Rule 4. A dossier received or accepted by itself, perhaps out of a pouch."""
        if dossier.destination is None or is_courier(party):
            return
        if self.same(party, dossier.destination):
            dossier.destination = dossier.sender = dossier.excused = None
            self.flags.close("MISROUTED", dossier.label, at_us)
        elif any(pouch and self.flags.is_open("MISROUTED", pouch.label) for pouch in pouches):
            dossier.excused = party
        elif not self.same(party, dossier.sender) and not self.same(party, dossier.excused):
            self.flags.raise_("MISROUTED", dossier.label, at_us, key)


def _newest_at_each_instant(offers: Sequence[tuple[Micros, Tendered]]) -> list[Tendered]:
    """From overlapping stretches, each with when it was offered, to one after the other."""
    shown: list[Tendered] = []
    edges = {edge for _, one in offers for edge in (one.from_us, one.to_us) if edge is not None}
    for edge_us in sorted(edges):
        if shown and (shown[-1].to_us is None or shown[-1].to_us > edge_us):
            shown[-1] = replace(shown[-1], to_us=edge_us)
        standing = [
            (at_us, one.giver, one.receiver, one.to_us)
            for at_us, one in offers
            if one.from_us <= edge_us and (one.to_us is None or edge_us < one.to_us)
        ]
        if not standing:
            continue
        _, giver, receiver, to_us = max(standing, key=itemgetter(0, 1, 2))
        newest = Tendered(giver, receiver, edge_us, to_us)
        last = shown[-1] if shown else None
        if last and replace(last, from_us=edge_us, to_us=to_us) == newest and last.to_us == edge_us:
            shown[-1] = replace(last, to_us=to_us)
        else:
            shown.append(newest)
    return shown
