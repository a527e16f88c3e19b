"""Answers what the read side is asked: the only SELECTs for readers; `Views` on the tables.

Every method reads one snapshot over a read-only connection.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Engine,
    Select,
    and_,
    case,
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
from adapters.read_model.engine import among, listed
from adapters.read_model.handlings import Handlings
from adapters.read_model.tables import LIVE, Tables
from domain.model.errors import NotFound
from domain.model.instants import Micros
from domain.model.station_time import Identity, Timed
from domain.ports.views import (
    MOST_ROWS_A_PAGE,
    RUNNING,
    AppointmentsPage,
    AppointmentToConfirm,
    BoardFilter,
    BoardPage,
    BoardRow,
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

_NEWEST_EVENT = text("SELECT coalesce(max(rowid), 0) FROM stored_events")
_LONGEST_SEARCH = 64
_BETWEEN_GROUPS = str.maketrans("", "", " .-")
_OF_THE_ROW = (
    "label status official_code procedure office holder place basis since_us pouch registered_us"
    " finished_us finished_provisional returned_us promised_us due_us late_after_us provisional"
    " paused"
).split()
_OF_AN_APPOINTMENT = (
    "label official_code procedure office promised_us due_us calendar_version"
).split()


class Queries:
    """`Views` over one engine of read-only connections."""

    def __init__(self, engine: Engine, tables: Tables = LIVE) -> None:
        self._engine = engine
        self._tables = tables
        self._cases = Cases(tables)
        self._closure = Closure(tables)
        self._handlings = Handlings(tables)

    def board(self, wanted: BoardFilter, *, now_us: Micros) -> BoardPage:
        """See `Views`."""
        board = self._tables.board.c
        limit = max(1, min(wanted.limit, MOST_ROWS_A_PAGE))
        offset = max(0, wanted.offset)
        chosen = and_(*self._conditions(wanted, now_us))
        page = self._board_rows(now_us).where(chosen).order_by(board.risk, board.label)
        with self._snapshot() as connection:
            total = connection.execute(select(func.count()).where(chosen)).scalar_one()
            rows = connection.execute(page.limit(limit).offset(offset)).all()
            codes = self._codes(connection, [row.label for row in rows], now_us)
        return BoardPage(
            tuple(_board_row(row, codes.get(row.label, [])) for row in rows), total, offset, limit
        )

    def dossier(self, label: str, *, now_us: Micros) -> DossierSheet:
        """See `Views`."""
        board, case = self._tables.board.c, self._tables.dossier_case
        with self._snapshot() as connection:
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
            chain = self._chain(connection, label)
        codes = sorted({each.code for each in discrepancies if _is_open(each, now_us)})
        return DossierSheet(
            row=_board_row(found, codes),
            procedure_version=found.procedure_version,
            calendar_version=found.calendar_version,
            promise_calendar_version=found.promise_calendar_version,
            windows=tuple((start, end) for start, end in orjson.loads(found.windows)),
            chain=chain,
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
        return _pouch_row(row, codes.get(label, []))

    def pouches(
        self, *, holder: str | None = None, now_us: Micros, limit: int = 100
    ) -> tuple[PouchRow, ...]:
        """See `Views`."""
        pouch = self._tables.pouch
        bounded = max(1, min(limit, MOST_ROWS_A_PAGE))
        query = select(pouch).where(or_(pouch.c.state == "sealed", pouch.c.contents != "[]"))
        if holder is not None:
            query = query.where(pouch.c.holder == holder)
        with self._snapshot() as connection:
            rows = connection.execute(query.order_by(pouch.c.label).limit(bounded)).all()
            codes = self._codes(connection, [row.label for row in rows], now_us)
        return tuple(_pouch_row(row, codes.get(row.label, [])) for row in rows)

    def chain(self, label: str) -> tuple[CustodyLinkRow, ...]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._chain(connection, label)

    def discrepancies(
        self, *, now_us: Micros, code: str | None = None, open_only: bool = True, limit: int = 100
    ) -> tuple[DiscrepancyRow, ...]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._discrepancies(
                connection, now_us, code=code, open_only=open_only, limit=limit
            )

    def appointments_to_confirm(
        self, *, office: str | None = None, offset: int = 0, limit: int = 100
    ) -> AppointmentsPage:
        """See `Views`."""
        board, case = self._tables.board.c, self._tables.dossier_case.c
        chosen = [
            board.promised_us != board.due_us,
            board.settled_us.is_(None),
            board.status.in_(RUNNING),
            *([] if office is None else [board.office == office]),
        ]
        page = (
            select(
                *(board[name] for name in _OF_AN_APPOINTMENT),
                case.calendar_version.label("promise_calendar_version"),
                case.reappointments,
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
            found = tuple(AppointmentToConfirm(**row) for row in rows)
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
        flags = self._flags(now_us, open_only=False).subquery()
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
            return self._codes(connection, labels, now_us)

    def facts_around(self, labels: Collection[str]) -> list[Timed]:
        """See `Views`."""
        with self._snapshot() as connection:
            return self._closure.facts_around(connection, labels)

    def summary(self, *, now_us: Micros) -> Summary:
        """See `Views`."""
        board = self._tables.board.c
        standing = _standing(board, now_us).label("standing")
        unfinished = and_(board.here, board.finished_us.is_(None))
        flags = self._flags(now_us).subquery()
        with self._snapshot() as connection:

            def counted(by: ColumnElement[Any], *where: ColumnElement[bool]) -> dict[Any, int]:
                query = select(by, func.count()).where(*where).group_by(by).order_by(by)
                return {row[0]: row[1] for row in connection.execute(query)}

            standings = counted(standing, unfinished)
            return Summary(
                open_total=sum(standings.values()),
                finished=sum(counted(board.status, board.finished_us.is_not(None)).values()),
                returned=sum(counted(board.status, board.returned_us.is_not(None)).values()),
                standings={Standing(each): number for each, number in standings.items()},
                holders=counted(board.holder, unfinished),
                discrepancies=counted(flags.c.code),
            )

    def status(self) -> ProjectionStatus:
        """See `Views`."""
        with self._snapshot() as connection:
            progress = connection.execute(select(self._tables.progress)).one()
            newest = connection.execute(_NEWEST_EVENT).scalar_one()
            redating = connection.execute(select(func.max(self._tables.redating.c.fault))).scalar()
        return ProjectionStatus(
            progress.pos,
            newest - progress.pos,
            redating if progress.fault is None else progress.fault,
            progress.fault_event,
        )

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def _board_rows(self, now_us: Micros) -> Select[Any]:
        board = self._tables.board.c
        standing = _standing(board, now_us).label("standing")
        return select(*(board[name] for name in _OF_THE_ROW), standing)

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
        if wanted.holder is not None:
            yield board.holder == wanted.holder
        if wanted.procedure is not None:
            yield board.procedure == wanted.procedure
        if wanted.standing is not None:
            yield _standing(board, now_us) == wanted.standing
        if wanted.discrepancy is not None:
            flags = self._flags(now_us, code=wanted.discrepancy).subquery()
            yield board.label.in_(select(flags.c.subject))
        if search := wanted.search.strip()[:_LONGEST_SEARCH]:
            digits = search.translate(_BETWEEN_GROUPS)
            yield or_(
                board.label.contains(digits, autoescape=True) if digits else false(),
                board.official_code.icontains(search, autoescape=True),
            )

    def _flags(
        self,
        now_us: Micros,
        *,
        code: str | None = None,
        subjects: bool = False,
        open_only: bool = True,
    ) -> CompoundSelect[Any]:
        """What has opened by now: subject, code, key, opened_us, closed_us.

        `subjects`: only of those in the list given as parameter `wanted`. `open_only`: not what
        evidence or a person has closed.
        """
        parts = []
        for table, subject in (
            (self._tables.discrepancy.c, self._tables.discrepancy.c.subject),
            (self._tables.station_flag.c, self._tables.station_flag.c.station),
        ):
            conditions = [table.opened_us <= now_us]
            if open_only:
                conditions.append(or_(table.closed_us.is_(None), table.closed_us > now_us))
                conditions.append(~self._handlings.closed(table, subject))
            if code is not None:
                conditions.append(table.code == code)
            if subjects:
                conditions.append(among(subject, "wanted"))
            parts.append(
                select(
                    subject.label("subject"),
                    table.code,
                    table.key,
                    table.opened_us,
                    table.closed_us,
                ).where(*conditions)
            )
        return union_all(*parts)

    def _codes(
        self, connection: Connection, labels: Collection[str], now_us: Micros
    ) -> dict[str, list[str]]:
        flags = self._flags(now_us, subjects=True).subquery()
        codes: dict[str, list[str]] = defaultdict(list)
        query = select(flags.c.subject, flags.c.code).distinct().order_by(flags.c.code)
        for subject, code in connection.execute(query, {"wanted": listed(labels)}):
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
        flags = self._flags(
            now_us, code=code, subjects=subject is not None, open_only=open_only
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

    def _chain(self, connection: Connection, label: str) -> tuple[CustodyLinkRow, ...]:
        link = self._tables.custody_link.c
        names = ("holder", "place", "from_us", "to_us", "basis", "evidence")
        query = select(*(link[name] for name in names)).where(link.label == label).order_by(link.n)
        return tuple(
            CustodyLinkRow(**{**row, "evidence": tuple(orjson.loads(row["evidence"]))})
            for row in connection.execute(query).mappings()
        )


_GONE = ("returned", "refused")


def _standing(board: Any, now_us: Micros) -> ColumnElement[str]:
    """The class at this moment; the instants at which it turns are stored."""
    return case(
        (board.finished_class.is_not(None), board.finished_class),
        (and_(board.paused.is_not(None), board.status.in_(RUNNING)), Standing.PAUSED.value),
        (or_(board.due_us.is_(None), board.status.not_in(RUNNING)), Standing.UNDATED.value),
        (board.overdue_from_us <= now_us, Standing.OVERDUE.value),
        (board.near_from_us <= now_us, Standing.NEAR.value),
        else_=Standing.WITHIN.value,
    )


def _board_row(row: Any, codes: Sequence[str]) -> BoardRow:
    values = {name: getattr(row, name) for name in _OF_THE_ROW}
    return BoardRow(**values, standing=Standing(row.standing), codes=tuple(codes))


def _pouch_row(row: Any, codes: Sequence[str]) -> PouchRow:
    return PouchRow(
        label=row.label,
        state=row.state,
        holder=row.holder,
        since_us=row.since_us,
        seal=row.seal,
        destination=row.destination,
        contents=tuple(orjson.loads(row.contents)),
        manifest=tuple(orjson.loads(row.manifest)),
        codes=tuple(codes),
    )


def _is_open(row: DiscrepancyRow, now_us: Micros) -> bool:
    return row.settled_us is None and (row.closed_us is None or row.closed_us > now_us)
