"""A counter's values on paper: the term in words, what is provisional, what nobody typed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.paper.documents import PaperDocuments
from domain.model.deadline import Term
from domain.model.instants import parse_instant
from domain.ports.documents import DossierLabel, Receipt, ReceiptPiece
from domain.ports.vault import ApplicantData

Words = Callable[[bytes], list[str]]
RECEIPT = Receipt(
    office="Trung tâm Phục vụ hành chính công",
    label="1270012600004283",
    official_code=None,
    lookup_url=None,
    applicant=ApplicantData(name="Nguyễn Thị Thúy Hường"),
    procedure="Đăng ký khai sinh",
    request=None,
    pieces=(ReceiptPiece("Giấy chứng sinh", 1),),
    term=Term("working_day", 3),
    cutoff=None,
    received_us=parse_instant("2026-03-02T08:05:00+07:00"),
    due_us=parse_instant("2026-03-05T17:00:00+07:00"),
    provisional=False,
    receiver="Trần Văn Đỗ",
    printed_at_us=parse_instant("2026-03-02T08:06:30+07:00"),
    calendar_version="TTHC.1.x",
    procedure_version=2,
)


@pytest.mark.parametrize(
    ("term", "cutoff", "said"),
    [
        (Term("working_day", 3), None, "3 ngày làm việc Thời gian nhận"),
        (Term("working_day", 0.5), None, "0.5 ngày làm việc"),
        (Term("calendar_day", 15), None, "15 ngày Thời gian nhận"),
        (Term("working_hour", 56), None, "56 giờ làm việc"),
        (Term("working_minute", 60), None, "60 phút làm việc"),
        (Term("same_day"), "15:00", "trong ngày, nếu nhận trước 15:00"),
    ],
)
def test_the_term_is_told_in_words(words: Words, term: Term, cutoff: str | None, said: str) -> None:
    [text] = words(PaperDocuments().receipt_pdf(replace(RECEIPT, term=term, cutoff=cutoff)))
    assert f"theo quy định: {said}" in text
    assert "tạm tính" not in text


def test_a_due_date_that_may_still_move_says_so(words: Words) -> None:
    [text] = words(PaperDocuments().receipt_pdf(replace(RECEIPT, provisional=True)))
    assert "ngày hẹn tạm tính" in text
    assert "17:00 ngày 05/03/2026" in text


def test_what_the_data_do_not_hold_is_left_to_be_filled_in_by_hand(words: Words) -> None:
    [text] = words(PaperDocuments().receipt_pdf(RECEIPT))
    for line in ("Địa chỉ: ……", "Mã hồ sơ: ……", "Nơi và hình thức nhận kết quả: ……", "……, ngày 02"):
        assert line in text
    assert "BẢN IN LẠI" in text
    assert "lịch TTHC.1.x, thủ tục v2" in text


def test_a_sticker_names_the_procedure_and_the_office(words: Words) -> None:
    sticker = DossierLabel(
        label=RECEIPT.label, official_code=None, procedure=RECEIPT.procedure, office="Một cửa"
    )
    [text] = words(PaperDocuments().label_pdf(sticker))
    assert RECEIPT.procedure in text
    assert "Một cửa" in text
