"""Ed25519 and ECDSA P-256 by `cryptography`; the only place that knows about keys as objects."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from domain.model.entry import SIGNATURE_BYTES, Algorithm
from domain.ports.signatures import Signed

_HALF = SIGNATURE_BYTES // 2
_MOST_KEYS_REMEMBERED = 4096  # more than a province has stations
_ECDSA = ECDSA(SHA256())
_MOST_CORES = 4  # of one process: others want theirs
_A_SHARE = 8  # signatures, some 0.7 ms: fewer are checked before another thread has begun


class Ed25519Signer:
    """One private key (`Signer`), from its 32 raw bytes."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self._public = self._key.public_key().public_bytes_raw()

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        return self._key.sign(message)


class SystemSignatures:
    """Checks what others signed (`Signatures`).

    The library lets go of the interpreter meanwhile, so that threads share it out.
    """

    def __init__(self) -> None:
        self._cores = min(os.cpu_count() or 1, _MOST_CORES)
        self._others = ThreadPoolExecutor(self._cores, thread_name_prefix="signatures")

    def holds(
        self, message: bytes, signature: bytes, *, public_key: bytes, algorithm: Algorithm
    ) -> bool:
        """Whether the signature is that key's for exactly these bytes; never raises."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            match algorithm:
                case Algorithm.ED25519:
                    _ed25519(public_key).verify(signature, message)
                case Algorithm.ECDSA_P256:
                    r = int.from_bytes(signature[:_HALF], "big")
                    s = int.from_bytes(signature[_HALF:], "big")
                    _p256(public_key).verify(encode_dss_signature(r, s), message, _ECDSA)
        except (InvalidSignature, ValueError):
            return False
        return True

    def each_holds(self, signed: Sequence[Signed]) -> list[bool]:
        """See `Signatures`: this thread checks its share as well."""
        share = max(-(-len(signed) // self._cores), _A_SHARE)
        parts = [signed[start : start + share] for start in range(0, len(signed), share)]
        others = [self._others.submit(self._each, part) for part in parts[1:]]
        own = [held for part in parts[:1] for held in self._each(part)]
        return own + [held for other in others for held in other.result()]

    def _each(self, signed: Sequence[Signed]) -> list[bool]:
        return [
            self.holds(message, signature, public_key=key, algorithm=algorithm)
            for message, signature, key, algorithm in signed
        ]


@lru_cache(maxsize=_MOST_KEYS_REMEMBERED)
def _ed25519(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


@lru_cache(maxsize=_MOST_KEYS_REMEMBERED)
def _p256(public_key: bytes) -> EllipticCurvePublicKey:
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
