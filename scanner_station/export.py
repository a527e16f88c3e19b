"""The journal as a file that can be carried: what both of its files hold, sound or not.

Read beside a running station, and from a journal that does not open any more: the server judges
each entry by its signature.
"""

from pathlib import Path

from adapters.durable import write_whole
from domain.model.journal_lines import journal_lines
from scanner_station.chain import Held
from scanner_station.journal import copy_of
from scanner_station.journal_copy import JournalCopy
from scanner_station.journal_file import held_beside
from scanner_station.reasons import why_of
from scanner_station.refusals import DirectoryUnusable
from scanner_station.settings import Settings


def export_journal(settings: Settings, file: Path) -> int:
    """Write every entry there is to `file`; how many. Raises `DirectoryUnusable`."""
    try:
        held = _held(settings)
        anchors = sorted({anchor for each in held for anchor in each.anchors})
        raws = _raws(held)
        write_whole(file, b"".join(journal_lines(settings.station, anchors, raws)))
    except OSError as error:
        raise DirectoryUnusable(directory=str(file), why=why_of(error)) from error
    return len(raws)


def entries_beside(settings: Settings) -> list[bytes]:
    """Every entry that either file holds, in order, sound or not; raises `DirectoryUnusable`."""
    try:
        return _raws(_held(settings))
    except OSError as error:
        where = str(settings.directory)
        raise DirectoryUnusable(directory=where, why=why_of(error)) from error


def _held(settings: Settings) -> list[Held]:
    copy = JournalCopy(copy_of(settings.journal_file), station=settings.station)
    return [held_beside(settings.journal_file), copy.read()]


def _raws(held: list[Held]) -> list[bytes]:
    entries = {(place, raw) for each in held for place, raw in each.entries.items()}
    return [raw for _, raw in sorted(entries)]
