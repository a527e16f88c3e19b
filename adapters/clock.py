"""The one file of `adapters` that reads a clock or draws randomness; composition hands both on."""

import secrets  # noqa: TID251 - randomness enters the server here and nowhere else
import time
from uuid import UUID, uuid4  # noqa: TID251 - as above

from domain.model.instants import Micros


class SystemClock:
    """The machine's clock (`Clock`)."""

    def now_us(self) -> Micros:
        """Microseconds since 1970 UTC."""
        return time.time_ns() // 1000  # noqa: TID251 - time enters the server here and nowhere else


class SystemEntropy:
    """The machine's source of randomness (`Entropy`)."""

    def new_id(self) -> UUID:
        """A fresh random id."""
        return uuid4()

    def token(self, size_bytes: int) -> str:
        """A URL-safe secret."""
        return secrets.token_urlsafe(size_bytes)


def random_bytes(size: int) -> bytes:
    """For keys and nonces, which must never repeat: not a port, so that no script can replay it."""
    return secrets.token_bytes(size)
