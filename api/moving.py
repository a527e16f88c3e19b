"""A house moves from its files into a PostgreSQL, whole or not at all; used by `giaonhan move`.

The files stay as they are. Before the house counts as moved, both are held against each other: each
row of log and vault, each journal's end, and the read model that the database has built by itself.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from adapters.clock import SystemClock, random_bytes
from adapters.durable import write_whole
from adapters.read_model.dump import digest_at
from adapters.vault.sql_vault import KEY_BYTES
from adapters.whole_copy.files import FileRows
from adapters.whole_copy.rows import EVENTS, RECORDS, Told
from api.composition import House, open_house
from api.composition import Told as Built
from api.data_dir import SESSION_KEY
from api.databases import DATABASE, KEYS, MOVED, VAULT
from domain.model.errors import Refusal
from domain.model.instants import iso
from domain.model.station import Station


class MoveDiffers(Refusal):
    """The database does not say what the files say, and is not to be served from; values: what."""

    code = "MOVE_DIFFERS"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was brought and found equal; `digest` is of the read model's canonical dump."""

    events: int
    records: int
    journals: int
    digest: str


def move(data_dir: Path, url: str, *, told: Told, built: Built) -> Moved:
    """Bring log and vault into an empty database; a second call goes on where one was broken off.

    Raises `DirectoryLocked` (the server still runs), `StoreNotEmpty`, `MoveDiffers`, `NotAHouse`,
    `DemoDirectory`, and what a database refuses.
    """
    from adapters.whole_copy.postgres import fill, is_filled

    file = data_dir / DATABASE
    with closing(open_house(data_dir, source=file)) as here:  # from now on nobody else writes
        with closing(FileRows(file, data_dir / VAULT)) as rows:
            if not is_filled(url, rows):  # by a move that was broken off
                fill(url, rows, told)
            events, records = rows.count(EVENTS), rows.count(RECORDS)
        with closing(open_house(data_dir, source=url, told=built)) as there:
            journals = _ends(here)
            if _ends(there) != journals:
                raise MoveDiffers(what="journals")
            sheets = digest_at(here.source)
            if digest_at(there.source) != sheets:
                raise MoveDiffers(what="read model")
        # What was signed out of stands in a file that the database does not have: all sign in anew.
        write_whole(data_dir / KEYS / SESSION_KEY, random_bytes(KEY_BYTES))
        write_whole(data_dir / MOVED, f"{iso(SystemClock().now_us())}\n".encode())
    return Moved(events, records, len(journals), sheets)


def _ends(house: House) -> Mapping[tuple[str, int], tuple[int, tuple[int, str] | None]]:
    """By station and epoch, how far the journal is whole, and its last entry with its digest."""
    log = house.log
    return {
        (station.code, epoch): (
            log.contiguous_seq(station.code, epoch),
            log.last_digest(station.code, epoch),
        )
        for station in log.load_all(Station).values()
        for epoch in station.keys
    }
