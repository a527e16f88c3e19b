"""Which cells of two sets of sheets differ, told by name; used where the digests of a table do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from adapters.read_model.dump import key_of, rows_of
from adapters.read_model.tables import LIVE, Tables


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that is not as the events say; `column` None: the whole row is `found`, or is not.

    `key`: the values of the row's key, in the order of its columns.
    """

    table: str
    key: tuple[Any, ...]
    column: str | None
    found: object
    right: object

    def __str__(self) -> str:
        where = f"{self.table}[{', '.join(map(str, self.key))}]"
        if self.column is None:
            return f"{where}: {'+' if self.found else '-'}"
        return f"{where}.{self.column}: {self.found!r} ≠ {self.right!r}"


def differences(connection: Connection, right: Tables, name: str) -> Iterator[Difference]:
    """Every difference of one table between the present set and the right one, by key."""
    left, wanted = _keyed(connection, LIVE, name), _keyed(connection, right, name)
    here, there = next(left, None), next(wanted, None)
    while here is not None or there is not None:
        if here is not None and (there is None or here[0] < there[0]):
            yield Difference(name, here[0], None, found=True, right=False)
            here = next(left, None)
        elif there is not None and (here is None or there[0] < here[0]):
            yield Difference(name, there[0], None, found=False, right=True)
            there = next(wanted, None)
        elif here is not None and there is not None:
            for column, value in there[1].items():
                if here[1][column] != value:
                    yield Difference(name, here[0], column, here[1][column], value)
            here, there = next(left, None), next(wanted, None)


def _keyed(
    connection: Connection, tables: Tables, name: str
) -> Iterator[tuple[tuple[Any, ...], RowMapping]]:
    key = key_of(tables, name)
    for row in rows_of(connection, tables, name):
        yield tuple(row._mapping[column] for column in key), row._mapping  # noqa: SLF001 - public, says the library
