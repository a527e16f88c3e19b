"""What facts say of a dossier's legs besides its chain: steps, waiting, misrouting, disputes.

`Legs` reads a set of facts once for as many dossiers as it is asked about; the read model keeps
what it answers, and `said_of` makes of it what the ledger of minutes (`responsibility`) goes by.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from domain.model.claims import MISROUTED, Detour, Said
from domain.model.corrections import Standing
from domain.model.fact import DOSSIER_SIGHTINGS, POUCH_SIGHTINGS, Fact
from domain.model.instants import Micros
from domain.model.labels import DOSSIER_KINDS
from domain.model.legs import FINISHED, NOT_READY, READY, STARTED, Mark, account_of
from domain.model.station_time import Discrepancy, Timed, earliest

_READY = frozenset({"Sealed", "Released", "Tendered"})
_STEPS = {"StepStarted": STARTED, "StepFinished": FINISHED}
_ARRIVALS = frozenset({"Received", "Accepted"})
BEARING = frozenset({"DISPUTED", "MISROUTED"})  # the codes that bear on minutes


class Stay(NamedTuple):
    """The dossier was put into the pouch; None: it was out of any from then on."""

    at_us: Micros
    pouch: str | None


class Sending(NamedTuple):
    """Who sent it away, and to which office."""

    at_us: Micros
    sender: str
    to: str | None


class Arrival(NamedTuple):
    """By whom it was received or accepted itself."""

    at_us: Micros
    party: str


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What facts alone say of a dossier. `marks` leave out what changes nothing, and name no steps.

    `runs`: of a scan, by its key. All in the order of time.
    """

    label: str
    marks: Sequence[Mark] = ()
    runs: Mapping[str, str] = field(default_factory=dict)
    stays: Sequence[Stay] = ()
    sendings: Sequence[Sending] = ()
    arrivals: Sequence[Arrival] = ()

    @property
    def subjects(self) -> set[str]:
        """On what a discrepancy may bear on its minutes: itself and the pouches it was in."""
        return {self.label, *(stay.pouch for stay in self.stays if stay.pouch is not None)}

    def concerns(self, found: Discrepancy) -> bool:
        """Whether it is about the dossier, or about the pouch it was in when that opened."""
        if found.subject == self.label:
            return True
        pouch = None
        for stay in self.stays:
            if stay.at_us > found.opened_us:
                break
            pouch = stay.pouch
        return found.subject == pouch

    def astray(self, found: Discrepancy) -> Detour | None:
        """From when it was seen astray until it arrived: the one's who had sent it."""
        sent = [one for one in self.sendings if one.at_us <= found.opened_us]
        if not sent:
            return None
        _, sender, to = sent[-1]
        arrivals = (at for at, party in self.arrivals if at > found.opened_us and party == to)
        until_us = earliest(found.closed_us, min(arrivals, default=None))
        return Detour(MISROUTED, account_of(sender), found.opened_us, until_us, found.key)


def said_of(
    told: LegFacts, discrepancies: Iterable[Discrepancy], *, steps: Iterable[str] = ()
) -> Said:
    """With what was found about it, as evidence or people closed that, and the names of the steps.

    The n-th StepStarted begins the n-th step; what comes after the last has no name.
    """
    bearing = sorted(one for one in discrepancies if one.code in BEARING and told.concerns(one))
    astray = (told.astray(one) for one in bearing if one.code == "MISROUTED")
    names = iter(steps)
    return Said(
        marks=[
            mark._replace(step=next(names, "")) if mark.act == STARTED else mark
            for mark in told.marks
        ],
        detours=[detour for detour in astray if detour is not None],
        disputes=[(one.opened_us, one.closed_us) for one in bearing if one.code == "DISPUTED"],
        runs=told.runs,
    )


class Legs:
    """The facts that stand, ready to be asked dossier by dossier."""

    def __init__(self, standing: Iterable[Standing]) -> None:
        self._facts: dict[str, list[Timed]] = defaultdict(list)
        for one in standing:
            self._facts[one.timed.fact.subject].append(one.timed)

    def about(self, label: str) -> list[Timed]:
        """Those that bear on one dossier's legs, in no order."""
        own = self._facts.get(label, [])
        pouches = {
            pouch
            for one in own
            if one.fact.fact == "Packed" and (pouch := one.fact.context.get("pouch")) is not None
        }
        return own + [one for pouch in sorted(pouches) for one in self._facts.get(pouch, ())]

    def of(self, label: str) -> LegFacts:
        """What they say of one dossier."""
        return _told(label, self.about(label))


class LegsAlong:
    """As `Legs`, of histories too long to be held: each fact as the walk comes to it.

    `out_of_order`: dossiers of which some facts are not walked in the order of time.
    """

    def __init__(self, *, out_of_order: Collection[str] = ()) -> None:
        self._readers: dict[str, _Reader] = {}
        self._inside: dict[str, dict[str, _Reader]] = defaultdict(dict)  # by pouch
        self._kept: dict[str, list[Timed]] = {label: [] for label in out_of_order}
        self._kept_inside: dict[str, set[str]] = defaultdict(set)  # by pouch, for ever

    def read(self, timed: Timed) -> None:
        """Take in the next fact that stands."""
        fact, subject = timed.fact, timed.fact.subject
        for label in self._kept_inside.get(subject, ()):
            self._kept[label].append(timed)
        for reader in tuple(self._inside.get(subject, {}).values()):
            self._read(reader, timed)
        if subject in self._kept:
            self._kept[subject].append(timed)
            if fact.fact == "Packed" and (pouch := fact.context.get("pouch")) is not None:
                self._kept_inside[pouch].add(subject)
        elif subject[:1] in DOSSIER_KINDS:
            own = self._readers.get(subject)
            if own is None:
                own = self._readers[subject] = _Reader(subject)
            self._read(own, timed)

    def _read(self, reader: "_Reader", timed: Timed) -> None:
        before = reader.pouch
        reader.read(timed.fact, timed.effective_us)
        after = reader.pouch
        if before != after:
            if before is not None:
                del self._inside[before][reader.label]
            if after is not None:
                self._inside[after][reader.label] = reader

    def bears_on(self, label: str) -> bool:
        """Whether a fact about a pouch may say more of the dossier, although none of its own."""
        reader = self._readers.get(label)
        return label in self._kept or (reader is not None and reader.pouch is not None)

    def told(self, label: str) -> LegFacts:
        """What came of the dossier, known no more."""
        if (kept := self._kept.get(label)) is not None:
            return _told(label, kept)
        if (reader := self._readers.pop(label, None)) is None:
            return LegFacts(label)
        if reader.pouch is not None:
            del self._inside[reader.pouch][label]
        return reader.told()


def _told(label: str, facts: Iterable[Timed]) -> LegFacts:
    reader = _Reader(label)
    for one in sorted(facts, key=attrgetter("order")):
        reader.read(one.fact, one.effective_us)
    return reader.told()


class _Reader:
    """What was read so far, in the order of time."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._marks: list[Mark] = []
        self._ready: set[str] = set()  # the parties whose last mark says so
        self._runs: dict[str, str] = {}
        self._stays: list[Stay] = []
        self._sendings: list[Sending] = []
        self._arrivals: list[Arrival] = []

    @property
    def pouch(self) -> str | None:
        """In which it is now."""
        return self._stays[-1].pouch if self._stays else None

    def told(self) -> LegFacts:
        """What came of it."""
        return LegFacts(
            self.label, self._marks, self._runs, self._stays, self._sendings, self._arrivals
        )

    def read(self, fact: Fact, at_us: Micros) -> None:
        """Take in the next fact; one about a pouch it is not in says nothing."""
        if fact.subject == self.label:
            self._of_dossier(fact, at_us)
        elif self._stays and fact.subject == self._stays[-1].pouch:
            self._of_pouch(fact, at_us)
        else:
            return
        if (run := fact.context.get("run")) is not None:
            self._runs[fact.key] = run

    def _of_dossier(self, fact: Fact, at_us: Micros) -> None:
        name, party = fact.fact, fact.office
        if name in DOSSIER_SIGHTINGS:
            self._stay(at_us, fact.context.get("pouch") if name == "Packed" else None)
            self._mark(at_us, _STEPS.get(name, NOT_READY), party)
            if name in _ARRIVALS:
                self._arrivals.append(Arrival(at_us, party))
        elif name == "Attested":
            self._stay(at_us, None)
        elif name in _READY:
            self._send(fact, at_us, fact.context.get("counterpart"))

    def _of_pouch(self, fact: Fact, at_us: Micros) -> None:
        name = fact.fact
        if name == "Sealed":
            self._send(fact, at_us, fact.context.get("to"))
        elif name in _READY:
            self._mark(at_us, READY, fact.office)
        elif name in POUCH_SIGHTINGS:
            self._mark(at_us, NOT_READY, fact.office)
            if name == "Closed":  # nothing is inside any more; what is packed next is another tale
                self._stay(at_us, None)

    def _mark(self, at_us: Micros, act: str, party: str) -> None:
        """A party that waited for nobody waits no less for being seen with it."""
        if act == READY:
            self._ready.add(party)
        elif party in self._ready:
            self._ready.discard(party)
        elif act == NOT_READY:
            return
        self._marks.append(Mark(at_us, act, party))

    def _stay(self, at_us: Micros, pouch: str | None) -> None:
        if pouch is not None or (self._stays and self._stays[-1].pouch is not None):
            self._stays.append(Stay(at_us, pouch))

    def _send(self, fact: Fact, at_us: Micros, to: str | None) -> None:
        self._mark(at_us, READY, fact.office)
        self._sendings.append(Sending(at_us, fact.office, to))
