"""Under which labels and fillings facts are filed, and what was ever named together.

Used by the evidence for what comes in, and by the long fold for all there is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import product

from sqlalchemy import Connection

from adapters.read_model.engine import add_missing
from adapters.read_model.fact_rows import OFFICES, Stored, amended_by, pouches_named
from adapters.read_model.fillings import Cuts, name_of
from adapters.read_model.tables import Tables
from domain.model.corrections import AMENDING, amend
from domain.model.custody_fillings import happened_us
from domain.model.fact import OFFICE_SUCCEEDED, Fact, labels_named
from domain.model.instants import Micros
from domain.model.labels import POUCH_KIND


class Filing:
    """The filing in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        self._filed_under, self._member = tables.fact_label, tables.membership

    def file(self, connection: Connection, groups: Iterable["Group"], cuts: Cuts) -> set[str]:
        """File these; answers each dossier and filling concerned."""
        filed: set[tuple[str, int]] = set()
        pairs: set[tuple[str, str]] = set()
        touched: set[str] = set()
        for group in groups:
            pairs.update(product(group.labels, group.pouches))
            for each in group.facts:
                at_us = happened_us(each.timed)
                within = {name_of(bag, cuts[bag], at_us) for bag in group.bags}
                filed.update((name, each.id) for name in group.labels | within)
                names = group.dossiers | within
                pairs.update(product(names, within))
                touched |= names
        if filed:
            add_missing(connection, self._filed_under, sorted(filed))
        rows = sorted((name, pouch) for name, pouch in pairs if name != pouch)
        if rows:
            add_missing(connection, self._member, rows)
        return touched


class Group:
    """Facts that amend one another, or one alone."""

    def __init__(self, facts: Collection[Stored]) -> None:
        self.facts = facts
        timed = [each.timed for each in facts]
        self.labels = {label for one in timed for label in _streams(one.fact)}
        self.pouches = {label for one in timed for label in pouches_named(one.fact)}
        self.bags = {label for label in self.labels if label[:1] == POUCH_KIND}
        self.dossiers = self.labels - self.bags

    def from_us(self, earliest: Mapping[str, Micros]) -> Micros:
        """The earliest instant of which they speak, or any other under one of their keys."""
        timed = [each.timed for each in self.facts]
        instants = [earliest[one.fact.key] for one in timed]
        if any(one.fact.fact in AMENDING for one in timed):
            standing, _ = amend(timed)
            instants += [happened_us(one.timed) for one in standing if one.amended]
        return min(instants)


def groups_of(facts: Collection[Stored]) -> list[Group]:
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

    bound = False
    for each in facts:
        for target in amended_by(each.timed.fact):
            for number in under.get(target, ()):
                parent[root(each.id)] = root(number)
                bound = True
    if not bound:
        return [Group([each]) for each in facts]
    groups: dict[int, list[Stored]] = defaultdict(list)
    for each in facts:
        groups[root(each.id)].append(each)
    return [Group(each) for each in groups.values()]


def _streams(fact: Fact) -> list[str]:
    """The labels under which the fact is filed."""
    named = labels_named(fact)
    return [*named, OFFICES] if fact.fact == OFFICE_SUCCEEDED else named
