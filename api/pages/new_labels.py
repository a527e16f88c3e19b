"""The page that prints labels with new numbers: pouch tags, stickers, places."""

from asyncio import wrap_future
from concurrent.futures import Future
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.http_refusals import CountOutOfRange
from api.pages.forms import answered
from api.pages.intake import pdf
from api.pages.render import page
from domain.model.labels import Kind
from domain.model.policy import Act, Actor
from domain.ports.documents import DossierLabel

router = APIRouter(include_in_schema=False)
MOST_AT_ONCE = 240  # ten A4 sheets of stickers, or twenty-four of tags
KINDS = {"pouch": Kind.POUCH, "dossier": Kind.DOSSIER, "piece": Kind.PIECE, "place": Kind.PLACE}


class NewLabelsIn(BaseModel):
    """What is to be printed: how many labels of which kind, for which printer."""

    kind: Annotated[str, Form(max_length=16)] = "pouch"
    count: int = 10
    single: bool = False


@router.get("/new-labels")
def choose(request: Request, _actor: Annotated[Actor, may(Act.PRINT_LABEL)]) -> Response:
    """The form."""
    return _page(request, NewLabelsIn())


@router.post("/new-labels")
async def print_new(
    request: Request,
    actor: Annotated[Actor, may(Act.PRINT_LABEL)],
    given: Annotated[NewLabelsIn, Form()],
) -> Response:
    """The labels as PDF; their numbers are given to the office and never to anything else."""
    return await answered(
        lambda: wrap_future(_reserved(request, actor, given)),
        done=lambda labels: _printed(request, actor, labels, single=given.single),
        again=lambda refused: _page(request, given, refused),
    )


def _reserved(request: Request, actor: Actor, given: NewLabelsIn) -> Future[list[str]]:
    """Raises `CountOutOfRange`, the future what `ReserveLabels` raises."""
    if not 1 <= given.count <= MOST_AT_ONCE or given.kind not in KINDS:
        raise CountOutOfRange(least=1, most=MOST_AT_ONCE)
    house, kind = house_of(request), KINDS[given.kind]
    return house.write(
        lambda: house.reserve_labels(kind, office=actor.office, count=given.count, actor=actor)
    )


def _printed(request: Request, actor: Actor, labels: list[str], *, single: bool) -> Response:
    house = house_of(request)
    office = house.reference.offices()[actor.office].name_vi
    texts = [
        DossierLabel(label=label, official_code=None, procedure="", office=office)
        for label in labels
    ]
    return pdf(house.documents.labels_pdf(texts, single=single), f"nhan-{labels[0]}.pdf")


def _page(request: Request, typed: NewLabelsIn, refused: Told | None = None) -> Response:
    return page(
        request, "new_labels.html", typed=typed, kinds=KINDS, most=MOST_AT_ONCE, refused=refused
    )
