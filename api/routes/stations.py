"""What stations call besides sending scans: enrolment by one-time code, and the directory."""

from asyncio import wrap_future
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.auth import anyone, attempt, station_may
from api.house import house_of
from api.schemas import DirectoryOut, EnrolmentIn, EnrolmentOut, OfficeOut, PersonOut
from domain.model.entry import Algorithm
from domain.model.policy import Act

router = APIRouter(tags=["stations"])


@router.post(
    "/enrolments",
    status_code=HTTPStatus.CREATED,
    dependencies=[anyone("the one-time code is the proof"), Depends(attempt)],
)
async def enrol(request: Request, given: EnrolmentIn) -> EnrolmentOut:
    """Bind a device's public key to the station a one-time code was given out for."""
    house = house_of(request)
    enrolment = await wrap_future(
        house.write(
            lambda: house.enrol_station.enrol(
                code=given.code,
                public_key=given.public_key,
                algorithm=Algorithm(given.algorithm),
            )
        )
    )
    return EnrolmentOut.of(enrolment, now_us=house.clock.now_us())


@router.get("/directory")
def directory(
    request: Request, _station: Annotated[str, station_may(Act.READ_DIRECTORY)]
) -> DirectoryOut:
    """Offices and badges, for a station to work by without the network."""
    reference = house_of(request).reference
    return DirectoryOut(
        offices=[
            OfficeOut(code=office.code, label=office.label, name=office.name_vi)
            for _, office in sorted(reference.offices().items())
        ],
        people=[
            PersonOut(
                badge=person.badge, operator=person.code, party=person.party, roles=person.roles
            )
            for _, person in sorted(reference.people().items())
            if not person.dismissed
        ],
    )
