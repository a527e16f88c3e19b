"""The event log in one SQLite file: one writer, every save on disk before it returns.

Ids of events are row ids: the file is copied with SQLite's backup, never vacuumed.
"""

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.sqlite import (  # noqa: TID251 - this is the room for it
    SQLiteApplicationRecorder,
)

from adapters.event_store.connection import OneConnection
from adapters.event_store.lock import WriterLock
from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.mapping import NEXT_FREE, STATED_BESIDES, Batch, Row
from adapters.event_store.reach import Reaches, unbroken
from adapters.event_store.topics import log_shape
from domain.model.journal import journal_id
from domain.ports.stores import (
    Journal,
    Notification,
    StoreFailed,
    StreamConflict,
    demand_known,
)

LOCK_FILE = "writer.lock"
CHECKPOINT_PAGES = 1000  # 4 MB of log are copied back at a time, by this connection alone

CACHE_KIB = 65_536  # streams lie scattered over the index: a small cache would read at each scan

_NEVER_CHANGED = """
CREATE TRIGGER IF NOT EXISTS stored_events_never_{act} BEFORE {act} ON stored_events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
"""
_INSERT = f"""
INSERT INTO stored_events VALUES (?1, CASE ?2
  WHEN {NEXT_FREE} THEN
    (SELECT coalesce(max(originator_version), 0) + 1 FROM stored_events WHERE originator_id = ?1)
  ELSE ?2 END, ?3, ?4)
"""  # noqa: S608 - a number of ours
_STREAMS = """
SELECT e.originator_id, e.originator_version, e.topic, e.state
FROM json_each(?) AS wanted CROSS JOIN stored_events AS e ON e.originator_id = wanted.value
ORDER BY e.originator_id, e.originator_version
"""
_VERSIONS = """
SELECT e.originator_id, e.originator_version, e.topic, e.state
FROM json_each(?) AS wanted CROSS JOIN stored_events AS e
  ON e.originator_id = json_extract(wanted.value, '$[0]')
 AND e.originator_version = json_extract(wanted.value, '$[1]')
"""
_NEWEST = """
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id = ? ORDER BY originator_version DESC LIMIT 1
"""
_AFTER = """
SELECT originator_version FROM stored_events
WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version LIMIT 1000
"""
_NOTED = """
SELECT rowid, originator_id, originator_version, topic, state FROM stored_events
WHERE rowid > ? ORDER BY rowid LIMIT ?
"""
_STATED = """
SELECT rowid, originator_id, originator_version, topic, state FROM stored_events
WHERE rowid > ? AND NOT (topic = ? AND substr(state, -length(?)) = ?) ORDER BY rowid LIMIT ?
"""
_NEWEST_ID = "SELECT coalesce(max(rowid), 0) FROM stored_events"
_MOST_STREAMS_REMEMBERED = 4096
_FULL = 2  # as PRAGMA synchronous tells it


class SqliteEventLog(MappedEventLog):
    """`EventLog` on a file; `writer=False` opens it read-only beside another process."""

    def __init__(self, path: Path, *, writer: bool = True) -> None:
        super().__init__()
        self._writable = writer
        self._reaches = Reaches(self._versions_after) if writer else None
        uri = path.absolute().as_uri()
        with ExitStack() as opened:
            if writer:
                opened.callback(WriterLock(path.parent / LOCK_FILE).release)
            self._store = OneConnection(uri if writer else f"{uri}?mode=ro")
            opened.callback(self._store.close)
            with self._store.refusing():
                self._prepare()
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Release file and lock."""
        self._opened.close()

    def contiguous_seqs(self, journals: Collection[Journal]) -> Mapping[Journal, int]:
        """See `EventLog`."""
        return {journal: self._contiguous(journal_id(*journal)) for journal in journals}

    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        return self._noted(_NOTED, [after, limit])

    def statements(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        topic, end = STATED_BESIDES
        return self._noted(_STATED, [after, topic, end, end, limit])

    def newest_id(self) -> int:
        """See `EventLog`."""
        newest: int = self._select(_NEWEST_ID, [])[0][0]
        return newest

    def try_writing(self) -> None:
        """See `MappedEventLog`: our own mark again, which goes to the disk as a save does."""
        self._demand_sound()
        with self._store.refusing():
            self._store.rows(f"PRAGMA user_version={log_shape()}")

    def checkpoint(self) -> None:
        """Copy the write-ahead log back, as far as readers let it: for long work without events.

        Every save does it by itself; only this connection ever does it.
        """
        with self._store.refusing():
            self._store.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def _noted(self, statement: str, values: list[Any]) -> list[Notification]:
        event = self._mapper.event
        return [
            Notification(number, event(_stream(stream), version, topic, state))
            for number, stream, version, topic, state in self._select(statement, values)
        ]

    def _contiguous(self, journal: UUID) -> int:
        if self._reaches is None:
            return unbroken(self._versions_after(journal, 0), 0)
        return self._reaches.contiguous(journal)

    def _prepare(self) -> None:
        """Tables, triggers and settings; a setting that did not take is a fault."""
        [[shape]] = self._store.rows("PRAGMA user_version")
        demand_known("event log", found=shape, known=log_shape())
        if self._writable:
            self._store.rows("PRAGMA journal_mode=WAL")
            SQLiteApplicationRecorder(self._store).create_table()
        pages = CHECKPOINT_PAGES if self._writable else 0
        self._store.rows("PRAGMA synchronous=FULL")
        self._store.rows(f"PRAGMA cache_size=-{CACHE_KIB}")
        self._store.rows(f"PRAGMA wal_autocheckpoint={pages}")
        [[mode]], [[synchronous]] = map(
            self._store.rows, ("PRAGMA journal_mode", "PRAGMA synchronous")
        )
        if (mode, synchronous) != ("wal", _FULL):
            raise RuntimeError(f"journal_mode={mode}, synchronous={synchronous}")
        if self._writable:
            for act in ("UPDATE", "DELETE"):
                self._store.rows(_NEVER_CHANGED.format(act=act))
            if shape < log_shape():
                self._store.rows(f"PRAGMA user_version={log_shape()}")

    def _demand_sound(self) -> None:
        if self._store.failed is not None:
            raise StoreFailed(why=self._store.failed)

    def _insert(self, batch: Batch) -> None:
        self._demand_sound()
        if self._versions(batch.free):
            raise StreamConflict
        rows = [
            (stream.hex, version, topic, state)
            for stream, version, topic, state in (*batch.rows, *batch.appends)
        ]
        with self._store.refusing():
            self._store.write(_INSERT, rows)
        if self._reaches is not None:
            for row in batch.rows:
                self._reaches.stored(row.stream, row.version)

    def _streams(self, ids: Collection[UUID]) -> list[Row]:
        wanted = orjson.dumps([each.hex for each in ids]).decode()
        return _stored(self._select(_STREAMS, [wanted]))

    def _versions(self, places: Collection[tuple[UUID, int]]) -> list[Row]:
        """What lies beyond the end of a journal is not asked of the file."""
        if (reaches := self._reaches) is not None:
            places = [place for place in places if place[1] <= reaches.highest(place[0])]
        if not places:
            return []
        wanted = orjson.dumps([(stream.hex, version) for stream, version in places]).decode()
        return _stored(self._select(_VERSIONS, [wanted]))

    def _newest(self, stream: UUID) -> Row | None:
        return next(iter(_stored(self._select(_NEWEST, [stream.hex]))), None)

    def _portion_after(self, stream: UUID, version: int) -> list[int]:
        return [row[0] for row in self._select(_AFTER, [stream.hex, version])]

    def _select(self, statement: str, parameters: list[Any]) -> list[Any]:
        with self._store.refusing():
            return self._store.rows(statement, parameters)


def _stored(rows: list[Any]) -> list[Row]:
    return [Row(_stream(stream), *rest) for stream, *rest in rows]


@lru_cache(_MOST_STREAMS_REMEMBERED)
def _stream(digits: str) -> UUID:
    """From its form in the file: a journal is met again and again."""
    return UUID(digits)
