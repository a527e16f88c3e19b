"""What people decided about discrepancies, as rows: the projection writes them, the queries read.

A row is kept whatever evidence says later, so that the board can say what became of it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)

from adapters.read_model.engine import among
from adapters.read_model.tables import Tables
from domain.model.decision import Decision
from domain.model.discrepancy import Handling
from domain.model.instants import Micros, micros

HandlingEvent = Decision.Event
HANDLING_EVENTS: tuple[type[HandlingEvent], ...] = (
    Handling.TakenUp,
    Handling.Explained,
    Handling.Assigned,
    Handling.Closed,
    Handling.Reopened,
)
_IDENTITY = ("code", "subject", "key")


class Handlings:
    """The handlings in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        handling = self._handling = tables.handling
        self._repeat = tables.repeat
        self._add = insert(handling)
        self._change = update(handling).where(handling.c.decision == bindparam("of"))

    def take(self, connection: Connection, events: Sequence[HandlingEvent]) -> None:
        """Store what was decided, in the order of the log; people write few of these a day."""
        for event in events:
            if isinstance(event, Handling.TakenUp):
                connection.execute(self._add, _row(event))
            else:
                changed = self._change.values(acted_us=micros(event.timestamp), **_said(event))
                connection.execute(changed, {"of": event.originator_id.hex})

    def closed(self, flag: Any, subject: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether a person has closed the discrepancy in this row."""
        handling = self._handling.c
        return exists().where(
            handling.subject == subject,
            handling.code == flag.code,
            handling.key == flag.key,
            handling.closed_us.is_not(None),
        )

    def outlived(self) -> ColumnElement[bool]:
        """Of a row of `repeat`: people had closed what it stands behind, and it is the first since.

        Rule 9: a further cause adds nothing only while one of its code is open on the subject.
        """
        handling, mine = self._handling.c, self._repeat.c
        one, between = self._repeat.alias("one"), self._repeat.alias("between")

        def together(other: Any) -> ColumnElement[bool]:
            return and_(*(other[name] == mine[name] for name in ("subject", "code", "behind")))

        keys = select(one.c.key).where(together(one.c)).correlate(self._repeat)
        sooner = or_(
            between.c.opened_us < mine.opened_us,
            and_(between.c.opened_us == mine.opened_us, between.c.key < mine.key),
        )
        return exists().where(
            handling.subject == mine.subject,
            handling.code == mine.code,
            or_(handling.key == mine.behind, handling.key.in_(keys)),
            handling.closed_us < mine.opened_us,
            ~exists()
            .where(together(between.c), between.c.opened_us > handling.closed_us, sooner)
            .correlate(self._repeat, self._handling),
        )

    def joined(self, flags: FromClause) -> ColumnElement[bool]:
        """What joins a handling to its discrepancy."""
        return and_(*(self._handling.c[name] == flags.c[name] for name in _IDENTITY))

    def of_subjects(self) -> Select[Any]:
        """The closed ones on the subjects in the parameter `wanted`."""
        handling = self._handling.c
        return select(*(handling[name] for name in _IDENTITY), handling.closed_us).where(
            among(handling.subject, "wanted"), handling.closed_us.is_not(None)
        )

    def done(self, flags: FromClause, now_us: Micros) -> Select[Any]:
        """Those that are open no more, and whether evidence says so; the newest act first."""
        handling = self._handling.c
        stands = and_(
            flags.c.subject.is_not(None),
            or_(flags.c.closed_us.is_(None), flags.c.closed_us > now_us),
        )
        names = (*_IDENTITY, "opened_us", "acted_us", "assigned", "closed_by")
        return (
            select(
                *(handling[name] for name in names),
                handling.closed_us.label("settled_us"),
                stands.label("stands"),
            )
            .select_from(self._handling.outerjoin(flags, self.joined(flags)))
            .where(or_(handling.closed_us.is_not(None), ~stands))
            .order_by(handling.acted_us.desc(), *(handling[name] for name in _IDENTITY))
        )


def _row(event: Handling.TakenUp) -> dict[str, Any]:
    return {
        "code": event.code,
        "subject": event.subject,
        "key": event.key,
        "decision": event.originator_id.hex,
        "opened_us": event.opened_us,
        "acted_us": micros(event.timestamp),
        "assigned": None,
        "closed_us": None,
        "closed_by": None,
    }


def _said(event: HandlingEvent) -> dict[str, Any]:
    match event:
        case Handling.Assigned(to=to):
            return {"assigned": to}
        case Handling.Closed(by=by):
            return {"closed_us": micros(event.timestamp), "closed_by": by}
        case Handling.Reopened():
            return {"closed_us": None, "closed_by": None}
    return {}
