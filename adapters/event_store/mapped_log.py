"""What the event logs of both engines have in common: `EventLog` in terms of a few questions.

Each question is one statement, however much is asked for; the engines answer them.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast
from uuid import UUID

from adapters.event_store.mapping import Batch, EventMapper, Row, topic_of
from adapters.event_store.topics import register_topics
from domain.model.decision import Decision
from domain.model.entry import entry_digest, parse_entry
from domain.model.journal import (
    EntryStored,
    EntryTombstoned,
    Listed,
    journal_id,
    register_id,
    second_thoughts_id,
)
from domain.ports.stores import (
    D,
    Journal,
    Key,
    Notification,
    RecordedEntry,
    Standing,
    Tombstone,
)


class MappedEventLog(ABC):
    """`EventLog` over the questions below."""

    def __init__(self) -> None:
        register_topics()
        self._mapper = EventMapper()

    def save(
        self,
        *decisions: Decision,
        entries: Sequence[RecordedEntry] = (),
        tombstones: Sequence[Tombstone] = (),
        released: Sequence[RecordedEntry] = (),
        free: Collection[Key] = (),
    ) -> None:
        """See `EventLog`."""
        batch = self._mapper.batch(decisions, entries, tombstones, released)
        batch.free += [(journal_id(station, epoch), seq) for station, epoch, seq in free]
        if batch.rows or batch.appends:
            self._insert(batch)

    def load(self, kind: type[D], ids: Collection[UUID]) -> dict[UUID, D]:
        """See `EventLog`."""
        found: dict[UUID, D] = {}
        for row in self._streams(ids):
            event = cast("Decision.Event", self._mapper.event(*row))
            decision = event.mutate(found.get(event.originator_id))
            if not isinstance(decision, kind):
                raise TypeError(f"{event.originator_id} is no {kind.__name__}")
            found[event.originator_id] = decision
        return found

    def load_all(self, kind: type[D]) -> dict[UUID, D]:
        """See `EventLog`."""
        register = self._streams([register_id(topic_of(kind))])
        members = [UUID(cast("Listed", self._mapper.event(*row)).member) for row in register]
        found = self.load(kind, members) if members else {}
        return {member: found[member] for member in members}

    def standing(self, keys: Collection[Key]) -> Mapping[Key, Standing]:
        """See `EventLog`."""
        if not keys:
            return {}
        places = {
            (journal_id(station, epoch), seq): (station, epoch, seq) for station, epoch, seq in keys
        }
        stored = {
            places[row.stream, row.version]: self._mapper.event(*row)
            for row in self._versions(places)
        }
        second = self._second_thoughts(stored)
        return {key: _standing(key, event, second[key]) for key, event in stored.items()}

    def contiguous_seq(self, station: str, epoch: int) -> int:
        """As `contiguous_seqs`, of one journal."""
        return self.contiguous_seqs([(station, epoch)])[station, epoch]

    def entries(self, station: str, epoch: int, *, after: int, limit: int) -> list[EntryStored]:
        """See `EventLog`."""
        journal = journal_id(station, epoch)
        found: dict[int, list[EntryStored]] = {}
        while len(found) < limit and (seqs := self._portion_after(journal, after)):
            seqs = seqs[: limit - len(found)]
            second = [second_thoughts_id(station, epoch, seq) for seq in seqs]
            first = self._versions([(journal, seq) for seq in seqs])
            for row in [*first, *self._streams(second)]:
                event = self._mapper.event(*row)
                if isinstance(event, EntryStored):
                    found.setdefault(parse_entry(event.raw).fact.seq, []).append(event)
            after = seqs[-1]
        return [event for seq in sorted(found) for event in found[seq]]

    def last_digest(self, station: str, epoch: int) -> tuple[int, str] | None:
        """See `EventLog`."""
        newest = self._newest(journal_id(station, epoch))
        if newest is None:
            return None
        match self._mapper.event(*newest):
            case EntryStored(raw=raw):
                digest = entry_digest(raw)
            case EntryTombstoned(digest=digest):
                pass
            case other:
                raise TypeError(f"{type(other).__name__} in a journal")
        return newest.version, digest

    @abstractmethod
    def close(self) -> None:
        """Release file or connections."""

    @abstractmethod
    def contiguous_seqs(self, journals: Collection[Journal]) -> Mapping[Journal, int]:
        """See `EventLog`."""

    @abstractmethod
    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""

    @abstractmethod
    def statements(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""

    @abstractmethod
    def newest_id(self) -> int:
        """See `EventLog`."""

    @abstractmethod
    def checkpoint(self) -> None:
        """What the file of a log needs in long work without events."""

    @abstractmethod
    def try_writing(self) -> None:
        """Raise what a save would be refused with now, as far as can be told without an event."""

    @abstractmethod
    def _insert(self, batch: Batch) -> None:
        """Write all of it, or nothing; appends on the next free versions of their streams.

        Raises `StreamConflict` where something stands at a place that must be free.
        """

    @abstractmethod
    def _streams(self, ids: Collection[UUID]) -> list[Row]:
        """All events of these streams, each stream in the order of its versions."""

    @abstractmethod
    def _versions(self, places: Collection[tuple[UUID, int]]) -> list[Row]:
        """The events at these versions of their streams, those that exist."""

    @abstractmethod
    def _newest(self, stream: UUID) -> Row | None:
        """The one with the highest version."""

    @abstractmethod
    def _portion_after(self, stream: UUID, version: int) -> list[int]:
        """The next thousand versions above one, in order."""

    def _versions_after(self, stream: UUID, version: int) -> Iterator[int]:
        """In portions, because whoever looks for a gap seldom wants them all."""
        while portion := self._portion_after(stream, version):
            yield from portion
            version = portion[-1]

    def _second_thoughts(self, keys: Collection[Key]) -> Mapping[Key, list[bytes]]:
        """The other bytes under keys that were already taken."""
        found: dict[Key, list[bytes]] = defaultdict(list)
        if keys:
            streams = {second_thoughts_id(*key): key for key in keys}
            for row in self._streams(streams):
                event = cast("EntryStored", self._mapper.event(*row))
                found[streams[event.originator_id]].append(event.raw)
        return found


def _standing(key: Key, event: object, second: Sequence[bytes]) -> Standing:
    match event:
        case EntryStored(raw=raw):
            raws, tombstone = [raw, *second], None
        case EntryTombstoned(digest=digest, code=code):
            raws = [*second]
            tombstone = Tombstone(*key, digest, code, event.recorded_at_us)
        case other:
            raise TypeError(f"{type(other).__name__} in a journal")
    entries = [parse_entry(raw) for raw in raws]
    return Standing(
        frozenset(entry.digest for entry in entries),
        tombstone,
        frozenset(entry.prev for entry in entries),
    )
