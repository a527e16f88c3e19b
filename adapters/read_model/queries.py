"""Answers what the read side is asked: the only SELECTs for readers; `Views` on the tables.

Every method reads one snapshot over a read-only connection.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    SelectBase,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    text,
    true,
    union_all,
)

from adapters.read_model.cases import Cases
from adapters.read_model.closure import Closure
from adapters.read_model.deadlines import UNDATED_RISK
from adapters.read_model.engine import among, listed
from adapters.read_model.flags import flags_of
from adapters.read_model.handlings import Handlings
from adapters.read_model.lately import Lately
from adapters.read_model.query_rows import (
    OF_THE_ROW,
    appointment,
    board_row,
    is_open,
    pouch_row,
    standing,
)
from adapters.read_model.run_rows import RunQueries
from adapters.read_model.stickers import StickerQueries
from adapters.read_model.tables import LIVE, Tables
from domain.model.custody_along import Bearing, bearings_of
from domain.model.custody_state import Filling
from domain.model.errors import NotFound
from domain.model.instants import Micros
from domain.model.office_hours import Day
from domain.model.runs import RunState
from domain.model.station_time import Identity, Timed
from domain.model.succession import Succession
from domain.ports.views import (
    MOST_ROWS_A_PAGE,
    RUNNING,
    AppointmentsPage,
    BoardFilter,
    BoardPage,
    CustodyLinkRow,
    DiscrepancyRow,
    DossierSheet,
    HandledRow,
    PouchRow,
    ProjectionStatus,
    Selection,
    Standing,
    Summary,
)

_NEWEST_EVENT = {
    "sqlite": text("SELECT coalesce(max(rowid), 0) FROM stored_events"),
    "postgresql": text("SELECT coalesce(max(notification_id), 0) FROM public.stored_events"),
}
_LONGEST_SEARCH = 64
_BETWEEN_GROUPS = str.maketrans("", "", " .-")
_OF_AN_APPOINTMENT = (
    "label official_code procedure procedure_version office promised_us due_us calendar_version"
).split()


class Queries(StickerQueries):
    """`Views` over one engine of read-only connections.

    `succession` says whose work an office carries on: what a holder had becomes its successor's.
    `lately`: what this process has just filed, and need not be read.
    """

    def __init__(
        self,
        engine: Engine,
        tables: Tables = LIVE,
        *,
        succession: Callable[[], Succession] = Succession,
        lately: Lately | None = None,
    ) -> None:
        super().__init__(engine, tables)
        self._lately = lately
        self._succession = succession
        self._tables = tables
        self._cases = Cases(tables)
        self._closure = Closure(tables)
        self._handlings = Handlings(tables)
        self._runs = RunQueries(tables)
        flags = flags_of(tables, bindparam("now_us"), subjects=True).subquery().c
        self._open_codes = select(flags.subject, flags.code).distinct().order_by(flags.code)

    def board(self, wanted: BoardFilter, *, now_us: Micros) -> BoardPage:
        """See `Views`."""
        board = self._tables.board.c
        limit = max(1, min(wanted.limit, MOST_ROWS_A_PAGE))
        offset = max(0, wanted.offset)
        chosen = and_(*self._conditions(wanted, now_us))
        shown = self._shown(wanted, chosen, limit, offset).subquery()
        page = self._board_rows(now_us).join(shown, shown.c.label == board.label)
        with self._snapshot() as connection:
            rows = connection.execute(page.order_by(board.risk, board.label)).all()
            codes = self._codes(connection, [row.label for row in rows], now_us)
            total = offset + len(rows)
            if len(rows) == limit or (offset and not rows):
                counted = select(func.count()).select_from(self._tables.board).where(chosen)
                total = connection.execute(counted).scalar_one()
        return BoardPage(
            tuple(board_row(row, codes.get(row.label, [])) for row in rows), total, offset, limit
        )

    def dossier(self, label: str, *, now_us: Micros) -> DossierSheet:
        """See `Views`."""
        board, case = self._tables.board.c, self._tables.dossier_case
        with self._snapshot() as connection:
            label = self._stickers.first_labels(connection, [label]).get(label, label)
            found = connection.execute(
                self._board_rows(now_us)
                .add_columns(board.procedure_version, board.calendar_version, board.windows)
                .add_columns(case.c.calendar_version.label("promise_calendar_version"))
                .outerjoin(case, case.c.label == board.label)
                .where(board.label == label)
            ).first()
            if found is None:
                raise NotFound(what="dossier", code=label)
            discrepancies = self._discrepancies(connection, now_us, subject=label)
            chain = self._chains(connection, [label]).get(label, ())
        codes = sorted({each.code for each in discrepancies if is_open(each, now_us)})
        return DossierSheet(
            row=board_row(found, codes),
            procedure_version=found.procedure_version,
            calendar_version=found.calendar_version,
            promise_calendar_version=found.promise_calendar_version,
            windows=tuple((start, end) for start, end in orjson.loads(found.windows)),
            chain=tuple(chain),
            discrepancies=discrepancies,
        )

    def label_of_token(self, token_hash: str) -> str | None:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._cases.label_of_token(connection, token_hash)

    def pouch(self, label: str, *, now_us: Micros) -> PouchRow:
        """See `Views`."""
        pouch = self._tables.pouch
        with self._snapshot() as connection:
            row = connection.execute(select(pouch).where(pouch.c.label == label)).first()
            if row is None:
                raise NotFound(what="pouch", code=label)
            codes = self._codes(connection, [label], now_us)
        return pouch_row(row, codes.get(label, []))

    def pouches(
        self, *, holder: str | None = None, now_us: Micros, limit: int = 100
    ) -> tuple[PouchRow, ...]:
        """See `Views`."""
        pouch = self._tables.pouch
        bounded = max(1, min(limit, MOST_ROWS_A_PAGE))
        query = select(pouch).where(or_(pouch.c.state == "sealed", pouch.c.contents != "[]"))
        query = query.where(*self._of_office(pouch.c.holder, holder))
        with self._snapshot() as connection:
            rows = connection.execute(query.order_by(pouch.c.label).limit(bounded)).all()
            codes = self._codes(connection, [row.label for row in rows], now_us)
        return tuple(pouch_row(row, codes.get(row.label, [])) for row in rows)

    def chains(self, labels: Collection[str]) -> Mapping[str, list[CustodyLinkRow]]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._chains(connection, labels)

    def discrepancies(
        self, *, now_us: Micros, code: str | None = None, open_only: bool = True, limit: int = 100
    ) -> tuple[DiscrepancyRow, ...]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._discrepancies(
                connection, now_us, code=code, open_only=open_only, limit=limit
            )

    def runs(
        self, first: Day, last: Day, *, offices: Collection[str] | None = None
    ) -> tuple[RunState, ...]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._runs.of_days(connection, first, last, offices=offices)

    def appointments_to_confirm(
        self, *, office: str | None = None, offset: int = 0, limit: int = 100
    ) -> AppointmentsPage:
        """See `Views`."""
        board, case = self._tables.board.c, self._tables.dossier_case.c
        chosen = [
            board.promised_us != board.due_us,
            board.confirmed_us.is_distinct_from(board.due_us),
            board.settled_us.is_(None),
            board.status.in_(RUNNING),
            *self._of_office(board.office, office),
        ]
        page = (
            select(
                *(board[name] for name in _OF_AN_APPOINTMENT),
                case.calendar_version.label("promise_calendar_version"),
                case.received_us,
                case.reappointments,
                case.waits,
            )
            .join(self._tables.dossier_case, case.label == board.label)
            .where(*chosen)
            .order_by(board.due_us, board.label)
            .limit(max(1, min(limit, MOST_ROWS_A_PAGE)))
            .offset(max(0, offset))
        )
        with self._snapshot() as connection:
            total = connection.execute(select(func.count(board.label)).where(*chosen)).scalar_one()
            rows = connection.execute(page).mappings()
            found = tuple(appointment(row) for row in rows)
            jobs = connection.execute(select(func.count()).select_from(self._tables.redating))
            return AppointmentsPage(found, total, jobs.scalar_one() > 0)

    def discrepancy(self, identity: Identity, *, now_us: Micros) -> DiscrepancyRow | None:
        """See `Views`."""
        with self._snapshot() as connection:
            found = self._discrepancies(
                connection, now_us, subject=identity.subject, code=identity.code
            )
        return next((row for row in found if row.key == identity.key), None)

    def handled(self, *, now_us: Micros, limit: int = 50) -> tuple[HandledRow, ...]:
        """See `Views`."""
        flags = flags_of(self._tables, now_us, open_only=False).subquery()
        query = self._handlings.done(flags, now_us).limit(max(1, min(limit, MOST_ROWS_A_PAGE)))
        with self._snapshot() as connection:
            return tuple(HandledRow(**row) for row in connection.execute(query).mappings())

    def settled(self, labels: Collection[str]) -> Mapping[Identity, Micros]:
        """See `Views`."""
        query = self._handlings.of_subjects()
        with self._snapshot() as connection:
            rows = connection.execute(query, {"wanted": listed(labels)})
            return {Identity(code, subject, key): at_us for code, subject, key, at_us in rows}

    def open_codes(self, labels: Collection[str], *, now_us: Micros) -> Mapping[str, list[str]]:
        """See `Views`."""
        with self._snapshot() as connection:
            first = self._stickers.first_labels(connection, labels)
            codes = self._codes(connection, {first.get(one, one) for one in labels}, now_us)
        return {one: codes[name] for one in labels if (name := first.get(one, one)) in codes}

    def bearing_on(self, labels: Collection[str]) -> tuple[list[Timed], Sequence[Filling]]:
        """See `Views`."""
        with self._snapshot() as connection:
            first = self._stickers.first_labels(connection, labels)
            named = {first.get(one, one) for one in labels}
            around = self._closure.bearing_on(connection, named)
        return around.timed, around.begun

    def facts_around(self, labels: Collection[str]) -> list[Timed]:
        """See `Views`."""
        with self._snapshot() as connection:
            first = self._stickers.first_labels(connection, labels)
            return self._closure.facts_around(connection, {first.get(one, one) for one in labels})

    def around_scans(self, labels: Collection[str], digests: Collection[str]) -> Sequence[Bearing]:
        """See `Views`."""
        if self._lately is not None and (kept := self._lately.taken(digests)) is not None:
            return kept
        with self._snapshot() as connection:
            first = self._stickers.first_labels(connection, labels)
            named = {first.get(one, one) for one in labels}
            around = self._closure.around_scans(connection, named, digests)
        return bearings_of(around.timed, around.begun)

    def summary(self, *, now_us: Micros) -> Summary:
        """See `Views`."""
        board = self._tables.board.c
        standing_now = standing(board, now_us).label("standing")
        unfinished = and_(board.here, board.finished_us.is_(None))
        flags = flags_of(self._tables, now_us).subquery()
        with self._snapshot() as connection:

            def counted(by: ColumnElement[Any], *where: ColumnElement[bool]) -> dict[Any, int]:
                query = select(by, func.count()).where(*where).group_by(by).order_by(by)
                return {row[0]: row[1] for row in connection.execute(query)}

            standings = counted(standing_now, unfinished)
            return Summary(
                open_total=sum(standings.values()),
                finished=sum(counted(board.status, board.finished_us.is_not(None)).values()),
                returned=sum(counted(board.status, board.returned_us.is_not(None)).values()),
                standings={Standing(each): number for each, number in standings.items()},
                holders=self._succession().by_heir(counted(board.holder, unfinished)),
                discrepancies=counted(flags.c.code),
            )

    def status(self) -> ProjectionStatus:
        """See `Views`."""
        with self._snapshot() as connection:
            progress = connection.execute(select(self._tables.progress)).one()
            newest = connection.execute(_NEWEST_EVENT[connection.dialect.name]).scalar_one()
            redating = connection.execute(select(func.max(self._tables.redating.c.fault))).scalar()
        return ProjectionStatus(
            progress.pos,
            newest - progress.pos,
            redating if progress.fault is None else progress.fault,
            progress.fault_event,
        )

    def last_recorded_us(self) -> dict[str, Micros]:
        """See `Views`."""
        clock = self._tables.station_clock.c
        query = select(clock.station, clock.upper_us).where(clock.upper_us.is_not(None))
        with self._snapshot() as connection:
            return {row.station: row.upper_us for row in connection.execute(query)}

    def _of_office(
        self, column: ColumnElement[Any], office: str | None
    ) -> Iterator[ColumnElement[bool]]:
        """Demands the office or one whose work it carries on; nothing where none is given."""
        if office is not None:
            yield column.in_(self._succession().carried_on_by(office))

    def _board_rows(self, now_us: Micros) -> Select[Any]:
        board = self._tables.board.c
        standing_now = standing(board, now_us).label("standing")
        return select(*(board[name] for name in OF_THE_ROW), standing_now)

    def _shown(
        self, wanted: BoardFilter, chosen: ColumnElement[bool], limit: int, offset: int
    ) -> SelectBase:
        """The labels of a page, alone because all rows before a late page are gone through.

        The index leads in order through what is here, and through what is not. A search looks at
        everything anyway, and finds few.
        """
        board = self._tables.board.c
        query = select(board.label, board.risk).where(chosen).order_by(board.risk, board.label)
        if wanted.selection is Selection.HERE or wanted.search.strip():
            return query.limit(limit).offset(offset)
        sides = (
            select(query.where(side).limit(offset + limit).subquery())
            for side in (board.here, ~board.here)
        )
        return union_all(*sides).order_by("risk", "label").limit(limit).offset(offset)

    def _conditions(self, wanted: BoardFilter, now_us: Micros) -> Iterator[ColumnElement[bool]]:
        board = self._tables.board.c
        match wanted.selection:
            case Selection.HERE:
                yield board.here
            case Selection.GONE:
                yield board.status.in_(_GONE)
            case Selection.ALL:
                yield true()
        if wanted.status is not None:
            yield board.status == wanted.status
        yield from self._of_office(board.holder, wanted.holder)
        if wanted.procedure is not None:
            yield board.procedure == wanted.procedure
        if wanted.standing is not None:
            yield standing(board, now_us) == wanted.standing
            if wanted.standing in _COUNTED_DOWN:
                yield board.risk < UNDATED_RISK  # else all that is here would be looked at
        if wanted.discrepancy is not None:
            flags = flags_of(self._tables, now_us, code=wanted.discrepancy).subquery()
            yield board.label.in_(select(flags.c.subject))
        if search := wanted.search.strip()[:_LONGEST_SEARCH]:
            digits = search.translate(_BETWEEN_GROUPS)
            yield or_(
                board.label.contains(digits, autoescape=True) if digits else false(),
                board.label.in_(self._stickers.found_by(digits)) if digits else false(),
                board.official_code.icontains(search, autoescape=True),
            )

    def _codes(
        self, connection: Connection, labels: Collection[str], now_us: Micros
    ) -> dict[str, list[str]]:
        codes: dict[str, list[str]] = defaultdict(list)
        asked = {"wanted": listed(labels), "now_us": now_us}
        for subject, code in connection.execute(self._open_codes, asked):
            codes[subject].append(code)
        return dict(codes)

    def _discrepancies(
        self,
        connection: Connection,
        now_us: Micros,
        *,
        subject: str | None = None,
        code: str | None = None,
        open_only: bool = False,
        limit: int = MOST_ROWS_A_PAGE,
    ) -> tuple[DiscrepancyRow, ...]:
        board, pouch, handling = self._tables.board, self._tables.pouch, self._tables.handling
        flags = flags_of(
            self._tables, now_us, code=code, subjects=subject is not None, open_only=open_only
        ).subquery()
        holder = func.coalesce(board.c.holder, pouch.c.holder)
        query = (
            select(
                *(flags.c[name] for name in ("code", "subject", "key", "opened_us", "closed_us")),
                holder.label("holder"),
                handling.c.assigned,
                handling.c.closed_us.label("settled_us"),
            )
            .outerjoin(board, board.c.label == flags.c.subject)
            .outerjoin(pouch, pouch.c.label == flags.c.subject)
            .outerjoin(handling, self._handlings.joined(flags))
            .order_by(flags.c.opened_us, flags.c.code, flags.c.subject, flags.c.key)
            .limit(max(1, min(limit, MOST_ROWS_A_PAGE)))
        )
        wanted = {} if subject is None else {"wanted": listed([subject])}
        rows = connection.execute(query, wanted).mappings()
        return tuple(DiscrepancyRow(**row) for row in rows)

    def _chains(
        self, connection: Connection, labels: Collection[str]
    ) -> dict[str, list[CustodyLinkRow]]:
        link = self._tables.custody_link.c
        names = ("label", "holder", "place", "from_us", "to_us", "basis", "evidence")
        query = select(*(link[name] for name in names)).where(among(link.label, "wanted"))
        chains: dict[str, list[CustodyLinkRow]] = defaultdict(list)
        rows = connection.execute(query.order_by(link.label, link.n), {"wanted": listed(labels)})
        for row in rows.mappings():
            given = {**row, "evidence": tuple(orjson.loads(row["evidence"]))}
            chains[given.pop("label")].append(CustodyLinkRow(**given))
        return dict(chains)


_GONE = ("returned", "refused")
_COUNTED_DOWN = (Standing.WITHIN, Standing.NEAR, Standing.OVERDUE)
