"""An A4 sheet of running text: typeface, columns, bars, and a foot that counts the pages.

Used by every form and list that is not a label.
"""

from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import Any

from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from adapters.paper import fonts
from adapters.paper.symbols import CODE128_MODULES, DOT_PT, draw_code128
from domain.model.instants import Micros, local
from domain.model.labels import grouped

_MARGIN = 18 * mm
_FOOT = 11 * mm
_FRAME_PADDING = 6  # points that ReportLab's frame keeps around its content
WIDTH = A4[0] - 2 * _MARGIN
_BAR, _BARS_HIGH = 2, 72  # dots


def sheet_pdf(story: Sequence[Flowable], *, title: str, foot: str) -> bytes:
    """As many pages as the story needs; the same bytes for the same story."""
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=_MARGIN - _FRAME_PADDING,
        rightMargin=_MARGIN - _FRAME_PADDING,
        topMargin=10 * mm,
        bottomMargin=_FOOT + 4 * mm,
        invariant=1,
        initialFontName=fonts.REGULAR,
        printScaling="None",
        lang="vi",
        title=title,
        author="giaonhan",
    )
    document.build(
        list(story), canvasmaker=lambda *args, **kwargs: _Numbered(*args, foot=foot, **kwargs)
    )
    return buffer.getvalue()


def columns(cells: list[list[Flowable]], *shares: float) -> Table:
    """Cells side by side, each its share of the width."""
    table = Table([cells], colWidths=[WIDTH * share for share in shares])
    everywhere = (0, 0), (-1, -1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", *everywhere, "TOP"),
                ("ALIGN", *everywhere, "CENTER"),
                ("LEFTPADDING", *everywhere, 0),
                ("RIGHTPADDING", *everywhere, 0),
            ]
        )
    )
    return table


def heading(title: str, english: str, *, note: str) -> list[Flowable]:
    """What a paper that no decree knows is called, and above it what it is worth."""
    return [
        paragraph(note, NOTE),
        Spacer(0, 4 * mm),
        paragraph(title, TITLE),
        paragraph(english, SMALL_CENTRE),
        Spacer(0, 5 * mm),
    ]


def signatures(left: str, right: str) -> Table:
    """Room to sign; both stand before the papers."""
    cells: list[list[Flowable]] = [
        [
            paragraph(one, CENTRE_BOLD),
            paragraph("(ký, ghi rõ họ tên)", SMALL_CENTRE),
            Spacer(0, 18 * mm),
        ]
        for one in (left, right)
    ]
    return columns(cells, 0.5, 0.5)


class Bars(Flowable):  # type: ignore[misc] # ReportLab has no types
    """The label's Code 128 in the middle of its column, modules of 0.25 mm as on the sticker."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self.width = CODE128_MODULES * _BAR * DOT_PT
        self.height = _BARS_HIGH * DOT_PT

    def draw(self) -> None:
        """See ReportLab."""
        draw_code128(self.canv, self._label, left=0, bottom=0, height=_BARS_HIGH, module=_BAR)


class _Numbered(Canvas):  # type: ignore[misc] # as above
    """Holds every page back until the last is known, so that each can say `n/m` at its foot."""

    def __init__(self, *args: Any, foot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = foot
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, state in enumerate(self._held, start=1):
            self.__dict__.update(state)
            self.setFont(fonts.REGULAR, 8)
            foot, _ = fonts.fitted(
                self._foot, font=fonts.REGULAR, width=WIDTH - 25 * mm, largest=8, smallest=8
            )
            self.drawString(_MARGIN, _FOOT, foot)
            self.drawRightString(A4[0] - _MARGIN, _FOOT, f"Trang {number}/{len(self._held)}")
            super().showPage()
        super().save()


def printed_foot(printed_us: Micros, label: str, *, source: str, of: str = "Hồ sơ") -> str:
    """When it was printed, from which state of the data or up to which entry, and of what."""
    return f"In lúc {moment(printed_us)} · {source} · {of} {grouped(label)}"


def digits(label: str) -> str:
    """Its groups well apart: they are compared by eye."""
    return grouped(label).replace(" ", " &nbsp;")


def moment(instant_us: Micros) -> str:
    """`08:05 ngày 02/03/2026`, in Asia/Ho_Chi_Minh."""
    return f"{local(instant_us):%H:%M ngày %d/%m/%Y}"


def escaped(text: str) -> str:
    """Plain text for a paragraph: composed, and no markup in it."""
    return escape(fonts.composed(text), quote=False)


def style(font: str = fonts.REGULAR, size: float = 10, **more: Any) -> ParagraphStyle:
    """A way to set a paragraph; `more` as ReportLab names it."""
    return ParagraphStyle(
        font, fontName=font, fontSize=size, leading=1.45 * size, splitLongWords=1, **more
    )


BODY = style(spaceAfter=2)
NOTE = style(fonts.ITALIC, 8, alignment=TA_RIGHT)
NOTE_LEFT = style(fonts.ITALIC, 9)
TITLE = style(fonts.BOLD, 15, alignment=TA_CENTER)
CENTRE = style(alignment=TA_CENTER)
CENTRE_BOLD = style(fonts.BOLD, alignment=TA_CENTER)
CENTRE_ITALIC = style(fonts.ITALIC, alignment=TA_CENTER)
SMALL_CENTRE = style(size=8.5, alignment=TA_CENTER)
CELL = style(size=9.5)
CELL_CENTRE = style(size=9.5, alignment=TA_CENTER)
CELL_HEAD = style(fonts.BOLD, 9.5, alignment=TA_CENTER)


def paragraph(markup: str, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of already escaped text."""
    fonts.register()  # a paragraph asks for its typeface when it is made
    return Paragraph(markup, style)
