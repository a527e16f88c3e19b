"""What became of objections to charged minutes, as rows: the projection writes, journeys read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from adapters.read_model.engine import among
from adapters.read_model.tables import Tables
from domain.model.contest import Contest
from domain.model.decision import Decision

ContestEvent = Decision.Event
CONTEST_EVENTS: tuple[type[ContestEvent], ...] = (
    Contest.Raised,
    Contest.RaisedAgain,
    Contest.Upheld,
    Contest.Dismissed,
)
CHARGE = ("leg", "part", "account", "party", "run")


class Contests:
    """The contests in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.contest
        self._add = insert(self._table)
        self._change = update(self._table).where(self._table.c.decision == bindparam("of"))

    def take(self, connection: Connection, events: Sequence[ContestEvent]) -> None:
        """Store what was objected and decided, in the order of the log; there are few."""
        for event in events:
            if isinstance(event, Contest.Raised):
                connection.execute(self._add, _row(event))
            else:
                changed = self._change.values(**_said(event))
                connection.execute(changed, {"of": event.originator_id.hex})

    def of_labels(self) -> Select[Any]:
        """Label, charge, whose after all (None: as charged) and whether it waits for a decision.

        Of the dossiers in the parameter `wanted`.
        """
        row = self._table.c
        names = ("label", *CHARGE, "to_account", "to_party", "undecided")
        return select(*(row[name] for name in names)).where(among(row.label, "wanted"))


def _row(event: Contest.Raised) -> dict[str, Any]:
    return {
        "decision": event.originator_id.hex,
        "label": event.label,
        **{name: getattr(event, name) for name in CHARGE},
        "to_account": None,
        "to_party": None,
        "undecided": True,
    }


def _said(event: ContestEvent) -> dict[str, Any]:
    """What was decided last stands until the next decision."""
    match event:
        case Contest.Upheld(account=account, party=party):
            return {"to_account": account, "to_party": party, "undecided": False}
        case Contest.Dismissed():
            return {"to_account": None, "to_party": None, "undecided": False}
    return {"undecided": True}
