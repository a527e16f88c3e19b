"""The page of the work list by risk: what has to be seen to first, and until when."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator

from api.auth import may
from api.house import house_of
from api.pages.minutes_words import LEG_NAMES, RISK_NAMES
from api.pages.render import page
from api.routes.work import WorkQuery
from api.schemas import LAST_OFFSET
from domain.model.policy import Act, Actor
from domain.use_cases.work_list import WorkFilter

router = APIRouter(include_in_schema=False)
ROWS = 50  # a page is read, not scrolled


class PageQuery(WorkQuery):
    """The filters as they stand in the page's address, and which page of the list."""

    page: Annotated[int, Field(ge=1, le=LAST_OFFSET // ROWS)] = 1

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: dict[str, object]) -> dict[str, object]:
        """A form sends a field that was left at “any” as an empty text."""
        return {name: value for name, value in given.items() if value != ""}

    def wanted(self) -> WorkFilter:
        """As the use case takes it."""
        filters = self.model_dump(exclude={"page", "offset", "limit"})
        return WorkFilter(**filters, offset=(self.page - 1) * ROWS, limit=ROWS)


@router.get("/work")
def work(
    request: Request,
    actor: Annotated[Actor, may(Act.VIEW_WORK)],
    query: Annotated[PageQuery, Query()],
) -> Response:
    """Every open dossier with its class, the most urgent first."""
    house = house_of(request)
    wanted = query.wanted()
    found = house.work_list(wanted, actor=actor)
    return page(
        request,
        "work.html",
        work=found,
        wanted=wanted,
        filtered=bool(wanted.office or wanted.risk or wanted.procedure),
        offices=sorted({*found.offices, *([wanted.office] if wanted.office else ())}),
        procedures=sorted(house.reference.procedures()),
        risk_names=RISK_NAMES,
        leg_names=LEG_NAMES,
    )
