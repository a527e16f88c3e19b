"""Intake without the network over HTTP: what a counter's station is given, and what it brings."""

from asyncio import wrap_future
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.auth import station_may
from api.house import house_of
from api.routes import interface
from api.schemas import Code, RegistrationIn
from domain.model.policy import Act
from domain.use_cases.offline_intake import MOST_AT_ONCE, Draft, Kit

router = interface("stations")
TakingIn = Annotated[str, station_may(Act.TAKE_IN_OFFLINE)]


class KitIn(BaseModel):
    """How many more numbers are wanted."""

    count: Annotated[int, Field(ge=0, le=MOST_AT_ONCE)] = 0


class PieceOut(BaseModel):
    """One kind of paper that is asked for."""

    kind: str
    title: str


class ProcedureOut(BaseModel):
    """What can be applied for, as the counter's screen names it."""

    code: str
    title_vi: str
    title_en: str
    pieces: Sequence[PieceOut]


class KitOut(BaseModel):
    """The numbers given out, and the procedures in force."""

    labels: Sequence[str]
    procedures: Sequence[ProcedureOut]

    @classmethod
    def of(cls, kit: Kit) -> "KitOut":
        """From the use case's answer."""
        return cls(
            labels=kit.labels,
            procedures=[
                ProcedureOut(
                    code=code,
                    title_vi=terms.title_vi,
                    title_en=terms.title_en,
                    pieces=[PieceOut(kind=kind, title=title) for kind, title in terms.pieces],
                )
                for code, terms in sorted(kit.procedures.items())
            ],
        )


class DraftIn(BaseModel):
    """What was typed while there was no network, under the label that was scanned."""

    operator: Code
    registration: RegistrationIn


@router.post("/intake-kit")
async def kit(request: Request, station: TakingIn, given: KitIn) -> KitOut:
    """Give out numbers to a counter's station; what is given out is never given out again."""
    house = house_of(request)
    found = house.write(lambda: house.offline_intake.kit(station, count=given.count))
    return KitOut.of(await wrap_future(found))


@router.post("/intakes", status_code=HTTPStatus.CREATED)
async def take(
    request: Request, response: Response, station: TakingIn, given: DraftIn
) -> dict[str, str]:
    """Register what the station's scan stated; 200 for a draft that was taken before."""
    house = house_of(request)
    draft = Draft(operator=given.operator, registration=given.registration.registration())
    if not await wrap_future(house.write(lambda: house.offline_intake.take(station, draft))):
        response.status_code = HTTPStatus.OK
    return {"label": draft.registration.label or ""}
