"""The form in which a refusal is told; the words themselves are in `api.errors`."""

from typing import NamedTuple


class Told(NamedTuple):
    """How one code is told; sentences may name the refusal's values in braces."""

    status: int
    vi: str
    en: str
