"""The fold as it stood after one scan and the next, in one walk; asked by the verdict.

What a batch met is asked scan by scan, and all of it bears on one pouch: folding it anew for each
would cost as much again each time.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from domain.model.corrections import AMENDING, amend
from domain.model.custody import Step, Walk, steps_of
from domain.model.custody_noted import apart
from domain.model.custody_state import DossierState, Filling, Folded, FoldSettings, PouchState
from domain.model.custody_things import links
from domain.model.station_time import Timed

State = TypeVar("State")


class Along:
    """Facts that bear on one another, in order; `begun`: how pouches stood before them.

    A scan that comes after the one asked for before costs the steps between the two. Only where
    something amends facts the walk may have to begin again.
    """

    def __init__(
        self, around: Sequence[Timed], *, begun: Iterable[Filling], settings: FoldSettings
    ) -> None:
        self._around = around
        self._begun = list(begun)
        self._settings = settings
        self.amended = any(one.fact.fact in AMENDING for one in around)
        self._every = [] if self.amended else steps_of(amend(around)[0], self._begun)
        self._done: list[Step] = []
        self._walk = Walk(settings)

    def __len__(self) -> int:
        """How many facts one walk goes along."""
        return len(self._around)

    def after(self, scan: Timed) -> tuple[Sequence[Timed], Folded]:
        """What was known just after the scan, and its fold; valid until the next is asked for.

        What turns by time alone has not turned in it.
        """
        place = bisect_right(self._around, scan.order, key=attrgetter("order"))
        known = self._around[:place]
        self._go(self._steps(known, scan))
        walk, now_us = self._walk, scan.effective_us
        said, noted = apart(one for one in walk.flags.listed() if one.opened_us <= now_us)
        return known, Folded(
            _AsAsked(walk.dossiers, self._dossier),
            _AsAsked(walk.pouches, self._pouch),
            said,
            repeats=sorted(one for one in walk.flags.repeats() if one.opened_us <= now_us),
            noted=noted,
        )

    def _steps(self, known: Sequence[Timed], scan: Timed) -> list[Step]:
        """The walk as it was known then: what was amended later is as it was stated."""
        if self.amended:
            then = [one for one in self._begun if one.from_us <= scan.effective_us]
            return steps_of(amend(known)[0], then)
        last = scan.order
        return [
            step
            for step in self._every
            if (one := step[1])
            and (one.from_us <= last[0] if isinstance(one, Filling) else one.order <= last)
        ]

    def _go(self, steps: list[Step]) -> None:
        if self._done != steps[: len(self._done)]:
            self._done, self._walk = [], Walk(self._settings)
        for step in steps[len(self._done) :]:
            self._walk.take(step)
        self._done = steps

    def _dossier(self, label: str) -> DossierState:
        dossier = self._walk.dossiers[label]
        chain = links(dossier.chain, None)
        return dossier.state()(chain=chain, tendered=self._walk.tendered(label, chain))

    def _pouch(self, label: str) -> PouchState:
        pouch = self._walk.pouches[label]
        return pouch.state(self._walk.receipts.received(pouch))(chain=links(pouch.chain, None))


class _AsAsked(Mapping[str, State]):
    """The states of things by label, each made when it is asked for."""

    def __init__(self, things: Mapping[str, Any], state: Callable[[str], State]) -> None:
        self._things = things
        self._state = state

    def __getitem__(self, label: str) -> State:
        if label not in self._things:
            raise KeyError(label)
        return self._state(label)

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)
