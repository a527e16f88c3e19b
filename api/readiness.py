"""Whether this server should be sent work, as coded reasons; used by `/readyz` and `doctor`."""

from api.house import House
from domain.model.errors import Refusal
from domain.ports.stores import StoreUnreachable
from domain.ports.views import ProjectionStatus

PROJECTION_STOPPED = "PROJECTION_STOPPED"
PROJECTION_BEHIND = "PROJECTION_BEHIND"
WRITER_STUCK = "WRITER_STUCK"
DISK_LOW = "DISK_LOW"
MOST_LAG_EVENTS = 5_000  # a minute's work of the projection: the sheets are that much behind
MOST_WAIT_S = 30.0  # longer than a station waits for its answer
LEAST_FREE_BYTES = 200 << 20  # below it the log may stop in the middle of a day


def unready(house: House) -> tuple[ProjectionStatus | None, list[str]]:
    """How far the read model is, None where it cannot be asked, and why not to send work here.

    The codes are those above, or the refusal's with which the store last answered a write or read.
    That it was away is forgotten once it can be read: who waits for a write to work sends none.
    """
    reasons = [] if house.write_fault is None else [house.write_fault]
    if house.queue.oldest_s > MOST_WAIT_S:
        reasons.append(WRITER_STUCK)
    if house.free_bytes < LEAST_FREE_BYTES:
        reasons.append(DISK_LOW)
    try:
        projection = house.views.status()
    except Refusal as refusal:
        return None, sorted({*reasons, refusal.code})
    reasons = [reason for reason in reasons if reason != StoreUnreachable.code]
    if projection.fault is not None or house.projection_fault is not None:
        reasons.append(PROJECTION_STOPPED)
    if projection.lag > MOST_LAG_EVENTS:
        reasons.append(PROJECTION_BEHIND)
    return projection, reasons
