"""Frames to labels: the chain of decoders, and what of their readings the station believes.

Each stage is there for what the ones before it miss: zxing reads what is level or square, the
locator turns bars level for it, smoothing takes the noise of a dark room, a larger or
black-and-white copy helps it with small and faint prints, and zbar disagrees with it usefully
about worn Code 128. A reading is believed when it is a label of a known kind with right check
digits, nothing on its sticker contradicts it, and, where a module is under two pixels, a second
reading agrees; in a still a QR needs none, for its error correction is one already.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Literal

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from domain.model.labels import LABEL_DIGITS, is_label
from scanner_station.child import Child, ChildLostError
from scanner_station.locator import Grey, bar_quads, upright
from scanner_station.sightings import Corners, Reading, Sighting, gathered, on_one_sticker
from scanner_station.zbar_worker import SIZE

Mode = Literal["still", "live"]
STAGES = (
    "zxing",
    "locator",
    "smoothed",
    "enlarged",
    "threshold",
    "zbar",
)  # the first two are the fast ones
Frame = NDArray[Any]

# Below it a bar's edge falls between two pixels, and one reading may be luck.
_SMALL_MODULE_PX = 2.0
# Room for 12 megapixels at twice their size: of two dozen folders 98 % are read then, of half that
# room 82 %. Tiles at the same scale read what the whole does.
_ENLARGED_AT_MOST_PX = 50_000_000
_SMOOTHING_PX = 0.8  # σ: takes a dark room's noise and leaves bars of two pixels
_LEAST_ENLARGEMENT, _ENLARGEMENT = 1.25, 2.0
_THRESHOLD_WINDOW, _THRESHOLD_OFFSET = 31, 8  # 4 mm at the usual distance; paper is no ink
_ZBAR_LIMIT_S = 2.0
_ZBAR_DEATHS_AT_MOST = 5  # a library that keeps dying is left alone
_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
_NAMES = {zxingcpp.BarcodeFormat.QRCode: "QRCode", zxingcpp.BarcodeFormat.Code128: "Code128"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol in the frame: corners in pixels from the upper left of the frame, clockwise.

    `label` tells one of ours from a foreign symbol; `stage` is the first one that read it.
    """

    text: str
    format: str
    stage: str
    corners: tuple[tuple[float, float], ...]
    label: bool


class Decoder:
    """The chain. `live` runs the fast stages and remembers the last frame; `still` runs them all.

    `any_symbol` returns foreign symbols as well. `turned_away` counts readings not believed, by
    reason. A decoder serves one thread; close it to end the zbar worker.
    """

    def __init__(self, mode: Mode = "still", *, any_symbol: bool = False) -> None:
        self._mode = mode
        self._any = any_symbol
        self._last_frame: set[str] = set()
        self._zbar = Child("scanner_station.zbar_worker", limit_s=_ZBAR_LIMIT_S)
        self._zbar_deaths = 0
        self.turned_away: Counter[str] = Counter()

    def close(self) -> None:
        """End the zbar worker, if one was started."""
        self._zbar.close()

    def decode(self, frame: Frame) -> list[Symbol]:
        """Every symbol in the frame (H × W × 3 uint8 BGR, or H × W grey), one per place."""
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if frame.ndim == 3 else frame
        readings = list(_read(grey, stage="zxing", thorough=self._any))
        readings += _located(grey, readings)
        if self._mode == "still":
            readings += _smoothed(grey)
            readings += _enlarged(grey)
            readings += _thresholded(grey)
            readings += _in_place(self._by_zbar(grey), readings)
        sightings = gathered(readings)
        believed = self._believed(sightings)
        self._last_frame = set().union(*(sighting.labels for sighting in sightings))
        return [symbol for sighting in sightings for symbol in self._told(sighting, believed)]

    def _told(self, sighting: Sighting, believed: set[Sighting]) -> Iterator[Symbol]:
        first, label = sighting.first, bool(sighting.labels)
        if sighting in believed or (self._any and not label):
            corners = tuple((round(float(x), 1), round(float(y), 1)) for x, y in first.corners)
            yield Symbol(first.text, first.format, first.stage, corners, label)

    def _believed(self, sightings: list[Sighting]) -> set[Sighting]:
        ours = {sighting for sighting in sightings if sighting.labels}
        self.turned_away["check digits"] += sum(
            _nearly_ours(sighting.first.text) for sighting in sightings if sighting not in ours
        )
        pairs = on_one_sticker([sighting for sighting in sightings if sighting in ours])
        disputed = {sighting for sighting in ours if len(sighting.labels) > 1}
        disputed |= {s for pair in pairs if len(pair[0].labels | pair[1].labels) > 1 for s in pair}
        seconded = {sighting for pair in pairs for sighting in pair}
        alone = {
            sighting
            for sighting in ours - disputed - seconded
            if sighting.first.module < _SMALL_MODULE_PX
            and sighting.agreeing == 1
            and (self._mode == "live" or sighting.first.format == "Code128")
            and sighting.first.text not in self._last_frame
        }
        self.turned_away["disagreement"] += len(disputed)
        self.turned_away["small and read once"] += len(alone)
        return ours - disputed - alone

    def _by_zbar(self, grey: Grey) -> list[Reading]:
        if self._zbar_deaths >= _ZBAR_DEATHS_AT_MOST:
            return []
        try:
            answer = self._zbar.ask(SIZE.pack(*grey.shape) + grey.tobytes())
        except ChildLostError as lost:
            self._zbar_deaths += _ZBAR_DEATHS_AT_MOST if lost.at_start else 1
            return []
        self._zbar_deaths = 0  # in a row: a large picture may take too long once in a while
        return [
            Reading(found["text"], found["format"], "zbar", _ordered(found["polygon"]))
            for found in json.loads(answer)
        ]


def decoders_available() -> dict[str, str | None]:
    """Each decoder's version, or None where it cannot run on this machine; for `doctor`."""
    with closing(Child("scanner_station.zbar_worker", limit_s=_ZBAR_LIMIT_S)) as child:
        try:
            child.ask(SIZE.pack(8, 8) + bytes(64))
            zbar = version("pyzbar")
        except ChildLostError:
            zbar = None
    return {"zxing-cpp": version("zxing-cpp"), "opencv": cv2.__version__, "zbar": zbar}


def _read(
    grey: Grey,
    *,
    stage: str,
    back: Callable[[float, float], tuple[float, float]] = lambda x, y: (x, y),
    thorough: bool = False,
) -> Iterator[Reading]:
    """What zxing reads, its corners mapped back to the frame.

    No inverted and no smaller copies unless thorough: our labels are black on white and never too
    large, and each copy costs as much as the first look.
    """
    for found in zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=_FORMATS,
        try_downscale=thorough,
        try_invert=thorough,
        text_mode=zxingcpp.TextMode.Plain,
    ):
        if found.symbology not in _NAMES:
            continue
        at = found.position
        points = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        first, second, third, fourth = (back(point.x, point.y) for point in points)
        yield Reading(found.text, _NAMES[found.symbology], stage, (first, second, third, fourth))


def _located(grey: Grey, known: list[Reading]) -> list[Reading]:
    """Bars the locator finds, cut out upright; those read well at the first look are left out."""
    clear = [r for r in known if is_label(r.text) and r.module >= _SMALL_MODULE_PX]
    readings: list[Reading] = []
    for quad in bar_quads(grey):
        if any(_inside(quad, reading.centre) for reading in clear):
            continue
        crop, to_frame = upright(grey, quad)
        readings += _read(crop, stage="locator", back=_mapping(to_frame))
    return readings


def _smoothed(grey: Grey) -> Iterator[Reading]:
    return _read(cv2.GaussianBlur(grey, (0, 0), _SMOOTHING_PX), stage="smoothed")


def _enlarged(grey: Grey) -> Iterator[Reading]:
    scale = min(_ENLARGEMENT, (_ENLARGED_AT_MOST_PX / grey.size) ** 0.5)
    if scale < _LEAST_ENLARGEMENT:
        return iter(())
    larger = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return _read(larger, stage="enlarged", back=lambda x, y: (x / scale, y / scale))


def _thresholded(grey: Grey) -> Iterator[Reading]:
    black_and_white = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY,
        _THRESHOLD_WINDOW, _THRESHOLD_OFFSET,
    )  # fmt: skip
    return _read(black_and_white, stage="threshold")


def _mapping(matrix: NDArray[Any]) -> Callable[[float, float], tuple[float, float]]:
    def back(x: float, y: float) -> tuple[float, float]:
        across, down, scale = matrix @ (x, y, 1.0)
        return float(across / scale), float(down / scale)

    return back


def _inside(quad: NDArray[Any], point: tuple[float, float]) -> bool:
    return cv2.pointPolygonTest(quad, point, measureDist=False) >= 0


def _in_place(found: list[Reading], known: list[Reading]) -> list[Reading]:
    """What zbar read, at the place where others saw that text: it draws one hull around equals."""
    places = {(reading.text, reading.format): reading.corners for reading in known}
    return [replace(r, corners=places.get((r.text, r.format), r.corners)) for r in found]


def _ordered(polygon: list[list[int]]) -> Corners:
    """Four corners around zbar's hull; for bars the scan lines that met, not their height."""
    box = cv2.boxPoints(cv2.minAreaRect(np.array(polygon, dtype=np.int32)))
    first, second, third, fourth = ((float(x), float(y)) for x, y in box)
    return first, second, third, fourth


def _nearly_ours(text: str) -> bool:
    return len(text) == LABEL_DIGITS and text.isdecimal()
