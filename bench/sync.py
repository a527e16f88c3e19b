"""Three days without the network: a station with 10,000 entries meets its server again.

    .venv/bin/python bench/sync.py [ENTRIES]

A real server process on SQLite, a real station journal and `giaonhan station send` over loopback.
What the server then holds is counted: each entry once, and the read model up to the log.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import httpx

from api.cli.ports import listen
from api.composition import CONSOLE, open_house
from api.databases import DATABASE
from api.founding import create_house
from domain.model.instants import Micros
from domain.model.labels import Kind, Label
from scanner_station.clock import SystemClock
from scanner_station.enrolment import enrol_station
from scanner_station.gestures import Act
from scanner_station.journal import open_journal
from scanner_station.keys import read_key

ENTRIES, AT_MOST_S, DAYS = 10_000, 60.0, 3
PER_POUCH = 20
START_S = 20.0
GIAONHAN = (sys.executable, "-m", "api.cli")


class DaysAgo(SystemClock):
    """A station's clock during the days without a network."""

    def __init__(self, entries: int) -> None:
        super().__init__()
        self._us: Micros = super().now_us() - DAYS * 86_400_000_000
        self._step_us = DAYS * 86_400_000_000 // (entries + 1)

    def now_us(self) -> Micros:
        """One scan after the other, evenly until now."""
        self._us += self._step_us
        return self._us


def acts(entries: int) -> list[Act]:
    """Pouches of twenty: accepted, opened, each dossier received, closed."""
    made: list[Act] = []
    for number in range(entries):
        pouch = str(Label(Kind.POUCH, 27001, 26, number // (PER_POUCH + 3)))
        match number % (PER_POUCH + 3):
            case 0:
                made.append(Act("Accepted", pouch, {"seal": f"S{number}"}, "vt01"))
            case 1:
                made.append(Act("Unsealed", pouch, {"seal": f"S{number - 1}"}, "vt01"))
            case last if last == PER_POUCH + 2:
                made.append(Act("Closed", pouch, {}, "vt01"))
            case _:
                dossier = str(Label(Kind.DOSSIER, 27001, 26, number))
                made.append(Act("Received", dossier, {"pouch": pouch}, "vt01"))
    return made


def main(entries: int) -> int:
    """Journal offline, then send; exit 1 beyond a minute or if anything is amiss."""
    with tempfile.TemporaryDirectory(dir=".") as made:
        where = Path(made).resolve()
        create_house(where / "data", with_sample=True)
        with closing(open_house(where / "data")) as house:
            invitation = house.write(
                lambda: house.enrol_station.invitation(
                    station="vp-01", office="TTHC", purpose="department", actor=CONSOLE
                )
            ).result()
        with listen("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        serving = (*GIAONHAN, "serve", "--data", str(where / "data"), "--port", str(port))
        server = subprocess.Popen(serving, stdout=subprocess.DEVNULL)
        try:
            wait_for(url)
            settings = enrol_station(
                where / "station", server_url=url, code=invitation.code, clock=SystemClock()
            )
            key = read_key(settings.key_file)
            with closing(open_journal(settings, key, DaysAgo(entries))) as journal:
                for act in acts(entries):
                    journal.append(act)
            before, began = children_cpu(server.pid), time.perf_counter()
            sending = (*GIAONHAN, "station", "send", "--dir", str(where / "station"))
            done = subprocess.run(sending, capture_output=True, text=True, check=False)
            took = time.perf_counter() - began
            cpu = children_cpu(server.pid) - before
        finally:
            server.terminate()
            server.wait(30)
        with closing(open_house(where / "data")) as house:
            stored = house.log.contiguous_seq("vp-01", 1)
        size = (where / "data" / DATABASE).stat().st_size
    load = os.getloadavg()[0]
    print(
        f"{entries} entries, {DAYS} days offline: {took:.1f} s (at most {AT_MOST_S:.0f}),"
        f" load {load:.1f}"
    )
    print(
        f"  server CPU {cpu:.1f} s, {1e6 * cpu / entries:.0f} µs an entry;"
        f" log {size >> 20} MiB; {done.stdout.strip()}"
    )
    return int(done.returncode != 0 or stored != entries or took > AT_MOST_S)


def wait_for(url: str) -> None:
    """Until the server answers."""
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up:
        try:
            httpx.get(f"{url}/healthz", timeout=2)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


def children_cpu(pid: int) -> float:
    """CPU seconds that the process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ENTRIES))
