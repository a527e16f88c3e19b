"""Under which labels and fillings facts are filed, and what was ever named together.

Used by the evidence for what comes in, and by the long fold for all there is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import product

from sqlalchemy import Connection, delete

from adapters.read_model.engine import add_missing, add_tuples, among, listed
from adapters.read_model.fact_rows import OFFICES, Stored, pouches_named
from adapters.read_model.fillings import AT, Cuts, name_of
from adapters.read_model.tables import Tables
from domain.model.corrections import AMENDING, amend
from domain.model.custody_fillings import happened_us
from domain.model.fact import Fact, aims, labels_named, may_succeed
from domain.model.instants import Micros
from domain.model.labels import POUCH_KIND, RUN_KIND
from domain.model.runs import day_of

_NONE: Mapping[int, Micros] = {}


class Filing:
    """The filing in one set of tables; `once`: where no fact is filed a second time."""

    def __init__(self, tables: Tables, *, once: bool = False) -> None:
        filed = self._filed_under = tables.fact_label
        self._member = tables.membership
        self._take_off = delete(filed).where(
            among(filed.c.label, "names"), among(filed.c.fact_id, "numbers")
        )
        self._once = once

    def file(
        self,
        connection: Connection,
        groups: Iterable["Group"],
        cuts: Cuts,
        stood: Mapping[int, Micros] = _NONE,
    ) -> set[str]:
        """File these; answers each dossier and filling concerned, each run or card of runs.

        `stood`: where those that have moved stood before.
        """
        filed: set[tuple[str, int]] = set()
        pairs: set[tuple[str, str]] = set()
        touched: set[str] = set()
        moved: list[tuple[str, int]] = []  # in time, perhaps to another day's run
        for group in groups:
            pairs.update(product(group.labels, group.pouches))
            for each in group.facts:
                at_us = happened_us(each.timed)
                within = {name_of(bag, cuts[bag], at_us) for bag in group.bags}
                runs = {run_of(card, each.timed.effective_us) for card in group.cards}
                filed.update((name, each.id) for name in group.labels | within | runs)
                names = group.dossiers | within
                pairs.update(product(names, within))
                touched |= names - group.cards
                if each.id in stood:
                    moved += ((run_of(card, stood[each.id]), each.id) for card in group.cards)
            touched |= group.runs(stood)
        if moved:
            runs_left, numbers = map(set, zip(*moved, strict=True))
            told = {"names": listed(runs_left), "numbers": listed(numbers)}
            connection.execute(self._take_off, told)
        if filed and self._once:
            add_tuples(connection, self._filed_under, sorted(filed))
        elif filed:
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
        self.cards = {label for label in self.dossiers if label[:1] == RUN_KIND}

    def from_us(self, earliest: Mapping[str, Micros]) -> Micros:
        """The earliest instant of which they speak, or any other under one of their keys."""
        timed = [each.timed for each in self.facts]
        instants = [earliest[one.fact.key] for one in timed]
        if any(one.fact.fact in AMENDING for one in timed):
            standing, _ = amend(timed)
            instants += [happened_us(one.timed) for one in standing if one.amended]
        return min(instants)

    def runs(self, stood: Mapping[int, Micros]) -> set[str]:
        """The runs that this may change; whole cards, where something is undone or corrected."""
        if any(each.timed.fact.fact in AMENDING for each in self.facts):
            return self.cards
        return {
            run_of(card, at_us)
            for card in self.cards
            for each in self.facts
            for at_us in (each.timed.effective_us, stood.get(each.id, each.timed.effective_us))
        }


def run_of(card: str, at_us: Micros) -> str:
    """Under what a scan of a run's card is filed besides: a card is scanned for years."""
    return f"{card}{AT}{day_of(at_us)}"


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
        for target in aims(each.timed.fact):
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
    return [*named, OFFICES] if may_succeed(fact) else named
