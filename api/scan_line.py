"""Scans of many stations through one house: what waits is stored, and told about, together.

One save and one look at the sheets cost much the same for one scan as for a hundred, and a merged
province's stations all scan at the hour when the couriers come.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from api.lane import Busy, Followed, Lane, Together
from domain.model.verdict import Verdict
from domain.ports.clock import Clock
from domain.ports.stores import StreamConflict
from domain.ports.views import Views
from domain.use_cases.judge_scan import JudgeScan, Recorded
from domain.use_cases.record_scans import BatchAnswer, RecordScans, Sending

MOST_TOGETHER = 200  # entries in one save: whoever waits for it should not wait long
MOST_UNTOLD = 1024  # batches stored, of which nobody was told yet what they met

Taken = Sequence[BatchAnswer | Exception]

log = structlog.get_logger("giaonhan.scans")


@dataclass(frozen=True, slots=True)
class Met:
    """What is told of a batch: the discrepancies open on its labels, and a verdict an entry."""

    codes: Mapping[str, list[str]]
    verdicts: Sequence[Verdict | None]


class ScanLine:
    """Storing on the writer's lane, telling on one of its own.

    `saved` runs what writes there, `again` what conflicts, some times over; `followed` holds an
    answer back until the sheets have it too.
    """

    def __init__(
        self,
        *,
        writer: Lane,
        saved: Callable[[Callable[[], Taken]], Taken],
        followed: Followed,
        again: Callable[[Callable[[], Taken]], Taken],
        record: RecordScans,
        judge: JudgeScan,
        views: Views,
        clock: Clock,
    ) -> None:
        self._again = again
        self._record = record
        self._judge = judge
        self._views = views
        self._clock = clock
        self._telling = Lane("verdicts", most_waiting=MOST_UNTOLD)
        self._takings: Together[Sending, BatchAnswer] = Together(
            writer,
            lambda sendings: saved(partial(self._taken, sendings)),
            size=lambda sending: len(sending.entries),
            most=MOST_TOGETHER,
            followed=followed,
        )
        self._tellings = Together(
            self._telling, self._told, size=lambda batch: len(batch.entries), most=MOST_TOGETHER
        )

    def take_in(self, sending: Sending) -> Future[BatchAnswer]:
        """Store a batch; raises `Busy`, the future what `RecordScans` raises."""
        return self._takings.ask(sending)

    def tell(self, batch: Recorded) -> Future[Met]:
        """What a stored batch met.

        Nothing where too many wait for it, or our own mistake keeps us from saying it: the scans
        are on disk, and an answer that failed would be asked for again for ever.
        """
        try:
            return self._tellings.ask(batch)
        except Busy:
            unsaid: Future[Met] = Future()
            unsaid.set_result(Met({}, [None] * len(batch.entries)))
            return unsaid

    def close(self) -> None:
        """Tell what is in line."""
        self._telling.close()

    def _taken(self, sendings: Sequence[Sending]) -> Taken:
        """In one save; where another process took a key of one meanwhile, in as few as can be.

        What it took is seen when all are tried again, and mostly that saves them.
        """
        try:
            return self._record.together(sendings)
        except StreamConflict:
            if len(sendings) == 1:
                raise
        return self._in_parts(sendings)

    def _in_parts(self, sendings: Sequence[Sending]) -> Taken:
        """Again; in two halves if there is a conflict still, until what is left of it is alone."""
        if len(sendings) == 1:
            return [self._alone(*sendings)]
        with suppress(StreamConflict):
            return self._record.together(sendings)
        half = len(sendings) // 2
        return [*self._in_parts(sendings[:half]), *self._in_parts(sendings[half:])]

    def _alone(self, sending: Sending) -> BatchAnswer | Exception:
        try:
            [answer] = self._again(lambda: self._record.together([sending]))
        except StreamConflict as conflict:
            return conflict
        return answer

    def _told(self, batches: Sequence[Recorded]) -> list[Met]:
        labels = {label for batch in batches for one in batch.answers for label in one.labels}
        codes = self._views.open_codes(labels, now_us=self._clock.now_us())
        try:
            verdicts = self._judge.together(batches)
        except Exception:
            log.exception("verdict")
            verdicts = [[None] * len(batch.entries) for batch in batches]
        return [Met(codes, told) for told in verdicts]
