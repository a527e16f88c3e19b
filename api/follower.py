"""Keeps one process abreast of what the others on its PostgreSQL save; started by the house.

What a process remembers of decisions is forgotten as soon as another has decided anew, and before
each look at the sheets' part of the log; sheets that a process left behind are caught up; and those
of an older program are dropped when the last process of it has gone.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Event, Lock, Thread
from time import perf_counter

import structlog

from adapters.event_store.postgres_log import PostgresEventLog
from domain.model.errors import Refusal

POLL_S = 1.0  # a notification may be lost with its connection
TICK_S = 0.2  # how long a house that closes may wait for its follower
GRACE_S = 0.05  # whoever saved projects as well: only what is left lying is for the others
SWEEP_S = 60.0  # far longer than a process takes to connect again

log = structlog.get_logger("giaonhan")


class Follower:
    """`forget` is told the kinds of what was saved; `look` also whether anyone said so.

    `claim` keeps this program's own tables while it follows; `sweep` drops older ones, given those
    that nobody used the last time, and tells which nobody uses now.
    """

    def __init__(
        self,
        events: PostgresEventLog,
        *,
        forget: Callable[[Collection[str]], None],
        look: Callable[[int, bool], None],
        claim: str,
        sweep: Callable[[Collection[int]], Collection[int]],
    ) -> None:
        self._events = events
        self._forget = forget
        self._look = look
        self._claim = claim
        self._sweep = sweep
        self._unused: Collection[int] = ()
        self._sweep_at_s = perf_counter() + SWEEP_S
        self._heard = events.newest_id()
        self._hearing = Lock()
        self._closing = Event()
        self._thread = Thread(target=self._follow, name="follower", daemon=True)

    def start(self) -> None:
        """Follow from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop following; from the thread that started it."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def hear(self) -> int:
        """Forget what is no longer so; the id of the newest event. From any thread."""
        with self._hearing:
            newest, kinds = self._events.news(after=self._heard)
            if kinds:
                self._forget(kinds)
            self._heard = newest
            return newest

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except Refusal as refusal:  # the server is away, or comes up again: its log tells why
                log.warning("follower interrupted", code=refusal.code)
            except Exception:
                log.exception("follower interrupted")
            self._closing.wait(POLL_S)

    def _listen(self) -> None:
        with self._events.listening(claim=self._claim) as notified:
            silent_s = 0.0
            while not self._closing.is_set():
                self._sweep_now_and_then()
                told = notified(TICK_S)
                silent_s = 0.0 if told else silent_s + TICK_S
                if told or silent_s >= POLL_S:
                    silent_s = 0.0
                    newest = self.hear()
                    self._closing.wait(GRACE_S)  # what comes meanwhile notifies anew
                    with suppress(RuntimeError):  # the house is closing
                        self._look(newest, told)

    def _sweep_now_and_then(self) -> None:
        now_s = perf_counter()
        if now_s < self._sweep_at_s:
            return
        self._sweep_at_s = now_s + SWEEP_S
        try:
            self._unused = self._sweep(self._unused)
        except Exception:  # in use after all, or another role's: it goes on lying there
            log.exception("sweep failed")
