"""The intake receipt: every field of form 01 on paper, as it was given."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import zxingcpp

from adapters.paper.forms import Paper, form
from adapters.paper.receipt import PieceText, ReceiptText, receipt_pdf
from domain.model.errors import NotFound
from domain.model.instants import parse_instant

Words = Callable[[bytes], list[str]]
RECEIPT = ReceiptText(
    agency="Ủy ban nhân dân tỉnh Bắc Ninh",
    unit="Trung tâm Phục vụ hành chính công tỉnh",
    place="Bắc Ninh",
    number="0042",
    label="1270012600004283",
    official_code="H10.14-250702-0001",
    lookup_url="https://tracuu.example.vn/h/7Q2K9M4XW8",
    applicant="Nguyễn Thị Thúy Hường",
    id_number="027186004512",
    address="Số 12, đường Lý Thái Tổ, phường Kinh Bắc",
    phone="0912 345 678",
    email="huong@example.vn",
    procedure="Cấp giấy phép xây dựng nhà ở riêng lẻ",
    request="Xây nhà <3 tầng> & sân, dỡ bỏ nhà cũ",
    pieces=(
        PieceText("Đơn đề nghị cấp giấy phép xây dựng", "bản chính", 1),
        PieceText("Giấy chứng nhận quyền sử dụng đất", "bản sao chứng thực", 2),
    ),
    sets=1,
    term="20 ngày làm việc",
    received_us=parse_instant("2026-03-02T08:05:00+07:00"),
    due_us=parse_instant("2026-03-30T17:00:00+07:00"),
    collection="Trực tiếp tại quầy 5",
    register_volume="Q7",
    register_line="1042",
    submitter="Nguyễn Thị Thúy Hường",
    receiver="Trần Văn Đỗ",
    printed_at_us=parse_instant("2026-03-02T08:06:30+07:00"),
    data_version="lịch 2026-01, thủ tục v3",
)


def test_every_field_of_the_form_is_read_back(words: Words) -> None:
    [text] = words(receipt_pdf(RECEIPT))
    for expected in (
        RECEIPT.agency.upper(), "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG", "Số: 0042",
        "1 27001 26 000042 83", RECEIPT.official_code, RECEIPT.applicant, RECEIPT.id_number,
        RECEIPT.address, RECEIPT.phone,
        RECEIPT.email, RECEIPT.procedure, RECEIPT.request, RECEIPT.term, RECEIPT.collection,
        RECEIPT.submitter, RECEIPT.receiver, "Quyển số: Q7", "Số thứ tự: 1042", "01 (bộ)",
        "08:05 ngày 02/03/2026", "17:00 ngày 30/03/2026", "Bắc Ninh, ngày 02 tháng 03 năm 2026",
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "02 liên", "In lúc 08:06 ngày 02/03/2026",
        "lịch 2026-01, thủ tục v3", "Trang 1/1", "Thông tư số 03/2025/TT-VPCP",
        *(piece.name for piece in RECEIPT.pieces), *(piece.kind for piece in RECEIPT.pieces),
    ):  # fmt: skip
        assert expected in text


def test_decomposed_vietnamese_is_printed_composed(words: Words) -> None:
    name = unicodedata.normalize("NFD", "Đỗ Thị Thuế Tự Dỡ")
    [text] = words(receipt_pdf(replace(RECEIPT, applicant=name)))
    assert "Đỗ Thị Thuế Tự Dỡ" in text


def test_what_looks_like_markup_is_printed_as_it_was_given(words: Words) -> None:
    name = "Công ty <b>A&amp;B</b> <br/> & <img src='x'>"
    pieces = (PieceText(name, name, 1),)
    [text] = words(receipt_pdf(replace(RECEIPT, applicant=name, unit=name, pieces=pieces)))
    assert text.count("<b>A&amp;B</b> <br/> & <img src='x'>") >= 3


def test_a_receipt_without_a_due_date_says_so_and_names_none(words: Words) -> None:
    [text] = words(receipt_pdf(replace(RECEIPT, due_us=None)))
    assert "chưa xác định được" in text
    assert "17:00" not in text


def test_what_was_not_given_leaves_dots_to_be_filled_in_by_hand(words: Words) -> None:
    [text] = words(receipt_pdf(replace(RECEIPT, email="", register_line="")))
    assert "Email: ……" in text
    assert "Số thứ tự: ……" in text


def test_many_pieces_run_over_pages_that_are_counted_and_signed_on_the_last(words: Words) -> None:
    pieces = tuple(PieceText(f"Giấy tờ thứ {n}", "bản chính", n) for n in range(1, 61))
    pages = words(receipt_pdf(replace(RECEIPT, pieces=pieces)))
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"Trang {number}/{len(pages)}" in page
        assert "In lúc 08:06" in page
        assert "Tên giấy tờ" in page
    assert [("NGƯỜI NỘP HỒ SƠ" in page) for page in pages] == [False] * (len(pages) - 1) + [True]
    whole = " ".join(pages)
    assert all(f"Giấy tờ thứ {n} " in whole for n in range(1, 61))


def test_the_same_receipt_gives_the_same_bytes_and_another_moment_others() -> None:
    assert receipt_pdf(RECEIPT) == receipt_pdf(RECEIPT)
    later = replace(RECEIPT, printed_at_us=RECEIPT.printed_at_us + 60_000_000)
    assert receipt_pdf(later) != receipt_pdf(RECEIPT)


def test_bars_carry_the_label_and_the_qr_the_look_up_address(raster: Callable[..., Any]) -> None:
    pixels = raster(receipt_pdf(RECEIPT), times=2)
    formats = zxingcpp.BarcodeFormats(
        [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128]
    )
    found = {str(s.format): s.text for s in zxingcpp.read_barcodes(pixels, formats=formats)}
    assert found == {"Code 128": RECEIPT.label, "QR Code": RECEIPT.lookup_url}


def test_long_words_stay_on_the_page(raster: Callable[..., Any]) -> None:
    text = replace(
        RECEIPT,
        agency="ỦY BAN NHÂN DÂN " * 8,
        applicant="Nguyễnthịthuýhường" * 12,
        pieces=(PieceText("Giấytờkhôngdấucách" * 12, "bảnchính" * 9, 99_999),),
        data_version="v" * 400,
    )
    pixels = raster(receipt_pdf(text))
    side = 17 * 8  # the margin of 18 mm less a line's width
    assert (pixels[:, :side] == 255).all()
    assert (pixels[:, -side:] == 255).all()
    assert (np.concatenate([pixels[:40], pixels[-40:]]) == 255).all()


def test_a_dossier_taken_in_before_the_new_circular_gets_the_old_form(words: Words) -> None:
    old = replace(RECEIPT, received_us=parse_instant("2025-03-02T08:05:00+07:00"))
    [text] = words(receipt_pdf(old))
    assert "Thông tư số 01/2018/TT-VPCP" in text


def test_each_circular_has_its_forms_and_tells_how_well_they_are_known() -> None:
    slip = Paper.CONTROL_SLIP
    assert form(slip, taken_in=date(2025, 3, 2)).number == "05"
    assert form(slip, taken_in=date(2026, 3, 2)).number == "06"
    assert form(slip, taken_in=date(2026, 3, 2)).confidence == "to be confirmed"
    with pytest.raises(NotFound):
        form(Paper.STOP, taken_in=date(2025, 3, 2))
