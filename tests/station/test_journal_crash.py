import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import bench
from api.rehearsal.journal_faults import garble, kill, refuse
from api.rehearsal.system_faults import available

KILLS, REFUSALS, GARBLINGS = 30, 16, 300  # in full: giaonhan bench journal
_MOST_APPENDS = 10_000

JOURNALING = """
import sys
from pathlib import Path
from domain.model.labels import Kind, Label
from scanner_station.clock import SystemClock
from scanner_station.gestures import Act
from scanner_station.keys import read_key
from scanner_station.settings import read_settings
from scanner_station.journal import open_journal

settings = read_settings(Path(sys.argv[1]))
journal = open_journal(settings, read_key(settings.key_file), SystemClock())
for serial in range(int(sys.argv[2])):
    subject = str(Label(Kind.DOSSIER, 27001, 26, serial))
    entry = journal.append(Act("Digitised", subject, {}, "lan"))
    print(entry.fact.seq, entry.digest, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and forkserver are POSIX")
def test_a_journaling_station_killed_over_and_over_loses_nothing_it_confirmed(
    tmp_path: Path,
) -> None:
    """Law L1 at the station: each kill -9 comes while the next entry is being written."""
    tally = kill(tmp_path, KILLS, Random(1))
    assert tally.holds
    assert tally.trials == KILLS


@pytest.mark.skipif(not available(), reason="only Linux lets a process refuse its own calls")
def test_what_the_system_refuses_to_write_or_to_sync_was_never_acknowledged(
    tmp_path: Path,
) -> None:
    """ENOSPC, EIO and EROFS of the system itself, on each of the files; then the disk is well."""
    tally = refuse(tmp_path, REFUSALS, Random(2))
    assert tally.holds
    assert sum(tally.struck.values()) == 2 * REFUSALS
    assert len(tally.struck) == 8, "each kind of fault has struck"


def test_whatever_is_cut_or_garbled_in_one_file_nothing_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    memory = Path("/dev/shm")  # noqa: S108 - what is garbled by hand needs no slow disk
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as where:
        tally = garble(Path(where), GARBLINGS, Random(3))
    assert tally.holds
    assert not [kind for kind in tally.struck if kind.endswith("stopped")]
    for file in ("journal.db", "journal.db-wal", "journal.copy"):
        assert any(kind.startswith(f"{file} ") and "mended" in kind for kind in tally.struck)


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


def test_all_trials_run_by_one_command_that_says_what_struck() -> None:
    few = ["journal", "--kills", "1", "--refusals", "1", "--garblings", "1"]
    done = CliRunner().invoke(bench.app, few)
    assert done.exit_code == 0, done.output
    assert "kill -9: 1 lần thử/trials" in done.output
    assert "cut or garbled: 1 lần thử/trials" in done.output
