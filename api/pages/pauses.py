"""What an open dossier waits for: supplement, payment, another agency; begun and ended by forms."""

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.pages.forms import answered, to
from api.pages.render import page
from api.schemas import Code, Text
from domain.model.causes import SUPPLEMENT_CAUSES, WAIVER_CAUSES
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor
from domain.ports.vault import MOST_TEXT_CHARS
from domain.use_cases.decide_dossier import Decided, DecideDossier

router = APIRouter(prefix="/dossiers/{label}/pauses", include_in_schema=False)
Pausing = Annotated[Actor, may(Act.PAUSE_DOSSIER)]
_MOST_DIGITS = 13
_SPACED = str.maketrans("", "", " .,")

Decision = Literal["supplement", "supplied", "fee", "paid", "waived", "agency", "answered"]


class PauseForm(BaseModel):
    """The fields of all seven forms; each reads its own."""

    cause: Code = ""
    text: Text = ""
    amount: Annotated[str, Field(max_length=20)] = ""
    agency: Code = ""

    @property
    def amount_vnd(self) -> int:
        """`150.000` as people write it; 0 for what is no amount."""
        digits = self.amount.translate(_SPACED)
        plain = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
        return int(digits) if plain else 0


_ACTS: dict[Decision, Callable[[DecideDossier, str, PauseForm, Actor], Decided]] = {
    "supplement": lambda desk, of, given, by: desk.request_supplement(
        of, cause=given.cause, text=given.text.strip() or None, actor=by
    ),
    "supplied": lambda desk, of, _, by: desk.supplement_supplied(of, actor=by),
    "fee": lambda desk, of, given, by: desk.request_fee(of, amount_vnd=given.amount_vnd, actor=by),
    "paid": lambda desk, of, _, by: desk.fee_paid(of, actor=by),
    "waived": lambda desk, of, given, by: desk.fee_waived(of, cause=given.cause, actor=by),
    "agency": lambda desk, of, given, by: desk.ask_agency(of, agency=given.agency, actor=by),
    "answered": lambda desk, of, _, by: desk.agency_answered(of, actor=by),
}


@router.get("")
def pauses(request: Request, label: str, actor: Pausing) -> Response:
    """What it waits for, when it is due, and what may begin or end."""
    return _page(request, str(parse_label(label)), actor)


@router.post("/{act}")
async def decide(
    request: Request,
    label: str,
    act: Decision,
    actor: Pausing,
    given: Annotated[PauseForm, Form()],
) -> Response:
    """Begin or end one wait; or the page again with what was typed and why it was refused."""
    house = house_of(request)
    of = str(parse_label(label))
    return await answered(
        lambda: wrap_future(
            house.write(lambda: _ACTS[act](house.decide_dossier, of, given, actor))
        ),
        done=to(f"/dossiers/{of}/pauses"),
        again=lambda refused: _page(request, of, actor, act, given, refused),
    )


def _page(
    request: Request,
    label: str,
    actor: Actor,
    act: Decision | Literal[""] = "",
    typed: PauseForm | None = None,
    refused: Told | None = None,
) -> Response:
    house = house_of(request)
    standing = house.decide_dossier.standing(label, actor=actor)
    sheet = house.views.dossier(label, now_us=house.clock.now_us())
    return page(
        request,
        "pauses.html",
        label=label,
        row=sheet.row,
        standing=standing,
        act=act,
        typed=typed or PauseForm(),
        refused=refused,
        supplement_causes=SUPPLEMENT_CAUSES,
        waiver_causes=WAIVER_CAUSES,
        offices=sorted(house.reference.offices()),
        most_text_chars=MOST_TEXT_CHARS,
    )
