"""Telling each station what its scans met, once they are stored and followed; called by /scans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter

from domain.model.custody_state import Filling, FoldSettings
from domain.model.entry import entry_digest, parse_entry
from domain.model.fact import OFFICE_SUCCEEDED, labels_named
from domain.model.labels import Kind
from domain.model.run_verdict import run_verdict
from domain.model.runs import day_of
from domain.model.station_time import Timed
from domain.model.succession import Succession
from domain.model.verdict import STANDING, Verdict, of_replaced, verdict
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import Answer, SentEntry

# Facts folded for one batch, all its scans together: some 0.3 s. A day's backlog is judged from its
# newest scan back; whoever made the oldest has long gone on.
MOST_FOLDED = 30_000
_RUN = str(int(Kind.RUN))


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
        told = self._of_runs(batch, answers)
        labels = {each for answer in answers for each in answer.labels if each[:1] != _RUN}
        if not labels and not told:
            return [None] * len(batch)
        around, begun = self._around(labels, batch, answers)
        digests = [entry_digest(one.raw) for one in batch]
        wanted = set(digests)
        scans = [timed for timed in around if timed.fact.digest in wanted]
        bearing = _together(around) if len(scans) > 1 else {}
        left = MOST_FOLDED
        for scan in reversed(scans):
            facts = bearing.get(scan.fact.digest, around)
            left -= len(facts)
            if left < 0:
                break
            told[scan.fact.digest] = self._judged(facts, scan, begun)
        verdicts = [told.get(digest) for digest in digests]
        relabelled = any(timed.fact.fact == "Relabelled" for timed in around)
        replaced = self._views.replaced(labels) if relabelled else {}
        return [
            said and of_replaced(said, replaced.get(answer.labels[0]))
            for said, answer in zip(verdicts, answers, strict=True)
        ]

    def _of_runs(self, batch: Sequence[SentEntry], answers: Sequence[Answer]) -> dict[str, Verdict]:
        """What scans of runs' cards met, by the digest of their entries."""
        facts = [
            (entry_digest(one.raw), parse_entry(one.raw).fact)
            for one, answer in zip(batch, answers, strict=True)
            if answer.labels and answer.labels[0][:1] == _RUN
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
        self, labels: set[str], batch: Sequence[SentEntry], answers: Sequence[Answer]
    ) -> tuple[Sequence[Timed], Sequence[Filling]]:
        """The facts that bear on the scans, and how pouches stood whose earlier ones do not."""
        stated = {
            entry_digest(one.raw)
            for one, answer in zip(batch, answers, strict=True)
            if answer.outcome != "quarantined" and labels.intersection(answer.labels)
        }
        return self._views.around_scans(labels, stated) if labels else ([], [])

    def _judged(self, facts: Sequence[Timed], scan: Timed, begun: Sequence[Filling]) -> Verdict:
        """Whether people have closed what it is blocked for is asked only if it is."""
        judge = partial(
            verdict, facts, scan, begun=begun, name_of=self._name_of, settings=self._settings
        )
        said = judge()
        if said.reason not in STANDING:
            return said
        return judge(settled=self._views.settled([scan.fact.subject]))

    def _name_of(self, office: str) -> tuple[str, str]:
        """Of the one that carries on its work: there it is to go now."""
        offices = self._reference.offices()
        known = offices.get(Succession(offices).heir(office))
        return (office, office) if known is None else (known.name_vi, known.name_en)


def _successions(around: Sequence[Timed]) -> list[Timed]:
    """That offices were succeeded, and every correction of it."""
    found = [timed for timed in around if timed.fact.fact == OFFICE_SUCCEEDED]
    keys = {timed.fact.key for timed in found}
    return found + [timed for timed in around if timed.fact.context.get("target") in keys]


def _together(around: Sequence[Timed]) -> Mapping[str, Sequence[Timed]]:
    """For each fact (by digest) those that bear on it, in order: a batch may be of many pouches.

    Two facts are together if they name one label, or one names the other by key; the succession of
    an office bears on all, and so does what corrects it.
    """
    leads: dict[str, str] = {}

    def lead(name: str) -> str:
        while (further := leads.setdefault(name, name)) != name:
            leads[name] = leads[further]
            name = further
        return name

    for timed in around:
        fact = timed.fact
        if fact.fact != OFFICE_SUCCEEDED:
            target = fact.context.get("target")
            for name in (*labels_named(fact), *([target] if target else ())):
                leads[lead(name)] = lead(fact.key)
    groups: dict[str, list[Timed]] = defaultdict(list)
    for timed in around:
        groups[lead(timed.fact.key)].append(timed)
    if offices := _successions(around):
        for group in groups.values():
            group.extend(timed for timed in offices if timed not in group)
            group.sort(key=attrgetter("order"))
    return {timed.fact.digest: groups[lead(timed.fact.key)] for timed in around}
