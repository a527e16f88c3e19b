"""Keeps the sheets abreast of the log: after saves, and behind other processes; used by the house.

After each save, on PostgreSQL on a lane beside the writer's; after what others saved, when the
follower says so; and chunk by chunk after a calendar change.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from time import perf_counter

import structlog
from sqlalchemy.exc import DBAPIError

from adapters.read_model.projection import Projection
from api.lane import Followed, Lane

log = structlog.get_logger("giaonhan")


class Sheets:
    """One thread at a time follows the log.

    `hear` forgets what another process has decided anew; `failed` sees to another try; `copied` is
    told of each chunk. A fault never denies a write that is on disk: it is kept in `fault`, None
    while there is none, and logged.
    """

    def __init__(
        self,
        projection: Projection,
        *,
        writer: Lane,
        beside: bool,
        hear: Callable[[], object],
        failed: Callable[[], None],
        copied: Callable[[], None],
    ) -> None:
        """`beside`: one thread writes to a file; on PostgreSQL the next is saved meanwhile."""
        self.fault: str | None = None
        self.took: Callable[[float], None] = lambda _ms: None
        self._projection = projection
        self._lane = Lane("sheets", most_waiting=1) if beside else writer
        self.followed = Followed(self._lane, self.follow_saved, beside=beside)
        self._hear = hear
        self._failed = failed
        self._copied = copied
        self._following = Lock()
        self._chunk_waits = False

    def catch_up(self) -> None:
        """Bring them up to the log."""
        try:
            with self._following:
                self._hear()
                self._projection.catch_up()
        except Exception as fault:
            told = f"{type(fault).__name__}: {fault}"
            if told != self.fault:
                log.exception("projection stopped")
            self.fault = told
            self._failed()
        else:
            self.fault = None

    def follow_saved(self) -> None:
        """After a save."""
        started = perf_counter()
        self.catch_up()
        self.took((perf_counter() - started) * 1000)
        self.go_on_redating()

    def look(self, newest: int, told: bool) -> None:  # noqa: FBT001 - as the follower says it
        """After what another process may have saved; one that has projected it left nothing to do.

        What this one is about to follow is followed; and else the next look finds it.
        """
        if told and (self._projection.reached >= newest or self.followed.behind):
            return
        try:
            behind = self._projection.position() < newest
        except DBAPIError:  # catching up tells of it, and tries again
            behind = True
        if behind:
            self._lane.follow(self.catch_up)

    def go_on_redating(self) -> None:
        """Put the next chunk of a calendar change in line, behind what waits already."""
        if self._projection.redating and not self._chunk_waits:
            self._chunk_waits = True
            with suppress(RuntimeError):  # the house is closing: it goes on at the next start
                self._lane.follow(self._redate)

    def close(self) -> None:
        """Finish what is in line."""
        self._lane.close()

    def _redate(self) -> None:
        """A chunk that fails is tried again after the next write, or not before the next start."""
        self._chunk_waits = False
        try:
            with self._following:
                self._hear()
                self._projection.redate()
            self._copied()
        except Exception:
            log.exception("re-dating failed")
        else:
            self.go_on_redating()
