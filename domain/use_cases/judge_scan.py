"""Telling each station what its scans met, once they are stored and followed; called by /scans."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import NamedTuple

from domain.model.custody_along import Along, Alongs, Bearing
from domain.model.custody_state import FoldSettings
from domain.model.entry import entry_digest, parse_entry
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
MOST_WALKS = 256  # some 15 MB: the pouches that are packed or received at one time
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
        self._alongs = Alongs(settings or FoldSettings(), most=MOST_WALKS)
        self._walking = Lock()

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
        around = self._around(labels, answered)
        batch_of = {each.digest: n for n, batch in enumerate(of_each) for each in batch}
        with self._walking:
            scans = self._scans(around, batch_of)
            for scan, along in _within_reach(scans, batch_of, len(batches)):
                told[scan.fact.digest] = self._judged(scan, along)
        if any(one.fact.fact == "Relabelled" for each in around for one in each.facts):
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

    def _around(self, labels: set[str], answered: Iterable["_Answered"]) -> Sequence[Bearing]:
        """What bears on the scans."""
        stated = {
            each.digest
            for each in answered
            if each.answer.outcome != "quarantined" and labels.intersection(each.answer.labels)
        }
        return self._views.around_scans(labels, stated) if labels else ()

    def _scans(
        self, around: Sequence[Bearing], wanted: Container[str]
    ) -> list[tuple[Timed, Along]]:
        """The scans in order, each with the walk along what bears on it."""
        found: dict[str, tuple[Timed, Along]] = {}
        for bearing in around:
            those = [one for one in bearing.facts if one.fact.digest in wanted]
            if those:
                along = self._alongs.of(bearing)
                found.update((one.fact.digest, (one, along)) for one in those)
        return sorted(found.values(), key=lambda each: each[0].order)

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


def _within_reach(
    scans: Sequence[tuple[Timed, Along]], batch_of: Mapping[str, int], batches: int
) -> list[tuple[Timed, Along]]:
    """Those for which few enough facts need to be folded, in order; of each batch the newest."""
    left, near, walked = [MOST_FOLDED] * batches, [], set()
    for scan, along in reversed(scans):
        batch = batch_of[scan.fact.digest]
        left[batch] -= 1 if along in walked and not along.amended else len(along)
        walked.add(along)
        if left[batch] >= 0:
            near.append((scan, along))
    return near[::-1]
