"""Dossiers over HTTP: register one at a counter, trace one."""

from asyncio import wrap_future
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request

from api.auth import may
from api.house import house_of
from api.routes import interface
from api.schemas import RegisteredOut, RegistrationIn
from domain.model.instants import parse_instant
from domain.model.labels import parse_label
from domain.model.policy import Act, Actor

router = interface("dossiers")


@router.post("/dossiers", status_code=HTTPStatus.CREATED)
async def register(
    request: Request, actor: Annotated[Actor, may(Act.REGISTER_DOSSIER)], given: RegistrationIn
) -> RegisteredOut:
    """Take in a dossier: label, promise and first fact in one save."""
    house = house_of(request)
    registration = given.registration()
    return RegisteredOut.of(
        await wrap_future(house.write(lambda: house.register_dossier(registration, actor=actor)))
    )


@router.get("/dossiers/{label}/trace")
def trace(
    request: Request,
    label: str,
    _actor: Annotated[Actor, may(Act.TRACE)],
    as_of: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Who held it, from when to when, on what evidence; `as_of` asks for an earlier moment."""
    as_of_us = None if as_of is None else parse_instant(as_of)
    return house_of(request).trace(str(parse_label(label)), as_of_us=as_of_us).to_json()
