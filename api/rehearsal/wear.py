"""What a sticker goes through before it is photographed: pen, tape, blobs, crumpling; for `frames`.

Stickers are H × W × 3, uint8, BGR, with so many raster points a millimetre.
"""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from api.rehearsal.dice import Dice

Image = NDArray[Any]

_FOLD_MM = 11.0  # from fold to fold of crumpled paper
_FOLD_SHADE = 0.10
_INKS = ((120, 50, 40), (50, 40, 160), (40, 40, 40))  # blue, red, black: BGR
_STAINS = ((40, 40, 44), (246, 247, 247), (90, 120, 150))  # ink, lost print, tea


def mark(sticker: Image, dice: "Dice", *, points_per_mm: float) -> None:
    """Draw a pen's strokes, a strip of tape or some blobs on it; one kind a sticker."""
    kind = int(dice.random() * 3)
    draw = (_pen, _tape, _blobs)[kind]
    draw(sticker, dice, points_per_mm)


def crumpled(
    sticker: Image, generator: np.random.Generator, *, points_per_mm: float, by_mm: float
) -> Image:
    """The sticker with its paper pulled about by at most `by_mm`, and shaded along the folds."""
    height, width = sticker.shape[:2]
    nodes = tuple(round(side / points_per_mm / _FOLD_MM) + 3 for side in (height, width))
    fields = [
        cv2.resize(
            generator.uniform(-1, 1, nodes).astype(np.float32), (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        for _ in range(3)
    ]  # fmt: skip
    across, down, shade = (field / np.abs(field).max() for field in fields)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    far = np.float32(by_mm * points_per_mm)
    moved = cv2.remap(
        sticker, x + across * far, y + down * far, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    lit: Image = moved * (1 - _FOLD_SHADE * (1 + shade[:, :, None]))
    return np.clip(lit, 0, 255).astype(np.uint8)


def _pen(sticker: Image, dice: "Dice", points_per_mm: float) -> None:
    height, width = sticker.shape[:2]
    ink = _INKS[int(dice.random() * len(_INKS))]
    for _ in range(2):
        along = np.linspace(dice.uniform(0, 0.3), dice.uniform(0.7, 1.0), 40)
        wave = 0.08 * np.sin(along * dice.uniform(10, 40))
        middle = dice.uniform(0.25, 0.75) + (along - 0.5) * dice.uniform(-0.6, 0.6)
        stroke = np.stack([along * width, (middle + wave) * height], axis=1).astype(np.int32)
        cv2.polylines(
            sticker, [stroke], isClosed=False, color=ink,
            thickness=max(1, round(dice.uniform(0.3, 0.6) * points_per_mm)), lineType=cv2.LINE_AA,
        )  # fmt: skip


def _tape(sticker: Image, dice: "Dice", points_per_mm: float) -> None:
    """A strip of clear tape: yellowish, paler, with a bright edge and a few creases."""
    height, width = sticker.shape[:2]
    middle, wide = dice.uniform(0.3, 0.7) * height, dice.uniform(6, 9) * points_per_mm
    rise = dice.uniform(-0.25, 0.25) * height
    strip = np.array(
        [[0, middle - rise - wide], [width, middle + rise - wide],
         [width, middle + rise + wide], [0, middle - rise + wide]], dtype=np.int32,
    )  # fmt: skip
    cover = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), strip, 255)
    veil = cover[:, :, None] * np.float32(dice.uniform(0.2, 0.4) / 255)
    sticker[:] = (sticker + (np.array((205, 228, 235), np.float32) - sticker) * veil).astype(
        np.uint8
    )
    for _ in range(3):
        at = dice.uniform(0.1, 0.9) * width
        ends = ((int(at), int(middle - wide)), (int(at + 0.1 * width), int(middle + wide)))
        cv2.line(sticker, *ends, (250, 250, 250), max(1, round(0.15 * points_per_mm)), cv2.LINE_AA)


def _blobs(sticker: Image, dice: "Dice", points_per_mm: float) -> None:
    height, width = sticker.shape[:2]
    for _ in range(5):
        at = (int(dice.random() * width), int(dice.random() * height))
        axes = tuple(max(1, round(dice.uniform(0.4, 1.4) * points_per_mm)) for _ in "ab")
        stain = _STAINS[int(dice.random() * len(_STAINS))]
        cv2.ellipse(sticker, at, axes, dice.uniform(0, 180), 0, 360, stain, cv2.FILLED, cv2.LINE_AA)
