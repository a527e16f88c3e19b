"""The administrator's page of scanning stations and people: new codes, links, PINs, badges."""

from asyncio import wrap_future
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel

from api.auth import may
from api.errors import Told
from api.house import House, house_of
from api.http_refusals import PinsDiffer
from api.pages.forms import answered, to
from api.pages.intake import pdf
from api.pages.render import page
from api.routes.stations import InvitationIn, RevocationIn, invited, revoked
from api.schemas import Code
from api.station_lines import station_lines
from domain.model.errors import NotFound
from domain.model.identifiers import COURIER, is_courier
from domain.model.instants import Micros
from domain.model.office import Office
from domain.model.person import Person
from domain.model.policy import Act, Actor
from domain.model.station import PURPOSES
from domain.model.succession import valid_offices
from domain.ports.documents import DossierLabel
from domain.use_cases.enrol_station import Invitation
from domain.use_cases.sign_in import CODE_VALID_US

router = APIRouter(include_in_schema=False)
_NOTHING = InvitationIn(station="", office="", purpose="")


class SignInLinkIn(BaseModel):
    """For whom a one-time sign-in is given out."""

    person: Code


class PinIn(BaseModel):
    """A PIN for somebody, typed twice because it is not shown."""

    person: Code
    pin: Code
    again: Code


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A one-time sign-in, on the page this once; only its hash is stored."""

    person: str
    address: str
    expires_us: Micros


@router.get("/stations")
def stations(request: Request, actor: Annotated[Actor, may(Act.ENROL_STATION)]) -> Response:
    """The stations, the form that invites one, and everybody's badge."""
    return _page(request, actor)


@router.get("/stations/badges.pdf")
def badges(
    request: Request,
    _actor: Annotated[Actor, may(Act.ENROL_STATION)],
    person: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Everybody's badge on A4, or one person's; codes and no names. Raises `NotFound`."""
    house = house_of(request)
    offices = house.reference.offices()
    cards = [
        DossierLabel(
            label=one.badge,
            official_code=one.code,
            procedure="",
            office=_written(one.party, offices),
        )
        for one in _people(house)
        if person in ("", one.code)
    ]
    if not cards:
        raise NotFound(what="person", code=person)
    return pdf(house.documents.labels_pdf(cards, single=False), f"the-{person or 'can-bo'}.pdf")


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


@router.post("/stations/sign-in-links")
async def link(
    request: Request,
    actor: Annotated[Actor, may(Act.ISSUE_SIGN_IN)],
    given: Annotated[SignInLinkIn, Form()],
) -> Response:
    """The page with a one-time sign-in for that person on it."""
    return await answered(
        lambda: _linked(request, actor, given.person),
        done=lambda issued: _page(request, actor, issued=issued),
        again=lambda refused: _page(request, actor, refused=refused),
    )


@router.post("/stations/pins")
async def set_pin(
    request: Request,
    actor: Annotated[Actor, may(Act.DEFINE_REFERENCE)],
    given: Annotated[PinIn, Form()],
) -> Response:
    """The page, saying whose PIN was set; a PIN that was refused is not shown again."""
    return await answered(
        lambda: _pin_set(request, actor, given),
        done=lambda person: _page(request, actor, pin_of=person),
        again=lambda refused: _page(request, actor, refused=refused),
    )


async def _pin_set(request: Request, actor: Actor, given: PinIn) -> str:
    """The person's code; raises `PinsDiffer`, and what `Reference.set_pin` raises."""
    if given.pin != given.again:
        raise PinsDiffer
    house = house_of(request)
    person = await wrap_future(
        house.write(lambda: house.reference.set_pin(given.person, given.pin, actor=actor))
    )
    return person.code


async def _linked(request: Request, actor: Actor, person: str) -> SignInLink:
    """Raises what `SignIn.issue_code` raises."""
    house = house_of(request)
    code = await wrap_future(
        house.write(lambda: house.sign_in.issue_code(person=person, actor=actor))
    )
    address = str(request.url_for("ask_with_code", code=code))
    return SignInLink(person, address, house.clock.now_us() + CODE_VALID_US)


def _written(party: str, offices: Mapping[str, Office]) -> str:
    """As it stands on a badge; the first administrator of an empty house belongs to no office."""
    if is_courier(party):
        return f"Bưu tá {party.removeprefix(COURIER)}"
    return offices[party].name_vi if party in offices else party


def _people(house: House) -> list[Person]:
    """Who works here, by code."""
    known = sorted(house.reference.people().items())
    return [person for _, person in known if not person.dismissed]


def _page(
    request: Request,
    actor: Actor,
    *,
    typed: InvitationIn = _NOTHING,
    refused: Told | None = None,
    invitation: Invitation | None = None,
    issued: SignInLink | None = None,
    pin_of: str = "",
) -> Response:
    house = house_of(request)
    people = _people(house)
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
        issued=issued,
        pin_of=pin_of,
        kept=typed is not _NOTHING,
        lines=station_lines(invitation, server=str(request.base_url)) if invitation else (),
    )
