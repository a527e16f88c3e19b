"""The journal's second file: each entry once more as a line, on disk before the tone.

SQLite's file answers questions; this one is only ever written at its end, so that whatever damages
one of the two leaves the other. It is read at a start, and can be handed to the server as it is.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from adapters.durable import write_whole
from domain.model.entry import parse_entry
from domain.model.errors import Refusal
from domain.model.journal_lines import (
    Anchor,
    NotAJournalFile,
    entry_line,
    journal_lines,
    read_journal_lines,
)
from scanner_station.chain import Held
from scanner_station.reasons import NO_FILE

_APPENDING = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)  # the last is Windows'


class JournalCopy:
    """The file, open for appending. Every method may raise `OSError`; then it must be replaced."""

    def __init__(self, file: Path, *, station: str) -> None:
        self.file = file
        self._station = station
        self._descriptor: int | None = None

    def read(self) -> Held:
        """What the file holds."""
        try:
            content = self.file.read_bytes()
        except FileNotFoundError:
            return Held(fault=NO_FILE)
        try:
            lines = read_journal_lines(content)
        except NotAJournalFile:
            return Held(fault="its first line is not ours")
        held = Held(anchors=sorted(lines.anchors))
        if lines.unreadable:
            held.fault, held.torn = "a line cannot be read", lines.torn
        for raw in lines.entries:
            try:
                fact = parse_entry(raw).fact
            except Refusal:
                held.fault = "no bytes of an entry"
                continue
            if held.entries.setdefault((fact.epoch, fact.seq), raw) != raw:
                held.fault = "an entry stands there twice"
        return held

    def open(self) -> None:
        """Go on where the file ends."""
        self.close()
        self._descriptor = os.open(self.file, _APPENDING)

    def replace(self, anchors: Iterable[Anchor], entries: Iterable[bytes]) -> None:
        """Write it anew, whole or not at all, and go on from there."""
        self.close()
        write_whole(self.file, b"".join(journal_lines(self._station, anchors, entries)))
        self.open()

    def append(self, raw: bytes) -> None:
        """One more entry, on disk when this returns."""
        if self._descriptor is None:
            raise OSError("not open")
        line = memoryview(entry_line(raw))
        while line:
            line = line[os.write(self._descriptor, line) :]
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)
