"""A journal as a file of lines that anybody may carry: written by stations, read by both sides.

The first line names the station, each further line holds one entry as it was signed, or says up to
where entries were pruned. The file proves nothing by itself: every entry carries its signature.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.model.entry import FIRST_PREVIOUS, MOST_ENTRY_BYTES
from domain.model.errors import BadCode, Refusal
from domain.model.identifiers import checked_code

_LONGEST_LINE = MOST_ENTRY_BYTES * 4 // 3 + 64
_HASH_LETTERS = 64
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


class NotAJournalFile(Refusal):
    """The file's first line does not say that it is a station's journal; values: why."""

    code = "NOT_A_JOURNAL_FILE"


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """Up to `seq` the entries of this epoch were pruned; the next one names `digest`."""

    epoch: int
    seq: int = 0
    digest: str = FIRST_PREVIOUS


@dataclass(slots=True)
class JournalLines:
    """What a file says: entries as bytes in its order; the lines (from 1) that say nothing.

    `torn`: the last of those stands behind every entry.
    """

    station: str
    entries: list[bytes] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    torn: bool = False


def journal_lines(
    station: str, anchors: Iterable[Anchor], entries: Iterable[bytes]
) -> Iterator[bytes]:
    """The file, line by line with their ends."""
    yield _line({"giaonhan": "journal", "version": 1, "station": station})
    for anchor in anchors:
        told = {"epoch": anchor.epoch, "seq": anchor.seq, "digest": anchor.digest}
        yield _line({"pruned": told})
    yield from map(entry_line, entries)


def in_parts(content: bytes, *, most_lines: int) -> list[bytes]:
    """The file in parts of so many lines that are journal files themselves, in order.

    A line too long to say anything is cut short: it says nothing either way.
    """
    first, _, rest = content.partition(b"\n")
    header = first[:_LONGEST_LINE] + b"\n"
    lines = [
        line if len(line) <= _LONGEST_LINE + 1 else line[: _LONGEST_LINE + 1] + b"\n"
        for line in _LINE.findall(rest)
    ]
    starts = range(0, max(len(lines), 1), most_lines)
    return [header + b"".join(lines[start : start + most_lines]) for start in starts]


def entry_line(raw: bytes) -> bytes:
    """One entry as a line with its end."""
    return _line({"entry": base64.b64encode(raw).decode()})


def read_journal_lines(content: bytes) -> JournalLines:
    """What the file says; a line that was not written to its end says nothing.

    Raises `NotAJournalFile`.
    """
    first, *rest = content.split(b"\n")
    read = JournalLines(_station(first))
    unended = rest.pop() if rest else b""
    for number, line in enumerate(rest, start=2):
        try:
            _take(line, read)
        except (ValueError, TypeError, KeyError, RecursionError):
            read.unreadable.append(number)
            read.torn = True
    if unended:
        read.unreadable.append(len(rest) + 2)
        read.torn = True
    return read


def _take(line: bytes, read: JournalLines) -> None:
    if len(line) > _LONGEST_LINE:
        raise ValueError("too long")
    match json.loads(line):
        case {"entry": str(text)}:
            read.entries.append(base64.b64decode(text, validate=True))
            read.torn = False
        case {"pruned": {"epoch": int(epoch), "seq": int(seq), "digest": str(digest)}} if (
            len(digest) == _HASH_LETTERS
        ):
            read.anchors.append(Anchor(epoch, seq, digest))
        case _:
            raise ValueError("neither an entry nor an anchor")


def _station(line: bytes) -> str:
    try:
        told = json.loads(line[:_LONGEST_LINE])
    except (ValueError, RecursionError):
        raise NotAJournalFile(why="first line") from None
    match told:
        case {"giaonhan": "journal", "version": 1, "station": str(station)}:
            return _checked(station)
        case {"giaonhan": "journal", "version": _}:
            raise NotAJournalFile(why="version")
        case _:
            raise NotAJournalFile(why="first line")


def _checked(station: str) -> str:
    try:
        return checked_code("station", station)
    except BadCode:
        raise NotAJournalFile(why="station") from None


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"
