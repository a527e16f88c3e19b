"""Files that are on disk once a function here returns; used to make, copy or move a house."""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def write(file: Path, content: bytes) -> None:
    """Make a file that is not there yet, for its owner only; raises `OSError`."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(opened, "wb") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(opened)


def replace(file: Path, content: bytes) -> None:
    """Make it anew, wholly or not at all; its directory says so too. Raises `OSError`."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)  # of one that was broken off
    write(fresh, content)
    fresh.replace(file)
    sync_directory(file.parent)


def sync(file: Path) -> None:
    """Whatever others have written to it."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def sync_directory(directory: Path) -> None:
    """The names in it."""
    if os.name == "nt":  # Windows has no such thing, and needs none for a rename
        return
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
