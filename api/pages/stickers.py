"""The forms for another sticker and for a paper's own, their print, and where each paper is."""

from asyncio import wrap_future
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api.auth import may
from api.errors import Told
from api.house import House, house_of
from api.pages.forms import answered, to
from api.pages.render import page
from domain.model.custody_state import INFERRED
from domain.model.instants import Micros
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor
from domain.model.reasons import reasons_for
from domain.ports.views import DossierSheet, StickerRow

router = APIRouter(prefix="/labels/{label}", include_in_schema=False)
Relabelling = Annotated[Actor, may(Act.RELABEL_DOSSIER)]
LabellingPiece = Annotated[Actor, may(Act.LABEL_PIECE)]
Typed = Annotated[str, Form(max_length=64)]
Version = Annotated[int | None, Form(ge=0, le=1_000_000)]  # of the page with the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper with a label: where it is, by its own scans or, without any, by its dossier's.

    `holder` is None where nobody has it.
    """

    label: str
    title: str
    holder: str | None
    basis: str | None
    since_us: Micros | None
    scanned: bool


def papers(house: House, sheet: DossierSheet, stickers: Iterable[StickerRow]) -> list[Paper]:
    """The papers of the dossier, in the order in which they were labelled."""
    titles = dict(_kinds(house, sheet))
    pieces = [(one.label, one.piece) for one in stickers if one.piece is not None]
    chains = house.views.chains([label for label, _ in pieces])
    found = []
    for label, piece in pieces:
        own = chains.get(label, ())
        chain = own or sheet.chain
        last = chain[-1] if chain and chain[-1].to_us is None else None
        basis = None if last is None else last.basis if own else INFERRED
        found.append(
            Paper(
                label=label,
                title=titles.get(piece, piece),
                holder=None if last is None else last.holder,
                basis=basis,
                since_us=None if last is None else last.from_us,
                scanned=bool(own),
            )
        )
    return found


def _kinds(house: House, sheet: DossierSheet) -> list[tuple[str, str]]:
    """The papers that its procedure asks for: code and title."""
    procedure = house.reference.procedures().get(sheet.row.procedure or "")
    if procedure is None or sheet.procedure_version is None:
        return []
    return list(procedure.versions[sheet.procedure_version - 1].pieces)


@router.get("/label.pdf")
def printed(
    request: Request, label: str, actor: Annotated[Actor, may(Act.PRINT_LABEL)]
) -> Response:
    """The sticker with that number."""
    house, of = house_of(request), str(parse_label(label))
    content = house.documents.label_pdf(house.stick_labels.sticker(of, actor=actor))
    said = {"content-disposition": f'inline; filename="nhan-{of}.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=said)


@router.get("/acts/relabel")
def relabelling(request: Request, label: str, _actor: Relabelling) -> Response:
    """The form for another sticker."""
    return _page(request, str(parse_label(label)), "relabel")


@router.post("/acts/relabel")
async def relabel(
    request: Request,
    label: str,
    actor: Relabelling,
    reason: Typed = "",
    new: Typed = "",
    version: Version = None,
) -> Response:
    """Stick another label on it."""
    house, of = house_of(request), str(parse_label(label))
    return await _done(
        request,
        of,
        "relabel",
        lambda: house.stick_labels.relabel(
            of, new=new or None, reason=reason, actor=actor, version=version
        ),
    )


@router.get("/acts/piece")
def labelling(request: Request, label: str, _actor: LabellingPiece) -> Response:
    """The form for a paper's own label."""
    return _page(request, str(parse_label(label)), "piece")


@router.post("/acts/piece")
async def label_piece(
    request: Request,
    label: str,
    actor: LabellingPiece,
    kind: Typed = "",
    new: Typed = "",
    version: Version = None,
) -> Response:
    """Give a paper a label of its own."""
    house, of = house_of(request), str(parse_label(label))
    return await _done(
        request,
        of,
        "piece",
        lambda: house.stick_labels.label_piece(
            of, piece=new or None, kind=kind, actor=actor, version=version
        ),
    )


async def _done(request: Request, label: str, slug: str, act: Callable[[], str]) -> Response:
    """To the dossier's labels; or the form again and why it was refused."""
    return await answered(
        lambda: wrap_future(house_of(request).write(act)),
        done=to(f"/dossiers/{label}#labels"),
        again=lambda refused: _page(request, label, slug, refused),
    )


def _page(request: Request, label: str, slug: str, refused: Told | None = None) -> Response:
    """Raises `NotFound` for what is no dossier."""
    house = house_of(request)
    sheet = house.views.dossier(house.views.first_label(label), now_us=house.clock.now_us())
    return page(
        request,
        "sticker.html",
        label=label,
        slug=slug,
        refused=refused,
        version=house.stick_labels.version(label),
        reasons=reasons_for("Relabelled"),
        kinds=_kinds(house, sheet),
    )
