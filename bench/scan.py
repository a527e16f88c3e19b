"""Bar 1: one signed scan through the use case, one commit, beside the bare driver doing as much.

    .venv/bin/python bench/scan.py [SLICES] [SCANS_A_SLICE]

Raw = verify one Ed25519 signature + one transaction with the same rows by bare sqlite3, both with
synchronous=FULL in the same directory. The slices alternate, so that both meet the same disk.
"""

import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.clock import SystemClock
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.signatures import Ed25519Signer, SystemSignatures
from domain.model.decision import moment
from domain.model.entry import FIRST_PREVIOUS, Algorithm, Checkpoint, entry_digest, unsigned_entry
from domain.model.fact import Fact
from domain.model.labels import Kind, Label
from domain.model.station import Station, station_id
from domain.use_cases.record_scans import Checkpoints, RecordScans, SentEntry
from domain.use_cases.trust import StationTrust

SLICES, SCANS = 12, 100
AT_LEAST, AIM, MOST_CPU_US, AIM_CPU_US = 0.40, 0.70, 600, 350
STATION = "Q1"
SIGNER = Ed25519Signer(b"\x01" * 32)
Row = tuple[str, int, str, bytes]


class Pen:
    """A station's journal: signs the next entry, carrying the newest checkpoint it was given."""

    def __init__(self) -> None:
        self.seq = 0
        self.prev = FIRST_PREVIOUS
        self.checkpoint: Checkpoint | None = None

    def write(self) -> SentEntry:
        """The next entry, signed."""
        self.seq += 1
        fact = Fact(
            fact="Received",
            subject=str(Label(Kind.DOSSIER, 27001, 26, self.seq)),
            at_us=SystemClock().now_us(),
            station=STATION,
            seq=self.seq,
            operator="nv07",
            office="TTHC",
            context={"pouch": str(Label(Kind.POUCH, 27001, 26, self.seq // 20)), "place": "K2"},
        )
        unsigned = unsigned_entry(
            fact,
            prev=self.prev,
            boot="b7f0",
            mono_ms=self.seq,
            offset_ms=0,
            checkpoint=self.checkpoint,
        )
        raw = unsigned + SIGNER.sign(unsigned)
        self.prev = entry_digest(raw)
        return SentEntry(1, self.seq, raw)


def use_case(directory: Path) -> RecordScans:
    log, clock, signatures = SqliteEventLog(directory / "log.db"), SystemClock(), SystemSignatures()
    timestamp = moment(clock.now_us())
    station = Station(
        id=station_id(STATION),
        timestamp=timestamp,
        code=STATION,
        office="TTHC",
        purpose="counter",
        invite_hash="x",
        expires_us=1,
    )
    station.enrol(
        invite_hash="x",
        public_key=SIGNER.public_key,
        algorithm=Algorithm.ED25519,
        now_us=0,
        timestamp=timestamp,
    )
    log.save(station)
    return RecordScans(
        log=log,
        trust=StationTrust(log),
        signatures=signatures,
        checkpoints=Checkpoints(signer=Ed25519Signer(b"\x02" * 32), signatures=signatures),
        clock=clock,
    )


def raw_loop(directory: Path) -> Callable[[bytes, Sequence[Row]], None]:
    """Plain driver code: a verified signature, a transaction, the rows."""
    connection = sqlite3.connect(directory / "raw.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT,"
        " state BLOB, PRIMARY KEY (originator_id, originator_version))"
    )
    key = Ed25519PublicKey.from_public_bytes(SIGNER.public_key)

    def store(raw: bytes, rows: Sequence[Row]) -> None:
        key.verify(raw[-64:], raw[:-64])
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO stored_events VALUES (?,?,?,?)", rows)
        connection.execute("COMMIT")

    return store


def main(slices: int, scans: int) -> int:
    ratios, cpus, raw_cpus, speeds, raw_speeds = [], [], [], [], []
    with tempfile.TemporaryDirectory(dir=".") as place:
        directory = Path(place)
        record, store, pen = use_case(directory), raw_loop(directory), Pen()
        reader = sqlite3.connect(directory / "log.db")
        seen = 0
        for number in range(slices + 1):
            speed, cpu_us, sent = measured_use_case(record, pen, scans)
            # The very rows that the use case wrote, scan by scan, go through the bare driver.
            written = reader.execute(
                "SELECT rowid, * FROM stored_events WHERE rowid > ? ORDER BY rowid", (seen,)
            ).fetchall()
            seen = written[-1][0]
            raw_speed, raw_cpu_us = measured_raw(
                store, sent, by_scan([row[1:] for row in written], scans)
            )
            if number:  # the first slice warms up
                ratios.append(speed / raw_speed)
                cpus.append(cpu_us)
                raw_cpus.append(raw_cpu_us)
                speeds.append(speed)
                raw_speeds.append(raw_speed)
    ratio, cpu = median(ratios), median(cpus)
    print(f"one signed scan, SQLite FULL, {slices} × {scans} scans, one commit each")
    print(f"  use case   {median(speeds):7.0f}/s (best {max(speeds):.0f})")
    print(f"  raw        {median(raw_speeds):7.0f}/s (best {max(raw_speeds):.0f})")
    print(
        f"  speed/raw  {ratio:.2f} median, {max(ratios):.2f} best (at least {AT_LEAST}, aim {AIM})"
    )
    print(
        f"  CPU        {cpu:.0f} µs median, {min(cpus):.0f} best"
        f" (at most {MOST_CPU_US}, aim {AIM_CPU_US}; raw {median(raw_cpus):.0f})"
    )
    return int(ratio < AT_LEAST or cpu > MOST_CPU_US)


def measured_use_case(
    record: RecordScans, pen: Pen, scans: int
) -> tuple[float, float, list[SentEntry]]:
    """Scans a second, CPU µs a scan, and what was sent; signing them is not counted."""
    sent: list[SentEntry] = []
    spent = cpu = 0.0
    for _ in range(scans):
        entry = pen.write()
        started, cpu_started = perf_counter(), process_time()
        answer = record(STATION, [entry])
        spent += perf_counter() - started
        cpu += process_time() - cpu_started
        if [each.outcome for each in answer.answers] != ["recorded"]:
            raise AssertionError(answer)
        pen.checkpoint = answer.checkpoint
        sent.append(entry)
    return scans / spent, cpu / scans * 1e6, sent


def by_scan(rows: list[Row], scans: int) -> list[list[Row]]:
    """Rows of the log cut before each entry."""
    cuts = [i for i, row in enumerate(rows) if row[2] == "journal.EntryStored"][-scans:]
    return [rows[a:b] for a, b in zip(cuts, [*cuts[1:], len(rows)], strict=True)]


def measured_raw(
    store: Callable[[bytes, Sequence[Row]], None], sent: list[SentEntry], rows: list[list[Row]]
) -> tuple[float, float]:
    """Scans a second, CPU µs a scan."""
    started, cpu_started = perf_counter(), process_time()
    for entry, of_it in zip(sent, rows, strict=True):
        store(entry.raw, of_it)
    spent, cpu = perf_counter() - started, process_time() - cpu_started
    return len(sent) / spent, cpu / len(sent) * 1e6


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*(given + [SLICES, SCANS][len(given) :])))
