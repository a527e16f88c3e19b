"""The station's journal: signed entries in an append-only SQLite file, on disk before the tone.

One connection behind one lock serves the scanning loop (`append`) and the uplink (`pending`,
`acknowledge`). After a failed write nothing more is accepted until `reopen` has checked the whole
chain again.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.model.entry import (
    FIRST_PREVIOUS,
    Checkpoint,
    Entry,
    entry_digest,
    parse_entry,
    read_checkpoint,
    unsigned_entry,
)
from domain.model.errors import Refusal
from domain.model.fact import Fact, check_grammar
from domain.model.verdict import Verdict
from scanner_station.clock import StationClock
from scanner_station.gestures import Act
from scanner_station.keys import StationKey, holds
from scanner_station.refusals import JournalBehind, JournalDamaged, JournalFault, JournalFull

# A new measurement replaces the clock's offset only if it differs by more than this beyond its own
# uncertainty: entries one after another should not jump to and fro with the network's mood.
OFFSET_TOLERANCE_MS = 250
_BUSY_S = 5.0  # `station status` reads beside us; nobody else writes
_MOST_SHOWN = 100  # rejected entries in one status
_FULL = sqlite3.SQLITE_FULL
_PRIMARY_CODE = 0xFF  # extended SQLite codes carry the primary one in the low byte

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entry (
    epoch INTEGER NOT NULL, seq INTEGER NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (
    epoch INTEGER NOT NULL, seq INTEGER NOT NULL, outcome TEXT NOT NULL, code TEXT,
    discrepancies TEXT NOT NULL, PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS picture (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journaled_from (
    picture TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (picture, epoch, seq)) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_stands BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_is_new BEFORE INSERT ON entry
    WHEN NEW.seq != (SELECT coalesce(max(seq), 0) + 1 FROM entry WHERE epoch = NEW.epoch)
    BEGIN SELECT RAISE(ABORT, 'the next sequence number only'); END;
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said of one entry; `code` tells why it was rejected, or what is wrong.

    `verdict` is for the person who has just scanned: told once, not kept.
    """

    epoch: int
    seq: int
    outcome: str
    code: str | None
    discrepancies: tuple[str, ...]
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """The journal in numbers, for `status` and the health line."""

    entries: int
    pending: int
    rejected: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Peek:
    """What `status` shows of a journal, without the key that verifies it."""

    counts: Counts
    offset_ms: int
    checkpoint: Checkpoint | None
    rejected: list[Answer]


class Journal:
    """One station's journal in one epoch; opened, verified, and appended to.

    Raises `JournalDamaged`, `JournalBehind`, `JournalFault` on opening.
    """

    def __init__(
        self,
        file: Path,
        *,
        station: str,
        office: str,
        epoch: int,
        key: StationKey,
        clock: StationClock,
    ) -> None:
        self._file = file
        self._station, self._office, self._epoch = station, office, epoch
        self._key, self._clock = key, clock
        self._lock = threading.RLock()
        self._stopped: Refusal | None = None
        self._connection: sqlite3.Connection | None = None
        self._last_seq, self._last_digest = 0, FIRST_PREVIOUS
        self._offset_ms = 0
        self._checkpoint: Checkpoint | None = None
        self._open()

    @property
    def last_seq(self) -> int:
        """The newest entry's sequence number, 0 before the first."""
        return self._last_seq

    @property
    def stopped(self) -> Refusal | None:
        """Why nothing is accepted, None while all is well."""
        return self._stopped

    @property
    def offset_ms(self) -> int:
        """What is added to the wall clock, as measured against the server."""
        return self._offset_ms

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The server's newest word, embedded in the next entries."""
        return self._checkpoint

    def append(self, act: Act, *, picture: str | None = None) -> Entry:
        """Sign the act and put it on disk; what returns is there after a power cut.

        `picture` is what it was read from, kept with it until `mark_read`.

        Raises `JournalFull` or `JournalFault` (then nothing is acknowledged and nothing more is
        accepted until `reopen`), and what `check_grammar` raises of an act that states nonsense.
        """
        with self._lock:
            if self._stopped is not None:
                raise self._stopped
            entry = self._signed(act)
            key = self._epoch, entry.fact.seq
            with self._transaction() as connection:
                connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (*key, entry.raw))
                if picture is not None:
                    connection.execute(
                        "INSERT INTO journaled_from VALUES (?, ?, ?)", (picture, *key)
                    )
            self._last_seq, self._last_digest = entry.fact.seq, entry.digest
            return entry

    def pending(self, limit: int) -> list[Entry]:
        """The oldest entries without an answer, in order."""
        with self._lock, self._guarded() as connection:
            rows = connection.execute(
                "SELECT raw FROM entry LEFT JOIN answer USING (epoch, seq)"
                " WHERE outcome IS NULL ORDER BY epoch, seq LIMIT ?",
                (limit,),
            ).fetchall()
        return [parse_entry(raw) for (raw,) in rows]

    def latest(self, limit: int) -> list[Entry]:
        """The newest entries of this epoch, in order."""
        newest = "SELECT raw FROM entry WHERE epoch = ? ORDER BY seq DESC LIMIT ?"
        with self._lock, self._guarded() as connection:
            rows = connection.execute(newest, (self._epoch, limit)).fetchall()
        return [parse_entry(raw) for (raw,) in reversed(rows)]

    def acknowledge(self, answers: Sequence[Answer], checkpoint: Checkpoint | None) -> list[Answer]:
        """Keep what the server said; the answers that stand.

        Only the checkpoint (already verified) is signed, so answers of its epoch stand as far as it
        reaches, new ones and old: what a server restored from a backup has lost is sent again.
        Raises `JournalBehind` when the server holds more than we do.
        """
        standing = [one for one in answers if _stands(one, checkpoint)]
        rows = [
            (one.epoch, one.seq, one.outcome, one.code, json.dumps(one.discrepancies))
            for one in standing
        ]
        with self._lock:
            with self._transaction() as connection:
                connection.executemany("INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?, ?)", rows)
                if checkpoint is not None:
                    self._follow(connection, checkpoint)
            self._read_kept()
            self._demand_not_behind()
        return standing

    def measured(self, offset_ms: int, *, uncertain_ms: int) -> None:
        """Take the clock's offset as measured now; small differences leave the old one standing."""
        with self._lock:
            if abs(offset_ms - self._offset_ms) <= uncertain_ms + OFFSET_TOLERANCE_MS:
                return
            with self._guarded() as connection:
                _keep(connection, "offset_ms", str(offset_ms))
            self._offset_ms = offset_ms

    def now_us(self) -> int:
        """The wall clock with the measured offset: what an entry made now would claim."""
        return self._clock.now_us() + self._offset_ms * 1000

    def counts(self) -> Counts:
        """How much there is and how much of it waits."""
        with self._lock, self._guarded() as connection:
            return _counts(connection)

    def is_read(self, picture: str) -> bool:
        """Whether every act of that picture was journaled before."""
        with self._lock, self._guarded() as connection:
            found = connection.execute("SELECT 1 FROM picture WHERE name = ?", (picture,))
            return found.fetchone() is not None

    def mark_read(self, picture: str) -> None:
        """Remember a picture whose acts are all journaled."""
        with self._lock, self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO picture VALUES (?)", (picture,))
            connection.execute("DELETE FROM journaled_from WHERE picture = ?", (picture,))

    def journaled_from(self, picture: str) -> list[Entry]:
        """What was journaled from a picture that is not marked as read, in order."""
        with self._lock, self._guarded() as connection:
            rows = connection.execute(
                "SELECT raw FROM journaled_from JOIN entry USING (epoch, seq)"
                " WHERE picture = ? ORDER BY epoch, seq",
                (picture,),
            ).fetchall()
        return [parse_entry(raw) for (raw,) in rows]

    def reopen(self) -> None:
        """After a fault: close, open, bring everything to disk, verify the chain, accept again.

        Raises as the constructor does; then nothing is accepted still.
        """
        with self._lock:
            self._close_quietly()
            self._open()

    def close(self) -> None:
        """Close the file; the last connection folds the write-ahead log into it."""
        with self._lock:
            self._close_quietly()
            self._stopped = JournalFault(why="closed")

    def _open(self) -> None:
        self._stopped = None
        with self._guarded() as connection:
            connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            level = connection.execute("PRAGMA synchronous").fetchone()[0]
            if (mode, level) != ("wal", 2):
                raise sqlite3.OperationalError(f"journal_mode {mode}, synchronous {level}")
            # After a failed fsync the page cache may show what the disk does not hold: writing the
            # log into the file and syncing that makes the two agree before anything is trusted.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        try:
            self._verify()
            self._read_kept()
            self._demand_not_behind()
        except Refusal as refusal:
            self._stopped = refusal
            self._close_quietly()
            raise

    def _verify(self) -> None:
        """Demand an unbroken, signed chain from 1 on; ends with the tail to append to."""
        seq, digest = 0, FIRST_PREVIOUS
        with self._guarded() as connection:
            rows = connection.execute(
                "SELECT seq, raw FROM entry WHERE epoch = ? ORDER BY seq", (self._epoch,)
            )
            for found, raw in rows:
                seq += 1
                if why := self._flaw(raw, found=found, seq=seq, prev=digest):
                    raise JournalDamaged(seq=seq, why=why)
                digest = entry_digest(raw)
        self._last_seq, self._last_digest = seq, digest

    def _flaw(self, raw: object, *, found: int, seq: int, prev: str) -> str | None:
        if found != seq:
            return f"entry {seq} is missing"
        if not isinstance(raw, bytes):
            return "not bytes"
        try:
            entry = parse_entry(raw)
        except Refusal as refusal:
            return str(refusal)
        if (entry.fact.station, entry.fact.epoch, entry.fact.seq) != (
            self._station,
            self._epoch,
            seq,
        ):
            return "another station's entry"
        if entry.prev != prev:
            return "broken chain"
        return None if holds(entry.signed, entry.signature, self._key.public_key) else "signature"

    def _signed(self, act: Act) -> Entry:
        fact = Fact(
            fact=act.fact,
            subject=act.subject,
            at_us=self.now_us(),
            station=self._station,
            epoch=self._epoch,
            seq=self._last_seq + 1,
            operator=act.operator,
            office=self._office,
            context=act.context,
        )
        check_grammar(fact)
        unsigned = unsigned_entry(
            fact,
            prev=self._last_digest,
            boot=self._clock.boot_id,
            mono_ms=self._clock.monotonic_ms(),
            offset_ms=self._offset_ms,
            checkpoint=self._checkpoint,
        )
        # Parsed before it is stored: what we cannot read back, the server could not either.
        return parse_entry(unsigned + self._key.sign(unsigned))

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        """The connection; a fault of the file stops the journal with a coded refusal."""
        if self._stopped is not None:
            raise self._stopped
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(
                    self._file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
                )
            yield self._connection
        except sqlite3.Error as error:
            self._stopped = _refusal_of(error)
            raise self._stopped from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All on disk at the end, or nothing."""
        with self._guarded() as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection

    def _is_newer(self, checkpoint: Checkpoint) -> bool:
        kept = self._checkpoint
        if kept is None:
            return True
        old = (kept.epoch, kept.at_us, kept.seq)
        return (checkpoint.epoch, checkpoint.at_us, checkpoint.seq) > old

    def _follow(self, connection: sqlite3.Connection, checkpoint: Checkpoint) -> None:
        # Also an older word than the one kept: sending twice costs nothing, and a server's clock
        # may have been set back. The next word of the true server mends what a replayed one did.
        connection.execute(
            "DELETE FROM answer WHERE epoch = ? AND seq > ?", (checkpoint.epoch, checkpoint.seq)
        )
        if self._is_newer(checkpoint):
            _keep(connection, "checkpoint", json.dumps(checkpoint.to_json()))

    def _read_kept(self) -> None:
        with self._guarded() as connection:
            kept = dict(connection.execute("SELECT name, value FROM kept").fetchall())
        self._offset_ms, self._checkpoint = _offset_and_checkpoint(kept)

    def _demand_not_behind(self) -> None:
        checkpoint = self._checkpoint
        if (
            checkpoint is not None
            and checkpoint.epoch == self._epoch
            and checkpoint.seq > self._last_seq
        ):
            self._stopped = JournalBehind(seq=self._last_seq, server_seq=checkpoint.seq)
            raise self._stopped

    def _close_quietly(self) -> None:
        """Close what may be broken already; its faults were told when they happened."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def peek(file: Path) -> Peek:
    """A look at a journal that another process may be writing; raises `JournalFault`."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT epoch, seq, outcome, code, discrepancies FROM answer"
                " WHERE outcome = 'rejected' ORDER BY epoch, seq LIMIT ?",
                (_MOST_SHOWN,),
            )
            rejected = [
                Answer(epoch, seq, outcome, code, tuple(json.loads(discrepancies)))
                for epoch, seq, outcome, code, discrepancies in rows
            ]
            kept = dict(connection.execute("SELECT name, value FROM kept").fetchall())
            return Peek(_counts(connection), *_offset_and_checkpoint(kept), rejected)
    except sqlite3.Error as error:
        raise _refusal_of(error) from error


def _stands(answer: Answer, checkpoint: Checkpoint | None) -> bool:
    return checkpoint is None or answer.epoch != checkpoint.epoch or answer.seq <= checkpoint.seq


def _counts(connection: sqlite3.Connection) -> Counts:
    entries, pending, rejected, last_seq = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE outcome IS NULL),"
        " count(*) FILTER (WHERE outcome = 'rejected'),"
        " coalesce(max(seq) FILTER (WHERE epoch = (SELECT max(epoch) FROM entry)), 0)"
        " FROM entry LEFT JOIN answer USING (epoch, seq)"
    ).fetchone()
    return Counts(entries, pending, rejected, last_seq)


def _offset_and_checkpoint(kept: Mapping[str, str]) -> tuple[int, Checkpoint | None]:
    try:
        checkpoint = read_checkpoint(json.loads(kept.get("checkpoint", "null")))
        return int(kept.get("offset_ms", "0")), checkpoint
    except (ValueError, TypeError, Refusal) as error:
        raise JournalDamaged(seq=0, why="what was kept beside the entries") from error


def _keep(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO kept VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def _refusal_of(error: sqlite3.Error) -> Refusal:
    code = getattr(error, "sqlite_errorcode", 0)
    why = getattr(error, "sqlite_errorname", None) or str(error)
    return JournalFull(why=why) if code & _PRIMARY_CODE == _FULL else JournalFault(why=why)
