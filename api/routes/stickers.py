"""Stickers as JSON: replacing a dossier's label, binding labels to single papers, listing both."""

from asyncio import wrap_future
from http import HTTPStatus
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import Code
from domain.model.instants import iso
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor

router = interface("stickers", prefix="/dossiers/{label}")
Sticker = Annotated[str | None, Field(max_length=40)]
Version = Annotated[int | None, Field(ge=0, le=1_000_000)]  # of the stickers one has seen


class RelabelIn(BaseModel):
    """Why; and the new label where one is stuck on already, else the office's next is taken."""

    reason: Code
    label: Sticker = None
    version: Version = None


class PieceIn(BaseModel):
    """What kind of paper; and its label where one is stuck on already."""

    kind: Code
    label: Sticker = None
    version: Version = None


class StickerOut(BaseModel):
    """A label that leads to the dossier; `piece` is the kind of a single paper, else null."""

    label: str
    dossier: str
    piece: str | None
    since: str


class LabelOut(BaseModel):
    """The label to be printed or stuck."""

    label: str


@router.post("/relabel", status_code=HTTPStatus.CREATED)
async def relabel(
    request: Request,
    label: str,
    actor: Annotated[Actor, may(Act.RELABEL_DOSSIER)],
    given: RelabelIn,
) -> LabelOut:
    """Let it wear another label; the old one goes on leading to it."""
    house, of = house_of(request), str(parse_label(label))
    stick = house.stick_labels
    return LabelOut(
        label=await wrap_future(
            house.write(
                lambda: stick.relabel(
                    of,
                    new=given.label,
                    reason=given.reason,
                    actor=actor,
                    version=given.version,
                )
            )
        )
    )


@router.post("/pieces", status_code=HTTPStatus.CREATED)
async def label_piece(
    request: Request, label: str, actor: Annotated[Actor, may(Act.LABEL_PIECE)], given: PieceIn
) -> LabelOut:
    """Give one of its papers a label of its own."""
    house, of = house_of(request), str(parse_label(label))
    stick = house.stick_labels
    return LabelOut(
        label=await wrap_future(
            house.write(
                lambda: stick.label_piece(
                    of,
                    piece=given.label,
                    kind=given.kind,
                    actor=actor,
                    version=given.version,
                )
            )
        )
    )


@router.get("/stickers")
def stickers(
    request: Request, label: str, _actor: Annotated[Actor, may(Act.TRACE)]
) -> list[StickerOut]:
    """All labels of the dossier besides a first that is its only one, the oldest first."""
    views = house_of(request).views
    of = str(parse_label(label))
    found = views.stickers(views.dossier_of_piece(of) or views.first_label(of))
    return [
        StickerOut(label=one.label, dossier=one.dossier, piece=one.piece, since=iso(one.since_us))
        for one in found
    ]
