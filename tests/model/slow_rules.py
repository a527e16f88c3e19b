"""Rules 2 to 6 of the slow fold: handoffs, containment, destination, receipt, surplus.

Read by `slow_fold` only; the numbers in the comments are those of facts.md §4.
"""

from typing import Any

from domain.model.identifiers import is_courier
from domain.model.instants import MINUTE_US, Micros
from tests.model.slow_things import Book, Dossier, Pouch, Release, Thing, Unreleased, is_pouch
from tests.model.slow_time import Placed

# Rule 9's second family: what a coded reason declares, by the fact that carries it.
DECLARED = {
    ("Refused", "office_closed"): "OFFICE_CLOSED",
    ("Refused", "org_changed"): "ORG_CHANGED",
    ("Refused", "wrong_recipient"): "WRONG_RECIPIENT",
    ("ReservesNoted", "org_changed"): "ORG_CHANGED",
    ("ReservesNoted", "label_unreadable"): "LABEL_UNREADABLE",
    ("ReservesNoted", "given_to_another"): "WRONG_RECIPIENT",
    ("Relabelled", "label_unreadable"): "LABEL_UNREADABLE",
}
AT_A_DOOR = ("OFFICE_CLOSED", "ORG_CHANGED", "WRONG_RECIPIENT")
ACCEPT_WITHIN_US = 30 * MINUTE_US
CLOSE_WITHIN_US = 24 * 60 * MINUTE_US


class Handoffs:
    """The things, the fact at hand, and who has what."""

    def __init__(self, successions: list[tuple[Micros, str, str | None]]) -> None:
        self.dossiers: dict[str, Dossier] = {}
        self.pouches: dict[str, Pouch] = {}
        self.book = Book()
        self.successions = successions
        self.at_us: Micros = 0

    # What the fact at hand says.

    def _begin(self, entry: Placed) -> None:
        self.fact, self.at_us, self.key = entry.fact, entry.effective_us, entry.fact.key
        self.party, self.amended = entry.fact.office, entry.amended

    def _said(self, name: str) -> str | None:
        value = self.fact.context.get(name)
        return value if isinstance(value, str) and value else None

    def _basis(self, basis: str) -> str:
        """Links made by an amended fact are attested (§3)."""
        return "attested" if self.amended else basis

    def _same(self, one: str | None, other: str | None) -> bool:
        """§3 Parties: an office and its successor are one party from the succession on."""
        if one is None or other is None:
            return False
        family = {one}
        grows = True
        while grows:
            grows = False
            for since_us, old, new in self.successions:
                if since_us <= self.at_us and new and (old in family) != (new in family):
                    family |= {old, new}
                    grows = True
        return other in family

    def _dossier(self, label: str) -> Dossier:
        return self.dossiers.setdefault(label, Dossier(label))

    def _pouch(self, label: str) -> Pouch:
        return self.pouches.setdefault(label, Pouch(label))

    def _named_pouch(self) -> Pouch | None:
        label = self._said("pouch")
        return self._pouch(label) if label and is_pouch(label) else None

    def _open(self, code: str, thing: Thing) -> None:
        self.book.open(code, thing.label, self.at_us, self.key)

    def _close(self, code: str, thing: Thing) -> None:
        self.book.close(code, thing.label, self.at_us)

    def _stands(self, code: str, thing: Thing) -> bool:
        return self.book.standing(code, thing.label) is not None

    # 9. What people declare, and what was found.

    def _declare(self, thing: Thing) -> None:
        reason = (self._said("reason") or "").split("/")[0]
        code = DECLARED.get((self.fact.fact, reason))
        relabelled = self.fact.fact == "Relabelled"
        if code is not None and not (relabelled and self._stands(code, thing)):
            self._open(code, thing)
        if relabelled:
            self._close("LABEL_UNREADABLE", thing)

    def _note_scan(self, dossier: Dossier) -> None:
        """A find is seen to by the next scan; who was given it wrongly, by giving it back."""
        self._close("FOUND", dossier)
        if self.fact.fact == "Found":
            self._open("FOUND", dossier)
        if self.fact.fact == "Returned":
            self._let_in(dossier)

    def _let_in(self, thing: Thing) -> None:
        for code in AT_A_DOOR:
            self._close(code, thing)

    # 2. One side moves nothing.

    def _taken(self, thing: Thing, *, flag: bool) -> None:
        """Rule 2's side of a sighting or of an inferred move."""
        held_by = thing.holder
        if held_by is not None and self._same(held_by, self.party):
            if self.fact.fact == "Accepted":
                self._close("REFUSED", thing)
            if thing.release is not None:  # 2: scanning it again takes back the release
                self._close_not_accepted(thing)
                thing.release = None
            return
        not_accepted = self.book.standing("NOT_ACCEPTED", thing.label)
        if not_accepted and not_accepted.claimer and self._same(not_accepted.claimer, self.party):
            self._close("NOT_ACCEPTED", thing)  # 2: that party's own acceptance
        self._close("REFUSED", thing)  # 2: until the next acceptance
        if not is_courier(self.party):
            self._let_in(thing)  # 9: another office has it
        self._close_not_accepted(thing)
        thing.given_by = held_by
        if held_by is None:
            return
        if thing.release is not None:
            self._check_courier(thing, thing.release.counterpart, self.party)
            thing.release = None
            return
        thing.unreleased.append(Unreleased(held_by, self.party, self.key))
        if flag:
            self._open("NOT_RELEASED", thing)

    def _act_on(self, thing: Thing) -> None:
        name = self.fact.fact
        if name in ("Released", "Tendered"):
            self._released(thing)
        elif name == "Refused":
            held = self._same(thing.holder, self.party)
            self._open("DISPUTED" if held else "REFUSED", thing)
            self._close_not_accepted(thing)
            thing.release = None
        elif name == "Disputed":
            self._open("DISPUTED", thing)
        elif name == "Damaged":
            self._open("DAMAGED", thing)  # 9: declared by a person
        elif name == "DeclaredLost":
            self._open("LOST", thing)  # 8
        self._declare(thing)

    def _released(self, thing: Thing) -> None:
        counterpart = self._said("counterpart")
        self._close("REFUSED", thing)
        if self._same(thing.holder, self.party):
            thing.release = Release(self.party, self.at_us, self.key, counterpart)
            if self.fact.fact == "Tendered":
                thing.release.tendered_by = thing.holder
            self._send(thing, counterpart)
            return
        for acceptance in reversed(
            thing.unreleased
        ):  # ordered after the acceptance: it pairs with it
            if self._same(acceptance.previous, self.party):
                thing.unreleased.remove(acceptance)
                standing = self.book.standing("NOT_RELEASED", thing.label)
                if standing and standing.key == acceptance.key:
                    self._close("NOT_RELEASED", thing)
                self._check_courier(thing, counterpart, acceptance.taker)
                self._send(thing, counterpart)
                return
        self._send(thing, counterpart)
        if self._same(thing.given_by, self.party):  # said twice
            self._check_courier(thing, counterpart, thing.holder)
            return
        self.book.open("NOT_ACCEPTED", thing.label, self.at_us, self.key, claimer=self.party)

    def _check_courier(self, thing: Thing, released_to: str | None, taker: str | None) -> None:
        if (
            released_to is not None
            and taker is not None
            and is_courier(released_to)
            and is_courier(taker)
            and released_to != taker
        ):
            self._open("WRONG_PERSON", thing)

    def _close_not_accepted(self, thing: Thing) -> None:
        """By acceptance, refusal or take-back; not one of a release by who did not hold it."""
        standing = self.book.standing("NOT_ACCEPTED", thing.label)
        if standing and standing.claimer is None:
            self._close("NOT_ACCEPTED", thing)

    def _send(self, thing: Thing, to: str | None) -> None:
        """A courier is none, absent leaves it as it was, and so does one who has it already. A
        pouch's own is set by Sealed only."""
        if self._same(thing.holder, to) and self.fact.fact != "Sealed":
            return
        if isinstance(thing, Dossier) and to is not None and not is_courier(to):
            thing.destination, thing.sent_by, thing.excused = to, self.party, None


class Receipts(Handoffs):
    """What happens to pouches and to what is in them."""

    # 3. Containment.

    def _pouch_taken(self, pouch: Pouch, basis: str) -> None:
        """The pouch is in the scanning party's hands; a movement moves its contents."""
        before = pouch.holder
        moves = before is not None and not self._same(before, self.party)
        self._taken(pouch, flag=not pouch.is_empty)
        place = self._said("place")
        pouch.put(self.party, place, self.at_us, self._basis(basis), self.key)
        if not pouch.tenures or not self._same(pouch.tenures[-1][0], self.party):
            pouch.tenures.append((self.party, self.at_us))
        if self.party != before:  # a successor starts links under its own name
            for label in sorted(pouch.contents):  # 3: inferred
                dossier = self._dossier(label)
                self._taken(dossier, flag=False)
                dossier.put(self.party, place, self.at_us, self._basis("inferred"), self.key)
        if not moves:
            return
        pouch.moved = True
        if pouch.state != "sealed" and pouch.contents:  # 3: travels unsealed with contents
            self._open("MANIFEST_MISSING", pouch)
            pouch.travelled_open = True
            pouch.manifest = set(pouch.contents)
            pouch.packed, pouch.outside = set(), {}

    def _can_be_packed(self, named: Pouch | None) -> bool:
        """By the pouch's holder while it is not sealed; an empty one by whoever packs."""
        if self.fact.fact != "Packed" or named is None or named.state == "sealed":
            return False
        return named.is_empty or self._same(named.holder, self.party)

    def _pack(self, dossier: Dossier, pouch: Pouch, *, properly: bool, left: Pouch | None) -> None:
        if not properly:
            self._open("WRONG_POUCH", dossier)
            return
        if pouch.is_empty and left is not pouch:
            pouch.new_sealing()
            if not self._same(pouch.holder, self.party):
                self._pouch_taken(pouch, "verified")
                pouch.moved = False
            elif pouch.holder != self.party:  # a successor, under its own name
                pouch.put(
                    self.party, self._said("place"), self.at_us, self._basis("verified"), self.key
                )
            pouch.state = "open"
        pouch.contents.add(dossier.label)
        pouch.packed.add(dossier.label)
        dossier.pouch = pouch
        dossier.packed_pieces = self.fact.context.get("pieces")

    def _seal(self, pouch: Pouch, *, was_sealed: bool) -> None:
        if was_sealed:
            self._open("SEAL_MISMATCH", pouch)  # 3: over an unopened seal
        pouch.new_sealing()
        pouch.state, pouch.seal = "sealed", self._said("seal")
        pouch.sealer, pouch.sealed_us = self.party, self.at_us
        pouch.manifest = set(pouch.contents)  # freezes
        self._close("MISROUTED", pouch)  # 4: or is sealed anew
        self._close("RECEIPT_NOT_CLOSED", pouch)
        to = self._said("to")
        if to is not None and not is_courier(to):
            pouch.destination, pouch.via = to, []
        via = self.fact.context.get("via")
        if isinstance(via, list):
            pouch.via = list(via)
        for label in pouch.contents:
            self._send(self._dossier(label), to)

    # 4. Destination.

    def _pouch_arrives(self, pouch: Pouch, *, was_sealed: bool) -> None:
        if is_courier(self.party) or pouch.destination is None:
            return
        if self._same(self.party, pouch.destination):
            self._close("MISROUTED", pouch)
            return
        stop = any(self._same(self.party, stop) for stop in pouch.via)
        if was_sealed and not stop and not self._same(self.party, pouch.sealer):
            self._open("MISROUTED", pouch)

    def _dossier_arrives(self, dossier: Dossier, came_in: list[Pouch]) -> None:
        if is_courier(self.party) or dossier.destination is None:
            return
        if self._same(self.party, dossier.destination):
            self._close("MISROUTED", dossier)
            dossier.destination = None  # spent
        elif any(self._stands("MISROUTED", pouch) for pouch in came_in):
            dossier.excused = self.party  # and so is his next scan of it
        elif not self._same(self.party, dossier.sent_by) and not self._same(
            self.party, dossier.excused
        ):
            self._open("MISROUTED", dossier)

    # 5. Receipt.

    def _is_receipt(self, pouch: Pouch) -> bool:
        return (
            not pouch.is_empty
            and pouch.holder is not None
            and pouch.moved
            and pouch.holder != pouch.sealer
        )

    def _pouches_it_is_seen_inside(self, dossier: Dossier, named: Pouch | None) -> list[Pouch]:
        """Scanned by the pouch's holder, or by a fact naming the pouch."""
        label = dossier.label
        packs = self.fact.fact == "Packed"
        found: list[Pouch] = []
        for pouch in self.pouches.values():
            belongs = label in pouch.contents or label in pouch.manifest
            by_holder = self._is_receipt(pouch) and self._same(pouch.holder, self.party)
            if pouch is named and not packs:
                seen = belongs or pouch.no_history
            elif not by_holder:
                seen = False
            else:
                seen = dossier.pouch is pouch or (dossier.pouch is None and label in pouch.outside)
            if seen:
                found.append(pouch)
        return found

    def _seen_inside(self, dossier: Dossier, pouch: Pouch, came_from: Pouch | None) -> None:
        if pouch.no_history:
            pouch.manifest.add(dossier.label)  # 3
        outside = pouch.outside.pop(dossier.label, None)
        if outside is not None:
            self._compare_pieces(dossier, outside.pieces)
        elif came_from is pouch:
            self._compare_pieces(dossier, dossier.packed_pieces)
        pouch.seen.add(dossier.label)
        if outside is not None:  # 7: seen inside afterwards
            if outside.by_sealer:
                self._close("WRONG_POUCH", dossier)
            elif pouch.bad is None:
                self._open("DUPLICATE_LABEL", dossier)

    def _compare_pieces(self, dossier: Dossier, packed: Any) -> None:
        """6: pieces at its receipt, on coming out, with those at its packing."""
        seen = self.fact.context.get("pieces")
        if packed is None or seen is None:
            return
        if isinstance(packed, list) and isinstance(seen, list):
            short = any(packed.count(piece) > seen.count(piece) for piece in packed)
            excess = any(seen.count(piece) > packed.count(piece) for piece in seen)
        else:
            said = len(packed) if isinstance(packed, list) else packed
            found = len(seen) if isinstance(seen, list) else seen
            short, excess = found < said, found > said
        if short:
            self._open("SHORT_CONTENT", dossier)
        if excess:
            self._open("EXCESS_CONTENT", dossier)

    def _read_seal(self, pouch: Pouch) -> None:
        """A reading at Accepted or Unsealed of a sealed pouch."""
        read, broken = self._said("seal"), self.fact.context.get("broken") is True
        differs = read is not None and read != pouch.seal
        if broken:
            self._open("SEAL_BROKEN", pouch)
        if differs:
            self._open("SEAL_MISMATCH", pouch)
        if broken or differs:
            if pouch.bad is None:
                pouch.bad = self._charged_by_a_bad_seal(pouch)
        elif read is not None:
            pouch.whole.append((self.party, self.at_us))

    def _charged_by_a_bad_seal(self, pouch: Pouch) -> tuple[str | None, Micros]:
        """Who held it just before the finder accepted it; the finder himself if he had read it
        whole, or if it never moved."""
        _finder, since_us = pouch.tenures[-1]
        had_read_it_whole = any(self._same(reader, self.party) for reader, _ in pouch.whole)
        if had_read_it_whole or not pouch.moved or len(pouch.tenures) < 2:
            return self.party, self.at_us
        return pouch.tenures[-2][0], since_us

    def _close_receipt(self, pouch: Pouch) -> None:
        intact = (
            pouch.bad is None
            and not pouch.travelled_open
            and any(self._same(reader, self.party) for reader, _ in pouch.whole)
        )
        missing = sorted((pouch.contents & pouch.manifest) - pouch.packed)
        for label in missing:
            dossier = self._dossier(label)
            pouch.contents.discard(label)
            dossier.pouch = None
            self._open("MISSING", dossier)
            if pouch.bad is not None:
                dossier.withdraw(None, *pouch.bad, self._same)
            elif pouch.travelled_open:
                before = pouch.tenures[-2][0] if len(pouch.tenures) > 1 else None
                dossier.withdraw(None, before, pouch.tenures[-1][1], self._same)
            elif intact:
                dossier.withdraw(None, pouch.sealer, pouch.sealed_us, self._same)
        if intact:  # 7: seen elsewhere, and not also inside
            for label, outside in pouch.outside.items():
                if outside.link is not None:
                    self._dossier(label).withdraw(
                        outside.link, pouch.sealer, pouch.sealed_us, self._same
                    )
        if not missing:
            self._close("SEAL_BROKEN", pouch)
            self._close("SEAL_MISMATCH", pouch)
        self._close("MANIFEST_MISSING", pouch)
        self._close("RECEIPT_NOT_CLOSED", pouch)
        was_inside, packed = pouch.manifest, pouch.packed
        was_told = not pouch.no_history and not pouch.contents  # and no new filling has begun
        pouch.new_sealing()
        pouch.was_inside, pouch.packed = was_inside if was_told else None, packed
        pouch.manifest = set()
        pouch.state = "open" if pouch.contents else "closed"

    # 6. Surplus.

    def _is_surplus(self, dossier: Dossier, named: Pouch | None) -> bool:
        """Seen by a fact naming a pouch in whose manifest it is not; packing is not seeing. A
        pouch of which nothing was ever said (new, or being packed) has no manifest to be in."""
        if named is None or self.fact.fact == "Packed" or named.no_history:
            return False
        if dossier.label in named.contents or dossier.label in named.manifest or named.begun:
            return False
        if named.state == "sealed" or self._is_receipt(named) or named.sealer is not None:
            return True
        return named.was_inside is not None and dossier.label not in named.was_inside

    # What turns without a fact (rules 2 and 5).

    def _let_time_pass(self, until_us: Micros | None) -> None:
        """What turns before `until_us` (None: ever) without a fact, in the order of its turning."""
        turns: list[tuple[Micros, str, str, str]] = []
        for thing in [*self.dossiers.values(), *self.pouches.values()]:
            release = thing.release
            if release is not None and not release.told_late:
                due_us = release.at_us + ACCEPT_WITHIN_US
                if until_us is None or due_us < until_us:  # accepted at exactly +30 is in time
                    release.told_late = True
                    turns.append((due_us, "NOT_ACCEPTED", thing.label, release.key))
        for pouch in self.pouches.values():
            if pouch.unsealed is not None:
                due_us = pouch.unsealed[0] + CLOSE_WITHIN_US
                if until_us is None or due_us < until_us:
                    if self._is_receipt(pouch):
                        what = (due_us, "RECEIPT_NOT_CLOSED", pouch.label, pouch.unsealed[1])
                        turns.append(what)
                    pouch.unsealed = None
        for due_us, code, label, key in sorted(turns):
            self.book.open(code, label, due_us, key)
