"""How a station is run when nobody types it: `station.toml` in its directory, for the command line.

What is typed counts before the environment (`GIAONHAN_STATION_…`), that before the file.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain.model.errors import Refusal
from scanner_station.reasons import why_of

FILE = "station.toml"
_MOST_BYTES = 10_000
_MUST_BE = {
    int: "must be a whole number",
    float: "must be a number",
    str: "must be text",
    bool: "must be true or false",
}
_LINE = re.compile(r"line (\d+)")
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
    """`station.toml` cannot be used; values: file, with the line or option if known, and why."""

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
    except OSError as error:
        raise BadStationFile(file=str(file), why=why_of(error)) from error
    except ValueError as error:
        line = _LINE.search(str(error))
        raise BadStationFile(
            file=f"{file}:{line[1]}" if line else str(file), why="not TOML"
        ) from error
    if not whole:
        raise BadStationFile(file=str(file), why="too long")
    for name, value in told.items():
        wanted = _OPTIONS.get(name)
        if wanted is None:
            raise BadStationFile(file=f"{file}: {name[:40]}", why="no such option")
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise BadStationFile(file=f"{file}: {name}", why=_MUST_BE[wanted])
    return told
