"""Frames from a camera or a video file; used by the station's camera source."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.model.errors import Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1920, 1080  # asked for; a camera that has less gives less


class CameraUnavailable(Refusal):
    """No such camera or video, in use elsewhere, or lost while reading; values: source, why."""

    code = "CAMERA_UNAVAILABLE"


def frames(source: int | Path) -> Iterator["NDArray[Any]"]:
    """Frames (H × W × 3, uint8, BGR) of camera number `source`, without end, or of a video file.

    The device is released when the iterator is closed. Raises `CameraUnavailable`.
    """
    import cv2

    live = isinstance(source, int)
    if not live and not Path(str(source)).is_file():
        raise CameraUnavailable(source=str(source), why="no such file")
    capture = cv2.VideoCapture(source if live else str(source))
    try:
        if not capture.isOpened():
            raise CameraUnavailable(source=str(source), why="cannot be opened")
        if live:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not one of a second ago
        while True:
            taken, frame = capture.read()
            if not taken:
                break
            yield frame
        if live:
            raise CameraUnavailable(source=str(source), why="lost")
    finally:
        capture.release()
