"""Trials of a station's journal: killed, cut and garbled, refused by the disk, over and over.

Each trial says what the journal had acknowledged before, and looks for it afterwards: an entry that
is gone without being told is lost, a number that stands for two entries is doubled. Short in the
tests, in full by `giaonhan bench journal`.
"""

import errno
import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random  # noqa: TID251 - trials from a fixed seed

from api.rehearsal import system_faults
from api.rehearsal.children import child
from api.rehearsal.tally import Tally
from domain.model.labels import Kind, Label
from scanner_station.clock import SystemClock
from scanner_station.gestures import Act
from scanner_station.journal import Journal, copy_of
from scanner_station.keys import make_key
from scanner_station.refusals import JournalDamaged, JournalFault, JournalFull

_STATION, _OFFICE = "tram-thu", "TTHC"
_FILE = "journal.db"
_MOST_ENTRIES = 100_000  # of one child; it is killed long before
_ENTRIES_TO_GARBLE = 16
_ROOM_LEFT = 32_768  # bytes: some entries still fit
_MOST_KILLS = 20  # for one entry in flight: a kill between two entries is tried again


def open_trial(where: Path) -> Journal:
    """The journal of a trial's folder."""
    key = make_key(where / "key")
    return Journal(
        where / _FILE, station=_STATION, office=_OFFICE, epoch=1, key=key, clock=SystemClock()
    )


def _append(journal: Journal) -> tuple[int, str]:
    label = str(Label(Kind.DOSSIER, 27001, 26, journal.last_seq + 1))
    entry = journal.append(Act("Digitised", label, {}, "lan"))
    return entry.fact.seq, entry.digest


def _kept(journal: Journal) -> dict[int, str]:
    return {entry.fact.seq: entry.digest for entry in journal.pending(_MOST_ENTRIES)}


def kill(where: Path, cycles: int, chance: Random) -> Tally:
    """Kill a journaling process `cycles` times, each time with an entry under way."""
    tally, acknowledged = Tally(), list[tuple[int, str]]()
    for _ in range(cycles * _MOST_KILLS):
        in_flight = _killed(where, chance, acknowledged)
        tally.struck["in flight" if in_flight else "between entries"] += 1
        if tally.struck["in flight"] == cycles:
            break
    tally.trials = tally.struck["in flight"]
    with closing(open_trial(where)) as journal:
        tally.look(acknowledged, _kept(journal))
    return tally


def _killed(where: Path, chance: Random, acknowledged: list[tuple[int, str]]) -> bool:
    """One process from its start to its kill; whether it was about to store an entry."""
    under_way = False
    with child(_journaling, where) as (process, heard):
        waited_for = len(acknowledged) + chance.randint(1, 4)
        for told in heard:
            under_way = told is None
            if told is not None:
                acknowledged.append(told)
            elif len(acknowledged) >= waited_for:
                time.sleep(chance.uniform(0, 0.0015))
                process.kill()
    return under_way


def _journaling(where: Path, say: Connection) -> None:
    with closing(open_trial(where)) as journal:
        for _ in range(_MOST_ENTRIES):
            say.send(None)
            say.send(_append(journal))


def refuse(where: Path, count: int, chance: Random) -> Tally:
    """Let the system refuse a write or a sync of one of the files, `count` times.

    In each trial something was acknowledged before, the journal stopped, and went on after it was
    opened again.
    """
    tally = Tally()
    faults = [
        (name, kind, number)
        for name in (f"{_FILE}-wal", copy_of(Path(_FILE)).name)
        for kind, number in (
            ("write", errno.ENOSPC),
            ("write", errno.EIO),
            ("sync", errno.EIO),
            ("write", errno.EROFS),
        )
    ]
    for trial in range(count):
        folder = where / f"{trial}"
        folder.mkdir()
        name, kind, number = faults[trial % len(faults)]
        fault = name, kind, number, chance.randint(1, 4)
        with child(_refused, folder, *fault) as (_, heard):
            said = [each for each in heard if each is not None]
        acknowledged = [each for each in said if each[0] > 0]
        stopped = [why for number, why in said if number == 0]
        tally.trials += 1
        for why in stopped:
            tally.struck[f"{name} {kind} {errno.errorcode[number]}: {why}"] += 1
        with closing(open_trial(folder)) as journal:
            tally.look(acknowledged, _kept(journal))
        # Stopped twice: at the fault, and when asked again before it was reopened.
        tally.lost += len(stopped) != 2 or len(acknowledged) < 2
        shutil.rmtree(folder)
    return tally


def _refused(where: Path, name: str, kind: str, number: int, before: int, say: Connection) -> None:
    """Store, fail, stay stopped, reopen, store."""
    with closing(open_trial(where)) as journal:
        for _ in range(before):
            say.send(_append(journal))
        descriptor = system_faults.fail(kind, where / name, number)
        for _ in range(2):
            try:
                say.send(_append(journal))
            except (JournalFault, JournalFull) as refusal:
                say.send((0, f"{refusal.code} {refusal.values['why']}"))
        journal.close()
        # The fault is of a descriptor: occupied by another file, it strikes nobody any more.
        nothing = os.open(os.devnull, os.O_RDONLY)
        if nothing != descriptor:
            os.dup2(nothing, descriptor)
        journal.reopen()
        say.send(_append(journal))


def fill(where: Path, count: int) -> Tally:
    """Fill the small file system that `where` is until the journal stops; make room; `count` times.

    No entry is lost, and the journal goes on when there is room again.
    """
    tally = Tally()
    acknowledged: list[tuple[int, str]] = []
    filler = where / "filler"
    with closing(open_trial(where)) as journal:
        for _ in range(count):
            acknowledged.append(_append(journal))
            room = shutil.disk_usage(where).free
            filler.write_bytes(bytes(max(0, room - _ROOM_LEFT)))
            try:
                acknowledged.extend(_append(journal) for _ in range(_MOST_ENTRIES))
            except (JournalFull, JournalFault) as refusal:
                tally.struck[f"full: {refusal.code} {refusal.values['why']}"] += 1
            filler.unlink()
            journal.reopen()
            tally.trials += 1
        tally.look(acknowledged, _kept(journal))
    return tally


def garble(where: Path, count: int, chance: Random) -> Tally:
    """Cut or garble one file of a journal at random, `count` times, and open it again."""
    tally = Tally()
    states, acknowledged = _states(where)
    for trial in range(count):
        folder = where / "trial"
        shutil.copytree(states[trial % len(states)], folder)
        victim = chance.choice(sorted(file for file in folder.iterdir() if file.name != "key"))
        damage = chance.choice(_DAMAGES)
        before = victim.read_bytes()
        after = damage(before, chance)
        victim.write_bytes(after)
        tally.trials += 1
        try:
            with closing(open_trial(folder)) as journal:
                tally.look(acknowledged, _kept(journal))
                tally.doubled += _append(journal)[0] != len(acknowledged) + 1
                outcome = "unharmed" if journal.mended is None else "mended"
        except (JournalDamaged, JournalFault):
            outcome = "stopped"
            tally.lost += len(acknowledged)  # one file is whole: there was no need to stop
        if after != before:
            tally.struck[f"{victim.name} {damage.__name__.strip('_')}: {outcome}"] += 1
        shutil.rmtree(folder)
    return tally


def _states(where: Path) -> tuple[list[Path], list[tuple[int, str]]]:
    """The same entries as a running station has them on disk, and as a closed one leaves them."""
    origin, running, closed = where / "origin", where / "running", where / "closed"
    origin.mkdir()
    with closing(open_trial(origin)) as journal:
        acknowledged = [_append(journal) for _ in range(_ENTRIES_TO_GARBLE)]
        shutil.copytree(origin, running)
    shutil.copytree(origin, closed)
    return [running, closed], acknowledged


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _flipped(content: bytes, chance: Random) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _overwritten(content: bytes, chance: Random) -> bytes:
    at, length = chance.randrange(len(content) + 1), chance.randint(1, 64)
    return (content[:at] + chance.randbytes(length) + content[at + length :])[: len(content)]


def _blanked(content: bytes, chance: Random) -> bytes:
    """A sector or a page of zeros, as after a lost write."""
    size = chance.choice((512, 4096))
    at = chance.randrange(len(content) + 1) // size * size
    return (content[:at] + bytes(size) + content[at + size :])[: len(content)]


_DAMAGES: list[Callable[[bytes, Random], bytes]] = [_cut, _flipped, _overwritten, _blanked]
