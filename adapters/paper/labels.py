"""Stickers, pouch tags and cards as PDF, one a page or many on A4; used by CLI and stations.

The layout is worked out in printer dots from the lower left corner: number, bars, and above them
the words on the left and the QR on the right. The decoder relies on that place of the QR when it
asks whether two symbols stand on one sticker.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import floor
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from adapters.paper import fonts
from adapters.paper.symbols import (
    CODE128_MODULES,
    DOT_PT,
    DOTS_PER_MM,
    QR_MODULES,
    QR_QUIET,
    draw_code128,
    draw_qr,
)
from domain.model.errors import Refusal
from domain.model.labels import Kind, grouped, parse_label

LABELS_AT_MOST = 2_400  # a hundred sheets of 24: one number block, and a PDF that still opens fast
MARGIN = 12  # dots, 1.5 mm: what a thermal printer may lose at an edge
_A4 = (210 * DOTS_PER_MM, 297 * DOTS_PER_MM)
_CUT = 2 * DOTS_PER_MM  # length of a cutting mark
_LEADING = 1.3  # em from line to line
_RISE = 1.05  # em from the top of a line's box to its base line
_OVERHANG = 0.17  # em by which Ẳ, the highest letter, stands above its box


class TooManyLabels(Refusal):
    """More labels than one PDF holds; values: count, limit."""

    code = "TOO_MANY_LABELS"


@dataclass(frozen=True, slots=True)
class LabelText:
    """What one label says: 16 digits and three optional lines, of which none names a person (L7).

    `official_code` is the dossier's code, or the code of a person, place, command or run.
    """

    label: str
    official_code: str = ""
    title: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class Stock:
    """A size of label: lengths in dots (8 a mm), type sizes in points."""

    width: int
    height: int
    bar: int  # dots of one Code 128 module
    dot: int  # dots of one QR module
    number_pt: float
    code_pt: float
    text_pt: float
    small_pt: float
    bars: int  # how high they stand at most
    captioned: bool  # says in words what it is a label of
    grid: tuple[int, int, int, int]  # on A4: columns, rows, pitch across and down in mm
    cut: bool  # A4 comes uncut and needs marks


STICKER = Stock(
    width=400, height=240, bar=2, dot=4, number_pt=9.5, code_pt=8.5, text_pt=7, small_pt=6.5,
    bars=68, captioned=False, grid=(3, 8, 70, 37), cut=False,
)  # fmt: skip
TAG = Stock(
    width=560, height=400, bar=3, dot=6, number_pt=14, code_pt=12, text_pt=9.5, small_pt=8,
    bars=150, captioned=True, grid=(2, 5, 100, 57), cut=True,
)  # fmt: skip
CARD = Stock(
    width=684, height=432, bar=3, dot=8, number_pt=14, code_pt=19, text_pt=11, small_pt=9,
    bars=130, captioned=True, grid=(2, 5, 100, 57), cut=True,
)  # fmt: skip

# Each kind has one stock on every medium: the same thing always looks the same.
STOCKS = {
    Kind.DOSSIER: STICKER,
    Kind.PIECE: STICKER,
    Kind.POUCH: TAG,
    Kind.BADGE: CARD,
    Kind.PLACE: CARD,
    Kind.COMMAND: CARD,
    Kind.RUN: CARD,
}
_CAPTIONS = {
    Kind.DOSSIER: "HỒ SƠ · Dossier",
    Kind.PIECE: "GIẤY TỜ · Piece",
    Kind.POUCH: "TÚI HỒ SƠ · Pouch",
    Kind.BADGE: "THẺ CÁN BỘ · Staff badge",
    Kind.PLACE: "VỊ TRÍ · Place",
    Kind.COMMAND: "LỆNH · Command",
    Kind.RUN: "CHUYẾN THƯ · Courier run",
}


def labels_pdf(texts: Sequence[LabelText]) -> bytes:
    """One label a page, the page as large as the label; for 203 dpi label printers."""
    canvas, buffer = _canvas(texts)
    for text in texts:
        stock = _stock(text)
        canvas.setPageSize(_page(stock.width, stock.height))
        _draw(canvas, text, stock)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def sheets_pdf(texts: Sequence[LabelText]) -> bytes:
    """Labels on A4: 24 stickers or 10 tags or cards a page, each stock on pages of its own."""
    canvas, buffer = _canvas(texts)
    for stock in (STICKER, TAG, CARD):
        for page in _pages([text for text in texts if _stock(text) is stock], stock):
            canvas.setPageSize(_page(*_A4))
            for text, (left, bottom) in zip(page, _places(stock), strict=False):
                canvas.saveState()
                canvas.translate(left * DOT_PT, bottom * DOT_PT)
                _draw(canvas, text, stock)
                if stock.cut:
                    _cutting_marks(canvas, stock)
                canvas.restoreState()
            canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _stock(text: LabelText) -> Stock:
    return STOCKS[parse_label(text.label).kind]


def _canvas(texts: Sequence[LabelText]) -> tuple[Any, BytesIO]:
    if not 0 < len(texts) <= LABELS_AT_MOST:
        raise TooManyLabels(count=len(texts), limit=LABELS_AT_MOST)
    fonts.register()
    buffer = BytesIO()
    canvas = Canvas(buffer, invariant=1, lang="vi", initialFontName=fonts.REGULAR)
    canvas.setTitle(f"Nhãn {texts[0].label}" + (f" +{len(texts) - 1}" if texts[1:] else ""))
    canvas.setAuthor("giaonhan")
    canvas.setViewerPreference("PrintScaling", "None")  # bars stay whole dots
    return canvas, buffer


def _page(width: int, height: int) -> tuple[float, float]:
    """A page in points a hair below whole dots: rounded up, the bars would be stretched."""
    return floor(width * DOT_PT * 1e4) / 1e4, floor(height * DOT_PT * 1e4) / 1e4


def _pages(texts: list[LabelText], stock: Stock) -> Iterator[list[LabelText]]:
    size = stock.grid[0] * stock.grid[1]
    return (texts[start : start + size] for start in range(0, len(texts), size))


def _places(stock: Stock) -> list[tuple[int, int]]:
    """Lower left corners on A4 in dots, row by row from the top left."""
    columns, rows, across_mm, down_mm = stock.grid
    across, down = across_mm * DOTS_PER_MM, down_mm * DOTS_PER_MM
    left = (_A4[0] - columns * across) // 2 + (across - stock.width) // 2
    top = _A4[1] - (_A4[1] - rows * down) // 2 - (down - stock.height) // 2
    return [
        (left + column * across, top - row * down - stock.height)
        for row in range(rows)
        for column in range(columns)
    ]


def _draw(canvas: Any, text: LabelText, stock: Stock) -> None:
    canvas.setFillGray(0)
    baseline = MARGIN + 2
    canvas.setFont(fonts.BOLD, stock.number_pt)
    number = grouped(text.label).replace(" ", "  ")  # one space of this typeface is easily missed
    canvas.drawCentredString(stock.width * DOT_PT / 2, baseline * DOT_PT, number)

    digits_top = baseline + round(0.75 * stock.number_pt / DOT_PT)
    qr_quiet, qr_size = QR_QUIET * stock.dot, QR_MODULES * stock.dot
    qr_left = stock.width - qr_quiet - qr_size - stock.dot
    qr_bottom = stock.height - qr_quiet - qr_size - stock.dot
    bars_bottom = digits_top + 6
    bars_top = min(bars_bottom + stock.bars, qr_bottom - qr_quiet)
    draw_code128(
        canvas,
        text.label,
        left=(stock.width - CODE128_MODULES * stock.bar) // 2,
        bottom=bars_bottom,
        height=bars_top - bars_bottom,
        module=stock.bar,
    )
    draw_qr(canvas, text.label, left=qr_left, bottom=qr_bottom, module=stock.dot)
    _draw_words(canvas, text, stock, right=qr_left - qr_quiet, bottom=bars_top + 4)


def _draw_words(canvas: Any, text: LabelText, stock: Stock, *, right: int, bottom: int) -> None:
    """Caption, code, title and office, left of the QR, from the top as far as there is room."""
    width = (right - MARGIN) * DOT_PT
    room = (stock.height - MARGIN - bottom) * DOT_PT
    top = (stock.height - MARGIN) * DOT_PT
    for place, (line, font, size) in enumerate(_words(text, stock, width=width, room=room)):
        top -= _OVERHANG * size if place == 0 else 0
        canvas.setFont(font, size)
        canvas.drawString(MARGIN * DOT_PT, top - _RISE * size, line)
        top -= _LEADING * size


def _words(
    text: LabelText, stock: Stock, *, width: float, room: float
) -> list[tuple[str, str, float]]:
    """(line, font, points) that fit the room; the title takes the rows the others leave."""

    def one(line: str, font: str, largest: float) -> list[tuple[str, str, float]]:
        fit, size = fonts.fitted(line, font=font, width=width, largest=largest, smallest=6)
        return [(fit, font, size)] if fit else []

    bare = not (text.official_code or text.title)
    caption = _CAPTIONS[parse_label(text.label).kind] if stock.captioned or bare else ""
    head = one(caption, fonts.REGULAR, stock.small_pt)
    head += one(text.official_code, fonts.BOLD, stock.code_pt)
    tail = one(text.office, fonts.REGULAR, stock.small_pt)
    taken = sum(_LEADING * size for _, _, size in head + tail) + _OVERHANG * stock.code_pt
    rows = int((room - taken) / (_LEADING * stock.text_pt))
    title = fonts.wrapped(
        text.title, font=fonts.REGULAR, size=stock.text_pt, width=width, lines=rows
    )
    return [*head, *((line, fonts.REGULAR, stock.text_pt) for line in title), *tail]


def _cutting_marks(canvas: Any, stock: Stock) -> None:
    """Corner marks outside the card, so that nothing of them stays on it."""
    canvas.setLineWidth(0.25)
    canvas.setStrokeGray(0.5)
    for x, away in ((0, -1), (stock.width, 1)):
        for y, off in ((0, -1), (stock.height, 1)):
            canvas.line((x + away * 4) * DOT_PT, y * DOT_PT, (x + away * _CUT) * DOT_PT, y * DOT_PT)
            canvas.line(x * DOT_PT, (y + off * 4) * DOT_PT, x * DOT_PT, (y + off * _CUT) * DOT_PT)
