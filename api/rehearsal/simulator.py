"""One simulated stretch of a service centre from one seed; used by `giaonhan simulate` and tests.

Everything that counts is the real thing (journals, uplinks, ingest, event log, read model, fold);
time, network, chance and people are ours. The laws are checked on what each step touches (L1, L2,
L6, L9) and on everything at the end of each day (L4 and L5 too). L3 needs the ledger of minutes.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.rehearsal.engines import fresh_database
from api.rehearsal.simulator_faults import Faults
from api.rehearsal.simulator_people import Paper, People
from api.rehearsal.simulator_server import Server
from api.rehearsal.simulator_station import HOUR_US
from api.rehearsal.simulator_watch import Watch
from api.rehearsal.simulator_world import World
from domain.model.custody_state import Folded
from domain.model.instants import DAY_US, parse_instant
from domain.model.labels import LABEL_DIGITS
from domain.model.station_time import OFFLINE_TOO_LONG

START_US = parse_instant("2026-03-02T07:30:00+07:00")  # a Monday
_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - nothing there outlives the run or is trusted after
_SCANS_BETWEEN_CHECKPOINTS = 150
_REBUILDS = 0.25  # of the checkpoints: a rebuild costs as much as some fifty scans
_RETRIES_US = DAY_US  # by then every clerk has scanned again what was not heard


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play; `scans` None: as many as the days bring."""

    seed: int
    days: int
    dossiers: int
    faults: frozenset[str]
    scans: int | None = None


@dataclass(slots=True)
class Outcome:
    """How a run went; `violations` empty: every law held. `tail`: the trace behind the first."""

    plan: Plan
    steps: int = 0
    scans: int = 0
    acks: int = 0
    digest: str = ""
    violations: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """What a machine compares: the same plan gives the same object."""
        return {
            "seed": self.plan.seed,
            "digest": self.digest,
            "steps": self.steps,
            "scans": self.scans,
            "acknowledged": self.acks,
            "faults": dict(sorted(self.fired.items())),
            "discrepancies": dict(sorted(self.codes.items())),
            "violations": self.violations,
        }


Told = Callable[[int], None]  # hears how many scans there are so far


def simulate(plan: Plan, *, told: Told = lambda _scans: None) -> Outcome:
    """Play the plan; the same plan gives the same digest."""
    outcome = Outcome(plan)
    with _scratch() as root, fresh_database():
        faults = Faults(plan.faults, seed=plan.seed)
        world = World(seed=plan.seed, start_us=START_US, faults=faults, root=root)
        run = _Run(plan, world, outcome)
        try:
            run.play(told)
        except Exception as fault:  # noqa: BLE001 - told with seed, step and trace; the run ends
            told_of = f"step {outcome.steps}: fault: {type(fault).__name__}: {fault}"
            outcome.violations.append(told_of)
        finally:
            run.close()
        outcome.tail = world.trace.tail(_labels_in(outcome.violations))
        outcome.scans, outcome.acks = world.scans, run.watch.acknowledged
        outcome.fired, outcome.checked = faults.fired, run.watch.checked
        outcome.digest = world.trace.digest
    return outcome


class _Run:
    """The parts of a run joined."""

    def __init__(self, plan: Plan, world: World, outcome: Outcome) -> None:
        self.plan, self.world, self.outcome = plan, world, outcome
        self.watch = Watch(world.timeline)
        self.server = Server(world, self.watch)
        self.people = People(world, self.server, self.watch)

    def close(self) -> None:
        """Let go of every file."""
        for device in self.people.devices:
            device.close()
        self.watch.close()
        self.server.house.close()

    def play(self, told: Told) -> None:
        """The days, then the end; stops at the first law broken."""
        plan, world, looked_at = self.plan, self.world, 0
        world.timeline.start(self.people.work(days=plan.days, dossiers=plan.dossiers))
        for day in range(1, plan.days + 1):
            self._go_on(START_US + day * DAY_US, told)
            if self.outcome.violations:
                return
            if self._enough():
                break
            if world.scans >= looked_at + _SCANS_BETWEEN_CHECKPOINTS:
                looked_at = world.scans
                self._check(self.watch.checkpoint(rebuild=self._rebuilds()))
        self._end()

    def _go_on(self, until_us: int, told: Told) -> None:
        timeline, outcome = self.world.timeline, self.outcome
        while not self._enough() and timeline.step(until_us=until_us):
            outcome.steps += 1
            self._check(self.watch.step())
            if outcome.violations:
                return
            told(self.world.scans)

    def _rebuilds(self) -> bool:
        return self.world.dice.random() < _REBUILDS

    def _enough(self) -> bool:
        most = self.plan.scans
        return most is not None and self.world.scans >= most

    def _end(self) -> None:
        """Nothing fails any more: everything arrives, and every paper is looked at once."""
        world, timeline = self.world, self.world.timeline
        harmless = world.faults.harmless
        world.faults.cease()
        limit_us = timeline.now_us() + _RETRIES_US
        while world.unheard and timeline.step(until_us=limit_us):
            self.outcome.steps += 1
        self._flush()
        self.people.judge_the_rest()
        folded, discrepancies = self.watch.folded()
        self.outcome.codes.update(one.code for one in discrepancies)
        if harmless:
            self._check(self._wrong_holders(folded))
            self._check(
                f"truth: {one.code} of {one.subject}"
                for one in discrepancies
                if one.code != OFFLINE_TOO_LONG  # that is no fault in what is told
            )
        self._check(self.watch.checkpoint(rebuild=False))
        timeline.pass_over(HOUR_US)
        seen = self.people.inventory()
        self._flush()
        folded, _ = self.watch.folded()
        self._check(self._not_where_seen(folded, seen))
        self._check(self.watch.checkpoint(rebuild=True))
        self._check(self.watch.owners())
        world.trace.tell("sheets", self.watch.sheets_digest())

    def _flush(self) -> None:
        for device in self.people.devices:
            device.flush()
            self._check(self.watch.step())

    def _wrong_holders(self, folded: Folded) -> Iterator[str]:
        """The fold against the truth, where nothing has happened that may come between them."""
        self.watch.checked["truth"] += 1
        for paper in self.people.papers:
            told = _holder(folded, paper.label)
            if not self.people.same(told, paper.holder):
                yield f"truth: {paper.label} is with {paper.holder}, the fold says {told}"

    def _not_where_seen(self, folded: Folded, seen: list[Paper]) -> Iterator[str]:
        """Rule 1: whatever went wrong before, who has just scanned it has it."""
        self.watch.checked["truth"] += 1
        for paper in seen:
            told = _holder(folded, paper.label)
            if not self.people.same(told, paper.hand):
                yield f"truth: {paper.label} was seen by {paper.hand}, the fold says {told}"

    def _check(self, broken: Iterable[str]) -> None:
        """Keep what is broken, and note after which step."""
        step = self.outcome.steps
        self.outcome.violations += [f"step {step}: {one}" for one in broken]


def _holder(folded: Folded, label: str) -> str | None:
    state = folded.dossiers.get(label)
    last = state.chain[-1] if state is not None and state.chain else None
    return last.holder if last is not None and last.to_us is None else None


def _labels_in(violations: list[str]) -> list[str]:
    """What the first violation is about, for the tail of the trace."""
    words = " ".join(violations[:1]).replace("#", " ").split()
    return [word for word in words if len(word) == LABEL_DIGITS and word.isdecimal()]


@contextmanager
def _scratch() -> Iterator[Path]:
    """A directory for the run; in memory where there is such a disk, because syncs cost most."""
    where = _MEMORY_DISK if _MEMORY_DISK.is_dir() else None
    root = Path(tempfile.mkdtemp(prefix="giaonhan-", dir=where))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
