"""What signing and chaining add to the raw limit: one insert with `synchronous=FULL`.

    python bench/journal.py [ENTRIES]

Both loops run by turns in one process on one disk; the ratio is what to watch.
"""

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from domain.model.labels import Kind, Label
from scanner_station.clock import SystemClock
from scanner_station.gestures import Act
from scanner_station.journal import Journal
from scanner_station.keys import make_key


def main(entries: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        folder = Path(made)
        opened = Journal(
            folder / "journal.db",
            station="T1",
            office="TTHC",
            epoch=1,
            key=make_key(folder / "key"),
            clock=SystemClock(),
        )
        limit_file = sqlite3.connect(folder / "raw.db", isolation_level=None)
        with closing(limit_file) as raw, closing(opened) as journal:
            raw.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "CREATE TABLE entry (seq INTEGER PRIMARY KEY, raw BLOB NOT NULL)"
            )
            pouch = {"pouch": str(Label(Kind.POUCH, 27001, 26, 1))}
            appended, inserted = [], []
            for serial in range(entries):
                act = Act("Packed", str(Label(Kind.DOSSIER, 27001, 26, serial)), pouch, "lan")
                began = time.perf_counter()
                entry = journal.append(act)
                between = time.perf_counter()
                raw.execute("INSERT INTO entry VALUES (?, ?)", (serial, entry.raw))
                ended = time.perf_counter()
                appended.append(1e6 * (between - began))
                inserted.append(1e6 * (ended - between))
    ours, limit = median(appended), median(inserted)
    print(f"append {ours:.0f} µs, raw insert {limit:.0f} µs, ratio {ours / limit:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2_000)
