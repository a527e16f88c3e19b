"""Serials of labels, given out once per kind, issuer and year; used wherever labels are made."""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from bisect import bisect_right
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import Refusal
from domain.model.labels import Kind, Label

FIRST_SERIAL = 1
LAST_SERIAL = 999_999
EVERY_ISSUER = 100_000  # no label's: what is left out of its block is left out of all begun later
LEFT_OUT = "restore"  # the holder of numbers that may stand on paper, nobody knows whose


class NumbersExhausted(Refusal):
    """The year's serials of a kind and issuer run out; values: kind, issuer, year, left."""

    code = "NUMBERS_EXHAUSTED"


def number_block_id(kind: Kind, issuer: int, year: int) -> UUID:
    """The id of the block that numbers this kind for this issuer in this year (two digits)."""
    return decision_id("number_block", int(kind), issuer, year)


class NumberBlock(Decision):
    """What was reserved is never given out again, used or not."""

    TOPIC = "number_block"
    LISTED: ClassVar[bool] = True

    class Opened(FirstEvent):
        """Numbering starts."""

        TOPIC = "number_block.Opened"
        kind: int
        issuer: int
        year: int

    class Reserved(Decision.Event):
        """`count` serials from `first` belong to `holder`: server, offline station, `LEFT_OUT`."""

        TOPIC = "number_block.Reserved"
        first: int
        count: int
        holder: str

    @event(Opened)
    def __init__(self, *, id: UUID, timestamp: datetime, kind: int, issuer: int, year: int) -> None:
        self.kind = Kind(kind)
        self.issuer = issuer
        self.year = year
        self.next_serial = FIRST_SERIAL
        self.reserved: list[tuple[int, int, str]] = []  # first, count, holder; in order

    def holder_of(self, serial: int) -> str | None:
        """Who was given the number; None while it is nobody's."""
        place = bisect_right(self.reserved, (serial, LAST_SERIAL, "")) - 1
        if place < 0:
            return None
        first, count, holder = self.reserved[place]
        return holder if serial < first + count else None

    def held_by(self, holder: str) -> int:
        """How many numbers the holder was given."""
        return sum(count for _, count, whose in self.reserved if whose == holder)

    def reserve(self, *, count: int, holder: str, timestamp: datetime) -> list[str]:
        """The next `count` labels; raises `NumbersExhausted`."""
        first, left = self.next_serial, self._left
        if count > left:
            raise NumbersExhausted(
                kind=int(self.kind), issuer=self.issuer, year=self.year, left=left
            )
        self._reserve(first=first, count=count, holder=holder, timestamp=timestamp)
        serials = range(first, first + count)
        return [str(Label(self.kind, self.issuer, self.year, serial)) for serial in serials]

    def leave_out(self, *, count: int, timestamp: datetime) -> None:
        """Give the next `count` to nobody, or all that are left."""
        if count := min(count, self._left):
            self._reserve(first=self.next_serial, count=count, holder=LEFT_OUT, timestamp=timestamp)

    @property
    def _left(self) -> int:
        return LAST_SERIAL - self.next_serial + 1

    @event(Reserved)
    def _reserve(self, *, first: int, count: int, holder: str, timestamp: datetime) -> None:
        self.next_serial = first + count
        self.reserved.append((first, count, holder))
