"""Who is kept out: sessions that were signed out of, addresses that guess; used by `api.auth`.

A token is good until its time is over, so signing out of it has to be remembered. Of attempts only
those that fail count. One process remembers both itself, what was ended also in a file for its next
start; where several serve, `adapters.postgres_doors` remembers for all of them.
"""

import hashlib
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

from adapters.durable import write_whole
from domain.model.instants import Micros

ENDED = "ended-sessions"  # a line is the hash of a token and when it would have expired


class Doors(Protocol):
    """`digest` is a token's, see `digest_of`; `minute` counts from 1970. Any thread."""

    def has_ended(self, digest: str) -> bool:
        """Whether somebody signed out of it."""
        ...

    def end(self, digest: str, *, until_us: Micros, now_us: Micros) -> None:
        """Remember the token until it would have expired; forget those whose time is over."""
        ...

    def failures(self, door: str, address: str, *, minute: int) -> tuple[int, int]:
        """How often that address has failed at that door in this minute; from how many any has."""
        ...

    def failed(self, door: str, address: str, *, minute: int) -> None:
        """An attempt has failed."""
        ...


class OwnDoors:
    """`Doors` of one process; only tokens that it has signed are ended, so they are not many."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._until_us: dict[str, Micros] = {}
        self._changing = Lock()
        self._minute = -1
        self._failures: Counter[tuple[str, str]] = Counter()
        if file.is_file():
            for line in file.read_text("ascii", errors="replace").splitlines():
                digest, _, until = line.partition(" ")
                if until.isdecimal():  # a line cut off by a crash is no line
                    self._until_us[digest] = int(until)

    def has_ended(self, digest: str) -> bool:
        """See `Doors`."""
        return digest in self._until_us

    def end(self, digest: str, *, until_us: Micros, now_us: Micros) -> None:
        """See `Doors`."""
        with self._changing:
            kept = {each: until for each, until in self._until_us.items() if until > now_us}
            kept[digest] = until_us
            self._until_us = kept
            lines = "".join(f"{each} {until}\n" for each, until in kept.items())
            with suppress(OSError):  # a full disk keeps nobody signed in: memory has it
                write_whole(self._file, lines.encode("ascii"))

    def failures(self, door: str, address: str, *, minute: int) -> tuple[int, int]:
        """See `Doors`."""
        with self._changing:
            if minute != self._minute:
                return 0, 0
            addresses = sum(each == door for each, _ in self._failures)
            return self._failures[door, address], addresses

    def failed(self, door: str, address: str, *, minute: int) -> None:
        """See `Doors`."""
        with self._changing:
            if minute != self._minute:
                self._minute, self._failures = minute, Counter()
            self._failures[door, address] += 1


def digest_of(token: str) -> str:
    """The name under which a token is remembered; from it nobody can make the token."""
    return hashlib.sha256(token.encode()).hexdigest()
