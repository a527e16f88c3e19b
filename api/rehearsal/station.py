"""A station of a rehearsal: the real one, on the scripted clock, `python -m … DIR CLOCK`.

Its desk has a scanner that types and a camera that takes stills: a line ending in `.jpg` names a
picture just taken, any other line is what the scanner typed.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType

from api.rehearsal.clock import ScriptedClock
from domain.model.errors import Refusal
from scanner_station.running import run_station
from scanner_station.settings import read_settings
from scanner_station.sources import View, reading_order
from scanner_station.telling import json_lines
from scanner_station.wedge import lines

LONGEST_WAIT_S = 0.3  # real seconds between calls while the cable is out: an hour passes in a few
PICTURE = ".jpg"


def main() -> None:
    """Run until standard input ends or SIGTERM."""
    directory, clock = map(Path, sys.argv[1:])
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    run_station(
        read_settings(directory),
        clock=ScriptedClock(clock),
        source=lambda _journal, _stop: desk(sys.stdin.fileno()),
        out=json_lines,
        stop=stop,
        longest_wait_s=LONGEST_WAIT_S,
    )


def desk(descriptor: int) -> Iterator[View]:
    """Typed codes and photographs, in the order of the lines."""
    with ExitStack() as stack:
        photograph = None
        for view in lines(descriptor):
            if not view.texts[0].endswith(PICTURE):
                yield view
                continue
            photograph = photograph or _camera(stack)
            yield photograph(Path(view.texts[0]))


def _camera(stack: ExitStack) -> Callable[[Path], View]:
    # A desk that only types never pays for the decoders' import.
    from scanner_station.decoder import Decoder
    from scanner_station.images import ImageReader

    reader = stack.enter_context(closing(ImageReader()))
    decoder = stack.enter_context(closing(Decoder("still")))

    def photograph(file: Path) -> View:
        try:
            return View(reading_order(decoder.decode(reader.read(file))), picture=file.name)
        except Refusal as refusal:
            return View((), picture=file.name, refusal=refusal)

    return photograph


if __name__ == "__main__":
    main()
