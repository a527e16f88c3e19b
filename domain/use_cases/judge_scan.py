"""Telling each station what its scans met, once they are stored and followed; called by /scans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter

from domain.model.custody_state import FoldSettings
from domain.model.entry import entry_digest
from domain.model.fact import OFFICE_SUCCEEDED, labels_named
from domain.model.station_time import Timed
from domain.model.verdict import STANDING, Verdict, verdict
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import Answer, SentEntry

# Facts folded for one batch, all its scans together: some 0.3 s. A day's backlog is judged from its
# newest scan back; whoever made the oldest has long gone on.
MOST_FOLDED = 30_000


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
        labels = {label for answer in answers for label in answer.labels}
        if not labels:
            return [None] * len(batch)
        around = self._views.facts_around(labels)
        digests = [entry_digest(one.raw) for one in batch]
        scans = [timed for timed in around if timed.fact.digest in set(digests)]
        bearing = _together(around) if len(scans) > 1 else {}
        left = MOST_FOLDED
        told: dict[str, Verdict] = {}
        for scan in reversed(scans):
            facts = bearing.get(scan.fact.digest, around)
            left -= len(facts)
            if left < 0:
                break
            told[scan.fact.digest] = self._judged(facts, scan)
        return [told.get(digest) for digest in digests]

    def _judged(self, facts: Sequence[Timed], scan: Timed) -> Verdict:
        """Whether people have closed what it is blocked for is asked only if it is."""
        said = verdict(facts, scan, name_of=self._name_of, settings=self._settings)
        if said.reason not in STANDING:
            return said
        settled = self._views.settled([scan.fact.subject])
        return verdict(facts, scan, settled=settled, name_of=self._name_of, settings=self._settings)

    def _name_of(self, office: str) -> tuple[str, str]:
        known = self._reference.offices().get(office)
        return (office, office) if known is None else (known.name_vi, known.name_en)


def _together(around: Sequence[Timed]) -> Mapping[str, Sequence[Timed]]:
    """For each fact (by digest) those that bear on it, in order: a batch may be of many pouches.

    Two facts are together if they name one label, or one names the other by key; the succession of
    an office bears on all.
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
    if offices := [timed for timed in around if timed.fact.fact == OFFICE_SUCCEEDED]:
        for group in groups.values():
            group.extend(timed for timed in offices if timed not in group)
            group.sort(key=attrgetter("order"))
    return {timed.fact.digest: groups[lead(timed.fact.key)] for timed in around}
