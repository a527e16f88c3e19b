"""Takes facts in, each once, under its labels and in its place in time; for the projection.

What amends a fact is filed together with it: the undo of a scan bears on every label of the scan,
and a scan that was put to another dossier bears on that one.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, insert, select, update

from adapters.read_model.engine import add_rows, among, listed
from adapters.read_model.fact_rows import (
    MOVING,
    OFFICES,
    FactRows,
    Heard,
    Identity,
    Stored,
    identity,
    merged,
    row,
)
from adapters.read_model.filing import Filing, Group, groups_of
from adapters.read_model.fillings import AT, Cuts, Fillings, named
from adapters.read_model.station_times import StationTimes, Void
from adapters.read_model.tables import Tables
from domain.model.custody_fillings import happened_us
from domain.model.fact import Fact, aims
from domain.model.instants import Micros
from domain.model.station_time import Timed


class Evidence:
    """The evidence in one set of tables."""

    def __init__(self, tables: Tables, *, heard: Heard | None = None) -> None:
        """`heard`: of everything that is in the tables, where nobody else writes to them."""
        fact = tables.fact
        self._facts = FactRows(tables, heard=heard)
        self._times = StationTimes(tables, self._facts)
        self._last_id = select(func.coalesce(func.max(fact.c.id), 0))
        self._add = insert(fact)
        self._place = (
            update(fact)
            .where(fact.c.id == bindparam("number"))
            .values({name: bindparam(name) for name in MOVING})
        )
        self._amend = insert(tables.amendment)
        self._filing = Filing(tables)
        self._stood = select(fact.c.id, fact.c.effective_us).where(among(fact.c.id, "wanted"))
        self._fillings = Fillings(tables)
        member = tables.membership.c
        self._were_in = select(member.label, member.pouch).where(
            among(member.label, "wanted"), member.pouch.contains(AT)
        )

    def take(
        self, connection: Connection, stated: Iterable[Fact], voids: Collection[Void]
    ) -> set[str]:
        """Store what is new; answers each dossier and filling that may have changed by it."""
        changed, stood = self._stored(connection, stated, voids)
        return self._filed(connection, changed, stood) if changed else set()

    def store(
        self, connection: Connection, stated: Iterable[Fact], voids: Collection[Void]
    ) -> None:
        """As `take`, and file nothing: whoever files all of it at the end says under what."""
        self._stored(connection, stated, voids)

    def _stored(
        self, connection: Connection, stated: Iterable[Fact], voids: Collection[Void]
    ) -> tuple[list[Stored], dict[int, Micros]]:
        """What is new, or has another place in time; and where it stood before."""
        told: dict[Identity, Fact] = {}
        for fact in stated:
            name = identity(fact)
            told[name] = merged(told[name], fact) if name in told else fact
        if not told and not voids:
            return [], {}
        new, tightened = self._sifted(connection, told)
        placed = self._times.settle(connection, new=new, tightened=tightened, voids=voids)
        added = [each for each in placed if identity(each.timed.fact) in new]
        moved = [each for each in placed if identity(each.timed.fact) not in new]
        if added:
            add_rows(connection, self._add, [row(each) for each in added])
            amended = [
                {"target": key, "fact_id": each.id}
                for each in added
                for key in aims(each.timed.fact)
            ]
            if amended:
                connection.execute(self._amend, amended)
            self._facts.hear(each.timed.fact for each in added)
        return [*added, *moved], self._moved(connection, moved) if moved else {}

    def _moved(self, connection: Connection, moved: Collection[Stored]) -> dict[int, Micros]:
        """Where these stood before they were put in their new place."""
        wanted = {"wanted": listed(each.id for each in moved)}
        stood = {row.id: row.effective_us for row in connection.execute(self._stood, wanted)}
        rows = [row(each) for each in moved]
        connection.execute(
            self._place,
            [{"number": each["id"]} | {name: each[name] for name in MOVING} for each in rows],
        )
        return stood

    def _sifted(
        self, connection: Connection, told: Mapping[Identity, Fact]
    ) -> tuple[dict[Identity, Stored], dict[Identity, Stored]]:
        """What was never told, with fresh numbers; and what is now known more tightly."""
        known = {
            identity(each.timed.fact): each for each in self._facts.told(connection, told.values())
        }
        number = connection.execute(self._last_id).scalar_one()
        new, tightened = {}, {}
        for name, fact in told.items():
            if name not in known:
                number += 1
                new[name] = Stored(number, Timed(fact, fact.at_us))
            elif (both := merged(known[name].timed.fact, fact)) != known[name].timed.fact:
                tightened[name] = Stored(known[name].id, Timed(both, both.at_us))
        return new, tightened

    def _filed(
        self, connection: Connection, changed: Collection[Stored], stood: Mapping[int, Micros]
    ) -> set[str]:
        """File facts under labels and fillings, with all that they are bound together with.

        `stood`: where those that have moved stood before.
        """
        groups, earliest = self._bound_together(connection, changed, stood)
        cuts, grown = self._joined(connection, groups, earliest)
        return grown | self._filing.file(connection, groups, cuts, stood)

    def _joined(
        self, connection: Connection, groups: Collection[Group], earliest: Mapping[str, Micros]
    ) -> tuple[Cuts, set[str]]:
        """Take away the cuts that this may have moved; what is left, and the fillings that grew."""
        since: dict[str, Micros] = {}
        dossiers: dict[str, Micros] = {}
        for group in groups:
            from_us = group.from_us(earliest)
            for label in group.labels:
                kind = since if label in group.bags else dossiers
                kind[label] = min(kind.get(label, from_us), from_us)
        were_in = connection.execute(self._were_in, {"wanted": listed(dossiers)}).all()
        near = {named(row.pouch)[0] for row in were_in}
        if OFFICES in dossiers:
            near |= (later := self._fillings.cut_since(connection, dossiers[OFFICES]))
            since |= {
                pouch: min(since.get(pouch, dossiers[OFFICES]), dossiers[OFFICES])
                for pouch in later
            }
        cuts = self._fillings.cuts(connection, near | since.keys())
        for label, filling in were_in:  # told of what may have been before its filling was over
            pouch, begun_us = named(filling)
            ends_us = next((cut_us for cut_us in cuts[pouch] if cut_us > begun_us), None)
            if ends_us is not None and dossiers[label] <= ends_us:
                since[pouch] = min(since.get(pouch, ends_us), ends_us)
        return cuts, self._fillings.join(connection, cuts, since)

    def _bound_together(
        self, connection: Connection, changed: Collection[Stored], stood: Mapping[int, Micros]
    ) -> tuple[list[Group], dict[str, Micros]]:
        """Facts in groups, each with all that amends or is amended by any of it.

        And, by key, the earliest instant at which anything under it stands or stood.
        """
        found = {each.id: each for each in changed}
        frontier = list(changed)
        while frontier:  # ends: every round adds facts, and there are only so many
            facts = [each.timed.fact for each in frontier]
            frontier = self._facts.near(connection, facts, but=found.keys())
            found.update((each.id, each) for each in frontier)
        earliest: dict[str, Micros] = {}  # by key
        for each in found.values():
            key, at_us = each.timed.fact.key, happened_us(each.timed)
            earliest[key] = min(earliest.get(key, at_us), stood.get(each.id, at_us), at_us)
        return groups_of(found.values()), earliest
