"""A station's journal comes as a file while the server runs: through it, part by part."""

import base64
from contextlib import closing
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api.cli.import_ import app
from domain.model.journal_lines import journal_lines
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role

ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
ENTRIES = 230  # three parts


@pytest.fixture
def link(server: Any) -> Any:
    def give(person: str) -> str:
        issue = server.house.sign_in.issue_code
        code = server.house.write(lambda: issue(person=person, actor=ADMIN)).result(60)
        return f"{server.url}/sign-in/{code}"

    return give


@pytest.fixture
def journal(device: Any) -> list[bytes]:
    """The lines of a file with their ends."""
    entries = [
        device.entry("Digitised", str(Label(Kind.DOSSIER, 97_001, 26, serial)))
        for serial in range(ENTRIES)
    ]
    raws = [base64.b64decode(entry["entry"]) for entry in entries]
    return list(journal_lines(device.code, [], raws))


def imported(file: Any, link: str) -> Result:
    return CliRunner().invoke(app, [str(file), "--sign-in", link])


def test_a_journal_is_taken_in_by_the_running_server_and_twice_is_once(
    server: Any, device: Any, journal: list[bytes], link: Any, tmp_path: Any
) -> None:
    file = tmp_path / "journal.txt"
    file.write_bytes(b"".join(journal[:120]))
    first = imported(file, link("quantri"))
    complaints = [line for line in first.stderr.splitlines() if not line.startswith("{")]  # no log
    assert (first.exit_code, complaints) == (0, []), first.output
    assert f"Station {device.code}: 119 recorded, 0 known" in first.stdout
    whole = b"".join([*journal[:150], b"garbled\xff\n", *journal[150:]])
    file.write_bytes(whole[:-9])
    again = imported(file, link("quantri"))
    assert again.exit_code == 1
    assert f"{ENTRIES - 120} recorded, 119 known, 0 quarantined, 0 rejected" in again.stdout
    assert f"complete up to {ENTRIES - 1}" in again.stdout
    assert f"unreadable lines: 151, {ENTRIES + 2}" in again.stderr
    with server.client() as nobody:
        assert nobody.get("/api/v1/devices").status_code == 401


def test_only_an_administrator_brings_a_journal(
    visitor: httpx.Client, journal: list[bytes], link: Any, tmp_path: Any
) -> None:
    file = tmp_path / "journal.txt"
    file.write_bytes(b"".join(journal))
    refused = imported(file, link("T-BOSS"))
    assert refused.exit_code == 2
    assert "NOT_ALLOWED" in refused.stderr
    assert "SIGN_IN_REFUSED" in imported(file, link("quantri") + "x").stderr
    assert imported(file, "http://127.0.0.1:1/sign-in/x").exit_code == 2
    part = {"part": base64.b64encode(journal[0]).decode()}
    assert visitor.post("/api/v1/stations/journals", json=part).status_code == 401


def test_a_part_that_is_no_journal_or_too_long_is_refused(server: Any) -> None:
    with closing(server.sign_in("quantri")) as client:
        for part, status in ((b"scan me", 400), (b"x" * 800_000, 413)):
            body = {"part": base64.b64encode(part).decode()}
            assert client.post("/api/v1/stations/journals", json=body).status_code == status
