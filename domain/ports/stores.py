"""The event log as the use cases see it, and what it can refuse."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from domain.model.decision import Decision
from domain.model.entry import Entry
from domain.model.errors import Refusal
from domain.model.fact import fact_to_json
from domain.model.instants import Micros, iso
from domain.model.journal import EntryStored

D = TypeVar("D", bound=Decision)


class DirectoryLocked(Refusal):
    """Another process writes in this data directory; values: directory."""

    code = "DIRECTORY_LOCKED"


class DiskFull(Refusal):
    """Nothing was written, because the disk is full."""

    code = "DISK_FULL"


class StoreReadOnly(Refusal):
    """Nothing was written, because the files may only be read."""

    code = "STORE_READ_ONLY"


class StoreFailed(Refusal):
    """The disk failed in the middle of a write: no more writes until a restart; values: why."""

    code = "STORE_FAILED"


class StoreUnreachable(Refusal):
    """The database does not answer in time: what was asked may be asked again; values: why."""

    code = "STORE_UNREACHABLE"


class StoreNotEmpty(Refusal):
    """The database holds something already, which is never written over; no values."""

    code = "STORE_NOT_EMPTY"


UNSURE = (StoreFailed, StoreUnreachable)  # whether the save is on disk, the next start finds out


class UnsafeStore(Refusal):
    """A database, or a switch, with which acknowledged events may be lost; values: what, found."""

    code = "UNSAFE_STORE"


class MadeByNewer(Refusal):
    """A newer program wrote here in a shape unknown to this one; values: what, found, known."""

    code = "MADE_BY_NEWER"


def demand_known(what: str, *, found: int, known: int) -> None:
    """Raise `MadeByNewer` unless this program knows the shape it found."""
    if found > known:
        raise MadeByNewer(what=what, found=found, known=known)


class StreamConflict(Refusal):
    """Someone else decided on the same thing meanwhile: load again and decide again."""

    code = "CONFLICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEntry:
    """A verified entry with what the server knows about it.

    `not_before_us` is the time of a checkpoint of ours that the entry carries, None without one;
    `key_taken`: other bytes already stand under its key; `quarantined`: stored without its fact;
    `counts_since_us`: when its fact is stated, None for at once.
    """

    entry: Entry
    recorded_at_us: Micros
    not_before_us: Micros | None = None
    key_taken: bool = False
    quarantined: bool = False
    counts_since_us: Micros | None = None

    def line(self) -> dict[str, Any]:
        """The fact as a line of a fold file, with its evidence: it happened before we had it."""
        line = fact_to_json(self.entry.fact)
        if self.not_before_us is not None:
            line["not_before"] = iso(self.not_before_us)
        line["not_after"] = iso(self.recorded_at_us)
        line["recorded_at"] = iso(self.counts_since_us or self.recorded_at_us)
        return line


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Refused bytes under a key: their digest and the code of the refusal."""

    station: str
    epoch: int
    seq: int
    digest: str
    code: str
    recorded_at_us: Micros


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands under one journal key: digests of entries, and a tombstone or None.

    `follow`: the digests that those entries name as their previous.
    """

    digests: frozenset[str] = frozenset()
    tombstone: Tombstone | None = None
    follow: frozenset[str] = frozenset()


Journal = tuple[str, int]  # of a station, in an epoch
Key = tuple[str, int, int]  # station, epoch, sequence: one place in a journal


class Notification(NamedTuple):
    """One stored event, decoded, at its place in the log."""

    id: int
    event: object


class EventLog(Protocol):
    """Append-only. Every method may raise `StoreFailed`; writes the other refusals above."""

    def save(
        self,
        *decisions: Decision,
        entries: Sequence[RecordedEntry] = (),
        tombstones: Sequence[Tombstone] = (),
        released: Sequence[RecordedEntry] = (),
        free: Collection[Key] = (),
    ) -> None:
        """All or nothing, on disk when it returns; after a refusal the decisions are stale.

        `released`: entries stored before without their facts, which are stated now. `free`: keys
        that were taken to be free without a look; raises `StreamConflict` where one is not.
        """
        ...

    def load(self, kind: type[D], ids: Collection[UUID]) -> dict[UUID, D]:
        """Those that exist, in one query."""
        ...

    def load_all(self, kind: type[D]) -> dict[UUID, D]:
        """Every decision of a `LISTED` kind, the oldest first."""
        ...

    def standing(self, keys: Collection[Key]) -> Mapping[Key, Standing]:
        """What already stands under these keys, in one query; free keys are absent."""
        ...

    def entries(self, station: str, epoch: int, *, after: int, limit: int) -> list[EntryStored]:
        """The entries under the next `limit` keys that have any after a sequence, in their order.

        Each key with all the bytes that stand under it.
        """
        ...

    def contiguous_seqs(self, journals: Collection[Journal]) -> Mapping[Journal, int]:
        """Of each the highest n with every sequence 1..n stored, as entry or tombstone; 0 for none.

        In one query for all of them.
        """
        ...

    def last_digest(self, station: str, epoch: int) -> tuple[int, str] | None:
        """Sequence and digest of the newest entry of a journal, None when it is empty."""
        ...

    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        """Events in the order of the log, those with `id > after`."""
        ...

    def statements(self, *, after: int, limit: int) -> list[Notification]:
        """As `notifications`, without the entries whose facts are stated by events of their own."""
        ...

    def newest_id(self) -> int:
        """The id of the newest event, 0 for none."""
        ...


def first(found: Mapping[UUID, D]) -> D | None:
    """The one decision of a load by one id, None if there is none."""
    return next(iter(found.values()), None)
