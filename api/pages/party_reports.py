"""Responsibility by party and run punctuality over a period, as pages beside the period report."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.auth import may
from api.house import House, house_of
from api.pages.names import names
from api.pages.render import language_of, page
from api.pages.run_words import reason_word
from api.party_sheet import (
    LATE,
    PARTIES,
    PARTY_NOTES,
    RUN_NOTES,
    UNTOLD_WORDS,
    party_columns,
    run_columns,
)
from api.report_sheet import GROUPINGS, row_titles
from api.routes.reports import ByDays
from domain.model.instants import local
from domain.model.party_report import by_weight
from domain.model.period_report import BREAKDOWNS, Grouping
from domain.model.policy import Act, Actor
from domain.model.run_report import UNTOLD
from domain.use_cases.report_parties import MOST_WHILE_WAITING

router = APIRouter(include_in_schema=False)
MOST_GROUPS = 50  # of a table by procedure; all are in the JSON


class PageDays(ByDays):
    """The form; without days, the month so far."""

    first: Annotated[date | None, Query(alias="from")] = None  # type: ignore[assignment]
    last: Annotated[date | None, Query(alias="to")] = None  # type: ignore[assignment]

    def so_far(self, house: House) -> "PageDays":
        """With both days."""
        today = local(house.clock.now_us()).date()
        days = {"first": self.first or today.replace(day=1), "last": self.last or today}
        return self.model_copy(update=days)


@router.get("/reports/responsibility")
def responsibility(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    asked: Annotated[PageDays, Query()],
) -> Response:
    """Whose minutes, and who made what late."""
    house = house_of(request)
    query = asked.so_far(house)
    report = house.report_parties.responsibility
    found = report(query.period(), by=query.by, most=MOST_WHILE_WAITING)
    groups = sorted(
        found.groups.items(), key=lambda group: -sum(row.late for row in group[1].values())
    )
    return page(
        request,
        "responsibility.html",
        found=found,
        columns=party_columns(found.total),
        rows=by_weight(found.rows),
        groups=[(name, by_weight(rows)) for name, rows in groups[:MOST_GROUPS]],
        left_out=max(0, len(groups) - MOST_GROUPS),
        late_words=LATE,
        parties=PARTIES,
        notes=PARTY_NOTES,
        **_form(request, query, "responsibility"),
    )


@router.get("/reports/runs")
def runs(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_BOARD)],
    asked: Annotated[PageDays, Query()],
) -> Response:
    """Planned, driven, late, missed, and why."""
    house = house_of(request)
    query = asked.so_far(house)
    found = house.report_parties.runs(query.period(), by=query.by or Grouping.ROUTE)
    language = language_of(request)
    reasons = {
        UNTOLD_WORDS[language != "vi"] if code == UNTOLD else reason_word(code, language): count
        for code, count in found.total.reasons.most_common()
    }
    return page(
        request,
        "run_report.html",
        found=found,
        columns=run_columns(found.total),
        row_columns=run_columns(found.total, of_stops=found.by is Grouping.OFFICE),
        total=found.total.to_json(),
        rows=[(name, row.to_json()) for name, row in found.rows.items()],
        reasons=reasons,
        notes=RUN_NOTES,
        **_form(request, query, "runs"),
    )


def _form(request: Request, query: PageDays, report: str) -> dict[str, Any]:
    """What the form and the names of rows need."""
    house = house_of(request)
    procedures = house.reference.procedures().values()
    titles = (
        row_titles(query.by, names(house, language_of(request)), procedures) if query.by else {}
    )
    return {
        "asked": query,
        "titles": titles,
        "groupings": [(each, GROUPINGS[each]) for each in BREAKDOWNS[report]],
    }
