"""Folds all facts of a fresh set of tables in one walk, however many there are; for the rebuild.

The facts stand there in their places in time and are filed under nothing yet. They are walked in
that order, a page at a time; a dossier's rows are written when nothing more can come about it. So
each fact is folded once, and what is held in memory is what is under way on one day.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from sys import intern

from sqlalchemy import Connection, Engine, exists, func, select, text

from adapters.read_model.cases import Cases
from adapters.read_model.courses import astray_among
from adapters.read_model.deadlines import DueOf
from adapters.read_model.fact_rows import FactRows, Stored
from adapters.read_model.filing import Filing, Group, groups_of
from adapters.read_model.fillings import Cuts, Fillings
from adapters.read_model.sheets import Sheets, SheetWriter
from adapters.read_model.tables import Tables
from domain.model.corrections import Standing, amend
from domain.model.custody import steps_of
from domain.model.custody_fillings import happened_us, spans
from domain.model.custody_long import Gone, LongWalk, Stretched
from domain.model.custody_state import Filling, FoldSettings
from domain.model.fact import OFFICE_SUCCEEDED
from domain.model.instants import Micros
from domain.model.leg_evidence import LegFacts
from domain.model.station_time import Discrepancy  # noqa: TC001 - told of an attribute

PAGE = 10_000  # facts: large enough to be fast, small enough for memory
_LABELS = 1_000  # whose rows are made at a time
_EVER: Micros = 2**63

Told = Callable[[int, int], None]  # facts walked, of how many


class LongFold:
    """The sheets of one set of tables, from its evidence and cases; both are complete."""

    def __init__(
        self, tables: Tables, due_of: DueOf, settings: FoldSettings, *, index_tag: str
    ) -> None:
        self._due_of = due_of
        self._settings = settings
        self._facts = FactRows(tables)
        self._filing = Filing(tables, once=True)
        self._fillings = Fillings(tables)
        self._cases = Cases(tables)
        self._writer = SheetWriter(tables)
        fact, case, board = tables.fact.c, tables.dossier_case.c, tables.board.c
        self._how_many = select(fact.subject, func.count()).group_by(fact.subject)
        self._never_scanned = select(case.label).where(
            ~exists().where(board.label == case.label)  # "not in" looks through all for each
        )
        index = f"read_in_order_{index_tag}"
        self._make_index = text(f"CREATE INDEX {index} ON {tables.fact} (effective_us, id)")
        self._drop_index = text(f"DROP INDEX {index}")
        self._cuts: Cuts = defaultdict(list)
        self._astray: dict[str, list[Discrepancy]] = defaultdict(list)
        self._labels = 0

    def fold(self, engine: Engine, told: Told) -> int:
        """Write every sheet, and under what each fact is filed; answers how many labels."""
        with engine.begin() as connection:
            connection.execute(self._make_index)
            to_come = self._to_come(connection)
            apart = _Apart(self._facts.apart(connection))
        every = sum(to_come.values())
        walked = len(apart.groups)
        walk = apart.walk(self._settings)
        pages = _Pages(self._facts, apart.numbers)
        while pages.more:
            with engine.begin() as connection:
                facts, until_us = pages.turned(connection)
                standing = [Standing(each.timed, amended=False) for each in facts]
                for step in steps_of([*standing, *apart.until(until_us)]):
                    walk.take(step)
                self._part(connection, walk.parted())
                self._file(connection, [Group([each]) for each in facts])
                over = _over(facts, to_come)
                self._write_gone(connection, filter(None, map(walk.let_go, over)))
            walked += len(facts)
            told(walked, every)
        with engine.begin() as connection:
            self._finish(connection, walk, apart.groups)
            connection.execute(self._drop_index)
        return self._labels

    def _to_come(self, connection: Connection) -> dict[str, int]:
        """How many facts there are about each subject: some 100 bytes a dossier."""
        rows = connection.execute(self._how_many, execution_options={"stream_results": True})
        return {intern(subject): many for subject, many in rows}

    def _part(self, connection: Connection, parted: Sequence[tuple[Filling, Stretched]]) -> None:
        """Store where fillings begin, and what is over of their pouches."""
        self._fillings.add(connection, [begun for begun, _ in parted])
        for begun, _ in parted:
            self._cuts[begun.pouch].append(begun.from_us)
        self._writer.write(connection, [self._sheets_of_pouch(ended) for _, ended in parted])

    def _file(self, connection: Connection, groups: Iterable[Group]) -> None:
        self._filing.file(connection, groups, self._cuts)
        for cuts in self._cuts.values():
            del cuts[:-1]  # no later page speaks of what was before

    def _finish(self, connection: Connection, walk: LongWalk, apart: Collection[Group]) -> None:
        """What had to wait until all was told."""
        bags = {bag for group in apart for bag in group.bags}
        self._filing.file(connection, apart, self._fillings.cuts(connection, bags))
        pouches = map(self._sheets_of_pouch, walk.pouches())
        while part := list(islice(pouches, _LABELS)):
            self._labels += len(part)
            self._writer.write(connection, part)
        self._write_gone(connection, walk.rest())
        labels = connection.execute(self._never_scanned).scalars().all()
        unseen = (Gone(label, None, LegFacts(label), (), ()) for label in labels)
        self._write_gone(connection, unseen)

    def _write_gone(self, connection: Connection, gone: Iterable[Gone]) -> None:
        """Write the rows of dossiers; evidence of where their pouches went astray is at hand."""
        gone = iter(gone)
        while part := list(islice(gone, _LABELS)):
            cases = self._cases.of_labels(connection, [one.label for one in part])
            made = []
            for one in part:
                sheets, own = Sheets(), astray_among(one.discrepancies)
                sheets.add_dossier(
                    one.label,
                    one.state,
                    cases.get(one.label),
                    one.legs,
                    astray=self._astray | own if own else self._astray,
                    due_of=self._due_of,
                )
                sheets.add_flags(sorted(one.discrepancies), sorted(one.repeats))
                sheets.stamp()
                made.append(sheets)
            self._labels += len(part)
            self._writer.write(connection, made)

    def _sheets_of_pouch(self, one: Stretched) -> Sheets:
        sheets, before = Sheets(), 0 if one.begun is None else one.begun.links_before
        if one.state is None:
            sheets.add_links(one.label, one.chain, before)
        else:
            sheets.add_pouch(one.label, one.state, before)
        sheets.add_flags(sorted(one.discrepancies), sorted(one.repeats))
        sheets.stamp()
        for label, found in astray_among(one.discrepancies).items():
            self._astray[label] += found
        return sheets


class _Apart:
    """The facts that do not stand in the walk as and where they were told, all at once.

    What amends or is amended, what was attested, and which offices are one; there are few.
    """

    def __init__(self, facts: Collection[Stored]) -> None:
        self.numbers = {each.id for each in facts}
        self.groups = groups_of(facts)
        timed = [each.timed for each in facts]
        standing, _ = amend(timed)
        self._tied = spans(timed, standing)
        self._standing = sorted(standing, key=lambda one: happened_us(one.timed), reverse=True)

    def walk(self, settings: FoldSettings) -> LongWalk:
        """The walk along these and all others."""
        timed = [one.timed for one in self._standing]
        moved = {one.fact.subject for one in timed if happened_us(one) != one.effective_us}
        united = (happened_us(one) for one in timed if one.fact.fact == OFFICE_SUCCEEDED)
        return LongWalk(
            settings,
            tied=self._tied,
            held={label for group in self.groups for label in group.labels},
            out_of_order=moved,
            united_us=max(united, default=None),
        )

    def until(self, at_us: Micros) -> list[Standing]:
        """Those that stand before the instant and were not asked for yet."""
        found = []
        while self._standing and happened_us(self._standing[-1].timed) < at_us:
            found.append(self._standing.pop())
        return found


class _Pages:
    """All facts but those set apart, by effective time; none of one instant is on two pages."""

    def __init__(self, facts: FactRows, apart: Collection[int]) -> None:
        self._facts = facts
        self._apart = apart
        self._after = (-_EVER, 0)
        self._kept: list[Stored] = []
        self.more = True

    def turned(self, connection: Connection) -> tuple[list[Stored], Micros]:
        """The next page, and the instant before which all its facts stand."""
        read = self._facts.in_order(connection, after=self._after, limit=PAGE)
        found = [*self._kept, *(each for each in read if each.id not in self._apart)]
        self.more = len(read) == PAGE
        if self.more:
            newest = read[-1]
            until_us = newest.timed.effective_us
            self._after = until_us, newest.id
        else:
            until_us = _EVER
        self._kept = [each for each in found if each.timed.effective_us >= until_us]
        return found[: len(found) - len(self._kept)], until_us


def _over(facts: Iterable[Stored], to_come: dict[str, int]) -> Iterator[str]:
    """The subjects of which these were the last."""
    for each in facts:
        subject = each.timed.fact.subject
        to_come[subject] -= 1
        if not to_come[subject]:
            del to_come[subject]
            yield subject
