"""The page of what a dossier waits for: begun and ended by forms, nothing typed lost."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest


@pytest.fixture
def clerk(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("cb01")) as client:
        yield client


@pytest.fixture
def page(clerk: httpx.Client) -> str:
    given = {"procedure": "VD-HKD", "office": "TTHC", "applicant": {"name": "Lê Thị Bé"}}
    label = clerk.post("/api/v1/dossiers", json=given).json()["label"]
    return f"/dossiers/{label}/pauses"


def test_a_supplement_is_asked_for_and_comes_in(clerk: httpx.Client, page: str) -> None:
    assert "thời hạn đang chạy" in clerk.get(page).text
    asked = {"cause": "missing-paper", "text": "Thiếu bản sao căn cước"}
    answer = clerk.post(f"{page}/supplement", data=asked)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    waiting = clerk.get(page).text
    assert "Đã bổ sung" in waiting
    assert "Thiếu bản sao căn cước" not in waiting  # it is the vault's
    again = clerk.post(f"{page}/supplement", data=asked)
    assert again.status_code == 409
    assert clerk.post(f"{page}/supplied").status_code == 303
    assert "thời hạn đang chạy" in clerk.get(f"{page}?lang=vi").text


def test_a_payment_is_typed_as_people_write_it_and_paid_or_waived(
    clerk: httpx.Client, page: str
) -> None:
    slip = clerk.post(f"{page}/fee", data={"amount": "một trăm"})
    assert slip.status_code == 400
    assert "một trăm" in slip.text
    assert clerk.post(f"{page}/fee", data={"amount": "150.000"}).status_code == 303
    assert clerk.post(f"{page}/paid").status_code == 303
    assert clerk.post(f"{page}/fee", data={"amount": "20 000"}).status_code == 303
    assert clerk.post(f"{page}/waived", data={"cause": ""}).status_code == 400
    assert clerk.post(f"{page}/waived", data={"cause": "exempt"}).status_code == 303


def test_another_agency_is_asked_and_answers(clerk: httpx.Client, page: str) -> None:
    assert clerk.post(f"{page}/agency", data={"agency": "công an"}).status_code == 400
    assert clerk.post(f"{page}/agency", data={"agency": "CATP"}).status_code == 303
    assert "Đã có ý kiến" in clerk.get(page).text
    assert clerk.post(f"{page}/answered").status_code == 303
    assert clerk.post(f"{page}/sold").status_code == 400


def test_who_may_not_pause_sees_no_form(server: Any, page: str) -> None:
    with closing(server.sign_in("lanhdao")) as head:
        assert head.get(page).status_code == 403
        assert head.post(f"{page}/fee", data={"amount": "1"}).status_code == 403
