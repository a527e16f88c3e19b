"""The page of devices: which stations are heard, which are not, and whose clock is off."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Request, Response

from api.auth import may
from api.house import house_of
from api.pages.board_words import DEVICE_STATES
from api.pages.render import page
from domain.model.policy import Act, Actor
from domain.use_cases.watch_devices import DeviceState

router = APIRouter(include_in_schema=False)


@router.get("/devices")
def devices(request: Request, actor: Annotated[Actor, may(Act.VIEW_DEVICES)]) -> Response:
    """Every scanning station, those that need somebody first."""
    found = house_of(request).watch_devices(actor=actor)
    counted = Counter(one.state for one in found)
    return page(
        request,
        "devices.html",
        devices=found,
        counted={state: counted[state] for state in DeviceState},
        states=DEVICE_STATES,
    )
