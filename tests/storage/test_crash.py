"""L1 at the log: whatever was acknowledged before a kill -9 is there afterwards, once."""

import random
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from adapters.event_store.sqlite_log import SqliteEventLog
from api.rehearsal.children import child
from domain.model.journal import EntryStored, FactStated, fact_of
from tests.storage.crash_writer import STATION, entry, intake, writing

CYCLES = 20


def acknowledged_until_killed(database: Path, first: int, *, after: int) -> list[int]:
    """Sequences that were answered; the writer dies with the next ones on their way."""
    with child(writing, database, first) as (process, heard):
        told = [next(heard) for _ in range(after)]
        process.kill()
        return [*told, *heard]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and forkserver are POSIX")
def test_no_acknowledged_scan_is_lost_or_doubled_by_killing_the_writer(tmp_path: Path) -> None:
    draw = random.Random(20260302)
    database = tmp_path / "giaonhan.db"
    acknowledged: set[int] = set()
    in_flight = 0
    for _ in range(CYCLES):
        # Each life begins a few scans back, as a station does that never heard the answer.
        first = max(1, max(acknowledged, default=1) - 2)
        acknowledged.update(acknowledged_until_killed(database, first, after=draw.randint(1, 40)))
        in_flight += stored_after_a_kill(database, acknowledged)
    assert acknowledged
    sys.stdout.write(f"{len(acknowledged)} acknowledged, {in_flight} stored unacknowledged\n")
    resend_everything(database, max(acknowledged))


def stored_after_a_kill(database: Path, acknowledged: set[int]) -> int:
    """Everything acknowledged is stored, whole, once; how many more there are."""
    with closing(SqliteEventLog(database, writer=False)) as log:
        events = [each.event for each in log.notifications(after=0, limit=1_000_000)]
    entries = [each.originator_version for each in events if isinstance(each, EntryStored)]
    facts = Counter(fact_of(each).seq for each in events if isinstance(each, FactStated))
    assert entries == sorted(set(entries)) == list(range(1, len(entries) + 1))
    assert acknowledged <= set(entries)
    assert facts == dict.fromkeys(entries, 2)  # under the dossier and under the pouch
    return len(set(entries) - acknowledged)


def resend_everything(database: Path, last: int) -> None:
    with closing(SqliteEventLog(database)) as log:
        before = len(log.notifications(after=0, limit=1_000_000))
        record = intake(log)
        for start in range(1, last + 1, 200):
            batch = [entry(seq) for seq in range(start, min(start + 200, last + 1))]
            answers = record(STATION, batch).answers
            assert {answer.outcome for answer in answers} == {"duplicate"}
        assert len(log.notifications(after=0, limit=1_000_000)) == before
