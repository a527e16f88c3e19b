"""The page of a shelf census: what should lie at a place, against what was scanned there."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field

from api.house import house_of
from api.pages.census_words import FINDINGS
from api.pages.render import page
from api.routes.censuses import Viewing
from api.schemas import Code
from domain.model.instants import MINUTE_US, Micros, local, parse_instant
from domain.model.policy import Role

router = APIRouter(include_in_schema=False)
_USUAL_US = 120 * MINUTE_US  # a room takes so long; the form begins with that
_LOCAL = "+07:00"  # what a person types is the time in Vietnam
_Chosen = Annotated[Code | None, BeforeValidator(lambda given: given or None)]
_Typed = Annotated[str, Field(max_length=20)]


class CensusForm(BaseModel):
    """The place and the two times as a browser's field of date and time has them."""

    place: _Chosen = None
    since: _Typed = ""
    until: _Typed = ""
    office: _Chosen = None


@router.get("/census")
def census(request: Request, actor: Viewing, query: Annotated[CensusForm, Query()]) -> Response:
    """The form, and the result once a place is given; raises what `TakeCensus` raises."""
    house = house_of(request)
    now_us = house.clock.now_us()
    until_us = _instant(query.until) if query.until else now_us
    since_us = _instant(query.since) if query.since else until_us - _USUAL_US
    found = None
    if query.place is not None:
        found = house.take_census(
            "".join(query.place.split()),
            since_us=since_us,
            until_us=until_us,
            office=query.office,
            actor=actor,
        )
    overseer = actor.roles & {Role.SUPERVISOR, Role.INSPECTOR, Role.ADMIN}
    return page(
        request,
        "census.html",
        found=found,
        findings=FINDINGS,
        place=query.place or "",
        office=query.office or actor.office,
        since=_typed(since_us),
        until=_typed(until_us),
        offices=sorted(house.reference.offices()) if overseer else (),
    )


def _instant(typed: str) -> Micros:
    """Minutes or seconds, as browsers send them; raises `BadInstant`."""
    return parse_instant(typed + (":00" if typed.count(":") == 1 else "") + _LOCAL)


def _typed(instant_us: Micros) -> str:
    return local(instant_us).strftime("%Y-%m-%dT%H:%M:%S")
