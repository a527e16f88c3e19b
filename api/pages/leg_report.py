"""Where time is lost, as a heat table beside the period report: leg by hour, or by office."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import may
from api.house import house_of
from api.pages.minutes_words import LEG_NAMES
from api.pages.render import page
from api.report_sheet import days
from domain.model.instants import local
from domain.model.leg_report import Cell, Column
from domain.model.policy import Act, Actor
from domain.use_cases.report_parties import MOST_WHILE_WAITING

router = APIRouter(include_in_schema=False)
SHADES = 5  # more cannot be told apart beside each other


class PageQuery(BaseModel):
    """The form; without days, the month so far."""

    model_config = ConfigDict(populate_by_name=True)

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    by: Column = Column.HOUR


@router.get("/reports/legs")
def legs(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    query: Annotated[PageQuery, Query()],
) -> Response:
    """Each leg that ended in the period against its budget."""
    house = house_of(request)
    today = local(house.clock.now_us()).date()
    first, last = query.first or today.replace(day=1), query.last or today
    period = days(first.isoformat(), last.isoformat())
    found = house.report_parties.legs(period, by=query.by, most=MOST_WHILE_WAITING)
    most = max((cell.lost for cell in found.cells.values()), default=0)
    return page(
        request,
        "leg_report.html",
        found=found,
        first=first,
        last=last,
        leg_names=LEG_NAMES,
        shade=lambda cell: _shade(cell, most),
    )


def _shade(cell: Cell, most: int) -> int:
    """0 where nothing is lost, else 1 to `SHADES` by how much of the worst cell's."""
    return 0 if cell.lost == 0 else max(1, -(-cell.lost * SHADES // most))
