import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

CYCLES = 30
_MOST_APPENDS = 10_000

JOURNALING = """
import sys
from pathlib import Path
from domain.model.labels import Kind, Label
from scanner_station.clock import SystemClock
from scanner_station.gestures import Act
from scanner_station.keys import read_key
from scanner_station.settings import read_settings
from scanner_station.station import open_journal

settings = read_settings(Path(sys.argv[1]))
journal = open_journal(settings, read_key(settings.key_file), SystemClock())
for serial in range(int(sys.argv[2])):
    subject = str(Label(Kind.DOSSIER, 27001, 26, serial))
    entry = journal.append(Act("Digitised", subject, {}, "lan"))
    print(entry.fact.seq, entry.digest, flush=True)
"""


def test_a_journaling_station_killed_over_and_over_loses_nothing_it_confirmed(place: Any) -> None:
    """Law L1 at the station: each kill -9 comes while the next entry is being written."""
    confirmed: list[tuple[int, str]] = []
    for cycle in range(CYCLES):
        with subprocess.Popen(
            [sys.executable, "-c", JOURNALING, str(place.directory), str(_MOST_APPENDS)],
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            try:
                for _ in range(1 + cycle % 5):
                    seq, digest = child.stdout.readline().split()
                    confirmed.append((int(seq), digest))
            finally:
                child.kill()
            for line in child.stdout:  # confirmed before the signal arrived
                if line.endswith("\n"):
                    seq, digest = line.split()
                    confirmed.append((int(seq), digest))
    with closing(place.journal()) as journal:  # verifies chain and signatures
        kept = {entry.fact.seq: entry.digest for entry in journal.pending(1_000_000)}
    assert len(confirmed) >= CYCLES
    assert len({seq for seq, _ in confirmed}) == len(confirmed), "a number was used twice"
    assert dict(confirmed).items() <= kept.items()
    assert list(kept) == list(range(1, len(kept) + 1))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
def test_a_write_the_system_refuses_stops_the_station_after_the_last_confirmed_entry(
    place: Any,
) -> None:
    """The system itself fails the write: the file may not grow beyond a limit."""
    limited = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (262144, 262144))\n"
        + JOURNALING
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, str(place.directory), str(_MOST_APPENDS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    confirmed = [int(line.split()[0]) for line in done.stdout.splitlines()]
    assert "JournalFull" in done.stderr or "JournalFault" in done.stderr
    assert confirmed, "something was acknowledged before the fault"
    with closing(place.journal()) as journal:
        kept = [entry.fact.seq for entry in journal.pending(_MOST_APPENDS)]
        assert kept[: len(confirmed)] == confirmed
        assert kept == list(range(1, len(kept) + 1))
        assert journal.last_seq == len(kept)
