"""What the desk sees: a camera on its stand, and photos of many labels; for `running`.

The decoders take half a second to load and a core while they work, so each kind has a thread of
its own and is loaded when it is first needed.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.model.errors import Refusal
from scanner_station.sources import View, reading_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scanner_station.decoder import Decoder, Symbol
    from scanner_station.images import ImageReader

_AGAIN_AFTER_S = 3.0  # a camera that was unplugged is looked for again
_GRACE_S = 3.0
_PREVIEW_WIDTH = 800  # pixels; enough to aim by
_GREEN = (65, 122, 28)  # BGR


@dataclass(frozen=True, slots=True)
class Photo:
    """The labels of one picture with their corners in its pixels, and the texts to be scanned."""

    width: int
    height: int
    labels: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    texts: tuple[str, ...]


class Eyes:
    """`camera`: its number, or a video file for a rehearsal; None for none."""

    def __init__(self, camera: int | Path | None, *, see: Callable[[View], None]) -> None:
        self._camera, self._see = camera, see
        self.fault: str | None = None if camera is None else ""  # what the health line tells
        self.decoders: tuple[tuple[str, str | None], ...] | None = None
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self._reading = threading.Lock()
        self._still: tuple[ImageReader, Decoder] | None = None
        self._sight: tuple[NDArray[Any], list[Symbol]] | None = None

    def open(self) -> None:
        """Begin to look."""
        for work in (self._find_decoders, *([self._watch] if self._camera is not None else [])):
            thread = threading.Thread(target=work, name="eyes", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Let go of camera and decoders."""
        self._end.set()
        for thread in self._threads:
            thread.join(_GRACE_S)
        with self._reading:
            for one in self._still or ():
                one.close()
            self._still = None

    def read(self, data: bytes) -> Photo:
        """Every label in an encoded picture; raises the refusals of `ImageReader.decode`."""
        from scanner_station.decoder import Decoder
        from scanner_station.images import ImageReader

        with self._reading:
            if self._still is None:
                self._still = ImageReader(), Decoder("still")
            reader, decoder = self._still
            frame = reader.decode(data, name="ảnh / photo")
            symbols = [one for one in decoder.decode(frame) if one.label]
        height, width = frame.shape[:2]
        labels = tuple((one.text, one.corners) for one in symbols)
        return Photo(width, height, labels, reading_order(symbols))

    def preview(self) -> bytes | None:
        """The newest frame with the labels outlined, as JPEG; None while there is none."""
        import cv2
        import numpy as np

        sight = self._sight
        if sight is None:
            return None
        frame, symbols = sight[0].copy(), sight[1]
        for symbol in symbols:
            corners = np.array(symbol.corners, dtype=np.int32)
            cv2.polylines(frame, [corners], isClosed=True, color=_GREEN, thickness=6)
        scale = min(1.0, _PREVIEW_WIDTH / frame.shape[1])
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return cv2.imencode(".jpg", small)[1].tobytes()

    def _find_decoders(self) -> None:
        from scanner_station.decoder import decoders_available

        self.decoders = tuple(decoders_available().items())

    def _watch(self) -> None:
        while not self._end.is_set():
            try:
                self._watch_once()
            except Refusal as refusal:
                self.fault = str(refusal.values["why"])
                self._sight = None
            self._end.wait(_AGAIN_AFTER_S)

    def _watch_once(self) -> None:
        from scanner_station.camera import frames
        from scanner_station.decoder import Decoder

        if self._camera is None:
            return
        with closing(Decoder("live")) as decoder, closing(frames(self._camera)) as seen:  # type: ignore[type-var] # a generator
            for frame in seen:
                symbols = decoder.decode(frame)
                self._sight, self.fault = (frame, symbols), ""
                if symbols:
                    self._see(View(reading_order(symbols), live=True))
                if self._end.is_set():
                    return
