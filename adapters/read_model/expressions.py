"""What the two engines write differently, as expressions that each of them compiles in its words.

Used by the statements of this room; a JSON column is text.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, case, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


def earlier(one: Any, other: Any) -> ColumnElement[int]:
    """The lesser of two instants; of one that is absent the other."""
    return func.coalesce(case((one < other, one), else_=other), one)


def last_item(column: Any) -> ColumnElement[str]:
    """The last word of a JSON list."""
    return _LastItem(column)


def word_of(column: Any, name: str) -> ColumnElement[str]:
    """What a JSON object says under a name of ours; null where it says nothing."""
    return _WordOf(column, literal_column(f"'{name}'"))


def items(column: Any) -> Any:
    """The items of a JSON list as rows with one column, `value`."""
    return _Items(column).table_valued("value")


def item_word(value: Any, place: int) -> ColumnElement[str]:
    """The word at a place of a list that `items` gave."""
    return _ItemWord(value, literal_column(str(place)))


def item_whole(value: Any, place: int) -> ColumnElement[int]:
    """The whole number at a place of a list that `items` gave."""
    return _ItemWhole(value, literal_column(str(place)))


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


class _Items(_Spelled):
    inherit_cache = True
    sqlite = "json_each({})"
    postgres = "json_array_elements(CAST({} AS json))"


class _ItemWord(_Spelled):
    inherit_cache = True
    sqlite = "json_extract({}, '$[' || {} || ']')"
    postgres = "({} ->> {})"


class _ItemWhole(_ItemWord):
    type = BigInteger()
    inherit_cache = True
    postgres = "CAST({} ->> {} AS bigint)"


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
