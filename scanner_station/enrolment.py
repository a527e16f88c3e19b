"""Enrolment: a one-time code and a fresh key become a station with a pinned server.

Also what follows a first enrolment: another key, or the same station on a restored disk.
"""

import base64
import json
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from domain.model.errors import Refusal
from domain.model.identifiers import checked_code, checked_party
from scanner_station.clock import StationClock
from scanner_station.drafts import Drafts
from scanner_station.journal import open_journal
from scanner_station.keys import StationKey, make_key, read_key
from scanner_station.reasons import why_of
from scanner_station.refusals import (
    AlreadyEnrolled,
    DirectoryUnusable,
    NotTheServer,
    OtherStation,
)
from scanner_station.server import Server
from scanner_station.settings import (
    Purpose,
    Settings,
    is_enrolled,
    key_file,
    read_settings,
    save_settings,
    sole_use,
)
from scanner_station.uplink import Uplink

_PUBLIC_KEY_BYTES = 32
_MOST_PAST_KEYS = 100  # the newest; older journals were sent years ago


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the server agreed to, and how far this device's clock is off."""

    station: str
    office: str
    purpose: str
    epoch: int
    server_public_key: bytes
    offset_ms: int
    uncertain_ms: int


def enrol_station(directory: Path, *, server_url: str, code: str, clock: StationClock) -> Settings:
    """Make `directory` a station of that server.

    Raises `AlreadyEnrolled`, `StationLocked`, `DirectoryUnusable` and what the server's answer
    raises. A directory the server does not give yet is fetched when the station runs.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DirectoryUnusable(directory=str(directory), why=why_of(error)) from error
    with sole_use(directory):
        if is_enrolled(directory):
            raise AlreadyEnrolled(station=read_settings(directory).station)
        key = make_key(key_file(directory))
        with closing(Server(server_url, clock=clock)) as server:
            agreed = _enrol(server, code=code, public_key=key.public_key)
        settings = _settings(directory, server_url, agreed)
        with closing(open_journal(settings, key, clock)) as journal:
            journal.measured(agreed.offset_ms, uncertain_ms=agreed.uncertain_ms)
            save_settings(settings)
            with closing(Uplink(settings, journal, key, clock=clock)) as uplink, suppress(Refusal):
                uplink.fetch_directory()
    return settings


def rotate_key(directory: Path, *, clock: StationClock) -> Settings:
    """Replace the station's key by a new one that the old one vouches for; a new epoch begins.

    Entries of the epoch before are still sent. An answer that was lost is asked for again with the
    same key. Raises as `Uplink.rotate`, and what opening the journal raises.
    """
    with sole_use(directory):
        settings = read_settings(directory)
        old = read_key(settings.key_file)
        epoch = settings.epoch + 1
        name = f"station-{epoch}.ed25519"
        new = make_key(directory / name)
        with (
            closing(open_journal(settings, old, clock)) as journal,
            closing(Uplink(settings, journal, old, clock=clock)) as uplink,
        ):
            uplink.rotate(new, epoch=epoch)
        follows = _following(settings, old, epoch=epoch, key_name=name)
        save_settings(follows)
        settings.key_file.unlink()  # what it signed is signed; nobody shall sign with it again
    return follows


def renew_station(directory: Path, *, code: str, clock: StationClock) -> Settings:
    """Enrol the same directory anew, where its journal is an old copy or damaged in both files.

    A new epoch begins, the server is pinned anew, and of the journal's files all that is authentic
    is kept and sent; what is damaged is set aside. Raises as `enrol_station`, `OtherStation`, and
    `DraftsUnusable` before the code is spent.
    """
    with ExitStack() as opened:
        opened.enter_context(sole_use(directory))
        settings = read_settings(directory)
        drafts = (
            opened.enter_context(closing(Drafts(settings)))
            if settings.purpose is Purpose.COUNTER
            else None
        )
        old = read_key(settings.key_file)
        # Named after the code: where the answer was lost, the same code is sent with the same key.
        name = f"station-{sha256(code.encode()).hexdigest()[:16]}.ed25519"
        key = make_key(directory / name)
        with closing(Server(settings.server_url, clock=clock)) as server:
            agreed = _enrol(
                server, code=code, public_key=key.public_key, known=_known(settings, old)
            )
        found = _settings(directory, settings.server_url, agreed)
        if found.station != settings.station:
            raise OtherStation(station=settings.station, found=found.station)
        renewed = replace(found, past_keys=_known(settings, old), key_name=name)
        with closing(open_journal(renewed, key, clock, salvage=True)) as journal:
            if drafts is not None:  # an old copy would give used numbers to new applicants
                drafts.forget_numbers()
            journal.offer_again()  # the server may be a restored backup that lacks them
            journal.measured(agreed.offset_ms, uncertain_ms=agreed.uncertain_ms)
        save_settings(renewed)
    return renewed


def _following(settings: Settings, old: StationKey, *, epoch: int, key_name: str) -> Settings:
    return replace(settings, epoch=epoch, past_keys=_known(settings, old), key_name=key_name)


def _known(settings: Settings, key: StationKey) -> dict[int, bytes]:
    """The public keys by epoch up to the one that `key` signs."""
    return {**settings.past_keys, settings.epoch: key.public_key}


def _enrol(
    server: Server, *, code: str, public_key: bytes, known: Mapping[int, bytes] | None = None
) -> Enrolment:
    """Trade the one-time code for a station; raises the refusals of `Server.ask`.

    `known`: this station's public keys by epoch so far. A server restored from a backup may lack
    some of them; an answer with an epoch that was used already is none (`NotTheServer`).
    """
    epochs = sorted(known or {})
    after = max(epochs, default=0)
    past = {
        str(epoch): base64.b64encode((known or {})[epoch]).decode()
        for epoch in epochs[-_MOST_PAST_KEYS:]
    }
    asked = {
        "code": code,
        "public_key": base64.b64encode(public_key).decode(),
        "algorithm": 1,
        "after": after,
        "past": past,
    }
    told = server.ask("POST", "/api/v1/enrolments", body=json.dumps(asked).encode())
    try:
        offset_ms, uncertain_ms = told.offset()
        agreed = Enrolment(
            station=str(told.body["station"]),
            office=str(told.body["office"]),
            purpose=str(told.body["purpose"]),
            epoch=int(told.body["epoch"]),
            server_public_key=base64.b64decode(told.body["server_public_key"], validate=True),
            offset_ms=offset_ms,
            uncertain_ms=uncertain_ms,
        )
    except (KeyError, TypeError, ValueError, Refusal) as error:
        raise NotTheServer(why="no enrolment in the answer") from error
    if agreed.epoch <= after:
        raise NotTheServer(why="an epoch that was used already")
    return agreed


def _settings(directory: Path, server_url: str, agreed: Enrolment) -> Settings:
    if len(agreed.server_public_key) != _PUBLIC_KEY_BYTES:
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
