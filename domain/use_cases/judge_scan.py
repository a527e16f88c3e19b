"""Telling each station what its scans met, once they are stored and followed; called by /scans."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from domain.model.custody_along import Along
from domain.model.custody_state import Filling, FoldSettings
from domain.model.entry import entry_digest, parse_entry
from domain.model.fact import OFFICE_SUCCEEDED, labels_named
from domain.model.labels import Kind
from domain.model.run_verdict import run_verdict
from domain.model.runs import day_of
from domain.model.station_time import Timed
from domain.model.succession import Succession
from domain.model.verdict import STANDING, Verdict, of_replaced, verdict_along
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import Answer, SentEntry

# Facts folded for one batch, all its scans together: some 0.3 s. A day's backlog is judged from its
# newest scan back; whoever made the oldest has long gone on.
MOST_FOLDED = 30_000
_RUN = str(int(Kind.RUN))


@dataclass(frozen=True, slots=True)
class Recorded:
    """One batch with its answers, in the order sent."""

    entries: Sequence[SentEntry]
    answers: Sequence[Answer]


class JudgeScan:
    """Reads only: any thread. Runs after the read model has followed the batch."""

    def __init__(
        self, *, views: Views, reference: Reference, settings: FoldSettings | None = None
    ) -> None:
        self._views = views
        self._reference = reference
        self._settings = settings or FoldSettings()

    def __call__(
        self, batch: Sequence[SentEntry], answers: Sequence[Answer]
    ) -> list[Verdict | None]:
        """One verdict an entry, in the order sent.

        None for what states nothing (rejected, quarantined), and beyond `MOST_FOLDED`.
        """
        [told] = self.together([Recorded(batch, answers)])
        return told

    def together(self, batches: Sequence[Recorded]) -> list[list[Verdict | None]]:
        """The same of several batches, asked of the sheets at once."""
        of_each = [
            [
                _Answered(entry_digest(one.raw), one, answer)
                for one, answer in zip(batch.entries, batch.answers, strict=True)
            ]
            for batch in batches
        ]
        answered = [each for batch in of_each for each in batch]
        told = self._of_runs(answered)
        labels = {each for one in answered for each in one.answer.labels if each[:1] != _RUN}
        around, begun = self._around(labels, answered)
        batch_of = {each.digest: n for n, batch in enumerate(of_each) for each in batch}
        scans = [timed for timed in around if timed.fact.digest in batch_of]
        alongs = self._alongs(around, scans, begun)
        for scan in _within_reach(scans, alongs, batch_of, len(batches)):
            told[scan.fact.digest] = self._judged(scan, alongs[scan.fact.digest])
        if any(timed.fact.fact == "Relabelled" for timed in around):
            replaced = self._views.replaced(labels)
            for each in answered:
                if (said := told.get(each.digest)) is not None:
                    told[each.digest] = of_replaced(said, replaced.get(each.answer.labels[0]))
        return [[told.get(each.digest) for each in batch] for batch in of_each]

    def _of_runs(self, answered: Iterable["_Answered"]) -> dict[str, Verdict]:
        """What scans of runs' cards met, by the digest of their entries."""
        facts = [
            (each.digest, parse_entry(each.sent.raw).fact)
            for each in answered
            if each.answer.labels and each.answer.labels[0][:1] == _RUN
        ]
        days = {day_of(fact.at_us) for _, fact in facts}
        states = {(state.label, day): state for day in days for state in self._views.runs(day, day)}
        return {
            digest: run_verdict(
                states.get((fact.subject, day_of(fact.at_us))), fact, name_of=self._name_of
            )
            for digest, fact in facts
        }

    def _around(
        self, labels: set[str], answered: Iterable["_Answered"]
    ) -> tuple[Sequence[Timed], Sequence[Filling]]:
        """The facts that bear on the scans, and how pouches stood whose earlier ones do not."""
        stated = {
            each.digest
            for each in answered
            if each.answer.outcome != "quarantined" and labels.intersection(each.answer.labels)
        }
        return self._views.around_scans(labels, stated) if labels else ([], [])

    def _alongs(
        self, around: Sequence[Timed], scans: Sequence[Timed], begun: Sequence[Filling]
    ) -> Mapping[str, Along]:
        """What bears on each scan (by digest): one walk for all scans that it bears on."""
        alongs: dict[str, Along] = {}
        for facts, those in _together(around, scans) if len(scans) > 1 else [(around, scans)]:
            along = Along(facts, begun=begun, settings=self._settings)
            alongs.update((scan.fact.digest, along) for scan in those)
        return alongs

    def _judged(self, scan: Timed, along: Along) -> Verdict:
        """Whether people have closed what it is blocked for is asked only if it is."""
        judge = partial(verdict_along, along, scan, name_of=self._name_of)
        said = judge()
        if said.reason not in STANDING:
            return said
        return judge(settled=self._views.settled([scan.fact.subject]))

    def _name_of(self, office: str) -> tuple[str, str]:
        """Of the one that carries on its work: there it is to go now."""
        offices = self._reference.offices()
        known = offices.get(Succession(offices).heir(office))
        return (office, office) if known is None else (known.name_vi, known.name_en)


class _Answered(NamedTuple):
    """One entry: the digest of its bytes, as it was sent, and what became of it."""

    digest: str
    sent: SentEntry
    answer: Answer


def _successions(around: Sequence[Timed]) -> list[Timed]:
    """That offices were succeeded, and every correction of it."""
    found = [timed for timed in around if timed.fact.fact == OFFICE_SUCCEEDED]
    keys = {timed.fact.key for timed in found}
    return found + [timed for timed in around if timed.fact.context.get("target") in keys]


def _within_reach(
    scans: Sequence[Timed],
    alongs: Mapping[str, Along],
    batch_of: Mapping[str, int],
    batches: int,
) -> list[Timed]:
    """Those for which few enough facts need to be folded, in order; of each batch the newest."""
    left, near, walked = [MOST_FOLDED] * batches, [], set()
    for scan in reversed(scans):
        along, batch = alongs[scan.fact.digest], batch_of[scan.fact.digest]
        left[batch] -= 1 if along in walked and not along.amended else len(along)
        walked.add(along)
        if left[batch] >= 0:
            near.append(scan)
    return near[::-1]


def _together(
    around: Sequence[Timed], scans: Sequence[Timed]
) -> Iterator[tuple[Sequence[Timed], Sequence[Timed]]]:
    """Facts with the scans that they bear on, both in order: a batch may be of many pouches.

    Two facts are together if they name one label, or one names the other by key; the succession of
    an office bears on all, and so does what corrects it.
    """
    lead = _leads(around)
    groups: dict[str, list[Timed]] = defaultdict(list)
    asked: dict[str, list[Timed]] = defaultdict(list)
    for timed in around:
        groups[lead(timed.fact.subject)].append(timed)
    for scan in scans:
        asked[lead(scan.fact.subject)].append(scan)
    offices = _successions(around)
    for name, those in asked.items():
        facts = groups[name]
        if offices:
            there = {timed.fact.digest for timed in facts}
            facts += [timed for timed in offices if timed.fact.digest not in there]
            facts.sort(key=attrgetter("order"))
        yield facts, those


def _leads(around: Sequence[Timed]) -> Callable[[str], str]:
    """From each label or key to the one that stands for all that it is together with."""
    leads: dict[str, str] = {}

    def lead(name: str) -> str:
        while (further := leads.setdefault(name, name)) != name:
            leads[name] = leads[further]
            name = further
        return name

    aimed_at = {timed.fact.context.get("target") for timed in around}
    for fact in (timed.fact for timed in around):
        if fact.fact != OFFICE_SUCCEEDED and fact.context:
            for name in (*labels_named(fact)[1:], fact.context.get("target")):
                if name:
                    leads[lead(name)] = lead(fact.subject)
        if fact.key in aimed_at:
            leads[lead(fact.key)] = lead(fact.subject)
    return lead
