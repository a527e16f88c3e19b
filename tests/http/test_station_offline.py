"""A real station against the real server: told ahead, cut off, and back again."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.model.dossier import Dossier, dossier_id
from domain.model.labels import Kind
from domain.model.policy import Actor, Role
from domain.ports.stores import first
from scanner_station.__main__ import app
from scanner_station.clock import SystemClock
from scanner_station.enrolment import enrol_station
from scanner_station.running import run_station
from scanner_station.settings import Settings
from scanner_station.sources import View
from scanner_station.status import look_at

NewLabel = Callable[[Kind], str]
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
LIMIT_S = 60.0


@pytest.fixture
def enrolled(server: Any, tmp_path: Path, device: Any) -> Settings:
    """A counter's station at the office where T-COUNTER works."""
    invitation = server.house.write(
        lambda: server.house.enrol_station.invite(
            station=f"{device.code}-s", office=device.office, purpose="counter", actor=ADMIN
        )
    ).result(60)
    return enrol_station(
        tmp_path / "station", server_url=server.url, code=invitation, clock=SystemClock()
    )


def online(settings: Settings, done: Callable[[dict[str, Any]], bool]) -> None:
    """Run until what `station status` tells is as wanted."""
    stop = threading.Event()

    def nothing(*_: Any) -> Iterator[View]:
        deadline = time.monotonic() + LIMIT_S
        while not done(look_at(settings)):
            assert time.monotonic() < deadline, look_at(settings)
            stop.wait(0.1)
        yield View(())

    run_station(settings, clock=SystemClock(), source=nothing, out=lambda _told: None, stop=stop)


def offline(settings: Settings, *codes: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    views = [View((code,)) for code in codes]
    run_station(
        settings,
        clock=SystemClock(),
        source=lambda *_: views,
        out=lambda line: told.append(dict(line)),
        uplink=False,
    )
    return told


def test_a_station_that_was_told_ahead_judges_alone_and_takes_in_alone(
    server: Any, device: Any, enrolled: Settings, new_label: NewLabel, tmp_path: Path
) -> None:
    known, unheard = new_label(Kind.DOSSIER), new_label(Kind.DOSSIER)
    assert device.send(device.entry("Registered", known)).status_code == 200
    online(
        enrolled,
        lambda told: (
            bool(told["manifests"])
            and told["manifests"]["things"] == told["manifests"]["with_facts"] > 0
            and told["intake"]["numbers"] >= 100
        ),
    )
    badge = server.house.reference.people()["T-COUNTER"].badge
    told = offline(enrolled, badge, known, unheard, known)
    said = [line["verdict"] for line in told if "verdict" in line]
    assert [(one["code"], one["reason"]) for one in said] == [("OK", None), ("UNKNOWN", "unheard")]

    procedure = min(server.house.intake.procedures())
    typed = {"procedure": procedure, "applicant": {"name": "Lê Văn Tám"}}
    words = ["take-in", "--dir", str(enrolled.directory), "--badge", badge]
    words += ["-o", str(tmp_path / "label.pdf")]
    taken = CliRunner().invoke(app, words, input=json.dumps(typed))
    assert taken.exit_code == 0, taken.output
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")
    assert look_at(enrolled)["intake"]["waiting"] == 1

    online(enrolled, lambda told: told["intake"]["waiting"] == 0)
    label = "".join(filter(str.isdigit, taken.output.split(":")[0]))
    case = first(server.house.log.load(Dossier, [dossier_id(label)]))
    assert case is not None
    assert server.house.vault.applicant(case.applicant).name == "Lê Văn Tám"
    assert [one.fact.fact for one in server.house.trace(label).facts] == ["Registered"]
    assert not look_at(enrolled)["intake"]["refused"]


def test_taking_in_says_in_words_what_it_lacks(
    server: Any, enrolled: Settings, tmp_path: Path
) -> None:
    words = ["take-in", "--dir", str(enrolled.directory), "-o", str(tmp_path / "label.pdf")]
    stranger = CliRunner().invoke(app, [*words, "--badge", "1"], input="{}")
    assert (stranger.exit_code, "NOT_AN_OPERATOR" in stranger.output) == (1, True)
    online(enrolled, lambda told: bool(told["intake"]["numbers"]))
    badge = server.house.reference.people()["T-COUNTER"].badge
    endless = json.dumps({"procedure": "?", "request_text": "x" * 64_000})
    for typed in ("not JSON", '{"procedure": "?"}', "[" * 60_000, b"\xff", endless):
        lacking = CliRunner().invoke(app, [*words, "--badge", badge], input=typed)
        assert (lacking.exit_code, "BAD_DRAFT" in lacking.output) == (1, True)
        assert ("JSON" in lacking.output) == (typed != '{"procedure": "?"}')
