"""The administrator's page of scanning stations: who stands where, new codes, badges to print."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.pages.forms import answered, to
from api.pages.render import page
from api.routes.stations import InvitationIn, RevocationIn, invited, revoked
from api.station_lines import station_lines
from domain.model.identifiers import is_courier
from domain.model.policy import Act, Actor
from domain.model.station import PURPOSES
from domain.model.succession import valid_offices
from domain.use_cases.enrol_station import Invitation

router = APIRouter(include_in_schema=False)
_NOTHING = InvitationIn(station="", office="", purpose="")


@router.get("/stations")
def stations(request: Request, actor: Annotated[Actor, may(Act.ENROL_STATION)]) -> Response:
    """The stations, the form that invites one, and everybody's badge."""
    return _page(request, actor)


@router.post("/stations")
async def invite(
    request: Request,
    actor: Annotated[Actor, may(Act.ENROL_STATION)],
    given: Annotated[InvitationIn, Form()],
) -> Response:
    """The page with the code on it, this once; or with what was typed and why it was refused."""
    return await answered(
        lambda: invited(request, actor, given),
        done=lambda invitation: _page(request, actor, invitation=invitation),
        again=lambda refused: _page(request, actor, typed=given, refused=refused),
    )


@router.post("/stations/revoke")
async def revoke(
    request: Request,
    actor: Annotated[Actor, may(Act.REVOKE_STATION)],
    given: Annotated[RevocationIn, Form()],
) -> Response:
    """Stop trusting a station, and show the list again."""
    return await answered(
        lambda: revoked(request, actor, given),
        done=to("/stations"),
        again=lambda refused: _page(request, actor, refused=refused),
    )


def _page(
    request: Request,
    actor: Actor,
    *,
    typed: InvitationIn = _NOTHING,
    refused: Told | None = None,
    invitation: Invitation | None = None,
) -> Response:
    house = house_of(request)
    people = [
        person for _, person in sorted(house.reference.people().items()) if not person.dismissed
    ]
    return page(
        request,
        "stations.html",
        stations=house.enrol_station.stations(actor=actor),
        offices=valid_offices(house.reference.offices()),
        couriers=sorted({person.party for person in people if is_courier(person.party)}),
        purposes=PURPOSES,
        people=people,
        typed=typed,
        refused=refused,
        invitation=invitation,
        lines=station_lines(invitation, server=str(request.base_url)) if invitation else (),
    )
