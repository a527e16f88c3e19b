"""The fold of more facts than are held at once; used where the read model is built anew.

The walk of `custody`, but a dossier is let go when nothing more can come about it, and a pouch
begins anew at each cut. Who calls it knows the order, and of which dossiers all was told.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.model.course import is_running
from domain.model.custody import Step, Walk
from domain.model.custody_fillings import Span
from domain.model.custody_state import (
    DossierState,
    Filling,
    FoldSettings,
    Link,
    PouchState,
    Repeat,
)
from domain.model.custody_things import Dossier, Pouch, Thing
from domain.model.instants import Micros
from domain.model.leg_evidence import LegFacts, LegsAlong
from domain.model.station_time import Discrepancy, Timed


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of one dossier, and of its legs; without a state nobody ever told of it."""

    label: str
    state: DossierState | None
    legs: LegFacts
    discrepancies: Sequence[Discrepancy]
    repeats: Sequence[Repeat]


@dataclass(frozen=True, slots=True)
class Stretched:
    """What became of one pouch since its filling `begun` (None: its first), or until the next."""

    label: str
    begun: Filling | None
    chain: Sequence[Link]
    discrepancies: Sequence[Discrepancy]
    repeats: Sequence[Repeat]
    state: PouchState | None = None  # of the newest filling alone


class LongWalk:
    """Walks along facts that come in the order of `custody.place`.

    `tied`: cuts that must not be. `held`: the dossiers that are let go only at the end.
    `united_us`: when the last succession of an office holds, None without any.
    """

    def __init__(
        self,
        settings: FoldSettings,
        *,
        tied: Iterable[Span] = (),
        held: Collection[str] = (),
        out_of_order: Collection[str] = (),
        united_us: Micros | None = None,
    ) -> None:
        self._walk = _Parting(settings, self._cut)
        self._legs = LegsAlong(out_of_order=out_of_order)
        self._held = frozenset(held).union(out_of_order)
        self._united_us = united_us
        self._tied: dict[str, list[Span]] = defaultdict(list)
        for span in tied:
            for label in span.labels:
                self._tied[label].append(span)
        self._parted: list[tuple[Filling, Stretched]] = []
        self._at_us: Micros = -(2**63)

    def take(self, step: Step) -> None:
        """Go one step on."""
        _, one, _ = step
        self._walk.take(step)
        if isinstance(one, Timed):
            self._at_us = step[0][0]
            self._legs.read(one)

    def parted(self) -> list[tuple[Filling, Stretched]]:
        """The fillings that have begun since this was asked, each with what it put an end to."""
        parted, self._parted = self._parted, []
        return parted

    def let_go(self, label: str) -> Gone | None:
        """A dossier of which every fact was taken in; None while others may still bear on it.

        What it was offered in is kept as well until all offices are what they will be, and a
        running one for what its pouches may turn out to have been.
        """
        dossier = self._walk.dossiers.get(label)
        if dossier is None or label in self._held:
            return None
        if dossier.pouch is not None or dossier.seen_outside or self._legs.bears_on(label):
            return None
        if self._united_us is not None and self._at_us < self._united_us:
            return None
        state = self._walk.dossier_now(dossier)
        return None if is_running(state) else self._gone(dossier, state)

    def pouches(self) -> Iterator[Stretched]:
        """All pouches, each since its newest filling began, when nothing more is to come."""
        walk = self._walk
        for label, pouch in walk.pouches.items():
            state = walk.pouch_now(pouch)
            yield Stretched(label, walk.resumed.get(label), state.chain, *self._found(pouch), state)

    def rest(self) -> Iterator[Gone]:
        """All dossiers that are left, after `pouches`."""
        for dossier in list(self._walk.dossiers.values()):
            yield self._gone(dossier, self._walk.dossier_now(dossier))

    def _gone(self, dossier: Dossier, state: DossierState) -> Gone:
        """Known no more."""
        label = dossier.label
        del self._walk.dossiers[label]
        return Gone(label, state, self._legs.told(label), *self._found(dossier))

    def _found(self, thing: Thing) -> tuple[list[Discrepancy], list[Repeat]]:
        """What does not agree about it, with what turns later; known no more."""
        for flag in self._walk.turns(thing):
            self._walk.flags.raise_(*flag)
        return self._walk.flags.forget(thing.label)

    def _cut(self, begun: Filling) -> None:
        label, walk = begun.pouch, self._walk
        if any(span.forbids(begun) for span in self._tied.get(label, ())):
            return
        before = walk.resumed.get(label)
        chain = walk.pouches[label].links()
        over = chain[: begun.links_before - (before.links_before if before else 0)]
        found, repeats = walk.flags.forget(label)
        walk.take(((begun.from_us,), begun, False))
        ended = Stretched(
            label,
            before,
            over,
            [one for one in found if one.closed_us is not None],
            [one for one in repeats if one.closed_us is not None],
        )
        self._parted.append((begun, ended))


class _Parting(Walk):
    """Goes on with a pouch as it was resumed wherever its history is cut."""

    def __init__(self, settings: FoldSettings, cut: Callable[[Filling], None]) -> None:
        super().__init__(settings, find_cuts=True)
        self._cut = cut

    def _cut_before(self, pouch: Pouch, at_us: Micros) -> Pouch:
        super()._cut_before(pouch, at_us)
        while self.fillings:
            self._cut(self.fillings.pop())
        return self.pouches[pouch.label]
