"""Stickers, tags and cards: whole dots, nothing outside its box, and every symbol read back."""

import re
import unicodedata
from collections.abc import Callable
from itertools import groupby
from typing import Any

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics

from adapters.paper import fonts
from adapters.paper.labels import (
    CARD,
    LABELS_AT_MOST,
    MARGIN,
    STICKER,
    STOCKS,
    TAG,
    LabelText,
    Stock,
    TooManyLabels,
    labels_pdf,
    sheets_pdf,
)
from adapters.paper.symbols import code128_bars
from domain.model.errors import BadLabel
from domain.model.labels import Kind, Label
from scanner_station.sightings import gathered, on_one_sticker

Raster = Callable[..., Any]
KINDS = list(Kind)
LONG = "Đăng ký biến động quyền sử dụng đất Ẳ Ễ Ộ ự ỡ, ĐẶNG THỤY ỄNH ƯƠNG " * 3


def label(kind: Kind = Kind.DOSSIER, serial: int = 42) -> str:
    return str(Label(kind, 27001, 26, serial))


def full(kind: Kind, serial: int = 42) -> LabelText:
    return LabelText(label(kind, serial), "G09.20-20260609-0092637", LONG, LONG)


def is_black_or_white(pixels: Any) -> bool:
    """No dot is cut by an edge; a few grey levels are what rounding a page's size costs."""
    return bool(((pixels <= 4) | (pixels >= 251)).all())


def read(pixels: Any) -> list[Any]:
    wide = np.pad(np.kron(pixels, np.ones((2, 2), np.uint8)), 20, constant_values=255)
    formats = zxingcpp.BarcodeFormats(
        [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128]
    )
    return zxingcpp.read_barcodes(wide, formats=formats)


@pytest.mark.parametrize(
    ("stock", "size_mm"), [(STICKER, (50, 30)), (TAG, (70, 50)), (CARD, (85.5, 54))]
)
def test_each_stock_has_its_size_in_whole_dots(
    stock: Stock, size_mm: tuple[float, float], raster: Raster
) -> None:
    kind = next(kind for kind, has in STOCKS.items() if has is stock)
    pixels = raster(labels_pdf([LabelText(label(kind))]))
    assert pixels.shape == (size_mm[1] * 8, size_mm[0] * 8) == (stock.height, stock.width)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_crosses_the_box_less_one_and_a_half_millimetres(
    kind: Kind, raster: Raster
) -> None:
    texts = [
        full(kind),
        LabelText(label(kind), "W" * 80, "Ẳ" * 200, "Ộ" * 90),
        LabelText(label(kind), title="Ẵ", office="gợ"),
        LabelText(label(kind), title="không_có_dấu_cách_" * 9),
        LabelText(label(kind)),
    ]
    pdf = labels_pdf(texts)
    for page in range(len(texts)):
        pixels = raster(pdf, page, times=4)
        inside = pixels[4 * MARGIN : -4 * MARGIN, 4 * MARGIN : -4 * MARGIN].copy()
        assert (inside < 128).any()
        pixels[4 * MARGIN : -4 * MARGIN, 4 * MARGIN : -4 * MARGIN] = 255
        assert (pixels == 255).all(), f"ink in the margin of page {page}"


@pytest.mark.parametrize("kind", KINDS)
def test_words_come_near_neither_bars_nor_qr(kind: Kind, raster: Raster) -> None:
    bare = raster(labels_pdf([LabelText(label(kind), title="·")]))
    crowded = raster(labels_pdf([full(kind)]))
    stock = STOCKS[kind]
    for found in read(bare):
        at = found.position
        xs = [(p.x - 20) / 2 for p in (at.top_left, at.bottom_right)]
        ys = [(p.y - 20) / 2 for p in (at.top_left, at.bottom_right)]
        is_qr = found.symbology == zxingcpp.BarcodeFormat.QRCode
        quiet = 4 * stock.dot if is_qr else 10 * stock.bar
        rows = slice(round(min(ys)), round(max(ys)))
        columns = slice(round(min(xs)) - quiet + 2, min(stock.width, round(max(xs)) + quiet - 2))
        assert (bare[rows, columns] == crowded[rows, columns]).all()
        assert (bare[rows, columns] < 128).any()


@pytest.mark.parametrize(
    ("kind", "bar", "dot"), [(Kind.DOSSIER, 2, 4), (Kind.POUCH, 3, 6), (Kind.COMMAND, 3, 8)]
)
def test_every_bar_and_module_is_whole_dots_and_wholly_black(
    kind: Kind, bar: int, dot: int, raster: Raster
) -> None:
    pixels = raster(labels_pdf([LabelText(label(kind))]))
    stock = STOCKS[kind]
    bars = pixels[stock.height - 14 - 65 - (0 if kind is Kind.DOSSIER else 20)]
    assert is_black_or_white(bars)
    runs = [(dark, len(list(run))) for dark, run in groupby((bars < 128).tolist())]
    assert all(width % bar == 0 for dark, width in runs[1:-1])
    assert sum(width for _, width in runs[1:-1]) == 123 * bar
    assert min(runs[0][1], runs[-1][1]) >= 10 * bar, "quiet zones"

    qr = pixels[dot * 5 : dot * 26, stock.width - dot * 26 : stock.width - dot * 5]
    modules = qr.reshape(21, dot, 21, dot)
    assert is_black_or_white(qr)
    assert (modules // 128 == modules[:, :1, :, :1] // 128).all()
    assert (modules[0, 0, :7, 0] < 128).all(), "the finder's upper edge"


@pytest.mark.parametrize("kind", KINDS)
def test_both_symbols_of_every_kind_read_back_as_the_same_number(
    kind: Kind, raster: Raster
) -> None:
    found = read(raster(labels_pdf([full(kind)])))
    assert {str(symbol.format) for symbol in found} == {"QR Code", "Code 128"}
    assert {symbol.text for symbol in found} == {label(kind)}
    assert next(s for s in found if str(s.format) == "QR Code").ec_level == "H"


@pytest.mark.parametrize("kind", KINDS)
def test_the_qr_stands_where_the_decoder_expects_the_bars_companion(
    kind: Kind, raster: Raster
) -> None:
    from scanner_station.decoder import _read

    pixels = raster(labels_pdf([full(kind)]))
    assert len(on_one_sticker(gathered(_read(pixels, stage="zxing")))) == 1
    assert len(on_one_sticker(gathered(_read(np.rot90(pixels, 2), stage="zxing")))) == 1


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_words_are_read_back_from_the_pdf_however_they_were_composed(
    form: Any, words: Callable[[bytes], list[str]]
) -> None:
    title = unicodedata.normalize(form, "Cấp phép thuế, tự do, dỡ bỏ")
    office = unicodedata.normalize(form, "Sở Tư pháp")
    [text] = words(labels_pdf([LabelText(label(), "H10.14-250702-0001", title, office)]))
    for expected in (
        "1 27001 26 000042 83",
        "H10.14-250702-0001",
        "thuế",
        "tự do",
        "dỡ bỏ",
        "Sở Tư pháp",
    ):
        assert expected in text


def test_the_typeface_has_all_134_vietnamese_letters_in_every_cut() -> None:
    fonts.register()
    bases = "aăâeêioôơuưy"
    tones = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    letters = {unicodedata.normalize("NFC", b + t) for b in bases for t in tones} - set("aeiouy")
    letters |= {"đ"}
    letters |= {letter.upper() for letter in letters}
    assert len(letters) == 134
    for name in (fonts.REGULAR, fonts.BOLD, fonts.ITALIC):
        glyphs = pdfmetrics.getFont(name).face.charToGlyph
        assert all(ord(letter) in glyphs for letter in letters)


def test_the_font_is_embedded_and_no_other_is_named() -> None:
    pdf = labels_pdf([full(Kind.DOSSIER)])
    named = set(re.findall(rb"/BaseFont /(\S+)", pdf))
    assert named
    assert all(b"+BeVietnamPro-" in name for name in named)
    assert pdf.count(b"/FontFile2") == len(named)


def test_letters_the_typeface_lacks_are_replaced_and_never_left_out() -> None:
    assert fonts.composed("Y Ƀen Niê → H'Bĭng Ŏ\n\tx\u200b") == "Y ?en Niê ? H'Bing O x"


def test_the_grouped_number_is_at_least_seven_points(raster: Raster) -> None:
    assert min(stock.number_pt for stock in STOCKS.values()) >= 7
    pixels = raster(labels_pdf([LabelText(label())]), times=4)
    digits = np.flatnonzero((pixels[-4 * 36 :] < 128).any(axis=1))
    height_pt = (digits.max() - digits.min() + 1) / 4 * 72 / 203.2
    assert height_pt >= 7 * 0.68  # digits are 0.7 em high


def test_a_sheet_of_twenty_four_reads_back_whole(raster: Raster) -> None:
    texts = [full(Kind.DOSSIER, serial) for serial in range(1, 25)]
    pdf = sheets_pdf(texts)
    pixels = raster(pdf)
    assert pixels.shape == (297 * 8, 210 * 8)
    for row in range(8):  # as a hand scanner sees it, one row at a time
        found = {symbol.text for symbol in read(pixels[row * 296 : row * 296 + 300])}
        assert found == {text.label for text in texts[3 * row : 3 * row + 3]}


def test_a_sheet_begins_a_page_for_each_stock_and_after_twenty_four(
    words: Callable[[bytes], list[str]],
) -> None:
    kinds = [Kind.DOSSIER, Kind.COMMAND, Kind.POUCH, Kind.BADGE]
    texts = [LabelText(label(kind, n)) for n in range(25) for kind in kinds[: 4 if n < 3 else 1]]
    pages = words(sheets_pdf(texts))
    assert [page.count("27001") for page in pages] == [24, 1, 3, 6]


def test_the_same_labels_give_the_same_bytes() -> None:
    texts = [full(kind) for kind in KINDS]
    assert labels_pdf(texts) == labels_pdf(texts)
    assert sheets_pdf(texts) == sheets_pdf(texts)


@pytest.mark.parametrize("text", ["", "H10.14-250702-0001", "1270012600004284", "127001260000428"])
def test_what_is_no_label_is_not_printed(text: str) -> None:
    with pytest.raises(BadLabel):
        labels_pdf([LabelText(text)])
    with pytest.raises(BadLabel):
        code128_bars(text)


@pytest.mark.parametrize("count", [0, LABELS_AT_MOST + 1])
def test_a_pdf_of_no_or_too_many_labels_is_refused(count: int) -> None:
    with pytest.raises(TooManyLabels):
        labels_pdf([LabelText(label())] * count)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.floats(20, 200), st.integers(1, 4))
def test_fitted_and_wrapped_text_is_never_wider_than_its_room(
    text: str, width: float, lines: int
) -> None:
    fonts.register()
    line, size = fonts.fitted(text, font=fonts.BOLD, width=width, largest=9, smallest=6)
    assert fonts.width_pt(line, fonts.BOLD, size) <= width
    rows = fonts.wrapped(text, font=fonts.REGULAR, size=7, width=width, lines=lines)
    assert len(rows) <= lines
    assert all(fonts.width_pt(row, fonts.REGULAR, 7) <= width for row in rows)
