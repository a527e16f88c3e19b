"""The 16-digit label that names every paper, bag, badge and place: parse, format, check digits.

kind (1) + issuer (5) + year (2) + serial (6) + check (2, ISO 7064 mod 97-10 over the first 14).
Digits only, because keyboard-wedge scanners type through Vietnamese input methods, which rewrite
letters and never digits.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from domain.model.errors import BadLabel

LABEL_DIGITS = 16
_LABEL = re.compile(r"[1-7][0-9]{15}")
_LONGEST_ECHO = 40  # a refusal repeats at most so much of what was sent


class Kind(IntEnum):
    """What a label is stuck to; the first digit."""

    DOSSIER = 1
    POUCH = 2
    BADGE = 3
    PLACE = 4
    COMMAND = 5
    PIECE = 6
    RUN = 7


DOSSIER_KINDS = (str(int(Kind.DOSSIER)), str(int(Kind.PIECE)))  # as a label begins
POUCH_KIND = str(int(Kind.POUCH))
RUN_KIND = str(int(Kind.RUN))


@dataclass(frozen=True, slots=True)
class Label:
    """A label in its parts; `str(label)` is the 16 digits. Raises `BadLabel` out of range."""

    kind: Kind
    issuer: int
    year: int
    serial: int

    def __post_init__(self) -> None:
        if not (
            0 <= self.issuer <= 99_999 and 0 <= self.year <= 99 and 0 <= self.serial <= 999_999
        ):
            raise BadLabel(
                text=f"{self.kind}/{self.issuer}/{self.year}/{self.serial}", why="out of range"
            )

    def __str__(self) -> str:
        body = f"{self.kind:d}{self.issuer:05d}{self.year:02d}{self.serial:06d}"
        return body + check_digits(body)


def check_digits(first_14: str) -> str:
    """ISO 7064 mod 97-10 as the design states it: 98 − (n·100 mod 97), two digits."""
    return f"{98 - int(first_14) * 100 % 97:02d}"


def parse_label(text: str) -> Label:
    """Read a label, spaces and dots between its groups allowed; raises `BadLabel`."""
    digits = text.translate(_SEPARATORS)
    if not _LABEL.fullmatch(digits):
        raise BadLabel(text=text[:_LONGEST_ECHO], why="grammar")
    if check_digits(digits[:14]) != digits[14:]:
        raise BadLabel(text=text[:_LONGEST_ECHO], why="check digits")
    return Label(Kind(int(digits[0])), int(digits[1:6]), int(digits[6:8]), int(digits[8:14]))


def is_label(text: str) -> bool:
    """Whether the text is exactly the 16 digits of a label."""
    return bool(_LABEL.fullmatch(text)) and check_digits(text[:14]) == text[14:]


def grouped(label: str) -> str:
    """The digits as people read them aloud: `1 27001 26 000042 71`."""
    return f"{label[0]} {label[1:6]} {label[6:8]} {label[8:14]} {label[14:]}"


_SEPARATORS = {ord(" "): None, ord("."): None, ord("-"): None}
