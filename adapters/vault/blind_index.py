"""Words under which an applicant is found again, as keyed hashes; used by the vault alone.

A stolen file tells which records share a word, never the word: the key is not in the file.
"""

import hashlib
import hmac
import re

from domain.model.folding import folded
from domain.ports.vault import ApplicantData

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\+?\d[\d .-]{4,}\d")  # six signs and more: a phone or an id number
_HASH_BYTES = 16
_COUNTRY = "84"
_LOCAL_DIGITS = 9  # of a Vietnamese phone number after its leading zero


class BlindIndex:
    """Folds words as people mistype them: no tones, đ as d, no case; numbers without spaces."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, applicant: ApplicantData) -> set[bytes]:
        """The tokens to store."""
        numbers = [applicant.phone or "", applicant.id_number or ""]
        words = _WORD.findall(folded(applicant.name))
        return {self._hash(word) for word in [*words, *filter(None, map(_digits, numbers))]}

    def sought(self, text: str) -> set[bytes]:
        """The tokens that a record must all have; none when the text holds no word."""
        numbers = [_digits(found) for found in _NUMBER.findall(text)]
        words = _WORD.findall(folded(_NUMBER.sub(" ", text)))
        return {self._hash(word) for word in [*words, *numbers]}

    def _hash(self, word: str) -> bytes:
        return hmac.digest(self._key, word.encode(), hashlib.sha256)[:_HASH_BYTES]


def _digits(text: str) -> str:
    """Digits only; a phone number with the country's code as it is dialled at home."""
    digits = "".join(filter(str.isdecimal, text))
    if digits.startswith(_COUNTRY) and len(digits) == len(_COUNTRY) + _LOCAL_DIGITS:
        return "0" + digits.removeprefix(_COUNTRY)
    return digits
