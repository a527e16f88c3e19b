"""What lies on a clerk's desk besides our labels: a letter, a form, a folder's cover; for `frames`.

They are clutter with the edges, rules and letters that decoders stumble over, at their true size.
"""

from functools import cache
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from adapters.paper import fonts

Image = NDArray[Any]  # uint8

WIDTH_MM, HEIGHT_MM = 210, 297
_FINE_PX_PER_MM = 10.0
_NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
_MOTTO = "Độc lập - Tự do - Hạnh phúc"
_LETTER = (
    "Kính gửi: Trung tâm Phục vụ hành chính công tỉnh",
    "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024; căn cứ Nghị định số 118/2025/NĐ-CP",
    "về thủ tục hành chính theo cơ chế một cửa, một cửa liên thông; xét hồ sơ có tên dưới đây,",
    "Phòng chuyên môn đã thẩm tra và đề nghị chuyển trả kết quả trước ngày 15 tháng 4 năm 2026.",
    "1. Thành phần hồ sơ: đơn đề nghị (mẫu số 01), bản vẽ (03 bản), bản sao có chứng thực.",
    "2. Thửa đất số 214, tờ bản đồ số 17, diện tích 126,5 m², mục đích: đất ở tại đô thị.",
    "3. Phí thẩm định: 75.000 đồng; lệ phí: 15.000 đồng; biên lai số 0048213 quyển 0096.",
    "Đề nghị quý Trung tâm thông báo cho người nộp hồ sơ biết và thực hiện theo quy định./.",
)
_FIELDS = (
    "Họ và tên", "Ngày sinh", "Số định danh", "Nơi cư trú", "Điện thoại", "Nội dung đề nghị",
    "Giấy tờ kèm theo", "Cơ quan giải quyết", "Ngày nhận", "Ngày hẹn trả", "Ghi chú",
)  # fmt: skip


def letter(px_per_mm: float) -> Image:
    """A typed letter with a red stamp (H × W × 3, BGR)."""
    return _raster("letter", px_per_mm)


def form(px_per_mm: float) -> Image:
    """A form with dotted lines and a table of narrow columns."""
    return _raster("form", px_per_mm)


def cover(px_per_mm: float) -> Image:
    """The printed cover of a folder; white stands for the bare card."""
    return _raster("cover", px_per_mm)


@cache
def _raster(name: str, px_per_mm: float) -> Image:
    fine = _fine(name)
    size = (round(WIDTH_MM * px_per_mm), round(HEIGHT_MM * px_per_mm))
    return cv2.resize(fine, size, interpolation=cv2.INTER_AREA)


@cache
def _fine(name: str) -> Image:
    fonts.register()
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1)
    {"letter": _letter, "form": _form, "cover": _cover}[name](canvas)
    canvas.save()
    document = pypdfium2.PdfDocument(buffer.getvalue())
    try:
        return np.ascontiguousarray(document[0].render(scale=_FINE_PX_PER_MM / mm).to_numpy())
    finally:
        document.close()


def _letter(canvas: Any) -> None:
    _head(canvas)
    canvas.setFont(fonts.REGULAR, 11)
    for row in range(24):
        canvas.drawString(20 * mm, (240 - 9 * row) * mm, _LETTER[row % len(_LETTER)])
    canvas.setStrokeColorRGB(0.8, 0.1, 0.15)
    canvas.setLineWidth(2)
    for radius in (17, 15, 9):
        canvas.circle(150 * mm, 45 * mm, radius * mm)


def _form(canvas: Any) -> None:
    _head(canvas)
    canvas.setFont(fonts.REGULAR, 10)
    canvas.setLineWidth(0.5)
    for row, field in enumerate(_FIELDS):
        y = (240 - 9 * row) * mm
        canvas.drawString(20 * mm, y, f"{field}:")
        canvas.setDash(0.5, 1.5)
        canvas.line(60 * mm, y - 1, 190 * mm, y - 1)
    canvas.setDash()
    canvas.setLineWidth(0.8)
    for row in range(15):
        canvas.line(20 * mm, (20 + 8 * row) * mm, 190 * mm, (20 + 8 * row) * mm)
        canvas.drawString(22 * mm, (22 + 8 * row) * mm, str(15 - row))
        canvas.drawString(32 * mm, (22 + 8 * row) * mm, _LETTER[row % len(_LETTER)][:56])
    for x in (20, 30, 140, 152, 164, 172, 180, 190):
        canvas.line(x * mm, 20 * mm, x * mm, 132 * mm)


def _cover(canvas: Any) -> None:
    canvas.setFont(fonts.BOLD, 30)
    canvas.drawCentredString(WIDTH_MM / 2 * mm, 180 * mm, "HỒ SƠ")
    canvas.setFont(fonts.REGULAR, 13)
    canvas.setLineWidth(0.7)
    for row, field in enumerate(_FIELDS[:8]):
        canvas.drawString(25 * mm, (150 - 13 * row) * mm, field)
        canvas.line(70 * mm, (149 - 13 * row) * mm, 185 * mm, (149 - 13 * row) * mm)
    canvas.rect(10 * mm, 10 * mm, 190 * mm, 277 * mm)


def _head(canvas: Any) -> None:
    canvas.setFont(fonts.BOLD, 12)
    canvas.drawCentredString(140 * mm, 278 * mm, _NATION)
    canvas.setFont(fonts.BOLD, 11)
    canvas.drawCentredString(140 * mm, 271 * mm, _MOTTO)
    canvas.drawCentredString(50 * mm, 278 * mm, "SỞ XÂY DỰNG")
    canvas.line(115 * mm, 268 * mm, 165 * mm, 268 * mm)
