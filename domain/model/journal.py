"""Evidence as stored: plain events of journals, labels and registers; no aggregate is loaded.

A journal's version is the station's sequence number; every other stream takes the next free one.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID, uuid5

from domain.model.fact import Fact, fact_as_stored

_LABELS = UUID("0d8f8d0a-7a53-5c0b-8f65-3a3a0c0f9b02")  # for ever: stored ids follow from these
_JOURNALS = UUID("c2b1f7be-2b0f-5b39-9d0b-6a4c5d1e7a03")
_REGISTERS = UUID("8e6c1d4f-90aa-5d52-b1c4-7c2d3b9f4e04")
_MOST_JOURNALS_REMEMBERED = 4096
_MOST_LABELS_REMEMBERED = 4096  # a pouch is named by each scan of what came in it


@lru_cache(_MOST_LABELS_REMEMBERED)
def label_stream_id(label: str) -> UUID:
    """The stream of the facts that name this label."""
    return uuid5(_LABELS, label)


@lru_cache(maxsize=_MOST_JOURNALS_REMEMBERED)
def journal_id(station: str, epoch: int) -> UUID:
    """The stream of one station's journal epoch."""
    return uuid5(_JOURNALS, f"{station}|{epoch}")


def second_thoughts_id(station: str, epoch: int, seq: int) -> UUID:
    """The stream of valid entries whose key was already taken by other bytes."""
    return uuid5(_JOURNALS, f"{station}|{epoch}|{seq}")


def register_id(kind: str) -> UUID:
    """The stream that lists all decisions of a kind."""
    return uuid5(_REGISTERS, kind)


@dataclass(frozen=True, kw_only=True)
class EvidenceEvent:
    """Base of the plain events: a stream and a version, nothing read from a clock."""

    TOPIC: ClassVar[str]
    originator_id: UUID
    originator_version: int


@dataclass(frozen=True, kw_only=True)
class EntryStored(EvidenceEvent):
    """A signed entry, byte for byte. Quarantined: kept, and no fact until a person decides."""

    TOPIC: ClassVar[str] = "journal.EntryStored"
    raw: bytes
    recorded_at_us: int
    quarantined: bool


@dataclass(frozen=True, kw_only=True)
class EntryTombstoned(EvidenceEvent):
    """Bytes under this key were refused with `code`: the chain goes on without them."""

    TOPIC: ClassVar[str] = "journal.EntryTombstoned"
    station: str
    epoch: int
    digest: str
    code: str
    recorded_at_us: int


@dataclass(frozen=True, kw_only=True)
class FactStated(EvidenceEvent):
    """A line of `giaonhan fold`, in the stream of each label it names; digest of its entry."""

    TOPIC: ClassVar[str] = "label.FactStated"
    fact: dict[str, Any]
    digest: str


@dataclass(frozen=True, kw_only=True)
class Listed(EvidenceEvent):
    """One more decision of a kind exists; `member` is its id in hex."""

    TOPIC: ClassVar[str] = "register.Listed"
    member: str


def fact_of(stated: FactStated) -> Fact:
    """The fact that the event states."""
    return fact_as_stored(stated.fact, digest=stated.digest)
