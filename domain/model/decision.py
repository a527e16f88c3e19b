"""What every decision aggregate is: no id made, no clock read; used by all that can be refused.

The library's defaults draw a random id and read the clock, so a replayed day would differ from the
day it replays. Here both are arguments, and leaving one out is a `TypeError`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NoReturn
from uuid import UUID, uuid5

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate

from domain.model.instants import Micros

_DECISIONS = UUID("5b3c8a52-6f0e-5d0c-9a39-0c6f2f2f6a01")  # for ever: stored ids follow from it
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decision_id(kind: str, *parts: object) -> UUID:
    """The one id of a decision: version 5 from its kind and the codes that name it."""
    return uuid5(_DECISIONS, "|".join((kind, *map(str, parts))))


def moment(instant_us: Micros) -> datetime:
    """The aware UTC datetime that events carry as their `timestamp`."""
    return _EPOCH + timedelta(microseconds=instant_us)


class Decision(BaseAggregate[UUID]):
    """Base of the aggregates; `LISTED` kinds can be enumerated by the event log."""

    LISTED: ClassVar[bool] = False

    @staticmethod
    def create_id(*_: Any, **__: Any) -> NoReturn:
        """No id is made up: pass `id`."""
        raise TypeError("a decision needs an explicit id")

    class Event(AggregateEvent):
        """Base of every event of a decision; it carries the `timestamp` it was given."""

        @staticmethod
        def create_timestamp() -> NoReturn:
            """No clock is read: pass `timestamp`."""
            raise TypeError("a decision needs an explicit timestamp")


class FirstEvent(Decision.Event, AggregateCreated):
    """Base of the event that brings a decision into being."""
