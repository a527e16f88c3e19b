"""Decisions, entries and tombstones as rows of the event table, and rows as events again.

Used by both engines' logs; nothing here knows a database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from uuid import UUID

from eventsourcing.persistence import (  # noqa: TID251 - this is the room for it
    Mapper,
    StoredEvent,
)

from adapters.event_store.topics import EVIDENCE
from adapters.event_store.transcoder import OrjsonTranscoder
from domain.model.decision import Decision
from domain.model.fact import labels_named
from domain.model.journal import (
    EntryStored,
    EntryTombstoned,
    FactStated,
    Listed,
    journal_id,
    label_stream_id,
    register_id,
    second_thoughts_id,
)
from domain.ports.stores import RecordedEntry, Tombstone

_PLAIN = {kind.TOPIC: kind for kind in EVIDENCE if getattr(kind, "class_version", 1) == 1}
_PLAIN_KINDS = frozenset(_PLAIN.values())
# An event of that kind whose state ends so says nothing that its fact's own event does not say.
STATED_BESIDES = EntryStored.TOPIC, b'"quarantined":false}'
NEXT_FREE = 0  # an event's version until the engine gives it its stream's next; real ones are 1…


class Row(NamedTuple):
    """An event as the engines keep it."""

    stream: UUID
    version: int
    topic: str
    state: bytes


@dataclass(slots=True)
class Batch:
    """One save, mapped: rows with versions of their own, rows to append, places to be free."""

    rows: list[Row] = field(default_factory=list)
    appends: list[Row] = field(default_factory=list)
    free: list[tuple[UUID, int]] = field(default_factory=list)


class EventMapper:
    """The library's mapper with our transcoder, and what each thing to save becomes."""

    def __init__(self) -> None:
        self._transcoder = OrjsonTranscoder()
        self._mapper = Mapper[UUID](self._transcoder)

    def batch(
        self,
        decisions: Iterable[Decision],
        entries: Sequence[RecordedEntry],
        tombstones: Sequence[Tombstone],
        released: Sequence[RecordedEntry],
    ) -> Batch:
        """All that one save writes."""
        batch = Batch()
        for decision in decisions:
            self._map_decision(decision, batch)
        for tombstone in tombstones:
            batch.rows.append(self._row(_tombstoned(tombstone)))
        for recorded in entries:
            self._map_entry(recorded, batch)
        for recorded in released:
            self._map_fact(recorded, batch)
        return batch

    def event(self, stream: UUID, version: int, topic: str, state: bytes) -> object:
        """The event of a row; without a search for versions where its kind never had another."""
        kind = _PLAIN.get(topic)
        if kind is None:
            return self._mapper.to_domain_event(StoredEvent(stream, version, topic, state))
        fields = self._transcoder.decode(state)
        fields["originator_id"] = stream
        fields["originator_version"] = version
        event = object.__new__(kind)
        object.__setattr__(event, "__dict__", fields)
        return event

    def _map_decision(self, decision: Decision, batch: Batch) -> None:
        for event in decision.collect_events():
            batch.rows.append(self._row(event))
            if decision.LISTED and event.originator_version == decision.INITIAL_VERSION:
                register = register_id(topic_of(type(decision)))
                listed = Listed(
                    originator_id=register, originator_version=NEXT_FREE, member=decision.id.hex
                )
                batch.appends.append(self._row(listed))

    def _map_entry(self, recorded: RecordedEntry, batch: Batch) -> None:
        fact = recorded.entry.fact
        stream = (
            second_thoughts_id(fact.station, fact.epoch, fact.seq)
            if recorded.key_taken
            else journal_id(fact.station, fact.epoch)
        )
        entry = EntryStored(
            originator_id=stream,
            originator_version=NEXT_FREE if recorded.key_taken else fact.seq,
            raw=recorded.entry.raw,
            recorded_at_us=recorded.recorded_at_us,
            quarantined=recorded.quarantined,
        )
        (batch.appends if recorded.key_taken else batch.rows).append(self._row(entry))
        if not recorded.quarantined:
            self._map_fact(recorded, batch)

    def _map_fact(self, recorded: RecordedEntry, batch: Batch) -> None:
        fact = recorded.entry.fact
        first, *others = map(label_stream_id, labels_named(fact))
        stated = self._row(
            FactStated(
                originator_id=first,
                originator_version=NEXT_FREE,
                fact=recorded.line(),
                digest=fact.digest,
            )
        )
        batch.appends.append(stated)
        batch.appends += [stated._replace(stream=other) for other in others]

    def _row(self, event: Any) -> Row:
        if type(event) in _PLAIN_KINDS:  # as in `event`
            fields = dict(vars(event))
            place = fields.pop("originator_id"), fields.pop("originator_version")
            return Row(*place, event.TOPIC, self._transcoder.encode(fields))
        stored = self._mapper.to_stored_event(event)
        stream = cast("UUID", stored.originator_id)
        return Row(stream, stored.originator_version, stored.topic, stored.state)


def topic_of(kind: type[Decision]) -> str:
    """The registered name of a kind of decision."""
    return str(vars(kind)["TOPIC"])


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
