"""People's acts on discrepancies over HTTP: as JSON, and by forms that need no script."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.pages import supervisor as pages
from api.pages.words import DISCREPANCIES
from domain.model import policy
from domain.model.labels import Kind

NewLabel = Callable[[Kind], str]
TEXT = "Bà Trần Thị Ỷ <đã đến quầy> & hỏi lại"
HTML = {"accept": "text/html"}


@pytest.fixture
def twice(device: Any, new_label: NewLabel) -> dict[str, str]:
    """A label registered twice by the same station."""
    label = new_label(Kind.DOSSIER)
    told = device.send(device.entry("Registered", label), device.entry("Registered", label)).json()
    assert told["answers"][1]["discrepancies"] == ["DUPLICATE_LABEL"]
    return {"code": "DUPLICATE_LABEL", "subject": label, "key": f"{device.code}#2"}


@pytest.fixture
def unknown(device: Any, new_label: NewLabel) -> dict[str, str]:
    """A label nobody registered: evidence alone closes that."""
    label = new_label(Kind.DOSSIER)
    assert device.send(device.entry("Received", label)).status_code == 200
    return {"code": "UNKNOWN_CODE", "subject": label, "key": f"{device.code}#{device.seq}"}


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def open_now(reader: httpx.Client, which: dict[str, str]) -> bool:
    rows = reader.get("/api/v1/discrepancies", params={"code": which["code"], "limit": 500}).json()[
        "discrepancies"
    ]
    return any(which.items() <= row.items() for row in rows)


def page_of(reader: httpx.Client, which: dict[str, str]) -> httpx.Response:
    answer = reader.get("/discrepancies/one", params=which, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer


def forms(page: httpx.Response) -> dict[str, dict[str, str]]:
    """The hidden fields of each form on the page, by its act."""
    found = {}
    for act, inside in re.findall(
        r'<form class="form" method="post" action="/discrepancies/(\w+)".*?>(.*?)</form>',
        page.text,
        re.DOTALL,
    ):
        fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside)
        found[act] = {name: unescape(value) for name, value in fields}
    return found


def send(reader: httpx.Client, act: str, hidden: dict[str, str], **typed: str) -> httpx.Response:
    return reader.post(f"/discrepancies/{act}", data=hidden | typed, headers=HTML)


def test_it_is_explained_assigned_closed_and_reopened_as_json(
    supervisor: httpx.Client, office: str, twice: dict[str, str]
) -> None:
    told = supervisor.post(
        "/api/v1/discrepancies/explain", json={**twice, "reason": "other", "text": TEXT}
    )
    assert told.status_code == 200
    [deed] = told.json()["deeds"]
    assert (deed["act"], deed["by"], deed["text"]) == ("explained", "T-BOSS", TEXT)
    version = told.json()["version"]
    told = supervisor.post(
        "/api/v1/discrepancies/assign",
        json={**twice, "version": version, "kind": "office", "to": office},
    )
    assert told.json()["assigned"] == office
    told = supervisor.post("/api/v1/discrepancies/close", json={**twice, "reason": "relabelled"})
    assert told.json()["closed_by"] == "T-BOSS"
    assert not open_now(supervisor, twice)
    told = supervisor.post(
        "/api/v1/discrepancies/reopen", json={**twice, "reason": "happened_again"}
    )
    assert told.json()["closed_by"] is None
    assert open_now(supervisor, twice)
    history = supervisor.get("/api/v1/discrepancies/history", params=twice).json()
    assert [deed["act"] for deed in history["deeds"]] == [
        "explained",
        "assigned",
        "closed",
        "reopened",
    ]


def test_refusals_have_their_codes(
    supervisor: httpx.Client, twice: dict[str, str], unknown: dict[str, str]
) -> None:
    def refused(act: str, which: dict[str, str], **more: Any) -> tuple[int, str]:
        answer = supervisor.post(f"/api/v1/discrepancies/{act}", json={**which, **more})
        return answer.status_code, code_of(answer)

    assert refused("close", unknown, reason="put_right") == (409, "EVIDENCE_CLOSES")
    assert refused("close", twice, reason="no reason") == (400, "BAD_REASON")
    assert refused("close", twice, reason="other") == (400, "REASON_NEEDS_TEXT")
    assert refused("reopen", twice, reason="happened_again") == (409, "DISCREPANCY_NOT_CLOSED")
    assert refused("explain", twice, reason="not_scanned", version=7) == (409, "CONFLICT")
    assert refused("assign", twice, kind="office", to="NOWHERE") == (404, "NOT_FOUND")
    assert refused("assign", twice, kind="bin", to="NOWHERE") == (400, "MALFORMED_REQUEST")
    nowhere = {**twice, "key": "X#1"}
    assert refused("explain", nowhere, reason="not_scanned") == (404, "NOT_FOUND")
    supervisor.post("/api/v1/discrepancies/close", json={**twice, "reason": "agreed"})
    assert refused("close", twice, reason="agreed") == (409, "DISCREPANCY_CLOSED")
    nothing = supervisor.get("/api/v1/discrepancies/history", params=nowhere)
    assert (nothing.status_code, code_of(nothing)) == (404, "NOT_FOUND")


def test_nobody_acts_without_the_right(
    visitor: httpx.Client, counter: httpx.Client, courier: httpx.Client, twice: dict[str, str]
) -> None:
    act = {**twice, "reason": "agreed"}
    assert counter.post("/api/v1/discrepancies/close", json=act).status_code == 403
    assert courier.post("/api/v1/discrepancies/explain", json=act).status_code == 403
    assert visitor.post("/api/v1/discrepancies/explain", json=act).status_code == 401
    assert courier.get("/discrepancies/one", params=twice).status_code == 403
    assert set(forms(page_of(counter, twice))) == {"explain"}, "no form that would be refused"
    hidden = forms(page_of(counter, twice))["explain"]
    assert send(counter, "close", hidden, reason="agreed").status_code == 403


def test_another_sites_page_cannot_close_a_discrepancy(
    supervisor: httpx.Client, twice: dict[str, str]
) -> None:
    hidden = forms(page_of(supervisor, twice))["close"]
    answer = supervisor.post(
        "/discrepancies/close",
        data={**hidden, "reason": "agreed"},
        headers={"origin": "https://elsewhere.example"},
    )
    assert (answer.status_code, code_of(answer)) == (403, "CROSS_ORIGIN")
    assert open_now(supervisor, twice)


def test_the_forms_work_without_scripts_and_show_what_was_done(
    supervisor: httpx.Client, office: str, twice: dict[str, str]
) -> None:
    listed = supervisor.get("/discrepancies", params={"code": twice["code"]}, headers=HTML).text
    link = re.search(rf'href="(/discrepancies/one\?[^"]*{twice["subject"]}[^"]*)"', listed)
    assert link, "each line leads to its page"
    page = supervisor.get(unescape(link[1]), headers=HTML)
    assert "Trùng nhãn" in page.text
    assert "Chưa có ai xử lý." in page.text
    assert set(forms(page)) == {"explain", "assign", "close"}
    sent = send(supervisor, "explain", forms(page)["explain"], reason="other", text=TEXT)
    assert sent.status_code == 303
    page = supervisor.get(sent.headers["location"], headers=HTML)
    assert "&lt;đã đến quầy&gt; &amp; hỏi lại" in page.text
    sent = send(supervisor, "assign", forms(page)["assign"], to=f"office:{office}")
    page = supervisor.get(sent.headers["location"], headers=HTML)
    sent = send(supervisor, "close", forms(page)["close"], reason="relabelled")
    assert sent.status_code == 303
    assert set(forms(page_of(supervisor, twice))) == {"explain", "reopen"}
    assert "đã có người đóng" in page_of(supervisor, twice).text
    listed = supervisor.get("/discrepancies", headers=HTML).text
    assert twice["subject"] in listed[listed.index("Đã xử lý, không còn mở") :]
    dossier = supervisor.get(f"/dossiers/{twice['subject']}", headers=HTML)
    assert "đã có người đóng" in dossier.text
    hidden = forms(page_of(supervisor, twice))["reopen"]
    assert send(supervisor, "reopen", hidden, reason="happened_again").status_code == 303
    assert open_now(supervisor, twice)


def test_a_form_sent_twice_acts_once_and_an_overtaken_one_keeps_what_was_typed(
    supervisor: httpx.Client, twice: dict[str, str]
) -> None:
    hidden = forms(page_of(supervisor, twice))["explain"]
    for _ in range(2):
        sent = send(supervisor, "explain", hidden, reason="other", text=TEXT)
        assert sent.status_code == 303
    history = supervisor.get("/api/v1/discrepancies/history", params=twice).json()
    assert len(history["deeds"]) == 1
    late = send(supervisor, "explain", hidden, reason="not_scanned", text="Lời thứ hai")
    assert late.status_code == 409
    assert "Lời thứ hai" in late.text
    assert 'value="not_scanned" selected' in late.text
    assert "Người khác vừa thay đổi" in late.text
    again = send(
        supervisor, "explain", forms(late)["explain"], reason="not_scanned", text="Lời thứ hai"
    )
    assert again.status_code == 303, "on the newest version it is taken"


def test_a_discrepancy_that_only_a_scan_closes_has_no_form_to_close_it(
    supervisor: httpx.Client, device: Any, unknown: dict[str, str]
) -> None:
    page = page_of(supervisor, unknown)
    assert set(forms(page)) == {"explain", "assign"}
    assert "tự đóng khi có lượt quét" in page.text
    sent = send(supervisor, "explain", forms(page)["explain"], reason="scanned_late")
    assert sent.status_code == 303
    device.send(device.entry("Registered", unknown["subject"]))
    page = page_of(supervisor, unknown)
    assert "đã được lượt quét sau làm rõ" in page.text
    assert set(forms(page)) == {"explain"}
    listed = supervisor.get("/discrepancies", headers=HTML).text
    below = listed[listed.index("Đã xử lý, không còn mở") :]
    assert unknown["subject"] in below
    assert "đã được lượt quét sau làm rõ" in below


def test_a_form_without_a_known_party_is_malformed(
    supervisor: httpx.Client, twice: dict[str, str]
) -> None:
    hidden = forms(page_of(supervisor, twice))["assign"]
    assert send(supervisor, "assign", hidden, to="TTHC").status_code == 400
    missing = send(supervisor, "assign", hidden, to="office:NOWHERE")
    assert missing.status_code == 404
    assert "NOWHERE" in missing.text


def test_the_page_speaks_english_too(supervisor: httpx.Client, twice: dict[str, str]) -> None:
    page = supervisor.get("/discrepancies/one", params=twice | {"lang": "en"}, headers=HTML)
    assert "Nobody has acted on it yet." in page.text
    assert "Two things under one label" in page.text


def test_a_list_that_shows_not_all_says_so(
    supervisor: httpx.Client,
    twice: dict[str, str],
    unknown: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = "Còn nhiều hơn số được liệt kê"
    for which in (twice, unknown):
        assert open_now(supervisor, which)
    assert more not in supervisor.get("/discrepancies", params={"code": ""}).text
    monkeypatch.setattr(pages, "MOST_DISCREPANCIES", 1)
    assert more in supervisor.get("/discrepancies").text
    assert more not in supervisor.get("/discrepancies", params={"code": "EQUIVOCATION"}).text


def test_the_filters_offer_no_discrepancy_that_nothing_can_raise() -> None:
    told = "".join(path.read_text("utf-8") for path in Path(policy.__file__).parent.glob("*.py"))
    assert {code for code in DISCREPANCIES if f'"{code}"' not in told} == set()
