"""Enrolment: a one-time code and a fresh key become a station with a pinned server."""

from contextlib import closing, suppress
from pathlib import Path

from domain.model.errors import Refusal
from domain.model.identifiers import checked_code, checked_party
from scanner_station.clock import StationClock
from scanner_station.keys import make_key
from scanner_station.refusals import AlreadyEnrolled, DirectoryUnusable, NotTheServer
from scanner_station.settings import (
    Purpose,
    Settings,
    is_enrolled,
    key_file,
    read_settings,
    save_settings,
    sole_use,
)
from scanner_station.station import open_journal
from scanner_station.uplink import Enrolment, Server, Uplink, enrol

_PUBLIC_KEY_BYTES = 32


def enrol_station(directory: Path, *, server_url: str, code: str, clock: StationClock) -> Settings:
    """Make `directory` a station of that server.

    Raises `AlreadyEnrolled`, `StationLocked`, `DirectoryUnusable` and what the server's answer
    raises. A directory the server does not give yet is fetched when the station runs.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DirectoryUnusable(directory=str(directory), why=str(error.strerror)) from error
    with sole_use(directory):
        if is_enrolled(directory):
            raise AlreadyEnrolled(station=read_settings(directory).station)
        key = make_key(key_file(directory))
        with closing(Server(server_url, clock=clock)) as server:
            agreed = enrol(server, code=code, public_key=key.public_key)
        settings = _settings(directory, server_url, agreed)
        with closing(open_journal(settings, key, clock)) as journal:
            journal.measured(agreed.offset_ms, uncertain_ms=agreed.uncertain_ms)
            save_settings(settings)
            with closing(Uplink(settings, journal, key, clock=clock)) as uplink, suppress(Refusal):
                uplink.fetch_directory()
    return settings


def _settings(directory: Path, server_url: str, agreed: Enrolment) -> Settings:
    if len(agreed.server_public_key) != _PUBLIC_KEY_BYTES or agreed.epoch < 1:
        raise NotTheServer(why="no usable enrolment")
    try:
        return Settings(
            directory=directory,
            station=checked_code("station", agreed.station),
            office=checked_party("office", agreed.office),
            purpose=Purpose(agreed.purpose),
            server_url=server_url,
            server_public_key=agreed.server_public_key,
            epoch=agreed.epoch,
        )
    except (Refusal, ValueError) as error:
        raise NotTheServer(why="no usable enrolment") from error
