"""Pictures from files, as grey frames; used by the command line and a station watching a folder.

A picture is untrusted: its size is capped before anything looks inside, and it is decoded in a
child process with limits that is killed after two seconds.
"""

import stat
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from domain.model.errors import Refusal
from scanner_station.child import Child, ChildLostError
from scanner_station.image_worker import PIXELS_AT_MOST, REFUSED, SIZE
from scanner_station.reasons import why_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTES_AT_MOST = 32 << 20
DECODE_LIMIT_S = 2.0


class NotAnImage(Refusal):
    """Nothing in the file that can be read as a picture; values: file."""

    code = "NOT_AN_IMAGE"


class ImageTooLarge(Refusal):
    """More bytes or pixels than a picture of labels needs; values: file, bytes or pixels."""

    code = "IMAGE_TOO_LARGE"


class ImageTimeout(Refusal):
    """The picture could not be decoded within the limit; values: file, seconds."""

    code = "IMAGE_TIMEOUT"


class FileUnreadable(Refusal):
    """There is no such file, or it may not be read; values: file, why."""

    code = "FILE_UNREADABLE"


class ImageReader:
    """Reads one picture after another through one child process; to be closed."""

    def __init__(self, *, limit_s: float = DECODE_LIMIT_S) -> None:
        self._limit_s = limit_s
        self._child = Child("scanner_station.image_worker", limit_s=limit_s)

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def read(self, path: Path) -> "NDArray[np.uint8]":
        """The frame, H × W, uint8, grey; raises one of the four refusals above."""
        return self.decode(_bytes(path), name=str(path))

    def decode(self, data: bytes, *, name: str) -> "NDArray[np.uint8]":
        """The same of bytes; `name` is what a refusal calls them."""
        try:
            answer = self._child.ask(data)
        except ChildLostError as lost:
            if lost.at_start:  # our fault, not the picture's
                raise
            if lost.late:
                raise ImageTimeout(file=name, seconds=self._limit_s) from None
            raise NotAnImage(file=name) from None
        if answer.startswith(REFUSED):
            if answer[1:].decode() == ImageTooLarge.code:
                raise ImageTooLarge(file=name, pixels=PIXELS_AT_MOST)
            raise NotAnImage(file=name)
        height, width = SIZE.unpack_from(answer, 1)
        pixels = np.frombuffer(answer, dtype=np.uint8, offset=1 + SIZE.size)
        return pixels.reshape(height, width)


def read_image(path: Path) -> "NDArray[np.uint8]":
    """One picture, through a child of its own; see `ImageReader.read`."""
    with closing(ImageReader()) as reader:
        return reader.read(path)


def _bytes(path: Path) -> bytes:
    """The file's bytes; a pipe or a device is refused, for it may never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileUnreadable(file=str(path), why="not a regular file")
        with path.open("rb") as file:
            data = file.read(BYTES_AT_MOST + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise FileUnreadable(file=str(path), why=why_of(error)) from None
    if len(data) > BYTES_AT_MOST:
        raise ImageTooLarge(file=str(path), bytes=BYTES_AT_MOST)
    return data
