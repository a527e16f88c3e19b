"""The supervisor's sheets as JSON: the board and the discrepancies."""

from typing import Annotated

from fastapi import Query, Request

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import BoardOut, BoardQuery, BoardRowOut, DiscrepanciesOut, DiscrepancyOut
from domain.model.instants import iso
from domain.model.policy import Act, Actor
from domain.model.succession import Succession
from domain.ports.views import MOST_ROWS_A_PAGE

router = interface("sheets")
Word = Annotated[str | None, Query(max_length=80)]


@router.get("/board")
def board(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[BoardQuery, Query()],
) -> BoardOut:
    """What is where, since when, due when, with what discrepancies; the most at risk first."""
    house = house_of(request)
    now_us = house.clock.now_us()
    page = house.views.board(query.wanted(), now_us=now_us)
    succession = Succession(house.reference.offices())
    rows = [BoardRowOut.of(row, succession) for row in page.rows]
    return BoardOut(
        rows=rows, total=page.total, offset=page.offset, limit=page.limit, now=iso(now_us)
    )


@router.get("/discrepancies")
def discrepancies(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_DISCREPANCIES)],
    code: Word = None,
    *,
    open_only: bool = True,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS_A_PAGE)] = 100,
) -> DiscrepanciesOut:
    """What was seen and does not agree with what was said, the oldest first."""
    house = house_of(request)
    now_us = house.clock.now_us()
    rows = house.views.discrepancies(now_us=now_us, code=code, open_only=open_only, limit=limit)
    succession = Succession(house.reference.offices())
    return DiscrepanciesOut(
        discrepancies=[DiscrepancyOut.of(row, succession) for row in rows], now=iso(now_us)
    )
