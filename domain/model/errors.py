"""Refusals: what a person or device can be told "no" for, as stable codes and values without prose.

The words and the HTTP status for each code stand in one table, `api/errors.py`.
"""

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a programming error
    """A request that cannot be granted; `code` is stable, `values` explain it."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, **values: object) -> None:
        super().__init__(self.code, values)
        self.values = values

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code} ({told})" if told else self.code


class BadLabel(Refusal):
    """Not a 16-digit label of ours; values: text, why."""

    code = "BAD_LABEL"


class BadFact(Refusal):
    """A statement that is no fact; values: field, why."""

    code = "BAD_FACT"


class BadInstant(Refusal):
    """Not an ISO 8601 time with offset; values: text."""

    code = "BAD_INSTANT"


class BadCode(Refusal):
    """An office, person, station or procedure code outside its grammar; values: field, text."""

    code = "BAD_CODE"


class MalformedEntry(Refusal):
    """Bytes that are no signed entry of a known format; values: why."""

    code = "MALFORMED_ENTRY"


class BadSignature(Refusal):
    """The signature does not fit the station's key; values: station."""

    code = "BAD_SIGNATURE"


class UnknownStation(Refusal):
    """No such enrolled station; values: station."""

    code = "UNKNOWN_STATION"


class NotAllowed(Refusal):
    """The policy does not let this person do this; values: act."""

    code = "NOT_ALLOWED"


class NotFound(Refusal):
    """Nothing is stored under that code; values: what, code."""

    code = "NOT_FOUND"


class AlreadyExists(Refusal):
    """The code is taken; values: what, code."""

    code = "ALREADY_EXISTS"
