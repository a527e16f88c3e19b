"""Signatures, kept out of the model so that it needs no cryptography."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from domain.model.entry import Algorithm


class Signer(Protocol):
    """One private key (Ed25519) that never leaves its file."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        ...


class Signed(NamedTuple):
    """What somebody signed, and the key that it should be by."""

    message: bytes
    signature: bytes
    public_key: bytes
    algorithm: Algorithm


class Signatures(Protocol):
    """Checks what others signed."""

    def holds(
        self, message: bytes, signature: bytes, *, public_key: bytes, algorithm: Algorithm
    ) -> bool:
        """Whether the signature is that key's for exactly these bytes; never raises."""
        ...

    def each_holds(self, signed: Sequence[Signed]) -> list[bool]:
        """`holds` of each of many, in their order, by as many cores as there are."""
        ...
