"""The boards of devices and of discrepancies by age: over the wire, as pages, as commands."""

import json
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from api.cli.devices import app as devices_app
from api.cli.discrepancies import app as discrepancies_app
from api.founding import create_house
from domain.model.labels import Kind, Label

LABEL = str(Label(Kind.DOSSIER, 90_001, 26, 13))


def test_a_station_is_never_heard_until_its_first_entry_and_then_heard(
    supervisor: httpx.Client, device: Any
) -> None:
    def told() -> dict[str, Any]:
        said = supervisor.get("/api/v1/devices").json()["devices"]
        return next(one for one in said if one["station"] == device.code)

    assert (told()["state"], told()["last_seen"]) == ("never_heard", None)
    assert device.send(device.entry("Received", LABEL)).status_code == 200
    after = told()
    assert (after["state"], after["seq"], after["uncounted"]) == ("heard", 1, 0)
    assert after["silent_minutes"] == 0
    page = supervisor.get("/devices").text
    assert device.code in page
    assert "Đang hoạt động" in page


def test_a_gap_in_its_journal_shows_beside_a_station_and_among_the_ages(
    supervisor: httpx.Client, device: Any
) -> None:
    device.seq += 2
    assert device.send(device.entry("Received", LABEL)).status_code == 200
    said = supervisor.get("/api/v1/devices").json()["devices"]
    [flags] = [one["discrepancies"] for one in said if one["station"] == device.code]
    assert flags["SEQUENCE_GAP"] == 1
    told = supervisor.get("/api/v1/discrepancy-ages").json()
    [gaps] = [one for one in told["codes"] if one["code"] == "SEQUENCE_GAP"]
    listed = supervisor.get(
        "/api/v1/discrepancies", params={"code": "SEQUENCE_GAP", "limit": 500}
    ).json()["discrepancies"]
    assert sum(gaps["ages"]) == len(listed)
    assert gaps["oldest"] == listed[0]["opened"]
    assert sum(map(sum, (one["ages"] for one in told["codes"]))) == sum(
        map(sum, (one["ages"] for one in told["owners"]))
    )
    assert "Cũ nhất" in supervisor.get("/discrepancies").text


def test_devices_are_for_supervisors(counter: httpx.Client, visitor: httpx.Client) -> None:
    for path in ("/devices", "/api/v1/devices"):
        assert counter.get(path).status_code == 403
        assert visitor.get(path).status_code == 401


def test_the_commands_tell_a_new_house(tmp_path: Path) -> None:
    data = tmp_path / "centre"
    create_house(data, with_sample=True)
    here = ["--data", str(data)]
    assert "Chưa mời trạm nào" in CliRunner().invoke(devices_app, here).output
    assert "Không có sai lệch nào" in CliRunner().invoke(discrepancies_app, here).output
    assert json.loads(CliRunner().invoke(devices_app, [*here, "--json"]).stdout)["devices"] == []
    told = json.loads(CliRunner().invoke(discrepancies_app, [*here, "--json"]).stdout)
    assert told["codes"] == []
