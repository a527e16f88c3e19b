"""`doctor` on shapes and clocks: what it finds, and what to do about it."""

from pathlib import Path
from typing import Any

import pytest

from adapters.clock import SystemClock
from adapters.event_store.topics import log_shape
from api.cli import doctor, doctor_stores
from api.cli.doctor import examine
from api.cli.doctor_stores import Finding, Level
from api.founding import create_house


def found(word: str, data: Path, *, server: str | None = None) -> list[Finding]:
    return [each for each in examine(data, port=0, server=server) if word in each.en]


def shifted(hours: int) -> type:
    real = SystemClock
    return type("Shifted", (), {"now_us": lambda _: real().now_us() + hours * 3_600_000_000})


def test_doctor_tells_which_program_wrote_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_house(data := tmp_path / "data")
    assert [each.level for each in found("shape", data)] == [Level.GOOD] * 3
    ours = log_shape()
    monkeypatch.setattr(doctor_stores, "log_shape", lambda: ours - 1)
    [newer] = [each for each in found("shape", data) if each.en.startswith("event log")]
    assert (newer.level, "restore the backup" in newer.en) == (Level.BAD, True)
    monkeypatch.setattr(doctor_stores, "log_shape", lambda: ours + 1)
    [older] = [each for each in found("shape", data) if each.en.startswith("event log")]
    assert (older.level, "Back up" in older.en) == (Level.NOTE, True)


def test_doctor_holds_a_stations_clock_against_the_servers(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [right] = found("from the server's", tmp_path, server=server.url)
    assert right.level is Level.GOOD
    [silent] = found("does not answer", tmp_path, server="http://127.0.0.1:9")
    assert silent.level is Level.BAD
    [no_server] = found("does not answer", tmp_path, server=f"{server.url}/nothing")
    assert no_server.level is Level.BAD
    with monkeypatch.context() as an_hour_ahead:
        an_hour_ahead.setattr(doctor, "SystemClock", shifted(1))
        [apart] = found("3600 s from the server's", tmp_path, server=server.url)
        assert (apart.level, "NTP" in apart.en) == (Level.NOTE, True)
    monkeypatch.setattr(doctor, "SystemClock", shifted(-30 * 8766))
    [forgotten] = found("no plausible year", tmp_path)
    assert forgotten.level is Level.BAD
