"""The vault on any SQL database: AES-GCM, opaque ids, a blind index; used by intake and pages."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.clock import random_bytes
from adapters.vault.blind_index import BlindIndex
from domain.model.errors import NotFound
from domain.ports.clock import Entropy
from domain.ports.vault import (
    MOST_FIELD_CHARS,
    MOST_PHOTO_BYTES,
    MOST_TEXT_CHARS,
    ApplicantData,
    TooLarge,
    VaultKeyWrong,
)

KEY_BYTES = 32
_NONCE_BYTES = 12
_WITNESS = "witness"  # a record that only the right key opens
_SEARCH = """
SELECT opaque FROM token WHERE token IN ({marks})
GROUP BY opaque HAVING COUNT(*) = ? ORDER BY opaque LIMIT ?
"""
_PUT = """
INSERT INTO record VALUES (?,?,?,?,?)
ON CONFLICT (opaque) DO UPDATE SET {again} WHERE record.settled = 0
"""
Write = tuple[str, Sequence[Sequence[object]]]  # a statement, and its rows

_MOST_WORDS = 12  # of one search; more is no name


SHAPE = 1  # of the tables and of what is sealed in them; a newer one is refused


class SqlVault(ABC):
    """`Vault` but for its database; every method may be called from any thread.

    Statements mark their parameters with `?`.
    """

    LISTED = "SELECT value FROM json_each(?)"
    LEFT = "settled = 0"
    PUT_AGAIN = "owner = excluded.owner"

    def __init__(self, *, key: bytes, entropy: Entropy) -> None:
        self._cipher = AESGCM(_derived(key, b"giaonhan.vault.records"))
        self._index = BlindIndex(_derived(key, b"giaonhan.vault.index"))
        self._entropy = entropy

    @abstractmethod
    def close(self) -> None:
        """Release file or connections."""

    @abstractmethod
    def _write(self, *writes: Write) -> None:
        """Each statement for each of its rows, all in one transaction."""

    @abstractmethod
    def _select(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one SELECT."""

    def put_applicant(self, applicant: ApplicantData, *, owner: UUID) -> str:
        """See `Vault`."""
        fields = asdict(applicant)
        for name, value in fields.items():
            if value is not None and len(value) > MOST_FIELD_CHARS:
                raise TooLarge(what=name, most=MOST_FIELD_CHARS)
        opaque = self._entropy.new_id().hex
        tokens = self._index.of(applicant)
        self._put(opaque, "applicant", orjson.dumps(fields), owner=owner, tokens=tokens)
        return opaque

    def put_text(self, text: str, *, owner: UUID) -> str:
        """See `Vault`."""
        if len(text) > MOST_TEXT_CHARS:
            raise TooLarge(what="text", most=MOST_TEXT_CHARS)
        opaque = self._entropy.new_id().hex
        self._put(opaque, "text", text.encode(), owner=owner)
        return opaque

    def put_photo(self, photo: bytes, *, owner: UUID) -> str:
        """See `Vault`."""
        if len(photo) > MOST_PHOTO_BYTES:
            raise TooLarge(what="photo", most=MOST_PHOTO_BYTES)
        digest = hashlib.sha256(photo).hexdigest()
        self._put(digest, "photo", photo, owner=owner)
        return digest

    def applicant(self, opaque: str) -> ApplicantData:
        """See `Vault`."""
        return ApplicantData(**orjson.loads(self._get(opaque, "applicant")))

    def text(self, opaque: str) -> str:
        """See `Vault`."""
        return self.texts([opaque])[opaque]

    def texts(self, opaque: Collection[str]) -> dict[str, str]:
        """See `Vault`."""
        return {one: sealed.decode() for one, sealed in self._all(opaque, "text").items()}

    def photo(self, digest: str) -> bytes:
        """See `Vault`."""
        return self._get(digest, "photo")

    def search(self, words: str, *, limit: int = 50) -> list[str]:
        """See `Vault`."""
        tokens = list(self._index.sought(words))
        if not tokens or len(tokens) > _MOST_WORDS:
            return []
        statement = _SEARCH.format(marks=",".join("?" * len(tokens)))
        return [row[0] for row in self._select(statement, [*tokens, len(tokens), limit])]

    def settle(self, opaque: Sequence[str]) -> None:
        """See `Vault`."""
        self._write(
            ("UPDATE record SET settled = 1 WHERE opaque = ?", [(each,) for each in opaque])
        )

    def forget(self, opaque: Sequence[str]) -> None:
        """See `Vault`."""
        self._forget(opaque, "settled = 0")

    def unsettled(self) -> list[tuple[str, UUID]]:
        """See `Vault`."""
        left = f"SELECT opaque, owner FROM record WHERE {self.LEFT} ORDER BY opaque"  # noqa: S608 - ours
        return [(opaque, UUID(owner)) for opaque, owner in self._select(left, ())]

    def forget_left(self, opaque: Sequence[str]) -> None:
        """See `Vault`."""
        self._forget(opaque, self.LEFT)

    def _forget(self, opaque: Sequence[str], which: str) -> None:
        rows = [(each,) for each in opaque]
        no_more = "NOT EXISTS (SELECT 1 FROM record WHERE record.opaque = token.opaque)"
        self._write(
            (f"DELETE FROM record WHERE opaque = ? AND {which}", rows),  # noqa: S608 - ours
            (f"DELETE FROM token WHERE opaque = ? AND {no_more}", rows),  # noqa: S608 - ours
        )

    def _check_key(self, *, writer: bool) -> None:
        try:
            self._get(_WITNESS, _WITNESS)
        except NotFound:
            if writer:
                self._put(_WITNESS, _WITNESS, _WITNESS.encode(), owner=None)

    def _put(
        self,
        opaque: str,
        kind: str,
        content: bytes,
        *,
        owner: UUID | None,
        tokens: Iterable[bytes] = (),
    ) -> None:
        nonce = random_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, content, _bound_to(opaque, kind))
        row = (opaque, kind, owner and owner.hex, int(owner is None), sealed)
        self._write(
            (_PUT.format(again=self.PUT_AGAIN), [row]),
            ("INSERT INTO token VALUES (?,?)", [(token, opaque) for token in tokens]),
        )

    def _get(self, opaque: str, kind: str) -> bytes:
        return self._all([opaque], kind)[opaque]

    def _all(self, opaque: Collection[str], kind: str) -> dict[str, bytes]:
        """The content of each of these records, in one read."""
        if not opaque:
            return {}
        wanted = f"SELECT opaque, sealed FROM record WHERE opaque IN ({self.LISTED}) AND kind = ?"  # noqa: S608 - ours
        rows = dict(self._select(wanted, (orjson.dumps(list(opaque)).decode(), kind)))
        for one in opaque:
            if one not in rows:
                raise NotFound(what=kind, code=one)
        try:
            return {
                one: self._cipher.decrypt(
                    sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(one, kind)
                )
                for one, sealed in rows.items()
            }
        except InvalidTag:
            raise VaultKeyWrong from None


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)


def _bound_to(opaque: str, kind: str) -> bytes:
    """A sealed record opens under its own id only: rows cannot be exchanged."""
    return f"{kind}|{opaque}".encode()
