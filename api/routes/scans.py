"""Taking in scans: a station's signed batch goes in, one answer an entry comes out."""

from asyncio import wrap_future
from collections.abc import Sequence
from typing import Annotated

import structlog
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from api.auth import station_may
from api.house import House, house_of
from api.schemas import ScansIn, ScansOut
from domain.model.policy import Act
from domain.model.verdict import Verdict
from domain.use_cases.record_scans import CHAIN_BROKEN, Answer, SentEntry

router = APIRouter(tags=["stations"])
log = structlog.get_logger("giaonhan.scans")


@router.post("/scans")
async def take_in_scans(
    request: Request, station: Annotated[str, station_may(Act.SCAN)], given: ScansIn
) -> ScansOut:
    """Store a batch; what is answered here is on disk and on the board."""
    house = house_of(request)
    batch = given.sent()
    recorded = await wrap_future(house.write(lambda: house.record_scans(station, batch)))
    for answer in recorded.answers:
        request.app.state.metrics.scanned(answer.outcome)
        if answer.code == CHAIN_BROKEN:
            log.warning("chain broken", station=station, epoch=answer.epoch, seq=answer.seq)
    labels = {label for answer in recorded.answers for label in answer.labels}
    now_us = house.clock.now_us()
    codes = await run_in_threadpool(house.views.open_codes, labels, now_us=now_us)
    verdicts = await run_in_threadpool(_verdicts, house, batch, recorded.answers)
    return ScansOut.of(recorded, codes, verdicts, now_us=now_us)


def _verdicts(
    house: House, batch: Sequence[SentEntry], answers: Sequence[Answer]
) -> list[Verdict | None]:
    """What the scans met; none where our own mistake keeps us from saying it.

    The scans are on disk: an answer that failed would be asked for again for ever.
    """
    try:
        return house.judge_scan(batch, answers)
    except Exception:
        log.exception("verdict")
        return [None] * len(batch)
