"""Pauses, appointments and calendars over HTTP: who may, what is refused, what is answered."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import httpx
import pytest

from api.composition import House
from domain.model.labels import Kind
from domain.model.policy import Actor, Role

OFFICE = "TTHC"
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
PATIENCE_S = 60.0


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


@pytest.fixture
def admin(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("quantri")) as client:
        yield client


@pytest.fixture
def head(server: Any) -> Iterator[httpx.Client]:
    """Who leads the centre itself: the sample's own, at the office that registers."""
    with closing(server.sign_in("lanhdao")) as client:
        yield client


@pytest.fixture
def clerk(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("cb01")) as client:
        yield client


@pytest.fixture
def label(clerk: httpx.Client) -> str:
    given = {"procedure": "VD-HKD", "office": OFFICE, "applicant": {"name": "Lê Thị Bé"}}
    answer = clerk.post("/api/v1/dossiers", json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["label"])


@pytest.fixture
def restored(house: House) -> Iterator[None]:
    """The office's calendar as it was: the house is shared by all tests."""
    before = house.reference.offices()[OFFICE].calendar
    yield
    office = house.reference.offices()[OFFICE]
    dates = {*office.calendar.get("extra_off", ()), *office.calendar.get("day_hours", ())}
    for date in dates - {*before.get("extra_off", ()), *before.get("day_hours", ())}:
        house.write(partial(restore, house, date)).result(PATIENCE_S)


def restore(house: House, date: str) -> str:
    return house.maintain_calendars.restore_day(OFFICE, date=date, reason="test", actor=ADMIN)


STEPS: list[tuple[str, dict[str, Any], str]] = [
    ("supplement/request", {"cause": "missing-paper", "text": "Bổ sung"}, "supplement/supply"),
    ("fee/request", {"amount_vnd": 150_000}, "fee/pay"),
    ("agency/ask", {"agency": "CATP"}, "agency/answer"),
]


@pytest.mark.parametrize(("begin", "given", "finish"), STEPS)
def test_a_dossier_waits_and_goes_on(
    clerk: httpx.Client, label: str, begin: str, given: dict[str, Any], finish: str
) -> None:
    path = f"/api/v1/dossiers/{label}"
    assert code_of(clerk.post(f"{path}/{finish}"))[1] == "NOT_PAUSED"
    waiting = clerk.post(f"{path}/{begin}", json=given)
    assert waiting.status_code == 200, waiting.text
    assert waiting.json()["due"] is None
    assert len(waiting.json()["paused_for"]) == 1
    assert code_of(clerk.post(f"{path}/{begin}", json=given)) == (409, "ALREADY_PAUSED")
    row = clerk.get("/api/v1/board", params={"search": label}).json()["rows"][0]
    assert (row["standing"], row["due"], row["paused"]) == (
        "paused",
        None,
        waiting.json()["paused_for"][0],
    )
    gone_on = clerk.post(f"{path}/{finish}").json()
    assert gone_on["paused_for"] == []
    assert gone_on["due"] >= gone_on["promised"]


def test_a_fee_may_be_waived(clerk: httpx.Client, label: str) -> None:
    path = f"/api/v1/dossiers/{label}/fee"
    clerk.post(f"{path}/request", json={"amount_vnd": 1})
    assert clerk.post(f"{path}/waive", json={"cause": "exempt"}).json()["paused_for"] == []


ALL = [
    ("supplement/request", {"cause": "x"}),
    ("supplement/supply", {}),
    ("fee/request", {"amount_vnd": 1}),
    ("fee/pay", {}),
    ("fee/waive", {"cause": "x"}),
    ("agency/ask", {"agency": "x"}),
    ("agency/answer", {}),
    ("reappoint", {"cause": "x", "apology": "y"}),
]


@pytest.mark.parametrize(("path", "given"), ALL)
def test_nobody_decides_without_the_right(
    visitor: httpx.Client, courier: httpx.Client, admin: httpx.Client, path: str, given: Any
) -> None:
    asked = f"/api/v1/dossiers/1900012600000197/{path}"
    assert code_of(visitor.post(asked, json=given)) == (401, "NOT_SIGNED_IN")
    for client in (courier, admin):
        assert code_of(client.post(asked, json=given)) == (403, "NOT_ALLOWED")


def test_a_clerk_of_another_office_decides_nothing_here(server: Any, label: str) -> None:
    from domain.use_cases.maintain_reference import PersonDefinition

    definition = PersonDefinition(
        code="T-ELSEWHERE", party="SXD", roles=frozenset({Role.COUNTER}), issuer=99_001
    )
    house = server.house
    house.write(lambda: house.reference.define_person(definition, actor=ADMIN)).result(PATIENCE_S)
    with closing(server.sign_in("T-ELSEWHERE")) as elsewhere:
        asked = elsewhere.post(f"/api/v1/dossiers/{label}/fee/request", json={"amount_vnd": 1})
    assert code_of(asked) == (403, "NOT_ALLOWED")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("supplement/request", {}),
        ("supplement/request", {"cause": "x" * 65}),
        ("supplement/request", {"cause": "x", "text": "x" * 4_001}),
        ("fee/request", {"amount_vnd": 0}),
        ("fee/request", {"amount_vnd": 10**12 + 1}),
        ("fee/request", {"amount_vnd": "nhiều"}),
        ("agency/ask", {"agency": ["CATP"]}),
    ],
)
def test_what_is_outside_its_limits_is_malformed(
    clerk: httpx.Client, label: str, path: str, given: Any
) -> None:
    answer = clerk.post(f"/api/v1/dossiers/{label}/{path}", json=given)
    assert code_of(answer) == (400, "MALFORMED_REQUEST")


def test_a_label_that_is_none_and_one_that_nobody_registered(
    clerk: httpx.Client, new_label: Callable[[Kind], str]
) -> None:
    none = clerk.post("/api/v1/dossiers/123/fee/pay")
    unknown = clerk.post(f"/api/v1/dossiers/{new_label(Kind.DOSSIER)}/fee/pay")
    assert (code_of(none), code_of(unknown)) == ((400, "BAD_LABEL"), (404, "NOT_FOUND"))


def a_day_before(moment: str, house: House) -> str:
    """A working day that the count up to this moment has to pass."""
    from datetime import date, timedelta

    day = date.fromisoformat(moment[:10]) - timedelta(days=1)
    calendar, _ = house.calendars.of(house.reference.offices()[OFFICE])
    first = date(2000, 1, 1)
    while not calendar.shape((day - first).days).counted:
        day -= timedelta(days=1)
    return day.isoformat()


def listed(client: httpx.Client) -> dict[str, Any]:
    """Appointments to confirm by label, once the re-dating has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = client.get("/api/v1/appointments").json()
        if not found["redating"]:
            return {row["label"]: row for row in found["appointments"]}
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("restored")
def test_a_storm_lists_appointments_and_a_new_one_is_made_with_an_apology(
    server: Any, admin: httpx.Client, head: httpx.Client, clerk: httpx.Client, label: str
) -> None:
    before = clerk.get("/api/v1/board", params={"search": label}).json()["rows"][0]
    assert label not in listed(head)
    storm = {"date": a_day_before(before["due"], server.house), "kind": "off", "reason": "bao"}
    path = f"/api/v1/offices/{OFFICE}/exceptions"
    version = admin.post(path, json=storm).json()["version"]
    row = listed(head)[label]
    assert (row["promised"], row["calendar_version"]) == (before["due"], version)
    assert row["due"] > row["promised"]
    assert code_of(admin.post(path, json=storm)) == (409, "DAY_EXCEPTED_ALREADY")
    given = {"cause": "disaster", "apology": "Xin lỗi bà Lê Thị Bé."}
    answer = head.post(f"/api/v1/dossiers/{label}/reappoint", json=given)
    assert answer.json()["promised"] == row["due"]
    assert "Bé" not in answer.text
    assert label not in listed(head)
    again = head.post(f"/api/v1/dossiers/{label}/reappoint", json=given)
    assert code_of(again) == (409, "APPOINTMENT_STANDS")
    lifted = admin.post(f"{path}/lift", json={"date": storm["date"], "reason": "bao-tan"})
    assert lifted.status_code == 200, lifted.text
    assert listed(head)[label]["due"] == before["due"]
    limit = head.post(f"/api/v1/dossiers/{label}/reappoint", json=given)
    assert code_of(limit) == (409, "REAPPOINTMENT_LIMIT")
    assert "1 lần" in limit.json()["error"]["vi"]


def test_the_national_table_is_read_and_published_whole(
    admin: httpx.Client, clerk: httpx.Client, courier: httpx.Client
) -> None:
    path = "/api/v1/calendars/national"
    assert code_of(courier.get(path)) == (403, "NOT_ALLOWED")
    table = clerk.get(path).json()
    assert len(table["days"]) > 150
    assert table["versions"][-1]["version"] == table["version"]
    same = {"days": table["days"]}
    assert code_of(clerk.post(path, json=same)) == (403, "NOT_ALLOWED")
    assert code_of(admin.post(path, json=same)) == (409, "ALREADY_EXISTS")
    twice = {"days": [*table["days"], table["days"][0]]}
    assert code_of(admin.post(path, json=twice)) == (400, "DATE_TWICE")
    day = {"date": "2027-12-24", "kind": "off", "reason": "swap", "source": "QĐ (thử)"}
    published = admin.post(path, json={"days": [*table["days"], day]})
    assert published.status_code == 200, published.text
    now = clerk.get(path).json()
    assert now["version"] == published.json()["version"] != table["version"]
    assert [each["version"] for each in now["versions"]][-2:] == [table["version"], now["version"]]


def test_hours_are_set_by_season_or_as_shifts_and_refused_with_a_reason(
    admin: httpx.Client, clerk: httpx.Client
) -> None:
    path = "/api/v1/offices/STP/hours"
    usual = [["07:30", "11:30"], ["13:00", "17:00"]]
    by_season = {"04-01..10-31": [["07:00", "11:30"]], "11-01..03-31": usual}
    given = {"effective_from": "2090-01-01", "hours": by_season, "reason": "mua-he"}
    assert code_of(clerk.post(path, json=given)) == (403, "NOT_ALLOWED")
    assert ".2." in admin.post(path, json=given).json()["version"]
    assert code_of(admin.post(path, json=given)) == (409, "HOURS_OVERLAP")
    crossing = given | {"effective_from": "2091-01-01", "hours": [["22:00", "06:00"]]}
    assert code_of(admin.post(path, json=crossing)) == (400, "SHIFT_CROSSES_DAY")
    nowhere = admin.post("/api/v1/offices/KHONG/hours", json=given)
    assert code_of(nowhere) == (404, "NOT_FOUND")


def test_saturdays_are_set_from_a_date(admin: httpx.Client, clerk: httpx.Client) -> None:
    path = "/api/v1/offices/SXD/saturday"
    given = {"effective_from": "2090-01-01", "saturday": "working", "reason": "qd-12"}
    assert code_of(clerk.post(path, json=given)) == (403, "NOT_ALLOWED")
    assert "SXD." in admin.post(path, json=given).json()["version"]
    assert code_of(admin.post(path, json=given)) == (409, "HOURS_OVERLAP")
    assert admin.post(path, json=given | {"saturday": "always"}).status_code == 400


def test_an_appointment_is_kept_and_an_apology_given_over_http(
    head: httpx.Client, clerk: httpx.Client, label: str
) -> None:
    path = f"/api/v1/dossiers/{label}"
    kept = head.post(f"{path}/confirm-appointment", json={"cause": "calendar"})
    assert code_of(kept) == (409, "APPOINTMENT_STANDS")
    said = {"cause": "overload", "apology": "Trung tâm xin lỗi."}
    assert code_of(clerk.post(f"{path}/apologise", json=said)) == (403, "NOT_ALLOWED")
    assert head.post(f"{path}/apologise", json=said).json()["reappointments"] == 0
    later = head.post(f"{path}/reappoint", json=said | {"days": 20}).json()
    assert (later["confirmed"], later["reappointments"]) == (True, 1)
    assert later["promised"] > later["due"]
    assert code_of(head.post(f"{path}/reappoint", json=said | {"days": 0}))[0] == 400


def test_only_the_staff_sees_appointments(visitor: httpx.Client, courier: httpx.Client) -> None:
    assert code_of(visitor.get("/api/v1/appointments")) == (401, "NOT_SIGNED_IN")
    assert code_of(courier.get("/api/v1/appointments")) == (403, "NOT_ALLOWED")
