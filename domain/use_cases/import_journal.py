"""A journal that comes as a file, because its station never reaches the network again.

The file is anybody's word: each entry counts by its own signature, as if the station had sent it,
and nothing else in the file is believed. Importing twice is importing once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from domain.model.entry import Checkpoint, parse_entry
from domain.model.errors import MalformedEntry, Refusal
from domain.model.journal_lines import read_journal_lines
from domain.model.policy import Act, Actor, demand
from domain.use_cases.record_scans import MOST_ENTRIES, RecordScans, SentEntry
from domain.use_cases.trust import StationTrust

MOST_BYTES = 64 * 1024 * 1024  # some forty thousand entries: a station keeps far fewer
LINES_OF_PART = 100  # some 0.1 s of the writer; what desks send meanwhile goes in between


class JournalFileTooLarge(Refusal):
    """More bytes than a station's journal can have; values: most_bytes."""

    code = "JOURNAL_FILE_TOO_LARGE"


@dataclass(slots=True)
class Imported:
    """What became of a file: entries by outcome, those refused (sequence, code), and lines lost.

    A sequence is 0 where the bytes do not tell one.
    """

    station: str
    outcomes: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    unreadable_lines: list[int] = field(default_factory=list)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)


class ImportJournal:
    """Hands a file's entries to the intake of scans, batch by batch; on the writer thread."""

    def __init__(self, *, record_scans: RecordScans, trust: StationTrust) -> None:
        self._record_scans = record_scans
        self._trust = trust

    def __call__(self, content: bytes, *, actor: Actor | None) -> Imported:
        """Take in what is authentic; what a fault interrupts is taken in by the next call.

        Raises `NotAllowed`, `JournalFileTooLarge`, `NotAJournalFile`, `UnknownStation`.
        """
        demand(actor, Act.IMPORT_JOURNAL)
        if len(content) > MOST_BYTES:
            raise JournalFileTooLarge(most_bytes=MOST_BYTES)
        lines = read_journal_lines(content)
        station = self._trust.station(lines.station).code
        imported = Imported(station, unreadable_lines=lines.unreadable)
        for batch in _batches(lines.entries, imported):
            answered = self._record_scans(station, batch, signed_for=False)
            imported.checkpoints[answered.checkpoint.epoch] = answered.checkpoint
            for answer in answered.answers:
                imported.outcomes[answer.outcome] += 1
                if answer.outcome == "rejected":
                    imported.rejected.append((answer.seq, answer.code or ""))
        return imported


def _batches(entries: list[bytes], imported: Imported) -> Iterator[list[SentEntry]]:
    """In the file's order, each of one epoch and no larger than the intake takes."""
    sent = []
    for raw in entries:
        try:
            fact = parse_entry(raw).fact
        except MalformedEntry as refusal:
            imported.outcomes["rejected"] += 1
            imported.rejected.append((0, refusal.code))
        else:
            sent.append(SentEntry(fact.epoch, fact.seq, raw))
    for _, epoch in groupby(sent, key=lambda one: one.epoch):
        of_epoch = list(epoch)
        for start in range(0, len(of_epoch), MOST_ENTRIES):
            yield of_epoch[start : start + MOST_ENTRIES]
