"""What telling the person scanning costs, after each scan of a pouch's receipt (bar: 5 ms).

    .venv/bin/python -m bench.verdict [TRIPS] [ROUNDS]

The receipt is that of bench/fold.py: 60 in the manifest, 3 of them missing, 1 surplus, 1 foreign.
The bag has made TRIPS journeys with 40 dossiers each before. CPU time of the use case, on a real
log and read model; each scan is judged ROUNDS times and the best counts: others use the machine.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time
from types import SimpleNamespace
from typing import Any, cast

from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.engine import read_engine, write_engine
from adapters.read_model.projection import Projection, prepare
from adapters.read_model.queries import Queries
from bench.fold import COURIER, POUCH, Story, dossier
from domain.model.entry import parse_entry, unsigned_entry
from domain.model.fact import Fact, labels_named
from domain.ports.stores import RecordedEntry
from domain.use_cases.judge_scan import JudgeScan
from domain.use_cases.record_scans import Answer, SentEntry

BAR_MS = 5.0
A_TRIP = 40


def entry(fact: Fact) -> RecordedEntry:
    """Nothing here verifies its signature."""
    unsigned = unsigned_entry(
        fact, prev="0" * 64, boot="boot", mono_ms=0, offset_ms=0, checkpoint=None
    )
    return RecordedEntry(entry=parse_entry(unsigned + bytes(64)), recorded_at_us=fact.at_us)


def earlier(story: Story, trips: int) -> None:
    """The bag there and back, its dossiers received and the receipt closed."""
    for trip in range(trips):
        giver, taker = ("A", "B") if trip % 2 == 0 else ("B", "A")
        labels = [dossier(1_000 + trip * A_TRIP + number) for number in range(A_TRIP)]
        for label in labels:
            story.say("Registered", label, giver)
            story.say("Packed", label, giver, pouch=POUCH)
        story.send(giver, taker, f"T{trip}")
        for label in labels:
            story.say("Received", label, taker, pouch=POUCH)
        story.say("Closed", POUCH, taker)


def receipt(story: Story) -> list[Fact]:
    """Everything up to the seal broken open; the scans of the receipt are returned."""
    labels = [dossier(serial) for serial in range(1, 61)]
    surplus, foreign = dossier(61), dossier(62)
    for label in (*labels, surplus, foreign):
        story.say("Registered", label, "A")
    story.say("Released", foreign, "A", counterpart="C")
    for label in labels:
        story.say("Packed", label, "A", pouch=POUCH)
    story.say("Sealed", POUCH, "A", seal="S1", to="B")
    story.say("Released", POUCH, "A", counterpart=COURIER)
    story.say("Accepted", POUCH, COURIER)
    story.say("Released", POUCH, COURIER, counterpart="B")
    told = len(story.facts)
    story.say("Accepted", POUCH, "B", seal="S1")
    story.say("Unsealed", POUCH, "B", seal="S1")
    for label in (*labels[3:], surplus, foreign):
        story.say("Received", label, "B", pouch=POUCH)
    story.say("Closed", POUCH, "B")
    scans: list[Fact] = story.facts[told:]
    del story.facts[told:]
    return scans


class Centre:
    """A log, the read model that follows it, and the use case on both."""

    def __init__(self, folder: Path) -> None:
        path = folder / "giaonhan.db"
        self.log = SqliteEventLog(path)
        engine = write_engine(path)
        prepare(engine)
        self.projection = Projection(log=self.log, engine=engine, due_of=lambda _question: None)
        nobody: Any = SimpleNamespace(offices=dict)
        self.judge = JudgeScan(views=Queries(read_engine(path)), reference=cast("Any", nobody))

    def take(self, facts: list[Fact]) -> float:
        """Store and follow; the CPU milliseconds of the following."""
        self.log.save(entries=[entry(fact) for fact in facts])
        began = process_time()
        self.projection.catch_up()
        return 1e3 * (process_time() - began)

    def told(self, fact: Fact, rounds: int) -> tuple[str, float]:
        """The verdict's code, and the CPU milliseconds it took at best."""
        sent = [SentEntry(fact.epoch, fact.seq, entry(fact).entry.raw)]
        answers = [Answer(fact.epoch, fact.seq, "recorded", labels=tuple(labels_named(fact)))]
        taken = []
        for _ in range(rounds):
            began = process_time()
            (said,) = self.judge(sent, answers)
            taken.append(1e3 * (process_time() - began))
        return said.code if said else "-", min(taken)


def main(trips: int, rounds: int) -> int:
    story = Story()
    earlier(story, trips)
    scans = receipt(story)
    with tempfile.TemporaryDirectory() as folder:
        centre = Centre(Path(folder))
        for start in range(0, len(story.facts), 5_000):
            centre.take(story.facts[start : start + 5_000])
        followed, judged = [], []
        for scan in scans:
            followed.append(centre.take([scan]))
            code, taken = centre.told(scan, rounds)
            judged.append((taken, code, scan.fact))
    worst = max(judged)
    codes: dict[str, int] = {}
    for _, code, _ in judged:
        codes[code] = codes.get(code, 0) + 1
    print(f"{trips} trips before, {len(story.facts)} facts: {codes}")
    print(
        f"  verdict: median {median(one for one, *_ in judged):.2f} ms, worst {worst[0]:.2f} ms"
        f" ({worst[2]}; bar {BAR_MS:.0f} ms)"
    )
    print(f"  followed: median {median(followed):.2f} ms, worst {max(followed):.2f} ms")
    return 0 if worst[0] <= BAR_MS else 1


if __name__ == "__main__":
    TOLD = [int(word) for word in sys.argv[1:]]
    sys.exit(main(TOLD[0] if TOLD else 0, TOLD[1] if TOLD[1:] else 5))
