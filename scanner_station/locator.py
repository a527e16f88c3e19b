"""Where bars are in a frame, and each set of bars cut out upright at twice its size; for `decoder`.

Only OpenCV's barcode locator is used, never its decoder, which invents EAN numbers. What it finds
is turned level first: zxing reads a level Code 128 in every case and a turned one in a third.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ENLARGED = 2.0
_ALONG, _ACROSS = 0.16, 0.10  # added on each side: the quiet zones, of 8 % each, and some slack
_SHORTEST = 30  # pixels; shorter bars hold no label at any resolution
QUADS_AT_MOST = 64  # limits the work on a frame of nothing but stripes

Grey = NDArray[Any]  # H × W, uint8
Points = NDArray[Any]  # n × 2, float32, pixels


def bar_quads(frame: Grey) -> list[Points]:
    """Quadrangles (4 × 2, pixels) around what looks like bars, the longer side first."""
    found, points = _detector().detectMulti(frame)
    if not found or points is None:
        return []
    quads = [_long_side_first(quad.reshape(4, 2).astype(np.float32)) for quad in points]
    return [quad for quad in quads if _length(quad[0], quad[1]) >= _SHORTEST][:QUADS_AT_MOST]


def upright(frame: Grey, quad: Points) -> tuple[Grey, NDArray[Any]]:
    """The bars level and enlarged with their quiet zones, and the 3 × 3 map back to the frame."""
    along, across = quad[1] - quad[0], quad[3] - quad[0]
    wide = quad + np.array(
        [
            -_ALONG * along - _ACROSS * across,
            _ALONG * along - _ACROSS * across,
            _ALONG * along + _ACROSS * across,
            -_ALONG * along + _ACROSS * across,
        ],
        dtype=np.float32,
    )
    width = max(1, round(ENLARGED * _length(wide[0], wide[1])))
    height = max(1, round(ENLARGED * _length(wide[0], wide[3])))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    to_crop = cv2.getPerspectiveTransform(wide.astype(np.float32), corners)
    crop = cv2.warpPerspective(
        frame, to_crop, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return crop, np.linalg.inv(to_crop)


def _detector() -> Any:
    return cv2.barcode.BarcodeDetector()


def _long_side_first(quad: Points) -> Points:
    turned = _length(quad[0], quad[1]) < _length(quad[1], quad[2])
    return np.roll(quad, -1, axis=0) if turned else quad


def _length(one: Points, other: Points) -> float:
    return float(np.hypot(*(other - one)))
