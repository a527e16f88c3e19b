"""The signed journal entry of a station: its bytes, its key, the fact it states.

Bytes = header (format version, algorithm, domain string) + JSON body + signature. They are stored
and verified as sent and never serialised again, so the signature holds for as long as the bytes do.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from domain.model.errors import BadFact, MalformedEntry, Refusal
from domain.model.fact import Fact, check_grammar, fact_from_json
from domain.model.identifiers import checked_code
from domain.model.instants import Micros, iso, parse_instant

FORMAT_VERSION = 1
DOMAIN_STRING = b"giaonhan.entry"
SIGNATURE_BYTES = 64  # Ed25519, and r‖s of ECDSA P-256, are equally long
HEADER_BYTES = 2 + len(DOMAIN_STRING)
MOST_BODY_BYTES = 4096
MOST_ENTRY_BYTES = HEADER_BYTES + MOST_BODY_BYTES + SIGNATURE_BYTES
FIRST_PREVIOUS = "0" * 64
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{86}==")
_JSON = json.JSONDecoder()
_HASH_LETTERS = frozenset("0123456789abcdef")
_BODY_KEYS = frozenset(
    "station epoch seq prev fact subject context office operator at offset_ms boot mono_ms"
    " checkpoint".split()
)


class Algorithm(IntEnum):
    """How an entry is signed; phones have hardware keys for P-256 only."""

    ED25519 = 1
    ECDSA_P256 = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The server's signed word that it holds a station's journal up to `seq`, given at `at_us`.

    `signature`: base64 of 64 bytes.
    """

    station: str
    epoch: int
    seq: int
    at_us: Micros
    signature: str

    def signed_bytes(self) -> bytes:
        """What the server signs (Ed25519)."""
        return (
            f"giaonhan.checkpoint|{self.station}|{self.epoch}|{self.seq}|{iso(self.at_us)}"
        ).encode()

    def to_json(self) -> dict[str, Any]:
        """The object embedded in an entry's body and in the answer to a batch."""
        return {
            "station": self.station,
            "epoch": self.epoch,
            "seq": self.seq,
            "at": iso(self.at_us),
            "signature": self.signature,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A parsed entry. `fact` has no evidence bounds yet: those need the server's word.

    `at` in the body is the station's wall clock after `offset_ms`, the correction measured against
    the server, was added. `prev` is the SHA-256 of the previous entry's bytes in hex. `boot` is a
    code: what a system calls its boots (a UUID), or a rehearsal's station and a number.
    """

    raw: bytes
    algorithm: Algorithm
    prev: str
    boot: str
    mono_ms: int
    offset_ms: int
    checkpoint: Checkpoint | None
    fact: Fact

    @property
    def key(self) -> str:
        """Station, epoch and sequence as one text."""
        return self.fact.key

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex: the next entry's `prev`."""
        return self.fact.digest

    @property
    def signed(self) -> bytes:
        """Header and body: what the signature covers."""
        return self.raw[:-SIGNATURE_BYTES]

    @property
    def signature(self) -> bytes:
        """The last 64 bytes."""
        return self.raw[-SIGNATURE_BYTES:]


def unsigned_entry(
    fact: Fact,
    *,
    prev: str,
    boot: str,
    mono_ms: int,
    offset_ms: int,
    checkpoint: Checkpoint | None,
    algorithm: Algorithm = Algorithm.ED25519,
) -> bytes:
    """Header and body to be signed; append the 64 bytes of the signature to make the entry.

    Raises `MalformedEntry` when the body would exceed 4 KiB.
    """
    body = json.dumps(
        {
            "station": fact.station,
            "epoch": fact.epoch,
            "seq": fact.seq,
            "prev": prev,
            "fact": fact.fact,
            "subject": fact.subject,
            "context": dict(fact.context),
            "office": fact.office,
            "operator": fact.operator,
            "at": iso(fact.at_us),
            "offset_ms": offset_ms,
            "boot": boot,
            "mono_ms": mono_ms,
            "checkpoint": checkpoint and checkpoint.to_json(),
        },
        separators=(",", ":"),
    ).encode()
    if len(body) > MOST_BODY_BYTES:
        raise MalformedEntry(why="body too long")
    return bytes((FORMAT_VERSION, algorithm)) + DOMAIN_STRING + body


def parse_entry(raw: bytes) -> Entry:
    """Read an entry's bytes; the signature is not verified here. Raises `MalformedEntry`."""
    if not HEADER_BYTES + SIGNATURE_BYTES < len(raw) <= MOST_ENTRY_BYTES:
        raise MalformedEntry(why="length")
    if raw[0] != FORMAT_VERSION or raw[2:HEADER_BYTES] != DOMAIN_STRING:
        raise MalformedEntry(why="header")
    try:
        algorithm = Algorithm(raw[1])
        body = _JSON.decode(raw[HEADER_BYTES:-SIGNATURE_BYTES].decode())
    except (ValueError, RecursionError):
        raise MalformedEntry(why="algorithm or JSON") from None
    if not isinstance(body, dict) or body.keys() != _BODY_KEYS:
        raise MalformedEntry(why="keys of the body")
    try:
        return _entry(raw, algorithm, body)
    except Refusal as refusal:
        raise MalformedEntry(why=str(refusal)) from refusal


def entry_digest(raw: bytes) -> str:
    """SHA-256 of an entry's bytes in hex."""
    return hashlib.sha256(raw).hexdigest()


def _entry(raw: bytes, algorithm: Algorithm, body: dict[str, Any]) -> Entry:
    fact = fact_from_json(body, digest=entry_digest(raw))
    check_grammar(fact)
    prev = body["prev"]
    if not (isinstance(prev, str) and len(prev) == 64 and _HASH_LETTERS.issuperset(prev)):
        raise BadFact(field="prev", why="not a hash")
    return Entry(
        raw=raw,
        algorithm=algorithm,
        prev=prev,
        boot=checked_code("boot", body["boot"]),
        mono_ms=_whole(body, "mono_ms"),
        offset_ms=_whole(body, "offset_ms"),
        checkpoint=read_checkpoint(body["checkpoint"]),
        fact=fact,
    )


def read_checkpoint(body: object) -> Checkpoint | None:
    """A checkpoint from its JSON, None from null; raises `BadFact`, `BadCode` or `BadInstant`.

    Whether we gave it is asked of its signature; here only that no word fits in where none belongs.
    """
    if body is None:
        return None
    if not isinstance(body, dict) or body.keys() != _CHECKPOINT_KEYS:
        raise BadFact(field="checkpoint", why="not a checkpoint")
    signature = body["signature"]
    if not (isinstance(signature, str) and _SIGNATURE.fullmatch(signature)):
        raise BadFact(field="checkpoint.signature", why="not a signature")
    return Checkpoint(
        station=checked_code("checkpoint.station", body["station"]),
        epoch=_whole(body, "epoch"),
        seq=_whole(body, "seq"),
        at_us=parse_instant(body["at"]),
        signature=signature,
    )


def _whole(body: dict[str, Any], name: str) -> int:
    value = body[name]
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**53:
        raise BadFact(field=name, why="not a whole number")
    return value


_CHECKPOINT_KEYS = frozenset({"station", "epoch", "seq", "at", "signature"})
