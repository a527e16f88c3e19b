"""Folds touched labels anew and replaces their rows; used by the projection and the rebuild.

Every batch costs the same number of statements however many labels it touches. A label whose rows
would be the same as before, told by a stamp, is not written again.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from heapq import nsmallest
from operator import attrgetter
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Delete, Table, bindparam, delete, insert, or_, select, union_all

from adapters.read_model.cases import Cases
from adapters.read_model.closure import Around, Closure
from adapters.read_model.courses import course_rows, gone_astray
from adapters.read_model.deadlines import CASE, NO_WAITS, DueOf, dated, undated
from adapters.read_model.engine import add_rows, among, listed
from adapters.read_model.fact_rows import OFFICES, POUCH_KIND
from adapters.read_model.fillings import AT, EVER, Fillings, name_of, named
from adapters.read_model.journeys import journey_rows
from adapters.read_model.tables import Tables
from domain.model.corrections import amend
from domain.model.custody import fold
from domain.model.custody_along import Alongs, Bearing, bearings_of, joined
from domain.model.custody_fillings import happened_us
from domain.model.custody_state import DossierState, Filling, Folded, FoldSettings, Link, PouchState
from domain.model.discrepancy import CLOSED_BY_EVIDENCE
from domain.model.instants import Micros
from domain.model.leg_evidence import Legs
from domain.model.station_time import Discrepancy

WALKS_REMEMBERED = 256  # some 15 MB: the pouches that are packed or received at one time
LABELS_AT_A_TIME = 1_000  # bounds the memory of one fold, and of the rows that it comes to
_case_of = attrgetter(*CASE)
_NOBODY = DossierState(status="unknown", pouch=None, windows=(), chain=())

Row = dict[str, Any]
Basis = tuple[object, ...]


@dataclass(slots=True)
class _Sheets:
    """All rows of one label."""

    board: list[Row] = field(default_factory=list)
    pouch: list[Row] = field(default_factory=list)
    custody_link: list[Row] = field(default_factory=list)
    journey: list[Row] = field(default_factory=list)
    course: list[Row] = field(default_factory=list)
    discrepancy: list[Row] = field(default_factory=list)
    repeat: list[Row] = field(default_factory=list)

    def stamp(self) -> str:
        """The same for the same rows; written into the board's or the pouch's."""
        told = orjson.dumps([getattr(self, name) for name in self.__slots__])
        stamp = blake2b(told, digest_size=12).hexdigest()
        for row in (*self.board, *self.pouch):
            row["stamp"] = stamp
        return stamp


class Refold:
    """Keeps the sheets of one set of tables equal to the fold of its evidence.

    `remembered`: of how many labels it keeps what their rows were made of. A scan of one dossier
    refolds the whole pouch, and of the others the same comes out again. `at_a_time`: labels in one
    fold; all that was in a pouch with them comes besides.
    """

    def __init__(
        self,
        tables: Tables,
        due_of: DueOf,
        settings: FoldSettings,
        *,
        remembered: int = 0,
        at_a_time: int = LABELS_AT_A_TIME,
    ) -> None:
        self._at_a_time = at_a_time
        self._due_of = due_of
        self._remembered: OrderedDict[str, tuple[Basis, str | None]] = OrderedDict()
        self._most_remembered = remembered
        self._settings = settings
        self._alongs = Alongs(settings, most=WALKS_REMEMBERED, find_cuts=True)
        self._closure = Closure(tables)
        self._fillings = Fillings(tables)
        self._forget_part = {
            "custody_link": delete(tables.custody_link).where(
                tables.custody_link.c.label == bindparam("part"),
                tables.custody_link.c.n >= bindparam("n_from"),
            ),
            "discrepancy": _open_since(tables.discrepancy),
            "repeat": _open_since(tables.repeat),
        }
        self._cases = Cases(tables)
        board, pouch = tables.board, tables.pouch
        self._everything = union_all(select(board.c.label), select(pouch.c.label))
        self._stamps = union_all(
            *(
                select(table.c.label, table.c.stamp).where(among(table.c.label, "wanted"))
                for table in (board, pouch)
            )
        )
        self._sheets = {}
        for name in _Sheets.__slots__:
            table = getattr(tables, name)
            label = table.c.subject if name in {"discrepancy", "repeat"} else table.c.label
            self._sheets[name] = delete(table).where(among(label, "wanted")), insert(table)

    def replace(
        self, connection: Connection, touched: Collection[str], *, news: Container[str] = ()
    ) -> dict[str, Bearing]:
        """Make the rows of the touched labels, and of all that moves with them, what they are.

        Answers what bears on the facts that are new, by digest, where labels are remembered.
        """
        left = set(touched)
        if OFFICES in left:  # an office has a successor: that bears on every label
            left.update(self._all(connection))
            left.discard(OFFICES)
        found: dict[str, Bearing] = {}
        while left:
            done, bearings = self._replace_some(connection, left)
            left -= done
            found.update(
                (one.fact.digest, each)
                for each in bearings
                for one in each.facts
                if one.fact.digest in news
            )
        return found

    def _replace_some(
        self, connection: Connection, touched: Collection[str]
    ) -> tuple[set[str], Sequence[Bearing]]:
        """As `replace`, for as many as one fold should hold; answers what is done, and by what.

        What is touched are dossiers and fillings; a pouch's rows change with its newest filling.
        """
        names = self._closure.widened(connection, nsmallest(self._at_a_time, touched))
        around = self._closure.around(connection, names)
        bearings = bearings_of(around.timed, around.begun) if self._most_remembered else []
        folded = self._folded(around, bearings)
        since = self._since(connection, names, around)
        self._part(connection, folded.fillings, since, around)
        labels = sorted({name for name in names if AT not in name} | since.keys())
        legs = Legs(amend(around.timed)[0])
        found = _Found(folded, legs)
        for start in range(0, len(labels), LABELS_AT_A_TIME):
            self._replace(connection, labels[start : start + LABELS_AT_A_TIME], found, since)
        return names, bearings

    def _folded(self, around: Around, bearings: Sequence[Bearing]) -> Folded:
        """Where labels are remembered, so are walks, and only the steps that are new are gone."""
        if not self._most_remembered:
            return fold(around.timed, settings=self._settings, resumed=around.begun, find_cuts=True)
        return joined((each, self._alongs.of(each).whole()) for each in bearings)

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
            if self._remembered.get(label) != (bearing.get(label), before.get(label))
        }
        sheets = self._rows(found, labels, cases, since)
        stamps = {label: sheet.stamp() for label, sheet in sheets.items()}
        self._remember(
            {label: (bearing[label], stamps.get(label)) for label in labels & bearing.keys()}
        )
        changed = {label for label in labels if stamps.get(label) != before.get(label)}
        if changed:
            told = [sheets[each] for each in sorted(changed & sheets.keys())]
            self._write(connection, changed & before.keys(), told, since)

    def _all(self, connection: Connection) -> set[str]:
        """Every dossier, and the newest filling of every pouch."""
        labels = set(connection.execute(self._everything).scalars())
        cuts = self._fillings.cuts(connection, {each for each in labels if each[:1] == POUCH_KIND})
        return (labels - cuts.keys()) | {name_of(pouch, at, EVER) for pouch, at in cuts.items()}

    def _since(
        self, connection: Connection, names: Collection[str], around: Around
    ) -> dict[str, Filling | None]:
        """The pouches of which the newest filling is here, and how they stood when it began."""
        pouches = {named(name)[0] for name in names if AT in name}
        newest = {
            pouch: name_of(pouch, cuts, EVER)
            for pouch, cuts in self._fillings.cuts(connection, pouches).items()
        }
        begun = {f"{one.pouch}{AT}{one.from_us}": one for one in around.begun}
        return {pouch: begun.get(name) for pouch, name in newest.items() if name in names}

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
        sheets: Sequence[_Sheets],
        since: Mapping[str, Filling | None],
    ) -> None:
        """Put these in the place of what is told of those `changed`, if anything is.

        What a pouch was before its newest filling stays as it is.
        """
        partly = [begun for label, begun in since.items() if begun is not None and label in changed]
        kept = {begun.pouch for begun in partly}
        wanted = {"wanted": listed(each for each in changed if each not in kept)}
        every = {"wanted": listed(changed)}
        parts = [
            {"part": one.pouch, "n_from": one.links_before, "from_on": one.from_us}
            for one in partly
        ]
        for name, (forget, add) in self._sheets.items():
            if changed:
                connection.execute(forget, wanted if name in self._forget_part else every)
            if parts and name in self._forget_part:
                connection.execute(self._forget_part[name], parts)
            rows = [row for sheet in sheets for row in getattr(sheet, name)]
            if rows:
                add_rows(connection, add, rows)

    def _bearing(
        self,
        found: "_Found",
        labels: Collection[str],
        cases: Mapping[str, Any],
        since: Mapping[str, Filling | None],
    ) -> dict[str, Basis]:
        """All that the rows of each label follow from; nothing where it would not be remembered."""
        if not self._most_remembered:
            return {}
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
        for _ in range(len(self._remembered) - self._most_remembered):
            self._remembered.popitem(last=False)

    def _rows(
        self,
        found: "_Found",
        labels: Collection[str],
        cases: Mapping[str, Any],
        since: Mapping[str, Filling | None],
    ) -> dict[str, _Sheets]:
        """The rows of each of the labels that anything is known of."""
        sheets: dict[str, _Sheets] = defaultdict(_Sheets)
        for label in labels:
            dossier, case = found.folded.dossiers.get(label), cases.get(label)
            pouch = found.folded.pouches.get(label)
            if dossier is not None or case is not None:
                state = dossier or _NOBODY
                sheets[label].board.append(self._board_row(label, state, case))
                sheets[label].custody_link += _links(label, state.chain)
                told = found.legs.of(label)
                sheets[label].journey += journey_rows(label, state, told)
                if case is not None:
                    sheets[label].course += course_rows(state, case, told, found.astray)
            if pouch is not None:
                sheets[label].pouch.append(_pouch_row(label, pouch))
                begun = since.get(label)
                before = 0 if begun is None else begun.links_before
                sheets[label].custody_link += _links(label, pouch.chain, before)
            for each in found.discrepancies.get(label, ()):
                if not _before(since.get(label), each):
                    row = {name: getattr(each, name) for name in _DISCREPANCY}
                    sheets[label].discrepancy.append(row)
            for repeat in found.repeats.get(label, ()):
                if repeat.code not in CLOSED_BY_EVIDENCE:
                    row = {name: getattr(repeat, name) for name in (*_DISCREPANCY, "behind")}
                    sheets[label].repeat.append(row)
        return sheets

    def _board_row(self, label: str, state: DossierState, case: Any) -> Row:
        last = _present(state.chain)
        # Given back without having passed the desk: then the result was ready at the latest.
        finished_us = state.returned_us if state.finished_us is None else state.finished_us
        settled_us = _closed(state) if finished_us is None else finished_us
        life = state.status, state.registered_us, finished_us, settled_us
        counted = undated(finished_us)
        if case is not None:
            counted = dated(_case_of(case), life, self._due_of)
        return {
            "label": label,
            "status": state.status,
            "here": last is not None,
            "holder": last and last.holder,
            "place": last and last.place,
            "basis": last and last.basis,
            "since_us": last and _since(state.chain),
            "pouch": state.pouch,
            "official_code": case and case.official_code,
            "procedure": case and case.procedure,
            "procedure_version": case and case.procedure_version,
            "office": case.office if case else state.registered_office,
            "registered_us": state.registered_us,
            "finished_us": finished_us,
            "finished_provisional": state.finished_provisional,
            "returned_us": state.returned_us,
            "settled_us": settled_us,
            "promised_us": case and case.promised_us,
            "confirmed_us": case and case.confirmed_us,
            **counted._asdict(),
            "windows": orjson.dumps(state.windows).decode(),
            **asdict(state.milestones),
            "waits": NO_WAITS if case is None else case.waits,
        }


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
        self.astray = gone_astray(folded)
        self.discrepancies, self.repeats = _by(folded.all_discrepancies), _by(folded.repeats)

    def about(self, subject: str) -> list[Discrepancy]:
        """What does not agree about it, further causes as well."""
        return [*self.discrepancies.get(subject, ()), *self.repeats.get(subject, ())]


_DISCREPANCY = ("subject", "code", "key", "opened_us", "closed_us")


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


def _pouch_row(label: str, state: PouchState) -> Row:
    return {
        "label": label,
        "state": state.state,
        "holder": state.holder,
        "since_us": _since(state.chain) if _present(state.chain) else None,
        "seal": state.seal,
        "destination": state.destination,
        "ahead": orjson.dumps(list(state.ahead)).decode() if state.ahead else None,
        "contents": orjson.dumps(list(state.contents)).decode(),
        "manifest": orjson.dumps(list(state.manifest)).decode(),
    }


def _links(label: str, chain: Iterable[Link], before: int = 0) -> list[Row]:
    return [
        {
            "label": label,
            "n": n,
            "holder": link.holder,
            "place": link.place,
            "from_us": link.from_us,
            "to_us": link.to_us,
            "basis": link.basis,
            "evidence": orjson.dumps(link.evidence).decode(),
        }
        for n, link in enumerate(chain, start=before)
    ]


def _present(chain: Sequence[Link]) -> Link | None:
    """The link that still lasts."""
    return chain[-1] if chain and chain[-1].to_us is None else None


def _since(chain: Sequence[Link]) -> Micros:
    """Since when the last holder has had it, whatever places it lay at."""
    start = chain[-1]
    for link in reversed(chain[:-1]):
        if link.holder != start.holder or link.to_us != start.from_us:
            break
        start = link
    return start.from_us


def _closed(state: DossierState) -> Micros | None:
    """When the last window closed, None while it is open or before there was one."""
    return state.windows[-1][1] if state.windows else None
