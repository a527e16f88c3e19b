"""One-time codes for tenders: shown by the receiving station, typed at the deliverer's.

Both work without the network. The server derives a key for each station from its own secret and
gives it to that station alone, with its directory; the code of a minute follows from the key. Who
knows a code stood before the receiving station's screen in that minute, or within the tolerance.
"""

import hashlib
import hmac
import re

from domain.model.instants import MINUTE_US, Micros
from domain.model.reasons import read_reason

CODE = re.compile(r"[0-9]{8}")
WILL_NOT_SCAN = "will_not_scan"  # what a tender says when no other reason was scanned
TOLERANCE_MINUTES = 10  # two clocks that nobody set, and the time it takes to type
_MODULUS = 10**8


def tender_key(secret: bytes, station: str, epoch: int) -> bytes:
    """The key of a station's journal epoch: a replaced device shows other codes."""
    return hmac.digest(secret, f"giaonhan.tender|{station}|{epoch}".encode(), "sha256")


def code_at(key: bytes, at_us: Micros) -> str:
    """The eight digits of that minute."""
    return _code(key, at_us // MINUTE_US)


def code_holds(key: bytes, code: str, *, at_us: Micros) -> bool:
    """Whether a station with that key showed the code about then."""
    minute = at_us // MINUTE_US
    return any(
        hmac.compare_digest(_code(key, minute + off), code)
        for off in range(-TOLERANCE_MINUTES, TOLERANCE_MINUTES + 1)
    )


def with_code(reason: str | None, code: str) -> str:
    """The reason of a `Tendered` that refers to the code typed."""
    return f"{reason or WILL_NOT_SCAN}/{code}"


def code_of(reason: str) -> str | None:
    """The code that a tender's reason refers to; None without one."""
    _, reference = read_reason(reason)
    return reference if reference is not None and CODE.fullmatch(reference) else None


def _code(key: bytes, minute: int) -> str:
    word = hmac.new(key, minute.to_bytes(8, "big"), hashlib.sha256).digest()
    return f"{int.from_bytes(word[:8], 'big') % _MODULUS:08d}"
