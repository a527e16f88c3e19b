"""The rows of log and vault as every engine has them; the read model follows from them.

Used by both engines' side of a copy. A row is the same values on each: streams as 32 hex digits,
ids of events as they are, because followers and backups name places in the log by them.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

Row = tuple[Any, ...]
Told = Callable[[str, int, int], None]  # which table or file, done, of: rows, pages or bytes
EVENTS, RECORDS, TOKENS = TABLES = "stored_events", "record", "token"
_ROWS_BETWEEN = 5_000  # told of, so that a progress bar moves


class Rows(Protocol):
    """One moment of a house's log and vault."""

    def count(self, table: str) -> int:
        """How many rows the table has."""
        ...

    def of(self, table: str) -> Iterator[Row]:
        """All of them, in the order of their key.

        `stored_events`: id, stream, version, topic, state; `record`: opaque, kind, owner, settled,
        sealed; `token`: token, opaque.
        """
        ...


class Digest:
    """SHA-256 over rows: equal for the same rows in the same order, whatever the engine."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows themselves, taken into account as they pass."""
        for row in rows:
            parts = [_bytes(value) for value in row]
            self._hash.update(" ".join([f"{len(part)}" for part in parts]).encode() + b"\n")
            self._hash.update(b"".join(parts))
            yield row

    @property
    def hex(self) -> str:
        """Of the rows so far."""
        return self._hash.hexdigest()


def digests(rows: Rows) -> dict[str, str]:
    """By table, the digest over all its rows."""
    found = {}
    for table in TABLES:
        digest = Digest()
        for _ in digest.through(rows.of(table)):
            pass
        found[table] = digest.hex
    return found


def counted(rows: Iterable[Row], table: str, of: int, told: Told) -> Iterator[Row]:
    """The rows themselves, told of now and then and at their end."""
    done = 0
    for row in rows:
        yield row
        done += 1
        if done % _ROWS_BETWEEN == 0:
            told(table, done, of)
    told(table, done, of)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"\0" if value is None else str(value).encode()
