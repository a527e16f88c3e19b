"""The station's directory on disk: who it is, which server it trusts, where its files are."""

import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from adapters.durable import write_whole
from domain.model.errors import Refusal
from domain.model.identifiers import checked_code, checked_party
from scanner_station.reasons import why_of
from scanner_station.refusals import DirectoryUnusable, NotEnrolled, StationLocked

KEY_NAME = "station.ed25519"  # of the key made at enrolment
DESK_PORT = 8470  # of the desk page, on 127.0.0.1


class Purpose(StrEnum):
    """What the station stands there for; it decides what a scan without a card means."""

    COUNTER = "counter"
    DEPARTMENT = "department"
    COURIER = "courier"
    RESULTS = "results"
    SHELF = "shelf"


@dataclass(frozen=True, slots=True)
class Settings:
    """`station.json`: what enrolment agreed. `server_public_key` is pinned, 32 raw bytes.

    `past_keys`: the public keys of closed journal epochs, whose entries may still have to be sent.
    """

    directory: Path
    station: str
    office: str
    purpose: Purpose
    server_url: str
    server_public_key: bytes
    epoch: int
    past_keys: Mapping[int, bytes] = field(default_factory=dict)
    key_name: str = KEY_NAME

    @property
    def journal_file(self) -> Path:
        """The append-only journal (SQLite)."""
        return self.directory / "journal.db"

    @property
    def key_file(self) -> Path:
        """The station's private key, 0600."""
        return self.directory / self.key_name

    @property
    def manifests_file(self) -> Path:
        """The cached manifests (SQLite); safe to lose."""
        return self.directory / "manifests.db"

    @property
    def directory_file(self) -> Path:
        """The cached list of offices and badges."""
        return self.directory / "directory.json"


def key_file(directory: Path) -> Path:
    """Where the key is made, before there are settings."""
    return directory / KEY_NAME


def is_enrolled(directory: Path) -> bool:
    """Whether an enrolment was completed here."""
    return _settings_file(directory).exists()


def read_settings(directory: Path) -> Settings:
    """The enrolment in `directory`; raises `NotEnrolled`."""
    try:
        told = json.loads(_settings_file(directory).read_bytes())
        return Settings(
            directory=directory,
            station=checked_code("station", told["station"]),
            office=checked_party("office", told["office"]),
            purpose=Purpose(told["purpose"]),
            server_url=str(told["server_url"]),
            server_public_key=base64.b64decode(told["server_public_key"], validate=True),
            epoch=int(told["epoch"]),
            past_keys={
                int(epoch): base64.b64decode(key, validate=True)
                for epoch, key in told.get("past_keys", {}).items()
            },
            key_name=checked_code("key", told.get("key_name", KEY_NAME)),
        )
    except FileNotFoundError as error:
        raise NotEnrolled(directory=str(directory), why="no station.json") from error
    except OSError as error:
        raise NotEnrolled(directory=str(directory), why=why_of(error)) from error
    except (ValueError, TypeError, KeyError, Refusal) as error:
        raise NotEnrolled(directory=str(directory), why="station.json is damaged") from error


def save_settings(settings: Settings) -> None:
    """Write `station.json` whole or not at all."""
    told = {
        "station": settings.station,
        "office": settings.office,
        "purpose": settings.purpose,
        "server_url": settings.server_url,
        "server_public_key": base64.b64encode(settings.server_public_key).decode(),
        "epoch": settings.epoch,
        "past_keys": {
            str(epoch): base64.b64encode(key).decode() for epoch, key in settings.past_keys.items()
        },
        "key_name": settings.key_name,
    }
    write_whole(_settings_file(settings.directory), json.dumps(told, indent=1).encode())


@contextmanager
def sole_use(directory: Path) -> Iterator[None]:
    """Hold the station for this process; raises `StationLocked` or `DirectoryUnusable`.

    The lock is SQLite's own, which every system it runs on lets go of when a process dies.
    """
    with closing(_lock(directory)):
        yield


def _lock(directory: Path) -> sqlite3.Connection:
    try:
        lock = sqlite3.connect(directory / "station.lock", timeout=0)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise StationLocked(directory=str(directory)) from error
        raise DirectoryUnusable(directory=str(directory), why=error.sqlite_errorname) from error
    return lock


def _settings_file(directory: Path) -> Path:
    return directory / "station.json"
