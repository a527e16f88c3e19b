"""A station's journal killed, garbled and refused by the disk, in full; exit 1 if anything is lost.

    .venv/bin/python bench/journal_faults.py [KILLS [REFUSALS [GARBLINGS]]]

The disk is full for real where a small file system may be mounted (as root on Linux).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from api.rehearsal.journal_faults import Tally, fill, garble, kill, refuse
from api.rehearsal.system_faults import available

KILLS, REFUSALS, GARBLINGS, FILLINGS = 200, 104, 5_000, 20
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder for garbling: what is garbled needs no disk


def main(kills: int, refusals: int, garblings: int) -> int:
    """Each kind of trial in a folder of its own."""
    chance = Random(20_260_302)
    fast = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory() as disk, tempfile.TemporaryDirectory(dir=fast) as memory:
        held = [report("kill -9", lambda: kill(_new(disk, "killed"), kills, chance))]
        if available():
            held.append(report("refused", lambda: refuse(_new(disk, "refused"), refusals, chance)))
        with small_file_system(_new(disk, "small")) as where:
            if where is not None:
                held.append(report("disk full", lambda: fill(where, FILLINGS)))
        held.append(report("garbled", lambda: garble(_new(memory, "garbled"), garblings, chance)))
    return int(not all(held))


def report(name: str, trials: Callable[[], Tally]) -> bool:
    """Print what the trials showed; whether nothing was lost or doubled."""
    began, cpu = time.perf_counter(), time.process_time()
    tally = trials()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"{name}: {tally.trials} trials, {tally.acknowledged} acknowledged, lost {tally.lost},"
        f" doubled {tally.doubled}; {took:.0f} s, CPU {cpu:.0f} s, load {os.getloadavg()[0]:.1f}"
    )
    for kind, times in sorted(tally.struck.items()):
        print(f"  {times:6} × {kind}")
    return tally.holds


@contextmanager
def small_file_system(where: Path) -> Iterator[Path | None]:
    """One of a megabyte, mounted there for the block; None where this may not be done."""
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield where if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(where)], check=False)  # noqa: S607


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:4]]
    sys.exit(main(*(given + [KILLS, REFUSALS, GARBLINGS][len(given) :])))
