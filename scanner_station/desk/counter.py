"""Intake at the desk without the network: form, drafts, stickers; mounted by `app` at a counter.

What is typed here goes into the encrypted draft and nowhere else: no URL, no log and no storage of
the browser has it, and only who is signed on sees a draft again.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from adapters.paper.labels import LabelText, sheets_pdf
from domain.model.errors import Refusal
from scanner_station.desk import render
from scanner_station.desk.posts import (
    Handler,
    MalformedError,
    language_of,
    name_of,
    read_object,
    through,
)
from scanner_station.prompts import prompt_for
from scanner_station.sources import TakingIn, View

if TYPE_CHECKING:
    from scanner_station.desk.running import DeskPage

_ON_A_SHEET = 24  # stickers


def counter_routes(desk: "DeskPage") -> list[Route]:
    """What a counter's page asks besides scans."""
    return [
        Route("/procedures", _procedures(desk)),
        Route("/intake", _take_in(desk), methods=["POST"]),
        Route("/drafts/{label}", _draft(desk)),
        Route("/drafts/{label}/resend", _resend(desk), methods=["POST"]),
        Route("/stickers", _stickers(desk), methods=["POST"]),
    ]


def refused(refusal: Refusal) -> Response:
    """The refusal in words, for a page of its own."""
    said = prompt_for(refusal)
    return PlainTextResponse(f"{said.vi}\n{said.en}\n", HTTPStatus.CONFLICT)


def _procedures(desk: "DeskPage") -> Handler:
    async def handler(_request: Request) -> Response:
        try:
            return JSONResponse(await run_in_threadpool(desk.drafts.procedures))
        except Refusal as refusal:
            return refused(refusal)

    return handler


def _take_in(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        told = await read_object(request)
        registration, sticker = told.get("registration"), told.get("sticker")
        if not isinstance(registration, dict) or not isinstance(sticker, str | None):
            raise MalformedError
        asked = View((), post=name_of(told.get("id")), intake=TakingIn(registration, sticker))
        [taken] = await through(desk, [asked])
        await run_in_threadpool(desk.look)
        intake = taken.intake
        if intake is None:  # the name was a scan's
            raise MalformedError
        if intake.refusal is None:
            return JSONResponse({"label": intake.label})
        said = prompt_for(intake.refusal)
        answer = {"code": said.code, "vi": said.vi, "en": said.en}
        field = intake.refusal.values.get("field")
        return JSONResponse(answer | {"field": field}, HTTPStatus.CONFLICT)

    return handler


def _draft(desk: "DeskPage") -> Handler:
    """What was typed, for the one at the desk: to be typed again where the server refuses it."""

    async def handler(request: Request) -> Response:
        label = request.path_params["label"]
        try:
            draft = await run_in_threadpool(desk.read_draft, label)
        except Refusal as refusal:
            return refused(refusal)
        return HTMLResponse(render.draft(label, draft, language=language_of(request)))

    return handler


def _resend(desk: "DeskPage") -> Handler:
    async def handler(request: Request) -> Response:
        try:
            desk.demand_operator()
            await run_in_threadpool(desk.drafts.resend, request.path_params["label"])
        except Refusal as refusal:
            return refused(refusal)
        await run_in_threadpool(desk.look)
        desk.send_now()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return handler


def _stickers(desk: "DeskPage") -> Handler:
    """A sheet of the next numbers; each waits from now on for its sticker to be scanned."""

    async def handler(_request: Request) -> Response:
        try:
            desk.demand_operator()
            labels = await run_in_threadpool(desk.drafts.print_ahead, _ON_A_SHEET)
        except Refusal as refusal:
            return refused(refusal)
        office = desk.office_name
        texts = [LabelText(label, office=office) for label in labels]
        pdf = await run_in_threadpool(sheets_pdf, texts)
        return Response(pdf, media_type="application/pdf")

    return handler
