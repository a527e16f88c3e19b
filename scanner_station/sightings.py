"""Readings gathered into symbols by where they were seen, and symbols into stickers; for `decoder`.

Several stages read the same symbol, and a sticker carries two symbols. Only their places tell which
readings must agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import dist, hypot

from domain.model.labels import is_label

Point = tuple[float, float]
Corners = tuple[
    Point, Point, Point, Point
]  # as read: top left, top right, bottom right, bottom left

_CODE128_MODULES, _QR_MODULES = 123, 21  # of a label
# Where our stickers have the centre of the QR: right of and above the centre of the bars, in units
# of their length. No QR of a neighbouring sticker comes into this box unless the stickers overlap.
_QR_RIGHT, _QR_ABOVE = (0.2, 0.9), (0.15, 0.75)
# Between two readings of one symbol, in units of its length: zbar may tell no more than one end of
# the bars. Two stickers with one text are a whole length apart.
_SAME_SYMBOL, _OTHER_TEXT = 0.6, 0.35
_INSIDE = 0.5  # a QR less than half as long that says another thing stands inside the other


@dataclass(frozen=True)
class Reading:
    """What one stage read at one place."""

    text: str
    format: str  # "QRCode" or "Code128"
    stage: str
    corners: Corners

    @cached_property
    def centre(self) -> Point:
        """The mean of the corners."""
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4

    @cached_property
    def length(self) -> float:
        """Pixels along the reading direction."""
        return max(dist(self.corners[0], self.corners[1]), dist(self.corners[3], self.corners[2]))

    @property
    def module(self) -> float:
        """Pixels a module, if it is a label."""
        return self.length / (_QR_MODULES if self.format == "QRCode" else _CODE128_MODULES)


@dataclass(frozen=True)
class Sighting:
    """One symbol in the frame: every reading at its place, the first stage's first."""

    readings: tuple[Reading, ...]

    @property
    def first(self) -> Reading:
        """The earliest reading of a label, else the earliest of all."""
        return next((r for r in self.readings if is_label(r.text)), self.readings[0])

    @property
    def labels(self) -> set[str]:
        """The labels read here; more than one is a contradiction."""
        return {reading.text for reading in self.readings if is_label(reading.text)}

    @property
    def agreeing(self) -> int:
        """How many readings say what the first says."""
        return sum(reading.text == self.first.text for reading in self.readings)


def gathered(readings: Iterable[Reading]) -> list[Sighting]:
    """Readings of one format at one place become one sighting."""
    places: list[list[Reading]] = []
    for reading in readings:
        for place in places:
            if _same_place(place[0], reading):
                place.append(reading)
                break
        else:
            places.append([reading])
    return [Sighting(tuple(place)) for place in places]


def on_one_sticker(sightings: Sequence[Sighting]) -> list[tuple[Sighting, Sighting]]:
    """The pairs (bars, QR) that stand on one sticker, as far as both were read."""
    bars = [s for s in sightings if s.first.format == "Code128"]
    squares = [s for s in sightings if s.first.format == "QRCode"]
    return [(b, q) for b in bars for q in squares if _belongs(b.first, q.first)]


def _same_place(one: Reading, other: Reading) -> bool:
    if one.format != other.format:
        return False
    alike = one.text == other.text
    less, more = sorted((one.length, other.length))
    if one.format == "QRCode" and not alike and less < _INSIDE * more:
        return False
    return dist(one.centre, other.centre) < more * (_SAME_SYMBOL if alike else _OTHER_TEXT)


def _belongs(bars: Reading, square: Reading) -> bool:
    (left_x, left_y), (right_x, right_y) = bars.corners[0], bars.corners[1]
    along_x, along_y = right_x - left_x, right_y - left_y
    unit = hypot(along_x, along_y) ** 2 or 1.0
    to_x, to_y = square.centre[0] - bars.centre[0], square.centre[1] - bars.centre[1]
    right = (to_x * along_x + to_y * along_y) / unit
    above = (to_x * along_y - to_y * along_x) / unit  # y grows downwards in a frame
    return _QR_RIGHT[0] < right < _QR_RIGHT[1] and _QR_ABOVE[0] < above < _QR_ABOVE[1]
