"""The pages of appointments to confirm: listed with their cause, decided by a form, counted."""

import re
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli.appointments import app as command
from api.composition import CONSOLE
from domain.use_cases.maintain_calendars import DayException

WORDS = {"cause": "overload", "apology": "Trung tâm xin lỗi ông Phạm Văn Tám vì trả muộn."}


@pytest.fixture
def head(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("lanhdao")) as client:
        yield client


@pytest.fixture
def clerk(server: Any) -> Iterator[httpx.Client]:
    with closing(server.sign_in("cb01")) as client:
        yield client


@pytest.fixture
def moved(server: Any, clerk: httpx.Client) -> Iterator[str]:
    """A dossier whose office is closed on the day it is due."""
    given = {"procedure": "VD-HKD", "office": "TTHC", "applicant": {"name": "Phạm Văn Tám"}}
    told = clerk.post("/api/v1/dossiers", json=given).json()
    house, date = server.house, told["due"][:10]
    closed = DayException(date=date, kind="off", reason="bao-so-9")
    acts = house.maintain_calendars
    house.write(lambda: acts.except_day("TTHC", closed, actor=CONSOLE)).result(60)
    settle(house)
    yield str(told["label"])
    lift = partial(acts.restore_day, "TTHC", date=date, reason="x", actor=CONSOLE)
    house.write(lift).result(60)
    settle(house)


def settle(house: Any) -> None:
    while house.views.appointments_to_confirm().redating:
        house.write(lambda: None).result(60)


def form(client: httpx.Client, label: str, act: str, **given: str) -> httpx.Response:
    shown = client.get(f"/appointments/{label}").text
    version = re.search(r'name="version" value="(\d+)"', shown)
    assert version
    return client.post(f"/appointments/{label}/{act}", data={"version": version[1], **given})


def test_the_list_names_the_dates_that_moved_and_leads_to_the_decision(
    head: httpx.Client, clerk: httpx.Client, moved: str
) -> None:
    listed = head.get("/appointments").text
    assert "(bao-so-9)" in listed
    assert f"/appointments/{moved}" in listed
    assert f"/appointments/{moved}" not in clerk.get("/appointments").text
    assert moved not in head.get("/appointments?office=STC").text
    english = head.get("/appointments?office=TTHC&page=9&lang=en").text
    assert "Appointments to confirm" in english
    assert clerk.get(f"/appointments/{moved}").status_code == 403


def test_a_new_appointment_takes_the_task_away_and_is_counted(
    head: httpx.Client, moved: str
) -> None:
    empty = form(head, moved, "reappoint", to="due", cause="overload", apology=" ")
    assert empty.status_code == 400
    assert "phải kèm lời xin lỗi" in empty.text
    answer = form(head, moved, "reappoint", to="due", **WORDS)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/dossiers/{moved}#appointment",
    )
    assert f"/appointments/{moved}" not in head.get("/appointments").text
    assert 'action="/appointments/' + moved + '/reappoint"' not in (
        head.get(f"/appointments/{moved}").text
    )


def test_the_date_is_kept_or_put_off_by_working_days(head: httpx.Client, moved: str) -> None:
    slip = form(head, moved, "reappoint", to="days", days="năm", **WORDS)
    assert slip.status_code == 400
    assert "Phạm Văn Tám" in slip.text  # what was typed stays
    assert form(head, moved, "confirm", cause="calendar").status_code == 303
    assert f"/appointments/{moved}" not in head.get("/appointments").text
    later = form(head, moved, "reappoint", to="days", days="20", **WORDS)
    assert later.status_code == 303
    assert f"/appointments/{moved}" not in head.get("/appointments").text


def test_an_apology_sent_twice_is_one(head: httpx.Client, server: Any, moved: str) -> None:
    path = f"/appointments/{moved}"
    version = re.search(r'name="version" value="(\d+)"', head.get(path).text)
    assert version
    given = {"version": version[1], **WORDS}
    answers = [head.post(f"{path}/apologise", data=given).status_code for _ in range(2)]
    assert answers == [303, 409]
    trace = server.house.trace(moved, as_of_us=None)
    assert [one.fact.fact for one in trace.facts].count("Apologised") == 1


def test_the_letter_is_printed_once_somebody_has_apologised(
    head: httpx.Client, clerk: httpx.Client, moved: str
) -> None:
    letter = f"/appointments/{moved}/apology.pdf"
    assert head.get(letter).status_code == 404
    assert letter not in head.get(f"/appointments/{moved}").text
    assert form(head, moved, "reappoint", to="due", **WORDS).is_redirect
    for path in (f"/appointments/{moved}", f"/dossiers/{moved}"):
        assert letter in head.get(path).text
    printed = head.get(letter)
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF")
    assert printed.headers["cache-control"] == "no-store"
    assert clerk.get(letter).status_code == 403


def test_the_command_lists_them_for_people_and_programs(server: Any, moved: str) -> None:
    data = str(Path(server.house.data_dir))
    shown = CliRunner().invoke(command, ["--data", data, "--office", "TTHC", "--rows", "500"])
    assert shown.exit_code == 0, shown.output
    assert "bao-so-9" in shown.output
    told = CliRunner().invoke(command, ["--data", data, "--json", "--rows", "500"]).output
    assert f'"label": "{moved}"' in told
    refused = CliRunner().invoke(command, ["--data", data, "--office", "KHONG"])
    assert refused.exit_code == 2
