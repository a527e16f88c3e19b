"""One thread with a short line in front of it; the house writes on one, hashes PINs on another."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import BoundedSemaphore
from time import perf_counter
from typing import TypeVar

from domain.model.errors import Refusal

T = TypeVar("T")


class Busy(Refusal):
    """More is waiting than can be answered in time: try again."""

    code = "BUSY"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much is in line, the work at hand included, and how long the oldest of it has been."""

    depth: int
    oldest_s: float


class Lane:
    """Runs one piece of work at a time, in order; refuses what would wait too long."""

    def __init__(self, name: str, *, most_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._room = BoundedSemaphore(most_waiting)
        self._tickets = count()
        self._since_s: dict[int, float] = {}  # by ticket, in the order of the line

    def run(self, work: Callable[[], T]) -> Future[T]:
        """The work's answer to come; raises `Busy`."""
        if not self._room.acquire(blocking=False):
            raise Busy
        ticket = next(self._tickets)
        self._since_s[ticket] = perf_counter()

        def leave(_done: object) -> None:
            del self._since_s[ticket]
            self._room.release()

        future = self._thread.submit(work)
        future.add_done_callback(leave)
        return future

    @property
    def waiting(self) -> Waiting:
        """What was given to `run` and is not done."""
        since_s = list(self._since_s.values())
        return Waiting(len(since_s), perf_counter() - since_s[0] if since_s else 0.0)

    def follow(self, work: Callable[[], object]) -> None:
        """Run the house's own work after what is in line, whatever waits."""
        self._thread.submit(work)

    def close(self) -> None:
        """Finish what is in line."""
        self._thread.shutdown(wait=True)
