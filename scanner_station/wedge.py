"""Keyboard wedge, typed numbers, serial bytes: lines from a terminal, a pipe or a cable."""

import os
from collections.abc import Iterator

from scanner_station.sources import View

MOST_TEXT = 4_096  # characters of one scan; fifty labels run together are 800
_CHUNK_BYTES = 65_536
_ENDS = bytes.maketrans(b"\r\t", b"\n\n")  # what scanners send after a code


class Lines:
    """Bytes as they arrive, cut at the ends of lines; a line beyond the limit is cut off there."""

    def __init__(self) -> None:
        self._waiting = b""

    def fed(self, chunk: bytes) -> Iterator[View]:
        """One view for each line that these bytes complete."""
        *whole, waiting = (self._waiting + chunk.translate(_ENDS)).split(b"\n")
        self._waiting = waiting[: MOST_TEXT * 4]
        return (_view(line) for line in whole if line.strip())

    def rest(self) -> Iterator[View]:
        """What waits for its end, which will not come."""
        waiting, self._waiting = self._waiting, b""
        if waiting.strip():
            yield _view(waiting)


def lines(descriptor: int) -> Iterator[View]:
    """One view per line until the end of the input.

    Reads the descriptor itself: a thread left waiting in Python's buffered stdin would hold its
    lock when the process ends.
    """
    framed = Lines()
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        yield from framed.fed(chunk)
    yield from framed.rest()


def _view(line: bytes) -> View:
    """Undecodable bytes become signs that no label holds; one character too many stays to tell."""
    return View((line.decode("utf-8", errors="replace")[: MOST_TEXT + 1],))
