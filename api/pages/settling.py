"""One discrepancy's page: what people did about it, and the forms to explain, assign, close it."""

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.http_refusals import MalformedRequest
from api.pages.forms import Typed, answered, to
from api.pages.render import page
from api.routes.discrepancies import ReasonIn, Which
from domain.model.discrepancy import CLOSED_BY_EVIDENCE, CLOSURES, EXPLANATIONS, REOPENINGS
from domain.model.errors import NotFound
from domain.model.policy import Act, Actor
from domain.model.succession import valid_offices
from domain.ports.vault import MOST_TEXT_CHARS
from domain.use_cases.settle_discrepancy import History, SettleDiscrepancy

router = APIRouter(prefix="/discrepancies", include_in_schema=False)


class AssignmentForm(Which):
    """`to` is `office:CODE` or `person:CODE`, as the one list of the form has them."""

    to: Annotated[str, Field(max_length=80)]


@router.get("/one")
def one(
    request: Request,
    actor: Annotated[Actor, may(Act.VIEW_DISCREPANCIES)],
    which: Annotated[Which, Query()],
) -> Response:
    """What is known of it and what was done about it; raises `NotFound`."""
    return _page(request, actor, which, Typed())


@router.post("/explain")
async def explain(
    request: Request,
    actor: Annotated[Actor, may(Act.EXPLAIN_DISCREPANCY)],
    given: Annotated[ReasonIn, Form()],
) -> Response:
    """Say how it came about."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request,
        actor,
        given,
        Typed("explain", given.reason, given.text),
        lambda desk: desk.explain(given.identity, given.words, **said),
    )


@router.post("/assign")
async def assign(
    request: Request,
    actor: Annotated[Actor, may(Act.ASSIGN_DISCREPANCY)],
    given: Annotated[AssignmentForm, Form()],
) -> Response:
    """Name the office or person who sees to it."""
    kind, _, code = given.to.partition(":")
    said: Any = {"actor": actor, "version": given.version}
    if kind not in {"office", "person"}:
        raise MalformedRequest(fields="to")
    return await _done(
        request,
        actor,
        given,
        Typed("assign", to=given.to),
        lambda desk: desk.assign(
            given.identity, "office" if kind == "office" else "person", code, **said
        ),
    )


@router.post("/close")
async def close(
    request: Request,
    actor: Annotated[Actor, may(Act.CLOSE_DISCREPANCY)],
    given: Annotated[ReasonIn, Form()],
) -> Response:
    """Settle it."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request,
        actor,
        given,
        Typed("close", given.reason, given.text),
        lambda desk: desk.close(given.identity, given.words, **said),
    )


@router.post("/reopen")
async def reopen(
    request: Request,
    actor: Annotated[Actor, may(Act.CLOSE_DISCREPANCY)],
    given: Annotated[ReasonIn, Form()],
) -> Response:
    """Take a closure back."""
    said: Any = {"actor": actor, "version": given.version}
    return await _done(
        request,
        actor,
        given,
        Typed("reopen", given.reason, given.text),
        lambda desk: desk.reopen(given.identity, given.words, **said),
    )


async def _done(
    request: Request,
    actor: Actor,
    which: Which,
    typed: Typed,
    act: Callable[[SettleDiscrepancy], None],
) -> Response:
    """Back to the page; or the page again with what was typed and why it was refused."""
    house = house_of(request)
    return await answered(
        lambda: wrap_future(house.write(lambda: act(house.settle_discrepancy))),
        done=to(f"/discrepancies/one?{urlencode(which.identity._asdict())}"),
        again=lambda refused: _page(request, actor, which, typed, refused),
    )


def _page(
    request: Request, actor: Actor, which: Which, typed: Typed, refused: Told | None = None
) -> Response:
    house = house_of(request)
    identity, now_us = which.identity, house.clock.now_us()
    row = house.views.discrepancy(identity, now_us=now_us)
    history = house.settle_discrepancy.history([identity], actor=actor).get(identity)
    if history is None:
        if row is None:
            raise NotFound(what="discrepancy", code=" ".join(identity))
        history = History(identity, 0, row.opened_us, None, None, ())
    if row is None or (row.closed_us is not None and row.closed_us <= now_us):
        state = "resolved"
    else:
        state = "open" if history.closed_by is None else "closed"
    people = house.reference.people()
    return page(
        request,
        "discrepancy.html",
        identity=identity,
        row=row,
        history=history,
        opened_us=history.opened_us if row is None else row.opened_us,
        state=state,
        typed=typed,
        refused=refused,
        by_evidence=identity.code in CLOSED_BY_EVIDENCE,
        explanations=EXPLANATIONS,
        closures=CLOSURES,
        reopenings=REOPENINGS,
        offices=valid_offices(house.reference.offices()),
        people=[person for _, person in sorted(people.items()) if not person.dismissed],
        most_text_chars=MOST_TEXT_CHARS,
    )
