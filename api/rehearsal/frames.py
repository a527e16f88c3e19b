"""Printed labels as a camera would see them on cluttered paper; used by the demo and the tests.

Degrading is by class, as the decoder's targets name them: `MODERATE` for what a desk sees on every
day, `HARD` for worn prints and shaking hands. Everything random is drawn from the caller's source.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin
from typing import Any, Protocol

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from adapters.paper.symbols import DOTS_PER_MM

WIDTH, HEIGHT = 1920, 1080
_FINE = 4  # raster points a printer dot, so that print gain and tilting do not alias
_CAMERA_MM = 400.0  # from the paper; nearer makes tilted labels taper more

Image = NDArray[Any]  # uint8
Span = tuple[float, float]


class Dice(Protocol):
    """The part of `random.Random` used here; the caller seeds it."""

    def uniform(self, a: float, b: float, /) -> float: ...  # noqa: D102
    def getrandbits(self, k: int, /) -> int: ...  # noqa: D102
    def random(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Conditions:
    """What stands between print and picture; spans are drawn from evenly, zero means absent."""

    px_per_mm: float = 8.0
    turn_deg: Span = (-6.0, 6.0)
    tilt_deg: Span = (0.0, 8.0)
    contrast: Span = (0.75, 0.95)  # of full scale between paper and ink
    glare: Span = (0.0, 0.0)  # strength of one bright patch
    noise: Span = (1.0, 3.0)  # σ in grey levels
    jpeg: tuple[int, int] = (88, 95)  # quality
    blur_px: Span = (0.0, 0.4)  # σ
    motion_px: Span = (0.0, 0.0)
    gain_modules: Span = (0.0, 0.4)  # how much wider ink prints than asked, in Code 128 modules


MODERATE = {
    "clean": Conditions(),
    "10 px/mm": Conditions(px_per_mm=10.0),
    "6.4 px/mm": Conditions(px_per_mm=6.4),
    "any rotation": Conditions(turn_deg=(0.0, 360.0)),
    "perspective": Conditions(tilt_deg=(25.0, 45.0)),
    "low contrast": Conditions(contrast=(0.10, 0.25), noise=(0.5, 1.0)),
    "glare": Conditions(glare=(0.5, 0.9)),
    "noise": Conditions(noise=(18.0, 40.0)),
    "jpeg": Conditions(jpeg=(8, 24)),
    "three milder": Conditions(),  # drawn anew for every frame, see `conditions`
}
HARD = {
    "4.8 px/mm": Conditions(px_per_mm=4.8),
    "3.8 px/mm": Conditions(px_per_mm=3.8),
    "3.2 px/mm": Conditions(px_per_mm=3.2),
    "blur": Conditions(blur_px=(1.0, 2.4)),
    "motion": Conditions(motion_px=(4.0, 12.0)),
}
_MILDER: tuple[dict[str, Any], ...] = (
    {"turn_deg": (0.0, 360.0)},
    {"tilt_deg": (15.0, 30.0)},
    {"contrast": (0.3, 0.5)},
    {"glare": (0.3, 0.5)},
    {"noise": (8.0, 18.0)},
    {"jpeg": (24, 40)},
    {"px_per_mm": 7.2},
)


def conditions(name: str, dice: Dice) -> Conditions:
    """The class of that name; of the mixed one, three kinds of damage at once, each milder."""
    if name != "three milder":
        return (MODERATE | HARD)[name]
    kinds, mixed = list(_MILDER), Conditions()
    for _ in range(3):
        mixed = replace(mixed, **kinds.pop(int(dice.random() * len(kinds))))
    return mixed


def prints(pdf: bytes) -> list[Image]:
    """Every page of a label PDF in grey, four raster points a dot of a 203 dpi head (H × W)."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_at_dots(page) for page in document]
    finally:
        document.close()


def frame(labels: Sequence[Image], dice: Dice, how: Conditions | None = None) -> Image:
    """One picture (1080 × 1920 × 3, BGR) of some labels spread over a desk.

    labels: from `prints`. They stand in a grid of cells, so that up to a dozen stickers at
    6.4 px/mm do not cover one another however they are turned.
    """
    how = how or Conditions()
    generator = np.random.default_rng(dice.getrandbits(64))
    scene = _desk(dice, generator)
    columns = next(
        n for n in range(1, len(labels) + 1) if n * max(1, round(n * 0.7)) >= len(labels)
    )
    rows = -(-len(labels) // columns)
    for place, label in enumerate(labels):
        row, column = divmod(place, columns)
        centre = (
            (WIDTH * (column + 0.5) + dice.uniform(-0.2, 0.2) * WIDTH * (columns == 1)) / columns,
            (HEIGHT * (row + 0.5) + dice.uniform(-0.2, 0.2) * HEIGHT * (rows == 1)) / rows,
        )
        _lay(scene, _gained(label, dice, how), centre, dice, how)
    return _seen(scene, dice, generator, how)


def _at_dots(page: Any) -> Image:
    grey = page.render(scale=25.4 * DOTS_PER_MM / 72, grayscale=True).to_numpy()
    dots = grey.reshape(grey.shape[:2])
    return np.repeat(np.repeat(dots, _FINE, axis=0), _FINE, axis=1)


def _gained(label: Image, dice: Dice, how: Conditions) -> Image:
    """Ink spreads evenly; a Code 128 module of the sticker is two dots."""
    spread = round(dice.uniform(*how.gain_modules) * 2 * _FINE)
    return cv2.erode(label, np.ones((spread + 1, spread + 1), np.uint8))


def _lay(scene: Image, label: Image, centre: Span, dice: Dice, how: Conditions) -> None:
    """Draw the label into the scene, turned in its plane and tilted away from the camera."""
    px_per_point = how.px_per_mm / (DOTS_PER_MM * _FINE)
    factor = min(1.0, 2 * px_per_point)  # to twice the final size by area, the rest by the warp
    small = cv2.resize(label, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    height, width = label.shape
    outline = [(-width, -height), (width, -height), (width, height), (-width, height)]
    turn, tilt = radians(dice.uniform(*how.turn_deg)), radians(dice.uniform(*how.tilt_deg))
    axis = radians(dice.uniform(0, 360))
    seen = np.array(
        [_projected(x / 2, y / 2, turn=turn, tilt=tilt, axis=axis, px=px_per_point, how=how)
         for x, y in outline]
    )  # fmt: skip
    seen = (seen + centre).astype(np.float32)
    corner = np.floor(seen.min(axis=0)).astype(int)
    size = np.ceil(seen.max(axis=0)).astype(int) - corner + 1
    small_h, small_w = small.shape
    source = np.array([[0, 0], [small_w, 0], [small_w, small_h], [0, small_h]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(source, (seen - corner).astype(np.float32))
    _blend(
        scene,
        cv2.warpPerspective(small, warp, tuple(int(n) for n in size)),
        cv2.warpPerspective(np.full_like(small, 255), warp, tuple(int(n) for n in size)),
        corner=(int(corner[0]), int(corner[1])),
    )


def _projected(
    x: float, y: float, *, turn: float, tilt: float, axis: float, px: float, how: Conditions
) -> Span:
    """A raster point of the label, from its middle, as pixels from the middle in the picture."""
    across, down = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
    along, away = across * cos(axis) + down * sin(axis), down * cos(axis) - across * sin(axis)
    depth = 1 + away * px / how.px_per_mm * sin(tilt) / _CAMERA_MM
    along, away = along / depth, away * cos(tilt) / depth
    return (
        (along * cos(axis) - away * sin(axis)) * px,
        (along * sin(axis) + away * cos(axis)) * px,
    )


def _blend(scene: Image, patch: Image, cover: Image, *, corner: tuple[int, int]) -> None:
    """Lay the patch on the scene where it covers it; what sticks out of the frame is cut off."""
    left, top = max(corner[0], 0), max(corner[1], 0)
    right = min(corner[0] + patch.shape[1], scene.shape[1])
    bottom = min(corner[1] + patch.shape[0], scene.shape[0])
    if left >= right or top >= bottom:
        return
    rows = slice(top - corner[1], bottom - corner[1])
    columns = slice(left - corner[0], right - corner[0])
    opaque = cover[rows, columns].astype(np.float32) / 255
    under = scene[top:bottom, left:right]
    under[:] = (under * (1 - opaque) + patch[rows, columns] * opaque).astype(np.uint8)


def _desk(dice: Dice, generator: np.random.Generator) -> Image:
    """Folder card with grain, sheets of paper with ruled and printed lines on it (H × W, grey)."""
    coarse = generator.normal(0, 9, (HEIGHT // 60, WIDTH // 60)).astype(np.float32)
    grain = generator.normal(0, 3, (HEIGHT // 2, WIDTH // 2)).astype(np.float32)
    size = (WIDTH, HEIGHT)
    card = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC) + cv2.resize(grain, size)
    scene: Image = np.clip(card + dice.uniform(150, 215), 0, 255).astype(np.uint8)
    for _ in range(3):
        left, top = int(dice.uniform(-300, 1400)), int(dice.uniform(-300, 700))
        _sheet(scene, dice, left=left, top=top)
    return scene


def _sheet(scene: Image, dice: Dice, *, left: int, top: int) -> None:
    right, bottom = left + int(dice.uniform(500, 1000)), top + int(dice.uniform(400, 900))
    paper, ink = int(dice.uniform(205, 245)), int(dice.uniform(30, 110))
    cv2.rectangle(scene, (left, top), (right, bottom), paper, cv2.FILLED)
    cv2.rectangle(scene, (left, top), (right, bottom), paper - 50, 1)
    step = int(dice.uniform(26, 48))
    for y in range(top + step, bottom - step, step):
        if dice.random() < 0.4:
            cv2.line(scene, (left + 20, y), (right - 20, y), ink + 60, 1)
        elif dice.random() < 0.7:
            words = f"{dice.getrandbits(40):012d} UBND {dice.getrandbits(30):x} ho so so {y}"
            cv2.putText(
                scene,
                words,
                (left + 20, y),
                cv2.FONT_HERSHEY_SIMPLEX,
                step / 60,
                ink,
                1,
                cv2.LINE_AA,
            )


def _seen(scene: Image, dice: Dice, generator: np.random.Generator, how: Conditions) -> Image:
    """What optics, sensor and compression make of the scene."""
    contrast = dice.uniform(*how.contrast)
    dark = dice.uniform(0.05, 0.95 - contrast) * 255 if contrast < 0.7 else 12.0
    light: NDArray[Any] = scene.astype(np.float32) * contrast + dark
    if how.glare[1]:
        light = _with_glare(light, dice, strength=dice.uniform(*how.glare))
    blur = dice.uniform(*how.blur_px)
    if blur > 0.2:
        light = cv2.GaussianBlur(light, (0, 0), blur)
    if how.motion_px[1]:
        light = _moved(light, length=dice.uniform(*how.motion_px), turn=dice.uniform(0, 180))
    light += generator.standard_normal(light.shape, dtype=np.float32) * dice.uniform(*how.noise)
    picture = cv2.cvtColor(np.clip(light, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    quality = round(dice.uniform(*how.jpeg))
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


def _with_glare(light: NDArray[Any], dice: Dice, *, strength: float) -> NDArray[Any]:
    """A bright ellipse near the middle, fading outwards, as of a lamp on glossy tape."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    at_x = WIDTH / 2 + dice.uniform(-150, 150)
    at_y = HEIGHT / 2 + dice.uniform(-90, 90)
    away = ((x - at_x) / dice.uniform(60, 140)) ** 2 + ((y - at_y) / dice.uniform(40, 90)) ** 2
    glow = strength * np.exp(-away)
    return (light + (255 - light) * glow).astype(np.float32)


def _moved(light: NDArray[Any], *, length: float, turn: float) -> NDArray[Any]:
    size = int(length) | 1
    kernel: NDArray[Any] = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1
    middle = (size / 2 - 0.5, size / 2 - 0.5)
    kernel = cv2.warpAffine(kernel, cv2.getRotationMatrix2D(middle, turn, 1.0), (size, size))
    return cv2.filter2D(light, -1, kernel / kernel.sum())
