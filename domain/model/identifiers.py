"""Codes that people assign (offices, people, stations, procedures, seals), checked on entry.

The grammar leaves no room for a sentence or a name with spaces: free text stays in the vault (L7).
"""

import re

from domain.model.errors import BadCode

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_MANY_DIGITS = re.compile(r"[0-9]{6}")
_LONGEST_REASON = 24
_LONGEST_ECHO = 64
COURIER = "courier:"


def checked_code(field: str, text: object) -> str:
    """The text itself if it is a code; raises `BadCode` with the field's name."""
    if not isinstance(text, str) or not _CODE.fullmatch(text):
        raise BadCode(field=field, text=str(text)[:_LONGEST_ECHO])
    return text


def checked_reason(text: object) -> str:
    """A centre's own code of a reason: too short for a name with a number; raises `BadCode`."""
    reason = checked_code("reason", text)
    if len(reason) > _LONGEST_REASON or _MANY_DIGITS.search(reason):
        raise BadCode(field="reason", text=reason)
    return reason


def checked_party(field: str, text: object) -> str:
    """An office code, or `courier:CODE`; raises `BadCode`."""
    if isinstance(text, str) and text.startswith(COURIER):
        checked_code(field, text.removeprefix(COURIER))
        return text
    return checked_code(field, text)


def is_courier(party: str) -> bool:
    """Whether the party is one courier rather than an office."""
    return party.startswith(COURIER)
