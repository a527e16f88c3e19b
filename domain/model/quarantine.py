"""What people decide about entries of a station that is not trusted any more; used by its use case.

Such entries are stored and state nothing. A person lets each count, or keeps it out with a reason;
what was kept out can still be let in later, what counts is corrected like any other scan.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from domain.model.causes import checked_cause
from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import Refusal
from domain.model.instants import Micros, micros

LET_IN = ("device_found", "confirmed_by_operator", "paper_checked", "revoked_by_mistake")
KEPT_OUT = ("device_stolen", "not_by_staff", "contradicts_paper", "made_in_trials")
MOST_AT_ONCE = 200  # entries in one decision: as many as a page shows


class EntryCounts(Refusal):
    """Some of these entries count already: they are corrected, not kept out; values: entries."""

    code = "ENTRY_COUNTS"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision: of which entries (their digests), why, who said so when, and what it was."""

    entries: frozenset[str]
    reason: str
    by: str
    office: str
    at_us: Micros
    counts: bool


def quarantine_id(station: str) -> UUID:
    """The id of what was decided about that station's entries."""
    return decision_id("quarantine", station)


class Quarantine(Decision):
    """`history` has every decision in order; the newest on an entry holds."""

    TOPIC = "quarantine"

    class Opened(FirstEvent):
        """Somebody decides about this station's entries for the first time."""

        TOPIC = "quarantine.Opened"
        station: str

    class EntriesLetIn(Decision.Event):
        """These entries (SHA-256 in hex) count from now on, as if they had been trusted."""

        TOPIC = "quarantine.EntriesLetIn"
        entries: list[str]
        reason: str
        by: str
        office: str

    class EntriesKeptOut(Decision.Event):
        """These entries (SHA-256 in hex) are kept and state nothing."""

        TOPIC = "quarantine.EntriesKeptOut"
        entries: list[str]
        reason: str
        by: str
        office: str

    @event(Opened)
    def __init__(self, *, id: UUID, timestamp: datetime, station: str) -> None:
        self.station = station
        self.history: list[Verdict] = []
        self._counting: set[str] = set()

    def verdict_on(self, entry: str) -> Verdict | None:
        """The newest decision about the entry, None while nobody has decided."""
        return next((each for each in reversed(self.history) if entry in each.entries), None)

    def let_in(
        self,
        entries: Collection[str],
        *,
        reason: str,
        by: str,
        office: str,
        timestamp: datetime,
    ) -> list[str]:
        """Those that count now and did not before; raises `BadReason`."""
        checked_cause(reason, LET_IN)
        new = sorted(set(entries) - self._counting)
        if new:
            self._let_in(entries=new, reason=reason, by=by, office=office, timestamp=timestamp)
        return new

    def keep_out(
        self,
        entries: Collection[str],
        *,
        reason: str,
        by: str,
        office: str,
        timestamp: datetime,
    ) -> None:
        """Raises `BadReason`, and `EntryCounts` for what was let in before."""
        checked_cause(reason, KEPT_OUT)
        if counting := self._counting & set(entries):
            raise EntryCounts(entries=len(counting))
        self._keep_out(
            entries=sorted(entries), reason=reason, by=by, office=office, timestamp=timestamp
        )

    @event(EntriesLetIn)
    def _let_in(
        self, *, entries: list[str], reason: str, by: str, office: str, timestamp: datetime
    ) -> None:
        self._counting.update(entries)
        self.history.append(
            Verdict(frozenset(entries), reason, by, office, micros(timestamp), counts=True)
        )

    @event(EntriesKeptOut)
    def _keep_out(
        self, *, entries: list[str], reason: str, by: str, office: str, timestamp: datetime
    ) -> None:
        self.history.append(
            Verdict(frozenset(entries), reason, by, office, micros(timestamp), counts=False)
        )
