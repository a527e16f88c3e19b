"""The keys of a house under a passphrase, bound to the backup they belong to; used by backups."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from adapters.clock import random_bytes
from api.data_dir import KEY_FILES
from domain.model.errors import Refusal

ESCROW = "keys.sealed"
SHORTEST_PASSPHRASE = 12
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_SCRYPT = {"n": 2**17, "r": 8, "p": 1}  # half a second and 128 MiB a guess


class BackupDamaged(Refusal):
    """A file is not the one that was backed up; values: file."""

    code = "BACKUP_DAMAGED"


class PassphraseWrong(Refusal):
    """It does not open the keys, or somebody changed the manifest; no values."""

    code = "PASSPHRASE_WRONG"


class PassphraseShort(Refusal):
    """Too easily guessed by who finds the backup; values: least."""

    code = "PASSPHRASE_SHORT"


def seal(keys: Mapping[str, bytes], passphrase: str, manifest: bytes) -> bytes:
    """The keys under the passphrase; they open beside this manifest and no other."""
    salt, nonce = random_bytes(_SALT_BYTES), random_bytes(_NONCE_BYTES)
    content = json.dumps({name: _text(key) for name, key in keys.items()}).encode()
    sealed = AESGCM(_derived(passphrase, salt)).encrypt(nonce, content, manifest)
    return json.dumps(
        {"salt": _text(salt), "nonce": _text(nonce), "sealed": _text(sealed)}
    ).encode()


def unseal(escrow: bytes, passphrase: str, manifest: bytes) -> dict[str, bytes]:
    """The keys by their file; raises `PassphraseWrong`, `BackupDamaged`."""
    try:
        told = {name: base64.b64decode(text) for name, text in json.loads(escrow).items()}
        cipher = AESGCM(_derived(passphrase, told["salt"]))
        content: dict[str, Any] = json.loads(
            cipher.decrypt(told["nonce"], told["sealed"], manifest)
        )
        return {name: base64.b64decode(content[name]) for name in KEY_FILES}
    except InvalidTag:
        raise PassphraseWrong from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BackupDamaged(file=ESCROW) from error


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=_KEY_BYTES, **_SCRYPT).derive(passphrase.encode())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
