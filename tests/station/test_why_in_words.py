"""Why a station refuses or waits is told in both languages, never by the name of a Python class."""

import ast
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import scanner_station
from scanner_station.prompts import prompt_for
from scanner_station.reasons import REASONS, why_of
from scanner_station.refusals import NotEnrolled, Offline
from scanner_station.server import unanswered


def whys() -> Iterator[str]:
    """Every `why` that the station's code gives in words, also of a fault found in a file."""
    for path in Path(scanner_station.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.keyword(arg="why" | "fault", value=ast.Constant(value=str(words))):
                    yield words
                case ast.Assign(
                    targets=[ast.Attribute(attr="fault")], value=ast.Constant(value=str(words))
                ):
                    yield words
                case ast.Call(
                    func=ast.Attribute(attr="DatabaseError" | "OperationalError"),
                    args=[ast.Constant(value=str(words))],
                ):
                    yield words


def test_every_reason_of_a_station_is_told_in_vietnamese() -> None:
    asked = set(whys())
    assert len(asked) > 25
    assert asked - REASONS.keys() == set()


def test_a_reason_stands_in_each_sentence_in_its_language() -> None:
    said = prompt_for(NotEnrolled(directory="T1", why="no station.json"))
    assert "không có tệp station.json" in said.vi
    assert "no station.json" in said.en


@pytest.mark.parametrize(
    "error", [httpx.ConnectError(""), httpx.ReadTimeout(""), httpx.RemoteProtocolError("")]
)
def test_a_server_that_does_not_answer_is_told_in_words(error: httpx.HTTPError) -> None:
    said = prompt_for(Offline(why=unanswered(error), retry_after_s=None))
    assert type(error).__name__ not in said.vi + said.en
    assert unanswered(error) in REASONS


def test_what_the_system_calls_an_error_is_told_as_it_is() -> None:
    assert why_of(OSError(28, "No space left on device")) == "ENOSPC"
    with pytest.raises(sqlite3.OperationalError) as refused:
        sqlite3.connect("file:/nowhere/at-all.db?mode=ro", uri=True)
    assert why_of(refused.value) == "SQLITE_CANTOPEN"
    assert REASONS[why_of(ValueError("Expecting value"))] == "bị hỏng"
