"""A day's courier runs as a page and as JSON, on a house whose clock is set."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from adapters.reference_data.sample import sample_timetable
from adapters.reference_data.timetable_csv import read_timetables
from api.app import create_app
from api.cli.ports import listen
from api.composition import House, open_house
from api.founding import create_house
from domain.model.errors import NotFound
from domain.model.instants import Micros, parse_instant
from domain.model.policy import Actor, Role
from tests.http.conftest import NO_TLS

ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
MONDAY, TUESDAY, HOLIDAY = "2026-11-23", "2026-11-25", "2026-11-24"  # the 24th is a day off


class SetClock:
    def __init__(self) -> None:
        self.us: Micros = 0
        self.at("2026-11-20T09:00")

    def now_us(self) -> Micros:
        return self.us

    def at(self, text: str) -> None:
        self.us = parse_instant(f"{text}:00+07:00")


@dataclass
class Post:
    """A centre with the sample's two routes."""

    clock: SetClock
    house: House
    cards: dict[tuple[str, str], str]
    url: str

    def scan(self, fact: str, run: str, *, office: str = "courier:C1", **context: Any) -> None:
        desk, log = self.house.desk, self.house.log
        route, slot = run.split("/")
        self.house.write(
            lambda: log.save(
                entries=[
                    desk.state(
                        fact, self.cards[route, slot], context, operator="buuta1", office=office
                    )
                ]
            )
        ).result(60)

    def sign_in(self, person: str) -> httpx.Client:
        sign_in = self.house.sign_in
        code = self.house.write(lambda: sign_in.issue_code(person=person, actor=ADMIN)).result(60)
        headers = {"x-giaonhan-protocol": "1", "accept-language": "vi"}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60, verify=NO_TLS)
        assert client.post("/api/v1/sign-in", json={"code": code}).status_code == 200
        return client


@contextmanager
def served(house: House) -> Iterator[str]:
    """A server on a free port; gives its address."""
    with listen("127.0.0.1", 0) as bound:
        running = uvicorn.Server(uvicorn.Config(create_app(house), log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        deadline = time.monotonic() + 10
        while not running.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        running.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    data, clock = Path(tmp_path_factory.mktemp("post")) / "data", SetClock()
    create_house(data, demo=True, with_sample=True, clock=clock)
    with closing(open_house(data, clock=clock)) as house, served(house) as url:
        given, problems = read_timetables(sample_timetable(effective_from=MONDAY))
        publish = house.maintain_timetables.publish
        house.write(lambda: publish(given, problems, actor=ADMIN)).result(60)
        cards = {which: label for label, which in house.run_plans.cards().items()}
        made = Post(clock, house, cards, url)
        drive(made)
        yield made


def drive(post: Post) -> None:
    """Monday: the morning run with another courier half-way; nobody drives the other route."""
    for at, fact, who, told in (
        ("09:12", "RunDeparted", "C1", {}),
        ("10:02", "StopReached", "C1", {"place": "SXD"}),
        ("10:10", "StopMissed", "C2", {"place": "SNNMT", "reason": "office_closed"}),
        ("10:44", "RunCompleted", "C2", {}),
    ):
        post.clock.at(f"{MONDAY}T{at}")
        post.scan(fact, "T1/1", office=f"courier:{who}", **told)
    post.clock.at(f"{MONDAY}T11:00")


@pytest.fixture(scope="module")
def supervisor(post: Post) -> Iterator[httpx.Client]:
    with closing(post.sign_in("lanhdao")) as client:
        yield client


def runs_of(client: httpx.Client, date: str = MONDAY) -> dict[str, Any]:
    answer = client.get("/api/v1/runs", params={"date": date})
    assert answer.status_code == 200, answer.text
    return {f"{run['route']}/{run['slot']}": run for run in answer.json()["runs"]}


def test_a_days_runs_tell_planned_and_actual(supervisor: httpx.Client) -> None:
    runs = runs_of(supervisor)
    assert list(runs) == ["T2/1", "T1/1", "T1/2", "T2/2"]  # by departure
    morning = runs["T1/1"]
    assert (morning["status"], morning["kind"], morning["courier"]) == (
        "completed",
        "regular",
        "courier:C1",
    )
    assert [(stop["office"], stop["status"]) for stop in morning["stops"]] == [
        ("TTHC", "reached"),
        ("SXD", "reached"),
        ("SNNMT", "missed"),
        ("TTHC", "reached"),
    ]
    assert [stop["minutes_late"] for stop in morning["stops"]] == [2, 22, 0, 0]
    assert morning["stops"][2]["reason"] == "office_closed"
    assert [driven["courier"] for driven in morning["couriers"]] == ["courier:C1", "courier:C2"]
    assert morning["discrepancies"] == ["OFFICE_CLOSED", "RUN_PARTIAL"]
    assert (runs["T2/1"]["status"], runs["T2/1"]["discrepancies"]) == ("missed", ["RUN_MISSED"])
    assert runs["T1/2"]["status"] == "planned"


def test_the_report_of_the_day_counts_what_was_driven_late_and_missed(
    supervisor: httpx.Client,
) -> None:
    days = {"from": MONDAY, "to": MONDAY}
    told = supervisor.get("/api/v1/reports/runs", params={**days, "by": "courier"}).json()
    assert (told["planned"], told["driven"], told["missed"], told["to_come"]) == (4, 1, 1, 2)
    assert (told["late"], told["partial"], told["stops_late"]) == (1, 1, 1)
    assert told["reasons"]["office_closed"] == 1
    assert told["minutes_late_p90"] == 22
    assert told["rows"]["courier:C1"]["driven"] == 1
    page = supervisor.get("/reports/runs", params={**days, "by": "office", "lang": "vi"}).text
    assert "Cơ quan đóng cửa" in page


def test_a_missed_run_stands_among_the_discrepancies_and_leads_to_its_day(
    supervisor: httpx.Client,
) -> None:
    page = supervisor.get("/discrepancies", params={"code": "RUN_MISSED"}).text
    assert f"/runs?date={MONDAY}#T2/{MONDAY}/1" in page
    told = supervisor.get("/api/v1/discrepancies", params={"code": "RUN_MISSED"}).json()
    assert [one["subject"] for one in told["discrepancies"]] == [f"T2/{MONDAY}/1"]
    one = {"code": "RUN_MISSED", "subject": f"T2/{MONDAY}/1", "key": f"T2/{MONDAY}/1"}
    assert "Chuyến thư không chạy" in supervisor.get("/discrepancies/one", params=one).text


def test_a_closed_office_stands_among_the_discrepancies_of_its_run(
    supervisor: httpx.Client,
) -> None:
    page = supervisor.get("/discrepancies?code=OFFICE_CLOSED").text
    assert "Cơ quan đóng cửa" in page
    assert f'href="/runs?date={MONDAY}#T1/{MONDAY}/1"' in page


def test_the_page_shows_the_day_in_both_languages(supervisor: httpx.Client) -> None:
    said = {
        "en": ["Courier runs", "Missed", "The office is closed", "Courier swapped on the way"],
        "vi": ["Chuyến thư", "Không đến", "Cơ quan đóng cửa", "Đổi bưu tá giữa chuyến"],
    }
    for language, words in said.items():  # the last one stays for the tests to come
        page = supervisor.get("/runs", params={"date": MONDAY, "lang": language}).text
        assert all(word in page for word in words)
        assert "22 " in page
        assert page.count('class="run"') == 4


def test_without_a_date_it_is_today_and_a_holiday_has_no_runs(supervisor: httpx.Client) -> None:
    assert "23/11/2026" in supervisor.get("/runs").text
    assert "Ngày này không có chuyến thư nào" in supervisor.get(f"/runs?date={HOLIDAY}").text
    assert supervisor.get("/runs?date=today").status_code == 400
    assert supervisor.get("/api/v1/runs?date=2026-02-30").status_code == 400


def test_a_supervisor_cancels_a_run_to_come_and_lets_it_run_again(supervisor: httpx.Client) -> None:
    assert "Hủy chuyến này" in supervisor.get(f"/runs?date={TUESDAY}").text
    given = {"route": "T1", "date": TUESDAY, "slot": "1", "reason": "bad_weather"}
    answer = supervisor.post("/runs/cancel", data=given)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs?date={TUESDAY}")
    page = supervisor.get(f"/runs?date={TUESDAY}").text
    assert "Đã hủy" in page
    assert "Mưa bão, ngập" in page
    assert runs_of(supervisor, TUESDAY)["T1/1"]["status"] == "cancelled"
    again = supervisor.post("/runs/cancel", data=given)
    assert again.status_code == 409
    assert "đã có ngoại lệ" in again.text
    back = given | {"reason": "decided_otherwise"}
    assert supervisor.post("/runs/restore", data=back).status_code == 303
    assert runs_of(supervisor, TUESDAY)["T1/1"]["status"] == "planned"


def test_a_run_that_was_due_is_cancelled_by_nobody(supervisor: httpx.Client) -> None:
    given = {"route": "T2", "date": MONDAY, "slot": "1", "reason": "no_courier"}
    answer = supervisor.post("/runs/cancel", data=given)
    assert answer.status_code == 409
    assert "không hủy hay đổi được nữa" in answer.text


def test_exceptions_are_made_and_lifted_by_programs_too(supervisor: httpx.Client) -> None:
    stops = [{"office": "TTHC", "at": "16:00"}, {"office": "SXD", "at": "16:30"}]
    given = {"date": TUESDAY, "slot": "them", "kind": "extra", "reason": "nhieu", "stops": stops}
    made = supervisor.post("/api/v1/routes/T1/exceptions", json=given)
    assert made.status_code == 200, made.text
    assert runs_of(supervisor, TUESDAY)["T1/them"]["kind"] == "extra"
    lift = {"date": TUESDAY, "slot": "them", "reason": "thoi"}
    supervisor.post("/api/v1/routes/T1/exceptions/lift", json=lift)
    assert "T1/them" not in runs_of(supervisor, TUESDAY)
    wrong = supervisor.post("/api/v1/routes/T9/exceptions", json=given)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (404, NotFound.code)


def test_only_supervisors_make_exceptions_and_only_who_sees_the_board_sees_runs(
    post: Post,
) -> None:
    given = {"route": "T1", "date": TUESDAY, "slot": "1", "reason": "bad_weather"}
    with closing(post.sign_in("cb01")) as clerk:
        page = clerk.get(f"/runs?date={TUESDAY}")
        assert page.status_code == 200
        assert "Hủy chuyến này" not in page.text
        assert clerk.post("/runs/cancel", data=given).status_code == 403
    with closing(post.sign_in("buuta1")) as courier:
        assert courier.get("/api/v1/runs").status_code == 403
        assert courier.get("/runs").status_code == 403
