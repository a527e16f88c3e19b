"""The fold: from facts to who held what, when, on what evidence, and what does not agree.

The walk visits the facts once, in their one order. Each rule of `facts.md` §4 stands in one place
and names its number there: 1 below; 2 and 4 in `custody_handoffs`; 3 (packing), 6 and 7 in
`custody_contents`; 3 (travel, sealing) and 5 in `custody_receipts`; 8 in `custody_life`; 9 is
`Flags` of `custody_things`, and what it leaves to people `custody_noted`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

from domain.model.corrections import Standing, amend
from domain.model.custody_contents import Contents
from domain.model.custody_fillings import filling, happened_us, resumed, spans
from domain.model.custody_handoffs import Handoffs
from domain.model.custody_life import Life
from domain.model.custody_noted import Noted, apart
from domain.model.custody_receipts import Receipts
from domain.model.custody_state import (
    ATTESTED,
    INFERRED,
    VERIFIED,
    DossierState,
    Filling,
    Folded,
    FoldSettings,
    Link,
    PouchState,
    SetAside,
    Tendered,
)
from domain.model.custody_things import (
    RETURNED,
    Dossier,
    Flag,
    Flags,
    Parties,
    Pouch,
    Stretch,
    Thing,
    links,
)
from domain.model.fact import DOSSIER_SIGHTINGS, OFFICE_SUCCEEDED, POUCH_SIGHTINGS, Fact
from domain.model.instants import Micros
from domain.model.labels import DOSSIER_KINDS, POUCH_KIND
from domain.model.station_time import Discrepancy, Timed, settle

__all__ = [
    "Discrepancy",
    "DossierState",
    "FoldSettings",
    "Folded",
    "Link",
    "PouchState",
    "SetAside",
    "Step",
    "Timed",
    "Walk",
    "cuts_of",
    "fold",
    "fold_facts",
    "steps_of",
]

AnyDiscrepancy = TypeVar("AnyDiscrepancy", bound=Discrepancy)
Step = tuple[tuple[Any, ...], Timed | Filling, bool]  # its place in the walk; whether it is amended
_DEFAULT_SETTINGS = FoldSettings()


def fold_facts(
    facts: Iterable[Fact],
    *,
    now_us: Micros | None = None,
    as_of_us: Micros | None = None,
    known_at_us: Micros | None = None,
) -> Folded:
    """The fold of whole stations' facts as they came; `now_us` defaults to the latest effective."""
    if known_at_us is not None:
        facts = [fact for fact in facts if known_us(fact) <= known_at_us]
    settled = settle(facts)
    amended = amend(settled.timed)
    if now_us is None:
        standing = (one.timed for one in amended[0])
        now_us = max((one.effective_us for one in (*settled.timed, *standing)), default=None)
    folded = _fold(*amended, now_us, as_of_us, Walk(_DEFAULT_SETTINGS))
    about_stations = _shown(settled.discrepancies, now_us, as_of_us)
    return replace(folded, discrepancies=sorted([*folded.discrepancies, *about_stations]))


def fold(
    timed: Iterable[Timed],
    *,
    now_us: Micros | None = None,
    as_of_us: Micros | None = None,
    settings: FoldSettings = _DEFAULT_SETTINGS,
    resumed: Iterable[Filling] = (),
    find_cuts: bool = False,
) -> Folded:
    """Custody, pouches and discrepancies that follow from settled facts, in whatever order given.

    Without `now_us` discrepancies that turn later are returned too, with the instant at which they
    turn. `as_of_us` shows the state at that instant in the fold of all facts. `resumed`: how a
    pouch stood where facts about it were left out before. `find_cuts`: where that can be done.
    """
    told = list(timed)
    standing, set_aside = amend(told)
    walk = Walk(settings, find_cuts=find_cuts)
    folded = _fold(standing, set_aside, now_us, as_of_us, walk, resumed)
    return replace(folded, fillings=cuts_of(walk, told, standing)) if walk.fillings else folded


def cuts_of(walk: "Walk", told: Sequence[Timed], standing: Iterable[Standing]) -> list[Filling]:
    """Where the walk found that a history can be cut, unless that parts what is tied together."""
    tied = spans(told, standing) if walk.fillings else []
    return [cut for cut in walk.fillings if not any(span.forbids(cut) for span in tied)]


def _fold(
    standing: Iterable[Standing],
    set_aside: Sequence[SetAside],
    now_us: Micros | None,
    as_of_us: Micros | None,
    walk: "Walk",
    begun: Iterable[Filling] = (),
) -> Folded:
    then = None
    for step in steps_of(standing, begun):
        if as_of_us is not None and step[0][0] > as_of_us and then is None:
            then = walk.states()
        walk.take(step)
    dossiers, pouches = then or walk.states()
    flags = walk.turned()
    said, noted = apart(_shown(flags.listed(), now_us, as_of_us))
    chains = {label: links(walk.dossiers[label].chain, as_of_us) for label in dossiers}
    return Folded(
        {
            label: with_chain(
                chain=chains[label],
                tendered=tuple(_offered(walk.tendered(label, chains[label]), now_us, as_of_us)),
            )
            for label, with_chain in dossiers.items()
        },
        {
            label: with_chain(chain=links(walk.pouches[label].chain, as_of_us))
            for label, with_chain in pouches.items()
        },
        said,
        set_aside,
        sorted(_shown(flags.repeats(), now_us, as_of_us)),
        walk.fillings,
        noted,
    )


def steps_of(standing: Iterable[Standing], begun: Iterable[Filling] = ()) -> list[Step]:
    """The walk over the facts that stand, and over fillings where it begins with one."""
    steps: list[Step] = [(_happened(one.timed), one.timed, one.amended) for one in standing]
    steps += [((one.from_us,), one, False) for one in begun]
    steps.sort(key=itemgetter(0))
    return steps


def known_us(fact: Fact) -> Micros:
    """When the fact was known: recorded, else not after, else as claimed."""
    for known_us in (fact.recorded_at_us, fact.not_after_us):
        if known_us is not None:
            return known_us
    return fact.at_us


def _happened(timed: Timed) -> tuple[Any, ...]:
    """The order of the walk: an attestation stands where it says the dossier was, never later."""
    fact = timed.fact
    succeeds = fact.fact == OFFICE_SUCCEEDED  # holds from its instant: for all facts of that
    return happened_us(timed), not succeeds, fact.station, fact.epoch, fact.seq, fact.digest


def _shown(
    discrepancies: Iterable[AnyDiscrepancy], now_us: Micros | None, as_of_us: Micros | None
) -> list[AnyDiscrepancy]:
    """What has turned by now, as it stood at as-of."""
    shown = []
    for one in discrepancies:
        if now_us is not None and one.opened_us > now_us:
            continue
        if as_of_us is not None:
            if one.opened_us > as_of_us:
                continue
            if one.closed_us is not None and one.closed_us > as_of_us:
                shown.append(replace(one, closed_us=None))
                continue
        shown.append(one)
    return shown


def _offered(
    tendered: Iterable[Tendered], now_us: Micros | None, as_of_us: Micros | None
) -> Iterator[Tendered]:
    """What has begun by now, as it stood at as-of."""
    for one in tendered:
        if (now_us is None or one.from_us <= now_us) and (
            as_of_us is None or one.from_us <= as_of_us
        ):
            ended = as_of_us is None or one.to_us is None or one.to_us <= as_of_us
            yield one if ended else replace(one, to_us=None)


class Walk:
    """The state between two facts, and the rules that carry it over a fact."""

    def __init__(self, settings: FoldSettings, *, find_cuts: bool = False) -> None:
        self.find_cuts = find_cuts
        self.dossiers: dict[str, Dossier] = {}
        self.pouches: dict[str, Pouch] = {}
        self.fillings: list[Filling] = []
        self.resumed: dict[str, Filling] = {}
        self.flags = Flags()
        self.parties = Parties()
        self.noted = Noted(self.flags, settings.collection_us)
        self.handoffs = Handoffs(self.flags, self.parties, settings, self.noted)
        self.life = Life(self.flags, self.parties, self.noted)
        self.receipts = Receipts(
            self.flags, self.parties, settings, handoffs=self.handoffs, life=self.life
        )
        self.contents = Contents(
            self.flags, self.parties, handoffs=self.handoffs, receipts=self.receipts
        )

    def take(self, step: Step) -> None:
        """Go one step on."""
        (at_us, *_), one, amended = step
        if isinstance(one, Filling):
            self._resume(one)
        else:
            self._step(one.fact, at_us, amended=amended)

    def _step(self, fact: Fact, at_us: Micros, *, amended: bool) -> None:
        name, kind = fact.fact, fact.subject[:1]
        if name == OFFICE_SUCCEEDED:
            if successor := fact.context.get("successor"):
                self.parties.join(fact.subject, successor)
            return
        if (named := self._pouch_named(fact)) is not None:
            if self.find_cuts and name == "Packed" and kind in DOSSIER_KINDS:
                named = self._cut_before(named, at_us)
            named.told_us = at_us
        if kind in DOSSIER_KINDS:
            dossier = self._dossier(fact.subject)
            if name in DOSSIER_SIGHTINGS:
                self._see_dossier(dossier, fact, at_us, ATTESTED if amended else VERIFIED)
            else:
                self._act_on_dossier(dossier, fact, at_us)
        elif kind == POUCH_KIND:
            pouch = self._pouch(fact.subject)
            if self.find_cuts and name == "Opened":
                pouch = self._cut_before(pouch, at_us)
            pouch.told_us = at_us
            if name in POUCH_SIGHTINGS:
                self._see_pouch(pouch, fact, at_us, amended=amended)
            else:
                self._act_on_pouch(pouch, fact, at_us)

    def _resume(self, begun: Filling) -> None:
        """Go on from here, whatever was left out before."""
        self.pouches[begun.pouch] = resumed(begun, self.flags)
        self.resumed[begun.pouch] = begun

    def _cut_before(self, pouch: Pouch, at_us: Micros) -> Pouch:
        """Note that its history can be cut here; the pouch with which to go on."""
        before = self.resumed.get(pouch.label)
        if before is None or before.from_us != at_us:
            links_before = before.links_before if before else 0
            if begun := filling(pouch, at_us, self.flags, links_before):
                self.fillings.append(begun)
        return pouch

    def states(
        self,
    ) -> tuple[dict[str, partial[DossierState]], dict[str, partial[PouchState]]]:
        """Everything but the chains, which later facts may still change."""
        return (
            {label: dossier.state() for label, dossier in self.dossiers.items()},
            {label: self._state(pouch) for label, pouch in self.pouches.items()},
        )

    def dossier_now(self, dossier: Dossier) -> DossierState:
        """As it stands after the last step."""
        chain = dossier.links()
        return dossier.state()(chain=chain, tendered=self.handoffs.tendered(dossier, chain))

    def pouch_now(self, pouch: Pouch) -> PouchState:
        """As it stands after the last step; its chain since it was resumed."""
        return self._state(pouch)(chain=pouch.links())

    def _state(self, pouch: Pouch) -> partial[PouchState]:
        return pouch.state(self.receipts.received(pouch))

    def tendered(self, label: str, chain: Sequence[Link]) -> Sequence[Tendered]:
        """Rule 2, of a dossier with this chain."""
        return self.handoffs.tendered(self.dossiers[label], chain)

    def turned(self) -> Flags:
        """The discrepancies, with what turns without an event, whenever that will be."""
        flags = self.flags.copy()
        for thing in (*self.dossiers.values(), *self.pouches.values()):
            for flag in self.turns(thing):
                flags.raise_(*flag)
        return flags

    def turns(self, thing: Thing) -> Iterator[Flag]:
        """What will turn of one unless something comes before."""
        yield from self.handoffs.turns(thing)
        if isinstance(thing, Dossier):
            yield from self.noted.turns(thing)
        elif isinstance(thing, Pouch):
            yield from self.receipts.turns(thing)

    def _dossier(self, label: str) -> Dossier:
        if (dossier := self.dossiers.get(label)) is None:
            dossier = self.dossiers[label] = Dossier(label)
        return dossier

    def _pouch(self, label: str) -> Pouch:
        if (pouch := self.pouches.get(label)) is None:
            pouch = self.pouches[label] = Pouch(label)
        return pouch

    def _pouch_named(self, fact: Fact) -> Pouch | None:
        label = fact.context.get("pouch")
        return self._pouch(label) if label and label[0] == POUCH_KIND else None

    def _see_dossier(self, dossier: Dossier, fact: Fact, at_us: Micros, basis: str) -> None:
        """Rule 1. A scan puts it there: in the scanning party's hands, from then on."""
        name, label, party, flags = fact.fact, dossier.label, fact.office, self.flags
        if name == "Returned" and dossier.status == RETURNED:
            self.noted.see(dossier, fact, at_us)
            return
        if name != "Registered":
            self.life.awaken(dossier, at_us, fact.key)
        elif not self.life.register(dossier, fact, at_us):
            return
        self.noted.see(dossier, fact, at_us)
        named = self._pouch_named(fact)
        packs_into, seen_in = (named, None) if name == "Packed" else (None, named)
        told_otherwise = (
            flags.is_open("MISSING", label)
            or flags.is_open("LOST", label)
            or self.contents.tells(dossier, seen_in, party)
        )
        self.handoffs.hand(dossier, fact, party, at_us, excused=told_otherwise)
        flags.close("MISSING", label, at_us)
        flags.close("LOST", label, at_us)
        scan = Stretch(party, fact.context.get("place"), basis, at_us, fact.key)
        packs = packs_into and self.contents.make_ready(packs_into, dossier, fact, scan)
        came_from = self.contents.come_out(dossier, fact, scan, seen_in)
        dossier.hold(scan)
        if seen_in and seen_in is not came_from:
            self.contents.check(seen_in, dossier, at_us, fact.key)
        if packs_into and packs:
            self.contents.pack(dossier, packs_into, fact, at_us)
        elif packs_into:
            flags.raise_("WRONG_POUCH", label, at_us, fact.key)
        if name in _ARRIVALS:
            self.handoffs.arrive(dossier, (came_from, seen_in), party, at_us, fact.key)
        self.life.scanned(dossier, fact, at_us)

    def _see_pouch(self, pouch: Pouch, fact: Fact, at_us: Micros, *, amended: bool) -> None:
        """Rule 1. The pouch is there; rule 3, what it holds is there with it, inferred."""
        name, party, label, holder = fact.fact, fact.office, pouch.label, pouch.holder
        self.receipts.turn(pouch, at_us)
        handed = self.handoffs.hand(pouch, fact, party, at_us, excused=pouch.empty)
        self.flags.close("LOST", label, at_us)
        place = fact.context.get("place")
        pouch.hold(Stretch(party, place, ATTESTED if amended else VERIFIED, at_us, fact.key))
        if handed:
            self.receipts.travel(
                pouch, fact, at_us, unannounced=holder is None and name in _UNANNOUNCED
            )
        if party != holder:
            basis = ATTESTED if amended else INFERRED
            for dossier in pouch.contents.values():
                self.handoffs.hand(dossier, fact, party, at_us, excused=True)
                dossier.hold(Stretch(party, place, basis, at_us, fact.key))
                self.life.finish(dossier, at_us, fact.key, inferred=True)
        if name != "Sealed":
            self.handoffs.route(pouch, party, at_us, fact.key)
        self.receipts.scan(pouch, fact, at_us)
        for dossier in pouch.contents.values():
            self.life.end_transit(dossier, at_us)

    def _act_on_dossier(self, dossier: Dossier, fact: Fact, at_us: Micros) -> None:
        self.handoffs.turn(dossier, at_us)
        match fact.fact:
            case "Attested":
                self._attest(dossier, fact, at_us)
            case "Withdrawn":
                self.life.withdraw(dossier, at_us, fact.key)
            case "Stopped":
                self.life.stop(dossier, at_us)
            case "Rated":
                self.life.rate(dossier, fact)
            case "RefusedAtIntake":
                self.life.refuse_at_intake(dossier, at_us, fact.key)
            case _:
                self._act(dossier, fact, at_us)

    def _act_on_pouch(self, pouch: Pouch, fact: Fact, at_us: Micros) -> None:
        if fact.fact != "Packed":
            self._act(pouch, fact, at_us)
        elif self._pouch_named(fact) is not None:  # rule 3: no pouch goes into a pouch
            self.flags.raise_("WRONG_POUCH", pouch.label, at_us, fact.key)

    def _act(self, thing: Thing, fact: Fact, at_us: Micros) -> None:
        """Rules 2, 8. Acts that move nothing; most are not custody's business."""
        name = fact.fact
        if name in _RELEASES:
            self.handoffs.release(thing, fact, at_us)
        elif name == "Refused":
            self.handoffs.refuse(thing, fact, at_us)
        elif code := _DECLARED.get(name):
            self.flags.raise_(code, thing.label, at_us, fact.key)
        self.noted.say(thing, fact, at_us)

    def _attest(self, dossier: Dossier, fact: Fact, at_us: Micros) -> None:
        """§3. Declared to be in somebody's hands, until its next scan."""
        if dossier.status == RETURNED:
            return
        party = fact.context.get("holder") or fact.office
        self.handoffs.attest(dossier, party, at_us)
        self.flags.close("MISSING", dossier.label, at_us)
        dossier.leave_pouch(at_us)
        dossier.hold(Stretch(party, fact.context.get("place"), ATTESTED, at_us, fact.key))
        self.life.finish(dossier, at_us, fact.key, inferred=True)
        self.life.end_transit(dossier, at_us)


_ARRIVALS = frozenset({"Received", "Accepted"})
_UNANNOUNCED = frozenset({"Accepted", "Unsealed"})
_RELEASES = frozenset({"Released", "Tendered"})
_DECLARED = {"Disputed": "DISPUTED", "DeclaredLost": "LOST", "Damaged": "DAMAGED"}
