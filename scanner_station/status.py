"""What `station status` tells: the station as it lies on disk, whether it runs or not."""

import shutil
import sqlite3
from contextlib import closing
from typing import Any

from domain.model.instants import iso
from scanner_station.drafts import Drafts
from scanner_station.journal import peek
from scanner_station.settings import Settings


def look_at(settings: Settings) -> dict[str, Any]:
    """Plain values for people and programs; raises the journal's refusals.

    `decoders`: the version by name, None for one that cannot run here.
    """
    # They take half a second to import, and nobody else here needs them.
    from scanner_station.decoder import decoders_available

    seen = peek(settings.journal_file)
    return {
        "station": settings.station,
        "office": settings.office,
        "purpose": settings.purpose,
        "server": settings.server_url,
        "epoch": settings.epoch,
        "last_seq": seen.counts.last_seq,
        "entries": seen.counts.entries,
        "pending": seen.counts.pending,
        "rejected": [{"seq": one.seq, "code": one.code} for one in seen.rejected],
        "clock_offset_ms": seen.offset_ms,
        "checkpoint": seen.checkpoint
        and {"seq": seen.checkpoint.seq, "at": iso(seen.checkpoint.at_us)},
        "manifests": _manifests(settings),
        "intake": _intake(settings),
        "decoders": decoders_available(),
        "disk_free_mb": shutil.disk_usage(settings.directory).free // 1_000_000,
    }


def _intake(settings: Settings) -> dict[str, Any] | None:
    """Numbers left and drafts that wait, at a counter; refused ones by label and code."""
    if not (settings.directory / "drafts.db").exists():
        return None
    with closing(Drafts(settings)) as drafts:
        counts = drafts.counts()
    return {"numbers": counts.numbers, "waiting": counts.waiting, "refused": dict(counts.refused)}


def _manifests(settings: Settings) -> dict[str, int | bool] | None:
    """How many things the station was told of, and of how many the facts; None before the first.

    `truncated`: the server has more than it told.
    """
    file = settings.manifests_file
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            told, here = copy.execute("SELECT count(*), count(told) FROM thing").fetchone()
            cut = copy.execute("SELECT 1 FROM kept WHERE (name, value) = ('truncated', 'true')")
            truncated = cut.fetchone() is not None
    except sqlite3.Error:
        return None
    return {"things": told, "with_facts": here, "truncated": truncated}
