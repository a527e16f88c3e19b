"""Rules 3, 6 and 7 of the fold for dossiers: packed, seen inside or elsewhere, surplus, pieces.

`custody.py` calls it for every scan of a dossier, before and after the dossier changes hands.
"""

from domain.model.custody_handoffs import Handoffs
from domain.model.custody_receipts import Receipts
from domain.model.custody_things import (
    OPEN,
    SEALED,
    Dossier,
    Flags,
    OutsideScan,
    Parties,
    Pouch,
    Stretch,
)
from domain.model.fact import Fact
from domain.model.instants import Micros


class Contents:
    """What a scan of a dossier says about the pouch it names, and about the one it was in."""

    def __init__(
        self, flags: Flags, parties: Parties, *, handoffs: Handoffs, receipts: Receipts
    ) -> None:
        self.flags = flags
        self.same = parties.same
        self.handoffs = handoffs
        self.receipts = receipts

    def tells(self, dossier: Dossier, seen_in: Pouch | None, party: str) -> bool:
        """Rule 1. Whether it comes out of a pouch: out of its own, as surplus, or first seen."""
        if dossier.pouch is not None:
            return True
        if seen_in is not None and (
            seen_in.surplus(dossier.label) or seen_in.awaits(dossier.label)
        ):
            return True
        return any(self.receipts.inside(pouch, None, party) for pouch in dossier.seen_outside)

    def make_ready(self, pouch: Pouch, dossier: Dossier, fact: Fact, scan: Stretch) -> bool:
        """Rule 3. Whether the packer may pack into it; an empty one becomes his, and open.

        By the pouch's holder while it is not sealed; an empty one by anybody.
        """
        packer, at_us = fact.office, scan.from_us
        if pouch.phase == SEALED or not (pouch.empty or self.same(pouch.holder, packer)):
            return False
        self.flags.close("WRONG_POUCH", dossier.label, at_us)  # rule 7: packed properly
        if pouch.empty:
            if not self.same(pouch.holder, packer):
                self.handoffs.hand(pouch, fact, packer, at_us, excused=True)
            if pouch.holder != packer:
                pouch.hold(Stretch(packer, scan.place, scan.basis, at_us, fact.key))
            pouch.begin_anew()
            pouch.phase, pouch.said, pouch.unannounced = OPEN, None, False
            pouch.received = None
        return True

    def pack(self, dossier: Dossier, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        """Rule 3. Only packing puts a dossier into a pouch."""
        dossier.enter_pouch(pouch, at_us)
        dossier.pieces = fact.context.get("pieces")
        pouch.packed_since.add(dossier.label)

    def come_out(
        self, dossier: Dossier, fact: Fact, scan: Stretch, seen_in: Pouch | None
    ) -> Pouch | None:
        """Rules 3, 7. Any scan takes it out of its pouch; the pouch if it was seen in that.

        Scanned elsewhere while its pouch is sealed, it was not in it, until seen inside after all.
        """
        label, party, at_us = dossier.label, fact.office, scan.from_us
        came_from = None
        for pouch in tuple(dossier.seen_outside):
            if seen_in is pouch or (
                dossier.pouch is None and self.receipts.inside(pouch, seen_in, party)
            ):
                came_from = pouch
                dossier.seen_outside.remove(pouch)
                outside = pouch.outside.pop(label)
                self._see_inside(pouch, label, outside.pieces, fact, at_us)
                if outside.by_sealer:
                    self.flags.close("WRONG_POUCH", label, at_us)
                elif pouch.blamed is None:
                    self.flags.raise_("DUPLICATE_LABEL", label, at_us, fact.key)
        if (left := dossier.pouch) is None:
            return came_from
        dossier.leave_pouch(at_us)
        if self.receipts.inside(left, seen_in, party):
            self._see_inside(left, label, dossier.pieces, fact, at_us)
            return left
        if left.phase == SEALED:
            self.flags.raise_("WRONG_POUCH", label, at_us, fact.key)
            by_sealer = self.same(party, left.sealer)
            left.outside[label] = OutsideScan(dossier, scan, by_sealer, dossier.pieces)
            dossier.seen_outside.append(left)
        return came_from

    def check(self, pouch: Pouch, dossier: Dossier, at_us: Micros, key: str) -> None:
        """Rule 6. Seen by a fact naming the pouch: in its manifest, or surplus."""
        label = dossier.label
        if pouch.unannounced:  # rule 3: what is seen is its manifest
            self.receipts.turn(pouch, at_us)
            pouch.manifest[label] = dossier
        elif pouch.surplus(label):
            self.flags.raise_("SURPLUS", label, at_us, key)
        if label in pouch.manifest:
            pouch.seen.add(label)

    def _see_inside(
        self, pouch: Pouch, label: str, packed: object, fact: Fact, at_us: Micros
    ) -> None:
        """Rule 6. Seen in its receipt, where its pieces are counted against those packed."""
        pouch.seen.add(label)
        for code in _unequal(packed, fact.context.get("pieces")):
            self.flags.raise_(code, label, at_us, fact.key)


def _unequal(packed: object, found: object) -> list[str]:
    """Rule 6. The pieces found at the receipt against those packed: numbers, or codes of each."""
    if isinstance(packed, list) and isinstance(found, list):
        short, excess = bool(set(packed) - set(found)), bool(set(found) - set(packed))
    elif packed is not None and found is not None:
        many, seen = (
            len(said) if isinstance(said, list) else int(str(said)) for said in (packed, found)
        )
        short, excess = seen < many, seen > many
    else:
        return []
    return ["SHORT_CONTENT"] * short + ["EXCESS_CONTENT"] * excess
