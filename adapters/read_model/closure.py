"""The labels and facts that bear on a label: its own, its pouches', and all named with those.

Used by the refold, and by the queries for a trace. The fold of a dossier is right only together
with these (`facts.md` §4), because a pouch carries what is in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, select, union

from adapters.read_model.engine import among, listed
from adapters.read_model.fact_rows import OFFICES, FactRows, Stored
from adapters.read_model.fillings import AT, EVER, Fillings, name_of, named
from adapters.read_model.tables import Tables
from domain.model.custody_fillings import happened_us
from domain.model.custody_state import Filling
from domain.model.fact import labels_named
from domain.model.labels import POUCH_KIND
from domain.model.station_time import Timed


@dataclass(frozen=True, slots=True)
class Around:
    """Numbered facts in order, and how those pouches stood of which earlier ones are left out."""

    stored: Sequence[Stored]
    begun: Sequence[Filling]
    names: set[str]  # of the dossiers and fillings told of

    @property
    def timed(self) -> list[Timed]:
        """The facts alone."""
        return [each.timed for each in self.stored]


class Closure:
    """Reads one set of tables; its statements are built once. `remembered`: see `FactRows`."""

    def __init__(self, tables: Tables, *, remembered: int = 0) -> None:
        self._fillings = Fillings(tables)
        member = tables.membership.c
        self._were_in = select(member.pouch).where(
            among(member.label, "labels"), member.pouch.contains(AT)
        )
        self._beside = select(member.label).where(among(member.pouch, "fillings"))
        self._whole = _together(tables, in_fillings=False)
        self._parts = _together(tables, in_fillings=True)
        self._facts = FactRows(tables, remembered=remembered)

    def moving_with(
        self, connection: Connection, names: Collection[str]
    ) -> tuple[set[str], dict[str, str]]:
        """Dossiers and fillings that were told of, and all whose rows may be others by that.

        And of the pouches among them the newest fillings.

        Those beside them in the newest filling of a pouch. A filling that is over ended before what
        was told now, else it would have been joined to the next (`Evidence`): its pouch was closed
        and empty, and nothing about it was pending, so what was beside them there is as it was.
        """
        were_in = set(connection.execute(self._were_in, {"labels": listed(names)}).scalars())
        were_in |= {name for name in names if AT in name}
        if not were_in:
            return set(names), {}
        cuts = self._fillings.cuts(connection, {named(each)[0] for each in were_in})
        newest = {pouch: name_of(pouch, at, EVER) for pouch, at in cuts.items()}
        filled = were_in.intersection(newest.values())
        beside = connection.execute(self._beside, {"fillings": listed(filled)}).scalars()
        return set(names).union(filled, beside), newest

    def widened(self, connection: Connection, names: Collection[str]) -> set[str]:
        """Dossiers and fillings, every filling they were in, and whatever was in those."""
        rows = connection.execute(self._parts, {"labels": listed(names)})
        return set(names).union(rows.scalars())

    def around(self, connection: Connection, names: Collection[str]) -> Around:
        """What the fold needs to be right about these dossiers and fillings."""
        wide = self.widened(connection, names)
        found = _in_order(self._facts.of_labels(connection, wide | {OFFICES}))
        return Around(found, self._fillings.begun(connection, wide), wide)

    def bearing_on(self, connection: Connection, labels: Collection[str]) -> Around:
        """As `around`, of dossiers; of a pouch all through its history."""
        if any(label[:1] == POUCH_KIND for label in labels):
            return Around(self._whole_around(connection, labels), (), set())
        return self.around(connection, labels)

    def facts_around(self, connection: Connection, labels: Collection[str]) -> list[Timed]:
        """What the fold needs to be right about these labels all through their histories."""
        return [stored.timed for stored in self._whole_around(connection, labels)]

    def _whole_around(self, connection: Connection, labels: Collection[str]) -> list[Stored]:
        rows = connection.execute(self._whole, {"labels": listed(labels)})
        wide = {OFFICES}.union(labels, rows.scalars())
        return _in_order(self._facts.of_labels(connection, wide))

    def around_scans(
        self, connection: Connection, labels: Collection[str], digests: Collection[str]
    ) -> Around:
        """As `around`, of labels that these scans name, with the fillings into which they fall.

        Mostly the newest; for one told long after, whole histories.
        """
        cuts = self._fillings.cuts(connection, {each for each in labels if each[:1] == POUCH_KIND})
        newest = {name_of(pouch, at, EVER) for pouch, at in cuts.items()}
        around = self.around(connection, newest.union(labels) - cuts.keys())
        scans = [each.timed for each in around.stored if each.timed.fact.digest in digests]
        falls_into = {
            name_of(pouch, cuts[pouch], happened_us(scan))
            for scan in scans
            for pouch in cuts.keys() & labels_named(scan.fact)
        }
        if len(scans) == len(digests) and falls_into <= around.names:
            return around
        return Around(self._whole_around(connection, labels), (), set())


def _together(tables: Tables, *, in_fillings: bool) -> CompoundSelect[Any]:
    """Every pouch, or filling, named with the parameter `labels`, and all that is named with it."""
    member = tables.membership.c

    def of_that_kind(name: ColumnElement[str]) -> ColumnElement[bool]:
        return name.contains(AT) if in_fillings else ~name.contains(AT)

    pouches = union(
        select(member.pouch).where(among(member.label, "labels"), of_that_kind(member.pouch)),
        select(member.pouch).where(among(member.pouch, "labels"), of_that_kind(member.pouch)),
    ).cte("pouches")
    return union(
        select(pouches.c.pouch),
        select(member.label).where(member.pouch.in_(select(pouches.c.pouch))),
    )


def _in_order(stored: list[Stored]) -> list[Stored]:
    return sorted(stored, key=lambda each: each.timed.order)
