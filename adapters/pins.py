"""PINs hashed by Argon2 (`Pins`)."""

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher


class Argon2Pins:
    """Tens of milliseconds a try; what really protects a short PIN is the lock on the person."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(),))

    def hash(self, pin: str) -> str:
        """A salted hash in Argon2's own text form."""
        return self._hasher.hash(pin)

    def fits(self, pin: str, pin_hash: str) -> bool:
        """Whether the PIN is the one hashed; never raises."""
        try:
            return self._hasher.verify(pin, pin_hash)
        except PwdlibError:
            return False
