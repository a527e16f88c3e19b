"""One writer per data directory, held as a lock on a file; used by the event log."""

import sys
from pathlib import Path
from typing import IO

from domain.ports.stores import DirectoryLocked, StoreReadOnly

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """Held until `release`, or until the process ends however it ends."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise StoreReadOnly(directory=str(path.parent)) from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise DirectoryLocked(directory=str(path.parent)) from error

    def release(self) -> None:
        """Let another process write."""
        self._file.close()
