"""How a station is run when nobody types it: `station.toml` in its directory, for the command line.

What is typed counts before the environment (`GIAONHAN_STATION_…`), that before the file.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.model.errors import Refusal

FILE = "station.toml"
_MOST_BYTES = 10_000
# Each option of `station run` that a file may set, and what it may be.
_OPTIONS: Mapping[str, type[int] | type[float] | type[str] | type[bool]] = {
    "serial": str,
    "camera": int,
    "images": str,
    "follow": bool,
    "desk": bool,
    "port": int,
    "badge_alone": bool,
    "no_browser": bool,
    "longest_wait": float,
}


class BadStationFile(Refusal):
    """`station.toml` cannot be used; values: file, why."""

    code = "BAD_STATION_FILE"


def read_defaults(directory: Path) -> dict[str, Any]:
    """The options in the file; none where there is none. Raises `BadStationFile`."""
    file = directory / FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        whole = len(content) <= _MOST_BYTES
        told = tomllib.loads(content.decode()) if whole else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadStationFile(file=str(file), why=str(error)[:200]) from error
    if not whole:
        raise BadStationFile(file=str(file), why=f"> {_MOST_BYTES} bytes")
    for name, value in told.items():
        wanted = _OPTIONS.get(name)
        if wanted is None:
            raise BadStationFile(file=str(file), why=f"{name[:40]}?")
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise BadStationFile(file=str(file), why=f"{name}: {wanted.__name__}")
    return told
