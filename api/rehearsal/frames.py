"""Printed labels as a camera would see them on a desk full of paper; used by demo, corpus, tests.

A picture is made in the order of nature: ink spreads, stickers get worn, lie on folders under a
tilted camera, and then optics, sensor and compression have their part. Everything random is drawn
from the caller's source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from adapters.paper.symbols import DOTS_PER_MM
from api.rehearsal import papers, wear
from api.rehearsal.dice import Dice

_FINE = 4  # raster points a printer dot, so that print gain and tilting do not alias
_POINTS_PER_MM = DOTS_PER_MM * _FINE
_CAMERA = 1.6  # its distance in widths of what it sees; nearer makes tilted labels taper more
_DESKS = ((196, 204, 208), (150, 176, 198), (120, 122, 124), (178, 188, 176))  # BGR
_CARDS = ((176, 226, 240), (214, 196, 240), (226, 220, 176), (168, 206, 224), (205, 225, 190))

Image = NDArray[Any]  # H × W, or H × W × 3 in BGR; uint8
Matrix = NDArray[Any]  # 3 × 3, float
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What stands between print and picture; spans are drawn from evenly, zero means absent."""

    px_per_mm: float = 8.0
    turn_deg: Span = (-6.0, 6.0)
    tilt_deg: Span = (0.0, 8.0)
    contrast: Span = (0.75, 0.95)  # of full scale between paper and ink
    glare: Span = (0.0, 0.0)  # strength of one bright patch on a label
    noise: Span = (1.0, 3.0)  # σ in grey levels
    jpeg: tuple[int, int] = (88, 95)  # quality
    blur_px: Span = (0.0, 0.4)  # σ
    motion_px: Span = (0.0, 0.0)
    gain_modules: Span = (0.0, 0.4)  # how much wider ink prints than asked, in Code 128 modules
    crumple_mm: float = 0.0  # how far the paper is off its place at most
    marked: bool = False  # pen, tape or blobs across the label
    folders: bool = False  # each label on an A4 folder of its own
    size: tuple[int, int] = (1920, 1080)


def prints(pdf: bytes) -> list[Image]:
    """Every page of a label PDF in grey, four raster points a dot of a 203 dpi head (H × W)."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_at_dots(page) for page in document]
    finally:
        document.close()


def frame(labels: Sequence[Image], dice: Dice, how: Conditions | None = None) -> Image:
    """One picture (H × W × 3, BGR, as `how.size` says) of some labels spread over a desk.

    labels: from `prints`. They stand in a grid of cells, so that up to a dozen stickers at
    6.4 px/mm do not cover one another however they are turned.
    """
    how = how or Conditions()
    generator = np.random.default_rng(dice.getrandbits(64))
    camera = _camera(dice, how)
    scene = _desk(camera, dice, generator, how)
    places = list(_places(len(labels), dice, how))
    for label, (x, y) in zip(labels, places, strict=True):
        turn = dice.uniform(*how.turn_deg)
        if how.folders:
            _folder(scene, camera @ _placed(x - 55, y + 95, dice.uniform(-3, 3)), dice, how)
        worn, points_per_mm = _worn(label, dice, generator, how)
        _lay(scene, worn, camera @ _placed(x, y, turn), points_per_mm=points_per_mm)
    shone_on = _seen_at(camera, places[int(dice.random() * len(places))]) if places else (0, 0)
    return _exposed(scene, dice, generator, how, shone_on=shone_on)


def _at_dots(page: Any) -> Image:
    grey = page.render(scale=25.4 * DOTS_PER_MM / 72, grayscale=True).to_numpy()
    dots = grey.reshape(grey.shape[:2])
    return np.repeat(np.repeat(dots, _FINE, axis=0), _FINE, axis=1)


def _camera(dice: Dice, how: Conditions) -> Matrix:
    """Millimetres on the desk, from the middle of the view, to pixels of the picture."""
    width, height = how.size
    tilt, axis = radians(dice.uniform(*how.tilt_deg)), dice.uniform(0, 360)
    distance_mm = _CAMERA * width / how.px_per_mm
    tilted = np.array([[1, 0, 0], [0, cos(tilt), 0], [0, sin(tilt) / distance_mm, 1]])
    scaled = np.array(
        [[how.px_per_mm, 0, width / 2], [0, how.px_per_mm, height / 2], [0, 0, 1]], dtype=float
    )
    camera: Matrix = scaled @ _placed(0, 0, axis) @ tilted @ _placed(0, 0, -axis)
    return camera


def _placed(x_mm: float, y_mm: float, turn_deg: float) -> Matrix:
    turn = radians(turn_deg)
    return np.array([[cos(turn), -sin(turn), x_mm], [sin(turn), cos(turn), y_mm], [0, 0, 1]])


def _places(count: int, dice: Dice, how: Conditions) -> Iterator[tuple[float, float]]:
    """Where the labels' middles are, in millimetres from the middle of the view."""
    if not count:
        return
    width_mm, height_mm = (side / how.px_per_mm for side in how.size)
    squat = 0.75 if how.folders else 0.7  # rows for a column
    columns = next(n for n in range(1, count + 1) if n * max(1, round(n * squat)) >= count)
    rows = -(-count // columns)
    for place in range(count):
        row, column = divmod(place, columns)
        x = ((column + 0.5) / columns - 0.5) * width_mm
        y = ((row + 0.5) / rows - 0.5) * height_mm
        if how.folders:  # the label stands in the upper right corner of its folder
            yield x + 55 + dice.uniform(-8, 8), y - 105 + dice.uniform(-6, 6)
        else:
            yield (
                x + dice.uniform(-0.2, 0.2) * width_mm * (columns == 1),
                y + dice.uniform(-0.2, 0.2) * height_mm * (rows == 1),
            )


def _desk(camera: Matrix, dice: Dice, generator: np.random.Generator, how: Conditions) -> Image:
    """The table top, and sheets and folders lying about on it (H × W × 3)."""
    width, height = how.size
    scene: Image = np.empty((height, width, 3), np.uint8)
    scene[:] = _one_of(_DESKS, dice)
    reach_x, reach_y = width / how.px_per_mm * 0.5, height / how.px_per_mm * 0.5
    if not how.folders:
        _folder(scene, camera @ _placed(*_thrown(dice, 40, 40), dice.uniform(-12, 12)), dice, how)
        for sheet in (papers.letter, papers.form):
            x, y = dice.uniform(-1.4, 1.4) * reach_x, dice.uniform(-1.8, 1.8) * reach_y
            at = camera @ _placed(x, y, dice.uniform(-30, 30))
            _lay(scene, sheet(how.px_per_mm), at, points_per_mm=how.px_per_mm)
    fine = generator.standard_normal((height // 2, width // 2), dtype=np.float32) * 2.5
    grain: NDArray[Any] = cv2.GaussianBlur(cv2.resize(fine, how.size), (0, 0), 0.8)
    grained: Image = np.clip(scene + grain[:, :, None], 0, 255).astype(np.uint8)
    return grained


def _folder(scene: Image, at: Matrix, dice: Dice, how: Conditions) -> None:
    colour = np.array(_one_of(_CARDS, dice), np.uint16)
    card = (papers.cover(how.px_per_mm) * colour // 255).astype(np.uint8)
    _lay(scene, card, at, points_per_mm=how.px_per_mm)


def _worn(
    label: Image, dice: Dice, generator: np.random.Generator, how: Conditions
) -> tuple[Image, float]:
    """The sticker (H × W × 3) with its ink spread and its life so far, and its points a mm."""
    spread = round(dice.uniform(*how.gain_modules) * 2 * _FINE)  # a module of bars is two dots
    gained = cv2.erode(label, np.ones((spread + 1, spread + 1), np.uint8))
    factor = min(1.0, 2 * how.px_per_mm / _POINTS_PER_MM)  # twice the final size, then the warp
    small = cv2.resize(gained, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    sticker = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    points_per_mm = factor * _POINTS_PER_MM
    if how.marked:
        wear.mark(sticker, dice, points_per_mm=points_per_mm)
    if how.crumple_mm:
        sticker = wear.crumpled(
            sticker, generator, points_per_mm=points_per_mm, by_mm=how.crumple_mm
        )
    return sticker, points_per_mm


def _lay(scene: Image, paper: Image, at: Matrix, *, points_per_mm: float) -> None:
    """Draw the paper into the scene with its shadow; `at` maps millimetres from its middle."""
    height, width = paper.shape[:2]
    from_middle = np.array(
        [[1, 0, (1 - width) / 2], [0, 1, (1 - height) / 2], [0, 0, points_per_mm]]
    )
    warp = at @ from_middle
    outline = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float64)
    seen = cv2.perspectiveTransform(outline - 0.5, warp)[0]
    edge = max(2, round(points_per_mm))  # room for the shadow
    left, top = np.maximum(np.floor(seen.min(axis=0)).astype(int) - edge, 0)
    right, bottom = np.minimum(np.ceil(seen.max(axis=0)).astype(int) + 1 + edge, scene.shape[1::-1])
    if left >= right or top >= bottom:
        return
    size = (int(right - left), int(bottom - top))
    warp = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ warp
    cover = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, size)
    under = scene[top:bottom, left:right]
    shadow = cv2.cvtColor(cv2.blur(cover, (edge, edge), anchor=(0, 0)) // 5, cv2.COLOR_GRAY2BGR)
    cv2.subtract(under, shadow, under)
    cv2.copyTo(cv2.warpPerspective(paper, warp, size), cover // 128, under)


def _exposed(
    scene: Image, dice: Dice, generator: np.random.Generator, how: Conditions, *, shone_on: Span
) -> Image:
    """What light, optics, sensor and compression make of the scene."""
    contrast = dice.uniform(*how.contrast)
    dark = dice.uniform(0.05, 0.95 - contrast) * 255 if contrast < 0.7 else 12.0
    width, height = how.size
    fall = cv2.resize(_light(dice), how.size, interpolation=cv2.INTER_LINEAR)[:, :, None]
    light: NDArray[Any] = scene * (fall * np.float32(contrast)) + np.float32(dark)
    if how.glare[1]:
        light = _with_glare(light, dice, how, at=shone_on)
    blur = dice.uniform(*how.blur_px)
    if blur > 0.2:
        light = cv2.GaussianBlur(light, (0, 0), blur)
    if how.motion_px[1]:
        light = _moved(light, length=dice.uniform(*how.motion_px), turn=dice.uniform(0, 180))
    noise = generator.standard_normal((height, width, 1), dtype=np.float32)
    light += noise * np.float32(dice.uniform(*how.noise))
    picture = np.clip(light, 0, 255).astype(np.uint8)
    quality = round(dice.uniform(*how.jpeg))
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


def _light(dice: Dice) -> NDArray[Any]:
    """A lamp from one side: brightness at 2 × 2 corners, as parts of full."""
    return np.array([[dice.uniform(0.86, 1.0) for _ in "lr"] for _ in "tb"], dtype=np.float32)


def _with_glare(light: NDArray[Any], dice: Dice, how: Conditions, *, at: Span) -> NDArray[Any]:
    """A bright ellipse on a label, fading outwards, as of a lamp on glossy tape."""
    y, x = np.ogrid[: how.size[1], : how.size[0]]
    at_x, at_y = (middle + dice.uniform(-12, 12) * how.px_per_mm for middle in at)
    wide, high = dice.uniform(7, 17) * how.px_per_mm, dice.uniform(5, 11) * how.px_per_mm
    away = ((x - at_x) / wide) ** 2 + ((y - at_y) / high) ** 2
    glow: NDArray[Any] = np.exp(-away).astype(np.float32) * np.float32(dice.uniform(*how.glare))
    lit: NDArray[Any] = light + (255 - light) * glow[:, :, None]
    return lit


def _moved(light: NDArray[Any], *, length: float, turn: float) -> NDArray[Any]:
    size = int(length) | 1
    kernel: NDArray[Any] = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1
    middle = (size / 2 - 0.5, size / 2 - 0.5)
    kernel = cv2.warpAffine(kernel, cv2.getRotationMatrix2D(middle, turn, 1.0), (size, size))
    return cv2.filter2D(light, -1, kernel / kernel.sum())


def _seen_at(camera: Matrix, place: Span) -> Span:
    across, down, scale = camera @ (*place, 1.0)
    return float(across / scale), float(down / scale)


def _thrown(dice: Dice, x_mm: float, y_mm: float) -> Span:
    return dice.uniform(-x_mm, x_mm), dice.uniform(-y_mm, y_mm)


def _one_of(colours: Sequence[tuple[int, int, int]], dice: Dice) -> tuple[int, int, int]:
    return colours[int(dice.random() * len(colours))]
