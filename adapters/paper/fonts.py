"""The one typeface of all paper, and text fitted to a width by measuring it; used by every sheet.

ReportLab's bundled font lacks 100 of the 134 Vietnamese letters, so Be Vietnam Pro comes from a
wheel and is embedded. Text is composed (NFC) before it is measured or drawn: the font has `ế` as
one glyph, and combining marks drawn after their letter would stand beside it.
"""

import unicodedata
from collections.abc import Container
from functools import cache

import fontpkg
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "BeVietnamPro-Regular"
BOLD = "BeVietnamPro-Bold"
ITALIC = "BeVietnamPro-Italic"
_ELLIPSIS = "…"
_STEP_PT = 0.25  # finer steps are not seen on a 203 dpi head


@cache
def register() -> None:
    """Make the typeface known to ReportLab, once a process."""
    for name, weight, style in (
        (REGULAR, 400, "normal"),
        (BOLD, 700, "normal"),
        (ITALIC, 400, "italic"),
    ):
        pdfmetrics.registerFont(TTFont(name, str(fontpkg.path("Be Vietnam Pro", weight, style))))
    for bold, italic, name in ((0, 0, REGULAR), (1, 0, BOLD), (0, 1, ITALIC), (1, 1, BOLD)):
        addMapping(REGULAR, bold, italic, name)


def composed(text: str) -> str:
    """One line of printable text in NFC; line breaks and control characters become spaces.

    A letter the typeface lacks (ŏ, ŭ of the Central Highlands) loses its mark, any other sign
    becomes `?`: ReportLab would leave both out without a trace.
    """
    register()
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    spaced = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    line = unicodedata.normalize("NFC", " ".join(spaced.split()))
    return "".join(sign if ord(sign) in glyphs else _nearest(sign, glyphs) for sign in line)


def _nearest(sign: str, glyphs: Container[int]) -> str:
    base = unicodedata.normalize("NFD", sign)[0]
    return base if ord(base) in glyphs else "?"


def width_pt(text: str, font: str, size_pt: float) -> float:
    """How wide the composed text is when drawn."""
    return float(pdfmetrics.stringWidth(text, font, size_pt))


def fitted(
    text: str, *, font: str, width: float, largest: float, smallest: float
) -> tuple[str, float]:
    """The text and the size (points) at which it fits the width; cut with `…` at the smallest."""
    line, size = composed(text), largest
    while width_pt(line, font, size) > width:
        if size - _STEP_PT < smallest:
            return shortened(line, font=font, size=size, width=width), size
        size -= _STEP_PT
    return line, size


def shortened(line: str, *, font: str, size: float, width: float) -> str:
    """The longest beginning that fits with `…` after it; the whole line where it fits."""
    if width_pt(line, font, size) <= width:
        return line
    end = len(line)
    while end and width_pt(line[:end].rstrip() + _ELLIPSIS, font, size) > width:
        end -= 1
    return line[:end].rstrip() + _ELLIPSIS


def wrapped(text: str, *, font: str, size: float, width: float, lines: int) -> list[str]:
    """The text in at most so many lines, broken between words; what is left over ends in `…`."""
    words = composed(text).split(" ")
    rows: list[str] = []
    while words and words[0] and len(rows) < lines - 1:
        count = len(words)
        while count > 1 and width_pt(" ".join(words[:count]), font, size) > width:
            count -= 1
        rows.append(shortened(" ".join(words[:count]), font=font, size=size, width=width))
        del words[:count]
    rest = " ".join(words)
    return [*rows, shortened(rest, font=font, size=size, width=width)] if rest else rows
