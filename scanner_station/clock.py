"""The station's clock and chance: the one file here that asks the machine for either."""

# ruff: noqa: TID251 - the ban on clocks and chance sends everybody here

import random
import secrets
import time
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from domain.model.instants import Micros

_LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class StationClock(Protocol):
    """What time it is on this device; a rehearsal brings its own."""

    @property
    def boot_id(self) -> str:
        """Which stretch of monotonic time this is; a code, see `checked_code`."""
        ...

    def now_us(self) -> Micros:
        """The wall clock, uncorrected: microseconds since 1970 UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds that never run back within one boot."""
        ...


class SystemClock:
    """The machine's clocks.

    Where the system tells no boot id (Windows), each process counts as a boot of its own: a
    monotonic time is then compared with less, never wrongly.
    """

    def __init__(self) -> None:
        self.boot_id = _boot_id()

    def now_us(self) -> Micros:
        """The wall clock."""
        return time.time_ns() // 1000

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment before this process."""
        return time.monotonic_ns() // 1_000_000


def jitter() -> float:
    """A share from 0 to 1 by which a wait is shortened, so that stations do not call in step."""
    return random.random()


def _boot_id() -> str:
    try:
        return _LINUX_BOOT_ID.read_text().strip()[:64]
    except OSError:
        return str(uuid4())


def secret() -> str:
    """A name nobody guesses: 128 bits, for the links and cookies of the desk page."""
    return secrets.token_urlsafe(16)


def random_bytes(count: int) -> bytes:
    """Keys and nonces of what is encrypted here."""
    return secrets.token_bytes(count)
