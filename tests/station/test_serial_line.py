"""A scanner on a real serial line (a pseudo terminal): suffixes, bursts, and the pulled cable."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("no pseudo terminals on this system", allow_module_level=True)

import pty
import termios
import tty

from domain.model.labels import Kind, Label
from scanner_station.serial_line import serial_lines
from scanner_station.sources import View

Dossier = Callable[[int], str]
LIMIT_S = 60.0


class Scanner:
    """The device's end of the cable; `port` is where it is plugged in."""

    def __init__(self, port: Path) -> None:
        self.port = port
        self.plug_in()

    def plug_in(self) -> None:
        self._end, line = pty.openpty()
        tty.setraw(line)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(line))
        self._line = line

    def pull(self) -> None:
        self.port.unlink()
        for descriptor in (self._line, self._end):
            with suppress(OSError):
                os.close(descriptor)

    def beam(self, text: str) -> None:
        """Once somebody listens at the port's speed: what came before is let go on opening."""
        deadline = time.monotonic() + LIMIT_S
        while termios.tcgetattr(self._line)[4] != termios.B9600:
            assert time.monotonic() < deadline, "nobody opened the port"
            time.sleep(0.01)
        time.sleep(0.05)
        os.write(self._end, text.encode())


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[Scanner]:
    plugged = Scanner(tmp_path / "ttyACM0")
    yield plugged
    with suppress(OSError):
        plugged.pull()


@pytest.fixture
def seen(scanner: Scanner) -> Iterator[Callable[[int], list[View]]]:
    """Reads in a thread; asked for a number of views it waits until there are as many."""
    views: list[View] = []
    came, stop = threading.Condition(), threading.Event()

    def read() -> None:
        for view in serial_lines(str(scanner.port), stop):
            with came:
                views.append(view)
                came.notify_all()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()

    def wait_for(number: int) -> list[View]:
        with came:
            assert came.wait_for(lambda: len(views) >= number, LIMIT_S), views
            return views[:]

    yield wait_for
    stop.set()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_codes_with_a_suffix_are_views_of_their_own(
    scanner: Scanner, seen: Callable[[int], list[View]], dossier: Dossier
) -> None:
    scanner.beam(f"{dossier(1)}\r{dossier(2)}\r\n")
    assert [view.texts for view in seen(2)] == [(dossier(1),), (dossier(2),)]


def test_a_scanner_without_a_suffix_is_understood_when_its_burst_is_over(
    scanner: Scanner, seen: Callable[[int], list[View]], dossier: Dossier
) -> None:
    scanner.beam(dossier(3))
    assert seen(1)[0].texts == (dossier(3),)


def test_a_pulled_cable_is_told_once_and_plugged_in_again_it_reads_on(
    scanner: Scanner, seen: Callable[[int], list[View]], dossier: Dossier
) -> None:
    scanner.beam(f"{dossier(1)}\r")
    seen(1)
    scanner.pull()
    refusal = seen(2)[1].refusal
    assert refusal is not None
    assert refusal.code == "SCANNER_UNPLUGGED"
    scanner.plug_in()
    scanner.beam(f"{dossier(2)}\r")
    assert [view.texts for view in seen(3)[2:]] == [(dossier(2),)]


def test_the_station_runs_on_a_serial_scanner_named_in_its_file(
    place: Any, scanner: Scanner, dossier: Dossier
) -> None:
    badge = str(Label(Kind.BADGE, 27001, 26, 1))
    people = [{"badge": badge, "operator": "lan", "party": "TTHC"}]
    (place.directory / "directory.json").write_text(json.dumps({"offices": [], "people": people}))
    (place.directory / "station.toml").write_text(f'serial = "{scanner.port}"\n')
    command = [sys.executable, "-m", "scanner_station", "run", "--json", "--no-uplink"]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"GIAONHAN_STATION_DIR": str(place.directory)},
    )
    killer = threading.Timer(3 * LIMIT_S, child.kill)
    killer.start()
    try:
        assert child.stdout is not None
        scanner.beam(f"{badge}\r{dossier(1)}{dossier(2)}\r")
        told: list[dict[str, Any]] = []
        while sum(line.get("state") == "stored" for line in told) < 2:
            line = child.stdout.readline()
            assert line, told
            told.append(json.loads(line))
        assert [one["subject"] for one in told if "subject" in one] == [dossier(1), dossier(2)]
    finally:
        child.terminate()
        child.communicate(timeout=LIMIT_S)
        killer.cancel()
