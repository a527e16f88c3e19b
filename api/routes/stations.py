"""Stations besides their scans: invited by administrators, enrolled by code, the directory."""

import base64
from asyncio import wrap_future
from collections import Counter
from http import HTTPStatus
from typing import Annotated, Literal, Self

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from api.auth import anyone, attempt, failures_counted, may, station_may
from api.house import house_of
from api.routes import interface
from api.schemas import (
    Code,
    DirectoryOut,
    EnrolmentIn,
    EnrolmentOut,
    InBase64,
    OfficeOut,
    PersonOut,
)
from domain.model.entry import Algorithm
from domain.model.instants import iso
from domain.model.policy import Act, Actor
from domain.use_cases.enrol_station import Invitation
from domain.use_cases.import_journal import Imported
from domain.use_cases.rotate_key import Rotation

router = interface("stations")
_MOST_PART_BYTES = 700_000  # as base64 it fits into a body


class InvitationIn(BaseModel):
    """Which station is to stand where; `office` may be `courier:CODE`."""

    station: Code
    office: Annotated[str, Field(max_length=80)]
    purpose: Code


class InvitationOut(BaseModel):
    """The one-time code, told this once, and until when it enrols."""

    station: str
    office: str
    purpose: str
    code: str
    expires: str

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """From the use case's answer."""
        return cls(
            station=invitation.station,
            office=invitation.office,
            purpose=invitation.purpose,
            code=invitation.code,
            expires=iso(invitation.expires_us),
        )


@router.post("/stations/invitations", status_code=HTTPStatus.CREATED)
async def invite(
    request: Request, actor: Annotated[Actor, may(Act.ENROL_STATION)], given: InvitationIn
) -> InvitationOut:
    """Give out a one-time code; for a known station it approves the next journal epoch."""
    return InvitationOut.of(await invited(request, actor, given))


async def invited(request: Request, actor: Actor, given: InvitationIn) -> Invitation:
    """Invite on the writer thread; raises what `EnrolStation.invitation` raises."""
    house = house_of(request)
    return await wrap_future(
        house.write(lambda: house.enrol_station.invitation(**given.model_dump(), actor=actor))
    )


class RevocationIn(BaseModel):
    """Which station is not trusted any more."""

    station: Code


@router.post("/stations/revocations", status_code=HTTPStatus.NO_CONTENT)
async def revoke(
    request: Request, actor: Annotated[Actor, may(Act.REVOKE_STATION)], given: RevocationIn
) -> None:
    """From now on what it sends is quarantined; a new code and a new epoch bring it back."""
    await revoked(request, actor, given)


async def revoked(request: Request, actor: Actor, given: RevocationIn) -> None:
    """Revoke on the writer thread; raises what `EnrolStation.revoke` raises."""
    house = house_of(request)
    await wrap_future(
        house.write(lambda: house.enrol_station.revoke(station=given.station, actor=actor))
    )


@router.post(
    "/enrolments",
    status_code=HTTPStatus.CREATED,
    dependencies=[anyone("the one-time code is the proof"), Depends(attempt)],
)
async def enrol(request: Request, given: EnrolmentIn) -> EnrolmentOut:
    """Bind a device's public key to the station a one-time code was given out for."""
    house = house_of(request)
    async with failures_counted(request):
        enrolment = await wrap_future(
            house.write(
                lambda: house.enrol_station.enrol(
                    code=given.code,
                    public_key=given.public_key,
                    algorithm=Algorithm(given.algorithm),
                    after=given.after,
                    past=given.past,
                )
            )
        )
    return EnrolmentOut.of(enrolment, now_us=house.clock.now_us())


class RotationIn(BaseModel):
    """A station's next key: base64, as is what the key before and the new one have signed."""

    epoch: Annotated[int, Field(ge=2, le=2**31)]
    public_key: Annotated[InBase64, Field(max_length=128)]
    algorithm: Literal[1, 2]
    by_old: Annotated[InBase64, Field(max_length=128)]
    by_new: Annotated[InBase64, Field(max_length=128)]


class RotationOut(BaseModel):
    """The journal epoch that the new key signs."""

    epoch: int
    now: str


@router.post("/stations/rotations", status_code=HTTPStatus.CREATED)
async def rotate(
    request: Request, station: Annotated[str, station_may(Act.ROTATE_KEY)], given: RotationIn
) -> RotationOut:
    """Let a new key follow the one that vouches for it: a new journal epoch begins."""
    house = house_of(request)
    rotation = Rotation(
        epoch=given.epoch,
        public_key=given.public_key,
        algorithm=Algorithm(given.algorithm),
        by_old=given.by_old,
        by_new=given.by_new,
    )
    epoch = await wrap_future(house.write(lambda: house.rotate_key(station, rotation)))
    return RotationOut(epoch=epoch, now=iso(house.clock.now_us()))


class JournalIn(BaseModel):
    """A part of a station's exported journal, base64: its first line and some of the others."""

    part: Annotated[InBase64, Field(max_length=_MOST_PART_BYTES)]


class ImportedOut(BaseModel):
    """What became of the entries; `rejected`: sequence (0: none can be read) and code.

    `unreadable_lines` counts in the part from 1; `checkpoints`: complete up to, by epoch.
    """

    station: str
    outcomes: Counter[str]
    rejected: list[tuple[int, str]]
    unreadable_lines: list[int]
    checkpoints: dict[int, int]

    @classmethod
    def of(cls, imported: Imported) -> Self:
        """From the use case's answer."""
        reached = {epoch: one.seq for epoch, one in imported.checkpoints.items()}
        return cls(
            station=imported.station,
            outcomes=imported.outcomes,
            rejected=imported.rejected,
            unreadable_lines=imported.unreadable_lines,
            checkpoints=reached,
        )

    def with_next(self, part: Self, *, lines_before: int) -> Self:
        """What became of these and of the next part of the same file."""
        return type(self)(
            station=self.station,
            outcomes=self.outcomes + part.outcomes,
            rejected=[*self.rejected, *part.rejected],
            unreadable_lines=[
                *self.unreadable_lines,
                *(line + lines_before for line in part.unreadable_lines),
            ],
            checkpoints=self.checkpoints | part.checkpoints,
        )


@router.post("/stations/journals")
async def import_part(
    request: Request, actor: Annotated[Actor, may(Act.IMPORT_JOURNAL)], given: JournalIn
) -> ImportedOut:
    """Take in a journal that was carried here as a file; a part sent twice counts once."""
    house = house_of(request)
    imported = house.write(lambda: house.import_journal(given.part, actor=actor))
    return ImportedOut.of(await wrap_future(imported))


@router.get("/directory")
def directory(
    request: Request, station: Annotated[str, station_may(Act.READ_DIRECTORY)]
) -> DirectoryOut:
    """Offices and badges, for a station to work by without the network."""
    house = house_of(request)
    reference = house.reference
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
        tender_key=base64.b64encode(house.tenders.key_for(station)).decode(),
    )
