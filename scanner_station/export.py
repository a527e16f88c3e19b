"""The journal as a file that can be carried: what both of its files hold, sound or not.

Read beside a running station, and from a journal that does not open any more: the server judges
each entry by its signature.
"""

from pathlib import Path

from domain.model.journal_lines import journal_lines
from scanner_station.journal import copy_of
from scanner_station.journal_copy import JournalCopy
from scanner_station.journal_file import held_beside
from scanner_station.refusals import DirectoryUnusable
from scanner_station.settings import Settings, write_whole


def export_journal(settings: Settings, file: Path) -> int:
    """Write every entry there is to `file`; how many. Raises `DirectoryUnusable`."""
    try:
        held = [
            held_beside(settings.journal_file),
            JournalCopy(copy_of(settings.journal_file), station=settings.station).read(),
        ]
        entries = {(place, raw) for each in held for place, raw in each.entries.items()}
        anchors = sorted({anchor for each in held for anchor in each.anchors})
        raws = [raw for _, raw in sorted(entries)]
        write_whole(file, b"".join(journal_lines(settings.station, anchors, raws)))
    except OSError as error:
        raise DirectoryUnusable(directory=str(file), why=str(error.strerror)) from error
    return len(raws)
