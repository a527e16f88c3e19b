"""What the station knows without the network: the verdict on a scan, the list of a pouch.

The same fold as the server's over the cached manifests and this station's own entries. Used by the
station's loop and by its desk page.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from threading import RLock

from domain.model.custody import fold
from domain.model.custody_state import Filling
from domain.model.entry import Entry
from domain.model.expected import Expected, expected_in, sent_to
from domain.model.fact import RUN_FACTS, Fact, labels_named, under_first_label
from domain.model.labels import Kind
from domain.model.manifest import Thing
from domain.model.office_hours import Day
from domain.model.run_verdict import run_verdict
from domain.model.runs import RunState, day_of, follow_runs
from domain.model.station_time import Timed, clamped, latest
from domain.model.verdict import STANDING, Verdict, not_told_ahead, of_replaced, verdict
from scanner_station.cache import Cache

MOST_OWN = 20_000  # own entries that are folded along: three days without a network, twice over
_POUCH, _RUN = str(int(Kind.POUCH)), str(int(Kind.RUN))


@dataclass(frozen=True, slots=True)
class _Bearing:
    """The facts that bear on some labels, in order, and what the fold of them resumes from."""

    facts: Sequence[Timed]
    begun: Sequence[Filling]


class Knowledge:
    """One desk's knowledge; may be asked by any thread."""

    def __init__(self, cache: Cache, *, own: Iterable[Entry] = ()) -> None:
        """`own`: the station's newest entries in order, as its journal holds them."""
        self._cache = cache
        self._own: dict[str, list[Timed]] = defaultdict(list)
        self._last: Timed | None = None
        self._asking = RLock()
        for entry in own:
            self._take(entry)

    def verdict(self, entry: Entry) -> Verdict:
        """What the scan met, as far as is known here.

        The entry counts as this station's own from now on.
        """
        with self._asking:
            scan, newest = self._take(entry)
            label = scan.fact.subject
            if label[:1] == _RUN:
                return self._of_run(scan.fact)
            bearing = self._bearing(labels_named(scan.fact))
            heard = self.has_heard_of(label)
            names = self._cache.names()

            def judged(*, settled: bool) -> Verdict:
                return verdict(
                    bearing.facts,
                    scan,
                    begun=bearing.begun,
                    settled=self._cache.settled(label) if settled else {},
                    name_of=lambda office: names.get(office, (office, office)),
                    heard=heard,
                )

            said = judged(settled=False)
            if said.reason in STANDING:
                said = judged(settled=True)
            return of_replaced(said, newest)

    def expected(self, pouch: str) -> Expected | None:
        """The list and the running count of a pouch; None of one that nobody here knows."""
        with self._asking:
            bearing = self._bearing([pouch])
            return expected_in(fold(bearing.facts, resumed=bearing.begun), bearing.facts, pouch)

    def sent_to(self, label: str) -> str | None:
        """The name of the office it was sent to, as far as is known here."""
        with self._asking:
            bearing = self._bearing([label])
            office = sent_to(fold(bearing.facts, resumed=bearing.begun), bearing.facts, label)
            return None if office is None else self._cache.names().get(office, (office, ""))[0]

    def things(self) -> list[Thing]:
        """What lies here and what is coming, as of the newest manifests, by label."""
        return self._cache.things()

    def places(self) -> list[tuple[str, int]]:
        """The shelves and rooms here, and how many dossiers each is said to hold."""
        return self._cache.places()

    def truncated(self) -> bool:
        """Whether there is more than `things` tells."""
        return self._cache.truncated()

    def doubt(self) -> None:
        """The copy cannot be folded: forget it, so that it is fetched again."""
        self._cache.clear()

    def has_heard_of(self, label: str) -> bool:
        """Whether all that is known of a label is known here too."""
        if self._cache.heard_of(label):
            return True
        return any(one.fact.fact == "Registered" for one in self._own.get(label, ()))

    def _of_run(self, fact: Fact) -> Verdict:
        """What a scan of a run's card met."""
        state = self._run(fact.subject, day_of(fact.at_us))
        if state is None and fact.fact in RUN_FACTS:
            return not_told_ahead()
        names = self._cache.names()
        return run_verdict(state, fact, name_of=lambda office: names.get(office, (office, office)))

    def _run(self, label: str, day: Day) -> RunState | None:
        """The run of that card and date with what was scanned of it; None where none was told."""
        which = (label, day)
        told = [run for run in self._cache.runs() if (run.planned.label, run.planned.day) == which]
        if not told:
            return None
        run, told_facts = told[0].planned, told[0].facts
        facts = {(one.fact.key, one.fact.digest): one for one in told_facts}
        for one in self._own_of([label]):
            facts.setdefault((one.fact.key, one.fact.digest), one)
        cards = {label: (run.route, run.slot)}
        states = follow_runs([run], facts.values(), cards=cards)
        return next(state for state in states if state.day == day)

    def _take(self, entry: Entry) -> tuple[Timed, str | None]:
        """File an own entry; with it the label that has replaced the one scanned, if any."""
        first, newest = self._cache.worn(entry.fact.subject)
        timed = self._timed(under_first_label(entry.fact, {entry.fact.subject: first}), entry)
        for label in labels_named(timed.fact):
            self._own[label].append(timed)
        self._last = timed
        return timed, newest

    def _timed(self, fact: Fact, entry: Entry) -> Timed:
        """Its place in time, as the server will see it unless our clock is wrong."""
        last = self._last
        known_us = None if entry.checkpoint is None else entry.checkpoint.at_us
        lower_us = latest(last.lower_us if last else None, known_us)
        at_us = clamped(fact.at_us, lower_us, None)
        effective_us = max(at_us, last.effective_us) if last else at_us
        return Timed(replace(fact, digest=entry.digest), effective_us, lower_us)

    def _bearing(self, labels: Iterable[str]) -> _Bearing:
        """All that is cached of the labels and of what was with them, and all that is our own."""
        seeds = set(labels)
        pouches = {label for label in seeds if label[:1] == _POUCH}
        # What a dossier was put into here; what else a pouch was named with is only in it.
        pouches.update(
            label
            for seed in seeds - pouches
            for one in self._own_of([seed])
            for label in labels_named(one.fact)
            if label[:1] == _POUCH
        )
        inside = {
            pouch: {label for one in self._own_of([pouch]) for label in labels_named(one.fact)}
            for pouch in pouches
        }
        around = self._cache.around(seeds - pouches, with_pouches=inside)
        facts = {(one.fact.key, one.fact.digest): one for one in around.facts}
        for one in self._own_of(around.names | pouches):
            facts.setdefault((one.fact.key, one.fact.digest), one)
        return _Bearing(sorted(facts.values(), key=attrgetter("order")), around.begun)

    def _own_of(self, labels: Iterable[str]) -> list[Timed]:
        return [one for label in labels for one in self._own.get(label, ())]
