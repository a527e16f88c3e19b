"""One pouch's page: who has it, what is in it, what is said to be in it, and the scans behind."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from api.auth import may
from api.house import House, house_of
from api.pages.acts import fitting
from api.pages.render import page
from api.pages.supervisor import as_shown
from api.pages.timeline import draw
from domain.model.custody_state import PouchState
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor
from domain.use_cases.trace_dossier import Trace

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
        last=_last_receipt(house, trace) if row.state == "closed" else {},
        settled=house.views.settled({label}),
        evidence=as_shown(house, actor, trace, own),
        fitting=fitting(house, actor, trace),
    )


def _last_receipt(house: House, trace: Trace) -> dict[str, bool]:
    """The manifest as its last receipt found it: for each dossier whether it was seen.

    A closed pouch has none any more, so that of the moment before is folded; empty where nobody
    had said what was inside.
    """
    aside = {one.key for one in trace.folded.set_aside}
    closings = [
        timed.effective_us
        for timed in trace.facts
        if (timed.fact.fact, timed.fact.subject) == ("Closed", trace.label)
        and timed.fact.key not in aside
    ]
    if not closings:
        return {}
    closed_us = max(closings)
    before = house.trace(trace.label, as_of_us=closed_us - 1).state
    missing = {
        one.subject
        for one in trace.beside.discrepancies
        if one.code == "MISSING"
        and one.opened_us <= closed_us
        and (one.closed_us is None or one.closed_us > closed_us)
    }
    listed = before.manifest if isinstance(before, PouchState) else ()
    return {label: label not in missing for label in listed}
