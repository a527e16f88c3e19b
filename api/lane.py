"""One thread with a short line in front of it, on which a house writes, judges or hashes."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from threading import BoundedSemaphore, Lock
from time import perf_counter
from typing import Generic, TypeVar

from domain.model.errors import Refusal

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")


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


class Together(Generic[Q, A]):
    """Questions in a lane's line that are answered together, when the first has its turn.

    The others are then answered already when theirs comes. `answer` gives one answer a question in
    their order, an exception for one that it refuses; what it raises is every question's.
    """

    def __init__(
        self,
        lane: Lane,
        answer: Callable[[Sequence[Q]], Sequence[A | Exception]],
        *,
        size: Callable[[Q], int],
        most: int,
    ) -> None:
        self._lane = lane
        self._answer = answer
        self._size = size
        self._most = most
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._coming = Lock()

    def ask(self, question: Q) -> Future[A]:
        """The answer to come; raises `Busy`."""
        asked: _Asked[Q, A] = _Asked(question)
        with self._coming:  # nobody has his turn before he waits
            asked.future = self._lane.run(partial(self._turn, asked))
            self._waiting.append(asked)
        return asked.future

    def _turn(self, asked: "_Asked[Q, A]") -> A:
        if not asked.answers:
            together = self._next()
            try:
                answers = self._answer([each.question for each in together])
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                answers = [error] * len(together)
            for each, answer in zip(together, answers, strict=True):
                each.answers.append(answer)
        [answer] = asked.answers
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _next(self) -> "list[_Asked[Q, A]]":
        """The oldest that wait, as many as may be answered at once; at least one.

        Whoever has gone away never has his turn: his question goes too, or it would have another's.
        """
        with self._coming:
            self._waiting = deque(each for each in self._waiting if not each.gone)
            together = [self._waiting.popleft()]
            size = self._size(together[0].question)
            while (
                self._waiting
                and (size := size + self._size(self._waiting[0].question)) <= self._most
            ):
                together.append(self._waiting.popleft())
        return together


class _Asked(Generic[Q, A]):
    """A question and, once it is there, its answer; `future` is for whoever asked."""

    def __init__(self, question: Q) -> None:
        self.question = question
        self.answers: list[A | Exception] = []
        self.future: Future[A] | None = None

    @property
    def gone(self) -> bool:
        """Whether nobody waits for the answer."""
        return self.future is not None and self.future.cancelled()
