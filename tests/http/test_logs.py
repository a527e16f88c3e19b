"""What the server writes about itself: enough to find a fault, nothing of whom it serves."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog

from api.logs import log_to_stderr

HTML = {"accept": "text/html"}
PERSONAL = {
    "name": "Trần Thị Mộng Điệp",
    "phone": "0987612345",
    "id_number": "027186009876",
    "address": "Số 77, ngõ Cây Gạo",
    "email": "diep@example.vn",
    "request_text": "Xin cấp lại giấy phép cho quán Hoa Gạo",
}


class Paper:
    """What has gone to standard error so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Paper]:
    """The log while it is set up as `serve` sets it up."""
    before = structlog.get_config()
    log_to_stderr(logging.INFO)
    yield Paper(capsys)
    structlog.configure(**before)


def test_no_name_number_text_token_or_pin_of_a_request_is_logged(
    counter: httpx.Client, visitor: httpx.Client, written: Paper
) -> None:
    opened = counter.get("/intake", params={"procedure": "VD-DN"})
    ticket = re.findall(r'name="ticket" value="([^"]+)"', opened.text)[0]
    sent = PERSONAL | {"procedure": "VD-DN", "ticket": ticket, "piece": "cccd", "count-cccd": "1"}
    taken = counter.post("/intake", data=sent, headers=HTML)
    assert taken.status_code == 303, taken.text
    label = taken.headers["location"].removeprefix("/intake/")
    receipt = counter.get(f"{taken.headers['location']}/receipt.pdf")
    assert receipt.status_code == 200
    dossier = counter.get(f"/api/v1/dossiers/{label}/trace")
    assert dossier.status_code == 200
    secrets = {"code": "T-BOSS.khong-co-ma-nay", "pin": "975319", "badge": "4990010100000015"}
    visitor.get(f"/sign-in/{secrets['code']}", headers=HTML)
    visitor.post("/sign-in", data={"code": secrets["code"]}, headers=HTML)
    visitor.post("/api/v1/sign-in", json={"badge": secrets["badge"], "pin": secrets["pin"]})
    visitor.get("/h/TOKEN-TREN-PHIEU", headers=HTML)
    counter.get("/intake", params={"search": "quán Hoa Gạo"}, headers=HTML)
    visitor.get("/Tr%E1%BA%A7n-Th%E1%BB%8B/0987612345", headers=HTML)

    told = written.lines
    assert {line["event"] for line in told} >= {"request", "refused"}
    assert {"/sign-in/{code}", "/h/{token:path}", "/intake/{label}/receipt.pdf"} <= {
        line.get("route") for line in told
    }
    cookie = counter.cookies["giaonhan_session"]
    hidden = [*PERSONAL.values(), *secrets.values(), label, ticket, cookie, "Trần", "TREN-PHIEU"]
    assert [each for each in hidden if each in written.text] == []


def test_a_fault_is_logged_by_its_kind_and_places_without_what_it_says(
    server: Any, supervisor: httpx.Client, written: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_wanted: object) -> None:
        name = PERSONAL["name"]
        raise ValueError(f"no such applicant: {name}") from OSError(28, name)

    monkeypatch.setattr(server.house.views, "discrepancies", broken)
    assert supervisor.get("/api/v1/discrepancies").status_code == 500
    [fault] = [line for line in written.lines if line["event"] == "fault"]
    assert fault["exception"].splitlines()[0] == "ValueError"
    assert "OSError ENOSPC" in fault["exception"]
    assert re.search(r"test_logs\.py:\d+ broken", fault["exception"])
    assert fault["route"] == "/api/v1/discrepancies"
    assert PERSONAL["name"] not in written.text


def test_a_person_at_a_terminal_reads_words_unless_json_is_asked_for(
    written: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    log_to_stderr(logging.INFO)
    structlog.get_logger("t").info("started")
    assert not written.text.startswith("{")
    monkeypatch.setenv("GIAONHAN_LOG", "json")
    log_to_stderr(logging.INFO)
    structlog.get_logger("t").info("started")
    assert json.loads(written.text.splitlines()[-1])["event"] == "started"
