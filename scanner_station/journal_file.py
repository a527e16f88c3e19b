"""The journal's SQLite file: its tables, what it holds, what is kept beside the entries.

Used by the journal, which writes it, and by whoever only looks (`peek`).
"""

import errno
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.model.entry import Checkpoint, read_checkpoint
from domain.model.errors import Refusal
from domain.model.journal_lines import Anchor
from domain.model.verdict import Verdict
from scanner_station.chain import Chain, Held, is_covered
from scanner_station.reasons import DAMAGED, why_of
from scanner_station.refusals import JournalFault, JournalFull, JournalNewer

_BUSY_S = 5.0  # `station status` reads beside us; nobody else writes
_MOST_SHOWN = 100  # rejected entries in one status
_PRIMARY_CODE = 0xFF  # extended SQLite codes carry the primary one in the low byte
# The machine's trouble, not the file's: any other error while reading says that the file is broken.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
# What reading a broken file raises; SQLite's own complaint may quote bytes that are no text.
BROKEN = (sqlite3.Error, UnicodeDecodeError, OverflowError)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

SHAPE = 1  # of the tables below; a file of a newer one is left alone
_FOUR_TIMES = 0x01010101  # the shape stands in each byte of its place, so that garbling shows

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (
    epoch INTEGER NOT NULL, seq INTEGER NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchor (
    epoch INTEGER PRIMARY KEY, seq INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rejected (
    epoch INTEGER NOT NULL, seq INTEGER NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (
    epoch INTEGER NOT NULL, seq INTEGER NOT NULL, outcome TEXT NOT NULL, code TEXT,
    discrepancies TEXT NOT NULL, PRIMARY KEY (epoch, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS picture (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journaled_from (
    picture TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (picture, epoch, seq)) WITHOUT ROWID;
"""
ALL_KEPT: Final = "SELECT epoch, seq, raw FROM entry UNION ALL SELECT epoch, seq, raw FROM rejected"
_GUARDS: Final = """
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE DELETE ON entry
    WHEN OLD.seq > coalesce((SELECT seq FROM anchor WHERE epoch = OLD.epoch), 0)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_stands BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_is_new BEFORE INSERT ON entry
    WHEN NEW.seq != 1 + coalesce((SELECT max(seq) FROM entry WHERE epoch = NEW.epoch),
        (SELECT seq FROM anchor WHERE epoch = NEW.epoch), 0)
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
    """The journal in numbers, for `status` and the health line; pruned entries are counted."""

    entries: int
    pending: int
    rejected: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Gone:
    """Entries that the server had acknowledged, has lost, and that were pruned here since."""

    epoch: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The server has less than it said before: of that epoch `seq`, and `again` are sent again."""

    epoch: int
    seq: int
    again: int
    gone: Gone | None


@dataclass(frozen=True, slots=True)
class Peek:
    """What `status` shows of a journal, without the key that verifies it."""

    counts: Counts
    offset_ms: int
    checkpoint: Checkpoint | None
    rejected: list[Answer]
    gone: list[Gone]


def connect(file: Path) -> sqlite3.Connection:
    """The file, made where there is none, with every commit on disk before it returns.

    Raises `JournalNewer`.
    """
    connection = sqlite3.connect(
        file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        shape = _known_shape(connection)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, level) != ("wal", 2):
            raise sqlite3.OperationalError("no safe way of writing here")
        connection.executescript(f"{_TABLES}{_GUARDS}")
        if shape < SHAPE:
            connection.execute(f"PRAGMA user_version={SHAPE * _FOUR_TIMES}")
        # After a failed fsync the page cache may show what the disk does not hold: writing the
        # log into the file and syncing that makes the two agree before anything is trusted.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except (*BROKEN, JournalNewer):
        connection.close()
        raise
    return connection


def _known_shape(connection: sqlite3.Connection) -> int:
    """What shape the file has, 0 of one that is new; raises `JournalNewer`."""
    noted = connection.execute("PRAGMA user_version").fetchone()[0]
    shape, garbled = divmod(noted, _FOUR_TIMES)
    if garbled:
        raise sqlite3.DatabaseError("its shape is garbled")
    if shape > SHAPE:
        raise JournalNewer(found=shape, known=SHAPE)
    return int(shape)


def read_file(connection: sqlite3.Connection) -> Held:
    """What the file holds; where it is broken inside, as much of it as can be read.

    Raises `sqlite3.Error` for what is the machine's trouble.
    """
    held = Held()
    try:
        for (found,) in connection.execute("PRAGMA quick_check(1)"):
            held.fault = None if found == "ok" else DAMAGED
        held.anchors = anchors_of(connection)
        for epoch, seq, raw in connection.execute(ALL_KEPT):
            if (type(epoch), type(seq), type(raw)) == (int, int, bytes):
                held.entries[epoch, seq] = raw
            else:
                held.fault = "no bytes of an entry"
        offset_and_checkpoint(connection)
    except BROKEN as error:
        if is_passing(error):
            raise
        held.fault = why_of(error)
    return held


def fill(connection: sqlite3.Connection, chain: Chain) -> None:
    """Insert what the chain has and the file lacks, in one transaction.

    Why the server rejected an entry is told by no other file: it is rejected without a code then.
    """
    rejected = {place for place in chain.entries if is_covered(place, chain.anchors)}
    kept = [(*place, raw) for place, raw in chain.entries.items() if place in rejected]
    chained = [(*place, raw) for place, raw in chain.entries.items() if place not in rejected]
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        connection.execute("DROP TRIGGER entry_is_new")  # a closed epoch may have gaps
        set_anchors(connection, chain.anchors)
        connection.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?)", chained)
        connection.executemany("INSERT OR IGNORE INTO rejected VALUES (?, ?, ?)", kept)
        connection.executemany(
            "INSERT OR IGNORE INTO answer VALUES (?, ?, 'rejected', NULL, '[]')", sorted(rejected)
        )
    connection.executescript(_GUARDS)


def anchors_of(connection: sqlite3.Connection) -> list[Anchor]:
    """Up to where each epoch was pruned."""
    rows = connection.execute("SELECT epoch, seq, digest FROM anchor ORDER BY epoch").fetchall()
    if any(tuple(map(type, row)) != (int, int, str) for row in rows):
        raise sqlite3.DatabaseError("an anchor is garbled")
    return [Anchor(*row) for row in rows]


def set_anchors(connection: sqlite3.Connection, anchors: Iterable[Anchor]) -> None:
    """From now on entries up to there may go."""
    connection.executemany(
        "INSERT OR REPLACE INTO anchor VALUES (?, ?, ?)",
        [(anchor.epoch, anchor.seq, anchor.digest) for anchor in anchors],
    )


def keep(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Put a value beside the entries, with a sum that tells a garbled one."""
    connection.execute(
        "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (name, value, _sum(name, value))
    )


def offset_and_checkpoint(connection: sqlite3.Connection) -> tuple[int, Checkpoint | None]:
    """The clock's offset in ms and the server's newest word, as far as they are kept.

    Raises `sqlite3.Error` where what was kept is garbled.
    """
    kept = _read_kept(connection)
    return int(kept.get("offset_ms", "0")), read_checkpoint(
        json.loads(kept.get("checkpoint", "null"))
    )


def covered(connection: sqlite3.Connection, epoch: int) -> int:
    """How far the server's last word on that epoch reached, 0 before its first."""
    return int(_read_kept(connection).get(f"covered {epoch}", "0"))


def gone(connection: sqlite3.Connection) -> list[Gone]:
    """What neither the server, by its last word on each epoch, nor this journal has any more."""
    kept = _read_kept(connection)
    said = {anchor: kept.get(f"covered {anchor.epoch}") for anchor in anchors_of(connection)}
    return [
        Gone(anchor.epoch, int(seq) + 1, anchor.seq)
        for anchor, seq in said.items()
        if seq is not None and int(seq) < anchor.seq
    ]


def counts(connection: sqlite3.Connection) -> Counts:
    """How much there is, and was, and how much of it waits."""
    entries, pending, last_seq = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE outcome IS NULL),"
        " coalesce(max(seq) FILTER (WHERE epoch = (SELECT max(epoch) FROM entry)), 0)"
        " FROM entry LEFT JOIN answer USING (epoch, seq)"
    ).fetchone()
    rejected, pruned = connection.execute(
        "SELECT (SELECT count(*) FROM answer WHERE outcome = 'rejected'),"
        " (SELECT coalesce(sum(seq), 0) FROM anchor)"
    ).fetchone()
    return Counts(entries + pruned, pending, rejected, last_seq)


def peek(file: Path) -> Peek:
    """A look at a journal that another process may be writing; raises `JournalFault`."""
    try:
        with closing(_beside(file)) as connection:
            rows = connection.execute(
                "SELECT epoch, seq, outcome, code, discrepancies FROM answer"
                " WHERE outcome = 'rejected' ORDER BY epoch, seq LIMIT ?",
                (_MOST_SHOWN,),
            )
            rejected = [
                Answer(epoch, seq, outcome, code, tuple(json.loads(discrepancies)))
                for epoch, seq, outcome, code, discrepancies in rows
            ]
            kept = offset_and_checkpoint(connection)
            return Peek(counts(connection), *kept, rejected, gone(connection))
    except (sqlite3.Error, ValueError) as error:
        raise refusal_of(error) from error


def held_beside(file: Path) -> Held:
    """What can be read of a file that another process may be writing, or that is broken."""
    try:
        with closing(_beside(file)) as connection:
            return read_file(connection)
    except BROKEN as error:
        return Held(fault=why_of(error))


def is_passing(error: Exception) -> bool:
    """Whether the machine is to blame, as far as SQLite can tell, and not the file's content."""
    return getattr(error, "sqlite_errorcode", -1) & _PRIMARY_CODE in _PASSING


def refusal_of(error: Exception) -> Refusal:
    """Why the journal stops: no room, or something worse."""
    why = why_of(error)
    if isinstance(error, OSError):
        return JournalFull(why=why) if error.errno in _NO_ROOM else JournalFault(why=why)
    code = getattr(error, "sqlite_errorcode", 0)
    full = code & _PRIMARY_CODE == sqlite3.SQLITE_FULL
    return JournalFull(why=why) if full else JournalFault(why=why)


def _beside(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)


def _read_kept(connection: sqlite3.Connection) -> Mapping[str, str]:
    kept: dict[str, str] = {}
    for name, value, total in connection.execute("SELECT name, value, sum FROM kept"):
        if total != _sum(name, value):
            raise sqlite3.DatabaseError("what was kept is garbled")
        kept[name] = value
    return kept


def _sum(name: object, value: object) -> int:
    return zlib.crc32(f"{name}={value}".encode())
