"""Threads with a short line in front of each, on which a house writes, follows, judges, hashes."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from threading import BoundedSemaphore, Condition, Lock
from time import perf_counter
from typing import Generic, TypeVar
from weakref import ref

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

    def run(
        self, work: Callable[[], T], *, then: "Callable[[Future[T]], Future[T]] | None" = None
    ) -> Future[T]:
        """The work's answer to come; raises `Busy`.

        `then` makes of it the one that is answered: until that is, the work keeps its place.
        """
        if not self._room.acquire(blocking=False):
            raise Busy
        ticket = next(self._tickets)
        self._since_s[ticket] = perf_counter()

        def leave(_done: object) -> None:
            del self._since_s[ticket]
            self._room.release()

        future = self._thread.submit(work)
        if then is not None:
            future = then(future)
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
        followed: "Followed | None" = None,
    ) -> None:
        """`followed`: what is answered waits for it too."""
        self._lane = lane
        self._followed = followed
        self._answer = answer
        self._size = size
        self._most = most
        self._waiting: deque[_Asked[Q, A]] = deque()
        self._waiting_size = 0
        self._coming = Lock()

    def ask(self, question: Q) -> Future[A]:
        """The answer to come; raises `Busy`."""
        asked: _Asked[Q, A] = _Asked(question)
        with self._coming:  # nobody has his turn before he waits
            then = None if self._followed is None else self._followed.after
            asked.future = self._lane.run(partial(self._turn, asked), then=then)
            self._waiting.append(asked)
            self._waiting_size += self._size(question)
        if self._followed is not None and self._is_full():
            self._followed.stir()
        return asked.future

    def _turn(self, asked: "_Asked[Q, A]") -> A:
        if not asked.answers:
            if self._followed is not None:
                self._followed.hold(unless=self._is_full)
            together = self._next()
            try:
                answers = self._answer([each.question for each in together])
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                answers = [error] * len(together)
            for each, answer in zip(together, answers, strict=True):
                each.answers.append(answer)
        if not asked.answers:  # he went away as his turn came; what was done in it is followed
            done = (each for each in answers if not isinstance(each, Exception))
            asked.answers.append(next(done, CancelledError()))
        [answer] = asked.answers
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _is_full(self) -> bool:
        """Whether as many wait as may be answered at once."""
        return self._waiting_size >= self._most

    def _next(self) -> "list[_Asked[Q, A]]":
        """The oldest that wait, as many as may be answered at once; one, however large it is.

        Whoever has gone away never has his turn: his question goes too, or it would have another's.
        """
        together: list[_Asked[Q, A]] = []
        size = 0
        with self._coming:
            self._waiting = deque(each for each in self._waiting if not each.gone)
            while self._waiting:
                size += self._size(self._waiting[0].question)
                if together and size > self._most:
                    break
                together.append(self._waiting.popleft())
            self._waiting_size = sum(self._size(each.question) for each in self._waiting)
        return together


class Followed:
    """What is answered only when the house has followed it; one look serves all that wait for it.

    `beside`: on a lane of its own, so that the next can be done while the last is followed.
    """

    def __init__(self, lane: Lane, follow: Callable[[], object], *, beside: bool) -> None:
        self._lane = lane
        self._follow = follow
        self._beside = beside
        self._waiting: list[Callable[[], None]] = []
        self._busy = False
        self._stirred = Condition()

    @property
    def behind(self) -> bool:
        """Whether anything that was done is not followed yet."""
        return self._busy

    def after(self, done: Future[T]) -> Future[T]:
        """The same answer, once it is followed; what was refused has nothing to be followed."""
        followed: Future[T] = Future()
        begun = ref(done)  # which knows of `followed`: two that hold each other stay as rubbish

        def leave(answered: Future[T]) -> None:
            if answered.cancelled() and (asked := begun()) is not None:
                asked.cancel()

        def wait(done: Future[T]) -> None:
            answer = partial(_pass_on, done, followed)
            if done.cancelled() or done.exception() is not None:
                answer()
                return
            with self._stirred:
                self._waiting.append(answer)
                self._busy = True
                comes = len(self._waiting) == 1
            if comes:
                self._come()

        followed.add_done_callback(leave)
        done.add_done_callback(wait)
        return followed

    def hold(self, *, unless: Callable[[], bool]) -> None:
        """Wait until all that was done is followed; `unless` is asked again whenever it is stirred.

        What could not be followed yet gains nothing by being done: with what comes meanwhile it
        costs less.
        """
        if self._beside:
            with self._stirred:
                self._stirred.wait_for(lambda: not self._busy or unless())

    def stir(self) -> None:
        """Whoever is held may have something to go on with."""
        with self._stirred:
            self._stirred.notify_all()

    def _come(self) -> None:
        try:
            self._lane.follow(self._turn)
        except RuntimeError:  # the house is closing: what is done has its answer all the same
            self._turn()

    def _turn(self) -> None:
        with self._stirred:
            answers, self._waiting = self._waiting, []
        try:
            self._follow()
        finally:
            for answer in answers:
                answer()
            with self._stirred:
                self._busy = bool(self._waiting)
                self._stirred.notify_all()


def _pass_on(done: Future[T], followed: Future[T]) -> None:
    if done.cancelled():
        followed.cancel()
    elif not followed.set_running_or_notify_cancel():
        return
    elif (error := done.exception()) is not None:
        followed.set_exception(error)
    else:
        followed.set_result(done.result())


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
