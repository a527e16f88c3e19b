"""What one fold costs: a dossier's long life (bar: 400 µs), and the receipt of a full pouch.

    python bench/fold.py [ROUNDS]

The life: 40 facts, three sealings, two corrections. The receipt: 60 dossiers packed, sent and
received, of which 3 are missing; beside them one surplus and one that was going elsewhere.
"""

import sys
import time
from collections.abc import Callable
from statistics import median

from domain.model.custody import fold, fold_facts
from domain.model.fact import Fact
from domain.model.instants import MINUTE_US, parse_instant
from domain.model.labels import Kind, Label
from domain.model.station_time import settle

BAR_US = 400
MORNING_US = parse_instant("2026-03-02T07:00:00+07:00")
POUCH = str(Label(Kind.POUCH, 27001, 26, 1))
COURIER = "courier:c1"


def dossier(serial: int) -> str:
    return str(Label(Kind.DOSSIER, 27001, 26, serial))


class Story:
    """Facts one minute apart, each party at a station of its own."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.last: dict[str, int] = {}

    def say(self, name: str, subject: str, office: str, **context: object) -> str:
        """The key of the next fact."""
        seq = self.last[office] = self.last.get(office, 0) + 1
        fact = Fact(
            fact=name,
            subject=subject,
            at_us=MORNING_US + len(self.facts) * MINUTE_US,
            station=f"S-{office.replace(':', '-')}",
            seq=seq,
            operator="op",
            office=office,
            context={key: value for key, value in context.items() if value is not None},
            digest=f"{len(self.facts):064x}",
        )
        self.facts.append(fact)
        return fact.key

    def send(self, giver: str, taker: str, seal: str) -> None:
        """The pouch, sealed, by courier, unsealed again."""
        self.say("Sealed", POUCH, giver, seal=seal, to=taker)
        self.say("Released", POUCH, giver, counterpart=COURIER)
        self.say("Accepted", POUCH, COURIER)
        self.say("Released", POUCH, COURIER, counterpart=taker)
        self.say("Accepted", POUCH, taker, seal=seal)
        self.say("Unsealed", POUCH, taker, seal=seal)


def a_life() -> list[Fact]:
    story, label = Story(), dossier(1)
    story.say("Registered", label, "A")
    slip = story.say("Digitised", label, "A", place="desk-1")
    story.say(
        "Corrected", label, "A", target=slip, kind="was_wrong", reason="SLIP", set={"place": "x"}
    )
    for giver, taker in (("A", "B"), ("B", "C"), ("C", "A")):
        story.say("Packed", label, giver, pouch=POUCH)
        story.send(giver, taker, f"{giver}-1")
        story.say("Received", label, taker, pouch=POUCH)
        story.say("Closed", POUCH, taker)
        story.say("StepStarted", label, taker)
        moved = story.say("Moved", label, taker, place="shelf")
    story.say("Corrected", label, "A", target=moved, kind="did_not_occur", reason="SLIP")
    story.say("ResultArrived", label, "A")
    story.say("Moved", label, "A", place="window-3")
    story.say("Returned", label, "A")
    return story.facts


def a_receipt() -> list[Fact]:
    story, labels = Story(), [dossier(serial) for serial in range(1, 61)]
    surplus, foreign = dossier(61), dossier(62)
    for label in (*labels, surplus, foreign):
        story.say("Registered", label, "A")
    story.say("Released", foreign, "A", counterpart="C")
    for label in labels:
        story.say("Packed", label, "A", pouch=POUCH)
    story.send("A", "B", "S1")
    for label in (*labels[3:], surplus, foreign):
        story.say("Received", label, "B", pouch=POUCH)
    story.say("Closed", POUCH, "B")
    return story.facts


def micros(what: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        what()
        taken.append(1e6 * (time.perf_counter() - began))
    return median(taken)


def main(rounds: int) -> int:
    life, receipt = a_life(), a_receipt()
    assert len(life) == 40, len(life)  # noqa: S101
    timed, many = settle(life).timed, settle(receipt).timed
    missing = [one for one in fold(many).discrepancies if one.code == "MISSING"]
    assert len(missing) == 3, missing  # noqa: S101
    folded = micros(lambda: fold(timed), rounds)
    print(f"40 facts, 3 sealings, 2 corrections: fold {folded:.0f} µs (bar {BAR_US} µs)")
    print(f"  with the station clocks: {micros(lambda: fold_facts(life), rounds):.0f} µs")
    print(
        f"receipt of 60 ({len(receipt)} facts): {micros(lambda: fold(many), rounds // 10):.0f} µs"
    )
    return 0 if folded <= BAR_US else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1_000))
