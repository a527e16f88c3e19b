"""What people do about one discrepancy: explain, assign, close with a reason, reopen.

The fold says that something does not agree; this says what was done about it. It never moves
custody, and it outlives the discrepancy when later evidence removes that (`facts.md` §4, rule 9).
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import Refusal
from domain.model.instants import Micros, micros
from domain.model.station_time import Identity

# What the fold closes when the evidence for it comes: a person explains these and assigns them, and
# makes the missing scan, because a closure by hand would hide paper that nobody has yet seen. All
# others "stay open until a person closes them", SHORT_CONTENT and EXCESS_CONTENT among them.
CLOSED_BY_EVIDENCE = frozenset(
    "MISSING LOST UNKNOWN_CODE MISROUTED NOT_RELEASED NOT_ACCEPTED REFUSED SEAL_BROKEN"
    " SEAL_MISMATCH MANIFEST_MISSING RECEIPT_NOT_CLOSED WITHDRAWN_IN_TRANSIT SEQUENCE_GAP".split()
)
OTHER = "other"  # a reason that the text has to give
EXPLANATIONS = (
    "scanned_late",
    "not_scanned",
    "packed_by_mistake",
    "delivered_by_mistake",
    "label_replaced",
    "worn_in_transit",
    "device_clock",
    "device_failed",
    OTHER,
)
CLOSURES = (
    "checked_in_order",
    "put_right",
    "forwarded",
    "relabelled",
    "agreed",
    "device_repaired",
    "recorded_in_minutes",
    OTHER,
)
REOPENINGS = ("not_put_right", "happened_again", "closed_by_mistake", OTHER)


class DiscrepancyClosed(Refusal):
    """A person has closed it already; values: code, subject, by."""

    code = "DISCREPANCY_CLOSED"


class DiscrepancyNotClosed(Refusal):
    """Only what a person has closed can be reopened; values: code, subject."""

    code = "DISCREPANCY_NOT_CLOSED"


class DiscrepancyResolved(Refusal):
    """Later evidence has resolved it: there is nothing left to decide; values: code, subject."""

    code = "DISCREPANCY_RESOLVED"


class EvidenceCloses(Refusal):
    """Only a scan closes one of this code; values: code, subject."""

    code = "EVIDENCE_CLOSES"


class BadReason(Refusal):
    """A reason that is not on the list of the act; values: reason."""

    code = "BAD_REASON"


class ReasonNeedsText(Refusal):
    """`other` says nothing without a text."""

    code = "REASON_NEEDS_TEXT"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of a person: `text` is an opaque id of the vault, `to` who it was assigned to."""

    act: str
    by: str
    office: str
    at_us: Micros
    reason: str | None = None
    text: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Who acts, for which office, with which coded reason and text (opaque id) or None."""

    by: str
    office: str
    reason: str
    text: str | None


def handling_id(identity: Identity) -> UUID:
    """The id of what people did about that discrepancy."""
    return decision_id("discrepancy", *identity)


class Handling(Decision):
    """`history` has every act in order; `closed_by` is None while no person has closed it."""

    TOPIC = "discrepancy"

    class TakenUp(FirstEvent):
        """A person acts on it for the first time; `opened_us` as the fold said then."""

        TOPIC = "discrepancy.TakenUp"
        code: str
        subject: str
        key: str
        opened_us: int

    class Explained(Decision.Event):
        """How it came about."""

        TOPIC = "discrepancy.Explained"
        by: str
        office: str
        reason: str
        text: str | None

    class Assigned(Decision.Event):
        """Who is to see to it: `to` is an office's code or a person's, as `to_person` says."""

        TOPIC = "discrepancy.Assigned"
        by: str
        office: str
        to: str
        to_person: bool

    class Closed(Decision.Event):
        """It is settled, and why."""

        TOPIC = "discrepancy.Closed"
        by: str
        office: str
        reason: str
        text: str | None

    class Reopened(Decision.Event):
        """It was not settled after all."""

        TOPIC = "discrepancy.Reopened"
        by: str
        office: str
        reason: str
        text: str | None

    @event(TakenUp)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        code: str,
        subject: str,
        key: str,
        opened_us: Micros,
    ) -> None:
        self.identity = Identity(code, subject, key)
        self.opened_us = opened_us
        self.closed_by: str | None = None
        self.assigned: str | None = None
        self.history: list[Deed] = []

    @property
    def texts(self) -> set[str]:
        """The vault's ids of what was written."""
        return {deed.text for deed in self.history if deed.text is not None}

    def explain(self, said: Said, *, timestamp: datetime) -> None:
        """Say how it came about, whatever has become of it; raises `BadReason`."""
        check_said(said, EXPLANATIONS)
        self._explain(**asdict(said), timestamp=timestamp)

    def assign(
        self,
        *,
        by: str,
        office: str,
        to: str,
        to_person: bool,
        resolved: bool,
        timestamp: datetime,
    ) -> None:
        """Name who sees to it; raises `DiscrepancyClosed` or `DiscrepancyResolved`."""
        self._demand_open(resolved=resolved)
        self._assign(by=by, office=office, to=to, to_person=to_person, timestamp=timestamp)

    def close(self, said: Said, *, resolved: bool, timestamp: datetime) -> None:
        """Settle it. `resolved`: evidence has done so.

        Raises `EvidenceCloses`, `DiscrepancyClosed`, `DiscrepancyResolved`, `BadReason`.
        """
        if self.identity.code in CLOSED_BY_EVIDENCE:
            raise EvidenceCloses(**self._named())
        self._demand_open(resolved=resolved)
        check_said(said, CLOSURES)
        self._close(**asdict(said), timestamp=timestamp)

    def reopen(self, said: Said, *, resolved: bool, timestamp: datetime) -> None:
        """Take the closure back.

        Raises `DiscrepancyNotClosed`, `DiscrepancyResolved`, `BadReason`.
        """
        if self.closed_by is None:
            raise DiscrepancyNotClosed(**self._named())
        if resolved:
            raise DiscrepancyResolved(**self._named())
        check_said(said, REOPENINGS)
        self._reopen(**asdict(said), timestamp=timestamp)

    def _demand_open(self, *, resolved: bool) -> None:
        if self.closed_by is not None:
            raise DiscrepancyClosed(**self._named(), by=self.closed_by)
        if resolved:
            raise DiscrepancyResolved(**self._named())

    def _named(self) -> dict[str, object]:
        return {"code": self.identity.code, "subject": self.identity.subject}

    @event(Explained)
    def _explain(
        self, *, by: str, office: str, reason: str, text: str | None, timestamp: datetime
    ) -> None:
        self.history.append(Deed("explained", by, office, micros(timestamp), reason, text))

    @event(Assigned)
    def _assign(
        self, *, by: str, office: str, to: str, to_person: bool, timestamp: datetime
    ) -> None:
        self.assigned = to
        self.history.append(Deed("assigned", by, office, micros(timestamp), to=to))

    @event(Closed)
    def _close(
        self, *, by: str, office: str, reason: str, text: str | None, timestamp: datetime
    ) -> None:
        self.closed_by = by
        self.history.append(Deed("closed", by, office, micros(timestamp), reason, text))

    @event(Reopened)
    def _reopen(
        self, *, by: str, office: str, reason: str, text: str | None, timestamp: datetime
    ) -> None:
        self.closed_by = None
        self.history.append(Deed("reopened", by, office, micros(timestamp), reason, text))


def check_said(said: Said, reasons: tuple[str, ...]) -> None:
    """Demand one of the reasons, and words beside `other`.

    Raises `BadReason`, `ReasonNeedsText`.
    """
    if said.reason not in reasons:
        raise BadReason(reason=said.reason[:64])
    if said.reason == OTHER and said.text is None:
        raise ReasonNeedsText
