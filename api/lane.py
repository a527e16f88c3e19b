"""One thread with a short line in front of it; the house writes on one, hashes PINs on another."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from domain.model.errors import Refusal

T = TypeVar("T")


class Busy(Refusal):
    """More is waiting than can be answered in time: try again."""

    code = "BUSY"


class Lane:
    """Runs one piece of work at a time, in order; refuses what would wait too long."""

    def __init__(self, name: str, *, most_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._room = BoundedSemaphore(most_waiting)

    def run(self, work: Callable[[], T]) -> Future[T]:
        """The work's answer to come; raises `Busy`."""
        if not self._room.acquire(blocking=False):
            raise Busy
        future = self._thread.submit(work)
        future.add_done_callback(lambda _: self._room.release())
        return future

    def follow(self, work: Callable[[], object]) -> None:
        """Run the house's own work after what is in line, whatever waits."""
        self._thread.submit(work)

    def close(self) -> None:
        """Finish what is in line."""
        self._thread.shutdown(wait=True)
