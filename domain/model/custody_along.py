"""The fold of facts that go on: asked after one scan and the next, in one walk along them.

What a batch met is asked scan by scan, and a pouch is moved scan by scan: folding all that bears on
it anew for each would cost as much again each time. Used by the verdict and the refold.
"""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from domain.model.corrections import AMENDING, Standing, amend
from domain.model.custody import Step, Walk, cuts_of, steps_of
from domain.model.custody_noted import apart
from domain.model.custody_state import (
    DossierState,
    Filling,
    Folded,
    FoldSettings,
    PouchState,
    Repeat,
    SetAside,
)
from domain.model.custody_things import Thing
from domain.model.fact import OFFICE_SUCCEEDED, aims, labels_named, may_succeed
from domain.model.station_time import Discrepancy, Timed

WORTH_REMEMBERING = 16  # facts; a walk along fewer costs no more than to know it again

T = TypeVar("T", bound=Thing)
State = TypeVar("State")


class Bearing(NamedTuple):
    """Facts that bear on one another, in order, and how pouches stood before them.

    `labels`: of which these are all the facts; what bears on every label names others besides.
    """

    facts: Sequence[Timed]
    begun: Sequence[Filling] = ()
    labels: Collection[str] = ()


def bearings_of(around: Sequence[Timed], begun: Iterable[Filling] = ()) -> list[Bearing]:
    """Facts in order, as those that bear on one another: what was loaded may be of many pouches.

    Two facts are together if they name one label, or one names the other by key; the succession of
    an office bears on all, and so does what corrects it.
    """
    leads, lead = _leads(around)
    groups: dict[str, list[Timed]] = defaultdict(list)
    fillings: dict[str, list[Filling]] = defaultdict(list)
    for one in around:
        groups[lead(one.fact.subject)].append(one)
    for filling in begun:
        fillings[lead(filling.pouch)].append(filling)
    if offices := _successions(around):
        for facts in groups.values():
            there = {one.fact.digest for one in facts}
            facts += [one for one in offices if one.fact.digest not in there]
            facts.sort(key=attrgetter("order"))
    labels: dict[str, set[str]] = defaultdict(set)
    for name in list(leads):
        labels[lead(name)].add(name)
    names = dict.fromkeys((*groups, *fillings))
    return [Bearing(groups.get(each, []), fillings.get(each, []), labels[each]) for each in names]


def joined(parts: Iterable[tuple[Bearing, Folded]]) -> Folded:
    """The fold of several bearings, of each what is its own."""
    dossiers: dict[str, DossierState] = {}
    pouches: dict[str, PouchState] = {}
    found: list[Discrepancy] = []
    noted: list[Discrepancy] = []
    repeats: list[Repeat] = []
    fillings: list[Filling] = []
    set_aside: set[SetAside] = set()
    for (_, _, labels), part in parts:
        dossiers.update(each for each in part.dossiers.items() if each[0] in labels)
        pouches.update(each for each in part.pouches.items() if each[0] in labels)
        found += (one for one in part.discrepancies if one.subject in labels)
        noted += (one for one in part.noted if one.subject in labels)
        repeats += (one for one in part.repeats if one.subject in labels)
        fillings += (one for one in part.fillings if one.pouch in labels)
        set_aside |= set(part.set_aside)
    return Folded(
        dossiers,
        pouches,
        sorted(found),
        sorted(set_aside),
        sorted(repeats),
        fillings,
        sorted(noted),
    )


def _leads(around: Sequence[Timed]) -> tuple[Mapping[str, str], Callable[[str], str]]:
    """From each label or key to the one that stands for all that it is together with."""
    leads: dict[str, str] = {}

    def lead(name: str) -> str:
        while (further := leads.setdefault(name, name)) != name:
            leads[name] = leads[further]
            name = further
        return name

    aimed_at = {key for one in around for key in aims(one.fact)}
    for fact in (one.fact for one in around):
        if fact.fact != OFFICE_SUCCEEDED and fact.context:
            for name in (*labels_named(fact)[1:], *aims(fact)):
                if name:
                    leads[lead(name)] = lead(fact.subject)
        if fact.key in aimed_at:
            leads[lead(fact.key)] = lead(fact.subject)
    return leads, lead


def _successions(around: Sequence[Timed]) -> list[Timed]:
    """That offices were succeeded, and all that amends it, amends that, and so on."""
    found = [one for one in around if may_succeed(one.fact)]
    keys = {one.fact.key for one in found}.union(*(aims(one.fact) for one in found))
    grown = bool(found)
    while grown:
        more = [
            one
            for one in around
            if one not in found and (one.fact.key in keys or not keys.isdisjoint(aims(one.fact)))
        ]
        found += more
        keys.update(one.fact.key for one in more)
        grown = bool(more)
    return found


class Along:
    """The walk along a bearing, which may go on.

    A scan that comes after the one asked for before costs the steps between the two. Only where
    something amends facts the walk may have to begin again.
    """

    def __init__(
        self, bearing: Bearing, settings: FoldSettings, *, find_cuts: bool = False
    ) -> None:
        self._new_walk: Callable[[], Walk] = lambda: Walk(settings, find_cuts=find_cuts)
        self._facts: list[Timed] = []
        self._begun = list(bearing.begun)
        self._every: list[Step] = steps_of((), self._begun)
        self._done: list[Step] = []
        self._walk = self._new_walk()
        self._since: list[tuple[Any, ...]] | None = None  # of the steps, once it is asked for
        self.amended = False
        self._add(bearing.facts)

    def __len__(self) -> int:
        """How many facts one walk goes along."""
        return len(self._facts)

    def goes_on(self, bearing: Bearing) -> bool:
        """Whether the bearing begins with what this one is; if so this one is that from now on."""
        known = len(self._facts)
        if self._begun != list(bearing.begun) or self._facts != list(bearing.facts[:known]):
            return False
        self._add(bearing.facts[known:])
        return True

    def after(self, scan: Timed) -> tuple[Sequence[Timed], Folded]:
        """What was known just after the scan, and its fold; valid until the next is asked for.

        What turns by time alone has not turned in it.
        """
        known = self._facts[: bisect_right(self._facts, scan.order, key=attrgetter("order"))]
        self._go(self._steps(known, scan))
        walk, now_us = self._walk, scan.effective_us
        said, noted = apart(one for one in walk.flags.listed() if one.opened_us <= now_us)
        return known, Folded(
            _AsAsked(walk.dossiers, walk.dossier_now),
            _AsAsked(walk.pouches, walk.pouch_now),
            said,
            repeats=sorted(one for one in walk.flags.repeats() if one.opened_us <= now_us),
            noted=noted,
        )

    def whole(self) -> Folded:
        """The fold of all of it, with what turns later, and where it can be cut."""
        standing, set_aside = amend(self._facts) if self.amended else ((), [])
        self._go(steps_of(standing, self._begun) if self.amended else self._every)
        walk = self._walk
        flags = walk.turned()
        said, noted = apart(flags.listed())
        return Folded(
            {label: walk.dossier_now(each) for label, each in walk.dossiers.items()},
            {label: walk.pouch_now(each) for label, each in walk.pouches.items()},
            said,
            set_aside,
            sorted(flags.repeats()),
            cuts_of(walk, self._facts, standing),
            noted,
        )

    def _add(self, facts: Sequence[Timed]) -> None:
        self._facts += facts
        self.amended = self.amended or any(one.fact.fact in AMENDING for one in facts)
        if not self.amended:
            self._every += steps_of([Standing(one, amended=False) for one in facts], ())
            self._every.sort(key=itemgetter(0))
            self._since = None

    def _steps(self, known: Sequence[Timed], scan: Timed) -> list[Step]:
        """The walk as it was known then: what was amended later is as it was stated."""
        if self.amended:
            then = [one for one in self._begun if one.from_us <= scan.effective_us]
            return steps_of(amend(known)[0], then)
        if self._since is None:
            self._since = [_since(step) for step in self._every]
            self._as_told = all(one <= other for one, other in pairwise(self._since))
        if self._as_told:
            return self._every[: bisect_right(self._since, scan.order)]
        last = scan.order
        return [step for step, since in zip(self._every, self._since, strict=True) if since <= last]

    def _go(self, steps: list[Step]) -> None:
        if self._done != steps[: len(self._done)]:
            self._done, self._walk = [], self._new_walk()
        for step in steps[len(self._done) :]:
            self._walk.take(step)
        self._done = list(steps)


class Alongs:
    """The walks that are likely to go on, the least lately asked for given up first."""

    def __init__(self, settings: FoldSettings, *, most: int, find_cuts: bool = False) -> None:
        self._settings = settings
        self._most = most
        self._find_cuts = find_cuts
        self._known: OrderedDict[str, Along] = OrderedDict()

    def of(self, bearing: Bearing) -> Along:
        """The walk along it, gone on with where one is known."""
        first = next((one for one in bearing.facts if one.fact.fact != OFFICE_SUCCEEDED), None)
        name = "" if first is None else first.fact.digest
        along = self._known.get(name)
        if along is None or not along.goes_on(bearing):
            along = Along(bearing, self._settings, find_cuts=self._find_cuts)
        if len(along) < WORTH_REMEMBERING:
            return along
        self._known[name] = along
        self._known.move_to_end(name)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return along


class _AsAsked(Mapping[str, State], Generic[T, State]):
    """The states of things by label, each made when it is asked for."""

    def __init__(self, things: Mapping[str, T], state: Callable[[T], State]) -> None:
        self._things = things
        self._state = state

    def __getitem__(self, label: str) -> State:
        return self._state(self._things[label])

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)


def _since(step: Step) -> tuple[Any, ...]:
    """From when on the step is known, as facts are ordered."""
    one = step[1]
    return (one.from_us,) if isinstance(one, Filling) else one.order
