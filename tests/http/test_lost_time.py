"""Where time is lost, over the wire, as a page, and on the command line."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.report import app
from api.founding import create_house
from domain.model.instants import local

JSON = "/api/v1/reports/legs"


@pytest.fixture
def today(server: Any) -> str:
    return local(server.house.clock.now_us()).date().isoformat()


def test_the_report_says_by_what_it_is_told_and_adds_up(
    supervisor: httpx.Client, today: str
) -> None:
    for by in ("hour", "office"):
        said = supervisor.get(JSON, params={"from": today, "to": today, "by": by}).json()
        assert said["by"] == by
        assert said["lost"] == sum(leg["lost"] for leg in said["legs"])
        for leg in said["legs"]:
            assert leg["n"] == sum(cell["n"] for cell in leg[by].values())
    assert supervisor.get(JSON, params={"from": today, "to": today, "by": "day"}).status_code == 400


def test_only_who_may_see_the_board_sees_it(
    courier: httpx.Client, visitor: httpx.Client, supervisor: httpx.Client, today: str
) -> None:
    for path in (JSON, "/reports/legs"):
        days = {"from": today, "to": today}
        assert courier.get(path, params=days).status_code == 403
        assert visitor.get(path, params=days).status_code == 401
    assert "Thời gian mất ở đâu" in supervisor.get("/reports/legs").text
    earlier = {"from": "2020-01-01", "to": "2020-01-31", "by": "office"}
    assert "Không có chặng nào kết thúc" in supervisor.get("/reports/legs", params=earlier).text


def test_the_command_prints_the_table_and_json(tmp_path: Path) -> None:
    data = tmp_path / "centre"
    create_house(data, with_sample=True)
    days = ["legs", "--from", "2026-01-01", "--to", "2026-01-31", "--data", str(data)]
    assert "where time is lost" in CliRunner().invoke(app, days).output
    told = json.loads(CliRunner().invoke(app, [*days, "--by", "office", "--json"]).stdout)
    assert (told["by"], told["legs"]) == ("office", [])
