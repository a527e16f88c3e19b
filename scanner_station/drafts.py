"""What a counter takes in without the network: reserved numbers, and drafts that nobody else reads.

The applicant's data lies here encrypted (AES-256-GCM, a key of this station's own) until the server
has it in its vault; then it is erased. Nothing of it reaches the journal. Used by `intake.py`.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.durable import write_whole
from domain.model.errors import Refusal
from domain.model.instants import Micros
from scanner_station.clock import random_bytes
from scanner_station.reasons import why_of
from scanner_station.settings import Settings

_KEY_BYTES, _NONCE_BYTES = 32, 12
_SCHEMA: Final = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS number (label TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS draft (
    label TEXT PRIMARY KEY, sealed BLOB NOT NULL, scanned INTEGER NOT NULL, refused TEXT)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone (label TEXT PRIMARY KEY, at_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased (
    label TEXT PRIMARY KEY, at_us INTEGER NOT NULL, operator TEXT NOT NULL, reason TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_NOT_PRINTED: Final = "SELECT label FROM number WHERE printed = 0"
SCAN_NOT_ARRIVED = "SCAN_NOT_ARRIVED"  # the server's word for a draft without its scan
# Why a person erases a draft whose scan is nowhere: Vietnamese, English.
ERASE_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "taken_in_again": ("đã tiếp nhận lại với nhãn khác", "taken in again under another label"),
    "applicant_left": ("người nộp không nộp nữa", "the applicant does not apply any more"),
    "mistake": ("nhập thử hoặc nhập nhầm", "a trial or a mistake"),
}
_RESEND: Final = "UPDATE draft SET put_off = coalesce(refused, put_off), refused = NULL"
# What a file of the version before lacks: when a draft was taken in, and why the server put it off;
# whether a number is on a sticker already, and so waits for that to be scanned.
_ADDED: Final = (
    ("draft", "since_us", "INTEGER NOT NULL DEFAULT 0"),
    ("draft", "put_off", "TEXT"),
    ("number", "printed", "INTEGER NOT NULL DEFAULT 0"),
)
_MOST_GONE = 200  # that the server took, remembered by their labels: two days of a busy counter


class NoNumbersLeft(Refusal):
    """The reserved block is used up, and the network is needed for another."""

    code = "NO_NUMBERS_LEFT"


class NotReserved(Refusal):
    """The sticker's number is none that this station may still give out; values: label."""

    code = "NOT_RESERVED"


class DraftsUnusable(Refusal):
    """The drafts cannot be read or written; values: why."""

    code = "DRAFTS_UNUSABLE"


class NoSuchDraft(Refusal):
    """No draft lies here under that label; values: label."""

    code = "NO_SUCH_DRAFT"


class DraftNotErasable(Refusal):
    """Its scan may exist, here or on the server, or the reason is none; values: label, why."""

    code = "DRAFT_NOT_ERASABLE"


@dataclass(frozen=True, slots=True)
class Listed:
    """One draft without what it says of anybody; `code`: the server's last word, None before it."""

    label: str
    since_us: Micros
    is_refused: bool
    code: str | None


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A draft that a person erased; `reason` is one of `ERASE_REASONS`."""

    label: str
    at_us: Micros
    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers left that are on no sticker; drafts that wait, those refused by label and code."""

    numbers: int
    waiting: int
    refused: Mapping[str, str]


class Drafts:
    """One station's, in `drafts.db` beside `drafts.key` (0600). May be used by several threads.

    Every method raises `DraftsUnusable` when the file cannot be read or written.
    """

    def __init__(self, settings: Settings) -> None:
        self._station = settings.station
        self._lock = RLock()
        try:
            self._file = _opened(settings.directory / "drafts.db")
            try:
                self._cipher = AESGCM(_key(settings.directory / "drafts.key", self._file))
            except BaseException:
                self._file.close()
                raise
        except (OSError, ValueError, sqlite3.Error) as error:
            raise DraftsUnusable(why=why_of(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def add_numbers(self, labels: Sequence[str]) -> None:
        """Numbers the server gave to this station."""
        with self._change() as file:
            file.executemany(
                "INSERT OR IGNORE INTO number (label) VALUES (?)", [(one,) for one in labels]
            )

    def forget_numbers(self) -> None:
        """On a restored disk image they may be on paper already: others come from the server."""
        with self._change() as file:
            file.execute("DELETE FROM number")

    def keep_procedures(self, procedures: Sequence[Mapping[str, Any]]) -> None:
        """What can be applied for, as the server told it."""
        with self._change() as file:
            told = json.dumps(list(procedures), ensure_ascii=False)
            file.execute("INSERT OR REPLACE INTO kept VALUES ('procedures', ?)", (told,))

    def procedures(self) -> list[dict[str, Any]]:
        """By code: `code`, `title_vi`, `title_en`, `pieces` (`kind`, `title`)."""
        with self._change() as file:
            row = file.execute("SELECT value FROM kept WHERE name = 'procedures'").fetchone()
        return [] if row is None else list(json.loads(row[0]))

    def is_reserved(self, label: str) -> bool:
        """Whether it is a number of the block that no dossier has yet."""
        with self._change() as file:
            return _is_reserved(file, label)

    def print_ahead(self, most: int) -> list[str]:
        """The next numbers, to be put on stickers: from now on each waits for its sticker.

        Raises `NoNumbersLeft`.
        """
        with self._change() as file:
            rows = file.execute(f"{_NOT_PRINTED} ORDER BY label LIMIT ?", (most,)).fetchall()
            if not rows:
                raise NoNumbersLeft
            file.executemany("UPDATE number SET printed = 1 WHERE label = ?", rows)
        return [label for (label,) in rows]

    def write(self, told: Mapping[str, Any], *, at_us: Micros, sticker: str | None = None) -> str:
        """Keep a draft under the sticker's number, else the next that is on none.

        Raises `NotReserved` (of the sticker) or `NoNumbersLeft`. The number is used up whatever
        becomes of the draft: none is ever given to two dossiers.
        """
        with self._change() as file:
            if sticker is not None and not _is_reserved(file, sticker):
                raise NotReserved(label=sticker[:40])
            row = file.execute(f"{_NOT_PRINTED} ORDER BY label LIMIT 1").fetchone()
            if sticker is None and row is None:
                raise NoNumbersLeft
            label = sticker or str(row[0])
            file.execute("DELETE FROM number WHERE label = ?", (label,))
            file.execute(
                "INSERT INTO draft (label, sealed, scanned, since_us) VALUES (?, ?, 0, ?)",
                (label, self._seal(label, told), at_us),
            )
        return label

    def scanned(self, label: str) -> None:
        """Its registration is in the journal: it may be sent."""
        with self._change() as file:
            file.execute("UPDATE draft SET scanned = 1 WHERE label = ?", (label,))

    def unscanned(self) -> list[str]:
        """Written, and not known to be in the journal: the power failed between the two."""
        with self._change() as file:
            rows = file.execute("SELECT label FROM draft WHERE scanned = 0").fetchall()
        return [label for (label,) in rows]

    def waiting(self) -> list[str]:
        """The labels of those to send."""
        with self._change() as file:
            rows = file.execute(
                "SELECT label FROM draft WHERE scanned = 1 AND refused IS NULL ORDER BY label"
            ).fetchall()
        return [label for (label,) in rows]

    def read(self, label: str) -> dict[str, Any]:
        """For the server and the office alone; `NoSuchDraft`, `DraftsUnusable` if tampered with."""
        with self._change() as file:
            row = file.execute("SELECT sealed FROM draft WHERE label = ?", (label,)).fetchone()
        if row is None:
            raise NoSuchDraft(label=label)
        try:
            told = self._cipher.decrypt(
                row[0][:_NONCE_BYTES], row[0][_NONCE_BYTES:], self._bound_to(label)
            )
            return dict(json.loads(told))
        except (InvalidTag, ValueError) as error:  # cut short, the nonce itself is refused
            raise DraftsUnusable(why=why_of(error)) from error

    def refuse(self, label: str, code: str) -> None:
        """The server will not have it: it stays here, encrypted, until a person has seen to it."""
        with self._change() as file:
            file.execute("UPDATE draft SET refused = ? WHERE label = ?", (code, label))

    def put_off(self, label: str, code: str) -> None:
        """The server will not have it yet, and said why."""
        with self._change() as file:
            file.execute(
                "UPDATE draft SET put_off = ? WHERE label = ? AND put_off IS NOT ?",
                (code, label, code),
            )

    def resend(self, label: str) -> None:
        """Try a refused one again; raises `NoSuchDraft`."""
        with self._change() as file:
            if not file.execute(f"{_RESEND} WHERE label = ?", (label,)).rowcount:
                raise NoSuchDraft(label=label)

    def resend_refused(self) -> None:
        """Try all of them again: the reason may be gone."""
        with self._change() as file:
            file.execute(f"{_RESEND} WHERE refused IS NOT NULL")

    def listed(self) -> list[Listed]:
        """All that lie here, the oldest first."""
        with self._change() as file:
            rows = file.execute(
                "SELECT label, since_us, refused IS NOT NULL, coalesce(refused, put_off)"
                " FROM draft ORDER BY since_us, label"
            ).fetchall()
        return [Listed(label, us, bool(refused), code) for label, us, refused, code in rows]

    def taken(self, label: str, *, at_us: Micros) -> None:
        """The server has it: here nothing is left of it but that."""
        with self._change() as file:
            file.execute("DELETE FROM draft WHERE label = ?", (label,))
            file.execute("INSERT OR REPLACE INTO gone VALUES (?, ?)", (label, at_us))
            file.execute(
                "DELETE FROM gone WHERE label NOT IN"
                " (SELECT label FROM gone ORDER BY at_us DESC LIMIT ?)",
                (_MOST_GONE,),
            )

    def gone(self, most: int) -> list[tuple[str, Micros]]:
        """Those that the server took last, and when, the newest first."""
        with self._change() as file:
            rows = file.execute(
                "SELECT label, at_us FROM gone ORDER BY at_us DESC, label LIMIT ?", (most,)
            ).fetchall()
        return [(label, at_us) for label, at_us in rows]

    def erase(self, label: str) -> None:
        """It was taken back, or never confirmed to anybody."""
        with self._change() as file:
            file.execute("DELETE FROM draft WHERE label = ?", (label,))

    def give_up(self, label: str, *, operator: str, reason: str, at_us: Micros) -> None:
        """A person erases it, because the server says that its scan never arrived there.

        Who, when and why stays here. Raises `NoSuchDraft`, `DraftNotErasable`.
        """
        if reason not in ERASE_REASONS:
            raise DraftNotErasable(label=label, why="unknown reason")
        with self._change() as file:
            row = file.execute(
                "SELECT coalesce(refused, put_off) FROM draft WHERE label = ?", (label,)
            ).fetchone()
            if row is None:
                raise NoSuchDraft(label=label)
            if row[0] != SCAN_NOT_ARRIVED:
                raise DraftNotErasable(label=label, why=row[0] or "not refused")
            file.execute("DELETE FROM draft WHERE label = ?", (label,))
            file.execute("INSERT INTO erased VALUES (?, ?, ?, ?)", (label, at_us, operator, reason))

    def given_up(self) -> list[GivenUp]:
        """What people have erased, the oldest first."""
        with self._change() as file:
            rows = file.execute(
                "SELECT label, at_us, operator, reason FROM erased ORDER BY at_us, label"
            ).fetchall()
        return [GivenUp(*row) for row in rows]

    def counts(self) -> Counts:
        """For the health line and `status`."""
        with self._change() as file:
            numbers = len(file.execute(_NOT_PRINTED).fetchall())
            rows = file.execute("SELECT label, refused FROM draft").fetchall()
        refused = {label: code for label, code in rows if code is not None}
        return Counts(numbers, len(rows) - len(refused), refused)

    def _seal(self, label: str, told: Mapping[str, Any]) -> bytes:
        nonce = random_bytes(_NONCE_BYTES)
        plain = json.dumps(dict(told), ensure_ascii=False).encode()
        return nonce + self._cipher.encrypt(nonce, plain, self._bound_to(label))

    def _bound_to(self, label: str) -> bytes:
        """What a draft belongs to: moved under another label it does not open."""
        return f"giaonhan.draft|{self._station}|{label}".encode()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """All on disk at the end, or nothing."""
        with self._lock:
            try:
                self._file.execute("BEGIN IMMEDIATE")
                with self._file:
                    yield self._file
            except sqlite3.Error as error:
                raise DraftsUnusable(why=why_of(error)) from error


def _key(key_file: Path, file: sqlite3.Connection) -> bytes:
    """The station's own; a new one only where there is no draft that needs another."""
    if not key_file.exists():
        if file.execute("SELECT 1 FROM draft").fetchone() is not None:
            raise DraftsUnusable(why="drafts.key is missing")
        write_whole(key_file, random_bytes(_KEY_BYTES))
    return key_file.read_bytes()


def _is_reserved(file: sqlite3.Connection, label: str) -> bool:
    return file.execute("SELECT 1 FROM number WHERE label = ?", (label,)).fetchone() is not None


def _opened(file: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    opened.executescript(_SCHEMA)
    for table, column, kind in _ADDED:
        known = {name for _, name, *_ in opened.execute(f"PRAGMA table_info({table})")}
        if column not in known:
            opened.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    return opened
