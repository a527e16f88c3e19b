"""Files that are on disk once a function here returns; used by stations, houses and their copies.

What is made here is for its owner only. All raise `OSError`.
"""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def write(file: Path, content: bytes) -> None:
    """Make a file that is not there yet."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(opened, "wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(opened)


def write_whole(file: Path, content: bytes) -> None:
    """Make or replace it so that after a power cut it holds the old or the new content."""
    scratch = file.with_name(f"{file.name}.new")
    scratch.unlink(missing_ok=True)  # of one that was broken off
    write(scratch, content)
    scratch.replace(file)
    sync_directory(file.parent)


def sync(file: Path) -> None:
    """Whatever others have written to it."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def sync_directory(directory: Path) -> None:
    """The names in it."""
    if os.name == "nt":  # Windows has no handle of a folder to sync; NTFS journals the rename
        return
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
