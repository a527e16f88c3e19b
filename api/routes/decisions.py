"""Decisions on one dossier over HTTP: pauses and their ends, and a new appointment."""

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated

from fastapi import Request

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.routes.decision_schemas import (
    AgencyIn,
    ApologyIn,
    CauseIn,
    DecidedOut,
    FeeIn,
    ReappointmentIn,
    SupplementIn,
)
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor
from domain.use_cases.decide_dossier import Decided, DecideDossier

router = interface("decisions", prefix="/dossiers/{label}")
Pausing = Annotated[Actor, may(Act.PAUSE_DOSSIER)]
Appointing = Annotated[Actor, may(Act.REAPPOINT_DOSSIER)]


async def _decided(
    request: Request, label: str, decide: Callable[[DecideDossier, str], Decided]
) -> DecidedOut:
    house = house_of(request)
    of = str(parse_label(label))
    return DecidedOut.of(await wrap_future(house.write(lambda: decide(house.decide_dossier, of))))


@router.post("/supplement/request")
async def request_supplement(
    request: Request, label: str, actor: Pausing, given: SupplementIn
) -> DecidedOut:
    """Wait for the applicant to add or mend something; the clock stands still from now on."""
    return await _decided(
        request,
        label,
        lambda desk, of: desk.request_supplement(
            of, cause=given.cause, text=given.text or None, actor=actor
        ),
    )


@router.post("/supplement/supply")
async def supply(request: Request, label: str, actor: Pausing) -> DecidedOut:
    """What was asked for has come in; the clock goes on."""
    return await _decided(
        request, label, lambda desk, of: desk.supplement_supplied(of, actor=actor)
    )


@router.post("/fee/request")
async def request_fee(request: Request, label: str, actor: Pausing, given: FeeIn) -> DecidedOut:
    """Wait for the applicant's payment."""
    return await _decided(
        request,
        label,
        lambda desk, of: desk.request_fee(of, amount_vnd=given.amount_vnd, actor=actor),
    )


@router.post("/fee/pay")
async def pay_fee(request: Request, label: str, actor: Pausing) -> DecidedOut:
    """The payment is in."""
    return await _decided(request, label, lambda desk, of: desk.fee_paid(of, actor=actor))


@router.post("/fee/waive")
async def waive_fee(request: Request, label: str, actor: Pausing, given: CauseIn) -> DecidedOut:
    """Do without the payment."""
    return await _decided(
        request, label, lambda desk, of: desk.fee_waived(of, cause=given.cause, actor=actor)
    )


@router.post("/agency/ask")
async def ask_agency(request: Request, label: str, actor: Pausing, given: AgencyIn) -> DecidedOut:
    """Wait for another agency's opinion."""
    return await _decided(
        request, label, lambda desk, of: desk.ask_agency(of, agency=given.agency, actor=actor)
    )


@router.post("/agency/answer")
async def agency_answered(request: Request, label: str, actor: Pausing) -> DecidedOut:
    """The other agency has answered."""
    return await _decided(request, label, lambda desk, of: desk.agency_answered(of, actor=actor))


@router.post("/reappoint")
async def reappoint(
    request: Request, label: str, actor: Appointing, given: ReappointmentIn
) -> DecidedOut:
    """Promise the due as it is computed now, or working days from now; late stays late."""
    return await _decided(
        request,
        label,
        lambda desk, of: desk.reappoint(
            of, cause=given.cause, apology=given.apology, days=given.days, actor=actor
        ),
    )


@router.post("/confirm-appointment")
async def confirm_appointment(
    request: Request, label: str, actor: Appointing, given: CauseIn
) -> DecidedOut:
    """Let the promise stand, although the due is another by now."""
    return await _decided(
        request,
        label,
        lambda desk, of: desk.confirm_appointment(of, cause=given.cause, actor=actor),
    )


@router.post("/apologise")
async def apologise(
    request: Request, label: str, actor: Appointing, given: ApologyIn
) -> DecidedOut:
    """Say why it is late, without another date."""
    return await _decided(
        request,
        label,
        lambda desk, of: desk.apologise(of, cause=given.cause, apology=given.apology, actor=actor),
    )
