"""The station's copy of the manifests: facts by label in an SQLite file that is safe to lose.

The uplink's thread writes it (`Cache.learn`), the scanning thread reads it; a copy that is damaged
or of another shape is thrown away and fetched anew. Nothing in it is evidence.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from domain.model.custody_state import Filling
from domain.model.manifest import (
    HERE,
    Contents,
    FiledFact,
    RunAhead,
    Thing,
    filed_from_json,
    filed_to_json,
    filling_from_json,
    run_from_json,
    run_to_json,
)
from domain.model.station_time import Identity, Timed

SHAPE = 3  # of the tables; a copy of another shape is fetched anew
OFFICES = "offices"  # what bears on every label is filed under this word
AT = "@"  # in the name of one filling of a pouch
_MOST_PARSED = 50_000  # facts kept as objects, some 50 MB; then they are read anew
_FILE_FAULTS = (sqlite3.Error, ValueError, KeyError, TypeError)

_SCHEMA: Final = """
CREATE TABLE fact (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, digest TEXT NOT NULL,
    told TEXT NOT NULL, UNIQUE (key, digest));
CREATE TABLE filed (
    name TEXT NOT NULL, fact INTEGER NOT NULL, PRIMARY KEY (name, fact)) WITHOUT ROWID;
CREATE INDEX filed_fact ON filed (fact, name);
CREATE TABLE begun (name TEXT PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE thing (
    label TEXT PRIMARY KEY, stamp TEXT NOT NULL, whereabouts TEXT NOT NULL, pouch TEXT,
    place TEXT, told TEXT) WITHOUT ROWID;
CREATE TABLE settled (
    code TEXT, subject TEXT, key TEXT, at_us INTEGER, PRIMARY KEY (subject, code, key))
    WITHOUT ROWID;
CREATE TABLE worn (
    label TEXT PRIMARY KEY, first TEXT NOT NULL, newest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_THINGS = "SELECT label, stamp, whereabouts, pouch, place FROM thing"
_FACTS_OF = "SELECT DISTINCT fact FROM filed WHERE name IN (SELECT value FROM json_each(?))"
_BEGUN = "SELECT told FROM begun WHERE name IN (SELECT value FROM json_each(?))"
_FILED_WITH = (
    "SELECT DISTINCT other.name FROM filed JOIN filed AS other USING (fact)"
    " WHERE filed.name IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Around:
    """The cached facts that bear on some labels, and how those pouches stood that began before."""

    facts: list[Timed]
    begun: list[Filling]
    names: set[str]  # of the labels and fillings that were looked at


@dataclass(frozen=True, slots=True)
class Index:
    """What the server says there is, and its cursor; as `/api/v1/manifests` answers.

    `truncated`: there is more than it says.
    """

    cursor: str
    things: Sequence[Thing]
    runs: Sequence[RunAhead]
    names: Mapping[str, tuple[str, str]]
    truncated: bool


class Cache:
    """One file, one writing thread and one reading thread, each with a connection of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open()
        self._parsed: dict[int, Timed] = {}
        self._reading = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
        self._writer.close()

    # What the uplink's thread does

    def learn(self, index: Index) -> None:
        """Take in what there is; what is no longer there is forgotten with its facts."""
        with self._change() as write:
            had = dict(write.execute("SELECT label, told FROM thing").fetchall())
            write.execute("DELETE FROM thing")
            write.executemany(
                "INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (one.label, one.stamp, one.where, one.pouch, one.place, had.get(one.label))
                    for one in index.things
                ],
            )
            kept = {
                "cursor": index.cursor,
                "runs": json.dumps([run_to_json(run) for run in index.runs]),
                "names": json.dumps(dict(index.names)),
                "truncated": json.dumps(index.truncated),
            }
            write.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", kept.items())
            _forget(write)

    def wanting(self) -> list[Thing]:
        """The things whose facts are not here, or others by now: pouches first, coming ones first.

        The dossiers of one pouch stand together: most of their facts are the same.
        """
        rows = self._writer.execute(
            f"{_THINGS} WHERE told IS NOT stamp"
            " ORDER BY substr(label, 1, 1) DESC, whereabouts, pouch, label"
        )
        return [Thing(*row) for row in rows]

    def take(self, contents: Contents, stamps: Mapping[str, str]) -> None:
        """Put these facts in the place of what was known of the same names.

        `stamps`: of the labels told, by the index for which they were asked.
        """
        told = list(contents.told)
        with self._change() as write:
            for filed in contents.facts:
                _file(write, filed)
            write.executemany(
                "INSERT OR REPLACE INTO begun VALUES (?, ?)",
                [
                    (f"{one.pouch}{AT}{one.from_us}", json.dumps(asdict(one)))
                    for one in contents.begun
                ],
            )
            write.executemany("DELETE FROM settled WHERE subject = ?", [(each,) for each in told])
            write.executemany(
                "INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?)",
                [(*identity, at_us) for identity, at_us in contents.settled.items()],
            )
            write.executemany(
                "INSERT OR REPLACE INTO worn VALUES (?, ?, ?)",
                [(label, first, newest) for label, (first, newest) in contents.worn.items()],
            )
            write.executemany(
                "UPDATE thing SET told = ? WHERE label = ?",
                [(stamps.get(each), each) for each in told],
            )

    def clear(self) -> None:
        """Forget everything; the next index brings it back."""
        with self._change() as write:
            for table in ("fact", "filed", "begun", "thing", "settled", "worn", "kept"):
                write.execute(f"DELETE FROM {table}")  # noqa: S608 - the words above

    @property
    def cursor(self) -> str:
        """Of the newest index; empty before the first."""
        return self._kept(self._writer, "cursor") or ""

    # What the scanning thread asks

    def around(
        self, labels: Iterable[str], *, with_pouches: Mapping[str, Collection[str]]
    ) -> Around:
        """The facts of these labels, of the fillings in which they were, and of all in those.

        with_pouches: what else is said to be, or to have been, in the newest filling of a pouch;
        each of these pouches is looked at whether it is cached or not. See `facts.md` §4.
        """
        with self._reading, self._reader:
            newest = {pouch: self._newest(pouch) for pouch in with_pouches}
            seeds = {*labels, *newest.values()}
            fillings = {name for name in self._beside(seeds) | seeds if AT in name}
            wide = seeds | fillings | self._beside(fillings) | {OFFICES}
            wide.update(*with_pouches.values())
            facts = self._facts(self._among(_FACTS_OF, wide))
            begun = self._among(_BEGUN, wide)
        return Around(facts, [filling_from_json(json.loads(told)) for told in begun], wide)

    def heard_of(self, label: str) -> bool:
        """Whether the facts of this label are all here, as of the newest index."""
        row = self._asked("SELECT told FROM thing WHERE label = ?", label)
        return row is not None and row[0] is not None

    def things(self) -> list[Thing]:
        """What there is, by label."""
        with self._reading:
            rows = self._reader.execute(_THINGS).fetchall()
        return [Thing(*row) for row in rows]

    def places(self) -> list[tuple[str, int]]:
        """The shelves and rooms here, by label, with how many dossiers each is said to hold."""
        with self._reading:
            return self._reader.execute(
                "SELECT place, count(*) FROM thing WHERE place IS NOT NULL AND pouch IS NULL"
                " AND whereabouts = ? GROUP BY place ORDER BY place",
                (HERE,),
            ).fetchall()

    def truncated(self) -> bool:
        """Whether there is more than `things` tells, as of the newest index."""
        with self._reading:
            return bool(json.loads(self._kept(self._reader, "truncated") or "false"))

    def worn(self, label: str) -> tuple[str, str | None]:
        """The label that its facts speak of, and the newer one that has replaced it, if any."""
        row = self._asked("SELECT first, newest FROM worn WHERE label = ?", label)
        first, newest = row or (label, label)
        return first, None if newest == label else newest

    def settled(self, label: str) -> dict[Identity, int]:
        """The discrepancies on it that people have closed, and when."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT code, subject, key, at_us FROM settled WHERE subject = ?", (label,)
            ).fetchall()
        return {Identity(*row[:3]): row[3] for row in rows}

    def runs(self) -> list[RunAhead]:
        """The runs that stop here or are this courier's, of the days of the newest index."""
        with self._reading:
            told = self._kept(self._reader, "runs")
        return [run_from_json(run) for run in json.loads(told or "[]")]

    def names(self) -> dict[str, tuple[str, str]]:
        """Of every office by code: Vietnamese and English."""
        told = json.loads(self._kept(self._reader, "names") or "{}")
        return {code: (vi, en) for code, (vi, en) in told.items()}

    def _newest(self, pouch: str) -> str:
        """The newest filling that is cached of a pouch; the pouch itself where none is."""
        rows = self._reader.execute(
            "SELECT DISTINCT name FROM filed WHERE name > ? AND name < ?",
            (f"{pouch}{AT}", f"{pouch}{AT}~"),
        )
        names = [name for (name,) in rows]
        return max(names, key=lambda name: int(name.partition(AT)[2]), default=pouch)

    def _beside(self, names: Collection[str]) -> set[str]:
        """What is filed together with any of them, other pouches' fillings aside."""
        return set(self._among(_FILED_WITH, names))

    def _among(self, statement: str, names: Collection[str]) -> list[Any]:
        """The one column of a statement that takes these names as its parameter."""
        rows = self._reader.execute(statement, (json.dumps(list(names)),))
        return [value for (value,) in rows]

    def _facts(self, numbers: list[int]) -> list[Timed]:
        parsed = self._parsed
        if len(parsed) > _MOST_PARSED:
            parsed.clear()
        for number in numbers:
            if number not in parsed:
                row = self._reader.execute("SELECT told FROM fact WHERE id = ?", (number,))
                parsed[number] = filed_from_json(json.loads(row.fetchone()[0])).timed
        return [parsed[number] for number in numbers]

    def _asked(self, statement: str, label: str) -> Any:
        with self._reading:
            return self._reader.execute(statement, (label,)).fetchone()

    def _kept(self, connection: sqlite3.Connection, name: str) -> str | None:
        row = connection.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._writer.execute("BEGIN IMMEDIATE")
        with self._writer:
            yield self._writer

    def _open(self) -> None:
        try:
            self._connect()
        except _FILE_FAULTS:
            self._throw_away()
            self._connect()

    def _connect(self) -> None:
        with ExitStack() as opened:  # what fails lets go of the file: Windows deletes no open one
            self._writer = _connection(self._file)
            opened.callback(self._writer.close)
            if self._writer.execute("PRAGMA user_version").fetchone()[0] != SHAPE:
                self._writer.close()
                self._throw_away()
                self._writer = _connection(self._file)
                opened.callback(self._writer.close)
                made = f"BEGIN; {_SCHEMA} PRAGMA user_version = {SHAPE}; COMMIT;"
                self._writer.executescript(made)
            self._reader = _connection(self._file)
            opened.callback(self._reader.close)
            self._reader.execute("SELECT count(*) FROM thing").fetchone()
            opened.pop_all()

    def _throw_away(self) -> None:
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._file.with_name(self._file.name + ending).unlink()


def _connection(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _file(write: sqlite3.Connection, filed: FiledFact) -> None:
    """A fact told anew has a new number, so that no reader takes the old one for it."""
    fact = filed.timed.fact
    identity = fact.key, fact.digest
    old = write.execute("SELECT id FROM fact WHERE key = ? AND digest = ?", identity).fetchone()
    under = set(filed.under)
    if old is not None:
        told_of = {name.partition(AT)[0] for name in under}
        rows = write.execute("SELECT name FROM filed WHERE fact = ?", old).fetchall()
        under |= {name for (name,) in rows if name.partition(AT)[0] not in told_of}
        write.execute("DELETE FROM filed WHERE fact = ?", old)
        write.execute("DELETE FROM fact WHERE id = ?", old)
    told = json.dumps(filed_to_json(filed))
    number = write.execute(
        "INSERT INTO fact (key, digest, told) VALUES (?, ?, ?)", (*identity, told)
    ).lastrowid
    write.executemany("INSERT INTO filed VALUES (?, ?)", [(name, number) for name in under])


def _forget(write: sqlite3.Connection) -> None:
    """Drop the facts of dossiers and pouches that are no longer there, nor ever were with those."""
    write.execute("CREATE TEMP TABLE IF NOT EXISTS near (name TEXT PRIMARY KEY) WITHOUT ROWID")
    write.execute("DELETE FROM near")
    write.execute("INSERT INTO near SELECT label FROM thing UNION SELECT ?", (OFFICES,))
    write.execute(
        "INSERT OR IGNORE INTO near SELECT name FROM filed"
        " WHERE substr(name, 1, instr(name, ?) - 1) IN (SELECT label FROM thing)",
        (AT,),
    )
    for _ in range(2):  # their pouches, and what was in those
        write.execute(
            "INSERT OR IGNORE INTO near SELECT other.name FROM near"
            " JOIN filed USING (name) JOIN filed AS other ON other.fact = filed.fact"
        )
    write.execute("DELETE FROM filed WHERE name NOT IN (SELECT name FROM near)")
    write.execute("DELETE FROM fact WHERE id NOT IN (SELECT fact FROM filed)")
    write.execute("DELETE FROM begun WHERE name NOT IN (SELECT name FROM near)")
    write.execute("DELETE FROM settled WHERE subject NOT IN (SELECT name FROM near)")
    write.execute("DELETE FROM worn WHERE first NOT IN (SELECT label FROM thing)")
