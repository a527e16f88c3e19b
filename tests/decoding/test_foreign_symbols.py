"""Symbols of others with `--any`: whatever zxing-cpp or zbar reads by itself, the chain reads too.

Each library is asked as its own users would, on the very same picture.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from ctypes.util import find_library
from pathlib import Path
from random import Random
from string import ascii_uppercase, digits, printable
from typing import Any

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from numpy.typing import NDArray

from api.rehearsal.corpus import foreign
from scanner_station.decoder import Decoder, Symbol

Image = NDArray[Any]
SEED = 3
PICTURES_A_KIND = 4
SIZE = (1280, 720)
QR, CODE128 = zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128
KINDS = (
    "level", "quarter turn", "turned", "small", "tilted", "curved", "blurred", "faint", "noisy",
    "compressed", "several", "inverted", "mirrored",
)  # fmt: skip


@pytest.fixture(scope="module")
def thorough() -> Iterator[Decoder]:
    with closing(Decoder("still", any_symbol=True)) as decoder:
        yield decoder


def symbol(dice: Random) -> Image:
    """A QR of any level, size and alphabet, or a Code 128 of sets A, B, C or a mixture."""
    length = 1 + int(dice.random() ** 2 * 100)
    if dice.random() < 0.5:
        letters = dice.choice([digits, ascii_uppercase + " $%*+-./:", "Hồ sơ đất đai, thuế ẵ"])
        text = "".join(dice.choice(letters) for _ in range(length))
        # Without a told encoding zbar takes some Vietnamese for Japanese; zxing does not.
        told = "ẵ" in letters
        code = segno.make_qr(
            text, error=dice.choice("lmqh"), encoding="utf-8" if told else None, eci=told
        )
        matrix = code.matrix_iter(scale=dice.randint(2, 7), border=4)
        return np.where(np.array([list(row) for row in matrix]) > 0, 0, 255).astype(np.uint8)
    letters = dice.choice([digits, ascii_uppercase + "\t\x01", printable[:94]])
    text = "".join(dice.choice(letters) for _ in range(1 + length // 6))
    bars = np.asarray(zxingcpp.create_barcode(text, CODE128).to_image(scale=1), np.uint8)[:1]
    wide = np.pad(np.repeat(bars, dice.randint(2, 4), axis=1), ((0, 0), (30, 30)), mode="edge")
    return np.pad(np.repeat(wide, dice.randint(30, 120), axis=0), 12, constant_values=255)


def laid(ground: Image, paper: Image, dice: Random, kind: str, middle: tuple[float, float]) -> None:
    height, width = paper.shape
    room = 0.45 if kind == "several" else 0.9
    scale = min(1.0, room * min(SIZE[0] / np.hypot(width, height), SIZE[1] / height))
    scale *= dice.uniform(0.4, 0.8) if kind == "small" else 1.0
    turn = {"quarter turn": 90.0, "turned": dice.uniform(0, 360), "several": dice.uniform(0, 360)}
    spin = cv2.getRotationMatrix2D((width / 2, height / 2), turn.get(kind, 3.0), scale)
    spin[:, 2] += np.subtract(middle, (width / 2, height / 2))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = (np.c_[corners, np.ones(4)] @ spin.T).astype(np.float32)
    if kind == "tilted":
        seen += np.array([[dice.uniform(-40, 40) for _ in "xy"] for _ in corners], np.float32)
    warp = cv2.getPerspectiveTransform(corners, seen)
    cover = cv2.warpPerspective(np.full_like(paper, 255), warp, SIZE)
    np.copyto(ground, cv2.warpPerspective(paper, warp, SIZE), where=cover > 127)


def picture(kind: str, dice: Random) -> Image:
    ground = np.full(SIZE[::-1], dice.randint(150, 250), np.uint8)
    places = [(640.0, 360.0)]
    if kind == "several":
        places = [(x, y) for x in (330.0, 950.0) for y in (190.0, 530.0)]
    for place in places:
        paper = symbol(dice)
        if kind == "inverted":
            paper = 255 - paper
        if kind == "mirrored":
            paper = np.ascontiguousarray(paper[:, ::-1])
        laid(ground, paper, dice, kind, place)
    if kind == "curved":
        x, y = np.meshgrid(
            np.arange(SIZE[0], dtype=np.float32), np.arange(SIZE[1], dtype=np.float32)
        )
        ground = cv2.remap(ground, x, y + 25 * np.cos(x / 200), cv2.INTER_LINEAR)
    light: NDArray[Any] = ground.astype(np.float32)
    if kind == "blurred":
        light = cv2.GaussianBlur(light, (0, 0), dice.uniform(0.6, 2.0))
    if kind == "faint":
        light = light * dice.uniform(0.06, 0.25) + 90
    if kind == "noisy":
        noise = np.random.default_rng(dice.getrandbits(32)).standard_normal(light.shape)
        light += noise * dice.uniform(8, 40)
    seen: Image = np.clip(light, 0, 255).astype(np.uint8)
    if kind == "compressed":
        data = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, dice.randint(6, 30)])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    return seen


def by_zxing(seen: Image) -> set[tuple[str, str]]:
    names = {QR: "QRCode", CODE128: "Code128"}
    found = zxingcpp.read_barcodes(seen, text_mode=zxingcpp.TextMode.Plain)
    return {(s.text, names[s.symbology]) for s in found if s.symbology in names}


def by_zbar(seen: Image) -> set[tuple[str, str]]:
    if importlib.util.find_spec("pyzbar") is None or find_library("zbar") is None:
        return set()
    from pyzbar.pyzbar import ZBarSymbol, decode

    names = {"QRCODE": "QRCode", "CODE128": "Code128"}
    found = decode(seen, symbols=[ZBarSymbol.QRCODE, ZBarSymbol.CODE128])
    return {(s.data.decode(), names[s.type]) for s in found}


def read(found: list[Symbol]) -> set[tuple[str, str]]:
    return {(s.text, s.format) for s in found}


@pytest.mark.parametrize("kind", KINDS)
def test_no_symbol_is_lost_that_zxing_or_zbar_reads_alone(kind: str, thorough: Decoder) -> None:
    united = set()
    for number in range(PICTURES_A_KIND):
        seen = picture(kind, Random(f"{SEED} {kind} {number}"))
        alone = by_zxing(seen) | by_zbar(seen)
        assert alone <= read(thorough.decode(seen))
        united |= alone
    assert united, "a kind that nobody reads compares nothing"


def test_parts_of_one_long_text_are_read_and_cost_no_worker(thorough: Decoder) -> None:
    text = "Một văn bản dài, chia thành nhiều mã để in nhỏ hơn trên một tờ giấy."
    parts = [
        np.array([list(row) for row in part.matrix_iter(scale=5, border=4)])
        for part in segno.make_sequence(text, symbol_count=2)
    ]
    for part in parts:
        seen = np.where(part > 0, 0, 255).astype(np.uint8)
        assert len(thorough.decode(seen)) == 1
    assert thorough._zbar_deaths == 0


def test_the_text_of_a_card_keeps_its_lines_in_json_and_orders_no_terminal(tmp_path: Path) -> None:
    card = "BEGIN:VCARD\nFN:Nguyễn Văn A\x1b[31m\nEND:VCARD"
    cv2.imwrite(str(tmp_path / "card.png"), foreign(card, QR)[::4, ::4])
    words = [sys.executable, "-P", "-m", "api.cli", "decode", "--any", "card.png"]
    told = subprocess.run([*words, "--json"], cwd=tmp_path, capture_output=True, check=True)
    [found] = json.loads(told.stdout)["symbols"]
    assert found["text"] == card
    shown = subprocess.run(words, cwd=tmp_path, capture_output=True, check=True)
    assert b"BEGIN:VCARD" in shown.stdout
    assert b"\x1b[31m" not in shown.stdout


def test_a_qr_that_stands_inside_another_is_told_beside_it(thorough: Decoder) -> None:
    outer = segno.make_qr("outer", error="h", version=8)
    inner = segno.make_qr("inner", error="l", version=1)
    around, within = (
        np.where(np.array([list(row) for row in code.matrix_iter(scale=scale, border=2)]), 0, 255)
        for code, scale in ((outer, 12), (inner, 5))
    )
    middle = (len(around) - len(within)) // 2
    around[middle : middle + len(within), middle : middle + len(within)] = within
    found = thorough.decode(np.pad(around.astype(np.uint8), 40, constant_values=255))
    assert {symbol.text for symbol in found} == {"outer", "inner"}
