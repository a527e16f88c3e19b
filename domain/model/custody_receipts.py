"""Rules 3 and 5 of the fold for pouches: travel, sealing, receipt, and whose the missing are."""

from collections.abc import Iterator

from domain.model.custody_handoffs import Handoffs
from domain.model.custody_life import Life
from domain.model.custody_state import INFERRED, FoldSettings, Received
from domain.model.custody_things import (
    CLOSED,
    OPEN,
    SEALED,
    UNSEALED,
    Dossier,
    Flag,
    Flags,
    Parties,
    Pouch,
    Stretch,
)
from domain.model.fact import Fact
from domain.model.identifiers import is_courier
from domain.model.instants import Micros


class Receipts:
    """What is said to be in a pouch, what its seal proves, and what is missing at its close."""

    def __init__(
        self,
        flags: Flags,
        parties: Parties,
        settings: FoldSettings,
        *,
        handoffs: Handoffs,
        life: Life,
    ) -> None:
        self.flags = flags
        self.same = parties.same
        self.receipt_us = settings.receipt_us
        self.handoffs = handoffs
        self.life = life

    def scan(self, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        """What the pouch's own scan does to it, once it is in its place."""
        pouch.received = None
        match fact.fact:
            case "Opened":
                self._open(pouch)
            case "Sealed":
                self._seal(pouch, fact, at_us)
            case "Accepted":
                self._read_seal(pouch, fact, at_us)
            case "Unsealed":
                self._unseal(pouch, fact, at_us)
            case _:  # Closed
                self._close(pouch, fact, at_us)

    def _at_receiver(self, pouch: Pouch) -> bool:
        """By name, not by party: two offices that merge in mid-transit stay sender and receiver."""
        return pouch.moved and pouch.holder != pouch.sealer

    def in_receipt(self, pouch: Pouch) -> bool:
        """Rule 5. With contents or manifest, held after it moved by another than its sealer."""
        return self._at_receiver(pouch) and not pouch.empty

    def inside(self, pouch: Pouch, seen_in: Pouch | None, party: str) -> bool:
        """Rule 5. Inside = scanned by the receipt's holder, or by a fact naming the pouch."""
        return seen_in is pouch or (self.same(pouch.holder, party) and self.in_receipt(pouch))

    def received(self, pouch: Pouch) -> Received | None:
        """What has come out of it so far; once the receipt is closed, as it stood then."""
        if not pouch.manifest:
            return pouch.received
        seen = sum(
            label not in pouch.contents and self.same(dossier.last_holder, pouch.holder)
            for label, dossier in pouch.manifest.items()
        )
        unlisted = self.flags.is_open("MANIFEST_MISSING", pouch.label)
        return Received(seen, None if unlisted else len(pouch.manifest))

    def travel(self, pouch: Pouch, fact: Fact, at_us: Micros, *, unannounced: bool) -> None:
        """Rule 3. A pouch comes from other hands; without a manifest, its contents become it."""
        pouch.moved = unannounced or pouch.previous is not None
        pouch.unannounced = pouch.unannounced or unannounced
        unlisted = pouch.phase != SEALED and bool(pouch.contents)
        if unannounced or unlisted:
            self.flags.raise_("MANIFEST_MISSING", pouch.label, at_us, fact.key)
        if unlisted:
            pouch.travelled_open = True
            pouch.manifest = dict(pouch.contents)
            pouch.said = frozenset(pouch.manifest)
            pouch.packed_since.clear()
            pouch.forget_outside()

    def _open(self, pouch: Pouch) -> None:
        """Rule 3. On a pouch that is sealed or not empty it only shows where that is."""
        if pouch.phase != SEALED and pouch.empty:
            pouch.phase, pouch.said = OPEN, None

    def _seal(self, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        """Rule 3. The manifest freezes. Rule 4. Its destination becomes that of its contents."""
        label, to, via = pouch.label, fact.context.get("to"), fact.context.get("via")
        if pouch.phase == SEALED:
            self.flags.raise_("SEAL_MISMATCH", label, at_us, fact.key)
        self.flags.close("MISROUTED", label, at_us)
        self.flags.close("RECEIPT_NOT_CLOSED", label, at_us)
        pouch.begin_anew()
        pouch.phase, pouch.seal = SEALED, fact.context.get("seal")
        pouch.sealer, pouch.sealed_us = fact.office, at_us
        pouch.manifest = dict(pouch.contents)
        pouch.said, pouch.unannounced = frozenset(pouch.manifest), False
        pouch.packed_since.clear()
        if to and not is_courier(to):
            pouch.destination, pouch.via = to, ()
        if via:
            pouch.via = via
        pouch.ahead = [*pouch.via, *([pouch.destination] if pouch.destination else [])]
        for dossier in pouch.contents.values():
            self.handoffs.send(dossier, to, fact.office)

    def _read_seal(self, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        """Rule 5. Whoever first finds the seal bad decides who answers for it."""
        if pouch.phase != SEALED:
            return
        seal, broken = fact.context.get("seal"), bool(fact.context.get("broken"))
        different = seal is not None and seal != pouch.seal
        if broken:
            self.flags.raise_("SEAL_BROKEN", pouch.label, at_us, fact.key)
        if different:
            self.flags.raise_("SEAL_MISMATCH", pouch.label, at_us, fact.key)
        if broken or different:
            if pouch.blamed is None:
                his = not pouch.moved or self._found_whole(pouch, fact.office)
                pouch.blamed = (fact.office, at_us) if his else (pouch.previous, pouch.since_us)
        elif seal is not None:
            pouch.found_whole.append(fact.office)

    def _found_whole(self, pouch: Pouch, party: str) -> bool:
        return any(self.same(party, reader) for reader in pouch.found_whole)

    def _unseal(self, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        """Rule 5. The receipt is to be closed within its time from here."""
        self._read_seal(pouch, fact, at_us)
        pouch.phase = UNSEALED
        if pouch.unsealed is None and self._at_receiver(pouch):
            pouch.unsealed = at_us, fact.key

    def turn(self, pouch: Pouch, at_us: Micros) -> None:
        """Rule 5. A receipt closed at the limit is in time."""
        if pouch.unsealed is not None and at_us > pouch.unsealed[0] + self.receipt_us:
            for flag in self.turns(pouch):
                self.flags.raise_(*flag)
            pouch.unsealed = None

    def turns(self, pouch: Pouch) -> Iterator[Flag]:
        """What will turn unless something comes before."""
        if pouch.unsealed is not None and self.in_receipt(pouch):
            unsealed_us, key = pouch.unsealed
            yield "RECEIPT_NOT_CLOSED", pouch.label, unsealed_us + self.receipt_us, key

    def _close(self, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        """Rule 5. What is still inside and was not seen is missing; the seal decides whose."""
        if not self.in_receipt(pouch):
            return
        flags, label = self.flags, pouch.label
        pouch.received = self.received(pouch)
        by_sealer = pouch.sealer, pouch.sealed_us
        intact, answers = False, pouch.blamed
        if answers is None and pouch.travelled_open:
            answers = pouch.previous, at_us
        elif answers is None and self._found_whole(pouch, fact.office):
            intact, answers = True, by_sealer
        missing = [
            dossier for name, dossier in pouch.contents.items() if name not in pouch.packed_since
        ]
        for dossier in missing:
            self.handoffs.turn(dossier, at_us)
            flags.raise_("MISSING", dossier.label, at_us, fact.key)
            dossier.leave_pouch(at_us)
            if answers is not None and self._withdraw(dossier, None, *answers):
                dossier.holder, dossier.previous = dossier.chain[-1].holder, None
                dossier.end_release(at_us)
                self.life.unfinish(dossier)
            self.life.end_transit(dossier, at_us)
        if intact:
            for outside in pouch.outside.values():  # rule 7
                self._withdraw(outside.dossier, outside.scan, *by_sealer)
        flags.close("MANIFEST_MISSING", label, at_us)
        flags.close("RECEIPT_NOT_CLOSED", label, at_us)
        if not missing:
            flags.close("SEAL_BROKEN", label, at_us)
            flags.close("SEAL_MISMATCH", label, at_us)
        if pouch.contents or pouch.unannounced:  # the next filling has begun; nothing was said
            pouch.said = None
        pouch.begin_anew()
        pouch.manifest, pouch.unannounced = {}, False
        pouch.phase = OPEN if pouch.contents else CLOSED

    def _withdraw(
        self, dossier: Dossier, scan: Stretch | None, party: str | None, by_us: Micros
    ) -> bool:
        """Rules 5, 7. Take back the run of inferred links before a scan, None: at the end.

        Back to the link that the party had by then; the whole run if it had none in it. Whether
        anything was taken back.
        """
        chain = dossier.chain
        end = start = len(chain) if scan is None else chain.index(scan)
        while chain[start - 1].basis == INFERRED:  # never the first: it was packed by a scan
            link = chain[start - 1]
            if self.same(link.holder, party) and link.from_us <= by_us:
                break
            start -= 1
        gone = {link.key for link in chain[start:end]}
        del chain[start:end]
        dossier.unreleased = [one for one in dossier.unreleased if one.key not in gone]
        return bool(gone)
