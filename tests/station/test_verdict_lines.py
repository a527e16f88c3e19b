"""The server's verdict at the station: on its lines, with the tone that fits; never without it."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.model.labels import Kind, Label
from domain.model.verdict import Verdict
from domain.model.verdict_words import Severity
from scanner_station.prompts import Tone, tone_of
from scanner_station.running import run_station
from scanner_station.sources import View
from scanner_station.telling import json_lines, plain_lines

Dossier = Callable[[int], str]
DEADLINE_S = 60.0
LAN = str(Label(Kind.BADGE, 27001, 26, 1))
DIRECTORY = {
    "offices": [],
    "people": [{"badge": LAN, "operator": "lan", "party": "TTHC", "roles": ["counter"]}],
}
SURPLUS = Verdict(
    "SURPLUS",
    Severity.BAD,
    "Thừa: không có trong bảng kê.",
    "Surplus: not on the manifest.",
    "Để riêng.",
    "Put it aside.",
    57,
    60,
)


def played(place: Any, server: Any, dossier: Dossier, extra: dict[str, Any]) -> list[Any]:
    """One scan, sent to a server that adds `extra` to its answer; what was told of it."""
    take = server.take

    def answering(body: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = take(body)
        for one in told["answers"]:
            one.update(extra)
        return told

    server.take = answering
    server.directory = DIRECTORY
    place.pin(server).settings.directory_file.write_text(json.dumps(DIRECTORY))
    told: list[dict[str, Any]] = []
    answered = threading.Event()

    def hear(line: Any) -> None:
        told.append(dict(line))
        if line.get("state") == "recorded":
            answered.set()

    def scanning() -> Iterator[View]:
        yield View((LAN,))
        yield View((dossier(1),))
        assert answered.wait(DEADLINE_S)

    run_station(
        place.settings, clock=place.clock, source=lambda _journal, _stop: scanning(), out=hear
    )
    return [line for line in told if line.get("state") == "recorded"]


def test_the_verdict_stands_on_the_line_of_the_recorded_scan(
    place: Any, server: Any, dossier: Dossier
) -> None:
    [line] = played(
        place, server, dossier, {"verdict": SURPLUS.to_json(), "discrepancies": ["SURPLUS"]}
    )
    assert line == {
        "seq": 1,
        "state": "recorded",
        "discrepancies": ["SURPLUS"],
        "verdict": SURPLUS.to_json(),
        "tone": "bad",
    }


def test_a_server_that_sends_no_verdict_or_nonsense_is_understood_as_before(
    place: Any, server: Any, dossier: Dossier
) -> None:
    """A server one version older, or newer, works with this station."""
    [line] = played(place, server, dossier, {"verdict": {"verdict": 7}})
    assert line == {"seq": 1, "state": "recorded", "discrepancies": []}


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_has_its_own_tone_and_its_own_sign(
    severity: Severity, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"seq": 7, "state": "recorded", "discrepancies": [], "verdict": SURPLUS.to_json()}
    plain_lines(told | {"tone": tone_of(severity)})
    signs = {Severity.GOOD: "✓", Severity.ASK: "?", Severity.BAD: "✗"}
    assert capsys.readouterr().out.startswith(f"{signs[severity]} 7  Thừa")
    assert {tone_of(each) for each in Severity} == set(Tone)


def test_a_plain_line_says_what_it_is_and_what_to_do_vietnamese_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = {"seq": 7, "state": "recorded", "verdict": SURPLUS.to_json(), "tone": Tone.BAD}
    plain_lines(told | {"discrepancies": ["NOT_RELEASED"]})
    assert capsys.readouterr().out == (
        "✗ 7  Thừa: không có trong bảng kê. Để riêng. / Surplus: not on the manifest."
        " Put it aside.  [NOT_RELEASED]\n"
    )


def test_a_json_line_carries_the_whole_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"seq": 7, "state": "recorded", "discrepancies": [], "verdict": SURPLUS.to_json()}
    json_lines(told | {"tone": tone_of(SURPLUS.severity)})
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == SURPLUS.to_json()
    assert (said["verdict"]["severity"], said["tone"]) == ("bad", "bad")
