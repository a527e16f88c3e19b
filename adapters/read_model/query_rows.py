"""Rows of the tables as the read side's values; used by the queries alone."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, RowMapping, and_, case, or_

from adapters.read_model.deadlines import read_waits
from domain.model.instants import Micros
from domain.ports.views import (
    RUNNING,
    AppointmentToConfirm,
    BoardRow,
    DiscrepancyRow,
    PouchRow,
    Standing,
)

OF_THE_ROW = (
    "label status official_code procedure office holder place basis since_us pouch registered_us"
    " finished_us finished_provisional returned_us promised_us due_us late_after_us provisional"
    " paused"
).split()


def standing(board: Any, now_us: Micros) -> ColumnElement[str]:
    """The class at this moment; the instants at which it turns are stored."""
    return case(
        (board.finished_class.is_not(None), board.finished_class),
        (and_(board.paused.is_not(None), board.status.in_(RUNNING)), Standing.PAUSED.value),
        (or_(board.due_us.is_(None), board.status.not_in(RUNNING)), Standing.UNDATED.value),
        (board.overdue_from_us <= now_us, Standing.OVERDUE.value),
        (board.near_from_us <= now_us, Standing.NEAR.value),
        else_=Standing.WITHIN.value,
    )


def board_row(row: Any, codes: Sequence[str]) -> BoardRow:
    """A line of the board."""
    values = {name: getattr(row, name) for name in OF_THE_ROW}
    return BoardRow(**values, standing=Standing(row.standing), codes=tuple(codes))


def appointment(row: RowMapping) -> AppointmentToConfirm:
    """An appointment that is no longer the due."""
    waited_for = sorted({wait.reason for wait in read_waits(row["waits"])})
    values = {name: value for name, value in row.items() if name != "waits"}
    return AppointmentToConfirm(**values, waited_for=tuple(waited_for))


def pouch_row(row: Any, codes: Sequence[str]) -> PouchRow:
    """One pouch."""
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


def is_open(row: DiscrepancyRow, now_us: Micros) -> bool:
    """Whether neither evidence nor a person has closed it by now."""
    return row.settled_us is None and (row.closed_us is None or row.closed_us > now_us)
