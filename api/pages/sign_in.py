"""The sign-in page: a one-time code, or badge and PIN; every other page leads here and back."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from api.auth import anyone, attempt, end_session, start_session
from api.errors import told
from api.http_refusals import MalformedRequest
from api.pages.render import page
from api.routes.session import actor_of
from api.schemas import SignInIn
from domain.model.errors import Refusal
from domain.model.policy import Act, Actor, allowed

router = APIRouter(include_in_schema=False)
FIRST_PAGE = "/"


class SignInForm(SignInIn):
    """The fields of the form; `then` is the page that was asked for."""

    then: Annotated[str, Field(max_length=500)] = FIRST_PAGE


@router.get("/sign-in", dependencies=[anyone("this is where one signs in")])
def ask(request: Request, then: str = FIRST_PAGE) -> Response:
    """The empty form."""
    return page(request, "sign_in.html", code=None, then=own_path(then))


@router.get("/sign-in/{code}", dependencies=[anyone("shows the form with the code filled in")])
def ask_with_code(request: Request, code: str) -> Response:
    """The form behind a one-time link; opening it spends nothing, so a preview does no harm."""
    return page(request, "sign_in.html", code=code[:128], then=FIRST_PAGE)


@router.post("/sign-in", dependencies=[anyone("code or PIN is the proof"), Depends(attempt)])
async def sign_in(request: Request, given: Annotated[SignInForm, Form()]) -> Response:
    """Start the session and go on, or say why not."""
    then = own_path(given.then)
    try:
        actor = await actor_of(request, given)
    except Refusal as refusal:
        return page(request, "sign_in.html", code=None, then=then, refused=told(refusal))
    to = first_page(actor) if then == FIRST_PAGE else then
    response = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    start_session(request, response, actor)
    return response


@router.post("/sign-out", dependencies=[anyone("ends one's own session")])
def sign_out(request: Request) -> Response:
    """End the session."""
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    end_session(request, response)
    return response


def first_page(actor: Actor | None) -> str:
    """Where one's work begins; for somebody who has not signed in, the page that asks for it."""
    return "/shift" if actor is not None and not allowed(actor, Act.VIEW_BOARD) else "/board"


def own_path(then: str) -> str:
    """The path if it is one of this server; raises `MalformedRequest` for another's address."""
    if not then.startswith("/") or then.startswith("//") or "\\" in then or not then.isprintable():
        raise MalformedRequest(fields="then")
    return then
