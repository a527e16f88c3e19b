"""The decoder's corpus: seeded pictures by class, as its targets name them; for bench and tests.

`MODERATE` is what a desk sees on every day, `HARD` worn prints and shaking hands, `MANY` a dozen
labels at once, and the negatives hold nothing that may be believed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random  # noqa: TID251 - a corpus is drawn from its seed
from typing import Any

import numpy as np
import zxingcpp

from adapters.paper.labels import LabelText, labels_pdf
from api.rehearsal.dice import Dice
from api.rehearsal.frames import Conditions, Image, frame, prints
from domain.model.labels import Kind, Label

ANY_ANGLE = (0.0, 360.0)
MODERATE = {
    "clean": Conditions(),
    "10 px/mm": Conditions(px_per_mm=10.0),
    "6.4 px/mm": Conditions(px_per_mm=6.4),
    "any rotation": Conditions(turn_deg=ANY_ANGLE),
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
    "crumpled": Conditions(crumple_mm=0.45),
    "pen, tape, blobs": Conditions(marked=True),
    "combined hard": Conditions(turn_deg=ANY_ANGLE),  # drawn anew for every frame
}
MANY = {
    "12 labels": Conditions(px_per_mm=6.4, turn_deg=ANY_ANGLE),
    "12 folders, 12 MP": Conditions(px_per_mm=3.3, folders=True, size=(4000, 3000)),
}
NEGATIVES = ("no symbol", "foreign symbols", "damaged labels")
CLASSES = (*MODERATE, *HARD, *MANY, *NEGATIVES)

A_DOZEN = 12
_PRINTED = 48
_MILDER: tuple[dict[str, Any], ...] = (
    {"turn_deg": ANY_ANGLE},
    {"tilt_deg": (15.0, 30.0)},
    {"contrast": (0.3, 0.5)},
    {"glare": (0.3, 0.5)},
    {"noise": (8.0, 18.0)},
    {"jpeg": (24, 40)},
    {"px_per_mm": 7.2},
)
_HARDER: tuple[dict[str, Any], ...] = (
    {"px_per_mm": 4.8},
    {"blur_px": (1.0, 1.6)},
    {"motion_px": (4.0, 7.0)},
    {"crumple_mm": 0.3},
    {"marked": True},
    {"tilt_deg": (25.0, 40.0)},
    {"contrast": (0.15, 0.3), "noise": (2.0, 4.0)},
)


@dataclass(frozen=True, slots=True)
class Case:
    """A picture (H × W × 3, BGR) of one class, and the labels that can be read in it."""

    name: str
    number: int
    picture: Image
    labels: frozenset[str]


def cases(names: Sequence[str], *, frames: int, seed: int) -> Iterator[Case]:
    """So many pictures of each class; each is the same whichever others are asked for."""
    for name in names:
        for number in range(frames):
            yield case(name, number, seed=seed)


def case(name: str, number: int, *, seed: int) -> Case:
    """The one picture of that class, number and seed."""
    dice = Random(f"{seed} {name} {number}")
    stickers = printed()
    if name == "foreign symbols":
        picture = frame([_stranger(dice) for _ in range(4)], dice, _everyday(dice))
        return Case(name, number, picture, frozenset())
    if name == "damaged labels":
        picture = frame([_spoilt(dice) for _ in range(4)], dice, _everyday(dice))
        return Case(name, number, picture, frozenset())
    if name == "no symbol":
        return Case(name, number, frame([], dice, _everyday(dice)), frozenset())
    first = int(dice.random() * _PRINTED)
    count = A_DOZEN if name in MANY else 1
    chosen = [list(stickers)[(first + offset) % _PRINTED] for offset in range(count)]
    picture = frame([stickers[label] for label in chosen], dice, conditions(name, dice))
    return Case(name, number, picture, frozenset(chosen))


def conditions(name: str, dice: Dice) -> Conditions:
    """The class of that name; of a mixed one, several kinds of damage at once."""
    if name == "three milder":
        return _mixed(_MILDER, 3, Conditions(), dice)
    if name == "combined hard":
        return _mixed(_HARDER, 2, HARD[name], dice)
    return (MODERATE | HARD | MANY)[name]


@cache
def printed() -> dict[str, Image]:
    """Dossier stickers: number → raster as `frames.frame` takes it."""
    texts = [
        LabelText(
            str(Label(Kind.DOSSIER, 27001, 26, 7919 * serial % 1_000_000)),
            f"H10.14-2603{serial % 28 + 1:02}-{serial:04}",
            "Cấp giấy phép xây dựng nhà ở riêng lẻ",
            "Sở Xây dựng",
        )
        for serial in range(1, _PRINTED + 1)
    ]
    return dict(zip((text.label for text in texts), prints(labels_pdf(texts)), strict=True))


def foreign(text: str, kind: zxingcpp.BarcodeFormat) -> Image:
    """Another system's symbol, as a raster like our stickers' (H × W)."""
    bars = zxingcpp.create_barcode(text, kind).to_image(scale=1)
    pixels = np.asarray(bars, dtype=np.uint8)
    if pixels.shape[0] < 20:
        pixels = np.repeat(pixels[:1], 40, axis=0)
    return np.pad(np.kron(pixels, np.ones((16, 16), np.uint8)), 120, constant_values=255)


def _mixed(
    kinds: Sequence[dict[str, Any]], count: int, mixed: Conditions, dice: Dice
) -> Conditions:
    left = list(kinds)
    for _ in range(count):
        mixed = replace(mixed, **left.pop(int(dice.random() * len(left))))
    return mixed


def _everyday(dice: Dice) -> Conditions:
    names = list(MODERATE)
    return replace(conditions(names[int(dice.random() * len(names))], dice), turn_deg=ANY_ANGLE)


def _stranger(dice: Dice) -> Image:
    """A symbol of the post, of a shop, or of another authority; or nearly one of ours."""
    number = list(printed())[int(dice.random() * _PRINTED)]
    digits = f"{int(dice.random() * 1e12):012}"
    wrong_check = number[:-1] + str((int(number[-1]) + 1) % 10)
    kinds = zxingcpp.BarcodeFormat
    symbols = (
        (f"https://dichvucong.example.vn/tra-cuu/{digits}", kinds.QRCode),
        (f"0010{digits[:8]}|Nguyễn Văn A|01011990|Nam", kinds.QRCode),
        (wrong_check, kinds.QRCode),
        (number + "0", kinds.QRCode),
        (wrong_check, kinds.Code128),
        ("8" + number[1:], kinds.Code128),
        (f"EB{digits[:9]}VN", kinds.Code128),
        (f"]C1{number}", kinds.Code128),
        (digits, kinds.EAN13),
        (digits, kinds.ITF),
        (f"VN{digits[:8]}", kinds.Code39),
        (digits, kinds.DataMatrix),
    )
    return foreign(*symbols[int(dice.random() * len(symbols))])


def _spoilt(dice: Dice) -> Image:
    """A sticker of which a side is torn off, or whose middle is worn away."""
    torn = list(printed().values())[int(dice.random() * _PRINTED)].copy()
    height, width = torn.shape
    torn[: height // 4] = 255
    if dice.random() < 0.5:
        torn[:, : int(width * 0.45)] = 255
    else:
        torn[:, int(width * 0.4) : int(width * dice.uniform(0.45, 0.6))] = 255
    return torn
