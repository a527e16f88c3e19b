"""The pages of the end of a shift: what is in hand, shrinking as it is scanned; a hand-over's list.

A wedge scanner types into one field, a code a line, so that nothing is lost while a page loads.
"""

from asyncio import wrap_future
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from api.auth import may
from api.errors import Told
from api.house import House, house_of
from api.pages.forms import answered
from api.pages.render import page
from api.routes.shifts import Chosen, EndIn, Ending, Instant
from domain.model.instants import iso, parse_instant
from domain.model.policy import Act, Actor
from domain.use_cases.end_shift import Confirmed

router = APIRouter(include_in_schema=False)
_MOST_TYPED = 20_000  # some 200 codes with what surrounds them; more is refused with a sentence


class ScannedForm(BaseModel):
    """The codes, one a line, and the round they belong to."""

    codes: Annotated[str, Field(max_length=_MOST_TYPED)] = ""
    since: Instant = ""
    place: Chosen = None

    @property
    def scanned(self) -> list[str]:
        """What stands on each line that is not empty."""
        return [line.strip() for line in self.codes.splitlines() if line.strip()]


class RoundQuery(BaseModel):
    """Which round is shown: since when, and at which place."""

    since: Instant = ""
    place: Chosen = None


@router.get("/shift")
def shift(request: Request, actor: Ending, query: Annotated[RoundQuery, Query()]) -> Response:
    """The list; a round begins at the first look, and its beginning stands in the address."""
    house = house_of(request)
    if not query.since:
        return _to_round(iso(house.clock.now_us()), query.place)
    return _page(request, actor, query)


@router.post("/shift")
async def confirm(
    request: Request, actor: Ending, given: Annotated[ScannedForm, Form()]
) -> Response:
    """The page with what became of each code."""
    query = RoundQuery(since=given.since, place=given.place)
    return await answered(
        lambda: _confirmed(house_of(request), actor, given),
        done=lambda answers: _page(request, actor, query, answers=answers),
        again=lambda refused: _page(request, actor, query, typed=given.codes, refused=refused),
    )


@router.post("/shift/end")
async def end(request: Request, actor: Ending, given: Annotated[EndIn, Form()]) -> Response:
    """To the list that is handed over."""
    house = house_of(request)
    since_us = parse_instant(given.since)
    closed = await wrap_future(
        house.write(
            lambda: house.end_shift.end(
                place=given.place, since_us=since_us, next_=given.next, actor=actor
            )
        )
    )
    return _to_list(closed.person, iso(closed.ended_us))


@router.get("/shift/{person}/{ended}")
def hand_over(
    request: Request,
    person: str,
    ended: str,
    actor: Annotated[Actor, may(Act.VIEW_HAND_OVER)],
) -> Response:
    """What was stated when the shift was closed, and what has become of it."""
    return _hand_over(request, person, ended, actor)


@router.post("/shift/{person}/{ended}")
async def take_over(
    request: Request,
    person: str,
    ended: str,
    actor: Ending,
    given: Annotated[ScannedForm, Form()],
) -> Response:
    """Whoever takes over scans what there is."""
    answers = await _confirmed(house_of(request), actor, given)
    return await run_in_threadpool(_hand_over, request, person, ended, actor, answers)


async def _confirmed(house: House, actor: Actor, given: ScannedForm) -> list[Confirmed]:
    work = house.write(
        lambda: house.end_shift.confirm(given.scanned, place=given.place, actor=actor)
    )
    return await wrap_future(work)


def _page(
    request: Request,
    actor: Actor,
    query: RoundQuery,
    *,
    answers: Sequence[Confirmed] = (),
    typed: str = "",
    refused: Told | None = None,
) -> Response:
    house = house_of(request)
    since_us = parse_instant(query.since)
    ended, offered = house.end_shift.recent(actor=actor)
    return page(
        request,
        "shift.html",
        stands=house.end_shift.in_hands(place=query.place, since_us=since_us, actor=actor),
        since=query.since,
        place=query.place or "",
        colleagues=house.end_shift.colleagues(actor=actor),
        ended=ended,
        offered=offered,
        answers=answers,
        typed=typed,
        refused=refused,
    )


def _hand_over(
    request: Request, person: str, ended: str, actor: Actor, answers: Sequence[Confirmed] = ()
) -> Response:
    house = house_of(request)
    found = house.end_shift.hand_over(person, ended_us=parse_instant(ended), actor=actor)
    return page(request, "hand_over.html", found=found, answers=answers)


def _to_round(since: str, place: str | None) -> Response:
    query = {"since": since} | ({"place": place} if place else {})
    return RedirectResponse(f"/shift?{urlencode(query)}", HTTPStatus.SEE_OTHER)


def _to_list(person: str, ended: str) -> Response:
    return RedirectResponse(f"/shift/{person}/{ended}", HTTPStatus.SEE_OTHER)
