"""Giving out label numbers, for printing ahead and for registrations; never one twice."""

from collections.abc import Collection
from datetime import datetime

from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import BadCode, NotFound, Refusal
from domain.model.instants import Micros, local
from domain.model.labels import Kind, Label
from domain.model.number_block import (
    EVERY_ISSUER,
    FIRST_SERIAL,
    NumberBlock,
    number_block_id,
)
from domain.model.office import Office, office_id
from domain.model.policy import Act, Actor, demand
from domain.model.stickers import Binding, binding_id
from domain.ports.clock import Clock
from domain.ports.stores import EventLog, first

SERVER = "server"  # the holder of numbers that the server itself gives out
CHUNK = 100  # serials taken at a time: one event for so many registrations
MOST_RESERVED = 10_000  # in one request; a roll of stickers has 1,000 to 5,000


class TooManyNumbers(Refusal):
    """The holder has been given more numbers this year than it can use; values: most."""

    code = "TOO_MANY_NUMBERS"


def named_already(log: EventLog, labels: Collection[str]) -> set[str]:
    """Those that a dossier was registered under or that are stuck on one, by the log."""
    dossiers = log.load(Dossier, [dossier_id(label) for label in labels]).values()
    stuck = log.load(Binding, [binding_id(label) for label in labels]).values()
    return {one.label for one in dossiers} | {one.label for one in stuck}


class NumberSource:
    """Serials per kind and issuer. Runs on the writer thread only.

    A number that somebody stuck on a dossier or typed for one by hand is passed over.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._stock: dict[tuple[Kind, int, int], list[str]] = {}

    def take(self, kind: Kind, issuer: int, *, now_us: Micros) -> str:
        """One label, from the server's stock; what a restart leaves in it is never given out."""
        year = local(now_us).year % 100
        while True:
            stock = self._stock.get((kind, issuer, year))
            if not stock:
                stock = self.reserve(kind, issuer, count=CHUNK, holder=SERVER, now_us=now_us)
                stock.reverse()
                self._stock[kind, issuer, year] = stock
            label = stock.pop()
            if not named_already(self._log, [label]):
                return label

    def reserve(
        self,
        kind: Kind,
        issuer: int,
        *,
        count: int,
        holder: str,
        now_us: Micros,
        most: int | None = None,
    ) -> list[str]:
        """The next `count` labels of this year, saved as the holder's; `most` in the year.

        Raises `NumbersExhausted` and `TooManyNumbers`.
        """
        timestamp = moment(now_us)
        block = self._block(kind, issuer, local(now_us).year % 100, timestamp)
        if most is not None and block.held_by(holder) + count > most:
            raise TooManyNumbers(most=most)
        labels: list[str] = []
        while missing := count - len(labels):
            more = block.reserve(count=missing, holder=holder, timestamp=timestamp)
            named = named_already(self._log, more)
            labels += [label for label in more if label not in named]
        self._log.save(block)
        return labels

    def holder_of(self, label: Label) -> str | None:
        """Who was given the number; `LEFT_OUT` where a restore has lost that, None for nobody."""
        block = self._block(label.kind, label.issuer, label.year, moment(0))
        return block.holder_of(label.serial)

    def _block(self, kind: Kind, issuer: int, year: int, timestamp: datetime) -> NumberBlock:
        """As it stands, or begun without the numbers that a restore left out of all."""
        own, every = (number_block_id(kind, each, year) for each in (issuer, EVERY_ISSUER))
        known = self._log.load(NumberBlock, [own, every])
        if own in known:
            return known[own]
        block = NumberBlock(id=own, timestamp=timestamp, kind=int(kind), issuer=issuer, year=year)
        if every in known:
            left_out = known[every].next_serial - FIRST_SERIAL
            block.leave_out(count=left_out, timestamp=timestamp)
        return block


class ReserveLabels:
    """Numbers for labels printed ahead, of dossiers, pouches, pieces or places."""

    def __init__(self, *, log: EventLog, numbers: NumberSource, clock: Clock) -> None:
        self._log = log
        self._numbers = numbers
        self._clock = clock

    def __call__(self, kind: Kind, *, office: str, count: int, actor: Actor | None) -> list[str]:
        """The labels, in order; raises `NotAllowed`, `NotFound`, `BadCode`, `NumbersExhausted`."""
        demand(actor, Act.PRINT_LABEL)
        if not 1 <= count <= MOST_RESERVED:
            raise BadCode(field="count", text=str(count))
        issuing = first(self._log.load(Office, [office_id(office)]))
        if issuing is None:
            raise NotFound(what="office", code=office)
        now_us = self._clock.now_us()
        return self._numbers.reserve(
            kind, issuing.issuer, count=count, holder=office, now_us=now_us
        )
