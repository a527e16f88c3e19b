"""Responsibility for time: the whole ledger of one dossier, objections and decisions on them."""

from asyncio import wrap_future
from collections.abc import Callable
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from api.auth import may
from api.errors import Told
from api.house import House, house_of
from api.http_refusals import MalformedRequest
from api.pages.forms import Typed, answered, to
from api.pages.minutes_words import (
    ACCOUNT_NAMES,
    LEG_NAMES,
    PART_NAMES,
    REASON_NAMES,
    RISK_NAMES,
    RULING_NAMES,
)
from api.pages.render import page
from api.routes.minutes import ObjectionIn
from domain.model.contest import DISMISSED_FOR, OBJECTIONS, UPHELD_FOR
from domain.model.errors import NotFound
from domain.model.identifiers import is_courier
from domain.model.labels import parse_label
from domain.model.legs import Account
from domain.model.office_hours import OutOfCalendar
from domain.model.policy import Act, Actor, allowed
from domain.model.succession import valid_offices
from domain.ports.vault import MOST_TEXT_CHARS
from domain.use_cases.account_for_time import Statement, steps_of
from domain.use_cases.contest_charge import ContestCharge
from domain.use_cases.trace_dossier import Trace

router = APIRouter(prefix="/dossiers/{label}/minutes", include_in_schema=False)
NAMES = MappingProxyType(
    {
        "legs": LEG_NAMES,
        "parts": PART_NAMES,
        "accounts": ACCOUNT_NAMES,
        "reasons": REASON_NAMES,
        "rulings": RULING_NAMES,
        "risks": RISK_NAMES,
    }
)


class UpheldForm(ObjectionIn):
    """`to` is `office:CODE`, `courier:PARTY` or `post:` and the like, as the form's list has it."""

    to: Annotated[str, Field(max_length=160)]


def statement_of(house: House, trace: Trace) -> Statement | None:
    """For a page that has room for it: None where there is nothing to account for."""
    try:
        return house.account_for_time(trace.label, as_of_us=trace.as_of_us, trace=trace)
    except (NotFound, OutOfCalendar):
        return None


@router.get("")
def minutes(request: Request, label: str, actor: Annotated[Actor, may(Act.TRACE)]) -> Response:
    """Every working minute and whose it was; raises `NotFound` for a label without a case."""
    return _page(request, actor, label, Typed())


@router.post("/contest")
async def contest(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.CONTEST_CHARGE)],
    given: Annotated[ObjectionIn, Form()],
) -> Response:
    """Object to minutes charged to one's own party."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request,
        actor,
        label,
        Typed("contest", given.reason, given.text),
        lambda desk, of: desk.raise_(of, given.charge, given.words, **said),
    )


@router.post("/uphold")
async def uphold(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.DECIDE_CONTEST)],
    given: Annotated[UpheldForm, Form()],
) -> Response:
    """Charge another."""
    kind, sign, code = given.to.partition(":")
    if not sign:
        raise MalformedRequest(fields="to")
    said: Any = {"actor": actor, "version": given.version, "to": Account(kind, code)}
    return await _done(
        request,
        actor,
        label,
        Typed("uphold", given.reason, given.text, given.to),
        lambda desk, of: desk.uphold(of, given.charge, given.words, **said),
    )


@router.post("/dismiss")
async def dismiss(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.DECIDE_CONTEST)],
    given: Annotated[ObjectionIn, Form()],
) -> Response:
    """Let the charge stand."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request,
        actor,
        label,
        Typed("dismiss", given.reason, given.text),
        lambda desk, of: desk.dismiss(of, given.charge, given.words, **said),
    )


async def _done(
    request: Request,
    actor: Actor,
    label: str,
    typed: Typed,
    act: Callable[[ContestCharge, str], None],
) -> Response:
    """Back to the page; or the page again with what was typed and why it was refused."""
    house, of = house_of(request), str(parse_label(label))
    return await answered(
        lambda: wrap_future(house.write(lambda: act(house.contest_charge, of))),
        done=to(f"/dossiers/{of}/minutes#objections"),
        again=lambda refused: _page(request, actor, of, typed, refused),
    )


def _page(
    request: Request, actor: Actor, label: str, typed: Typed, refused: Told | None = None
) -> Response:
    house, label = house_of(request), str(parse_label(label))
    statement = house.account_for_time(label)
    people = house.reference.people().values()
    contests = allowed(actor, Act.CONTEST_CHARGE)
    desk = house.contest_charge
    return page(
        request,
        "minutes.html",
        label=label,
        told=statement,
        steps=steps_of(statement.charged),
        texts=desk.texts(statement.contests, actor=actor),
        own=[each for each in statement.contestable if contests and desk.speaks_for(actor, each)],
        decides=[each for each in statement.contests if desk.decides(actor, each)],
        typed=typed,
        refused=refused,
        minute_names=NAMES,
        objections=OBJECTIONS,
        upheld_for=UPHELD_FOR,
        dismissed_for=DISMISSED_FOR,
        offices=valid_offices(house.reference.offices()),
        couriers=sorted({one.party for one in people if is_courier(one.party)}),
        most_text_chars=MOST_TEXT_CHARS,
    )
