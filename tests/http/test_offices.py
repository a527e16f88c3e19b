"""Offices over HTTP: who sees them, who merges them, and what the board says afterwards."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.cli.office import app
from api.composition import House
from api.founding import create_house
from domain.model.labels import Kind
from domain.model.policy import Actor, Role
from domain.use_cases.maintain_reference import PersonDefinition

OLD = {"code": "TV", "issuer": 84_000, "name_vi": "Trung tâm Trà Vinh"}
NEW = {"code": "VL", "issuer": 86_000, "name_vi": "Trung tâm Vĩnh Long", "name_en": "Vĩnh Long"}
CONSOLE = Actor("console", "console", frozenset({Role.ADMIN}))


@pytest.fixture(scope="module")
def admin(server: Any) -> Iterator[httpx.Client]:
    enlist(server.house, "T-ORG", "STC", Role.ADMIN)
    with closing(server.sign_in("T-ORG")) as client:
        yield client


@pytest.fixture(scope="module")
def old_station(server: Any, admin: httpx.Client) -> Any:
    """Of an office of its own, in which one clerk works; VL is there to carry on its work."""
    for given in (OLD, NEW):
        assert admin.post("/api/v1/offices", json=given).status_code == 201
    enlist(server.house, "T-OLD", "TV", Role.DEPARTMENT)
    return server.enrol(admin, code="tv-01", office="TV")


def enlist(house: House, code: str, party: str, role: Role) -> None:
    given = PersonDefinition(code=code, party=party, roles=frozenset({role}), issuer=99_001)
    house.write(lambda: house.reference.define_person(given, actor=CONSOLE)).result(60)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_merger_shows_open_work_under_the_successor(
    admin: httpx.Client,
    supervisor: httpx.Client,
    old_station: Any,
    new_label: Callable[[Kind], str],
) -> None:
    label, device = new_label(Kind.DOSSIER), old_station
    assert device.send(device.entry("Received", label)).status_code == 200
    answer = admin.post("/api/v1/offices/TV/successor", json={"successor": "VL"})
    assert (answer.status_code, answer.json()["carried_on_by"]) == (200, "VL")

    [row] = supervisor.get("/api/v1/board", params={"holder": "VL"}).json()["rows"]
    assert (row["label"], row["holder"], row["holder_now"]) == (label, "TV", "VL")
    flags = supervisor.get("/api/v1/discrepancies", params={"limit": 500}).json()["discrepancies"]
    mine = [flag for flag in flags if flag["subject"] == label]
    assert [(flag["code"], flag["holder_now"]) for flag in mine] == [("UNKNOWN_CODE", "VL")]
    page = supervisor.get("/board", params={"holder": "VL"}).text
    assert "Trung tâm Vĩnh Long" in page
    assert "Trung tâm Trà Vinh" in page  # what it was before, beside it

    offices = {one["code"]: one for one in supervisor.get("/api/v1/offices").json()["offices"]}
    assert offices["TV"]["successor"] == "VL"
    assert offices["TV"]["valid_until"] is not None
    assert offices["VL"]["valid_until"] is None


@pytest.mark.usefixtures("old_station")
def test_the_page_lists_who_is_left_and_moves_them(
    server: Any, admin: httpx.Client, supervisor: httpx.Client
) -> None:
    page = admin.get("/offices").text
    assert "Còn mang tên cũ" in page
    assert "T-OLD" in page
    assert "tv-01" in page
    assert "Sáp nhập đơn vị" in page
    seen = supervisor.get("/offices").text
    assert "Trung tâm Vĩnh Long" in seen
    assert "T-OLD" not in seen
    assert "<form" not in seen.partition("<main")[2]
    assert admin.post("/offices/TV/people").status_code == 303
    assert server.house.reference.people()["T-OLD"].party == "VL"
    [given] = admin.post("/api/v1/offices/TV/stations/move").json()
    assert (given["station"], given["office"]) == ("tv-01", "VL")
    assert "Còn mang tên cũ" not in admin.get("/offices").text


@pytest.mark.usefixtures("old_station")
def test_a_refused_merger_is_told_on_the_page_and_keeps_what_was_chosen(
    admin: httpx.Client,
) -> None:
    form = {"office": "SXD", "successor": "VL", "effective_from": "2020-01-01"}
    answer = admin.post("/offices/merge", data=form)
    assert answer.status_code == 409
    assert "trước khi đơn vị thành lập" in answer.text
    assert 'value="2020-01-01"' in answer.text
    for form, status, code in (
        ({"successor": "NOWHERE"}, 404, "NOT_FOUND"),
        ({"successor": "SXD"}, 409, "SUCCESSION_CYCLE"),
        ({"successor": "VL", "effective_from": "2099-01-01"}, 409, "SUCCESSION_DATE"),
        ({"successor": "VL", "effective_from": "soon"}, 400, "BAD_DATE"),
    ):
        assert told(admin.post("/api/v1/offices/SXD/successor", json=form)) == (status, code)
    assert told(admin.post("/api/v1/offices", json=NEW)) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize("path", ["/api/v1/offices", "/api/v1/offices/TV/successor"])
def test_only_an_administrator_changes_offices(
    supervisor: httpx.Client, counter: httpx.Client, courier: httpx.Client, path: str
) -> None:
    given = {**NEW, "successor": "VL"}
    for client in (supervisor, counter, courier):
        assert told(client.post(path, json=given)) == (403, "NOT_ALLOWED")
    assert told(courier.get("/api/v1/offices")) == (403, "NOT_ALLOWED")
    for path_of_page in ("/offices", "/offices/merge", "/offices/TV/people"):
        assert supervisor.post(path_of_page, data=given | {"office": "SXD"}).status_code == 403


def test_the_command_adds_lists_and_merges(tmp_path: Path) -> None:
    data = tmp_path / "data"
    create_house(data, with_sample=True)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--data", str(data)])

    added = run("add", "VL", "--issuer", "86000", "--name-vi", "Vĩnh Long")
    assert added.exit_code == 0
    merged = run("succeed", "TTHC", "VL", "--move-people", "--move-stations")
    assert merged.exit_code == 0
    assert "cb01" in merged.stdout
    assert "tiếp nhận / carried on by: VL" in merged.stdout
    assert "VL" in run("list").stdout
    again = run("succeed", "TTHC", "VL")
    assert again.exit_code == 2
    assert "OFFICE_SUCCEEDED" in again.stderr
