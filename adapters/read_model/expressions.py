"""What the two engines write differently, as expressions that each of them compiles in its words.

Used by the statements of this room; a JSON column is text.
"""

from typing import Any, Self

from sqlalchemy import BigInteger, Boolean, ColumnElement, Select, Text, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from domain.model.instants import Micros


def earlier(one: Any, other: Any) -> ColumnElement[int]:
    """The lesser of two instants; of one that is absent the other."""
    return _Earlier(one, other)


def last_item(column: Any) -> ColumnElement[str]:
    """The last word of a JSON list."""
    return _LastItem(column)


def word_of(column: Any, name: str) -> ColumnElement[str]:
    """What a JSON object says under a name of ours; null where it says nothing."""
    return _WordOf(column, literal_column(f"'{name}'"))


def held_at(waits: Any, at_us: Micros, due_us: Any) -> ColumnElement[bool]:
    """Whether one of a case's waits held its clock then; none does that began when it was due."""
    return _HeldAt(waits, literal(at_us, BigInteger), due_us)


def numbered_in(column: Any, numbers: Select[tuple[int]]) -> ColumnElement[bool]:
    """Whether a key is among those that a statement finds: they are looked up in their order."""
    return _NumberedIn(column, numbers.scalar_subquery())


def joined(words: Any, *, by: Any) -> ColumnElement[str]:
    """Words of a group with commas between, in the order of a column by which they come sorted."""
    return _Joined(words, by)


class _Spelled(FunctionElement[Any]):
    """A function that each engine spells in its own way."""

    type: TypeEngine[Any] = Text()
    inherit_cache = True
    sqlite = ""
    postgres = ""


class _LastItem(_Spelled):
    inherit_cache = True
    sqlite = "json_extract({}, '$[#-1]')"
    postgres = "(CAST({} AS json) ->> -1)"


class _WordOf(_Spelled):
    inherit_cache = True
    sqlite = "json_extract({}, '$.' || {})"
    postgres = "(CAST({} AS json) ->> {})"


class _Earlier(_Spelled):
    type = BigInteger()
    inherit_cache = True
    sqlite = "coalesce(min({0}, {1}), {0}, {1})"
    postgres = "least({}, {})"


class _HeldAt(_Spelled):
    """No subquery on PostgreSQL, where what holds one is not shared out among workers."""

    type = Boolean()
    inherit_cache = True
    sqlite = (
        "EXISTS (SELECT 1 FROM json_each({0}) WHERE json_extract(value, '$[1]') < {1}"
        " AND coalesce(json_extract(value, '$[2]') >= {1}, 1)"
        " AND coalesce(json_extract(value, '$[1]') < {2}, 1))"
    )
    postgres = (
        "jsonb_path_exists(CAST({0} AS jsonb), 'strict $[*] ?"
        " (@[1] < $at && (@[2] == null || @[2] >= $at) && ($due == null || @[1] < $due))',"
        " jsonb_build_object('at', {1}, 'due', {2}))"
    )


class _NumberedIn(_Spelled):
    """As a list on PostgreSQL, which then goes through the pages of an index once."""

    type = Boolean()
    inherit_cache = True
    sqlite = "({} IN {})"
    postgres = "({} = ANY (ARRAY{}))"

    def self_group(self, against: object = None) -> Self:  # noqa: ARG002 - as the library calls it
        """Itself: SQLAlchemy would add `= 1` for SQLite, which then looks into no index."""
        return self


class _Joined(_Spelled):
    inherit_cache = True
    sqlite = "group_concat({0})"  # in the order of the rows: an ORDER BY inside is too new
    postgres = "string_agg(CAST({0} AS text), ',' ORDER BY {1})"


@compiles(_Spelled, "sqlite")
def _spell_sqlite(element: _Spelled, compiler: SQLCompiler, **kw: Any) -> str:
    return element.sqlite.format(*(compiler.process(each, **kw) for each in element.clauses))


@compiles(_Spelled, "postgresql")
def _spell_postgres(element: _Spelled, compiler: SQLCompiler, **kw: Any) -> str:
    return element.postgres.format(*(compiler.process(each, **kw) for each in element.clauses))
