"""Sessions signed out before they expired; asked at every request of a person.

A token is good until its time is over, so signing out has to be remembered: in memory, and in a
file for the next start. A line is the hash of a token and when it would have expired.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from threading import Lock

from domain.model.instants import Micros

ENDED = "ended-sessions"
_OWNER_ONLY = 0o600


class EndedSessions:
    """Only tokens that this server has signed are given to `end`, so their number is bounded."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._until_us: dict[str, Micros] = {}
        self._changing = Lock()
        if file.is_file():
            for line in file.read_text("ascii", errors="replace").splitlines():
                digest, _, until = line.partition(" ")
                if until.isdecimal():  # a line cut off by a crash is no line
                    self._until_us[digest] = int(until)

    def has(self, token: str) -> bool:
        """Whether somebody signed out of it."""
        return _digest(token) in self._until_us

    def end(self, token: str, *, until_us: Micros, now_us: Micros) -> None:
        """Remember the token until it would have expired; forget those whose time is over."""
        with self._changing:
            kept = {each: until for each, until in self._until_us.items() if until > now_us}
            kept[_digest(token)] = until_us
            self._until_us = kept
            lines = "".join(f"{each} {until}\n" for each, until in kept.items())
            with suppress(OSError):  # a full disk keeps nobody signed in: memory has it
                fresh = self._file.with_name(f"{ENDED}.new")
                opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
                with os.fdopen(opened, "w", encoding="ascii") as out:
                    out.write(lines)
                fresh.replace(self._file)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
