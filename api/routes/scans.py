"""Taking in scans: a station's signed batch goes in, one answer an entry comes out."""

from asyncio import wrap_future
from typing import Annotated

import structlog
from fastapi import Request

from api.auth import station_may
from api.house import house_of
from api.routes import interface
from api.schemas import ScansIn, ScansOut
from api.straight import Straight
from domain.model.policy import Act
from domain.use_cases.judge_scan import Recorded
from domain.use_cases.record_scans import CHAIN_BROKEN, Sending

router = interface("stations", route_class=Straight)
log = structlog.get_logger("giaonhan.scans")


@router.post("/scans")
async def take_in_scans(
    request: Request, station: Annotated[str, station_may(Act.SCAN)], given: ScansIn
) -> ScansOut:
    """Store a batch; what is answered here is on disk and on the board."""
    house = house_of(request)
    batch = given.sent()
    recorded = await wrap_future(house.take_in(Sending(station, batch)))
    for answer in recorded.answers:
        request.app.state.metrics.scanned(answer.outcome)
        if answer.code == CHAIN_BROKEN:
            log.warning("chain broken", station=station, epoch=answer.epoch, seq=answer.seq)
    met = await wrap_future(house.tell(Recorded(batch, recorded.answers)))
    return ScansOut.of(recorded, met.codes, met.verdicts, now_us=house.clock.now_us())
