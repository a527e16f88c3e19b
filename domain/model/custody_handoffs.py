"""Rules 2 and 4 of the fold: handing over and accepting, and whether it went where it should.

Both hold for dossiers and pouches alike; `custody.py` calls them along its walk.
"""

from collections.abc import Iterable

from domain.model.custody_state import FoldSettings
from domain.model.custody_things import (
    SEALED,
    Dossier,
    Flags,
    Parties,
    Pouch,
    Release,
    Thing,
    Unreleased,
)
from domain.model.fact import Fact
from domain.model.identifiers import is_courier
from domain.model.instants import Micros


class Handoffs:
    """Rule 2. One side moves nothing: a release waits for its acceptance, or comes after it."""

    def __init__(self, flags: Flags, parties: Parties, settings: FoldSettings) -> None:
        self.flags = flags
        self.same = parties.same
        self.acceptance_us = settings.acceptance_us

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
                thing.release = None  # the holder scanned it again: taken back
                self._answer(thing, at_us)
            return False
        flags.close("REFUSED", label, at_us)
        if self.same(thing.stray_releaser, party):
            thing.stray_releaser = None
        self._answer(thing, at_us)
        if release is not None:
            thing.release = None
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
            self._answer(dossier, at_us)
            dossier.release = dossier.previous = None

    def release(self, thing: Thing, fact: Fact, at_us: Micros) -> None:
        """A release by the holder waits; one that comes after the acceptance pairs with it."""
        self.turn(thing, at_us)
        self.flags.close("REFUSED", thing.label, at_us)
        giver, to = fact.office, fact.context.get("counterpart")
        if self.same(thing.holder, giver):
            thing.release = Release(to, at_us, fact.key)
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
        thing.release = None
        self._answer(thing, at_us)
        code = "DISPUTED" if self.same(thing.holder, fact.office) else "REFUSED"
        self.flags.raise_(code, thing.label, at_us, fact.key)

    def turn(self, thing: Thing, at_us: Micros) -> None:
        """Open what turned before this instant by nothing but time; at the limit is in time."""
        if thing.release is not None:
            turns_us = thing.release.at_us + self.acceptance_us
            if at_us > turns_us:
                self.flags.raise_("NOT_ACCEPTED", thing.label, turns_us, thing.release.key)

    def _answer(self, thing: Thing, at_us: Micros) -> None:
        """What a release without holding opened, only that party's own acceptance closes."""
        if thing.stray_releaser is None:
            self.flags.close("NOT_ACCEPTED", thing.label, at_us)

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
        if self.same(party, pouch.destination):
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
