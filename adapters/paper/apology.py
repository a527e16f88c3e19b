"""Form 04, the letter of apology with the new date of return; used by `documents`.

The words follow the form as legal portals print it; what the centre's data do not hold is dots to
be filled in by hand, and whoever heads the unit signs.
"""

from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table

from adapters.paper.forms import NEW_FORMS_FROM, Paper, form
from adapters.paper.sheet import (
    CENTRE,
    CENTRE_BOLD,
    CENTRE_ITALIC,
    NOTE,
    TITLE,
    Bars,
    columns,
    digits,
    escaped,
    moment,
    paragraph,
    printed_foot,
    sheet_pdf,
)
from domain.model.instants import Micros, local

_DOTTED = "…" * 14
CAUSES = {
    "calendar": "lịch làm việc thay đổi",
    "disaster": "bão, lũ hoặc thiên tai khác",
    "overload": "hồ sơ nhiều, chưa giải quyết kịp",
    "illness": "cán bộ thụ lý ốm hoặc vắng",
    "other-agency": "cơ quan phối hợp chậm trả lời",
    "own-mistake": "sai sót của cơ quan",
}  # `other` is said in the letter's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class ApologyText:
    """Everything form 04 prints; empty text prints dots. `due_us` None: no new date is given."""

    unit: str
    label: str
    official_code: str
    applicant: str
    address: str
    contact: str
    procedure: str
    received_us: Micros
    appointed_us: Micros
    due_us: Micros | None
    cause: str
    words: str
    written_us: Micros
    printed_at_us: Micros
    data_version: str


def apology_pdf(text: ApologyText) -> bytes:
    """Form 04 on A4; the same bytes for the same text."""
    foot = printed_foot(text.printed_at_us, text.label, source=f"Dữ liệu {text.data_version}")
    return sheet_pdf(_story(text), title=f"Phiếu xin lỗi {text.label}", foot=foot)


def _story(text: ApologyText) -> list[Flowable]:
    taken_in = local(text.received_us).date()
    sheet = form(Paper.APOLOGY, taken_in=taken_in)
    note = (
        f"Mẫu số {sheet.number} – {sheet.basis}; bố cục theo nguồn thứ cấp, đơn vị điều chỉnh được"
    )
    asks = taken_in >= NEW_FORMS_FROM
    return [
        paragraph(note, NOTE),
        Spacer(0, 3 * mm),
        _head(text),
        Spacer(0, 6 * mm),
        paragraph(sheet.title.upper(), TITLE),
        Spacer(0, 3 * mm),
        columns([_code(text.label)], 1.0),
        Spacer(0, 4 * mm),
        *(paragraph(line) for line in _letter(text, asks=asks)),
        Spacer(0, 6 * mm),
        KeepTogether([_signature()]),
    ]


def _code(label: str) -> list[Flowable]:
    return [Bars(label), paragraph(digits(label), CENTRE_BOLD)]


def _head(text: ApologyText) -> Table:
    day = local(text.written_us)
    left = [
        paragraph(escaped(text.unit.upper()), CENTRE_BOLD),
        paragraph(f"Số: {_DOTTED}/PXL", CENTRE),
    ]
    right = [
        paragraph("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", CENTRE_BOLD),
        paragraph("<u>Độc lập - Tự do - Hạnh phúc</u>", CENTRE_BOLD),
        paragraph(f"{_DOTTED}, ngày {day:%d} tháng {day:%m} năm {day:%Y}", CENTRE_ITALIC),
    ]
    return columns([left, right], 0.44, 0.56)


def _letter(text: ApologyText, *, asks: bool) -> list[str]:
    unit = escaped(text.unit)
    lines = [
        f"Kính gửi: <b>{_or_dots(text.applicant)}</b>",
        f"Địa chỉ: {_or_dots(text.address)}",
        (
            f"{unit} tiếp nhận hồ sơ của Ông/Bà lúc {moment(text.received_us)}; mã hồ sơ: "
            f"<b>{_or_dots(text.official_code)}</b>; thủ tục hành chính: {escaped(text.procedure)}."
        ),
        f"Thời gian hẹn trả kết quả: <b>{moment(text.appointed_us)}</b>.",
        (
            "Đến nay hồ sơ chưa được giải quyết theo đúng thời gian đã hẹn. Lý do: "
            f"{_or_dots(CAUSES.get(text.cause, ''))}."
        ),
        *(escaped(line) for line in text.words.splitlines() if line.strip()),
        f"{unit} xin lỗi Ông/Bà về sự chậm trễ này.",
    ]
    if text.due_us is None:
        lines.append("Kết quả được trả ngay khi giải quyết xong; phiếu này không hẹn ngày khác.")
    elif asks:
        lines.append(
            f"{unit} đề nghị gia hạn thời gian trả kết quả đến: <b>{moment(text.due_us)}</b>."
        )
    else:
        lines.append(f"{unit} hẹn lại thời gian trả kết quả: <b>{moment(text.due_us)}</b>.")
    lines.append(f"Nếu cần hỏi thêm, xin liên hệ: {unit}, điện thoại {_or_dots(text.contact)}.")
    return lines


def _signature() -> Table:
    signed = [
        paragraph("THỦ TRƯỞNG ĐƠN VỊ", CENTRE_BOLD),
        paragraph("(Ký, ghi rõ họ tên và đóng dấu)", CENTRE_ITALIC),
        Spacer(0, 18 * mm),
    ]
    return columns([[paragraph("")], signed], 0.5, 0.5)


def _or_dots(text: str) -> str:
    return escaped(text) or _DOTTED
