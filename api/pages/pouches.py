"""One pouch's page: who has it, what is in it, what is said to be in it, and the scans behind."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from api.auth import may
from api.house import house_of
from api.pages.render import page
from api.pages.supervisor import as_shown
from api.pages.timeline import draw
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor

router = APIRouter(include_in_schema=False)


@router.get("/pouches/{label}")
def pouch(request: Request, label: str, actor: Annotated[Actor, may(Act.TRACE)]) -> Response:
    """Its chain, seal, contents and manifest; raises `NotFound`."""
    house = house_of(request)
    label = str(parse_label(label))
    now_us = house.clock.now_us()
    row = house.views.pouch(label, now_us=now_us)
    trace = house.trace(label)
    own = [timed for timed in trace.facts if label == timed.fact.subject]
    return page(
        request,
        "pouch.html",
        label=label,
        row=row,
        trace=trace,
        drawn=draw(trace.chain, trace.discrepancies, until_us=now_us, due_us=None)
        if trace.chain
        else None,
        listed=sorted({*row.contents, *row.manifest}),
        settled=house.views.settled({label}),
        evidence=as_shown(house, actor, trace, own),
    )
