"""The vault in one SQLite file: AES-GCM, opaque ids, a blind index; used by intake and pages."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
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
from domain.ports.stores import DiskFull, StoreFailed, StoreReadOnly
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
_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    opaque TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT, settled INTEGER NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_unsettled ON record (opaque) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS token (
    token BLOB NOT NULL, opaque TEXT NOT NULL, PRIMARY KEY (token, opaque)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS token_of_record ON token (opaque);
"""
_SEARCH = """
SELECT opaque FROM token WHERE token IN ({marks})
GROUP BY opaque HAVING COUNT(*) = ? ORDER BY opaque LIMIT ?
"""
_RECORDS = """
SELECT opaque, sealed FROM record WHERE kind = ?2 AND opaque IN (SELECT value FROM json_each(?1))
"""
_MOST_WORDS = 12  # of one search; more is no name


class SqliteVault:
    """`Vault` on a file; every method may be called from any thread."""

    def __init__(self, path: Path, *, key: bytes, entropy: Entropy, writer: bool = True) -> None:
        self._cipher = AESGCM(_derived(key, b"giaonhan.vault.records"))
        self._index = BlindIndex(_derived(key, b"giaonhan.vault.index"))
        self._entropy = entropy
        self._lock = Lock()
        uri = path.absolute().as_uri() + ("" if writer else "?mode=ro")
        self._connection = sqlite3.connect(
            uri, uri=True, check_same_thread=False, isolation_level=None
        )
        try:
            with self._told():
                self._connection.execute("PRAGMA synchronous=FULL")
                if writer:
                    self._connection.execute("PRAGMA journal_mode=WAL")
                    self._connection.execute("PRAGMA secure_delete=ON")
                    self._connection.executescript(_TABLES)
            self._check_key(writer=writer)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

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

    def put_photo(self, photo: bytes) -> str:
        """See `Vault`."""
        if len(photo) > MOST_PHOTO_BYTES:
            raise TooLarge(what="photo", most=MOST_PHOTO_BYTES)
        digest = hashlib.sha256(photo).hexdigest()
        self._put(digest, "photo", photo, owner=None)
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
        self._each("UPDATE record SET settled = 1 WHERE opaque = ?", opaque)

    def forget(self, opaque: Sequence[str]) -> None:
        """See `Vault`."""
        self._each("DELETE FROM token WHERE opaque = ?", opaque)
        self._each("DELETE FROM record WHERE opaque = ?", opaque)

    def unsettled(self) -> list[tuple[str, UUID]]:
        """See `Vault`."""
        rows = self._select("SELECT opaque, owner FROM record WHERE settled = 0", ())
        return [(opaque, UUID(owner)) for opaque, owner in rows]

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
        with self._transaction():
            self._connection.execute("INSERT OR IGNORE INTO record VALUES (?,?,?,?,?)", row)
            self._connection.executemany(
                "INSERT INTO token VALUES (?,?)", [(token, opaque) for token in tokens]
            )

    def _get(self, opaque: str, kind: str) -> bytes:
        return self._all([opaque], kind)[opaque]

    def _all(self, opaque: Collection[str], kind: str) -> dict[str, bytes]:
        """The content of each of these records, in one read."""
        if not opaque:
            return {}
        rows = dict(self._select(_RECORDS, (orjson.dumps(list(opaque)).decode(), kind)))
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

    def _each(self, statement: str, opaque: Sequence[str]) -> None:
        with self._transaction():
            self._connection.executemany(statement, [(each,) for each in opaque])

    def _select(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        with self._lock, self._told():
            return self._connection.execute(statement, parameters).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._told():
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the driver's errors as refusals."""
        try:
            yield
        except sqlite3.Error as error:
            match getattr(error, "sqlite_errorcode", 0) & 0xFF:
                case sqlite3.SQLITE_FULL:
                    raise DiskFull from error
                case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
                    raise StoreReadOnly from error
                case _:
                    raise StoreFailed(why=str(error)) from error


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)


def _bound_to(opaque: str, kind: str) -> bytes:
    """A sealed record opens under its own id only: rows cannot be exchanged."""
    return f"{kind}|{opaque}".encode()
