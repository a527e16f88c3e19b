"""Which browsers may use the desk page: a one-time link opens it, a cookie keeps it open.

Other people of this machine and other pages in the same browser can reach 127.0.0.1 too. Only
hashes of the cookies are kept, so that a copy of the directory opens nothing.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from adapters.durable import write_whole
from scanner_station.clock import secret

_MOST_BROWSERS = 4  # the newest; a desk has one, and one that was installed anew


class Door:
    """`file` keeps the hashes of the cookies over restarts: a page left open goes on by itself."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._hashes: list[str] = []
        with suppress(OSError, ValueError, TypeError):
            self._hashes = [str(one) for one in json.loads(file.read_bytes())][-_MOST_BROWSERS:]
        self.code = secret()

    def enter(self, code: str) -> str | None:
        """The cookie for who comes by the link; None if it was used before. Opens once."""
        if hash_of(code) != hash_of(self.code):
            return None
        self.code = secret()
        cookie = secret()
        self._hashes = [*self._hashes, hash_of(cookie)][-_MOST_BROWSERS:]
        with suppress(OSError):  # a full disk: the page works until the station ends
            write_whole(self._file, json.dumps(self._hashes).encode())
        return cookie

    @property
    def knows_a_browser(self) -> bool:
        """Whether one came by a link before."""
        return bool(self._hashes)

    def is_open_to(self, cookie: str) -> bool:
        """Whether that cookie was given out here."""
        return hash_of(cookie) in self._hashes


def hash_of(text: str) -> str:
    """SHA-256 in hex: equal secrets are found without comparing them sign by sign."""
    return hashlib.sha256(text.encode()).hexdigest()
