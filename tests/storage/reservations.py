"""What the tests of both event logs save and count."""

from domain.model.decision import moment
from domain.model.journal import Listed
from domain.model.number_block import NumberBlock
from domain.ports.stores import EventLog


def count(log: EventLog) -> int:
    """How many events there are but for those of registers, which follow from the others."""
    events = [each.event for each in log.notifications(after=0, limit=10_000)]
    return sum(not isinstance(event, Listed) for event in events)


def reserve(block: NumberBlock, many: int = 1) -> NumberBlock:
    block.reserve(count=many, holder="Q1", timestamp=moment(0))
    return block
