"""Time, chance and memory of a simulated centre: one thread, one seed, one clock."""

import base64
import hashlib
import heapq
from collections.abc import Collection, Generator
from pathlib import Path
from random import Random  # noqa: TID251 - the one source of chance in a run
from uuid import UUID

from api.rehearsal.simulator_faults import Faults
from domain.model.instants import Micros, iso

Errand = Generator[Micros, None, None]  # somebody's work: yields how long until he goes on
_LINES_OF_A_TAIL = 30
_PATIENCE_S = (120, 3600, 14_400, 43_200)


class Timeline:
    """The one clock (`Clock`), and who goes on when; equal instants in the order of asking."""

    def __init__(self, start_us: Micros) -> None:
        self._now_us = start_us
        self._asked = 0
        self._waiting: list[tuple[Micros, int, Errand]] = []

    def now_us(self) -> Micros:
        """The true time."""
        return self._now_us

    def start(self, errand: Errand, *, after_us: Micros = 0) -> None:
        """Let somebody set out."""
        self._asked += 1
        heapq.heappush(self._waiting, (self._now_us + after_us, self._asked, errand))

    def step(self, *, until_us: Micros) -> bool:
        """Let the next one go on; False (and the clock wound) if nobody does before `until_us`."""
        if not self._waiting or self._waiting[0][0] > until_us:
            self._now_us = until_us
            return False
        self._now_us, _, errand = heapq.heappop(self._waiting)
        pause_us = next(errand, None)
        if pause_us is not None:
            self.start(errand, after_us=pause_us)
        return True

    def pass_over(self, stretch_us: Micros) -> None:
        """Let time go by while nobody does anything."""
        self._now_us += stretch_us


class Trace:
    """What happened, line by line, and a hash over it: the same seed gives the same hash."""

    def __init__(self, clock: Timeline) -> None:
        self._clock = clock
        self._hash = hashlib.sha256()
        self.lines: list[str] = []

    def tell(self, who: str, what: str) -> None:
        """Add a line with the true time before it."""
        line = f"{iso(self._clock.now_us())} {who}: {what}"
        self._hash.update(line.encode() + b"\n")
        self.lines.append(line)

    @property
    def digest(self) -> str:
        """SHA-256 in hex over the lines so far."""
        return self._hash.hexdigest()

    def tail(self, names: Collection[str]) -> list[str]:
        """The last lines that name one of these, all of them if none is given."""
        about = [line for line in self.lines if any(name in line for name in names)]
        return (about if names else self.lines)[-_LINES_OF_A_TAIL:]


class SeededEntropy:
    """Ids and tokens from the run's dice (`Entropy`)."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def new_id(self) -> UUID:
        """Looks like a random id."""
        return UUID(bytes=self._dice.randbytes(16), version=4)

    def token(self, size_bytes: int) -> str:
        """URL-safe."""
        return base64.urlsafe_b64encode(self._dice.randbytes(size_bytes)).decode().rstrip("=")


class World:
    """What everybody in a run shares."""

    def __init__(self, *, seed: int, start_us: Micros, faults: Faults, root: Path) -> None:
        self.dice = Random(f"{seed}/world")
        self.timeline = Timeline(start_us)
        self.trace = Trace(self.timeline)
        self.faults = faults
        self.entropy = SeededEntropy(Random(f"{seed}/entropy"))
        self.root = root
        self.scans = 0  # entries written by stations
        self.unheard = 0  # clerks about to scan again what had no tone, or to undo a slip
        self.patience_s = self.dice.choice(_PATIENCE_S)  # how long stations gather what they send

    def seconds(self, least: int, most: int) -> Micros:
        """A stretch of time, in whole milliseconds."""
        return self.dice.randint(least * 1000, most * 1000) * 1000
