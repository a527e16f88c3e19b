"""Instants as whole microseconds since 1970 UTC, and their ISO 8601 form at the edges.

Integers order, clamp and serialise faster than datetimes, and a canonical dump has no other form.
"""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from domain.model.errors import BadInstant

Micros = int  # since 1970-01-01 UTC

MINUTE_US = 60_000_000
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
HO_CHI_MINH = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no daylight saving time since 1975
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = _EPOCH.astimezone(HO_CHI_MINH)
_LONGEST_TEXT = 40
_YEARS = range(1900, 3000)  # beyond them a clock says nothing, and local time may not exist
_ONE_US = timedelta(microseconds=1)
_MOST_REMEMBERED = 1024  # all scans of a batch have one receipt and one checkpoint


def parse_instant(text: object) -> Micros:
    """Read `2026-03-02T08:00:00+07:00`; raises `BadInstant` without an offset or out of range.

    The range is asked of the local time, because that is how the instant is written and read again.
    """
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT or not text.isascii():
        raise BadInstant(text=ascii(text)[:_LONGEST_TEXT])
    return _parsed(text)


@lru_cache(_MOST_REMEMBERED)
def _parsed(text: str) -> Micros:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None or moment.astimezone(HO_CHI_MINH).year not in _YEARS:
            raise BadInstant(text=text)
    except (ValueError, OverflowError):
        raise BadInstant(text=text) from None
    return micros(moment)


def parse_local(text: str) -> Micros:
    """Read `2026-03-02T08:00` as Vietnam's time, as a form's field gives it; as `parse_instant`."""
    return parse_instant(f"{text}+07:00")


def micros(moment: datetime) -> Micros:
    """An aware datetime as microseconds."""
    return (moment - _EPOCH) // _ONE_US


def local(instant_us: Micros) -> datetime:
    """The datetime in Asia/Ho_Chi_Minh, as people read it."""
    return _LOCAL_EPOCH + timedelta(microseconds=instant_us)


@lru_cache(_MOST_REMEMBERED)
def iso(instant_us: Micros) -> str:
    """ISO 8601 with the offset +07:00; fractions only where there are any."""
    return local(instant_us).isoformat()
