"""The decoder chain on seeded camera-like frames: ours are found, nothing else is believed."""

import importlib.util
import signal
from contextlib import closing
from ctypes.util import find_library
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from adapters.paper.labels import LabelText, labels_pdf
from api.rehearsal.corpus import foreign
from api.rehearsal.frames import Conditions, frame, prints
from domain.model.labels import Kind, Label
from scanner_station import decoder as decoder_module
from scanner_station.decoder import Decoder, decoders_available

Image = NDArray[Any]


def texts(found: list[Any]) -> set[str]:
    return {symbol.text for symbol in found}


@pytest.mark.parametrize("mode", ["live", "still"])
def test_twelve_stickers_at_mixed_angles_are_all_read_in_one_frame(
    mode: Any, stickers: dict[str, Image]
) -> None:
    chosen = dict(islice(stickers.items(), 12))
    how = Conditions(px_per_mm=6.4, turn_deg=(0, 360))
    with closing(Decoder(mode)) as decoder:
        found = decoder.decode(frame(list(chosen.values()), Random(5), how))
    assert texts(found) == set(chosen)
    assert all(symbol.label for symbol in found)


def test_corners_enclose_the_symbol_and_the_same_symbol_is_told_once(
    stickers: dict[str, Image], still: Decoder
) -> None:
    number, sticker = next(iter(stickers.items()))
    upright = np.pad(cv2.resize(sticker, None, fx=0.5, fy=0.5), 100, constant_values=200)
    for quarter_turns in range(4):
        found = still.decode(np.ascontiguousarray(np.rot90(upright, quarter_turns)))
        assert sorted((s.text, s.format) for s in found) == [
            (number, "Code128"),
            (number, "QRCode"),
        ]
        for symbol in found:
            sides = [
                np.hypot(*np.subtract(one, other))
                for one, other in zip(symbol.corners, symbol.corners[1:], strict=False)
            ]
            expected = 21 * 4 * 2 if symbol.format == "QRCode" else 123 * 2 * 2
            assert sides[0] == pytest.approx(expected, rel=0.1)


def test_two_stickers_with_one_number_are_two_places(
    stickers: dict[str, Image], still: Decoder
) -> None:
    sticker = next(iter(stickers.values()))
    found = still.decode(frame([sticker, sticker], Random(2)))
    assert len(found) == 4
    assert len(texts(found)) == 1


def test_frames_without_our_labels_yield_none(stickers: dict[str, Image], still: Decoder) -> None:
    number = next(iter(stickers))
    code, square = zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode
    wrong_check = number[:-1] + str((int(number[-1]) + 1) % 10)
    strangers = [
        foreign("https://tracuu.example.vn/h/7Q2K9M4XW8", square),
        foreign(wrong_check, square),
        foreign(wrong_check, code),
        foreign("8" + number[1:], code),
        foreign("EB125966888VN", code),
        foreign(number + "0", square),
        foreign(f"]C1{number}", code),
        foreign("893456789012", zxingcpp.BarcodeFormat.EAN13),
    ]
    dice = Random(11)
    for some in (strangers[:4], strangers[4:]):
        assert still.decode(frame(some, dice)) == []
    assert still.turned_away["check digits"] > 0


def test_any_also_tells_foreign_symbols_and_marks_them(stickers: dict[str, Image]) -> None:
    number, sticker = next(iter(stickers.items()))
    address = "https://tracuu.example.vn/hồ-sơ/7Q2K9M4XW8"
    stranger = foreign(address, zxingcpp.BarcodeFormat.QRCode)
    inverted = 255 - foreign("VNPOST", zxingcpp.BarcodeFormat.QRCode)
    postal = foreign("EB125966888VN", zxingcpp.BarcodeFormat.Code128)
    with closing(Decoder(any_symbol=True)) as decoder:
        found = decoder.decode(frame([sticker, stranger, inverted, postal], Random(3)))
    assert {(s.text, s.label) for s in found} == {
        (number, True),
        (address, False),
        ("VNPOST", False),
        ("EB125966888VN", False),
    }


def test_a_sticker_whose_qr_and_bars_disagree_is_rejected(
    stickers: dict[str, Image], still: Decoder
) -> None:
    (one, first), (other, second) = islice(stickers.items(), 2)
    half = first.shape[0] // 2
    forged = np.vstack([first[:half], second[half:]])  # the QR of one above the bars of the other
    before = still.turned_away["disagreement"]
    for turn in (0.0, 90.0, 180.0, 217.0):
        how = Conditions(turn_deg=(turn, turn))
        assert still.decode(frame([forged], Random(4), how)) == []
    assert still.turned_away["disagreement"] == before + 8
    assert texts(still.decode(frame([first, second], Random(4)))) == {one, other}


def test_small_bars_read_once_wait_for_a_second_frame(
    stickers: dict[str, Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sticker = next(iter(stickers.items()))
    bars_only = sticker.copy()
    bars_only[: bars_only.shape[0] // 2] = 255
    picture = frame([bars_only], Random(6), Conditions(px_per_mm=7.2))
    with closing(Decoder("live")) as decoder:
        assert texts(decoder.decode(picture)) == {number}, "zxing and locator agree"
    monkeypatch.setattr(decoder_module, "_located", lambda *_: [])
    with closing(Decoder("live")) as decoder:
        assert decoder.decode(picture) == []
        assert decoder.turned_away["small and read once"] == 1
        assert texts(decoder.decode(picture)) == {number}
        decoder.decode(np.full_like(picture, 200))
        assert decoder.decode(picture) == [], "the frames must follow one another"


def test_a_small_qr_read_once_is_believed_in_a_still_and_waits_in_a_live_frame(
    stickers: dict[str, Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, sticker = next(iter(stickers.items()))
    picture = frame([sticker], Random(6), Conditions(px_per_mm=3.3))
    for later in ("_smoothed", "_enlarged", "_thresholded"):
        monkeypatch.setattr(decoder_module, later, lambda *_: iter(()))
    with closing(Decoder("still")) as decoder:
        monkeypatch.setattr(decoder, "_by_zbar", lambda *_: [])
        assert [(s.text, s.format) for s in decoder.decode(picture)] == [(number, "QRCode")]
    with closing(Decoder("live")) as decoder:
        assert decoder.decode(picture) == []
        assert texts(decoder.decode(picture)) == {number}


def test_grey_and_colour_frames_read_alike(stickers: dict[str, Image], still: Decoder) -> None:
    picture = frame([next(iter(stickers.values()))], Random(8))
    assert still.decode(picture) == still.decode(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))


@pytest.mark.parametrize("kind", [Kind.POUCH, Kind.BADGE, Kind.COMMAND])
def test_tags_and_cards_are_read_as_well(kind: Kind, still: Decoder) -> None:
    text = LabelText(str(Label(kind, 27001, 26, 3)), "TÚI-03", "Đi Sở Xây dựng", "Trung tâm")
    [page] = prints(labels_pdf([text]))
    found = still.decode(frame([page], Random(9), Conditions(px_per_mm=6.4)))
    assert [(s.text, s.format) for s in found] == [(text.label, "QRCode"), (text.label, "Code128")]


def test_without_libzbar_the_chain_goes_on_and_doctor_is_told(
    stickers: dict[str, Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyzbar").mkdir()
    (tmp_path / "pyzbar" / "__init__.py").write_text("raise ImportError('Unable to find zbar')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert decoders_available()["zbar"] is None
    number, sticker = next(iter(stickers.items()))
    with closing(Decoder("still")) as decoder:
        for _ in range(2):
            assert texts(decoder.decode(frame([sticker], Random(1)))) == {number}
        assert decoder._zbar_deaths == decoder_module._ZBAR_DEATHS_AT_MOST, "not tried again"


needs_zbar = pytest.mark.skipif(
    importlib.util.find_spec("pyzbar") is None or find_library("zbar") is None,
    reason="libzbar0 is not installed",
)


@pytest.mark.zbar
@needs_zbar
def test_a_zbar_worker_that_dies_is_replaced_and_nothing_else_stops(
    stickers: dict[str, Image],
) -> None:
    number, sticker = next(iter(stickers.items()))
    picture = frame([sticker], Random(1))
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    with closing(Decoder("still")) as decoder:
        assert number in texts(decoder._by_zbar(grey))
        process = decoder._zbar._process
        assert process is not None
        process.send_signal(signal.SIGABRT)
        process.wait(timeout=10)
        assert texts(decoder.decode(picture)) == {number}
        assert decoder._zbar_deaths == 1
        assert number in texts(decoder._by_zbar(grey)), "a new worker answers"


@pytest.mark.zbar
@needs_zbar
def test_zbar_is_told_as_available() -> None:
    assert all(decoders_available().values())
