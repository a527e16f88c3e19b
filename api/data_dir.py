"""What stands in a data directory beside its stores: keys and the demo's mark; why one is refused.

Used by whatever opens, makes, copies or moves a house.
"""

from pathlib import Path

from api.databases import KEYS
from domain.model.errors import Refusal

DEMO = "demo"
SERVER_KEY, VAULT_KEY, SESSION_KEY = "server.ed25519", "vault.key", "session.key"
KEY_FILES = (SERVER_KEY, VAULT_KEY, SESSION_KEY)


class NotAHouse(Refusal):
    """Not a data directory made by `init`; values: directory."""

    code = "NOT_A_HOUSE"


class PlaceTaken(Refusal):
    """A directory that was to be made is there, and not empty; values: directory."""

    code = "PLACE_TAKEN"


class DemoDirectory(Refusal):
    """Made for rehearsal, where time is scripted: a real server refuses it; values: directory."""

    code = "DEMO_DIRECTORY"


class NotADemo(Refusal):
    """A real data directory: no scripted clock runs on it; values: directory."""

    code = "NOT_A_DEMO"


class KeysUnreadable(Refusal):
    """A key of the house is gone or another user's; values: file, why."""

    code = "KEYS_UNREADABLE"


def read_key(data_dir: Path, name: str) -> bytes:
    """One of the `KEY_FILES`; raises `KeysUnreadable`."""
    file = data_dir / KEYS / name
    try:
        return file.read_bytes()
    except OSError as error:
        raise KeysUnreadable(file=str(file), why=error.strerror) from error
