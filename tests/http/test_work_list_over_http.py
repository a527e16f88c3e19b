"""The work list by risk over the wire, as a page, and on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from api.cli.work import app
from api.founding import create_house
from domain.model.labels import Kind

JSON = "/api/v1/work"


def test_what_was_taken_in_stands_in_the_list_with_its_class(
    supervisor: httpx.Client, taken: str, office: str
) -> None:
    said = supervisor.get(JSON, params={"limit": 500, "office": office}).json()
    row = next(row for row in said["rows"] if row["label"] == taken)
    assert (row["leg"], row["office"], row["home"]) == ("centre", office, office)
    assert row["risk"] in said["risks"]
    assert sum(said["risks"].values()) == said["total"] == said["offices"][office]
    [same] = [
        one
        for one in supervisor.get(JSON, params={"class": row["risk"], "limit": 500}).json()["rows"]
        if one["label"] == taken
    ]
    assert same == row
    assert supervisor.get(JSON, params={"class": "unknown"}).status_code == 400


def test_what_only_its_pouch_was_scanned_for_is_told_as_inferred(
    server: Any,
    supervisor: httpx.Client,
    visitor: httpx.Client,
    device: Any,
    taken: str,
    new_label: Callable[[Kind], str],
) -> None:
    pouch = new_label(Kind.POUCH)
    receiver = server.enrol(visitor, code=f"{device.code}-to", office=_other(server, device.office))
    packed = device.entry("Packed", taken, pouch=pouch)
    sealed = device.entry("Sealed", pouch, seal="S1", to=receiver.office)
    assert device.send(packed, sealed).status_code == 200

    def rows(client: httpx.Client) -> dict[str, Any]:
        said = client.get(JSON, params={"limit": 500}).json()
        return {row["label"]: row for row in said["rows"]}

    assert rows(supervisor)[taken]["basis"] == "verified"
    assert receiver.send(receiver.entry("Accepted", pouch, seal="S1")).status_code == 200
    row = rows(supervisor)[taken]
    assert (row["holder"], row["basis"]) == (receiver.office, "inferred")
    page = supervisor.get("/work", params={"lang": "vi", "procedure": row["procedure"]}).text
    [told] = [part for part in page.split("<tr>") if f"/dossiers/{taken}" in part]
    assert '<span class="tag inferred">suy ra</span>' in told
    words = ["--data", str(server.house.data_dir), "--limit", "500"]
    assert "(suy ra)" in CliRunner().invoke(app, words).output


def test_a_dossier_that_is_missing_is_marked_wherever_the_list_is_told(
    server: Any, supervisor: httpx.Client, device: Any, taken: str
) -> None:
    assert device.send(device.entry("DeclaredLost", taken)).status_code == 200
    rows = supervisor.get(JSON, params={"limit": 500}).json()["rows"]
    assert [row["codes"] for row in rows if row["label"] == taken] == [["LOST"]]
    page = supervisor.get("/work", params={"lang": "vi", "procedure": "VD-CT"}).text
    [told] = [part for part in page.split("<tr>") if f"/dossiers/{taken}" in part]
    assert "Khai mất" in told
    words = ["--data", str(server.house.data_dir), "--limit", "500"]
    assert "! Khai mất" in CliRunner().invoke(app, words, env={"COLUMNS": "200"}).output


def _other(server: Any, office: str) -> str:
    offices: list[str] = sorted(server.house.reference.offices())
    return next(code for code in offices if code != office)


def test_couriers_and_visitors_have_no_work_list(
    courier: httpx.Client, visitor: httpx.Client
) -> None:
    for path in (JSON, "/work"):
        assert courier.get(path).status_code == 403
        assert visitor.get(path).status_code == 401


def test_the_page_names_the_classes_in_both_languages(supervisor: httpx.Client, taken: str) -> None:
    page = supervisor.get("/work", params={"office": "", "class": "", "procedure": "VD-CT"}).text
    assert "Không còn kịp hạn" in page
    assert f"/dossiers/{taken}" in page
    assert "Cannot make it any more" in supervisor.get("/work", params={"lang": "en"}).text
    nothing = supervisor.get("/work", params={"lang": "vi", "office": "NOBODY"}).text
    assert "Không có hồ sơ nào khớp" in nothing


def test_the_command_tells_an_empty_house_and_prints_json(tmp_path: Path) -> None:
    data = tmp_path / "centre"
    create_house(data, with_sample=True)
    told: Any = CliRunner().invoke(app, ["--data", str(data)])
    assert "Không có hồ sơ nào đang xử lý" in told.output
    told = CliRunner().invoke(app, ["--data", str(data), "--json", "--class", "tight"])
    assert json.loads(told.stdout)["total"] == 0
    assert CliRunner().invoke(app, ["--data", str(data), "--class", "late-ish"]).exit_code == 2
