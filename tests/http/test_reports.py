"""The period report over the wire, as a page, and on the command line."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from adapters.clock import SystemClock
from api.cli.party_tables import party_tables
from api.cli.report import app
from api.founding import create_house
from api.pages import leg_report as leg_pages
from api.pages import party_reports as pages
from api.report_sheet import days
from api.routes import reports as routes
from domain.model.instants import DAY_US, local, parse_instant
from domain.model.party_report import Late, PartyFigures, PartyReport
from domain.model.period_report import Period

JSON = "/api/v1/reports/period"


@pytest.fixture
def today(server: Any) -> str:
    return local(server.house.clock.now_us()).date().isoformat()


def test_the_report_counts_what_was_taken_in_today(
    counter: httpx.Client, taken: str, today: str
) -> None:
    said = counter.get(JSON, params={"from": today, "to": today, "by": "department"}).json()
    assert taken
    counts = said["counts"]
    assert counts["new"] >= 1
    assert counts["received"] == counts["solved"] + counts["ended"] + counts["in_process"]
    assert sum(row["counts"]["received"] for row in said["rows"].values()) == counts["received"]
    share = said["shares"]["in_process"]
    assert (share["base"], share["rounding"]) == ("received", "half_up")
    assert (share["numerator"], share["denominator"]) == (counts["in_process"], counts["received"])


def test_the_report_compares_two_periods(counter: httpx.Client, server: Any, today: str) -> None:
    yesterday = local(server.house.clock.now_us() - DAY_US).date().isoformat()
    days = {"from": today, "to": today, "compare_from": yesterday, "compare_to": yesterday}
    said = counter.get(JSON, params=days).json()
    assert said["compared_with"]["changes"]["received"]["unit"] == "percent"
    one_day_missing = {**days, "compare_to": ""}
    assert counter.get(JSON, params=one_day_missing).status_code == 400


def test_a_period_that_ends_before_it_begins_is_refused(counter: httpx.Client) -> None:
    answer = counter.get(JSON, params={"from": "2026-02-01", "to": "2026-01-01"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_PERIOD")
    assert counter.get(JSON, params={"from": "x", "to": "2026-01-01"}).status_code == 400


PARTIES = "/api/v1/reports/responsibility"
RUNS = "/api/v1/reports/runs"


def test_responsibility_is_told_by_party_and_adds_up(
    counter: httpx.Client, taken: str, today: str
) -> None:
    """A dossier taken in out of hours has no working minute yet, so there may be no row."""
    said = counter.get(PARTIES, params={"from": today, "to": today, "by": "procedure"}).json()
    assert taken
    for name in ("legal", "late"):
        assert said["total"][name] == sum(row[name] for row in said["parties"])
        rows = [row for parties in said["rows"].values() for row in parties]
        assert said["total"][name] == sum(row[name] for row in rows)
    assert said["late"]["minutes"] == said["total"]["late"] == said["total"]["decided"]


@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize(
    "path",
    [f"{start}/reports/{one}" for start in ("", "/api/v1") for one in ("responsibility", "legs")],
)
def test_a_period_in_which_too_many_lived_is_refused_to_who_waits(
    counter: httpx.Client,
    server: Any,
    today: str,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    journeys = server.house.report_parties._journeys
    lived = journeys.how_many(days(today, today))
    assert lived == len(list(journeys.of_period(days(today, today)))) >= 1
    for most, status in ((lived, 200), (lived - 1, 400)):
        for module in (pages, leg_pages, routes):
            monkeypatch.setattr(module, "MOST_WHILE_WAITING", most)
        answer = counter.get(path, params={"from": today, "to": today})
        assert answer.status_code == status
        assert ("giaonhan report" in answer.text) == (status == 400)


@pytest.mark.parametrize(
    ("path", "by", "possible"),
    [
        (JSON, "courier", "department, field, procedure, office"),
        (RUNS, "department", "route, courier, office"),
        (PARTIES, "route", "department, field, procedure, office, courier"),
    ],
)
def test_a_breakdown_that_means_nothing_is_refused_in_words(
    counter: httpx.Client, today: str, path: str, by: str, possible: str
) -> None:
    answer = counter.get(path, params={"from": today, "to": today, "by": by})
    refused = answer.json()["error"]
    assert (answer.status_code, refused["code"]) == (400, "BREAKDOWN_DOES_NOT_APPLY")
    assert possible in refused["vi"]


def test_the_pages_of_parties_and_runs_open_in_both_languages(
    counter: httpx.Client, taken: str
) -> None:
    assert taken
    for path, vietnamese, english in (
        ("/reports/responsibility", "Trách nhiệm theo bên", "Responsibility by party"),
        ("/reports/runs", "Chuyến thư đúng giờ", "Run punctuality"),
    ):
        assert f"<h1>{vietnamese}</h1>" in counter.get(path, params={"lang": "vi"}).text
        assert f"<h1>{english}</h1>" in counter.get(path, params={"lang": "en"}).text
        counter.get(path, params={"lang": "vi"})
    told = counter.get("/reports/responsibility", params={"by": "office"}).text
    assert "phút làm việc" in told


@pytest.mark.parametrize(
    "path",
    [
        JSON,
        PARTIES,
        RUNS,
        "/api/v1/reports/discrepancies",
        "/reports",
        "/reports/responsibility",
        "/reports/runs",
    ],
)
def test_only_who_may_see_the_board_sees_reports(
    courier: httpx.Client, visitor: httpx.Client, path: str, today: str
) -> None:
    days = {"from": today, "to": today}
    assert courier.get(path, params=days).status_code == 403
    assert visitor.get(path, params=days).status_code == 401


def test_the_page_tells_the_month_so_far_in_both_languages(
    counter: httpx.Client, taken: str
) -> None:
    assert taken
    page = counter.get("/reports").text
    assert "Tổng tiếp nhận" in page
    assert "Kỳ trước chuyển qua" in page
    english = counter.get("/reports", params={"lang": "en", "by": "procedure"}).text
    assert "Carried over" in english
    assert "VD-CT" in english
    counter.get("/reports", params={"lang": "vi"})


def test_discrepancies_are_reported_by_code(counter: httpx.Client, today: str) -> None:
    said = counter.get("/api/v1/reports/discrepancies", params={"from": today, "to": today}).json()
    assert isinstance(said["discrepancies"], list)
    assert said["from"].startswith(today)


def test_the_command_prints_the_sheet_and_json(tmp_path: Path) -> None:
    data = tmp_path / "centre"
    create_house(data, with_sample=True)
    days = ["--from", "2026-01-01", "--to", "2026-01-31", "--data", str(data)]
    sheet = CliRunner().invoke(app, ["period", *days, "--by", "field"])
    assert sheet.exit_code == 0, sheet.output
    assert "Tổng tiếp nhận" in sheet.output
    assert "01/01/2026 – 31/01/2026" in sheet.output
    told = CliRunner().invoke(app, ["period", *days, "--json"])
    assert json.loads(told.stdout)["counts"]["received"] == 0
    compared = ["--compare-from", "2025-12-01", "--compare-to", "2025-12-31"]
    assert "kỳ trước" in CliRunner().invoke(app, ["period", *days, *compared]).output
    assert CliRunner().invoke(app, ["period", *days, *compared[:2]]).exit_code == 2
    as_people_write = ["period", "--from", "1/1/2026", "--to", "31/01/2026", *days[4:], "--json"]
    assert CliRunner().invoke(app, as_people_write).output == told.output
    no_such_day = CliRunner().invoke(app, ["period", "--from", "31/02/2026", *days[2:]]).stderr
    assert "BAD_DATE" in no_such_day
    assert "31/02/2026" in no_such_day
    backwards = ["period", "--from", "17/11/2026", *days[2:]]
    assert "(31/01/2026)" in CliRunner().invoke(app, backwards).stderr
    before_us = SystemClock().now_us()
    so_far = json.loads(CliRunner().invoke(app, ["period", *days[:2], *days[4:], "--json"]).output)
    assert before_us <= parse_instant(so_far["to"]) <= SystemClock().now_us() + DAY_US
    flags = CliRunner().invoke(app, ["discrepancies", *days, "--json"])
    assert json.loads(flags.stdout)["discrepancies"] == []
    assert CliRunner().invoke(app, ["discrepancies", *days]).exit_code == 0


def test_the_command_tells_parties_and_runs(tmp_path: Path) -> None:
    create_house(tmp_path / "centre", with_sample=True)
    days = ["--from", "2026-01-01", "--to", "2026-03-31", "--data", str(tmp_path / "centre")]
    told = CliRunner().invoke(app, ["responsibility", *days], env={"COLUMNS": "140"})
    assert told.exit_code == 0, told.output
    assert "Trách nhiệm theo bên" in told.output
    assert "Không có hồ sơ nào trong kỳ này." in told.output
    told = CliRunner().invoke(app, ["runs", *days, "--by", "courier", "--json"])
    assert json.loads(told.stdout)["by"] == "courier"
    told = CliRunner().invoke(app, ["runs", *days, "--by", "field"])
    assert told.exit_code == 2
    assert "BREAKDOWN_DOES_NOT_APPLY" in told.stderr


def test_dossiers_without_a_working_minute_are_not_told_as_none() -> None:
    found = PartyReport(
        period=Period(0, 1),
        by=None,
        dossiers=3,
        contested=0,
        late=Late(),
        total=PartyFigures(),
        rows={},
        groups={},
    )
    assert "Chưa có phút làm việc nào trong kỳ này." in str(list(party_tables(found, {}, {}))[-1])
