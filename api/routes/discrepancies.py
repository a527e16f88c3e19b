"""People's acts on discrepancies as JSON: explain, assign, close, reopen, and what was done."""

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import BaseModel, Field

from api.auth import may
from api.house import House, house_of
from api.routes import interface
from domain.model.errors import NotFound
from domain.model.instants import iso
from domain.model.policy import Act, Actor
from domain.model.station_time import Identity
from domain.ports.vault import MOST_TEXT_CHARS
from domain.use_cases.settle_discrepancy import History, SettleDiscrepancy, Words

router = interface("discrepancies", prefix="/discrepancies")
Code = Annotated[str, Field(min_length=1, max_length=64)]
Key = Annotated[str, Field(min_length=1, max_length=160)]


class Which(BaseModel):
    """The identity of a discrepancy, and the version that was before the reader's eyes.

    Without `version` the act is decided on whatever others have done meanwhile.
    """

    code: Code
    subject: Code
    key: Key
    version: Annotated[int | None, Field(ge=0)] = None

    @property
    def identity(self) -> Identity:
        """As the domain names it."""
        return Identity(self.code, self.subject, self.key)


class ReasonIn(Which):
    """A coded reason; `other` needs a text."""

    reason: Code
    text: Annotated[str, Field(max_length=MOST_TEXT_CHARS)] = ""

    @property
    def words(self) -> Words:
        """As the use case takes them."""
        return Words(self.reason, self.text)


class AssignmentIn(Which):
    """Who is to see to it: an office or a person, by code."""

    kind: Literal["office", "person"]
    to: Code


class DeedOut(BaseModel):
    """One act of a person."""

    act: str
    by: str
    office: str
    at: str
    reason: str | None
    text: str | None
    to: str | None


class HistoryOut(BaseModel):
    """What people did about one discrepancy, the oldest first; `version` 0 before the first act."""

    code: str
    subject: str
    key: str
    version: int
    assigned: str | None
    closed_by: str | None
    deeds: list[DeedOut]


@router.post("/explain")
async def explain(
    request: Request, actor: Annotated[Actor, may(Act.EXPLAIN_DISCREPANCY)], given: ReasonIn
) -> HistoryOut:
    """Say how it came about."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request, given, actor, lambda desk: desk.explain(given.identity, given.words, **said)
    )


@router.post("/assign")
async def assign(
    request: Request, actor: Annotated[Actor, may(Act.ASSIGN_DISCREPANCY)], given: AssignmentIn
) -> HistoryOut:
    """Name the office or person who sees to it."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request,
        given,
        actor,
        lambda desk: desk.assign(given.identity, given.kind, given.to, **said),
    )


@router.post("/close")
async def close(
    request: Request, actor: Annotated[Actor, may(Act.CLOSE_DISCREPANCY)], given: ReasonIn
) -> HistoryOut:
    """Settle one that stays open until a person closes it."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request, given, actor, lambda desk: desk.close(given.identity, given.words, **said)
    )


@router.post("/reopen")
async def reopen(
    request: Request, actor: Annotated[Actor, may(Act.CLOSE_DISCREPANCY)], given: ReasonIn
) -> HistoryOut:
    """Take a person's closure back."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request, given, actor, lambda desk: desk.reopen(given.identity, given.words, **said)
    )


@router.get("/history")
def history(
    request: Request,
    actor: Annotated[Actor, may(Act.VIEW_DISCREPANCIES)],
    which: Annotated[Which, Query()],
) -> HistoryOut:
    """What people did about it; version 0 where nobody acted."""
    return _history(house_of(request), which, actor)


async def _done(
    request: Request, given: Which, actor: Actor, act: Callable[[SettleDiscrepancy], None]
) -> HistoryOut:
    house = house_of(request)
    await wrap_future(house.write(lambda: act(house.settle_discrepancy)))
    return _history(house, given, actor)


def _history(house: House, which: Which, actor: Actor) -> HistoryOut:
    """Raises `NotFound` for one that neither evidence nor people know of."""
    identity = which.identity
    found = house.settle_discrepancy.history([identity], actor=actor).get(identity)
    if found is None:
        if house.views.discrepancy(identity, now_us=house.clock.now_us()) is None:
            raise NotFound(what="discrepancy", code=" ".join(identity))
        found = History(identity, 0, 0, None, None, ())
    return HistoryOut(
        **identity._asdict(),
        version=found.version,
        assigned=found.assigned,
        closed_by=found.closed_by,
        deeds=[
            DeedOut(
                act=told.deed.act,
                by=told.deed.by,
                office=told.deed.office,
                at=iso(told.deed.at_us),
                reason=told.deed.reason,
                text=told.text,
                to=told.deed.to,
            )
            for told in found.told
        ],
    )
