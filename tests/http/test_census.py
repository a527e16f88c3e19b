"""A shelf census: what the page, the JSON and the command say of one place."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.census import app
from domain.model.instants import iso
from domain.model.labels import Kind, grouped
from domain.use_cases import take_census

NewLabel = Callable[[Kind], str]


@pytest.fixture
def shelf(device: Any, new_label: NewLabel) -> dict[str, Any]:
    """Four dossiers had places; a census of the first shelf sees one of its two and a stray one."""
    first, second = new_label(Kind.PLACE), new_label(Kind.PLACE)
    here, absent, stray, fresh, gone = (new_label(Kind.DOSSIER) for _ in range(5))
    told = [device.entry("Registered", each) for each in (here, absent, stray, fresh, gone)]
    told += [device.entry("Moved", each, place=first) for each in (here, absent, gone)]
    told += [device.entry("Moved", stray, place=second)]
    assert device.send(*told).status_code == 200
    since_us = device_now(device)
    census = [device.entry("Moved", each, place=first) for each in (here, stray, fresh, here)]
    assert device.send(*census, device.entry("Moved", gone, place=second)).status_code == 200
    return {
        "place": first,
        "since": iso(since_us),
        "until": iso(device_now(device)),
        "absent": [absent],
        "misplaced": [stray],
        "taken": [gone],
        "placed": [fresh],
        "present": [here],
        "second": second,
    }


def device_now(device: Any) -> int:
    """An instant after all that this station has said and before what it says next."""
    time.sleep(0.002)
    now_us = time.time_ns() // 1000
    time.sleep(0.002)
    assert device.seq
    return now_us


FINDINGS = ("absent", "misplaced", "taken", "placed", "present")


def asked(client: httpx.Client, shelf: dict[str, Any], **more: str) -> httpx.Response:
    wanted = {name: shelf[name] for name in ("place", "since", "until")}
    return client.get("/api/v1/census", params=wanted | more)


def test_a_census_tells_what_is_absent_misplaced_taken_new_and_in_its_place(
    supervisor: httpx.Client, device: Any, shelf: dict[str, Any]
) -> None:
    answer = asked(supervisor, shelf, office=device.office)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    found = {name: [row["label"] for row in told["found"][name]] for name in FINDINGS}
    assert found == {name: shelf[name] for name in FINDINGS}
    assert told["seen"] == 3
    [stray] = told["found"]["misplaced"]
    assert (stray["before_place"], stray["before_holder"]) == (shelf["second"], device.office)


def test_what_only_its_pouch_was_scanned_for_was_there_before_as_inferred(
    server: Any, supervisor: httpx.Client, visitor: httpx.Client, device: Any, new_label: NewLabel
) -> None:
    offices = server.house.reference.offices()
    other = next(code for code in sorted(offices) if code != device.office)
    sender = server.enrol(visitor, code=f"{device.code}-from", office=other)
    dossier, pouch, place = map(new_label, (Kind.DOSSIER, Kind.POUCH, Kind.PLACE))
    told = [sender.entry("Registered", dossier), sender.entry("Packed", dossier, pouch=pouch)]
    told += [sender.entry("Sealed", pouch, seal="S1", to=device.office)]
    assert sender.send(*told).status_code == 200
    device.send(device.entry("Accepted", pouch, seal="S1"))
    since_us = device_now(device)
    device.send(device.entry("Moved", dossier, place=place))
    wanted = {"place": place, "since": iso(since_us), "until": iso(device_now(device))}
    [row] = asked(supervisor, wanted, office=device.office).json()["found"]["placed"]
    assert (row["before_holder"], row["before_basis"]) == (device.office, "inferred")
    page = supervisor.get("/census", params={"place": place, "office": device.office}).text
    assert '<span class="tag inferred">suy ra</span>' in page
    words = [place, "--office", device.office, "--since", wanted["since"]]
    printed = CliRunner().invoke(app, [*words, "--data", str(server.house.data_dir)])
    assert "(suy ra)" in printed.output


def test_a_census_that_tells_not_all_counts_all_and_says_so(
    server: Any,
    supervisor: httpx.Client,
    device: Any,
    shelf: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = asked(supervisor, shelf, office=device.office).json()
    assert (whole["truncated"], set(whole["counts"].values())) == (False, {1})
    monkeypatch.setattr(take_census, "MOST_LINES", 2)
    told = asked(supervisor, shelf, office=device.office).json()
    assert (told["truncated"], told["seen"]) == (True, whole["seen"])
    assert told["counts"] == whole["counts"]
    found = {name: [row["label"] for row in rows] for name, rows in told["found"].items() if rows}
    assert found == {name: shelf[name] for name in ("absent", "misplaced")}
    page = supervisor.get("/census", params={"place": shelf["place"], "office": device.office})
    assert "Còn nhiều hơn số được liệt kê" in page.text
    words = [shelf["place"], "--office", device.office, "--since", shelf["since"]]
    printed = CliRunner().invoke(app, [*words, "--data", str(server.house.data_dir)])
    assert "There are more than are listed here" in printed.output


def test_a_clerk_sees_the_shelves_of_the_own_office_only(
    server: Any, counter: httpx.Client, shelf: dict[str, Any]
) -> None:
    assert asked(counter, shelf).status_code == 200
    offices = sorted(server.house.reference.offices())
    own = server.house.reference.people()["T-COUNTER"].party
    other = next(code for code in offices if code != own)
    assert asked(counter, shelf, office=other).status_code == 403


def test_a_census_that_ends_before_it_begins_or_lasts_a_month_is_refused(
    supervisor: httpx.Client, shelf: dict[str, Any]
) -> None:
    for until in (shelf["since"], "2099-01-01T00:00:00+07:00"):
        answer = asked(supervisor, shelf | {"until": until})
        assert answer.status_code == 400, answer.text


def test_a_place_or_office_that_nobody_knows_is_refused_and_an_empty_one_is_told(
    server: Any, supervisor: httpx.Client, device: Any, shelf: dict[str, Any]
) -> None:
    nobodys = asked(supervisor, shelf, office="NOBODY")
    assert (nobodys.status_code, nobodys.json()["error"]["values"]["what"]) == (404, "office")
    nowhere = asked(supervisor, shelf | {"place": "K.MAT"}, office=device.office)
    assert (nowhere.status_code, nowhere.json()["error"]["values"]["what"]) == (404, "place")
    assert "nơi để" in supervisor.get("/census", params={"place": "K.MAT"}).text
    before = [shelf["place"], "--since", "2026-01-05T08:00:00+07:00"]
    before += ["--until", "2026-01-05T09:00:00+07:00", "--data", str(server.house.data_dir)]
    empty = CliRunner().invoke(app, [*before, "--office", device.office])
    assert (empty.exit_code, "chưa quét thấy gì" in empty.output) == (0, True)
    assert CliRunner().invoke(app, ["K.MAT", *before[1:], "--office", device.office]).exit_code == 2


def test_the_page_shows_the_labels_by_finding_in_vietnamese(
    supervisor: httpx.Client, device: Any, shelf: dict[str, Any]
) -> None:
    empty = supervisor.get("/census")
    assert "Kiểm kê kệ" in empty.text
    wanted = {"place": grouped(shelf["place"]), "office": device.office}
    shown = supervisor.get("/census", params=wanted)
    assert shown.status_code == 200
    assert "Vắng" not in empty.text
    assert grouped(shelf["misplaced"][0]) in shown.text
    assert "Lần đầu để ở đây" in shown.text


def test_the_command_prints_the_same_and_fails_when_something_is_absent(
    server: Any, device: Any, shelf: dict[str, Any]
) -> None:
    words = [shelf["place"], "--office", device.office, "--since", shelf["since"]]
    words += ["--until", shelf["until"], "--data", str(server.house.data_dir)]
    printed = CliRunner().invoke(app, [*words, "--json"])
    told = json.loads(printed.output)
    assert [row["label"] for row in told["found"]["absent"]] == shelf["absent"]
    assert printed.exit_code == 1
    assert "Vắng / Absent: 1" in CliRunner().invoke(app, words).output
