"""The labels and facts that bear on a label: its own, its pouches', and all named with those.

Used by the refold, and by the queries for a trace. The fold of a dossier is right only together
with these (`facts.md` §4), because a pouch carries what is in it.
"""

from collections.abc import Collection
from operator import attrgetter

from sqlalchemy import Connection, select, union

from adapters.read_model.engine import among, listed
from adapters.read_model.fact_rows import OFFICES, FactRows
from adapters.read_model.tables import Tables
from domain.model.station_time import Timed


class Closure:
    """Reads one set of tables; its statements are built once."""

    def __init__(self, tables: Tables) -> None:
        member = tables.membership.c
        pouches = union(
            select(member.pouch).where(among(member.label, "labels")),
            select(member.pouch).where(among(member.pouch, "labels")),
        ).cte("pouches")
        self._together = union(
            select(pouches.c.pouch),
            select(member.label).where(member.pouch.in_(select(pouches.c.pouch))),
        )
        self._facts = FactRows(tables)

    def widened(self, connection: Connection, labels: Collection[str]) -> set[str]:
        """The labels, every pouch ever named with them, and whatever was named with those."""
        rows = connection.execute(self._together, {"labels": listed(labels)})
        return set(labels).union(rows.scalars())

    def facts_around(self, connection: Connection, labels: Collection[str]) -> list[Timed]:
        """What the fold needs to be right about these labels, in order."""
        wide = self.widened(connection, labels) | {OFFICES}
        found = (stored.timed for stored in self._facts.of_labels(connection, wide))
        return sorted(found, key=attrgetter("order"))
