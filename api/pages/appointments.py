"""Appointments to confirm: the list after a calendar changed, and one dossier's three decisions."""

from asyncio import wrap_future
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from api.auth import may
from api.errors import Told
from api.house import house_of
from api.pages.forms import answered, to
from api.pages.intake import pdf
from api.pages.paging import Sheet
from api.pages.render import page
from api.schemas import LAST_OFFSET, Text
from domain.model.causes import APPOINTMENT_CAUSES
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor
from domain.ports.vault import MOST_TEXT_CHARS
from domain.ports.views import AppointmentToConfirm
from domain.use_cases.appointment_reasons import Moved, why_moved
from domain.use_cases.decide_dossier import MOST_DAYS, Decided, DecideDossier

router = APIRouter(include_in_schema=False)
ROWS = 50
Cause = Annotated[str, Field(min_length=1, max_length=64)]
Deciding = Annotated[Actor, may(Act.REAPPOINT_DOSSIER)]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line: the dossier, why it stands here, and how often its appointment may yet move."""

    row: AppointmentToConfirm
    moved: Moved
    left: int


class DecidedForm(BaseModel):
    """Why it is decided so; `version` is that of the page with the form."""

    cause: Cause
    version: Annotated[int, Field(ge=0, le=1_000_000)]


class ApologyForm(DecidedForm):
    """An apology in words; an empty one is refused with the rest kept."""

    apology: Text = ""


class ReappointedForm(ApologyForm):
    """`to` is `due`, or `days` for so many working days from now."""

    to: Annotated[str, Field(pattern="^(due|days)$")] = "due"
    days: Annotated[str, Field(max_length=4)] = ""

    @property
    def wanted(self) -> int | None:
        """Working days from now, None for the due; 0 for what is no number."""
        if self.to == "due":
            return None
        return int(self.days) if self.days.isascii() and self.days.isdigit() else 0


@router.get("/appointments")
def appointments(
    request: Request,
    _actor: Annotated[Actor, may(Act.VIEW_APPOINTMENTS)],
    office: Annotated[str, Query(max_length=80)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=LAST_OFFSET // ROWS)] = 1,
) -> Response:
    """Open dossiers whose printed appointment is no longer their due, the soonest due first."""
    house = house_of(request)
    offices = house.reference.offices()
    offset = (number - 1) * ROWS
    found = house.views.appointments_to_confirm(office=office or None, offset=offset, limit=ROWS)
    procedures = house.reference.procedures()
    listed = [
        Listed(
            row,
            why_moved(row, house.calendars, offices),
            procedures[row.procedure].versions[row.procedure_version - 1].reappointments
            - row.reappointments,
        )
        for row in found.rows
    ]
    return page(
        request,
        "appointments.html",
        sheet=Sheet(listed, found.total, offset, ROWS),
        redating=found.redating,
        office=office,
        offices=sorted(offices),
    )


@router.get("/appointments/{label}")
def appointment(request: Request, label: str, actor: Deciding) -> Response:
    """One dossier's appointment against its due, and what may be decided about it."""
    return _page(request, str(parse_label(label)), actor)


@router.get("/appointments/{label}/apology.pdf")
def apology(request: Request, label: str, actor: Deciding) -> Response:
    """The newest letter of apology, to be signed; the applicant named to who may see that."""
    house = house_of(request)
    of = str(parse_label(label))
    letter = house.write_apology(of, actor=actor)
    return pdf(house.documents.apology_pdf(letter), f"phieu-xin-loi-{of}.pdf")


@router.post("/appointments/{label}/reappoint")
async def reappoint(
    request: Request, label: str, actor: Deciding, given: Annotated[ReappointedForm, Form()]
) -> Response:
    """Replace the promise, with an apology; it counts against the procedure's limit."""
    return await _done(
        request,
        label,
        actor,
        given,
        lambda desk, of: desk.reappoint(
            of,
            cause=given.cause,
            apology=given.apology,
            days=given.wanted,
            actor=actor,
            version=given.version,
        ),
    )


@router.post("/appointments/{label}/confirm")
async def confirm(
    request: Request, label: str, actor: Deciding, given: Annotated[DecidedForm, Form()]
) -> Response:
    """Let the promise stand."""
    return await _done(
        request,
        label,
        actor,
        given,
        lambda desk, of: desk.confirm_appointment(
            of, cause=given.cause, actor=actor, version=given.version
        ),
    )


@router.post("/appointments/{label}/apologise")
async def apologise(
    request: Request, label: str, actor: Deciding, given: Annotated[ApologyForm, Form()]
) -> Response:
    """Say why it is late, without another date."""
    return await _done(
        request,
        label,
        actor,
        given,
        lambda desk, of: desk.apologise(
            of, cause=given.cause, apology=given.apology, actor=actor, version=given.version
        ),
    )


async def _done(
    request: Request,
    label: str,
    actor: Actor,
    given: DecidedForm,
    decide: Callable[[DecideDossier, str], Decided],
) -> Response:
    """On to the dossier; or the forms again with what was typed and why it was refused."""
    house = house_of(request)
    of = str(parse_label(label))
    return await answered(
        lambda: wrap_future(house.write(lambda: decide(house.decide_dossier, of))),
        done=to(f"/dossiers/{of}#appointment"),
        again=lambda refused: _page(request, of, actor, given, refused),
    )


def _page(
    request: Request,
    label: str,
    actor: Actor,
    typed: DecidedForm | None = None,
    refused: Told | None = None,
) -> Response:
    house = house_of(request)
    standing = house.decide_dossier.appointment(label, actor=actor)
    now_us = house.clock.now_us()
    sheet = house.views.dossier(label, now_us=now_us)
    return page(
        request,
        "appointment.html",
        label=label,
        row=sheet.row,
        standing=standing,
        act=request.url.path.rpartition("/")[2] if typed else "",
        typed={"cause": "", "apology": "", "to": "", "days": ""}
        | (typed.model_dump() if typed else {}),
        refused=refused,
        causes=APPOINTMENT_CAUSES,
        most_days=MOST_DAYS,
        most_text_chars=MOST_TEXT_CHARS,
    )
