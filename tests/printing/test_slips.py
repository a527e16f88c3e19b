"""What a desk prints after a receipt, read back and looked at."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import zxingcpp

from adapters.paper.slips import Differences, Reroute, differences_pdf, reroute_pdf
from domain.model.instants import parse_instant
from domain.model.labels import Kind, Label, grouped

Words = Callable[[bytes], list[str]]
AT_US = parse_instant("2026-03-02T10:25:00+07:00")


def dossier(serial: int) -> str:
    return str(Label(Kind.DOSSIER, 27001, 26, serial))


DIFFERENCES = Differences(
    pouch=str(Label(Kind.POUCH, 27001, 26, 7)),
    office="Sở Tài nguyên và Môi trường",
    station="VT1",
    operator="lan",
    seal="NP-4711",
    seen=10,
    expected=12,
    missing=[dossier(1), dossier(2)],
    surplus=[dossier(3)],
    closed=True,
    at_us=AT_US,
    evidence="VT1#1.204",
)
REROUTE = Reroute(
    dossier=dossier(3),
    found_at="Sở Tài chính (trạm VT1)",
    to="Sở Xây dựng",
    pouch=DIFFERENCES.pouch,
    operator="lan",
    at_us=AT_US,
    evidence="VT1#1.204",
)


def test_every_difference_of_a_receipt_is_read_back(words: Words) -> None:
    [text] = words(differences_pdf(DIFFERENCES))
    for expected in (
        "BIÊN BẢN SAI LỆCH KHI KIỂM NHẬN", "10/12", DIFFERENCES.office, "NP-4711", "lan",
        "Thiếu: 2", "Thừa: 1", *map(grouped, map(dossier, (1, 2, 3))), "10:25 ngày 02/03/2026",
        "VT1#1.204", "Trang 1/1", "Bên giao", "Bên nhận", grouped(DIFFERENCES.pouch),
    ):  # fmt: skip
        assert expected in text


def test_what_is_not_known_is_left_to_be_written_and_not_invented(words: Words) -> None:
    [text] = words(
        differences_pdf(replace(DIFFERENCES, seal="", expected=None, missing=[], surplus=[]))
    )
    assert "Số niêm phong đã ghi: …" in text
    assert not {"Thiếu:", "Thừa:", "10/"} & set(text.split())
    [slip] = words(reroute_pdf(replace(REROUTE, to="")))
    assert "…" in slip


def test_many_missing_run_over_pages_that_are_counted(words: Words) -> None:
    missing = [dossier(serial) for serial in range(150)]
    pages = words(differences_pdf(replace(DIFFERENCES, missing=missing)))
    assert [f"Trang {number}/{len(pages)}" in page for number, page in enumerate(pages, 1)] == [
        True
    ] * len(pages)
    assert all(grouped(label) in " ".join(pages) for label in missing)


def test_a_reroute_slip_says_where_to_and_carries_the_dossiers_bars(
    words: Words, raster: Callable[..., Any]
) -> None:
    pdf = reroute_pdf(REROUTE)
    [text] = words(pdf)
    assert "CHUYỂN ĐẾN Sở Xây dựng" in text
    assert grouped(DIFFERENCES.pouch) in text
    bars = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128])
    [found] = zxingcpp.read_barcodes(raster(pdf, times=2), formats=bars)
    assert found.text == REROUTE.dossier


@pytest.mark.parametrize(
    "pdf",
    [
        differences_pdf(replace(DIFFERENCES, office="Sở Giao thông vận tải " * 9, seal="9" * 90)),
        reroute_pdf(replace(REROUTE, to="Sở Nông nghiệp và Phát triển nông thôn " * 3)),
    ],
)
def test_long_names_stay_on_the_page(pdf: bytes, raster: Callable[..., Any]) -> None:
    pixels = raster(pdf)
    side = 17 * 8
    assert (pixels[:, :side] == 255).all()
    assert (pixels[:, -side:] == 255).all()
    assert (np.concatenate([pixels[:40], pixels[-40:]]) == 255).all()
