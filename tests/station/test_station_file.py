"""How a station runs when nobody types: its file, the environment, and what is typed after all."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from scanner_station.defaults import BadStationFile, read_defaults
from scanner_station.prompts import prompt_for

DEPLOY = Path(__file__).parents[2] / "deploy"
LIMIT_S = 60


def run(*words: str, typed: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "scanner_station", *words],
        input=typed,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env=os.environ | environment,
    )


def test_no_file_sets_nothing_and_a_file_its_options(tmp_path: Path) -> None:
    assert read_defaults(tmp_path) == {}
    (tmp_path / "station.toml").write_text('serial = "COM3"\ndesk = true\nlongest_wait = 5\n')
    assert read_defaults(tmp_path) == {"serial": "COM3", "desk": True, "longest_wait": 5}


@pytest.mark.parametrize(
    ("content", "place", "why"),
    [
        ("serial = 3", ": serial", "phải là chữ"),
        ("serial = true", ": serial", "phải là chữ"),
        ("desk = 1", ": desk", "phải là true hoặc false"),
        ("port = 'COM3'", ": port", "phải là số nguyên"),
        ("longest_wait = '1'", ": longest_wait", "phải là số"),
        ("colour = 'red'", ": colour", "không có mục này"),
        ("desk = true\nserial = ,", ":2", "sai cú pháp TOML"),
        ("\x00", ":1", "sai cú pháp TOML"),
    ],
)
def test_a_file_with_a_slip_is_refused_by_its_place_in_both_languages(
    tmp_path: Path, content: str, place: str, why: str
) -> None:
    (tmp_path / "station.toml").write_text(content)
    with pytest.raises(BadStationFile) as refused:
        read_defaults(tmp_path)
    said = prompt_for(refused.value)
    assert f"station.toml{place} ({why}" in said.vi
    assert f"station.toml{place} cannot be used (" in said.en
    assert why not in said.en


def test_a_file_that_is_too_long_is_refused_and_not_used_in_part(tmp_path: Path) -> None:
    padding = "#" * 9_984 + "\n"
    (tmp_path / "station.toml").write_text(padding + "desk = true\n")
    assert read_defaults(tmp_path) == {"desk": True}
    (tmp_path / "station.toml").write_text(padding + "desk = true\nserial = 'COM3'\n")
    with pytest.raises(BadStationFile, match="BAD_STATION_FILE") as refused:
        read_defaults(tmp_path)
    assert refused.value.values["why"] == "too long"


def test_what_is_typed_counts_before_the_file_and_the_environment(
    place: Any, dossier: Callable[[int], str]
) -> None:
    (place.directory / "station.toml").write_text('images = "/nowhere"\n')
    words = ("run", "--dir", str(place.directory), "--json", "--no-uplink")
    by_file = run(*words)
    assert by_file.returncode == 2
    assert "/nowhere" in by_file.stderr
    typed = run(*words, "--wedge", typed=dossier(1) + "\n")
    assert json.loads(typed.stdout)["prompt"] == "SCAN_BADGE_FIRST"
    (place.directory / "station.toml").unlink()
    by_environment = run(*words, typed=dossier(1) + "\n", GIAONHAN_STATION_WEDGE="1")
    assert json.loads(by_environment.stdout)["prompt"] == "SCAN_BADGE_FIRST"


def test_the_file_is_refused_in_words(place: Any) -> None:
    (place.directory / "station.toml").write_text("colour = 1")
    refused = run("run", "--dir", str(place.directory))
    assert refused.returncode == 1
    assert "BAD_STATION_FILE" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_status_tells_of_queue_clock_decoders_manifests_and_disk(
    place: Any, dossier: Callable[[int], str]
) -> None:
    words = ("--dir", str(place.directory))
    run("run", *words, "--wedge", "--no-uplink", typed=dossier(1) + "\n")
    told = json.loads(run("status", *words, "--json").stdout)
    assert (told["pending"], told["clock_offset_ms"], told["checkpoint"]) == (0, 0, None)
    assert told["decoders"]["zxing-cpp"]
    assert told["manifests"] == {"things": 0, "with_facts": 0, "truncated": False}
    assert told["disk_free_mb"] > 0


@pytest.mark.parametrize("unit", ["giaonhan-station.service", "giaonhan-server.service"])
def test_systemd_finds_nothing_wrong_with_the_units(unit: str, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("no systemd-analyze on this machine")
    # It demands that the program exists: one that does stands in for the installed one.
    text = (DEPLOY / unit).read_text()
    here = text.replace("/opt/giaonhan/.venv/bin/giaonhan", sys.executable)
    assert here != text
    (tmp_path / unit).write_text(here.replace("/opt/giaonhan", str(tmp_path)))
    found = subprocess.run(
        [verify, "verify", "--man=no", str(tmp_path / unit)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    mine = [line for line in (found.stdout + found.stderr).splitlines() if unit in line]
    assert (found.returncode, mine) == (0, [])


def test_the_scheduled_task_starts_the_station_at_sign_in_and_again_when_it_ends() -> None:
    namespace = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ET.fromstring((DEPLOY / "giaonhan-station.xml").read_bytes())  # noqa: S314 - our own
    assert task.find("t:Triggers/t:LogonTrigger", namespace) is not None
    limit = task.findtext("t:Settings/t:ExecutionTimeLimit", namespaces=namespace)
    assert limit == "PT0S", "a station runs all day"
    arguments = task.findtext("t:Actions/t:Exec/t:Arguments", namespaces=namespace)
    assert arguments == r"run.py station run --dir C:\giaonhan-station"


def test_the_manual_names_what_a_red_light_can_mean_in_both_languages() -> None:
    text = (DEPLOY / "station.md").read_text()
    for word in ("USB-COM", "suffix", "CR", "203 dpi", "Tắt bộ gõ tiếng Việt", "station.toml"):
        assert text.count(word) >= 1, word
    vietnamese, english = text.split("\n# Scanning station\n")
    assert "đèn đỏ" in vietnamese.lower()
    assert "red light" in english.lower()
