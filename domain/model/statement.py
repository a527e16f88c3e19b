"""What a page kept in the vault beside a fact: an opaque id, never the words or the photo."""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id


def statement_id(key: str) -> UUID:
    """The id of what was written beside the fact with that key."""
    return decision_id("statement", key)


def photo_statement_id(digest: str) -> UUID:
    """The id of the photo itself: kept once, whichever of the facts that show it was the first."""
    return decision_id("photo", digest)


class Statement(Decision):
    """`key` is the fact's; `text` the vault's id of the words, or of the photo."""

    TOPIC = "statement"

    class Worded(FirstEvent):
        """Its coded reason was not enough, or nobody had kept that photo before."""

        TOPIC = "statement.Worded"
        key: str
        text: str

    @event(Worded)
    def __init__(self, *, id: UUID, timestamp: datetime, key: str, text: str) -> None:
        self.key = key
        self.text = text
