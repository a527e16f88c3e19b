"""The sums behind the reports: one statement each, over the board; `Reports` on the tables.

Each dossier is told in a handful of words first, then equal tales are counted.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)

from adapters.read_model.deadlines import NO_WAITS
from adapters.read_model.engine import on_postgres
from adapters.read_model.expressions import earlier, item_whole, item_word, items
from adapters.read_model.handlings import Handlings
from adapters.read_model.tables import LIVE, Tables
from domain.model.instants import DAY_US
from domain.model.period_report import (
    SHELF_DAYS,
    SHELVES,
    Entry,
    Exit,
    Period,
    Tally,
)
from domain.model.waiting import SUPPLEMENT
from domain.ports.reports import DiscrepancyCount

_TOLD = Tally._fields[:-1]  # the last is how many


class ReportQueries:
    """`Reports` over one engine of read-only connections."""

    def __init__(self, engine: Engine, tables: Tables = LIVE) -> None:
        self._engine = engine
        self._tables = tables
        self._handlings = Handlings(tables)

    def tallies(self, period: Period) -> tuple[Tally, ...]:
        """See `Reports`."""
        told = _told(self._tables.board.c, period).subquery()
        words = [told.c[name] for name in _TOLD]
        query = select(*words, func.count()).group_by(*words)
        with self._engine.begin() as connection:
            if on_postgres(connection):
                # It takes tales for as many as dossiers, and would sort them all to count them.
                connection.execute(text("SET LOCAL enable_sort = off"))
            return tuple(map(Tally._make, connection.execute(query)))

    def discrepancies(self, period: Period) -> tuple[DiscrepancyCount, ...]:
        """See `Reports`."""
        flags = self._flags(period).subquery().c
        age_us = period.to_us - flags.opened_us
        counted = {
            "opened": flags.opened_us >= period.from_us,
            "closed": flags.ended_us < period.to_us,
            "open": (stands := or_(flags.ended_us.is_(None), flags.ended_us >= period.to_us)),
            "to_1_day": and_(stands, age_us <= DAY_US),
            "to_3_days": and_(stands, age_us > DAY_US, age_us <= 3 * DAY_US),
            "to_7_days": and_(stands, age_us > 3 * DAY_US, age_us <= 7 * DAY_US),
            "over_7_days": and_(stands, age_us > 7 * DAY_US),
        }
        query = (
            select(
                flags.code,
                *(func.count().filter(when).label(name) for name, when in counted.items()),
                func.min(flags.opened_us).filter(stands).label("oldest_us"),
            )
            .group_by(flags.code)
            .order_by(flags.code)
        )
        with self._engine.begin() as connection:
            rows = connection.execute(query).mappings()
            return tuple(DiscrepancyCount(**row) for row in rows)

    def _flags(self, period: Period) -> Any:
        """Code, opened_us and ended_us (by evidence or a person) of those in the period."""
        handling = self._tables.handling
        parts = []
        for table, subject in (
            (self._tables.discrepancy, "subject"),
            (self._tables.station_flag, "station"),
        ):
            flag = select(
                table.c.code,
                table.c[subject].label("subject"),
                table.c.key,
                table.c.opened_us,
                table.c.closed_us,
            ).where(table.c.opened_us < period.to_us)
            parts.append(flag)
        flags = union_all(*parts).subquery()
        ended_us = earlier(flags.c.closed_us, handling.c.closed_us)
        joined = flags.outerjoin(handling, self._handlings.joined(flags))
        return (
            select(flags.c.code, flags.c.opened_us, ended_us.label("ended_us"))
            .select_from(joined)
            .where(or_(ended_us.is_(None), ended_us >= period.from_us))
        )


def _told(board: Any, period: Period) -> Select[Any]:
    """Each dossier that lived in the period, in the words of a `Tally`."""
    from_us, to_us = period.from_us, period.to_us
    done_us = func.coalesce(board.ended_us, board.finished_us)
    lived = or_(done_us.is_(None), done_us >= from_us)
    has_result = and_(board.ended.is_(None), board.finished_us.is_not(None))
    lay = and_(has_result, or_(board.returned_us.is_(None), board.returned_us >= from_us))
    finished = func.coalesce(board.finished_class, Exit.UNDATED.value)
    solved = and_(has_result, board.finished_us >= from_us, board.finished_us < to_us)
    entry = case(
        (~lived, null()),
        (board.registered_us < from_us, Entry.CARRIED.value),
        (board.online, Entry.ONLINE.value),
        else_=Entry.DIRECT.value,
    )
    exit_ = case(
        (~lived, null()),
        (solved, finished),
        (board.ended_us < to_us, board.ended),
        else_=_open(board, period),
    )
    handed = and_(has_result, board.returned_us >= from_us, board.returned_us < to_us)
    on_shelf = and_(
        has_result,
        board.finished_us < to_us,
        or_(board.returned_us.is_(None), board.returned_us >= to_us),
    )
    words = {
        "version": board.procedure_version,
        "entry": entry,
        "exit": exit_,
        "returned": case((handed, finished)),
        "shelf": case((on_shelf, _shelf(to_us - board.finished_us))),
        "national": _national(board, period),
        "rating": case((solved, board.rating)),
        "provisional_result": and_(solved, board.finished_provisional),
        "provisional_due": board.provisional,
    }
    return select(
        board.office, board.procedure, *(word.label(name) for name, word in words.items())
    ).where(board.registered_us < to_us, or_(lived, lay))


def _open(board: Any, period: Period) -> ColumnElement[str]:
    """How what was not done stood at the end of the period.

    A due that is not known now is held by a pause that began later: then it was within its term.
    """
    return case(
        (board.calendar_version.is_(None), Exit.OPEN_UNDATED.value),
        (_paused(board, period), Exit.PAUSED.value),
        (board.overdue_from_us <= period.to_us, Exit.OVERDUE.value),
        else_=Exit.WITHIN.value,
    )


def _paused(board: Any, period: Period) -> ColumnElement[bool]:
    """Whether a pause held it then; one that begins when the term is over holds nothing."""
    wait = items(board.waits)
    since_us, until_us = (item_whole(wait.c.value, place) for place in (1, 2))
    holds = (
        select(literal(1))
        .select_from(wait)
        .where(
            since_us < period.to_us,
            or_(until_us.is_(None), until_us >= period.to_us),
            or_(board.due_us.is_(None), since_us < board.due_us),
        )
    )
    return case((board.waits == NO_WAITS, false()), else_=holds.exists())


def _shelf(age_us: ColumnElement[int]) -> ColumnElement[str]:
    ages = [
        (age_us <= days * DAY_US, name) for days, name in zip(SHELF_DAYS, SHELVES, strict=False)
    ]
    return case(*ages, else_=SHELVES[-1])


def _national(board: Any, period: Period) -> ColumnElement[str | None]:
    """Index 2.1: the clock stops when the result exists; a second supplement request is late."""
    at_us = earlier(board.issued_us, board.finished_us)
    wait = items(board.waits)
    supplements = (
        select(func.count())
        .select_from(wait)
        .where(item_word(wait.c.value, 0) == SUPPLEMENT)
        .scalar_subquery()
    )
    asked_twice = case((board.waits == NO_WAITS, false()), else_=supplements > 1)
    return case(
        (
            or_(board.ended.is_not(None), at_us.is_(None), at_us < period.from_us),
            null(),
        ),
        (at_us >= period.to_us, null()),
        (board.calendar_version.is_(None), Exit.UNDATED.value),
        (or_(at_us >= board.overdue_from_us, asked_twice), Exit.LATE.value),
        else_=Exit.ON_TIME.value,
    )
