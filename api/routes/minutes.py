"""Responsibility for time as JSON: the ledger of a dossier, objections and decisions on them."""

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from domain.model.instants import parse_instant
from domain.model.labels import parse_label
from domain.model.legs import Account
from domain.model.policy import Act, Actor
from domain.model.responsibility import Charged
from domain.ports.vault import MOST_TEXT_CHARS
from domain.use_cases.contest_charge import ContestCharge
from domain.use_cases.settle_discrepancy import Words

router = interface("minutes", prefix="/dossiers/{label}")
Code = Annotated[str, Field(min_length=1, max_length=80)]
Kind = Literal["office", "courier", "applicant", "agency", "post"]


class ObjectionIn(BaseModel):
    """Whose minutes of which part of a leg, as the ledger has them, and why not.

    The reason is coded; `other` needs a text. `version` is that of the contest before the reader's
    eyes, 0 where there was none; without it the act is decided on whatever others have done
    meanwhile.
    """

    leg: Code
    part: Annotated[str, Field(max_length=80)] = ""
    kind: Kind
    code: Annotated[str, Field(max_length=80)] = ""
    run: Annotated[str, Field(max_length=80)] = ""
    reason: Code
    text: Annotated[str, Field(max_length=MOST_TEXT_CHARS)] = ""
    version: Annotated[int | None, Field(ge=0)] = None

    @property
    def charge(self) -> Charged:
        """As the domain names it."""
        return Charged(self.leg, self.part, Account(self.kind, self.code, self.run or None))

    @property
    def words(self) -> Words:
        """As the use case takes them."""
        return Words(self.reason, self.text)


class UpheldIn(ObjectionIn):
    """Whose the minutes are after all; applicant, agency and post have no code."""

    to_kind: Kind
    to_code: Annotated[str, Field(max_length=80)] = ""

    @property
    def to(self) -> Account:
        """As the domain names it."""
        return Account(self.to_kind, self.to_code)


@router.get("/ledger")
def ledger(
    request: Request,
    label: str,
    _actor: Annotated[Actor, may(Act.TRACE)],
    as_of: str | None = None,
) -> dict[str, Any]:
    """Whose working minutes, and who made it late; `as_of` asks for an earlier moment."""
    as_of_us = None if as_of is None else parse_instant(as_of)
    of = str(parse_label(label))
    return house_of(request).account_for_time(of, as_of_us=as_of_us).to_json()


@router.post("/contests")
async def contest(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.CONTEST_CHARGE)],
    given: ObjectionIn,
) -> dict[str, Any]:
    """Object to minutes charged to one's own party."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request, label, lambda desk, of: desk.raise_(of, given.charge, given.words, **said)
    )


@router.post("/contests/uphold")
async def uphold(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.DECIDE_CONTEST)],
    given: UpheldIn,
) -> dict[str, Any]:
    """Charge another."""
    said: Any = {"actor": actor, "version": given.version, "to": given.to}
    return await _done(
        request, label, lambda desk, of: desk.uphold(of, given.charge, given.words, **said)
    )


@router.post("/contests/dismiss")
async def dismiss(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.DECIDE_CONTEST)],
    given: ObjectionIn,
) -> dict[str, Any]:
    """Let the charge stand."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request, label, lambda desk, of: desk.dismiss(of, given.charge, given.words, **said)
    )


async def _done(
    request: Request, label: str, act: Callable[[ContestCharge, str], None]
) -> dict[str, Any]:
    """The ledger as it is then."""
    house, of = house_of(request), str(parse_label(label))
    await wrap_future(house.write(lambda: act(house.contest_charge, of)))
    return house.account_for_time(of).to_json()
