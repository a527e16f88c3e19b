"""Personal data, free texts and photos under opaque ids, kept apart from the events (L7)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.model.errors import Refusal

MOST_FIELD_CHARS = 200
MOST_TEXT_CHARS = 4_000
MOST_PHOTO_BYTES = 2 * 1024 * 1024  # what a phone makes of a page at medium size


class TooLarge(Refusal):
    """More than the vault takes; values: what, most."""

    code = "TOO_LARGE"


class VaultKeyWrong(Refusal):
    """The key file does not open this vault."""

    code = "VAULT_KEY_WRONG"


@dataclass(frozen=True, slots=True)
class ApplicantData:
    """Who applies; None where it was not given. Never stored outside the vault."""

    name: str
    phone: str | None = None
    id_number: str | None = None
    address: str | None = None
    email: str | None = None


class Vault(Protocol):
    """Every record belongs to an `owner` (a decision's id) and counts once that one is saved."""

    def put_applicant(self, applicant: ApplicantData, *, owner: UUID) -> str:
        """Encrypt and index; the opaque id. Raises `TooLarge`."""
        ...

    def put_text(self, text: str, *, owner: UUID) -> str:
        """Encrypt; the opaque id. Raises `TooLarge`."""
        ...

    def put_photo(self, photo: bytes, *, owner: UUID) -> str:
        """Encrypt, once; the SHA-256 of the content in hex, the same for the same photo.

        One that is not settled is the new owner's, and as if it had been put just now.
        """
        ...

    def applicant(self, opaque: str) -> ApplicantData:
        """Decrypt; raises `NotFound`."""
        ...

    def text(self, opaque: str) -> str:
        """Decrypt; raises `NotFound`."""
        ...

    def texts(self, opaque: Collection[str]) -> Mapping[str, str]:
        """Decrypt all of them in one read, by opaque id; raises `NotFound`."""
        ...

    def photo(self, digest: str) -> bytes:
        """Decrypt; raises `NotFound`."""
        ...

    def search(self, words: str, *, limit: int = 50) -> list[str]:
        """Opaque ids of applicants with every word given: of the name, a phone, an id number."""
        ...

    def settle(self, opaque: Sequence[str]) -> None:
        """Their owner is saved: they stay."""
        ...

    def forget(self, opaque: Sequence[str]) -> None:
        """Their owner was never saved: they go, but for those that were settled meanwhile."""
        ...

    def unsettled(self) -> list[tuple[str, UUID]]:
        """Records whose owner is not known to be saved (a crash in between), with that owner."""
        ...

    def forget_left(self, opaque: Sequence[str]) -> None:
        """Of these, what is still left over goes: not what was put again or settled meanwhile."""
        ...
