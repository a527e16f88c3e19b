"""All trials of a station's journal one after another, each in a folder of its own; for `bench`."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random  # noqa: TID251 - trials from a fixed seed
from tempfile import TemporaryDirectory

from api.rehearsal.journal_faults import fill, garble, kill, refuse
from api.rehearsal.system_faults import available
from api.rehearsal.tally import Tally

FILLINGS = 20
_MEMORY = Path("/dev/shm")  # noqa: S108 - what is garbled by hand needs no slow disk


def trials(
    *, kills: int, refusals: int, garblings: int, seed: int
) -> Iterator[tuple[str, Callable[[], Tally]]]:
    """What is tried, to be run before the next is asked for.

    Refused calls need Linux, a disk that is full for real the right to mount one.
    """
    chance = Random(seed)
    memory = _MEMORY if _MEMORY.is_dir() else None
    with TemporaryDirectory() as disk, TemporaryDirectory(dir=memory) as quick:
        yield "kill -9", lambda: kill(_new(disk, "killed"), kills, chance)
        if available():
            yield "ENOSPC, EIO, EROFS", lambda: refuse(_new(disk, "refused"), refusals, chance)
        with _small_file_system(_new(disk, "small")) as small:
            if small is not None:
                yield "disk full", lambda: fill(small, FILLINGS)
        yield "cut or garbled", lambda: garble(_new(quick, "garbled"), garblings, chance)


@contextmanager
def _small_file_system(where: Path) -> Iterator[Path | None]:
    """One of a megabyte, mounted there for the block; None where this may not be done."""
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        mounted = False
    try:
        yield where if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(where)], check=False)  # noqa: S603, S607


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made
