"""The station's Ed25519 key, made on the device and never copied; and the server's, pinned."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adapters.durable import write_whole
from scanner_station.reasons import why_of
from scanner_station.refusals import NotEnrolled

_SEED_BYTES = 32


class StationKey:
    """Signs entries and requests."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature."""
        return self._private.sign(message)


def make_key(file: Path) -> StationKey:
    """Make the key at `file` (mode 0600) if none is there; a retried enrolment keeps its key."""
    if not file.exists():
        write_whole(file, Ed25519PrivateKey.generate().private_bytes_raw())
    return read_key(file)


def read_key(file: Path) -> StationKey:
    """The key in `file`; raises `NotEnrolled` where there is none."""
    try:
        seed = file.read_bytes()
    except FileNotFoundError as error:
        raise NotEnrolled(directory=str(file.parent), why="the key file is missing") from error
    except OSError as error:
        raise NotEnrolled(directory=str(file.parent), why=why_of(error)) from error
    if len(seed) != _SEED_BYTES:
        raise NotEnrolled(directory=str(file.parent), why="the key file is damaged")
    return StationKey(seed)


def holds(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the Ed25519 signature is that key's for exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
