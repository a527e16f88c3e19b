"""The page on which a supervisor decides about entries of revoked stations."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.pages.forms import answered, to
from api.pages.render import page
from api.routes.quarantine import DecisionIn, Digest, decided
from api.schemas import Code
from domain.model.policy import Act, Actor
from domain.model.quarantine import KEPT_OUT, LET_IN, MOST_AT_ONCE

router = APIRouter(prefix="/quarantine", include_in_schema=False)


class DecisionForm(BaseModel):
    """The rows that were ticked, and a reason beside each of the two buttons."""

    station: Code
    entries: Annotated[list[Digest], Field(max_length=MOST_AT_ONCE)] = []
    let_in: Code = ""
    keep_out: Code = ""


@router.get("")
def quarantine(
    request: Request,
    actor: Annotated[Actor, may(Act.DECIDE_QUARANTINE)],
    station: Code | None = None,
) -> Response:
    """What waits of one station; raises `UnknownStation`."""
    return _page(request, actor, station)


@router.post("/let-in")
async def let_in(
    request: Request,
    actor: Annotated[Actor, may(Act.DECIDE_QUARANTINE)],
    given: Annotated[DecisionForm, Form()],
) -> Response:
    """Let the ticked entries count."""
    return await _decided(request, actor, given, counts=True)


@router.post("/keep-out")
async def keep_out(
    request: Request,
    actor: Annotated[Actor, may(Act.DECIDE_QUARANTINE)],
    given: Annotated[DecisionForm, Form()],
) -> Response:
    """Keep the ticked entries out."""
    return await _decided(request, actor, given, counts=False)


async def _decided(
    request: Request, actor: Actor, given: DecisionForm, *, counts: bool
) -> Response:
    reason = given.let_in if counts else given.keep_out
    wanted = DecisionIn.model_construct(station=given.station, entries=given.entries, reason=reason)
    return await answered(
        lambda: decided(request, actor, wanted, counts=counts),
        done=to(f"/quarantine?{urlencode({'station': given.station})}"),
        again=lambda refused: _page(request, actor, given.station, typed=given, refused=refused),
    )


def _page(
    request: Request,
    actor: Actor,
    station: str | None,
    *,
    typed: DecisionForm | None = None,
    refused: Told | None = None,
) -> Response:
    desk = house_of(request).decide_quarantine
    stations = desk.stations(actor=actor)
    chosen = station or next(iter(stations), None)
    return page(
        request,
        "quarantine.html",
        stations=stations,
        chosen=chosen,
        lines=[] if chosen is None else desk.entries(chosen, actor=actor),
        most=MOST_AT_ONCE,
        let_in=LET_IN,
        keep_out=KEPT_OUT,
        typed=typed or DecisionForm(station=chosen or ""),
        refused=refused,
    )
