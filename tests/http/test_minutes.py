"""Whose minutes: the ledger over HTTP and as a page, an objection, and a supervisor's decision."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.responsibility import app
from api.composition import House
from domain.model.instants import MINUTE_US, parse_instant
from domain.model.labels import Kind
from domain.model.policy import Actor, Role
from domain.use_cases.account_for_time import AccountForTime
from domain.use_cases.trace_dossier import Trace


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


@pytest.fixture
def clerk(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("cb01")) as client:
        yield client


@pytest.fixture
def label(clerk: httpx.Client) -> str:
    given = {"procedure": "VD-HKD", "office": "TTHC", "applicant": {"name": "Lê Thị Bé"}}
    answer = clerk.post("/api/v1/dossiers", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["label"])


@pytest.fixture
def late(house: House, label: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same dossier as it will stand when three weeks have passed at the centre."""
    asked = AccountForTime.__call__
    now_us = house.clock.now_us() + 21 * 1440 * MINUTE_US

    def later(
        self: AccountForTime, of: str, *, as_of_us: int | None = None, trace: Trace | None = None
    ) -> Any:
        monkeypatch.setattr(self, "_clock", type("Later", (), {"now_us": lambda _: now_us})())
        return asked(self, of, as_of_us=as_of_us if trace is None else None)

    monkeypatch.setattr(AccountForTime, "__call__", later)
    return label


def test_the_ledger_of_a_fresh_dossier_is_the_centres_from_its_receipt_on(
    clerk: httpx.Client, label: str
) -> None:
    told = clerk.get(f"/api/v1/dossiers/{label}/ledger").json()
    assert told["rule"]["procedure"] == "VD-HKD"
    assert told["minutes"] == sum(entry["minutes"] for entry in told["entries"])
    assert told["lateness"] is None
    assert {leg["leg"]: leg["budget"] for leg in told["legs"]}["department"] == 600


def test_a_late_dossier_names_leg_holder_minutes_rule_and_scans(
    clerk: httpx.Client, late: str
) -> None:
    told = clerk.get(f"/api/v1/dossiers/{late}/ledger").json()
    [share] = told["lateness"]["shares"]
    assert (share["leg"], share["account"]["code"]) == ("centre", "TTHC")
    assert share["late_minutes"] == told["lateness"]["late_minutes"] > 0
    assert share["evidence"]
    assert told["rule"]["calendar_version"].startswith("TTHC.")
    page = clerk.get(f"/dossiers/{late}").text
    assert "Trách nhiệm thời gian" in page
    assert "Ai làm trễ hạn" in clerk.get(f"/dossiers/{late}/minutes").text
    assert "Who made it late" in clerk.get(f"/dossiers/{late}/minutes?lang=en").text


OBJECTION = {
    "leg": "centre",
    "part": "handling",
    "kind": "office",
    "code": "TTHC",
    "reason": "post_did_not_come",
}


def test_a_party_objects_a_supervisor_decides_and_the_ledger_shows_before_and_after(
    house: House, clerk: httpx.Client, supervisor: httpx.Client, late: str
) -> None:
    path = f"/api/v1/dossiers/{late}/contests"
    raised = clerk.post(path, json=OBJECTION | {"version": 0})
    assert raised.status_code == 200, raised.text
    [contest] = raised.json()["contests"]
    assert (contest["open"], contest["version"]) == (True, 1)
    assert raised.json()["lateness"] == raised.json()["lateness_decided"]
    assert clerk.post(path, json=OBJECTION | {"version": 0}).status_code == 200, "sent twice"
    assert code_of(clerk.post(path, json=OBJECTION)) == (409, "CONTEST_OPEN")
    assert code_of(clerk.post(f"{path}/uphold", json=OBJECTION | {"to_kind": "post"}))[0] == 403
    to_itself = OBJECTION | {"to_kind": "office", "to_code": "TTHC", "reason": "not_proved"}
    assert code_of(supervisor.post(f"{path}/uphold", json=to_itself)) == (409, "SAME_ACCOUNT")
    nobody = OBJECTION | {"to_kind": "office", "to_code": "NOBODY", "reason": "parties_agree"}
    assert code_of(supervisor.post(f"{path}/uphold", json=nobody)) == (404, "NOT_FOUND")
    told = OBJECTION | {"to_kind": "post", "reason": "other", "text": "Có biên bản với bưu cục."}
    decided = supervisor.post(f"{path}/uphold", json=told | {"version": 1}).json()
    assert decided["lateness"]["shares"][0]["account"]["code"] == "TTHC"
    after = decided["lateness_decided"]
    assert after["shares"][0]["account"] == {"kind": "post", "code": "", "run": None}
    assert after["late_minutes"] == decided["lateness"]["late_minutes"]
    page = supervisor.get(f"/dossiers/{late}/minutes").text
    assert "Theo lượt quét" in page
    assert "Sau quyết định" in page
    assert "Có biên bản với bưu cục." in page
    data, wide = str(house.data_dir), {"COLUMNS": "200"}
    shown = CliRunner().invoke(app, [late, "--data", data], env=wide).stdout
    assert "Bưu chính / The post" in shown.partition("Sau quyết định")[2]
    assert "Bưu chính / The post" not in shown.partition("Sau quyết định")[0]
    gone = supervisor.post(f"{path}/dismiss", json=OBJECTION | {"reason": "not_proved"})
    assert code_of(gone) == (409, "CONTEST_NOT_OPEN")
    again = OBJECTION | {"reason": "time_differs", "version": 2}
    assert clerk.post(path, json=again).json()["contests"][0]["open"]
    dismissed = supervisor.post(f"{path}/dismiss", json=OBJECTION | {"reason": "not_proved"}).json()
    assert dismissed["contests"][0]["to"] is None
    assert dismissed["lateness"] == dismissed["lateness_decided"]
    assert "Có biên bản" not in json.dumps(dismissed, ensure_ascii=False)


def test_nobody_objects_for_another_party_or_to_what_is_not_charged(
    clerk: httpx.Client, courier: httpx.Client, counter: httpx.Client, late: str
) -> None:
    path = f"/api/v1/dossiers/{late}/contests"
    for client in (courier, counter):
        assert code_of(client.post(path, json=OBJECTION)) == (403, "NOT_ALLOWED")
    assert code_of(clerk.post(path, json=OBJECTION | {"leg": "department"})) == (404, "NOT_FOUND")
    assert code_of(clerk.post(path, json=OBJECTION | {"reason": "because"})) == (400, "BAD_REASON")
    bare = OBJECTION | {"reason": "other"}
    assert code_of(clerk.post(path, json=bare)) == (400, "REASON_NEEDS_TEXT")


def test_the_page_keeps_what_was_typed_and_says_why_it_was_refused(
    clerk: httpx.Client, supervisor: httpx.Client, late: str
) -> None:
    page = clerk.get(f"/dossiers/{late}/minutes").text
    assert f'action="/dossiers/{late}/minutes/contest"' in page
    assert (
        f'action="/dossiers/{late}/minutes/contest"'
        not in supervisor.get(f"/dossiers/{late}/minutes").text
    )
    form = OBJECTION | {"reason": "other", "version": "0"}
    refused = clerk.post(f"/dossiers/{late}/minutes/contest", data=form)
    assert refused.status_code == 400
    assert "Đã chọn lý do khác nhưng chưa ghi rõ" in refused.text
    assert re.search(r'<option value="other" selected>', refused.text)
    taken = clerk.post(
        f"/dossiers/{late}/minutes/contest", data=form | {"text": "Mất điện cả buổi"}
    )
    assert (taken.status_code, taken.headers["location"]) == (
        303,
        f"/dossiers/{late}/minutes#objections",
    )
    seen = supervisor.get(f"/dossiers/{late}/minutes").text
    assert "Mất điện cả buổi" in seen
    to = {**OBJECTION, "reason": "force_majeure", "version": "1", "to": "office:STC"}
    assert supervisor.post(f"/dossiers/{late}/minutes/uphold", data=to).status_code == 303
    assert "Sở Tài chính" in supervisor.get(f"/dossiers/{late}/minutes").text
    stale = supervisor.post(f"/dossiers/{late}/minutes/dismiss", data=to | {"reason": "not_proved"})
    assert stale.status_code == 409


def test_a_supervisor_decides_no_objection_about_their_own_office(
    server: Any, clerk: httpx.Client, supervisor: httpx.Client, late: str
) -> None:
    path = f"/api/v1/dossiers/{late}/contests"
    assert clerk.post(path, json=OBJECTION).status_code == 200
    with closing(server.sign_in("lanhdao")) as leader:
        refused = leader.post(f"{path}/dismiss", json=OBJECTION | {"reason": "not_proved"})
        assert code_of(refused) == (403, "OWN_CONTEST")
        page = leader.get(f"/dossiers/{late}/minutes").text
    assert "do lãnh đạo của đơn vị khác quyết định" in page
    assert "minutes/dismiss" not in page
    assert "minutes/dismiss" in supervisor.get(f"/dossiers/{late}/minutes").text


def test_what_was_written_is_read_by_those_it_concerns(
    house: House, clerk: httpx.Client, courier: httpx.Client, late: str
) -> None:
    told = OBJECTION | {"reason": "other", "text": "Bà Lê Thị Bé mang thiếu giấy."}
    assert clerk.post(f"/api/v1/dossiers/{late}/contests", json=told).status_code == 200
    assert told["text"] in clerk.get(f"/dossiers/{late}/minutes").text
    seen = courier.get(f"/dossiers/{late}/minutes")
    assert seen.status_code == 200
    assert told["text"] not in seen.text
    assert "Bà Lê" not in courier.get(f"/api/v1/dossiers/{late}/ledger").text
    contests = house.account_for_time(late).contests

    def texts(party: str) -> list[str]:
        actor = Actor("x", party, frozenset({Role.COURIER}))
        return list(house.contest_charge.texts(contests, actor=actor).values())

    assert (texts("TTHC"), texts("courier:C1")) == ([told["text"]], [])
    assert house.contest_charge.texts(contests, actor=None) == {}


def test_a_label_without_a_case_has_no_ledger_but_a_page(
    clerk: httpx.Client, device: Any, new_label: Callable[[Kind], str]
) -> None:
    unknown = new_label(Kind.DOSSIER)
    device.send(device.entry("Received", unknown))
    assert code_of(clerk.get(f"/api/v1/dossiers/{unknown}/ledger")) == (404, "NOT_FOUND")
    page = clerk.get(f"/dossiers/{unknown}")
    assert page.status_code == 200
    assert "Trách nhiệm thời gian" not in page.text


def test_the_command_prints_the_ledger_for_people_and_for_programs(
    house: House, label: str
) -> None:
    asked = CliRunner().invoke(app, [label, "--data", str(house.data_dir), "--json"])
    assert asked.exit_code == 0, asked.output
    # The server of this process may write its own lines between.
    [line] = [each for each in asked.stdout.splitlines() if each.startswith("{")]
    told = json.loads(line)
    assert told["label"] == label
    assert parse_instant(told["from"]) <= time.time_ns() // 1000
    shown = CliRunner().invoke(app, [label, "--data", str(house.data_dir)], env={"COLUMNS": "200"})
    assert "TTHC" in shown.stdout
    assert "Không trễ hạn" in shown.stdout
