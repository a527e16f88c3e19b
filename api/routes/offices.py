"""Offices over HTTP: their validity, who carries on whose work, and merging them."""

from asyncio import wrap_future
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, Field

from api.auth import may
from api.house import House, house_of
from api.routes import interface
from api.schemas import Code, Line
from domain.model.instants import Micros, iso
from domain.model.office import Office
from domain.model.office_hours import day_start_us
from domain.model.policy import Act, Actor
from domain.model.succession import Succession
from domain.use_cases.maintain_reference import OfficeDefinition

router = interface("offices")
_LAST_ISSUER = 99_999  # five digits of a label
Day = Annotated[
    Annotated[str, Field(max_length=10)] | None,
    BeforeValidator(lambda given: None if given == "" else given),  # a field left empty
]
Succeeding = Annotated[Actor, may(Act.SUCCEED_OFFICE)]


class OfficeIn(BaseModel):
    """A new office; `name_en` empty: the Vietnamese name; `valid_from` absent: from now on."""

    code: Code
    issuer: Annotated[int, Field(ge=1, le=_LAST_ISSUER)]
    name_vi: Line
    name_en: Line = ""
    valid_from: Day = None

    def given(self) -> OfficeDefinition:
        """As the use case takes it; raises `BadDate`, `OutOfCalendar`."""
        return OfficeDefinition(
            code=self.code,
            issuer=self.issuer,
            name_vi=self.name_vi,
            name_en=self.name_en or self.name_vi,
            valid_from_us=start_of(self.valid_from),
        )


class SuccessorIn(BaseModel):
    """Which office takes over; `effective_from` absent: from this moment on."""

    successor: Code
    effective_from: Day = None


class OfficeOut(BaseModel):
    """An office's validity; `carried_on_by` is who does its work today, itself or another."""

    code: str
    name_vi: str
    name_en: str
    valid_from: str
    valid_until: str | None
    successor: str | None
    carried_on_by: str

    @classmethod
    def of(cls, office: Office, succession: Succession) -> Self:
        """From the decision."""
        until_us = office.valid_until_us
        return cls(
            code=office.code,
            name_vi=office.name_vi,
            name_en=office.name_en,
            valid_from=iso(office.valid_from_us),
            valid_until=None if until_us is None else iso(until_us),
            successor=office.successor,
            carried_on_by=succession.heir(office.code),
        )


class OfficesOut(BaseModel):
    """Every office that ever was, by code."""

    offices: Sequence[OfficeOut]


class PeopleOut(BaseModel):
    """The codes of the people who moved."""

    people: Sequence[str]


class InvitedOut(BaseModel):
    """A station's one-time code, told this once."""

    station: str
    office: str
    code: str
    expires: str


@router.get("/offices")
def offices(request: Request, _actor: Annotated[Actor, may(Act.VIEW_OFFICES)]) -> OfficesOut:
    """Offices with their validity and successors."""
    known = house_of(request).reference.offices()
    succession = Succession(known)
    return OfficesOut(offices=[OfficeOut.of(known[code], succession) for code in sorted(known)])


@router.post("/offices", status_code=HTTPStatus.CREATED)
async def add(
    request: Request, actor: Annotated[Actor, may(Act.DEFINE_REFERENCE)], given: OfficeIn
) -> OfficeOut:
    """A new office, with the usual hours until its own are set."""
    return _out(house_of(request), await added(house_of(request), actor, given))


@router.post("/offices/{code}/successor")
async def succeed(request: Request, code: str, actor: Succeeding, given: SuccessorIn) -> OfficeOut:
    """Let another office carry on its work: open dossiers, pouches on their way, decisions."""
    return _out(house_of(request), await succeeded(house_of(request), actor, code, given))


@router.post("/offices/{code}/people/move")
async def move_people(request: Request, code: str, actor: Succeeding) -> PeopleOut:
    """Everybody who is left becomes the successor's."""
    house = house_of(request)
    moved = await wrap_future(
        house.write(lambda: house.succeed_office.move_people(code, actor=actor))
    )
    return PeopleOut(people=moved)


@router.post("/offices/{code}/stations/move")
async def move_stations(request: Request, code: str, actor: Succeeding) -> list[InvitedOut]:
    """A one-time code for every station that is left: its device enrols anew."""
    house = house_of(request)
    invitations = await wrap_future(
        house.write(lambda: house.succeed_office.move_stations(code, actor=actor))
    )
    return [
        InvitedOut(
            station=each.station, office=each.office, code=each.code, expires=iso(each.expires_us)
        )
        for each in invitations
    ]


async def added(house: House, actor: Actor, given: OfficeIn) -> Office:
    """Define it on the writer thread, unless there is one; raises `AlreadyExists` too."""
    definition = given.given()
    return await wrap_future(
        house.write(lambda: house.reference.add_office(definition, actor=actor))
    )


async def succeeded(house: House, actor: Actor, code: str, given: SuccessorIn) -> Office:
    """Decide it on the writer thread; raises what `SucceedOffice` raises."""
    effective_us = start_of(given.effective_from)
    return await wrap_future(
        house.write(
            lambda: house.succeed_office(
                code, given.successor, effective_us=effective_us, actor=actor
            )
        )
    )


def start_of(day: str | None) -> Micros | None:
    """The beginning of that day, None for none; raises `BadDate`, `OutOfCalendar`."""
    return None if day is None else day_start_us(day)


def _out(house: House, office: Office) -> OfficeOut:
    return OfficeOut.of(office, Succession(house.reference.offices()))
