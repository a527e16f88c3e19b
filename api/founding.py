"""Makes a data directory: its keys, its own station, the first administrator; used by `init`.

Its owner brings it to a newer program's shape here too, for `grant`.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from adapters.clock import SystemClock, SystemEntropy, random_bytes
from adapters.durable import write
from adapters.reference_data.sample import sample_offices, sample_people, sample_procedures
from adapters.vault.sql_vault import KEY_BYTES
from api.composition import House
from api.data_dir import DEMO, KEY_FILES, VAULT_KEY, NotAHouse, PlaceTaken, read_key
from api.databases import (
    DATABASE_URL,
    KEYS,
    NotOnPostgres,
    founding_in,
    hash_of_keys,
    is_house,
    open_stores,
    serve_as,
    source_of,
)
from domain.model.decision import moment
from domain.model.entry import Algorithm
from domain.model.policy import Actor, Role
from domain.model.station import Station, station_id
from domain.ports.clock import Clock, Entropy
from domain.ports.stores import StoreReadOnly
from domain.use_cases.maintain_reference import PersonDefinition
from domain.use_cases.one_time import hash_of
from domain.use_cases.record_scans import DESK

FIRST_ADMIN = "quantri"
ADMIN_ISSUER = 99_999  # no unit has this code; the first badge is replaced by the centre's own
_BUILDER = Actor("init", "init", frozenset({Role.ADMIN}))


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Who may sign in first, and the one-time code for it."""

    person: str
    code: str


def create_house(
    data_dir: Path,
    *,
    demo: bool = False,
    with_sample: bool = False,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    role: str | None = None,
) -> FirstAdmin:
    """Make a data directory, whole or not at all.

    Raises `PlaceTaken`, `StoreNotEmpty` or `StoreReadOnly`.
    A demo directory opens only with a scripted clock, which is then given here too. `role`: as
    which the server will run on the database; raises what `serve_as` does.
    """
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise PlaceTaken(directory=str(data_dir))
    source = source_of(data_dir)
    if role is not None and not isinstance(source, str):
        raise NotOnPostgres(setting=DATABASE_URL)
    entropy = entropy or SystemEntropy()
    building = data_dir.with_name(f".{data_dir.name}.{entropy.new_id().hex}")
    try:
        with founding_in(source) as made:
            _lay_out(building, demo=demo)
            admin = _furnish(
                building, demo=demo, with_sample=with_sample, clock=clock, entropy=entropy
            )
            if role is not None:
                serve_as(source, role)
            made(hash_of_keys(building))
            if data_dir.exists():
                data_dir.rmdir()
            building.rename(data_dir)
    except OSError as error:
        raise StoreReadOnly(directory=str(data_dir), why=str(error)) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return admin


def _lay_out(directory: Path, *, demo: bool) -> None:
    """Keys that only the owner may read, and the mark of a demo."""
    directory.mkdir(parents=True, mode=0o700)  # hashes and codes in the log are nobody else's
    keys = directory / KEYS
    keys.mkdir(mode=0o700)
    for name in KEY_FILES:
        write(keys / name, random_bytes(KEY_BYTES))
    if demo:
        (directory / DEMO).write_text("Thư mục diễn tập / rehearsal directory\n", "utf-8")


def _furnish(
    directory: Path, *, demo: bool, with_sample: bool, clock: Clock | None, entropy: Entropy
) -> FirstAdmin:
    """The server's own station, the sample, and the first administrator."""
    now = clock or SystemClock()
    house = House(directory, demo=demo, clock=now, entropy=entropy, writer=True)
    try:
        house.log.save(_desk_station(house))
        if with_sample:
            for office in sample_offices():
                house.reference.define_office(office, actor=_BUILDER)
            house.reference.define_procedures(sample_procedures(), actor=_BUILDER)
            for person in sample_people():
                house.reference.define_person(person, actor=_BUILDER)
        admin = PersonDefinition(
            code=FIRST_ADMIN,
            party=next(iter(house.reference.offices()), FIRST_ADMIN),
            roles=frozenset({Role.ADMIN}),
            issuer=ADMIN_ISSUER,
        )
        house.reference.define_person(admin, actor=_BUILDER)
        code = house.sign_in.issue_code(person=FIRST_ADMIN, actor=_BUILDER)
        house.catch_up()
    finally:
        house.close()
    return FirstAdmin(FIRST_ADMIN, code)


def _desk_station(house: House) -> Station:
    now_us = house.clock.now_us()
    desk = Station(
        id=station_id(DESK),
        timestamp=moment(now_us),
        code=DESK,
        office=DESK,
        purpose="desk",
        invite_hash=hash_of(DESK),
        expires_us=now_us + 1,
    )
    desk.enrol(
        invite_hash=hash_of(DESK),
        public_key=house.server_public_key,
        algorithm=Algorithm.ED25519,
        now_us=now_us,
        timestamp=moment(now_us),
    )
    return desk


def bring_up_to_date(data_dir: Path) -> None:
    """Bring log and vault to this program's shape, as the owner of their tables.

    Sheets are no part of it: whoever serves makes those. Raises `NotAHouse`.
    """
    if not is_house(data_dir):
        raise NotAHouse(directory=str(data_dir))
    source = source_of(data_dir)
    log, vault = open_stores(
        source,
        key=read_key(data_dir, VAULT_KEY),
        entropy=SystemEntropy(),
        writer=True,
    )
    vault.close()
    log.close()
    if isinstance(source, str):
        from adapters.postgres_doors import PostgresDoors

        PostgresDoors(source).close()
