"""One page of a list, as the templates' pager takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Row]):
    """Some rows of `total`, from `offset` on, `limit` a page."""

    rows: Sequence[Row]
    total: int
    offset: int
    limit: int


def cut(found: Sequence[Row], *, number: int, rows: int) -> Sheet[Row]:
    """That page of what was found, counted from 1; the last one if there are not so many."""
    offset = min(number - 1, max(0, len(found) - 1) // rows) * rows
    return Sheet(found[offset : offset + rows], len(found), offset, rows)
