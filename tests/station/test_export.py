"""The network never comes back: the journal is carried to the server as a file."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.composition import CONSOLE, open_house
from api.founding import create_house
from domain.model.entry import Algorithm
from domain.model.journal_lines import read_journal_lines
from scanner_station.__main__ import app
from scanner_station.export import export_journal
from scanner_station.gestures import Act
from scanner_station.journal import copy_of

LIMIT_S = 60


def giaonhan(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def test_a_journal_is_exported_beside_the_running_station_and_imported_once(
    place: Any, dossier: Callable[[int], str], tmp_path: Path
) -> None:
    data, file = tmp_path / "data", tmp_path / "nhat-ky.txt"
    create_house(data, with_sample=True)
    with closing(open_house(data)) as house:
        enrol = house.enrol_station
        code = house.write(
            lambda: enrol.invite(station="T1", office="TTHC", purpose="counter", actor=CONSOLE)
        ).result(60)
        key = place.key.public_key
        house.write(
            lambda: enrol.enrol(code=code, public_key=key, algorithm=Algorithm.ED25519)
        ).result(60)
    with closing(place.journal()) as journal:
        for serial in range(3):
            journal.append(Act("Digitised", dossier(serial), {}, "lan"))
        done = giaonhan("station", "export", file, "--dir", place.directory)
        assert (done.returncode, done.stdout) == (0, f"{file}: 3 bản ghi / entries\n")
    imported = giaonhan("import", file, "--data", data)
    assert (imported.returncode, imported.stderr) == (0, "")
    assert "3 recorded, 0 known" in imported.stdout
    file.write_bytes(file.read_bytes()[:-9])
    again = giaonhan("import", file, "--data", data)
    assert (again.returncode, "0 recorded, 2 known" in again.stdout) == (1, True)
    assert "4" in again.stderr, "the torn line is named"
    file.write_text("không phải nhật ký")
    assert giaonhan("import", file, "--data", data).stderr.startswith("NOT_A_JOURNAL_FILE: ")


def test_a_broken_journal_gives_what_both_its_files_still_hold(
    place: Any, dossier: Callable[[int], str], tmp_path: Path
) -> None:
    with closing(place.journal()) as journal:
        entries = [
            journal.append(Act("Digitised", dossier(serial), {}, "lan")) for serial in range(4)
        ]
    place.settings.journal_file.write_bytes(b"x" * 9_000)
    copy = copy_of(place.settings.journal_file)
    copy.write_bytes(copy.read_bytes()[:-40])
    assert export_journal(place.settings, tmp_path / "file") == 3
    read = read_journal_lines((tmp_path / "file").read_bytes())
    assert (read.station, read.entries) == ("T1", [entry.raw for entry in entries[:3]])


def test_who_sends_is_told_that_a_file_of_the_journal_had_to_be_mended(
    place: Any, server: Any, dossier: Callable[[int], str]
) -> None:
    place.pin(server)
    with closing(place.journal()) as journal:
        journal.append(Act("Digitised", dossier(1), {}, "lan"))
    place.settings.journal_file.write_bytes(b"x" * 9_000)
    done = CliRunner().invoke(app, ["send", "--dir", str(place.directory)])
    assert done.exit_code == 0
    assert "journal.db" in done.stderr
    assert "đã gửi / sent 1" in done.stdout
    assert len(server.stored) == 1
