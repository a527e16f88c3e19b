"""Taking in scans: a station's signed batch goes in, one answer an entry comes out."""

from asyncio import wrap_future
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from api.auth import station_may
from api.house import house_of
from api.schemas import ScansIn, ScansOut
from domain.model.policy import Act

router = APIRouter(tags=["stations"])


@router.post("/scans")
async def take_in_scans(
    request: Request, station: Annotated[str, station_may(Act.SCAN)], given: ScansIn
) -> ScansOut:
    """Store a batch; what is answered here is on disk and on the board."""
    house = house_of(request)
    batch = given.sent()
    recorded = await wrap_future(house.write(lambda: house.record_scans(station, batch)))
    labels = {label for answer in recorded.answers for label in answer.labels}
    now_us = house.clock.now_us()
    codes = await run_in_threadpool(house.views.open_codes, labels, now_us=now_us)
    return ScansOut.of(recorded, codes, now_us=now_us)
