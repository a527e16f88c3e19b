"""What was decided about dossiers, as rows; used by the projection and by the refold."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import sqlite

from adapters.read_model.engine import among, listed
from adapters.read_model.tables import Tables
from domain.model.dossier import Dossier

CaseEvent = Dossier.Registered | Dossier.CodeBound


class Cases:
    """The cases in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        case = tables.dossier_case
        self._add = sqlite.insert(case)
        self._bind = (
            update(case)
            .where(case.c.decision == bindparam("of"))
            .values(official_code=bindparam("bound"))
        )
        self._labels = select(case.c.label).where(among(case.c.decision, "wanted"))
        self._of_labels = select(case).where(among(case.c.label, "wanted"))

    def take(self, connection: Connection, events: Sequence[CaseEvent]) -> set[str]:
        """Store what was decided, in the order of the log; answers the labels concerned."""
        registered = [_row(each) for each in events if isinstance(each, Dossier.Registered)]
        bound = [
            {"of": each.originator_id.hex, "bound": each.official_code}
            for each in events
            if isinstance(each, Dossier.CodeBound)
        ]
        if registered:
            connection.execute(self._add, registered)
        if not bound:
            return {row["label"] for row in registered}
        connection.execute(self._bind, bound)  # a code is bound once, so the order does not matter
        wanted = {"wanted": listed({each["of"] for each in bound})}
        labels = connection.execute(self._labels, wanted).scalars()
        return {row["label"] for row in registered}.union(labels)

    def of_labels(self, connection: Connection, labels: Iterable[str]) -> dict[str, Any]:
        """The rows of the cases under these labels."""
        rows = connection.execute(self._of_labels, {"wanted": listed(labels)})
        return {row.label: row for row in rows}


def _row(event: Dossier.Registered) -> dict[str, Any]:
    return {
        "label": event.label,
        "decision": event.originator_id.hex,
        "procedure": event.procedure,
        "procedure_version": event.procedure_version,
        "office": event.office,
        "received_us": event.received_us,
        "official_code": event.official_code,
        "promised_us": event.due_us,
        "calendar_version": event.calendar_version,
    }
