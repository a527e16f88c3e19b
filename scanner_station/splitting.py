"""Codes told apart in what was scanned or typed at once; used by the session and the loop."""

import re

from domain.model.labels import LABEL_DIGITS, is_label

# A scanner set to send symbology identifiers prefixes ]C1 or ]Q3; Telex turns the bracket into ư.
_SYMBOLOGY_PREFIX = re.compile(r"[\]ưƯ][A-Za-z][0-9](?=[0-9])")
SEAL_ANNOUNCED = re.compile(r"(?:NP|S)[-: ]?([0-9]{1,12})", re.IGNORECASE)
SEAL_BARE = re.compile(r"[0-9]{1,12}")
_SEPARATORS = re.compile(r"[\s,;|]+")
_GROUPING = re.compile(r"[\s.,;|-]+")


def split(text: str) -> list[str]:
    """The codes in what was scanned or typed at once, in order.

    Several labels may run on without a separator, and one label may be grouped by blanks. A string
    that is not whole labels throughout is left as it is: cutting a label out of a damaged string
    would sooner or later invent one.
    """
    text = _SYMBOLOGY_PREFIX.sub(" ", text).strip()
    if labels := _run_on(_GROUPING.sub("", text)):
        return labels
    parts = [part for part in _SEPARATORS.split(text) if part]
    codes = [code for part in parts for code in (_run_on(_GROUPING.sub("", part)) or [part])]
    return codes if any(map(_is_code, codes)) else [text] * bool(text)


def _run_on(digits: str) -> list[str]:
    """The labels that make up the whole string, none if any of it is something else."""
    cuts = range(0, len(digits), LABEL_DIGITS)
    labels = [digits[cut : cut + LABEL_DIGITS] for cut in cuts]
    return labels if all(map(is_label, labels)) else []


def _is_code(text: str) -> bool:
    return bool(is_label(text) or SEAL_BARE.fullmatch(text) or SEAL_ANNOUNCED.fullmatch(text))


def what_is_wrong(code: str) -> str:
    """The code of the advice for a text that is neither a label nor a seal number."""
    if not code.isascii():
        return "TURN_OFF_IME"
    digits = sum(character.isdigit() for character in code)
    if digits == len(code):
        return "BAD_CHECK"
    # A label with a letter or two among its digits was typed through something that rewrites.
    rewritten = code.isalnum() and LABEL_DIGITS - 2 <= digits <= LABEL_DIGITS + 2
    return "TURN_OFF_IME" if rewritten else "FOREIGN_CODE"
