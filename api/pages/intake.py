"""The counter clerk's intake: choose a procedure, fill its form, print receipt and label."""

from asyncio import wrap_future
from http import HTTPStatus
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import may
from api.errors import Told, told
from api.house import house_of
from api.pages.catalogue import MOST_PAGES, MOST_SEARCH_CHARS, ROWS, is_called
from api.pages.intake_form import APPLICANT, COUNT, MOST_PIECES, Typed
from api.pages.paging import cut
from api.pages.render import page
from domain.model.errors import AlreadyExists, NotAllowed, Refusal
from domain.model.explanation import RULES
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor
from domain.ports.vault import MOST_FIELD_CHARS, MOST_TEXT_CHARS

router = APIRouter(include_in_schema=False)
LOOKUP = "h/"  # the public look-up page, before its token; short, so that the code stays coarse
_TAKEN = {"label": "taken_label"}
_PRIVATE = {"cache-control": "no-store"}  # said here too: these sheets must never stay behind


@router.get("/intake")
def choose(
    request: Request,
    actor: Annotated[Actor, may(Act.REGISTER_DOSSIER)],
    procedure: Annotated[str, Query(max_length=64)] = "",
    search: Annotated[str, Query(max_length=MOST_SEARCH_CHARS)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=MOST_PAGES)] = 1,
) -> Response:
    """The procedures that hold every word sought, a page at a time; or the empty form of one."""
    if procedure:
        return _form(request, actor, Typed(procedure=procedure))
    offered = house_of(request).intake.procedures()
    found = sorted(
        ((code, terms) for code, terms in offered.items() if is_called(code, terms, search)),
        key=lambda one: (one[1].department, one[1].title_vi),
    )
    sheet = cut(found, number=number, rows=ROWS)
    departments = groupby(sheet.rows, key=lambda one: one[1].department)
    return page(
        request,
        "intake_choose.html",
        departments=[(code, list(of)) for code, of in departments],
        sheet=sheet,
        search=search,
        offered=len(offered),
    )


@router.post("/intake")
async def register(
    request: Request, actor: Annotated[Actor, may(Act.REGISTER_DOSSIER)]
) -> Response:
    """Take the dossier in once and lead to its page; or the form again, nothing typed lost."""
    house = house_of(request)
    typed = Typed.sent(await request.form())
    terms = house.intake.offer(typed.procedure, actor=actor).terms
    if wrong := typed.wrong(terms):
        return _form(request, actor, typed, wrong=wrong, status=HTTPStatus.BAD_REQUEST)
    given = typed.registration(terms, office=actor.office)
    try:
        label = await wrap_future(
            house.write(
                lambda: house.intake.register(given, ticket=typed.ticket, actor=actor),
            )
        )
    except NotAllowed:
        raise
    except AlreadyExists:
        return _form(request, actor, typed, wrong=_TAKEN, status=HTTPStatus.CONFLICT)
    except Refusal as refusal:
        return _form(request, actor, typed, refused=told(refusal))
    return RedirectResponse(f"/intake/{label}", HTTPStatus.SEE_OTHER)


@router.get("/intake/{label}")
def taken(
    request: Request, label: str, actor: Annotated[Actor, may(Act.REGISTER_DOSSIER)]
) -> Response:
    """What was just registered: number, due date, and what to print."""
    label = str(parse_label(label))
    found = house_of(request).intake.taken(label, actor=actor)
    handed_in = {code for code, _ in found.dossier.pieces}
    lacking = [title for code, title in found.terms.pieces if code not in handed_in]
    return page(
        request, "intake_taken.html", dossier=found.dossier, terms=found.terms, lacking=lacking
    )


@router.get("/intake/{label}/receipt.pdf")
def receipt(
    request: Request, label: str, actor: Annotated[Actor, may(Act.SEE_APPLICANT)]
) -> Response:
    """The receipt, with the applicant's data; its look-up code only at first (see `Tokens`)."""
    house = house_of(request)
    label = str(parse_label(label))
    sheet = house.intake.receipt(label, actor=actor, lookup_at=f"{request.base_url}{LOOKUP}")
    return pdf(house.documents.receipt_pdf(sheet), f"giay-tiep-nhan-{label}.pdf")


@router.get("/intake/{label}/label.pdf")
def label(request: Request, label: str, actor: Annotated[Actor, may(Act.PRINT_LABEL)]) -> Response:
    """The dossier's sticker."""
    house = house_of(request)
    label = str(parse_label(label))
    return pdf(
        house.documents.label_pdf(house.intake.label(label, actor=actor)), f"nhan-{label}.pdf"
    )


def pdf(content: bytes, name: str) -> Response:
    """Shown in the browser's own viewer, from which it is printed."""
    said = {"content-disposition": f'inline; filename="{name}"', **_PRIVATE}
    return Response(content, media_type="application/pdf", headers=said)


def _form(
    request: Request,
    actor: Actor,
    typed: Typed,
    *,
    wrong: dict[str, str] | None = None,
    refused: Told | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    """The form with what was typed and what is wrong with it; raises `NotFound`.

    A form that was refused gets a new ticket: what is sent next is another sending.
    """
    intake = house_of(request).intake
    ticket = intake.ticket() if refused or not typed.ticket else typed.ticket
    return page(
        request,
        "intake_form.html",
        status=status,
        offer=intake.offer(typed.procedure, actor=actor),
        typed=typed,
        ticket=ticket,
        wrong=wrong or {},
        refused=refused,
        applicant_fields=APPLICANT,
        count_field=COUNT,
        most_chars=MOST_FIELD_CHARS,
        most_text_chars=MOST_TEXT_CHARS,
        most_pieces=MOST_PIECES,
        rules=RULES,
    )
