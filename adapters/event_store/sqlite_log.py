"""The event log in one SQLite file: one writer, every save on disk before it returns.

Ids of events are row ids: the file is copied with SQLite's backup, never vacuumed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
from eventsourcing.persistence import (  # noqa: TID251 - this is the room for it
    Mapper,
    StoredEvent,
)
from eventsourcing.sqlite import (  # noqa: TID251 - this is the room for it
    SQLiteApplicationRecorder,
)

from adapters.event_store.connection import OneConnection
from adapters.event_store.lock import WriterLock
from adapters.event_store.reach import Reaches
from adapters.event_store.topics import register_topics
from adapters.event_store.transcoder import OrjsonTranscoder
from domain.model.decision import Decision
from domain.model.entry import entry_digest, parse_entry
from domain.model.fact import labels_named
from domain.model.journal import (
    EntryStored,
    EntryTombstoned,
    EvidenceEvent,
    FactStated,
    Listed,
    journal_id,
    label_stream_id,
    register_id,
    second_thoughts_id,
)
from domain.ports.stores import (
    D,
    Notification,
    RecordedEntry,
    Standing,
    StoreFailed,
    StreamConflict,
    Tombstone,
)

LOCK_FILE = "writer.lock"
MOST_ATTEMPTS = 3  # of a save whose free versions another writer took meanwhile
CHECKPOINT_PAGES = 1000  # 4 MB of log are copied back at a time, by this connection alone

CACHE_KIB = 65_536  # streams lie scattered over the index: a small cache would read at each scan

_NEVER_CHANGED = """
CREATE TRIGGER IF NOT EXISTS stored_events_never_{act} BEFORE {act} ON stored_events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
"""
_HIGHEST = """
SELECT value, (SELECT MAX(originator_version) FROM stored_events WHERE originator_id = value)
FROM json_each(?)
"""
_STREAMS = """
SELECT e.originator_id, e.originator_version, e.topic, e.state
FROM json_each(?) AS wanted CROSS JOIN stored_events AS e ON e.originator_id = wanted.value
ORDER BY e.originator_id, e.originator_version
"""
_VERSIONS = """
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id = ? AND originator_version IN (SELECT value FROM json_each(?))
"""
_NEWEST = """
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id = ? ORDER BY originator_version DESC LIMIT 1
"""
_AFTER = """
SELECT originator_version FROM stored_events
WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version LIMIT 1000
"""
_FULL = 2  # as PRAGMA synchronous tells it


@dataclass(slots=True)
class _Append:
    """An event whose versions are the next free ones of its streams, encoded once for all."""

    streams: list[str]
    topic: str
    state: bytes


@dataclass(slots=True)
class _Batch:
    """One save, mapped: rows with versions of their own, and rows to append."""

    rows: list[StoredEvent] = field(default_factory=list)
    appends: list[_Append] = field(default_factory=list)


class SqliteEventLog:
    """`EventLog` on a file; `writer=False` opens it read-only beside another process."""

    def __init__(self, path: Path, *, writer: bool = True) -> None:
        register_topics()
        self._writable = writer
        self._mapper = Mapper[UUID](OrjsonTranscoder())
        self._reaches = Reaches(self._seqs_after) if writer else None
        uri = path.absolute().as_uri()
        with ExitStack() as opened:
            if writer:
                opened.callback(WriterLock(path.parent / LOCK_FILE).release)
            self._store = OneConnection(uri if writer else f"{uri}?mode=ro")
            opened.callback(self._store.close)
            self._recorder = SQLiteApplicationRecorder(self._store)
            with self._store.refusing():
                self._prepare()
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Release file and lock."""
        self._opened.close()

    def save(
        self,
        *decisions: Decision,
        entries: Sequence[RecordedEntry] = (),
        tombstones: Sequence[Tombstone] = (),
    ) -> None:
        """See `EventLog`."""
        if self._store.failed is not None:
            raise StoreFailed(why=self._store.failed)
        batch = _Batch()
        for decision in decisions:
            self._map_decision(decision, batch)
        for tombstone in tombstones:
            batch.rows.append(self._mapper.to_stored_event(_tombstoned(tombstone)))
        for recorded in entries:
            self._map_entry(recorded, batch)
        self._insert(batch)
        if self._reaches is not None:
            for row in batch.rows:
                self._reaches.stored(cast("UUID", row.originator_id), row.originator_version)

    def load(self, kind: type[D], ids: Collection[UUID]) -> dict[UUID, D]:
        """See `EventLog`."""
        found: dict[UUID, D] = {}
        for row in self._select(_STREAMS, [_json_ids(ids)]):
            event = cast("Decision.Event", self._event(row))
            decision = event.mutate(found.get(event.originator_id))
            if not isinstance(decision, kind):
                raise TypeError(f"{event.originator_id} is no {kind.__name__}")
            found[event.originator_id] = decision
        return found

    def load_all(self, kind: type[D]) -> dict[UUID, D]:
        """See `EventLog`."""
        register = self._select(_STREAMS, [_json_ids([register_id(_topic(kind))])])
        members = [UUID(cast("Listed", self._event(row)).member) for row in register]
        found = self.load(kind, members)
        return {member: found[member] for member in members}

    def standing(self, station: str, epoch: int, seqs: Collection[int]) -> Mapping[int, Standing]:
        """See `EventLog`."""
        journal = journal_id(station, epoch)
        if self._reaches is not None:
            highest = self._reaches.highest(journal)
            seqs = [seq for seq in seqs if seq <= highest]
        if not seqs:
            return {}
        rows = self._select(_VERSIONS, [journal.hex, orjson.dumps(list(seqs)).decode()])
        return {row[1]: self._standing(station, epoch, self._event(row)) for row in rows}

    def contiguous_seq(self, station: str, epoch: int) -> int:
        """See `EventLog`."""
        journal = journal_id(station, epoch)
        return (self._reaches or Reaches(self._seqs_after)).contiguous(journal)

    def last_digest(self, station: str, epoch: int) -> tuple[int, str] | None:
        """See `EventLog`."""
        rows = self._select(_NEWEST, [journal_id(station, epoch).hex])
        if not rows:
            return None
        match self._event(rows[0]):
            case EntryStored(raw=raw):
                digest = entry_digest(raw)
            case EntryTombstoned(digest=digest):
                pass
            case other:
                raise TypeError(f"{type(other).__name__} in a journal")
        return rows[0][1], digest

    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        with self._store.refusing():
            stored = self._recorder.select_notifications(after, limit, inclusive_of_start=False)
        return [Notification(each.id, self._mapper.to_domain_event(each)) for each in stored]

    def checkpoint(self) -> None:
        """Copy the write-ahead log back, as far as readers let it: for long work without events.

        Every save does it by itself; only this connection ever does it.
        """
        with self._store.refusing():
            self._store.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def _prepare(self) -> None:
        """Tables, triggers and settings; a setting that did not take is a fault."""
        if self._writable:
            self._store.rows("PRAGMA journal_mode=WAL")
            self._recorder.create_table()
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

    def _map_decision(self, decision: Decision, batch: _Batch) -> None:
        for event in decision.collect_events():
            batch.rows.append(self._mapper.to_stored_event(event))
            if decision.LISTED and event.originator_version == decision.INITIAL_VERSION:
                register = register_id(_topic(type(decision)))
                listed = Listed(
                    originator_id=register, originator_version=0, member=decision.id.hex
                )
                batch.appends.append(self._append([register], listed))

    def _map_entry(self, recorded: RecordedEntry, batch: _Batch) -> None:
        fact = recorded.entry.fact
        stream = (
            second_thoughts_id(fact.station, fact.epoch, fact.seq)
            if recorded.key_taken
            else journal_id(fact.station, fact.epoch)
        )
        entry = EntryStored(
            originator_id=stream,
            originator_version=fact.seq,
            raw=recorded.entry.raw,
            recorded_at_us=recorded.recorded_at_us,
            quarantined=recorded.quarantined,
        )
        if recorded.key_taken:
            batch.appends.append(self._append([stream], entry))
        else:
            batch.rows.append(self._mapper.to_stored_event(entry))
        if not recorded.quarantined:
            streams = [label_stream_id(label) for label in labels_named(fact)]
            stated = FactStated(
                originator_id=streams[0],
                originator_version=0,
                fact=recorded.line(),
                digest=fact.digest,
            )
            batch.appends.append(self._append(streams, stated))

    def _append(self, streams: list[UUID], event: EvidenceEvent) -> _Append:
        stored = self._mapper.to_stored_event(event)
        return _Append([stream.hex for stream in streams], stored.topic, stored.state)

    def _insert(self, batch: _Batch) -> None:
        """Write all rows, or none; free versions that were taken meanwhile are sought again."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            highest = self._highest(batch)
            rows = batch.rows + list(_placed(batch.appends, dict(highest)))
            if not rows:
                return
            try:
                with self._store.refusing():
                    self._recorder.insert_events(rows)
            except StreamConflict:
                # Only a free version that moved is worth another attempt: a set has no order.
                if attempt == MOST_ATTEMPTS or self._highest(batch) == highest:
                    raise
            else:
                return

    def _highest(self, batch: _Batch) -> dict[str, int]:
        streams = {stream for append in batch.appends for stream in append.streams}
        if not streams:
            return {}
        rows = self._select(_HIGHEST, [orjson.dumps(list(streams)).decode()])
        return {stream: version or 0 for stream, version in rows}

    def _standing(self, station: str, epoch: int, event: object) -> Standing:
        match event:
            case EntryStored(raw=raw, originator_version=seq):
                raws, tombstone = [raw], None
            case EntryTombstoned(originator_version=seq, digest=digest, code=code):
                raws = []
                tombstone = Tombstone(station, epoch, seq, digest, code, event.recorded_at_us)
            case other:
                raise TypeError(f"{type(other).__name__} in a journal")
        second = second_thoughts_id(station, epoch, seq)
        for row in self._select(_STREAMS, [_json_ids([second])]):
            raws.append(cast("EntryStored", self._event(row)).raw)
        entries = [parse_entry(raw) for raw in raws]
        return Standing(
            frozenset(entry.digest for entry in entries),
            tombstone,
            frozenset(entry.prev for entry in entries),
        )

    def _event(self, row: Any) -> object:
        stored = StoredEvent(UUID(row[0]), row[1], row[2], row[3])
        return self._mapper.to_domain_event(stored)

    def _select(self, statement: str, parameters: list[Any]) -> list[Any]:
        with self._store.refusing():
            return self._store.rows(statement, parameters)

    def _seqs_after(self, journal: UUID, seq: int) -> Iterator[int]:
        """In portions, because whoever looks for a gap seldom wants them all."""
        while portion := self._select(_AFTER, [journal.hex, seq]):
            for row in portion:
                seq = row[0]
                yield seq


def _placed(appends: list[_Append], taken: dict[str, int]) -> Iterator[StoredEvent]:
    """Rows on the next free versions, counting up from those taken."""
    for append in appends:
        for stream in append.streams:
            taken[stream] += 1
            yield StoredEvent(stream, taken[stream], append.topic, append.state)


def _tombstoned(tombstone: Tombstone) -> EntryTombstoned:
    return EntryTombstoned(
        originator_id=journal_id(tombstone.station, tombstone.epoch),
        originator_version=tombstone.seq,
        station=tombstone.station,
        epoch=tombstone.epoch,
        digest=tombstone.digest,
        code=tombstone.code,
        recorded_at_us=tombstone.recorded_at_us,
    )


def _topic(kind: type[Decision]) -> str:
    return str(vars(kind)["TOPIC"])


def _json_ids(ids: Collection[UUID]) -> str:
    return orjson.dumps([each.hex for each in ids]).decode()
