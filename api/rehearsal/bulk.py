"""Writes many acts in few saves, for houses that are filled and not lived in; for `golden`, `fill`.

The counter's own use cases run on a scripted clock; what they save is gathered, and the vault has
one applicant for everybody.
"""

from collections.abc import Collection, Mapping, Sequence
from random import Random  # noqa: TID251 - one seed, so that both ways draw the same
from typing import Any
from uuid import UUID

from api.rehearsal.simulator_world import SeededEntropy
from domain.model.decision import Decision
from domain.model.dossier import Dossier
from domain.model.instants import Micros
from domain.model.journal import EntryStored
from domain.model.number_block import NumberBlock
from domain.model.office import Office
from domain.model.procedure import Procedure
from domain.model.stickers import Binding
from domain.ports.stores import (
    D,
    EventLog,
    Journal,
    Key,
    Notification,
    RecordedEntry,
    Standing,
    StreamConflict,
    Tombstone,
)
from domain.ports.vault import ApplicantData, Vault

_GATHERED = 10_000  # entries in one save: some 30 MB


class Hands:
    """A clock in one's own hands (`Clock`)."""

    def __init__(self, now_us: Micros) -> None:
        self._now_us = now_us

    def now_us(self) -> Micros:
        """What was set last."""
        return self._now_us

    def set(self, instant_us: Micros) -> None:
        """Show a later instant."""
        self._now_us = max(self._now_us, instant_us)


class Chance(SeededEntropy):
    """Ids and tokens from dice of their own, so that who draws fewer ids draws the same tokens."""

    def __init__(self, seed: str) -> None:
        super().__init__(Random(f"{seed}/tokens"))
        self._ids = SeededEntropy(Random(f"{seed}/ids"))

    def new_id(self) -> UUID:
        """Looks like a random id."""
        return self._ids.new_id()


_MADE_HERE = frozenset({Dossier, Binding})  # of which a new house has none
_KEPT = frozenset({Office, Procedure, NumberBlock})  # which nobody else changes meanwhile


class GatheredLog:
    """An `EventLog` that saves many acts at once; whoever reads what changes has it saved first.

    It begins with a house in which nothing was received yet, so what it has not saved of a dossier
    or sticker is not there, and nobody needs to look.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._made: set[UUID] = set()
        self._decisions: list[Decision] = []
        self._entries: list[RecordedEntry] = []
        self._gathered: set[UUID] = set()
        self._known: dict[UUID, Decision] = {}
        self._newest: dict[tuple[str, int], tuple[int, str]] = {}  # by station and epoch

    def save(
        self,
        *decisions: Decision,
        entries: Sequence[RecordedEntry] = (),
        tombstones: Sequence[Tombstone] = (),
        released: Sequence[RecordedEntry] = (),
        free: Collection[Key] = (),
    ) -> None:
        """See `EventLog`, but on disk only after a `flush`."""
        if free and self.standing(free):
            raise StreamConflict
        self._decisions += decisions
        self._gathered |= {decision.id for decision in decisions}
        self._made |= {decision.id for decision in decisions if type(decision) in _MADE_HERE}
        self._known |= {each.id: each for each in decisions if type(each) in _KEPT}
        self._entries += entries
        for fact in (each.entry.fact for each in entries):
            self._newest[fact.station, fact.epoch] = fact.seq, fact.digest
        if tombstones or released or len(self._entries) >= _GATHERED:
            self.flush(tombstones, released)

    def flush(
        self, tombstones: Sequence[Tombstone] = (), released: Sequence[RecordedEntry] = ()
    ) -> None:
        """Save what has been gathered."""
        decisions, self._decisions = self._decisions, []
        entries, self._entries = self._entries, []
        self._gathered.clear()
        self._log.save(*decisions, entries=entries, tombstones=tombstones, released=released)

    def load(self, kind: type[D], ids: Collection[UUID]) -> dict[UUID, D]:
        """See `EventLog`."""
        if kind in _MADE_HERE and self._made.isdisjoint(ids):
            return {}
        if kind not in _KEPT:
            if not self._gathered.isdisjoint(ids):
                self.flush()
            return self._log.load(kind, ids)
        missing = [each for each in ids if each not in self._known]
        if missing:
            self._known |= self._log.load(kind, missing)
        known = ((each, self._known.get(each)) for each in ids)
        return {each: found for each, found in known if isinstance(found, kind)}

    def load_all(self, kind: type[D]) -> dict[UUID, D]:
        """See `EventLog`."""
        self.flush()
        return self._log.load_all(kind)

    def standing(self, keys: Collection[Key]) -> Mapping[Key, Standing]:
        """See `EventLog`."""
        self.flush()
        return self._log.standing(keys)

    def entries(self, station: str, epoch: int, *, after: int, limit: int) -> list[EntryStored]:
        """See `EventLog`."""
        self.flush()
        return self._log.entries(station, epoch, after=after, limit=limit)

    def contiguous_seqs(self, journals: Collection[Journal]) -> Mapping[Journal, int]:
        """See `EventLog`."""
        self.flush()
        return self._log.contiguous_seqs(journals)

    def last_digest(self, station: str, epoch: int) -> tuple[int, str] | None:
        """See `EventLog`."""
        return self._newest.get((station, epoch)) or self._log.last_digest(station, epoch)

    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        self.flush()
        return self._log.notifications(after=after, limit=limit)

    def statements(self, *, after: int, limit: int) -> list[Notification]:
        """See `EventLog`."""
        self.flush()
        return self._log.statements(after=after, limit=limit)

    def newest_id(self) -> int:
        """See `EventLog`."""
        self.flush()
        return self._log.newest_id()


class OneApplicant:
    """The part of a `Vault` that a counter needs, with one made-up applicant for everybody."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opaque: str | None = None

    def put_applicant(self, applicant: ApplicantData, *, owner: UUID) -> str:
        """Once; then the same id again."""
        if self._opaque is None:
            self._opaque = self._vault.put_applicant(applicant, owner=owner)
            self._vault.settle([self._opaque])
        return self._opaque

    def settle(self, opaque: Sequence[str]) -> None:
        """Done already."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)
