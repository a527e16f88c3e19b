"""What people declare, and what waits, beside custody: codes that `facts.md` names and never folds.

Part of the walk of `custody`. A coded reason declares that a label is unreadable, an office closed,
changed or not the right one; what is found has to be seen to, and a result that nobody fetches too.
`giaonhan fold` prints none of these.
"""

from collections.abc import Iterable, Iterator

from domain.model.custody_things import Dossier, Flag, Flags, Thing
from domain.model.fact import Fact
from domain.model.identifiers import is_courier
from domain.model.instants import Micros
from domain.model.reasons import declared
from domain.model.station_time import Discrepancy

LABEL_UNREADABLE, FOUND, UNCLAIMED = "LABEL_UNREADABLE", "FOUND", "UNCLAIMED"
NOT_LET_IN = ("OFFICE_CLOSED", "ORG_CHANGED", "WRONG_RECIPIENT")
NOTED = frozenset({LABEL_UNREADABLE, FOUND, UNCLAIMED, *NOT_LET_IN})


def apart(found: Iterable[Discrepancy]) -> tuple[list[Discrepancy], list[Discrepancy]]:
    """What the fold says, and what is noted beside it; each in order."""
    shown = sorted(found)
    noted = [one for one in shown if one.code in NOTED]
    return [one for one in shown if one.code not in NOTED], noted


class Noted:
    """Raises and closes the codes in `NOTED`; all but a person's closure follows from the facts.

    LABEL_UNREADABLE stands until the dossier has another sticker; OFFICE_CLOSED, ORG_CHANGED and
    WRONG_RECIPIENT until another office has it, or the right person; FOUND until its next scan;
    UNCLAIMED from `collection_us` after the result was ready until it is given back or archived.
    """

    def __init__(self, flags: Flags, collection_us: Micros) -> None:
        self.flags = flags
        self.collection_us = collection_us

    def say(self, thing: Thing, fact: Fact, at_us: Micros) -> None:
        """An act that moves nothing: what its reason declares."""
        code = declared(fact.fact, fact.context.get("reason"))
        if fact.fact != "Relabelled":
            if code is not None:
                self.flags.raise_(code, thing.label, at_us, fact.key)
            return
        if code is not None and not self.flags.is_open(code, thing.label):
            self.flags.raise_(code, thing.label, at_us, fact.key)
        self.flags.close(LABEL_UNREADABLE, thing.label, at_us)

    def see(self, dossier: Dossier, fact: Fact, at_us: Micros) -> None:
        """The dossier itself is scanned."""
        label = dossier.label
        self.flags.close(FOUND, label, at_us)
        if fact.fact == "Found":
            self.flags.raise_(FOUND, label, at_us, fact.key)
        if fact.fact == "Returned":
            self._let_in(dossier, at_us)

    def reach(self, thing: Thing, party: str, at_us: Micros) -> None:
        """It comes out of another's hands into these."""
        if not is_courier(party):
            self._let_in(thing, at_us)

    def _let_in(self, thing: Thing, at_us: Micros) -> None:
        for code in NOT_LET_IN:
            self.flags.close(code, thing.label, at_us)

    def collect(self, dossier: Dossier, at_us: Micros) -> None:
        """The result, if it is ready, waits for the applicant until now."""
        if not dossier.open or dossier.finished_us is None or dossier.collected:
            return
        if dossier.finished_us + self.collection_us < at_us:
            for flag in self.turns(dossier):
                self.flags.raise_(*flag)
            self.flags.close(UNCLAIMED, dossier.label, at_us)
        dossier.collected = True

    def turns(self, dossier: Dossier) -> Iterator[Flag]:
        """What will turn unless it is fetched before."""
        ready_us, key = dossier.finished_us, dossier.finished_key
        if dossier.open and not dossier.collected and ready_us is not None and key is not None:
            yield UNCLAIMED, dossier.label, ready_us + self.collection_us, key
