"""PINs as slow hashes."""

from typing import Protocol


class Pins(Protocol):
    """Makes and checks the hash of a short secret."""

    def hash(self, pin: str) -> str:
        """A salted hash in its own text form."""
        ...

    def fits(self, pin: str, pin_hash: str) -> bool:
        """Whether the PIN is the one hashed; never raises."""
        ...
