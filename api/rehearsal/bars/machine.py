"""The machine on which bars are measured, as told beside them; used by their table."""

import os
import platform
import sqlite3
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter

from adapters.postmaster import NoPostgres
from api.rehearsal.bars.bar import Context

_SYNCS = 40
_PAGE = bytes(4096)


@dataclass(frozen=True, slots=True)
class Machine:
    """`sync_us`: what it takes to put a page on the disk; PostgreSQL "–" where there is none."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    disk: str
    sync_us: float
    python: str
    sqlite: str
    postgresql: str
    driver: str

    @classmethod
    def here(cls, context: Context) -> "Machine":
        """The one we are on; its disk is the one that the bars use."""
        postgresql, driver = _postgres(context)
        with context.folder() as place:
            return cls(
                cpu=_first("/proc/cpuinfo", "model name") or platform.processor() or "?",
                cores=len(os.sched_getaffinity(0)) if sys.platform == "linux" else _cores(),
                memory_gb=round(_memory_bytes() / 2**30, 1),
                system=f"{platform.system()} {platform.release()}",
                disk=_file_system(place),
                sync_us=round(_sync_us(place)),
                python=platform.python_version(),
                sqlite=sqlite3.sqlite_version,
                postgresql=postgresql,
                driver=driver,
            )


def load() -> float | None:
    """The load of the last minute, None where the system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _cores() -> int:
    return os.cpu_count() or 1


def _first(file: str, name: str) -> str | None:
    """The first value of that name in a file of /proc."""
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except OSError:
        return None
    found = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in found if key.strip() == name), None)


def _memory_bytes() -> int:
    told = _first("/proc/meminfo", "MemTotal") or "0 kB"
    return int(told.split()[0]) * 1024


def _file_system(place: Path) -> str:
    """Device and kind of the file system, by the longest mount point above the place."""
    try:
        mounts = [line.split()[:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except OSError:
        return "?"
    above = [each for each in mounts if place.is_relative_to(each[1])]
    device, _, kind = max(above, key=lambda each: len(each[1]), default=("?", "", "?"))
    return f"{device} {kind}"


def _sync_us(place: Path) -> float:
    spent = []
    with TemporaryFile(dir=place, buffering=0) as file:
        for _ in range(_SYNCS):
            started = perf_counter()
            file.write(_PAGE)
            os.fsync(file.fileno())
            spent.append((perf_counter() - started) * 1e6)
    return median(spent)


def _postgres(context: Context) -> tuple[str, str]:
    try:
        url = context.postmaster().url()
    except NoPostgres:
        return "–", "–"
    import psycopg

    with psycopg.connect(url) as connection:
        number = connection.info.server_version
    driver = f"psycopg {version('psycopg')} ({psycopg.pq.__impl__})"
    return f"{number // 10000}.{number % 10000}", driver
