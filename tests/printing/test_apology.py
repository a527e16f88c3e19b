"""The letter of apology: what it says of the dates, by the form of the day of intake."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.paper.apology import CAUSES
from adapters.paper.documents import PaperDocuments
from domain.model.causes import APPOINTMENT_CAUSES
from domain.model.instants import parse_instant
from domain.ports.documents import ApologyLetter
from domain.ports.vault import ApplicantData

Words = Callable[[bytes], list[str]]
LETTER = ApologyLetter(
    office="Trung tâm Phục vụ hành chính công",
    label="1270012600004283",
    official_code="H01.01-260302-0001",
    applicant=ApplicantData(name="Nguyễn Thị Thúy Hường", address="Ấp Mỹ Thạnh"),
    procedure="Đăng ký khai sinh",
    received_us=parse_instant("2026-03-02T08:05:00+07:00"),
    appointed_us=parse_instant("2026-03-05T17:00:00+07:00"),
    due_us=parse_instant("2026-03-10T17:00:00+07:00"),
    cause="overload",
    words="Bộ phận một cửa mong Ông/Bà thông cảm <vì đông>.\nChúng tôi sẽ gọi điện.",
    written_us=parse_instant("2026-03-06T09:00:00+07:00"),
    printed_at_us=parse_instant("2026-03-06T09:01:00+07:00"),
    calendar_version="TTHC.1.x",
)


def test_the_letter_gives_both_dates_the_cause_and_the_offices_words(words: Words) -> None:
    [text] = words(PaperDocuments().apology_pdf(LETTER))
    for said in (
        "PHIẾU XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN",
        "Kính gửi: Nguyễn Thị Thúy Hường",
        "hẹn trả kết quả: 17:00 ngày 05/03/2026",
        "gia hạn thời gian trả kết quả đến: 17:00 ngày 10/03/2026",
        "hồ sơ nhiều, chưa giải quyết kịp",
        "thông cảm <vì đông>.",
        "THỦ TRƯỞNG ĐƠN VỊ",
        "ngày 06 tháng 03 năm 2026",
        "lịch TTHC.1.x",
        "Trang 1/1",
    ):
        assert said in text


def test_of_a_dossier_of_before_the_new_forms_the_old_one_is_printed(words: Words) -> None:
    old = replace(LETTER, received_us=parse_instant("2025-03-03T08:05:00+07:00"))
    [text] = words(PaperDocuments().apology_pdf(old))
    assert "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ" in text
    assert "hẹn lại thời gian trả kết quả: 17:00 ngày 10/03/2026" in text


def test_an_apology_without_a_new_date_promises_none(words: Words) -> None:
    [text] = words(PaperDocuments().apology_pdf(replace(LETTER, due_us=None)))
    assert "không hẹn ngày khác" in text
    assert "10/03/2026" not in text


def test_who_may_not_see_the_applicant_fills_the_name_in_by_hand(words: Words) -> None:
    [text] = words(PaperDocuments().apology_pdf(replace(LETTER, applicant=None)))
    assert "Kính gửi: ……" in text
    assert "Hường" not in text


@pytest.mark.parametrize("cause", APPOINTMENT_CAUSES)
def test_every_cause_has_words_but_the_one_that_is_said_in_the_letter(cause: str) -> None:
    assert (cause in CAUSES) is (cause != "other")
