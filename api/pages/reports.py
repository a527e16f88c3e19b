"""The period report as a page: the sheet, its rows, and how the figures were counted."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.auth import may
from api.house import house_of
from api.pages.names import names
from api.pages.render import language_of, page
from api.report_sheet import GROUPINGS, NOTES, columns, lines, row_titles
from api.routes.reports import PeriodQuery
from domain.model.instants import local
from domain.model.period_report import BREAKDOWNS
from domain.model.policy import Act, Actor

router = APIRouter(include_in_schema=False)
MOST_ROWS = 100  # of a table by procedure; the largest come first, all are in the JSON


class PageQuery(PeriodQuery):
    """The form; without days, the month so far."""

    first: Annotated[date | None, Query(alias="from")] = None  # type: ignore[assignment]
    last: Annotated[date | None, Query(alias="to")] = None  # type: ignore[assignment]


@router.get("/reports")
def report(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    asked: Annotated[PageQuery, Query()],
) -> Response:
    """What came in, was solved, on time, and is left."""
    house = house_of(request)
    today = local(house.clock.now_us()).date()
    query = asked.model_copy(
        update={"first": asked.first or today.replace(day=1), "last": asked.last or today}
    )
    found = query.report(house)
    language = language_of(request)
    rows = sorted(found.rows.items(), key=lambda row: (-row[1].received, row[0]))
    procedures = house.reference.procedures().values()
    return page(
        request,
        "reports.html",
        asked=query,
        found=found,
        lines=list(lines(found)),
        columns=columns(found),
        rows=[(code, figures.counts()) for code, figures in rows[:MOST_ROWS]],
        left_out=max(0, len(rows) - MOST_ROWS),
        titles=row_titles(query.by, names(house, language), procedures) if query.by else {},
        groupings=[(each, GROUPINGS[each]) for each in BREAKDOWNS["period"]],
        notes=NOTES,
    )
