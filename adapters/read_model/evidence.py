"""Takes facts in, each once, under its labels and in its place in time; for the projection.

What amends a fact is filed together with it: the undo of a scan bears on every label of the scan,
and a scan that was put to another dossier bears on that one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects import sqlite

from adapters.read_model.engine import among, listed
from adapters.read_model.fact_rows import (
    MOVING,
    OFFICES,
    FactRows,
    Identity,
    Stored,
    amended_by,
    identity,
    merged,
    pouches_named,
    row,
)
from adapters.read_model.station_times import StationTimes, Void
from adapters.read_model.tables import Tables
from domain.model.fact import OFFICE_SUCCEEDED, Fact, labels_named
from domain.model.station_time import Timed


class Evidence:
    """The evidence in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        fact, filed = tables.fact, tables.fact_label
        self._facts = FactRows(tables)
        self._times = StationTimes(tables)
        self._last_id = select(func.coalesce(func.max(fact.c.id), 0))
        self._add = insert(fact)
        self._place = (
            update(fact)
            .where(fact.c.id == bindparam("number"))
            .values({name: bindparam(name) for name in MOVING})
        )
        self._file = sqlite.insert(filed).on_conflict_do_nothing()
        self._amend = sqlite.insert(tables.amendment)
        self._join = sqlite.insert(tables.membership).on_conflict_do_nothing()
        self._filed_under = select(filed.c.label).distinct().where(among(filed.c.fact_id, "wanted"))

    def take(
        self, connection: Connection, stated: Iterable[Fact], voids: Collection[Void]
    ) -> set[str]:
        """Store what is new; answers every label for which something may have changed."""
        told: dict[Identity, Fact] = {}
        for fact in stated:
            name = identity(fact)
            told[name] = merged(told[name], fact) if name in told else fact
        if not told and not voids:
            return set()
        new, tightened = self._sifted(connection, told)
        placed = self._times.settle(connection, new=new, tightened=tightened, voids=voids)
        added = [each for each in placed if identity(each.timed.fact) in new]
        moved = [each for each in placed if identity(each.timed.fact) not in new]
        if added:
            connection.execute(self._add, [row(each) for each in added])
            amended = [
                {"target": key, "fact_id": each.id}
                for each in added
                for key in amended_by(each.timed.fact)
            ]
            if amended:
                connection.execute(self._amend, amended)
        if moved:
            rows = [row(each) for each in moved]
            connection.execute(
                self._place,
                [{"number": each["id"]} | {name: each[name] for name in MOVING} for each in rows],
            )
        touched = self._filed(connection, added)
        if moved:
            wanted = {"wanted": listed(each.id for each in moved)}
            touched.update(connection.execute(self._filed_under, wanted).scalars())
        return touched

    def _sifted(
        self, connection: Connection, told: Mapping[Identity, Fact]
    ) -> tuple[dict[Identity, Stored], dict[Identity, Stored]]:
        """What was never told, with fresh numbers; and what is now known more tightly."""
        keys = {key for key, _ in told}
        known = {identity(each.timed.fact): each for each in self._facts.by_key(connection, keys)}
        number = connection.execute(self._last_id).scalar_one()
        new, tightened = {}, {}
        for name, fact in told.items():
            if name not in known:
                number += 1
                new[name] = Stored(number, Timed(fact, fact.at_us))
            elif (both := merged(known[name].timed.fact, fact)) != known[name].timed.fact:
                tightened[name] = Stored(known[name].id, Timed(both, both.at_us))
        return new, tightened

    def _filed(self, connection: Connection, added: Collection[Stored]) -> set[str]:
        """File what is new under its labels, and under those of what it amends or is amended by."""
        groups = self._bound_together(connection, added)
        filed: list[dict[str, Any]] = []
        joined: set[tuple[str, str]] = set()
        touched: set[str] = set()
        for group in groups:
            labels: set[str] = set()
            pouches: set[str] = set()
            for each in group:
                labels.update(_streams(each.timed.fact))
                pouches.update(pouches_named(each.timed.fact))
            touched |= labels
            filed += [{"label": label, "fact_id": each.id} for each in group for label in labels]
            joined.update((label, pouch) for pouch in pouches for label in labels if label != pouch)
        if filed:
            connection.execute(self._file, filed)
        if joined:
            connection.execute(
                self._join, [{"label": label, "pouch": pouch} for label, pouch in joined]
            )
        return touched

    def _bound_together(
        self, connection: Connection, added: Collection[Stored]
    ) -> list[list[Stored]]:
        """The new facts in groups, each with all that amends or is amended by any of it."""
        found = {each.id: each for each in added}
        frontier = list(added)
        while frontier:  # ends: every round adds facts, and there are only so many
            targets = {key for each in frontier for key in amended_by(each.timed.fact)}
            near = self._facts.amending(connection, {each.timed.fact.key for each in frontier})
            near += self._facts.by_key(connection, targets)
            frontier = [each for each in near if each.id not in found]
            found.update((each.id, each) for each in frontier)
        return _groups(found.values())


def _groups(facts: Collection[Stored]) -> list[list[Stored]]:
    """Facts in one group exactly if a chain of targets leads from one to the other.

    By number, not by key: two entries under one key belong together only if something amends them.
    """
    parent = {each.id: each.id for each in facts}
    under: dict[str, list[int]] = defaultdict(list)
    for each in facts:
        under[each.timed.fact.key].append(each.id)

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for each in facts:
        for target in amended_by(each.timed.fact):
            for number in under.get(target, ()):
                parent[root(each.id)] = root(number)
    groups: dict[int, list[Stored]] = defaultdict(list)
    for each in facts:
        groups[root(each.id)].append(each)
    return list(groups.values())


def _streams(fact: Fact) -> list[str]:
    """The labels under which the fact is filed."""
    named = labels_named(fact)
    return [*named, OFFICES] if fact.fact == OFFICE_SUCCEEDED else named
