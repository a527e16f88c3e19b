"""The end of a shift on pages and in JSON: scan, close, hand over, take over."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from domain.model.instants import iso
from domain.model.labels import Kind
from domain.model.policy import Actor, Role
from domain.use_cases import end_shift
from domain.use_cases.maintain_reference import PersonDefinition

CONSOLE = Actor("console", "console", frozenset({Role.ADMIN}))


@pytest.fixture
def colleague(server: Any, office: str) -> Iterator[httpx.Client]:
    given = PersonDefinition(
        code="T-NEXT", party=office, roles=frozenset({Role.COUNTER}), issuer=99_001
    )
    house = server.house
    house.write(lambda: house.reference.define_person(given, actor=CONSOLE)).result(60)
    with closing(server.sign_in("T-NEXT")) as client:
        yield client


@pytest.fixture
def taken_in(counter: httpx.Client, office: str, server: Any) -> Callable[[], str]:
    procedure = min(server.house.reference.procedures())

    def take_in() -> str:
        given = {"procedure": procedure, "office": office, "applicant": {"name": "Lê Thị Bé"}}
        return str(counter.post("/api/v1/dossiers", json=given).json()["label"])

    return take_in


def test_a_shift_is_confirmed_closed_and_taken_over_in_json(
    server: Any,
    counter: httpx.Client,
    colleague: httpx.Client,
    taken_in: Callable[[], str],
    new_label: Callable[[Kind], str],
) -> None:
    one, two, stray = taken_in(), taken_in(), new_label(Kind.DOSSIER)
    since = iso(server.house.clock.now_us())
    stands = counter.get("/api/v1/shift", params={"since": since}).json()
    assert {one, two} <= {row["label"] for row in stands["left"]}
    assert stands["confirmed"] == []
    assert {row["basis"] for row in stands["left"] if row["label"] in {one, two}} == {"verified"}
    scanned = counter.post("/api/v1/shift/scans", json={"labels": [one, stray], "place": "K2"})
    outcomes = [(each["label"], each["outcome"]) for each in scanned.json()["answers"]]
    assert outcomes == [(one, "confirmed"), (stray, "not_held")]
    stands = counter.get("/api/v1/shift", params={"since": since}).json()
    assert [(row["label"], row["place"]) for row in stands["confirmed"]] == [(one, "K2")]
    assert one not in {row["label"] for row in stands["left"]}

    closed = counter.post("/api/v1/shift/end", json={"since": since, "next": "T-NEXT"}).json()
    assert closed["confirmed"] == [one]
    assert two in closed["unseen"]
    path = f"/api/v1/shifts/{closed['person']}/{closed['ended']}"
    assert one in colleague.get(path).json()["waiting"]
    colleague.post("/api/v1/shift/scans", json={"labels": [one]})
    stands = colleague.get(path).json()
    assert stands["taken"] == [one]
    assert two in stands["waiting"]
    assert stands["basis"][one] == stands["basis"][two] == "verified"


def test_the_page_shrinks_as_it_is_scanned_and_leads_to_the_list_of_the_hand_over(
    counter: httpx.Client, colleague: httpx.Client, taken_in: Callable[[], str]
) -> None:
    one, two = taken_in(), taken_in()
    address = counter.get("/shift").headers["location"]
    since = httpx.URL(address).params["since"]
    page = counter.get(address).text
    left = page.partition('id="left"')[2]
    assert f"/dossiers/{one}" in left
    assert '<span class="tag verified">đã kiểm</span>' in left
    assert f"/dossiers/{two}" in left
    answered = counter.post("/shift", data={"since": since, "codes": f"{one}\n\nxyz\n"}).text
    left, _, confirmed = answered.partition('id="left"')[2].partition('id="confirmed"')
    assert f"/dossiers/{one}" not in left
    assert f"/dossiers/{one}" in confirmed
    assert "không phải là nhãn" in answered
    closed = counter.post("/shift/end", data={"since": since, "next": "T-NEXT", "place": ""})
    assert closed.status_code == 303
    here = closed.headers["location"]
    told = counter.get(here).text
    assert "Chưa thấy khi kết thúc ca" in told
    assert '<span class="tag verified">đã kiểm</span>' in told.partition('id="unseen"')[2]
    assert "<textarea" not in told  # the one who leaves takes nothing over
    assert quote(here) in colleague.get(colleague.get("/shift").headers["location"]).text
    assert "<textarea" in colleague.get(here).text
    taken = colleague.post(here, data={"codes": one})
    assert "đã nhận" in taken.text
    assert "taken" in colleague.get(here, params={"lang": "en"}).text


def test_a_list_that_shows_not_all_counts_all_and_closes_all(
    counter: httpx.Client, taken_in: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(), taken_in()
    address = counter.get("/shift").headers["location"]
    since = httpx.URL(address).params["since"]
    whole = counter.get("/api/v1/shift", params={"since": since}).json()
    assert (whole["truncated"], whole["left_count"]) == (False, len(whole["left"]))
    assert "Còn nhiều hơn số được liệt kê" not in counter.get(address).text
    monkeypatch.setattr(end_shift, "MOST_SHOWN", 1)
    told = counter.get("/api/v1/shift", params={"since": since}).json()
    assert (told["truncated"], told["left_count"]) == (True, whole["left_count"])
    assert told["left"] == whole["left"][:1]
    assert "Còn nhiều hơn số được liệt kê" in counter.get(address).text
    closed = counter.post("/api/v1/shift/end", json={"since": since}).json()
    assert len(closed["unseen"]) == whole["left_count"]


def test_a_shift_is_nobodys_who_has_no_paper_in_hand(
    supervisor: httpx.Client, courier: httpx.Client, counter: httpx.Client
) -> None:
    for path in ("/api/v1/shift", "/shift"):
        assert supervisor.get(path).status_code == 403
    assert courier.get("/api/v1/shift").json()["office"] == "courier:C1"
    gone = counter.get("/api/v1/shifts/ghost/2026-03-02T08:00:00+07:00")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "NOT_FOUND")
    many = {"labels": ["1"] * 201}
    assert counter.post("/api/v1/shift/scans", json=many).status_code == 400
    typed = "\n".join(map(str, range(201)))
    refused = counter.post("/shift", data={"since": "2026-03-02T08:00:00+07:00", "codes": typed})
    assert refused.status_code == 413
    assert "tối đa 200 mã" in refused.text
    assert "\n200</textarea>" in refused.text  # what was scanned is kept
