"""The citizen's page: whoever holds the receipt reads where the dossier is, without signing in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.auth import LOOK_UP, failed, may
from api.auth import look_up as counted
from api.house import house_of
from api.pages.render import page
from domain.model.policy import Act, Actor
from domain.model.succession import Succession
from domain.use_cases.look_up_dossier import look_up

router = APIRouter(include_in_schema=False)


@router.get("/h/{token:path}", dependencies=[Depends(counted)])
def whereabouts(
    request: Request, token: str, _actor: Annotated[Actor | None, may(Act.LOOK_UP_BY_TOKEN)]
) -> Response:
    """Stage, place, dates and what comes next; what is no token is answered like an unknown one."""
    house = house_of(request)
    reference = house.reference
    found = look_up(
        token,
        house.views,
        reference.procedures(),
        Succession(reference.offices()),
        now_us=house.clock.now_us(),
    )
    if not found:
        failed(request, LOOK_UP)
    status = HTTPStatus.OK if found else HTTPStatus.NOT_FOUND
    answer = page(request, "citizen.html", status=status, found=found)
    answer.headers["referrer-policy"] = "no-referrer"  # the address is the secret
    return answer
