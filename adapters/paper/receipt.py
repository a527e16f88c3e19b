"""Form 01, what the citizen holds: intake receipt with the day of the result; used at the counter.

The head of the page carries the dossier's own bars, the foot the moment of printing and the version
of the data behind the dates; the QR opens the public look-up page and holds nothing personal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

import segno
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from adapters.paper import fonts
from adapters.paper.forms import Paper, form
from adapters.paper.symbols import CODE128_MODULES, DOT_PT, QR_QUIET, draw_code128
from domain.model.instants import Micros, local
from domain.model.labels import grouped

_MARGIN = 18 * mm
_FOOT = 11 * mm
_FRAME_PADDING = 6  # points that ReportLab's frame keeps around its content
_WIDTH = A4[0] - 2 * _MARGIN
_DOTTED = "…" * 14  # a line to be filled in by hand
_REPRINT = "Mã tra cứu chỉ có trên bản in khi tiếp nhận. Hỏi tại quầy theo số nhãn bên cạnh."
_QR_MODULE = 5 * DOT_PT  # 0.6 mm: a telephone reads it at arm's length
_BAR, _BARS_HIGH = 2, 72  # dots


@dataclass(frozen=True, slots=True)
class PieceText:
    """One line of the pieces handed in; `kind` as on the form: bản chính, bản sao."""

    name: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """Everything form 01 prints; empty text prints dots to be filled in by hand.

    Without a `lookup_url` the sheet says that it is a reprint and how to ask instead.
    """

    agency: str
    unit: str
    place: str
    number: str
    label: str
    official_code: str
    lookup_url: str
    applicant: str
    id_number: str
    address: str
    phone: str
    email: str
    procedure: str
    request: str
    pieces: tuple[PieceText, ...]
    sets: int
    term: str
    received_us: Micros
    due_us: Micros | None  # None: no due date can be computed yet, and the receipt says so
    collection: str
    register_volume: str
    register_line: str
    submitter: str
    receiver: str
    printed_at_us: Micros
    data_version: str


def receipt_pdf(text: ReceiptText) -> bytes:
    """Form 01 on A4, as many pages as the pieces need; the same bytes for the same text."""
    fonts.register()
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
        title=f"Giấy tiếp nhận hồ sơ {text.official_code or text.label}",
        author="giaonhan",
    )
    foot = (
        f"In lúc {_moment(text.printed_at_us)} · Dữ liệu {text.data_version} · "
        f"Hồ sơ {grouped(text.label)}"
    )
    document.build(
        _story(text), canvasmaker=lambda *args, **kwargs: _Numbered(*args, foot=foot, **kwargs)
    )
    return buffer.getvalue()


def _story(text: ReceiptText) -> list[Flowable]:
    sheet = form(Paper.RECEIPT, taken_in=local(text.received_us).date())
    note = (
        f"Mẫu số {sheet.number} – {sheet.basis}; bố cục theo nguồn thứ cấp, đơn vị điều chỉnh được"
    )
    return [
        _p(note, _NOTE),
        Spacer(0, 3 * mm),
        _head(text),
        Spacer(0, 6 * mm),
        _p(sheet.title.upper(), _TITLE),
        Spacer(0, 3 * mm),
        _symbols(text),
        Spacer(0, 4 * mm),
        *_applicant(text),
        _pieces(text.pieces),
        Spacer(0, 2 * mm),
        # No page with signatures alone: what is signed stands above them.
        KeepTogether([*_times(text), Spacer(0, 4 * mm), _signatures(text)]),
    ]


def _head(text: ReceiptText) -> Table:
    day = local(text.received_us)
    left = [
        _p(_or_dots(text.agency.upper()), _CENTRE),
        _p(_e(text.unit.upper()), _CENTRE_BOLD),
        _p(f"Số: {_or_dots(text.number)}/TNHS", _CENTRE),
    ]
    right = [
        _p("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", _CENTRE_BOLD),
        _p("<u>Độc lập - Tự do - Hạnh phúc</u>", _CENTRE_BOLD),
        _p(f"{_or_dots(text.place)}, ngày {day:%d} tháng {day:%m} năm {day:%Y}", _CENTRE_ITALIC),
    ]
    return _columns([left, right], 0.44, 0.56)


def _symbols(text: ReceiptText) -> Table:
    code = [
        _Bars(text.label),
        _p(grouped(text.label).replace(" ", " &nbsp;"), _CENTRE_BOLD),
        _p(f"Mã hồ sơ: {_strong(text.official_code)}", _CENTRE),
    ]
    if text.lookup_url:
        lookup = [_Lookup(text.lookup_url), _p("Quét để tra cứu hồ sơ", _SMALL_CENTRE)]
    else:
        lookup = [_p("<b>BẢN IN LẠI</b>", _CENTRE_BOLD), _p(_REPRINT, _SMALL_CENTRE)]
    return _columns([code, lookup], 0.66, 0.34)


def _applicant(text: ReceiptText) -> list[Flowable]:
    return [
        _p(f"{_e(text.unit)} đã tiếp nhận hồ sơ của: {_strong(text.applicant)}"),
        _p(f"Số định danh cá nhân / mã số thuế: {_or_dots(text.id_number)}"),
        _p(f"Địa chỉ: {_or_dots(text.address)}"),
        _p(f"Số điện thoại: {_or_dots(text.phone)} &nbsp; Email: {_or_dots(text.email)}"),
        _p(f"Thủ tục hành chính: {_or_dots(text.procedure)}"),
        _p(f"Nội dung yêu cầu giải quyết: {_or_dots(text.request)}"),
        _p("Thành phần hồ sơ nộp gồm:"),
        Spacer(0, 1.5 * mm),
    ]


def _pieces(pieces: Iterable[PieceText]) -> Table:
    rows = [
        [_p(str(line), _CELL_CENTRE), _p(_e(piece.name), _CELL), _p(_e(piece.kind), _CELL),
         _p(str(piece.count), _CELL_CENTRE)]
        for line, piece in enumerate(pieces, start=1)
    ]  # fmt: skip
    head = [_p(word, _CELL_HEAD) for word in ("TT", "Tên giấy tờ", "Loại", "Số lượng")]
    widths = [_WIDTH * share for share in (0.07, 0.55, 0.25, 0.13)]
    table = Table([head, *rows], colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        )
    )
    return table


def _times(text: ReceiptText) -> list[Flowable]:
    due = (
        _strong(_moment(text.due_us))
        if text.due_us is not None
        else "chưa xác định được, đơn vị sẽ thông báo"
    )
    return [
        _p(f"Số lượng hồ sơ: {text.sets:02d} (bộ)"),
        _p(f"Thời hạn giải quyết hồ sơ theo quy định: {_or_dots(text.term)}"),
        _p(f"Thời gian nhận hồ sơ: {_strong(_moment(text.received_us))}"),
        _p(f"Thời gian trả kết quả giải quyết hồ sơ: {due}"),
        _p(f"Nơi và hình thức nhận kết quả: {_or_dots(text.collection)}"),
        _p(
            f"Vào Sổ theo dõi hồ sơ, Quyển số: {_or_dots(text.register_volume)} "
            f"Số thứ tự: {_or_dots(text.register_line)}"
        ),
        _p("Giấy này lập thành 02 liên: 01 liên giao người nộp hồ sơ, 01 liên lưu.", _NOTE_LEFT),
    ]


def _signatures(text: ReceiptText) -> Table:
    def signature(role: str, name: str) -> list[Flowable]:
        return [
            _p(role, _CENTRE_BOLD),
            _p("(Ký và ghi rõ họ tên)", _CENTRE_ITALIC),
            Spacer(0, 16 * mm),
            _p(_e(name), _CENTRE),
        ]

    left = signature("NGƯỜI NỘP HỒ SƠ", text.submitter)
    right = signature("NGƯỜI TIẾP NHẬN HỒ SƠ", text.receiver)
    return _columns([left, right], 0.5, 0.5)


def _columns(cells: list[list[Flowable]], *shares: float) -> Table:
    table = Table([cells], colWidths=[_WIDTH * share for share in shares])
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


class _Bars(Flowable):  # type: ignore[misc] # ReportLab has no types
    """The label's Code 128 in the middle of its column, modules of 0.25 mm as on the sticker."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self.width = CODE128_MODULES * _BAR * DOT_PT
        self.height = _BARS_HIGH * DOT_PT

    def draw(self) -> None:
        draw_code128(self.canv, self._label, left=0, bottom=0, height=_BARS_HIGH, module=_BAR)


class _Lookup(Flowable):  # type: ignore[misc] # as above
    """The public look-up address as a QR, its quiet zone included."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._matrix = segno.make_qr(url, error="m").matrix
        self.width = self.height = (len(self._matrix) + 2 * QR_QUIET) * _QR_MODULE

    def draw(self) -> None:
        path = self.canv.beginPath()
        for row, modules in enumerate(reversed(self._matrix)):
            for column, dark in enumerate(modules):
                if dark:
                    left, bottom = (column + QR_QUIET) * _QR_MODULE, (row + QR_QUIET) * _QR_MODULE
                    path.rect(left, bottom, _QR_MODULE, _QR_MODULE)
        self.canv.drawPath(path, stroke=0, fill=1)


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
                self._foot, font=fonts.REGULAR, width=_WIDTH - 25 * mm, largest=8, smallest=8
            )
            self.drawString(_MARGIN, _FOOT, foot)
            self.drawRightString(A4[0] - _MARGIN, _FOOT, f"Trang {number}/{len(self._held)}")
            super().showPage()
        super().save()


def _moment(instant_us: Micros) -> str:
    """`08:05 ngày 02/03/2026`, in Asia/Ho_Chi_Minh."""
    return f"{local(instant_us):%H:%M ngày %d/%m/%Y}"


def _e(text: str) -> str:
    return escape(fonts.composed(text), quote=False)


def _or_dots(text: str) -> str:
    return _e(text) or _DOTTED


def _strong(text: str) -> str:
    return f"<b>{_or_dots(text)}</b>"


def _style(font: str = fonts.REGULAR, size: float = 10, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        font, fontName=font, fontSize=size, leading=1.45 * size, splitLongWords=1, **more
    )


_BODY = _style(spaceAfter=2)
_NOTE = _style(fonts.ITALIC, 8, alignment=TA_RIGHT)
_NOTE_LEFT = _style(fonts.ITALIC, 9)
_TITLE = _style(fonts.BOLD, 15, alignment=TA_CENTER)
_CENTRE = _style(alignment=TA_CENTER)
_CENTRE_BOLD = _style(fonts.BOLD, alignment=TA_CENTER)
_CENTRE_ITALIC = _style(fonts.ITALIC, alignment=TA_CENTER)
_SMALL_CENTRE = _style(size=8.5, alignment=TA_CENTER)
_CELL = _style(size=9.5)
_CELL_CENTRE = _style(size=9.5, alignment=TA_CENTER)
_CELL_HEAD = _style(fonts.BOLD, 9.5, alignment=TA_CENTER)


def _p(markup: str, style: ParagraphStyle = _BODY) -> Paragraph:
    """A paragraph of already escaped text."""
    return Paragraph(markup, style)
