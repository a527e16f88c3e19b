"""The page of offices: validity, successors, and for administrators merging and adding them."""

from asyncio import wrap_future
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api.auth import may
from api.errors import Told
from api.house import House, house_of
from api.pages.forms import answered, to
from api.pages.render import page
from api.routes.offices import OfficeIn, SuccessorIn, added, succeeded
from api.schemas import Code
from domain.model.office import Office
from domain.model.policy import Act, Actor, allowed
from domain.model.succession import Succession, valid_offices
from domain.use_cases.succeed_office import Left

router = APIRouter(prefix="/offices", include_in_schema=False)
Succeeding = Annotated[Actor, may(Act.SUCCEED_OFFICE)]


class MergerForm(SuccessorIn):
    """Which office ends, besides what its successor is and from when."""

    office: Code


@dataclass(frozen=True, slots=True)
class Line:
    """One office; `left` is None for whoever may not move anybody, and while it goes on."""

    office: Office
    heir: str
    predecessors: tuple[str, ...]
    left: Left | None


@router.get("")
def offices(request: Request, actor: Annotated[Actor, may(Act.VIEW_OFFICES)]) -> Response:
    """Every office that ever was."""
    return _page(request, actor)


@router.post("")
async def add(
    request: Request,
    actor: Annotated[Actor, may(Act.DEFINE_REFERENCE)],
    given: Annotated[OfficeIn, Form()],
) -> Response:
    """A new office."""
    return await _done(request, actor, given, lambda house: added(house, actor, given))


@router.post("/merge")
async def merge(
    request: Request, actor: Succeeding, given: Annotated[MergerForm, Form()]
) -> Response:
    """One office carries on the work of another."""
    return await _done(
        request, actor, given, lambda house: succeeded(house, actor, given.office, given)
    )


@router.post("/{code}/people")
async def move_people(request: Request, code: str, actor: Succeeding) -> Response:
    """Everybody left becomes the successor's."""
    return await _done(
        request,
        actor,
        None,
        lambda house: wrap_future(
            house.write(lambda: house.succeed_office.move_people(code, actor=actor))
        ),
    )


async def _done(
    request: Request,
    actor: Actor,
    typed: OfficeIn | MergerForm | None,
    act: Callable[[House], Awaitable[object]],
) -> Response:
    """Back to the page; or the page again with what was typed and why it was refused."""
    return await answered(
        lambda: act(house_of(request)),
        done=to("/offices"),
        again=lambda refused: _page(request, actor, typed, refused),
    )


def _page(
    request: Request,
    actor: Actor,
    typed: OfficeIn | MergerForm | None = None,
    refused: Told | None = None,
) -> Response:
    house = house_of(request)
    return page(
        request,
        "offices.html",
        lines=_lines(house, actor),
        valid=valid_offices(house.reference.offices()),
        merger=typed if isinstance(typed, MergerForm) else None,
        office=typed if isinstance(typed, OfficeIn) else None,
        refused=refused,
    )


def _lines(house: House, actor: Actor) -> list[Line]:
    """Those that go on first, then those that ended, by code."""
    known = house.reference.offices()
    succession = Succession(known)
    ended = [code for code, office in known.items() if office.successor is not None]
    moves = allowed(actor, Act.SUCCEED_OFFICE)
    left = house.succeed_office.left(*ended, actor=actor) if moves and ended else {}
    return [
        Line(
            office,
            succession.heir(code),
            tuple(sorted(succession.carried_on_by(code) - {code})),
            left.get(code),
        )
        for code, office in sorted(
            known.items(), key=lambda item: (item[1].successor is not None, item[0])
        )
    ]
