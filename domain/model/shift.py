"""The end of a shift: what somebody confirmed to have in hand, what was not seen, who takes over.

Used by clerks and couriers. It is a statement; what the next one really took follows from scans.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.instants import Micros, local, micros


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedRound:
    """One round that was closed.

    `place` None: of the person's own hands, wherever things lay. `confirmed` were scanned since
    `since_us`, `unseen` were not; `next` None: nobody takes over, it stays with the person.
    """

    person: str
    office: str
    place: str | None
    since_us: Micros
    ended_us: Micros
    confirmed: tuple[str, ...]
    unseen: tuple[str, ...]
    next: str | None


class Offer(NamedTuple):
    """A hand-over that waits for this person: whose, and when it was closed."""

    by: str
    ended_us: Micros


def shift_id(person: str, at_us: Micros) -> UUID:
    """The id of what that person stated, or was offered, on the day of that instant."""
    return decision_id("shift", person, local(at_us).date().isoformat())


class Shift(Decision):
    """One person's day: the rounds closed, and the hand-overs offered by others."""

    TOPIC = "shift"

    class Opened(FirstEvent):
        """The first that is known of this person's shift on this day."""

        TOPIC = "shift.Opened"
        person: str

    class Ended(Decision.Event):
        """A round was closed; `place` and `next` None as in `ClosedRound`."""

        TOPIC = "shift.Ended"
        office: str
        place: str | None
        since_us: int
        confirmed: list[str]
        unseen: list[str]
        next: str | None

    class Offered(Decision.Event):
        """Another names this person as the one who takes over."""

        TOPIC = "shift.Offered"
        by: str
        ended_us: int

    @event(Opened)
    def __init__(self, *, id: UUID, timestamp: datetime, person: str) -> None:
        self.person = person
        self.ended: list[ClosedRound] = []
        self.offered: list[Offer] = []

    @event(Ended)
    def end(
        self,
        *,
        office: str,
        place: str | None,
        since_us: Micros,
        confirmed: list[str],
        unseen: list[str],
        next: str | None,
        timestamp: datetime,
    ) -> None:
        """Close a round."""
        self.ended.append(
            ClosedRound(
                person=self.person,
                office=office,
                place=place,
                since_us=since_us,
                ended_us=micros(timestamp),
                confirmed=tuple(confirmed),
                unseen=tuple(unseen),
                next=next,
            )
        )

    @event(Offered)
    def offer(self, *, by: str, ended_us: Micros, timestamp: datetime) -> None:
        """Note that another names this person."""
        self.offered.append(Offer(by, ended_us))
