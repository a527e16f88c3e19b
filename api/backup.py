"""A copy of a house from which another machine can go on; used by `backup` and `restore`.

A directory of four files: the log, the vault, the keys sealed by a passphrase, and a manifest with
the hash of each. Copied while the server serves, from either engine, and laid out on either: the
copy is of SQLite files always. From a PostgreSQL it holds no read model, which is built anew.
"""

import errno
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from adapters.clock import random_bytes
from adapters.durable import sync, sync_directory, write
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.engine import Source
from adapters.signatures import Ed25519Signer
from adapters.vault.sql_vault import KEY_BYTES
from adapters.whole_copy.files import FileRows, make_files
from adapters.whole_copy.rows import Told
from api.data_dir import (
    DEMO,
    KEY_FILES,
    SERVER_KEY,
    SESSION_KEY,
    DemoDirectory,
    NotAHouse,
    PlaceTaken,
)
from api.databases import (
    DATABASE,
    KEYS,
    VAULT,
    founding_in,
    hash_of_keys,
    is_house,
    source_of,
)
from api.escrow import (
    ESCROW,
    SHORTEST_PASSPHRASE,
    BackupDamaged,
    PassphraseShort,
    seal,
    unseal,
)
from domain.model.decision import moment
from domain.model.entry import Algorithm
from domain.model.errors import Refusal
from domain.model.instants import MINUTE_US, Micros, iso, local, parse_instant
from domain.model.labels import Kind
from domain.model.number_block import EVERY_ISSUER, NumberBlock, number_block_id
from domain.model.station import Before, Station, station_id
from domain.ports.stores import DiskFull, EventLog, StoreReadOnly
from domain.use_cases.one_time import hash_of
from domain.use_cases.record_scans import DESK

FORMAT = 1
MANIFEST = "backup.json"
NUMBERS_LEFT_OUT = 10_000  # per kind and issuer: some days of the largest centre
_MOST_MANIFEST_BYTES = 64 * 1024
_PAGES_A_STEP = 2_048  # 8 MiB, so that a progress bar moves
_PIECE = 1024 * 1024
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


class NotABackup(Refusal):
    """Not a directory made by `backup`, or a newer one; values: directory, why."""

    code = "NOT_A_BACKUP"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: `made_at` ISO, the id of the last event, SHA-256 by file."""

    format: int
    made_at: str
    last_event: int
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was laid out, and in which epoch it goes on."""

    manifest: Manifest
    epoch: int


def back_up(
    data_dir: Path, target: Path, *, passphrase: str, now_us: Micros, told: Told
) -> Manifest:
    """Make `target`, whole or not at all; the server may go on writing meanwhile.

    Raises `PlaceTaken`, `PassphraseShort`, `NotAHouse`, `DemoDirectory`, `DiskFull`,
    `StoreReadOnly`, and what a database refuses.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise PassphraseShort(least=SHORTEST_PASSPHRASE)
    if target.exists():
        raise PlaceTaken(directory=str(target))
    if not is_house(data_dir):
        raise NotAHouse(directory=str(data_dir))
    if (data_dir / DEMO).exists():
        raise DemoDirectory(directory=str(data_dir))
    building = target.with_name(f".{target.name}.unfinished")
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        _copy_stores(source_of(data_dir), building, told)
        manifest = Manifest(
            format=FORMAT,
            made_at=iso(now_us),
            last_event=_last_event(building / DATABASE),
            files={name: _hash(building / name, told) for name in (DATABASE, VAULT)},
        )
        content = json.dumps(asdict(manifest), indent=1).encode()
        write(building / MANIFEST, content)
        keys = {name: (data_dir / KEYS / name).read_bytes() for name in KEY_FILES}
        write(building / ESCROW, seal(keys, passphrase, content))
        building.rename(target)
        sync_directory(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise _refusal(error, target) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return manifest


def read_manifest(source: Path) -> tuple[Manifest, bytes]:
    """What a backup says it holds, and the bytes that say so; raises `NotABackup`."""
    try:
        with (source / MANIFEST).open("rb") as file:
            content = file.read(_MOST_MANIFEST_BYTES)
        told = json.loads(content)
        manifest = Manifest(
            format=int(told["format"]),
            made_at=str(told["made_at"]),
            last_event=int(told["last_event"]),
            files={name: str(told["files"][name]) for name in (DATABASE, VAULT)},
        )
    except OSError as error:
        raise NotABackup(directory=str(source), why=str(error.strerror)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise NotABackup(directory=str(source), why=MANIFEST) from error
    if manifest.format > FORMAT:
        raise NotABackup(directory=str(source), why=f"format {manifest.format} > {FORMAT}")
    return manifest, content


def lay_out(
    source: Path,
    data_dir: Path,
    *,
    passphrase: str,
    now_us: Micros,
    told: Told,
    leave_out: int = NUMBERS_LEFT_OUT,
) -> Restored:
    """Make `data_dir` from a backup, whole or not at all, every file checked by its hash.

    Where the setting names a PostgreSQL, that is filled, and the directory holds the keys alone.
    Nobody can serve from either before labels that may be on paper, and keys that may be known
    elsewhere, are out of its reach.

    What a killed restore has left in a database is cleared away by the next; one that was killed
    when all was in its place is finished by whoever opens the house.

    Raises `NotABackup`, `BackupDamaged`, `PassphraseWrong`, `PlaceTaken`, `StoreNotEmpty`,
    `DiskFull`, `StoreReadOnly`, and what a database refuses.
    """
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise PlaceTaken(directory=str(data_dir))
    manifest, content = read_manifest(source)
    building = data_dir.with_name(f".{data_dir.name}.unfinished")
    try:
        keys = unseal((source / ESCROW).read_bytes(), passphrase, content)
        with founding_in(target := source_of(data_dir)) as made:
            shutil.rmtree(building, ignore_errors=True)
            (building / KEYS).mkdir(mode=0o700, parents=True)
            building.chmod(0o700)
            _lay_out_files(source, manifest, building, told)
            with closing(SqliteEventLog(building / DATABASE)) as log:
                server_key = Ed25519Signer(keys[SERVER_KEY]).public_key
                made_us = parse_instant(manifest.made_at)
                _leave_numbers_out(log, leave_out, made_us=made_us, now_us=now_us)
                epoch = _begin_journals_anew(log, server_key, now_us=now_us)
            # Who signed out since the backup must not be signed in again: all sign in anew.
            keys |= {SESSION_KEY: random_bytes(KEY_BYTES)}
            for name in KEY_FILES:
                write(building / KEYS / name, keys[name])
            if isinstance(target, str):
                _fill(target, building, told)
            made(hash_of_keys(building))
            if data_dir.exists():
                data_dir.rmdir()
            building.rename(data_dir)
            sync_directory(data_dir.parent)
    except (OSError, sqlite3.Error) as error:
        raise _refusal(error, data_dir) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Restored(manifest, epoch)


def _copy_stores(source: Source, building: Path, told: Told) -> None:
    if isinstance(source, str):
        from adapters.whole_copy.postgres import snapshot

        with snapshot(source) as rows:
            make_files(rows, building / DATABASE, building / VAULT, told)
        return
    settled = _settled(source.with_name(VAULT))
    # The log first: whatever it names is then in the vault's copy too.
    for file in (source, source.with_name(VAULT)):
        _copy_database(file, building / file.name, told)
    _unsettle(building / VAULT, settled)


def _lay_out_files(source: Path, manifest: Manifest, building: Path, told: Told) -> None:
    for name, sha256 in manifest.files.items():
        if _copy_file(source / name, building / name, told) != sha256:
            raise BackupDamaged(file=str(source / name))


def _leave_numbers_out(log: EventLog, count: int, *, made_us: Micros, now_us: Micros) -> None:
    """Give none of the next `count` numbers of any block of this year, known here or not.

    Labels printed after the backup was made are on paper, and the restored log does not know them,
    nor whose they are: of a block, an office or a badge's issuer that was first asked for since.
    Of the years that have ended since too: stations may have registered by numbers of theirs.
    """
    known = log.load_all(NumberBlock)
    blocks = []
    for year in range(local(min(made_us, now_us)).year, local(now_us).year + 1):
        for kind in Kind:
            block_id = number_block_id(kind, EVERY_ISSUER, year % 100)
            if block_id not in known:
                known[block_id] = NumberBlock(
                    id=block_id,
                    timestamp=moment(now_us),
                    kind=kind,
                    issuer=EVERY_ISSUER,
                    year=year % 100,
                )
        blocks += [block for block in known.values() if block.year == year % 100]
    for block in blocks:
        block.leave_out(count=count, timestamp=moment(now_us))
    log.save(*blocks)


def _begin_journals_anew(log: EventLog, public_key: bytes, *, now_us: Micros) -> int:
    """Let the server's own journal go on in a new epoch, and every journal enrolled from now on.

    What was stated and enrolled after the backup is lost, and may be known elsewhere by its keys:
    none of them is ever given to anything else. The epoch is the minute of the restore, which no
    journal reaches by replacing keys; it is answered.
    """
    epoch = now_us // MINUTE_US
    desk = log.load(Station, [station_id(DESK)])[station_id(DESK)]
    spent = hash_of(f"{DESK} {epoch}")
    desk.invite_anew(
        office=DESK,
        purpose=desk.purpose,
        invite_hash=spent,
        expires_us=now_us + 1,
        timestamp=moment(now_us),
    )
    desk.enrol(
        invite_hash=spent,
        public_key=public_key,
        algorithm=Algorithm.ED25519,
        now_us=now_us,
        timestamp=moment(now_us),
        before=Before(epoch - 1),
    )
    log.save(desk)
    return desk.epoch


def _fill(url: str, building: Path, told: Told) -> None:
    """The files go on as a database."""
    from adapters.whole_copy.postgres import fill_founded

    with closing(FileRows(building / DATABASE, building / VAULT)) as rows:
        fill_founded(url, rows, told)
    for file in building.iterdir():
        if file.is_file():
            file.unlink()


def _settled(vault: Path) -> list[tuple[str]]:
    """The records whose decisions are saved by now."""
    with closing(sqlite3.connect(f"{vault.absolute().as_uri()}?mode=ro", uri=True)) as reading:
        return reading.execute("SELECT opaque FROM record WHERE settled = 1").fetchall()


def _unsettle(vault: Path, settled: list[tuple[str]]) -> None:
    """What was put for decisions that the log's copy may lack is settled again when it is opened.

    Else what nobody's decision names would stay in a restored vault for ever.
    """
    with closing(sqlite3.connect(vault)) as writing, writing:
        writing.execute("CREATE TEMP TABLE known (opaque TEXT PRIMARY KEY)")
        writing.executemany("INSERT INTO known VALUES (?)", settled)
        writing.execute(
            "UPDATE record SET settled = 0"
            " WHERE owner IS NOT NULL AND opaque NOT IN (SELECT opaque FROM known)"
        )
    sync(vault)


def _copy_database(source: Path, target: Path, told: Told) -> None:
    """By SQLite's backup, of one moment: an open reading keeps a busy writer out of the copy."""
    write(target, b"")  # for its owner only, before anything is in it
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        reading.backup(
            writing,
            pages=_PAGES_A_STEP,
            progress=lambda _status, left, of: told(source.name, of - left, of),
        )
        writing.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, nothing beside it
    sync(target)


def _last_event(database: Path) -> int:
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        last: int = copy.execute("SELECT COALESCE(MAX(rowid), 0) FROM stored_events").fetchone()[0]
    return last


def _copy_file(source: Path, target: Path, told: Told) -> str:
    """The SHA-256 of what was copied; the target is its owner's only, and on disk."""
    digest, done, of = hashlib.sha256(), 0, source.stat().st_size
    write(target, b"")
    with source.open("rb") as reading, target.open("wb") as writing:
        while piece := reading.read(_PIECE):
            digest.update(piece)
            writing.write(piece)
            done += len(piece)
            told(source.name, done, of)
    sync(target)
    return digest.hexdigest()


def _hash(file: Path, told: Told) -> str:
    digest, done, of = hashlib.sha256(), 0, file.stat().st_size
    with file.open("rb") as reading:
        while piece := reading.read(_PIECE):
            digest.update(piece)
            done += len(piece)
            told(file.name, done, of)
    return digest.hexdigest()


def _refusal(error: OSError | sqlite3.Error, place: Path) -> Refusal:
    full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if full or (isinstance(error, OSError) and error.errno in _NO_SPACE):
        return DiskFull()
    return StoreReadOnly(directory=str(place), why=str(error))
