"""The pages' own style sheet, scripts and pictures, read once and served under their hash."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: `version` changes with its content, so that a browser may keep it for ever."""

    content: bytes
    media_type: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """By file name. Only these are served: no path from outside reaches the disk."""
    return {
        path.name: Asset(
            content := path.read_bytes(),
            _TYPES[path.suffix],
            hashlib.sha256(content).hexdigest()[:12],
        )
        for path in sorted(_FOLDER.iterdir())
        if path.suffix in _TYPES
    }


def asset_path(name: str) -> str:
    """The address of an asset, for templates."""
    return f"/static/{name}?v={assets()[name].version}"
