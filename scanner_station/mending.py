"""Opening a journal's two files so that they agree: what one has lost, the other tells.

Called by the journal at each start and after each fault. What is cut off or replaced is set aside,
never destroyed; where both files have lost something nothing is guessed and the station stops.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from adapters.durable import write_whole
from scanner_station.chain import Chain, Held, Verifier
from scanner_station.journal_copy import JournalCopy
from scanner_station.journal_file import BROKEN, connect, fill, is_passing, read_file
from scanner_station.reasons import why_of
from scanner_station.refusals import JournalDamaged

SET_ASIDE = "set-aside"
_MOST_SET_ASIDE = 10_000  # folders; each is a fault that a person was told about
_LOG, _INDEX = "-wal", "-shm"  # what SQLite keeps beside its file


@dataclass(frozen=True, slots=True)
class Mending:
    """Which file was mended, why (empty: it only ended early), and how many entries it lacked.

    `kept_in`: where what was damaged is kept, None where nothing was.
    """

    file: str
    why: str
    restored: int
    kept_in: Path | None


def open_files(
    file: Path, copy: JournalCopy, verifier: Verifier, *, renew_copy: bool, salvage: bool
) -> tuple[sqlite3.Connection, Chain, Mending | None]:
    """The open file, with what both files hold; and what had to be mended.

    `renew_copy`: after a failed write the copy on disk is not trusted, whatever it reads like.
    `salvage`: nothing more can be asked of the files than what is authentic in them. Raises
    `JournalDamaged` where both have lost something, `sqlite3.Error` and `OSError` for what the
    machine refuses.
    """
    log = _content(_beside(file, _LOG))
    connection, in_file = _read(file)
    try:
        in_copy = copy.read()
        chain = verifier.longest([in_file, in_copy])
        mending = None
        if connection is None or not chain.whole_in(in_file):
            if not salvage:
                _demand_whole(chain, in_file, in_copy)
            connection, mending = _mend_file(file, connection, in_file, chain, log)
        elif not salvage:
            _demand_nothing_torn_behind(chain, in_copy)
        if renew_copy or not chain.same_as(in_copy):
            if chain.entries and not chain.whole_in(in_copy):
                mending = _mending_of_copy(copy.file, in_copy, chain)
            copy.replace(chain.anchors, chain.entries.values())
        else:
            copy.open()
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection, chain, mending


def _read(file: Path) -> tuple[sqlite3.Connection | None, Held]:
    """The file and what it holds; no connection where it is broken inside."""
    try:
        connection = connect(file)
    except BROKEN as error:
        if is_passing(error):
            raise
        return None, Held(fault=why_of(error))
    try:
        held = read_file(connection)
    except BaseException:
        connection.close()
        raise
    if held.fault is None:
        return connection, held
    connection.close()
    return None, held


def _mend_file(
    file: Path,
    connection: sqlite3.Connection | None,
    held: Held,
    chain: Chain,
    log: bytes,
) -> tuple[sqlite3.Connection, Mending]:
    """Fill in what the file has lost; a file that is broken inside makes room for a new one."""
    folder = _new_folder(file.parent)
    restored = len(chain.entries.keys() - held.entries.keys())
    mending = Mending(file.name, held.fault or "", restored, folder)
    if log:
        write_whole(folder / _beside(file, _LOG).name, log)
    if connection is not None and not held.entries.items() <= chain.entries.items():
        connection.close()
        connection = None
    if connection is None:
        file.replace(folder / file.name)
        for suffix in (_LOG, _INDEX):
            _beside(file, suffix).unlink(missing_ok=True)
        connection = connect(file)
    fill(connection, chain)
    return connection, mending


def _demand_whole(chain: Chain, in_file: Held, in_copy: Held) -> None:
    """The copy must tell everything that the file does not; raises `JournalDamaged`."""
    if chain.lost or not chain.whole_in(in_copy):
        seq, why = chain.flaw
        raise JournalDamaged(seq=seq, why=in_file.fault or why)


def _demand_nothing_torn_behind(chain: Chain, in_copy: Held) -> None:
    """The file is written first: what is torn behind all of it was in the file once.

    Raises `JournalDamaged`.
    """
    if in_copy.torn and in_copy.entries.items() >= chain.entries.items():
        seq, _ = chain.flaw
        raise JournalDamaged(seq=seq, why=in_copy.fault)


def _mending_of_copy(file: Path, held: Held, chain: Chain) -> Mending:
    restored = len(chain.entries.keys() - held.entries.keys())
    if held.fault is None and held.entries.items() <= chain.entries.items():
        return Mending(file.name, "", restored, None)  # a kill between the two writes
    if not file.exists():
        return Mending(file.name, held.fault or "", restored, None)
    folder = _new_folder(file.parent)
    file.replace(folder / file.name)
    return Mending(file.name, held.fault or "", restored, folder)


def _new_folder(beside: Path) -> Path:
    for number in range(1, _MOST_SET_ASIDE):
        folder = beside / SET_ASIDE / f"{number:04}"
        if not folder.exists():
            folder.mkdir(parents=True)
            return folder
    raise OSError("too many set aside")


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
