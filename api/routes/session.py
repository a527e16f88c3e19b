"""Signing in and out over HTTP; the pages use the same functions."""

from asyncio import wrap_future
from http import HTTPStatus

from fastapi import Depends, Request, Response

from api.auth import anyone, attempt, end_session, failures_counted, start_session
from api.house import house_of
from api.http_refusals import MalformedRequest
from api.routes import interface
from api.schemas import ActorOut, SignInIn
from domain.model.policy import Actor

router = interface("session")


@router.post("/sign-in", dependencies=[anyone("code or PIN is the proof"), Depends(attempt)])
async def sign_in(request: Request, response: Response, given: SignInIn) -> ActorOut:
    """Start a session by one-time code, or by badge and PIN."""
    actor = await actor_of(request, given)
    start_session(request, response, actor)
    return ActorOut(
        person=actor.person, office=actor.office, roles=sorted(role.value for role in actor.roles)
    )


@router.post(
    "/sign-out", status_code=HTTPStatus.NO_CONTENT, dependencies=[anyone("ends one's own session")]
)
def sign_out(request: Request, response: Response) -> None:
    """End the session."""
    end_session(request, response)


async def actor_of(request: Request, given: SignInIn) -> Actor:
    """Who that is; raises `SignInRefused`, `SignInLocked` or `MalformedRequest`."""
    house = house_of(request)
    code, badge, pin = given.code, given.badge, given.pin
    async with failures_counted(request):
        if code:
            return await wrap_future(house.write(lambda: house.sign_in.by_code(code=code)))
        if badge and pin:
            tried = await wrap_future(house.try_pin(badge=badge, pin=pin))
            return await wrap_future(house.write(lambda: house.sign_in.by_pin(tried)))
        raise MalformedRequest(fields="code, badge, pin")
