"""Intake without the network, on the server's side: numbers ahead, the scan, then the draft."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.labels import Kind, Label, parse_label
from domain.model.number_block import NumberBlock, number_block_id
from domain.model.policy import Actor, Role
from domain.ports.stores import first
from domain.use_cases import offline_intake

NewLabel = Callable[[Kind], str]
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
KIT, INTAKES = "/api/v1/intake-kit", "/api/v1/intakes"


def ask(device: Any, path: str, body: dict[str, Any]) -> httpx.Response:
    content = json.dumps(body).encode()
    signed = device.authorization("POST", path, content) | {"content-type": "application/json"}
    answer: httpx.Response = device.client.post(path, content=content, headers=signed)
    return answer


def labels(device: Any, count: int) -> list[str]:
    answer = ask(device, KIT, {"count": count})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["labels"])


@pytest.fixture
def counter_desk(server: Any, visitor: httpx.Client, device: Any) -> Any:
    """A counter's station at which its clerk scans."""
    made = server.enrol(visitor, code=f"{device.code}-c", office=device.office)
    made.operator = "T-COUNTER"
    return made


def draft(desk: Any, procedure: str, label: str, name: str = "Nguyễn Thị Sáu") -> dict[str, Any]:
    registration = {
        "procedure": procedure,
        "office": desk.office,
        "label": label,
        "applicant": {"name": name},
        "request_text": "Xin cấp đổi giấy chứng nhận",
    }
    return {"operator": desk.operator, "registration": registration}


@pytest.fixture
def procedure(server: Any) -> str:
    return str(min(server.house.intake.procedures()))


def registered(desk: Any, label: str) -> dict[str, Any]:
    return dict(desk.entry("Registered", label))


def case_of(server: Any, label: str) -> Dossier | None:
    return first(server.house.log.load(Dossier, [dossier_id(label)]))


def test_numbers_are_given_to_one_station_only_and_never_again(
    counter_desk: Any, procedure: str
) -> None:
    one, other = labels(counter_desk, 3), labels(counter_desk, 2)
    assert len(set(one + other)) == 5
    assert {parse_label(label).kind for label in one} == {Kind.DOSSIER}
    told = ask(counter_desk, KIT, {"count": 0}).json()
    assert told["labels"] == []
    assert procedure in {each["code"] for each in told["procedures"]}


def test_the_draft_becomes_a_case_whose_day_zero_is_the_scan(
    server: Any, counter_desk: Any, procedure: str
) -> None:
    [label] = labels(counter_desk, 1)
    body = draft(counter_desk, procedure, label)
    early = ask(counter_desk, INTAKES, body)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "SCAN_NOT_ARRIVED")
    scanned_us = time.time_ns() // 1000
    assert counter_desk.send(registered(counter_desk, label)).status_code == 200
    taken = ask(counter_desk, INTAKES, body)
    assert taken.status_code == 201, taken.text
    case = case_of(server, label)
    assert case is not None
    assert abs(case.received_us - scanned_us) < 2_000_000
    assert case.due_us > case.received_us
    trace = server.house.trace(label)
    assert [timed.fact.fact for timed in trace.facts] == ["Registered"], "stated once"
    assert not trace.discrepancies
    again = ask(counter_desk, INTAKES, body)
    assert again.status_code == 200, "its answer was lost: the same draft is taken once"
    other = ask(counter_desk, INTAKES, draft(counter_desk, procedure + "x", label))
    assert other.json()["error"]["code"] == "ALREADY_EXISTS"


def test_a_label_that_a_restored_disk_gave_out_twice_keeps_the_second_draft_at_the_station(
    server: Any, counter_desk: Any, procedure: str
) -> None:
    [label] = labels(counter_desk, 1)
    counter_desk.send(registered(counter_desk, label))
    assert ask(counter_desk, INTAKES, draft(counter_desk, procedure, label)).status_code == 201
    other = draft(counter_desk, procedure, label, name="Phạm Văn Bảy")
    for _ in ("ahead of its own scan", "after it"):
        refused = ask(counter_desk, INTAKES, other)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "REGISTERED_TWICE")
        counter_desk.send(registered(counter_desk, label))
    assert case_of(server, label) is not None


def test_a_label_of_nobodys_or_anothers_block_is_refused(
    server: Any, visitor: httpx.Client, counter_desk: Any, procedure: str, new_label: NewLabel
) -> None:
    other = server.enrol(visitor, code=f"{counter_desk.code}2", office=counter_desk.office)
    [theirs] = labels(other, 1)
    for label in (theirs, new_label(Kind.DOSSIER)):
        counter_desk.send(registered(counter_desk, label))
        refused = ask(counter_desk, INTAKES, draft(counter_desk, procedure, label))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "NOT_FROM_BLOCK")


def test_the_draft_of_a_number_that_a_restored_server_has_left_out_is_taken(
    server: Any, counter_desk: Any, procedure: str
) -> None:
    known = parse_label(labels(counter_desk, 1)[0])
    block_id = number_block_id(known.kind, known.issuer, known.year)
    lost = Label(known.kind, known.issuer, known.year, known.serial + 1)

    def left_out() -> None:
        [block] = server.house.log.load(NumberBlock, [block_id]).values()
        block.leave_out(count=1, timestamp=moment(0))
        server.house.log.save(block)

    server.house.write(left_out).result(60)
    counter_desk.send(registered(counter_desk, str(lost)))
    taken = ask(counter_desk, INTAKES, draft(counter_desk, procedure, str(lost)))
    assert taken.status_code == 201, taken.text


def test_who_scanned_answers_for_the_draft_and_only_a_clerk_of_the_office_may(
    server: Any, counter_desk: Any, procedure: str
) -> None:
    one, other = labels(counter_desk, 2)
    counter_desk.send(registered(counter_desk, one))
    body = draft(counter_desk, procedure, one) | {"operator": "T-BOSS"}
    assert ask(counter_desk, INTAKES, body).status_code == 403
    counter_desk.operator = "T-BOSS"
    counter_desk.send(registered(counter_desk, other))
    assert ask(counter_desk, INTAKES, draft(counter_desk, procedure, other)).status_code == 403
    assert case_of(server, one) is None
    assert case_of(server, other) is None


def test_no_name_reaches_an_event_or_the_log(
    server: Any, counter_desk: Any, procedure: str, capfd: pytest.CaptureFixture[str]
) -> None:
    [label] = labels(counter_desk, 1)
    counter_desk.send(registered(counter_desk, label))
    ask(counter_desk, INTAKES, draft(counter_desk, procedure, label, name="Trịnh Lạ Hoắc"))
    assert case_of(server, label) is not None
    data = server.house.data_dir
    assert not [f for f in data.rglob("*") if f.is_file() and b"Ho\xe1\xba\xafc" in f.read_bytes()]
    assert "Hoắc" not in capfd.readouterr().err


def test_a_department_and_a_revoked_station_get_no_numbers(
    server: Any, visitor: httpx.Client, counter_desk: Any
) -> None:
    told = {"code": f"{counter_desk.code}-d", "office": counter_desk.office}
    department = server.enrol(visitor, **told, purpose="department")
    assert ask(department, KIT, {"count": 1}).status_code == 403
    revoke = server.house.enrol_station.revoke
    server.house.write(lambda: revoke(station=counter_desk.code, actor=ADMIN)).result(60)
    assert ask(counter_desk, KIT, {"count": 1}).status_code == 403


def test_a_station_that_asks_without_end_is_stopped(
    counter_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline_intake, "MOST_A_YEAR", 3)
    labels(counter_desk, 2)
    refused = ask(counter_desk, KIT, {"count": 2})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "TOO_MANY_NUMBERS")
