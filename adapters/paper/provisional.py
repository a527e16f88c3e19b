"""What a counter hands over while there is no network: that a dossier was taken in, and when.

It is no form of the decree and says so: form 01 with the date of return follows from the server. It
names the applicant and nothing else of anybody. Used by scanning stations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from adapters.paper.sheet import (
    CELL,
    CELL_CENTRE,
    CELL_HEAD,
    CENTRE_BOLD,
    WIDTH,
    Bars,
    columns,
    digits,
    escaped,
    heading,
    moment,
    paragraph,
    printed_foot,
    sheet_pdf,
    signatures,
)
from domain.model.instants import Micros

_FOLLOWS = (
    "Phiếu này lập khi trạm mất mạng, <b>không thay</b> giấy tiếp nhận hồ sơ và hẹn trả kết quả. "
    "Giấy chính thức, có ngày hẹn trả kết quả, được cấp khi hồ sơ vào hệ thống; thời hạn tính "
    "từ thời gian nhận ghi trên phiếu này."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisional:
    """`pieces`: title and count of each paper; `evidence`: the newest entry when it was printed."""

    label: str
    office: str
    station: str
    operator: str
    applicant: str
    procedure: str
    pieces: Sequence[tuple[str, int]]
    received_us: Micros
    printed_us: Micros
    evidence: str


def provisional_pdf(text: Provisional) -> bytes:
    """Phiếu tiếp nhận tạm, one A4 page that both sides sign."""
    lines = (
        ("Nơi tiếp nhận", f"{text.office} (trạm {text.station})"),
        ("Người nộp hồ sơ", text.applicant),
        ("Thủ tục hành chính", text.procedure),
        ("Thời gian nhận", moment(text.received_us)),
        ("Người tiếp nhận", text.operator),
        ("Ngày hẹn trả kết quả", "ghi trên giấy chính thức"),
    )
    story: list[Flowable] = [
        *heading(
            "PHIẾU TIẾP NHẬN TẠM",
            "Provisional receipt; the official one follows",
            note="Không phải mẫu theo Nghị định; chỉ dùng khi mất mạng",
        ),
        columns(
            [[Bars(text.label), paragraph(f"Hồ sơ &nbsp;{digits(text.label)}", CENTRE_BOLD)]], 1.0
        ),
        Spacer(0, 5 * mm),
        *(paragraph(f"{name}: <b>{escaped(value)}</b>") for name, value in lines),
        Spacer(0, 3 * mm),
        *_pieces(text.pieces),
        Spacer(0, 4 * mm),
        paragraph(_FOLLOWS),
        Spacer(0, 8 * mm),
        KeepTogether([signatures("Người nộp hồ sơ", "Người tiếp nhận")]),
    ]
    foot = printed_foot(text.printed_us, text.label, source=f"Căn cứ {text.evidence}")
    return sheet_pdf(story, title=f"Phiếu tiếp nhận tạm {text.label}", foot=foot)


def _pieces(pieces: Sequence[tuple[str, int]]) -> list[Flowable]:
    if not pieces:
        return [paragraph("Thành phần hồ sơ: <b>chưa kê</b>")]
    head = [paragraph(word, CELL_HEAD) for word in ("TT", "Tên giấy tờ", "Số lượng")]
    rows = [
        [paragraph(str(line), CELL_CENTRE), paragraph(escaped(title), CELL),
         paragraph(str(count), CELL_CENTRE)]
        for line, (title, count) in enumerate(pieces, start=1)
    ]  # fmt: skip
    table = Table(
        [head, *rows], colWidths=[WIDTH * share for share in (0.08, 0.76, 0.16)], repeatRows=1
    )
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]))
    return [paragraph("Thành phần hồ sơ nộp gồm:"), Spacer(0, 1.5 * mm), table]
