"""Ed25519 and ECDSA P-256 by `cryptography`; the only place that knows about keys as objects."""

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

_HALF = SIGNATURE_BYTES // 2
_MOST_KEYS_REMEMBERED = 4096  # more than a province has stations
_ECDSA = ECDSA(SHA256())


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
    """Checks what others signed (`Signatures`)."""

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


@lru_cache(maxsize=_MOST_KEYS_REMEMBERED)
def _ed25519(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


@lru_cache(maxsize=_MOST_KEYS_REMEMBERED)
def _p256(public_key: bytes) -> EllipticCurvePublicKey:
    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
