"""A scanner on a serial line (USB-COM): no input method and no focus can disturb it.

It may be unplugged and plugged in again at any time: the line is opened anew.
"""

import errno
import threading
from collections.abc import Iterator, Mapping

import serial

from domain.model.errors import Refusal
from scanner_station.sources import View
from scanner_station.wedge import Lines

BAUD = 9_600  # what scanners come set to; over USB the figure means nothing
# A scanner without a suffix sends a label in one burst: after so long the burst is over. Slow
# Bluetooth bridges pause for half as long within one.
_QUIET_S = 0.1
_ASK_AGAIN_S = 1.0
_CHUNK_BYTES = 4_096
_WHYS: Mapping[int | None, str] = {
    errno.ENOENT: "not plugged in",
    errno.EACCES: "this user may not open it",
    errno.EBUSY: "another program has it",
}


class ScannerUnplugged(Refusal):
    """The serial line cannot be read; values: port, why."""

    code = "SCANNER_UNPLUGGED"


def serial_lines(port: str, stop: threading.Event, *, baud: int = BAUD) -> Iterator[View]:
    """One view per code until `stop`; one with a refusal whenever the scanner is gone.

    What had half arrived when the cable was pulled is let go: the label is scanned again.
    """
    told = False
    while not stop.is_set():
        try:
            with serial.Serial(port, baud, timeout=_QUIET_S, exclusive=True) as line:
                told = False
                yield from _codes(line, stop)
        except (serial.SerialException, OSError) as error:
            if not told:
                why = _WHYS.get(error.errno, "the connection broke off")
                yield View((), refusal=ScannerUnplugged(port=port, why=why))
            told = True
            stop.wait(_ASK_AGAIN_S)


def _codes(line: serial.Serial, stop: threading.Event) -> Iterator[View]:
    framed = Lines()
    while not stop.is_set():
        chunk = line.read(max(1, min(line.in_waiting, _CHUNK_BYTES)))
        yield from framed.fed(chunk) if chunk else framed.rest()
