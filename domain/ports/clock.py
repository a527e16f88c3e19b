"""Time and ids as something given, so that a day can be replayed."""

from typing import Protocol
from uuid import UUID

from domain.model.instants import Micros


class Clock(Protocol):
    """What time it is."""

    def now_us(self) -> Micros:
        """Microseconds since 1970 UTC."""
        ...


class Entropy(Protocol):
    """Ids and secrets nobody can guess."""

    def new_id(self) -> UUID:
        """A fresh random id."""
        ...

    def token(self, size_bytes: int) -> str:
        """A URL-safe secret with `size_bytes` bytes of entropy."""
        ...
