"""Photos of damage as they come in: small, JPEG or PNG by content, and a picture indeed."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from domain.model.errors import Refusal
from domain.ports.vault import MOST_PHOTO_BYTES, TooLarge

_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class NotAPhoto(Refusal):
    """Neither JPEG nor PNG, or no picture inside."""

    code = "NOT_A_PHOTO"


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that was decoded once; made by `Photos.checked` alone."""

    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 in hex: what refers to it, and its id in the vault."""
        return hashlib.sha256(self.content).hexdigest()


class Photos(Protocol):
    """Looks into pictures from strangers, in a process of its own."""

    def checked(self, content: bytes) -> Photo:
        """The photo; raises `NotAPhoto` or `TooLarge`. Takes up to two seconds."""
        ...


def media_type(content: bytes) -> str:
    """What the first bytes say it is; raises `NotAPhoto`, or `TooLarge` before looking."""
    if len(content) > MOST_PHOTO_BYTES:
        raise TooLarge(what="photo", most=MOST_PHOTO_BYTES)
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            return kind
    raise NotAPhoto
