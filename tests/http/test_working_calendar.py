"""The working calendar as a page: days off, made up for, the office's own, and provisional."""

import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import httpx
import pytest

from api.composition import CONSOLE
from domain.use_cases.maintain_calendars import DayException


@pytest.fixture
def clerk(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("cb01")) as client:
        yield client


def cell(text: str, day: str) -> str:
    """The kind of a date, as the picture's cell before the one of `day` in the list has it."""
    found = re.search(rf'<th scope="row" class="number">{day}</th><td>([^<]*)</td>', text)
    return found[1] if found else ""


def test_the_year_tells_days_off_and_made_up_for_with_their_source(clerk: httpx.Client) -> None:
    text = clerk.get("/calendar", params={"year": 2026, "office": "TTHC", "lang": "vi"}).text
    assert cell(text, "24/11/2026") == "ngày nghỉ"
    assert cell(text, "22/08/2026") == "làm bù, tính là ngày làm việc"
    assert cell(text, "23/11/2026") == ""
    assert "<td>nghỉ lễ: Ngày Văn hóa Việt Nam 24/11</td>" in text
    assert "<td>làm bù cho ngày 31/08/2026</td>" in text
    assert "holiday:" not in text
    assert text.count('class="month"') == 12
    assert "tạm tính" not in text
    assert re.search(r"TTHC\.\d+\.", text), "the version in force is named"


def test_what_the_office_decides_goes_before_the_table(server: Any, clerk: httpx.Client) -> None:
    acts, date = server.house.maintain_calendars, "2026-12-15"
    closed = DayException(date=date, kind="off", reason="bao-so-9")
    server.house.write(lambda: acts.except_day("TTHC", closed, actor=CONSOLE)).result(60)
    text = clerk.get("/calendar", params={"year": 2026, "office": "TTHC", "lang": "vi"}).text
    assert cell(text, "15/12/2026") == "ngày nghỉ"
    assert "bao-so-9" in text
    lift = partial(acts.restore_day, "TTHC", date=date, reason="x", actor=CONSOLE)
    server.house.write(lift).result(60)


def test_a_year_that_nobody_has_published_is_provisional(clerk: httpx.Client) -> None:
    text = clerk.get("/calendar", params={"year": 2031, "lang": "en"}).text
    assert "it is provisional" in text
    clerk.get("/calendar", params={"lang": "vi"})


def test_who_is_not_signed_in_is_asked_to(visitor: httpx.Client) -> None:
    assert visitor.get("/calendar").status_code == 401
