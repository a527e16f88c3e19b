import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import segno
from typer.testing import CliRunner

from domain.model.labels import Kind, Label, grouped
from scanner_station.__main__ import app
from scanner_station.settings import read_settings, sole_use

Dossier = Callable[[int], str]
LAN = str(Label(Kind.BADGE, 27001, 26, 1))
LIMIT_S = 60
ROUND = 20


def station(*words: object, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "station", *map(str, words)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.fixture
def enrolled(server: Any, tmp_path: Path) -> Path:
    server.now_us = time.time_ns() // 1_000
    server.directory = {
        "offices": [],
        "people": [{"badge": LAN, "operator": "lan", "party": "TTHC", "roles": []}],
    }
    where = tmp_path / "T1"
    done = station("enrol", "--server", server.url, "--code", "ABCD-1234", "--dir", where)
    assert done.returncode == 0, done.stderr
    assert "T1 (TTHC, counter)" in done.stdout
    assert f"station run --dir {where} --desk\n" in done.stdout
    return where


def test_scans_made_offline_are_sent_later_by_one_command(
    enrolled: Path, server: Any, dossier: Dossier
) -> None:
    typed = "\n".join([LAN, dossier(1), dossier(2)])
    done = station("run", "--dir", enrolled, "--wedge", "--json", "--no-uplink", typed=typed)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0]["prompt"] == "SIGNED_ON"
    assert [line.pop("verdict")["reason"] for line in told[1:]] == ["unheard"] * 2
    assert [line.pop("tone") for line in told[1:]] == ["ask"] * 2
    assert told[1:] == [
        {"seq": seq, "fact": "Digitised", "subject": dossier(seq), "state": "stored"}
        for seq in (1, 2)
    ]
    before = json.loads(station("status", "--dir", enrolled, "--json").stdout)
    assert (before["pending"], before["checkpoint"]) == (2, None)
    sent = station("send", "--dir", enrolled)
    assert sent.returncode == 0
    after = json.loads(station("status", "--dir", enrolled, "--json").stdout)
    assert (after["pending"], after["checkpoint"]["seq"], len(server.stored)) == (0, 2, 2)
    assert server.unsigned_requests == 0


def test_send_without_a_server_says_so_and_exits_1(
    enrolled: Path, server: Any, dossier: Dossier
) -> None:
    station("run", "--dir", enrolled, "--wedge", "--no-uplink", typed=f"{LAN}\n{dossier(1)}\n")
    server.close()
    done = station("send", "--dir", enrolled)
    assert done.returncode == 1
    assert done.stderr.startswith("OFFLINE: ")


def test_people_read_vietnamese_first(enrolled: Path, dossier: Dossier) -> None:
    typed = f"{dossier(1)}\n{LAN}\n{dossier(1)}\n"
    done = station("run", "--dir", enrolled, "--wedge", "--no-uplink", typed=typed)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("• Chưa ghi. Quét thẻ cán bộ trước.")
    assert lines[2].startswith("✓ 1  Đã số hóa / Digitised")


def test_a_directory_without_a_station_and_a_station_in_use_are_refused_in_words(
    enrolled: Path, tmp_path: Path
) -> None:
    nowhere = station("run", "--dir", tmp_path, "--wedge")
    assert (nowhere.returncode, nowhere.stderr.split(":")[0]) == (1, "NOT_ENROLLED")
    assert "không có tệp station.json" in nowhere.stderr
    assert "no station.json" in nowhere.stderr
    with sole_use(enrolled):
        twice = station("run", "--dir", enrolled, "--wedge")
    assert (twice.returncode, twice.stderr.split(":")[0]) == (1, "STATION_LOCKED")
    assert read_settings(enrolled).station == "T1"


def test_a_terminated_station_ends_well_while_its_scanner_is_silent(
    enrolled: Path, server: Any, dossier: Dossier
) -> None:
    with _running(enrolled) as child:
        try:
            told = _said(child, LAN), _said(child, dossier(1))
            child.send_signal(signal.SIGTERM)
            rest, complaints = child.communicate(timeout=LIMIT_S)
        finally:
            child.kill()
    assert (child.returncode, complaints) == (0, "")
    assert told[1]["state"] == "stored"
    assert json.loads(rest.splitlines()[0])["state"] == "recorded"
    assert len(server.stored) == 1


def test_from_the_wedge_to_the_answer_takes_less_than_a_hundred_milliseconds(
    enrolled: Path, dossier: Dossier
) -> None:
    """The best of a few rounds: another program's burst on this machine is not the station's.

    A scan is synced three times, twice before the tone; where the disk alone needs more than that
    for ten of them, it is the disk that is measured.
    """
    took_ms: list[float] = []
    sync_ms: list[float] = []

    def is_quick() -> bool:
        allowed_ms = max(100.0, 10 * median(sync_ms[-ROUND:]))
        return median(took_ms[-ROUND:]) <= allowed_ms

    with _running(enrolled) as child, (enrolled / "raw").open("wb", buffering=0) as raw:
        try:
            _said(child, LAN)
            while len(took_ms) < 5 * ROUND and not (took_ms and is_quick()):
                for serial in range(len(took_ms), len(took_ms) + ROUND):
                    began = time.perf_counter()
                    assert _said(child, dossier(serial))["state"] == "stored"
                    assert child.stdout is not None
                    assert json.loads(child.stdout.readline())["state"] == "recorded"
                    took_ms.append(1_000 * (time.perf_counter() - began))
                    began = time.perf_counter()
                    raw.write(bytes(1_000))
                    os.fsync(raw.fileno())
                    sync_ms.append(1_000 * (time.perf_counter() - began))
        finally:
            child.kill()
            child.communicate()
    assert is_quick(), (took_ms, sync_ms)


def invoked(*words: object) -> Any:
    """The same commands inside this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def here(place: Any, server: Any) -> Any:
    place.pin(server)
    server.directory = {
        "offices": [],
        "people": [{"badge": LAN, "operator": "lan", "party": "TTHC", "roles": []}],
    }
    place.settings.directory_file.write_text(json.dumps(server.directory))
    return place


def test_pictures_of_a_desk_are_read_journaled_and_sent(
    here: Any, server: Any, dossier: Dossier, tmp_path: Path
) -> None:
    server.discrepancies = {1: ["UNKNOWN_CODE"]}
    for serial, text in enumerate([LAN, dossier(1)]):
        segno.make(text, error="h").save(str(tmp_path / f"{serial}.png"), scale=10, border=4)
    (tmp_path / "2.jpg").write_bytes(b"torn")
    done = invoked("run", "--dir", here.directory, "--images", tmp_path)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "• Người quét: lan / Operator: lan" in lines
    assert "✓ 1  Đã số hóa / Digitised  " + grouped(dossier(1)) in lines
    assert "! 1  UNKNOWN_CODE" in lines
    assert any(line.startswith("• Không phải ảnh") for line in lines)
    shown = invoked("status", "--dir", here.directory).stdout
    assert "Chờ gửi / to be sent" in shown
    assert "{" not in shown, "a table for people, not a program's values"
    assert invoked("send", "--dir", here.directory).exit_code == 0
    again = invoked("run", "--dir", here.directory, "--image", tmp_path / "0.png", "--json")
    assert {"image": "0.png", "labels": [LAN]} in map(json.loads, again.stdout.splitlines())


def test_exactly_one_source_and_a_real_address_are_demanded(here: Any, tmp_path: Path) -> None:
    for wrong in (
        ("run", "--dir", here.directory),
        ("run", "--dir", here.directory, "--wedge", "--camera", 0),
        ("run", "--dir", here.directory, "--images", tmp_path / "nowhere"),
        ("enrol", "--dir", tmp_path, "--server", "centre.example", "--code", "X"),
    ):
        assert invoked(*wrong).exit_code == 2, wrong


def test_a_directory_that_cannot_be_made_is_refused_in_words(server: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    inside = tmp_path / "file" / "T1"
    done = invoked("enrol", "--dir", inside, "--server", server.url, "--code", "ABCD-1234")
    assert (done.exit_code, done.stderr.split(":")[0]) == (1, "DIRECTORY_UNUSABLE")


def test_enrolling_twice_is_refused_in_words(here: Any, server: Any) -> None:
    done = invoked("enrol", "--dir", here.directory, "--server", server.url, "--code", "ABCD-1234")
    assert (done.exit_code, done.stderr.split(":")[0]) == (1, "ALREADY_ENROLLED")


def _running(enrolled: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "scanner_station", "run", "--dir", enrolled, "--wedge", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _said(child: "subprocess.Popen[str]", typed: str) -> Any:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(typed + "\n")
    child.stdin.flush()
    return json.loads(child.stdout.readline())
