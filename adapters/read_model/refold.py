"""Folds touched labels anew and replaces their rows; used by the projection and the rebuild.

Every batch costs the same number of statements however many labels it touches. A label whose rows
would be the same as before, told by a stamp, is not written again.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import Any, TypeVar

from sqlalchemy import Connection, Delete, Table, bindparam, delete, or_, select, union_all

from adapters.read_model.cases import Cases
from adapters.read_model.closure import Around, Closure
from adapters.read_model.courses import astray_among
from adapters.read_model.deadlines import DueOf
from adapters.read_model.engine import among, in_one, listed
from adapters.read_model.fact_rows import OFFICES
from adapters.read_model.fillings import AT, EVER, Fillings, name_of
from adapters.read_model.sheets import Sheets, SheetWriter
from adapters.read_model.tables import Tables
from domain.model.corrections import amend
from domain.model.custody_along import Alongs, Bearing, bearings_of, joined
from domain.model.custody_fillings import happened_us
from domain.model.custody_state import Filling, Folded, FoldSettings
from domain.model.labels import POUCH_KIND
from domain.model.leg_evidence import Legs
from domain.model.station_time import Discrepancy

LABELS_REMEMBERED = 10_000  # some 30 MB; those that move at one hour
WALKS_REMEMBERED = 256  # some 15 MB: the pouches that are packed or received at one time
FACTS_REMEMBERED = 20_000  # some 15 MB; those that bear on what moves at one hour
LABELS_AT_A_TIME = 1_000  # bounds the memory of one fold, and of the rows that it comes to
Basis = tuple[object, ...]
_OF_FILLINGS = ("custody_link", "discrepancy", "repeat")  # rows of a pouch's earlier ones are kept


class Refold:
    """Keeps the sheets of one set of tables equal to the fold of its evidence.

    A scan of one dossier refolds the whole pouch, and of the others the same comes out again: of
    labels it remembers what their rows were made of, and of walks how far they went.
    """

    def __init__(self, tables: Tables, due_of: DueOf, settings: FoldSettings) -> None:
        self._due_of = due_of
        self._remembered: OrderedDict[str, tuple[Basis, str | None]] = OrderedDict()
        self._alongs = Alongs(settings, most=WALKS_REMEMBERED, find_cuts=True)
        self._closure = Closure(tables, remembered=FACTS_REMEMBERED)
        self._fillings = Fillings(tables)
        self._forget_part = [
            delete(tables.custody_link).where(
                tables.custody_link.c.label == bindparam("part"),
                tables.custody_link.c.n >= bindparam("n_from"),
            ),
            _open_since(tables.discrepancy),
            _open_since(tables.repeat),
        ]
        self._cases = Cases(tables)
        board, pouch = tables.board, tables.pouch
        self._everything = union_all(select(board.c.label), select(pouch.c.label))
        self._stamps = union_all(
            *(
                select(table.c.label, table.c.stamp).where(among(table.c.label, "wanted"))
                for table in (board, pouch)
            )
        )
        self._writer = SheetWriter(tables)
        forget = []
        for name in Sheets.__slots__:
            table = getattr(tables, name)
            label = table.c.subject if name in {"discrepancy", "repeat"} else table.c.label
            told = "whole" if name in _OF_FILLINGS else "changed"
            forget.append(delete(table).where(among(label, told)))
        self._forget = in_one(forget)

    def replace(
        self, connection: Connection, touched: Collection[str], *, news: Container[str] = ()
    ) -> dict[str, Bearing]:
        """Make the rows of the touched labels, and of all that moves with them, what they are.

        Answers what bears on the facts that are new, by digest.
        """
        left = set(touched)
        if OFFICES in left:  # an office has a successor: that bears on every label
            left.update(self._all(connection))
            left.discard(OFFICES)
        found: dict[str, Bearing] = {}
        while left:
            done, bearings = self._replace_some(connection, left)
            left -= done
            whole = {name.partition(AT)[0] for name in done}  # of others something may be left out
            found.update(
                (one.fact.digest, each)
                for each in bearings
                for one in each.facts
                if one.fact.digest in news and one.fact.subject in whole
            )
        return found

    def _replace_some(
        self, connection: Connection, touched: Collection[str]
    ) -> tuple[set[str], Sequence[Bearing]]:
        """As `replace`, for as many as one fold should hold; answers what is done, and by what.

        What is touched are dossiers and fillings; a pouch's rows change with its newest filling.
        """
        told = nsmallest(LABELS_AT_A_TIME, touched)
        names, newest = self._closure.moving_with(connection, told)
        around = self._closure.around(connection, names)
        bearings = bearings_of(around.timed, around.begun)
        folded = joined((each, self._alongs.of(each).whole()) for each in bearings)
        begun = {f"{one.pouch}{AT}{one.from_us}": one for one in around.begun}
        since = {pouch: begun.get(name) for pouch, name in newest.items() if name in names}
        self._part(connection, folded.fillings, since, around)
        labels = sorted({name for name in names if AT not in name} | since.keys())
        legs = Legs(amend(around.timed)[0])
        found = _Found(folded, legs)
        for start in range(0, len(labels), LABELS_AT_A_TIME):
            self._replace(connection, labels[start : start + LABELS_AT_A_TIME], found, since)
        return names, bearings

    def _replace(
        self,
        connection: Connection,
        labels: Collection[str],
        found: "_Found",
        since: Mapping[str, Filling | None],
    ) -> None:
        """The rows of these labels, where they are others than before."""
        cases = self._cases.of_labels(connection, labels)
        stamped = connection.execute(self._stamps, {"wanted": listed(labels)})
        before = {row.label: row.stamp for row in stamped}
        bearing = self._bearing(found, labels, cases, since)
        labels = {
            label
            for label in labels
            if self._remembered.get(label) != (bearing[label], before.get(label))
        }
        sheets = self._rows(found, labels, cases, since)
        stamps = {label: sheet.stamp() for label, sheet in sheets.items()}
        self._remember({label: (bearing[label], stamps.get(label)) for label in labels})
        changed = {label for label in labels if stamps.get(label) != before.get(label)}
        if changed:
            told = [sheets[each] for each in sorted(changed & sheets.keys())]
            self._write(connection, changed & before.keys(), told, since)

    def _all(self, connection: Connection) -> set[str]:
        """Every dossier, and the newest filling of every pouch."""
        labels = set(connection.execute(self._everything).scalars())
        cuts = self._fillings.cuts(connection, {each for each in labels if each[:1] == POUCH_KIND})
        return (labels - cuts.keys()) | {name_of(pouch, at, EVER) for pouch, at in cuts.items()}

    def _part(
        self,
        connection: Connection,
        found: Iterable[Filling],
        since: Mapping[str, Filling | None],
        around: Around,
    ) -> None:
        """Cut the newest fillings where the fold has found that others begin in them."""
        cuts: dict[str, list[Filling]] = defaultdict(list)
        for one in found:
            if one.pouch in since:
                begun = since[one.pouch]
                if begun is None or one.from_us > begun.from_us:
                    cuts[one.pouch].append(one)
        if not cuts:
            return
        happened = {each.id: happened_us(each.timed) for each in around.stored}
        for pouch, those in cuts.items():
            begun = since[pouch]
            whole = f"{pouch}{AT}{0 if begun is None else begun.from_us}"
            self._fillings.part(connection, whole, those, happened)

    def _write(
        self,
        connection: Connection,
        changed: Collection[str],
        sheets: Sequence[Sheets],
        since: Mapping[str, Filling | None],
    ) -> None:
        """Put these in the place of what is told of those `changed`, if anything is.

        What a pouch was before its newest filling stays as it is.
        """
        partly = [begun for label, begun in since.items() if begun is not None and label in changed]
        kept = {begun.pouch for begun in partly}
        whole = listed(each for each in changed if each not in kept)
        parts = [
            {"part": one.pouch, "n_from": one.links_before, "from_on": one.from_us}
            for one in partly
        ]
        if changed:
            self._forget(connection, {"whole": whole, "changed": listed(changed)})
        if parts:
            for forget in self._forget_part:
                connection.execute(forget, parts)
        self._writer.write(connection, sheets)

    def _bearing(
        self,
        found: "_Found",
        labels: Collection[str],
        cases: Mapping[str, Any],
        since: Mapping[str, Filling | None],
    ) -> dict[str, Basis]:
        """All that the rows of each label follow from."""
        bearing: dict[str, Basis] = {}
        for label in labels:
            facts = found.legs.about(label)
            subjects = sorted({one.fact.subject for one in facts} | {label})
            bearing[label] = (
                found.folded.dossiers.get(label),
                found.folded.pouches.get(label),
                cases.get(label),
                since.get(label),
                facts,
                [each for subject in subjects for each in found.about(subject)],
            )
        return bearing

    def _remember(self, made: Mapping[str, tuple[Basis, str | None]]) -> None:
        self._remembered.update(made)
        for label in made:
            self._remembered.move_to_end(label)
        for _ in range(len(self._remembered) - LABELS_REMEMBERED):
            self._remembered.popitem(last=False)

    def _rows(
        self,
        found: "_Found",
        labels: Collection[str],
        cases: Mapping[str, Any],
        since: Mapping[str, Filling | None],
    ) -> dict[str, Sheets]:
        """The rows of each of the labels that anything is known of."""
        made: dict[str, Sheets] = defaultdict(Sheets)
        for label in labels:
            dossier, case = found.folded.dossiers.get(label), cases.get(label)
            pouch, begun = found.folded.pouches.get(label), since.get(label)
            if dossier is not None or case is not None:
                made[label].add_dossier(
                    label,
                    dossier,
                    case,
                    found.legs.of(label),
                    astray=found.astray,
                    due_of=self._due_of,
                )
            if pouch is not None:
                made[label].add_pouch(label, pouch, 0 if begun is None else begun.links_before)
            flags = [one for one in found.discrepancies.get(label, ()) if not _before(begun, one)]
            repeats = found.repeats.get(label, ())
            if flags or repeats:
                made[label].add_flags(flags, repeats)
        return made


AnyDiscrepancy = TypeVar("AnyDiscrepancy", bound=Discrepancy)


def _by(found: Iterable[AnyDiscrepancy]) -> dict[str, list[AnyDiscrepancy]]:
    by: dict[str, list[AnyDiscrepancy]] = defaultdict(list)
    for one in found:
        by[one.subject].append(one)
    return by


class _Found:
    """What a fold came to, by label."""

    def __init__(self, folded: Folded, legs: Legs) -> None:
        self.folded = folded
        self.legs = legs
        self.astray = astray_among(folded.discrepancies)
        self.discrepancies, self.repeats = _by(folded.all_discrepancies), _by(folded.repeats)

    def about(self, subject: str) -> list[Discrepancy]:
        """What does not agree about it, further causes as well."""
        return [*self.discrepancies.get(subject, ()), *self.repeats.get(subject, ())]


def _open_since(flags: Table) -> Delete:
    """Forget what was open on a pouch at an instant or has opened since."""
    return delete(flags).where(
        flags.c.subject == bindparam("part"),
        or_(
            flags.c.closed_us.is_(None),
            flags.c.closed_us >= bindparam("from_on"),
            flags.c.opened_us >= bindparam("from_on"),
        ),
    )


def _before(begun: Filling | None, found: Discrepancy) -> bool:
    """Whether it was over when the newest filling began: its row stays as it is."""
    if begun is None or found.closed_us is None:
        return False
    return max(found.opened_us, found.closed_us) < begun.from_us
