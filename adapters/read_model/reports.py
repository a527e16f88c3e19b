"""The sums behind the reports: one statement each, over the board; `Reports` on the tables.

Each dossier is told in a handful of words first, then equal tales are counted.
"""

import operator
from collections import defaultdict
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Select,
    and_,
    case,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from adapters.read_model.deadlines import NO_WAITS
from adapters.read_model.engine import on_postgres
from adapters.read_model.expressions import earlier, held_at
from adapters.read_model.handlings import Handlings
from adapters.read_model.tables import LIVE, Tables
from domain.model.instants import DAY_US
from domain.model.period_figures import (
    ENDED,
    IN_PROCESS,
    PROCESSED,
    SHELF_DAYS,
    SHELVES,
    SOLVED,
    Entry,
    Exit,
    Received,
    Tale,
    Tallies,
)
from domain.model.period_report import Period
from domain.model.waiting import SUPPLEMENT
from domain.ports.reports import DiscrepancyCount

_SOLVED = "solved"
_MOST_TALES = 10_000  # some 3 MB; a province's year has a hundred
_WORDS: dict[str, tuple[Any, ...]] = {
    "entry": (None, *Entry),
    "exit": (None, _SOLVED, *ENDED, *IN_PROCESS),
    "class": (None, *SOLVED),
    "returned": (False, True),
    "shelf": (None, *SHELVES),
    "national": (None, *PROCESSED),
    "provisional_result": (False, True),
    "provisional_due": (False, True),
}
_WEIGHTS = dict(
    zip(_WORDS, accumulate(map(len, _WORDS.values()), operator.mul, initial=1), strict=False)
)


class ReportQueries:
    """`Reports` over one engine of read-only connections."""

    def __init__(self, engine: Engine, tables: Tables = LIVE) -> None:
        self._engine = engine
        self._tables = tables
        self._handlings = Handlings(tables)

    def tallies(self, period: Period, *, offices: bool) -> Tallies:
        """See `Reports`."""
        told = _told(self._tables.board.c, period, offices=offices)
        with self._engine.begin() as connection:
            if on_postgres(connection):
                # Shut off by a limit that is none, numbers are not taken for as many as dossiers:
                # then workers count, each what it has read, and nothing is sorted.
                told = told.limit(literal_column("NULL"))
            words = told.subquery().c
            office = words.office if offices else null()
            received = office, words.procedure, words.procedure_version
            counted = select(*received, words.tale, words.rating, func.count()).group_by(*words)
            rows: Any = connection.execute(counted).all()
        found: dict[tuple[Any, ...], list[tuple[Tale, int]]] = defaultdict(list)
        for one, procedure, version, number, rating, dossiers in rows:
            found[one, procedure, version].append((_read(number, rating), dossiers))
        return {Received._make(each): tales for each, tales in found.items()}

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


def _told(board: Any, period: Period, *, offices: bool) -> Select[Any]:
    """Each dossier that lived in the period: how it was received, its tale as a number, its rating.

    By office only where that is asked: each column costs as much as it is counted by.
    """
    done_us = _done_us(board)
    lived = or_(done_us.is_(None), done_us >= period.from_us)
    lay = and_(
        board.ended.is_(None),
        board.finished_us.is_not(None),
        or_(board.returned_us.is_(None), board.returned_us >= period.from_us),
    )
    received = [board.procedure, board.procedure_version]
    if offices:
        received.append(board.office)
    return select(*received, _tale(board, period).label("tale"), board.rating).where(
        board.registered_us < period.to_us, or_(lived, lay)
    )


def _done_us(board: Any) -> ColumnElement[int]:
    return func.coalesce(board.ended_us, board.finished_us)


def _tale(board: Any, period: Period) -> ColumnElement[int]:
    """The words of a `Tale` but the rating as one number: by it they are counted in half the time.

    Each is told by its place in `_WORDS`, weighed so that the sum has them all.
    """
    return (
        _entry(board, period)
        + _exit(board, period)
        + _class(board)
        + _returned(board, period)
        + _shelf(board, period)
        + _national(board, period)
        + _word_of("provisional_result", (board.finished_provisional, True), other=False)
        + _word_of("provisional_due", (board.provisional, True), other=False)
    )


@lru_cache(maxsize=_MOST_TALES)
def _read(number: int, rating: str | None) -> Tale:
    told = {name: words[number // _WEIGHTS[name] % len(words)] for name, words in _WORDS.items()}
    its_class = told.pop("class")
    solved = told["exit"] is _SOLVED
    return Tale(
        **told
        | {
            "exit": its_class if solved else told["exit"],
            "returned": its_class if told["returned"] else None,
            "rating": rating if solved else None,
        }
    )


def _word_of(
    name: str, *whens: tuple[ColumnElement[bool], Any], other: Any = None
) -> ColumnElement[int]:
    """The weighed place of the word that applies, or of the other where none does."""

    def place(word: Any) -> ColumnElement[int]:
        if isinstance(word, ColumnElement):
            return word
        return literal_column(str(_WORDS[name].index(word) * _WEIGHTS[name]), Integer)

    return case(*((when, place(word)) for when, word in whens), else_=place(other))


def _entry(board: Any, period: Period) -> ColumnElement[int]:
    return _word_of(
        "entry",
        (_done_us(board) < period.from_us, None),
        (board.registered_us < period.from_us, Entry.CARRIED),
        (board.online, Entry.ONLINE),
        other=Entry.DIRECT,
    )


def _exit(board: Any, period: Period) -> ColumnElement[int]:
    """How it left, or how it stood at the end of the period.

    A due that is not known now is held by a pause that began later: then it was within its term.
    """
    to_us = period.to_us
    held = held_at(board.waits, to_us, board.due_us)
    ended = ((board.ended == each.value, each) for each in ENDED)
    return _word_of(
        "exit",
        (_done_us(board) < period.from_us, None),
        (and_(board.ended.is_(None), board.finished_us < to_us), _SOLVED),
        (board.ended_us < to_us, _word_of("exit", *ended)),
        (board.calendar_version.is_(None), Exit.OPEN_UNDATED),
        (case((board.waits == NO_WAITS, false()), else_=held), Exit.PAUSED),
        (board.overdue_from_us <= to_us, Exit.OVERDUE),
        other=Exit.WITHIN,
    )


def _class(board: Any) -> ColumnElement[int]:
    """That of the result, of one solved or handed over in the period."""
    dated = (Exit.EARLY, Exit.ON_TIME, Exit.LATE)
    return _word_of(
        "class",
        (board.finished_us.is_(None), None),
        *((board.finished_class == each.value, each) for each in dated),
        other=Exit.UNDATED,
    )


def _returned(board: Any, period: Period) -> ColumnElement[int]:
    handed = and_(
        board.ended.is_(None),
        board.finished_us.is_not(None),
        board.returned_us >= period.from_us,
        board.returned_us < period.to_us,
    )
    return _word_of("returned", (handed, True), other=False)


def _shelf(board: Any, period: Period) -> ColumnElement[int]:
    lies = and_(
        board.ended.is_(None),
        board.finished_us < period.to_us,
        or_(board.returned_us.is_(None), board.returned_us >= period.to_us),
    )
    ages = (
        (board.finished_us >= period.to_us - days * DAY_US, name)
        for days, name in zip(SHELF_DAYS, SHELVES, strict=False)
    )
    return _word_of("shelf", (lies, _word_of("shelf", *ages, other=SHELVES[-1])))


def _national(board: Any, period: Period) -> ColumnElement[int]:
    """Index 2.1: the clock stops when the result exists; a second supplement request is late."""
    at_us = earlier(board.issued_us, board.finished_us)
    processed = and_(board.ended.is_(None), at_us >= period.from_us, at_us < period.to_us)
    asked_twice = board.waits.contains(f'["{SUPPLEMENT}",%["{SUPPLEMENT}",')
    how = _word_of(
        "national",
        (board.calendar_version.is_(None), Exit.UNDATED),
        (at_us >= board.overdue_from_us, Exit.LATE),
        (board.waits == NO_WAITS, Exit.ON_TIME),
        (asked_twice, Exit.LATE),
        other=Exit.ON_TIME,
    )
    return _word_of("national", (processed, how))
