"""The clock that the script winds: one instant in a file, seen by every process of a rehearsal."""

import mmap
import struct
from pathlib import Path

from domain.model.instants import Micros

_INSTANT = struct.Struct("<q")


class ScriptedClock:
    """An instant shared through a file; only the script that made the file winds it.

    Serves as the server's clock and as a station's: the monotonic time follows the same instant,
    so a day of eight hours is played in seconds and every process agrees on the minute.
    """

    def __init__(self, file: Path, *, boot: str = "rehearsal") -> None:
        with file.open("r+b") as opened:
            self._instant = mmap.mmap(opened.fileno(), _INSTANT.size)
        self.boot_id = boot

    @classmethod
    def made_at(cls, file: Path, instant_us: Micros) -> "ScriptedClock":
        """A new file showing `instant_us`."""
        file.write_bytes(_INSTANT.pack(instant_us))
        return cls(file)

    def now_us(self) -> Micros:
        """The instant on the file."""
        return int(_INSTANT.unpack_from(self._instant)[0])

    def monotonic_ms(self) -> int:
        """Milliseconds that never run back, as long as the script never winds back."""
        return self.now_us() // 1000

    def wind_to(self, instant_us: Micros) -> None:
        """Show a later instant; a script that winds back is a fault."""
        if instant_us < self.now_us():
            raise ValueError("a rehearsal clock is never wound back")
        _INSTANT.pack_into(self._instant, 0, instant_us)

    def close(self) -> None:
        """Let go of the file."""
        self._instant.close()
