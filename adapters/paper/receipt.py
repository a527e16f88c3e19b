"""Form 01, what the citizen holds: intake receipt with the day of the result; used at the counter.

The head of the page carries the dossier's own bars, the foot the moment of printing and the version
of the data behind the dates; the QR opens the public look-up page and holds nothing personal.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import segno
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Spacer,
    Table,
    TableStyle,
)

from adapters.paper.forms import Paper, form
from adapters.paper.sheet import (
    CELL,
    CELL_CENTRE,
    CELL_HEAD,
    CENTRE,
    CENTRE_BOLD,
    CENTRE_ITALIC,
    NOTE,
    NOTE_LEFT,
    SMALL_CENTRE,
    TITLE,
    WIDTH,
    Bars,
    columns,
    digits,
    escaped,
    moment,
    paragraph,
    printed_foot,
    sheet_pdf,
)
from adapters.paper.symbols import DOT_PT, QR_QUIET
from domain.model.instants import Micros, local

_DOTTED = "…" * 14  # a line to be filled in by hand
_REPRINT = "Mã tra cứu chỉ có trên bản in khi tiếp nhận. Hỏi tại quầy theo số nhãn bên cạnh."
_QR_MODULE = 5 * DOT_PT  # 0.6 mm: a telephone reads it at arm's length


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
    foot = printed_foot(text.printed_at_us, text.label, source=f"Dữ liệu {text.data_version}")
    title = f"Giấy tiếp nhận hồ sơ {text.official_code or text.label}"
    return sheet_pdf(_story(text), title=title, foot=foot)


def _story(text: ReceiptText) -> list[Flowable]:
    sheet = form(Paper.RECEIPT, taken_in=local(text.received_us).date())
    note = (
        f"Mẫu số {sheet.number} – {sheet.basis}; bố cục theo nguồn thứ cấp, đơn vị điều chỉnh được"
    )
    return [
        paragraph(note, NOTE),
        Spacer(0, 3 * mm),
        _head(text),
        Spacer(0, 6 * mm),
        paragraph(sheet.title.upper(), TITLE),
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
        paragraph(_or_dots(text.agency.upper()), CENTRE),
        paragraph(escaped(text.unit.upper()), CENTRE_BOLD),
        paragraph(f"Số: {_or_dots(text.number)}/TNHS", CENTRE),
    ]
    right = [
        paragraph("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", CENTRE_BOLD),
        paragraph("<u>Độc lập - Tự do - Hạnh phúc</u>", CENTRE_BOLD),
        paragraph(
            f"{_or_dots(text.place)}, ngày {day:%d} tháng {day:%m} năm {day:%Y}", CENTRE_ITALIC
        ),
    ]
    return columns([left, right], 0.44, 0.56)


def _symbols(text: ReceiptText) -> Table:
    code = [
        Bars(text.label),
        paragraph(digits(text.label), CENTRE_BOLD),
        paragraph(f"Mã hồ sơ: {_strong(text.official_code)}", CENTRE),
    ]
    if text.lookup_url:
        lookup = [_Lookup(text.lookup_url), paragraph("Quét để tra cứu hồ sơ", SMALL_CENTRE)]
    else:
        lookup = [paragraph("<b>BẢN IN LẠI</b>", CENTRE_BOLD), paragraph(_REPRINT, SMALL_CENTRE)]
    return columns([code, lookup], 0.66, 0.34)


def _applicant(text: ReceiptText) -> list[Flowable]:
    return [
        paragraph(f"{escaped(text.unit)} đã tiếp nhận hồ sơ của: {_strong(text.applicant)}"),
        paragraph(f"Số định danh cá nhân / mã số thuế: {_or_dots(text.id_number)}"),
        paragraph(f"Địa chỉ: {_or_dots(text.address)}"),
        paragraph(f"Số điện thoại: {_or_dots(text.phone)} &nbsp; Email: {_or_dots(text.email)}"),
        paragraph(f"Thủ tục hành chính: {_or_dots(text.procedure)}"),
        paragraph(f"Nội dung yêu cầu giải quyết: {_or_dots(text.request)}"),
        paragraph("Thành phần hồ sơ nộp gồm:"),
        Spacer(0, 1.5 * mm),
    ]


def _pieces(pieces: Iterable[PieceText]) -> Table:
    rows = [
        [
            paragraph(str(line), CELL_CENTRE),
            paragraph(escaped(piece.name), CELL),
            paragraph(escaped(piece.kind), CELL),
            paragraph(str(piece.count), CELL_CENTRE),
        ]
        for line, piece in enumerate(pieces, start=1)
    ]  # fmt: skip
    head = [paragraph(word, CELL_HEAD) for word in ("TT", "Tên giấy tờ", "Loại", "Số lượng")]
    widths = [WIDTH * share for share in (0.07, 0.55, 0.25, 0.13)]
    table = Table([head, *rows], colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
        )
    )
    return table


def _times(text: ReceiptText) -> list[Flowable]:
    due = (
        _strong(moment(text.due_us))
        if text.due_us is not None
        else "chưa xác định được, đơn vị sẽ thông báo"
    )
    return [
        paragraph(f"Số lượng hồ sơ: {text.sets:02d} (bộ)"),
        paragraph(f"Thời hạn giải quyết hồ sơ theo quy định: {_or_dots(text.term)}"),
        paragraph(f"Thời gian nhận hồ sơ: {_strong(moment(text.received_us))}"),
        paragraph(f"Thời gian trả kết quả giải quyết hồ sơ: {due}"),
        paragraph(f"Nơi và hình thức nhận kết quả: {_or_dots(text.collection)}"),
        paragraph(
            f"Vào Sổ theo dõi hồ sơ, Quyển số: {_or_dots(text.register_volume)} "
            f"Số thứ tự: {_or_dots(text.register_line)}"
        ),
        paragraph(
            "Giấy này lập thành 02 liên: 01 liên giao người nộp hồ sơ, 01 liên lưu.", NOTE_LEFT
        ),
    ]


def _signatures(text: ReceiptText) -> Table:
    def signature(role: str, name: str) -> list[Flowable]:
        return [
            paragraph(role, CENTRE_BOLD),
            paragraph("(Ký và ghi rõ họ tên)", CENTRE_ITALIC),
            Spacer(0, 16 * mm),
            paragraph(escaped(name), CENTRE),
        ]

    left = signature("NGƯỜI NỘP HỒ SƠ", text.submitter)
    right = signature("NGƯỜI TIẾP NHẬN HỒ SƠ", text.receiver)
    return columns([left, right], 0.5, 0.5)


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


def _or_dots(text: str) -> str:
    return escaped(text) or _DOTTED


def _strong(text: str) -> str:
    return f"<b>{_or_dots(text)}</b>"
