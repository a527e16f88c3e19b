"""What a desk prints after a receipt: the differences found, and the slip that sends on a stray.

Used by scanning stations, which know labels and offices and no names: nothing personal stands here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from adapters.paper.fonts import BOLD
from adapters.paper.sheet import (
    CELL,
    CELL_CENTRE,
    CELL_HEAD,
    CENTRE,
    CENTRE_BOLD,
    SMALL_CENTRE,
    TITLE,
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
    style,
)
from domain.model.instants import Micros
from domain.model.labels import grouped

_BIG = style(BOLD, 26, alignment=1)
_NOT_GIVEN = "…" * 14
_LINE = "#9aa5ae"
_WORTH = "Lập từ các lượt quét của trạm; số liệu trên máy chủ là căn cứ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """A receipt whose contents were not what was said. `seal`: as sealed, '' where not known.

    `expected`: how many the manifest lists, None without one; `seen` of them were scanned.
    """

    pouch: str
    office: str
    station: str
    operator: str
    seal: str
    seen: int
    expected: int | None
    missing: Sequence[str]
    surplus: Sequence[str]
    closed: bool
    at_us: Micros
    evidence: str  # station, epoch and number of the newest entry behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfResult:
    """What a census found by what the station knows: labels, `misplaced` with the place on record.

    `complete`: the office has told of all that it holds.
    """

    place: str
    office: str
    station: str
    operator: str
    seen: int
    listed: int
    absent: Sequence[str]
    misplaced: Sequence[tuple[str, str]]
    placed: Sequence[str]
    foreign: Sequence[str]
    blind: bool
    complete: bool
    begun_us: Micros
    closed_us: Micros
    at_us: Micros
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """A dossier that came to the wrong office; `to` and `pouch` are '' where nobody knows."""

    dossier: str
    found_at: str
    to: str
    pouch: str
    operator: str
    at_us: Micros
    evidence: str


def differences_pdf(text: Differences) -> bytes:
    """Biên bản sai lệch khi kiểm nhận: both sides sign it."""
    count = f"{text.seen}" if text.expected is None else f"{text.seen}/{text.expected}"
    story: list[Flowable] = [
        *heading(
            "BIÊN BẢN SAI LỆCH KHI KIỂM NHẬN", "Record of differences at a receipt", note=_WORTH
        ),
        _counted("Túi", text.pouch, ("Đã quét / theo bảng kê", count)),
        Spacer(0, 5 * mm),
        *_told(
            ("Nơi kiểm nhận", f"{text.office} (trạm {text.station})"),
            ("Số niêm phong đã ghi", text.seal),
            ("Người kiểm", text.operator),
            (
                "Kết thúc kiểm nhận" if text.closed else "Đang kiểm nhận, tính đến",
                moment(text.at_us),
            ),
        ),
        *_codes(f"Thiếu: {len(text.missing)}", text.missing, "Có trong bảng kê, chưa quét thấy"),
        *_codes(f"Thừa: {len(text.surplus)}", text.surplus, "Quét thấy, không có trong bảng kê"),
        Spacer(0, 8 * mm),
        KeepTogether([signatures("Bên giao", "Bên nhận")]),
    ]
    return sheet_pdf(
        story, title=f"Biên bản sai lệch {text.pouch}", foot=_foot(text, text.pouch, of="Túi")
    )


def census_pdf(text: ShelfResult) -> bytes:
    """Biên bản kiểm kê: what lies on a shelf, against what should."""
    story: list[Flowable] = [
        *heading("BIÊN BẢN KIỂM KÊ HỒ SƠ", "Shelf census", note=_WORTH),
        _counted("Chỗ để", text.place, ("Đã quét / theo sổ", f"{text.seen}/{text.listed}")),
        Spacer(0, 5 * mm),
        *_told(
            ("Nơi kiểm kê", f"{text.office} (trạm {text.station})"),
            ("Người kiểm kê", text.operator),
            ("Bắt đầu", moment(text.begun_us)),
            ("Kết thúc", moment(text.closed_us)),
            ("Cách kiểm kê", "kín, không xem danh sách trước" if text.blind else "theo danh sách"),
            ("Danh sách của trạm", "đủ" if text.complete else "CHƯA ĐỦ, xem kết quả máy chủ"),
        ),
        *_codes(f"Vắng: {len(text.absent)}", text.absent, "Có trong sổ, chưa quét thấy"),
        *_codes(
            f"Để sai chỗ: {len(text.misplaced)}",
            [label for label, _ in text.misplaced],
            "Quét thấy ở đây, chỗ đã ghi ở cột bên",
            found=[grouped(place) for _, place in text.misplaced],
        ),
        *_codes(f"Trước chưa ghi chỗ để: {len(text.placed)}", text.placed, "Nay ghi ở đây"),
        *_codes(f"Lạ: {len(text.foreign)}", text.foreign, "Chưa ghi là ở đơn vị này"),
        Spacer(0, 8 * mm),
        KeepTogether([signatures("Người kiểm kê", "Người giữ kho")]),
    ]
    return sheet_pdf(
        story, title=f"Biên bản kiểm kê {text.place}", foot=_foot(text, text.place, of="Chỗ để")
    )


def reroute_pdf(text: Reroute) -> bytes:
    """Phiếu chuyển tiếp: lies on the stray dossier until its own office scans it."""
    story: list[Flowable] = [
        Spacer(0, 6 * mm),
        paragraph("PHIẾU CHUYỂN TIẾP HỒ SƠ", TITLE),
        paragraph("Reroute slip", SMALL_CENTRE),
        Spacer(0, 8 * mm),
        columns([[Bars(text.dossier), paragraph(digits(text.dossier), CENTRE_BOLD)]], 1.0),
        Spacer(0, 8 * mm),
        paragraph("CHUYỂN ĐẾN", CENTRE_BOLD),
        Spacer(0, 4 * mm),
        paragraph(escaped(text.to) or _NOT_GIVEN, _BIG),
        Spacer(0, 12 * mm),
        *_told(
            ("Quét thấy tại", text.found_at),
            ("Trong túi", grouped(text.pouch) if text.pouch else ""),
            ("Người quét", text.operator),
            ("Lúc", moment(text.at_us)),
        ),
        Spacer(0, 8 * mm),
        signatures("Người chuyển", "Bưu tá nhận"),
    ]
    return sheet_pdf(
        story, title=f"Phiếu chuyển tiếp {text.dossier}", foot=_foot(text, text.dossier)
    )


def _foot(text: Differences | ShelfResult | Reroute, label: str, *, of: str = "Hồ sơ") -> str:
    return printed_foot(text.at_us, label, source=f"Căn cứ {text.evidence}", of=of)


def _counted(kind: str, label: str, count: tuple[str, str]) -> Table:
    """What was gone through, and beside it how many were found there of how many."""
    meaning, found = count
    return columns(
        [
            [Bars(label), paragraph(f"{kind} &nbsp;{digits(label)}", CENTRE_BOLD)],
            [paragraph(meaning, CENTRE), Spacer(0, 2 * mm), paragraph(found, _BIG)],
        ],
        0.6,
        0.4,
    )


def _told(*lines: tuple[str, str]) -> list[Flowable]:
    return [
        paragraph(f"{escaped(name)}: <b>{escaped(value) or _NOT_GIVEN}</b>")
        for name, value in lines
    ]


def _codes(
    title: str, labels: Sequence[str], meaning: str, *, found: Sequence[str] = ()
) -> list[Flowable]:
    """A list to be ticked off by hand; nothing where there is none. `found`: of each, if known."""
    if not labels:
        return []
    head = [paragraph(word, CELL_HEAD) for word in ("STT", "Hồ sơ", "Kết quả tìm lại", "Ký")]
    rows = [
        [
            paragraph(str(line), CELL_CENTRE),
            paragraph(digits(label), CELL),
            paragraph(escaped(place), CELL),
            "",
        ]
        for line, (label, place) in enumerate(zip_longest(labels, found, fillvalue=""), start=1)
    ]
    table = Table(
        [head, *rows], colWidths=[WIDTH * share for share in (0.08, 0.36, 0.4, 0.16)], repeatRows=1
    )
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, _LINE)]))
    return [
        Spacer(0, 5 * mm),
        paragraph(f"<b>{escaped(title)}</b> ({escaped(meaning.lower())})"),
        Spacer(0, 1 * mm),
        table,
    ]
