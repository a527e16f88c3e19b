"""Several server processes on one socket, kept up and replaced one by one; used by `serve`.

The socket stays open as long as this process lives, so a caller is never turned away because one of
them ends. On SIGHUP each is replaced by a new one, which is of the program as it is installed now;
the old one goes when the new one is ready, having answered what it has taken in.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import perf_counter
from types import FrameType

import structlog

TICK_S = 0.2  # how soon a signal is seen
RESTART_S = 5.0  # between two starts after a worker has died: whatever ails it may pass
LEAVE_S = 25.0  # for what it has taken in; systemd waits 30 s for all
Start = Callable[[], tuple[BaseProcess, Connection]]

log = structlog.get_logger("giaonhan.workers")


@dataclass(eq=False, slots=True)
class Worker:
    """A process, the pipe on which it tells once that it is ready, and when it was started."""

    process: BaseProcess
    tells: Connection
    began_s: float
    ready: bool = False

    def is_alive(self) -> bool:
        """Whether it runs; takes note of what it tells."""
        if not self.ready and self.tells.poll():
            try:
                self.ready = bool(self.tells.recv())
            except EOFError:
                self.process.join(TICK_S)
        return self.process.is_alive()


class Workers:
    """`start` begins one; `opened` is called when the first of all is ready, `shut` at the end."""

    def __init__(
        self, count: int, *, start: Start, opened: Callable[[], None], shut: Callable[[], None]
    ) -> None:
        self._count = count
        self._start = start
        self._opened = opened
        self._shut = shut
        self._open = False
        self._staff: list[Worker] = []
        self._outgoing: list[Worker] = []  # those of the staff that are to be replaced
        self._leaving: list[tuple[Worker, float]] = []  # and until when
        self._not_before_s = 0.0
        self._stopping = self._renewing = False

    def run(self) -> int:
        """Until SIGINT or SIGTERM; the exit code is not 0 if the first worker cannot open."""
        code = 0
        try:
            with self._signals():
                while not self._stopping and code == 0:
                    code = self._look()
                    self._wait()
        finally:
            self._shut()  # from here on callers are refused, and ask again
            self._dismiss(self._staff)
            while self._leaving:
                self._wait()
                self._reap()
        return code

    def _look(self) -> int:
        """Take in what has happened and start what is missing, one at a time."""
        if self._renewing:
            self._renewing, self._outgoing = False, list(self._staff)
            log.info("renewing", workers=len(self._staff))
        for worker in [each for each in self._staff if not each.is_alive()]:
            self._lost(worker)
            if not self._open:
                return worker.process.exitcode or 1
        self._reap()
        ready = all(worker.ready for worker in self._staff)
        if not ready and not self._short:
            return 0
        if self._staff and not self._open:
            self._open = True
            self._opened()
        if len(self._staff) < self._count + bool(self._outgoing):
            if perf_counter() >= self._not_before_s:
                self._staff.append(Worker(*self._start(), began_s=perf_counter()))
        elif self._outgoing:
            self._dismiss([self._outgoing[0]])
        return 0

    @property
    def _short(self) -> bool:
        """Whether so many have died that the next one cannot wait until the one begun is ready."""
        return self._open and len(self._staff) < self._count

    def _lost(self, worker: Worker) -> None:
        self._staff.remove(worker)
        worker.tells.close()
        self._not_before_s = worker.began_s + RESTART_S
        if worker in self._outgoing:
            self._outgoing.remove(worker)
        elif self._outgoing and not worker.ready:
            self._outgoing.clear()  # what has run till now goes on
            log.error("not renewed: the new worker did not start")
        log.error("worker ended", exit=worker.process.exitcode, ready=worker.ready)

    def _dismiss(self, some: list[Worker]) -> None:
        for worker in list(some):
            worker.process.terminate()
            self._leaving.append((worker, perf_counter() + LEAVE_S))
            self._staff.remove(worker)
            if worker in self._outgoing:
                self._outgoing.remove(worker)

    def _reap(self) -> None:
        for worker, until_s in list(self._leaving):
            if worker.process.is_alive() and perf_counter() > until_s:
                log.error("worker did not leave")
                worker.process.kill()
            if not worker.process.is_alive():
                worker.process.join()
                worker.tells.close()
                self._leaving.remove((worker, until_s))

    def _wait(self) -> None:
        """Until a worker is ready or has ended, or a tick is over."""
        everyone = self._staff + [worker for worker, _ in self._leaving]
        news: list[int | Connection] = [worker.process.sentinel for worker in everyone]
        news += [worker.tells for worker in self._staff if not worker.ready]
        connection.wait(news, TICK_S)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def heard(which: int, _frame: FrameType | None) -> None:
            if which == getattr(signal, "SIGHUP", None):
                self._renewing = True
            else:
                self._stopping = True

        names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before = {name: signal.signal(getattr(signal, name), heard) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(getattr(signal, name), handler)
