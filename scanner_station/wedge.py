"""Keyboard wedge or typed numbers: lines from a terminal or a pipe, one scan each."""

import os
from collections.abc import Iterator

from scanner_station.sources import View

MOST_TEXT = 4_096  # characters of one scan; fifty labels run together are 800
_CHUNK_BYTES = 65_536
_ENDS = bytes.maketrans(b"\r\t", b"\n\n")  # what scanners send after a code


def lines(descriptor: int) -> Iterator[View]:
    """One view per line until the end of the input; a line beyond the limit is cut off there.

    Reads the descriptor itself: a thread left waiting in Python's buffered stdin would hold its
    lock when the process ends.
    """
    waiting = b""
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        *whole, waiting = (waiting + chunk.translate(_ENDS)).split(b"\n")
        waiting = waiting[: MOST_TEXT * 4]
        yield from (_view(line) for line in whole if line.strip())
    if waiting.strip():
        yield _view(waiting)


def _view(line: bytes) -> View:
    """Undecodable bytes become signs that no label holds; one character too many stays to tell."""
    return View((line.decode("utf-8", errors="replace")[: MOST_TEXT + 1],))
