"""The demonstration is the main job end to end: it must hold, and it must be able to fail."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from api.rehearsal import demo
from api.rehearsal.day import Day
from api.rehearsal.truth import Truth


def test_the_day_is_reported_as_it_really_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told = Console(file=io.StringIO(), width=200)

    code = demo.play(once=True, seed=7, console=told)

    assert isinstance(told.file, io.StringIO)
    assert code == 0, told.file.getvalue()
    assert "MISSING" in told.file.getvalue()
    assert not list(tmp_path.iterdir()), "the demonstration leaves nothing behind"


def test_a_report_that_is_not_the_truth_is_told_and_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same day, but the script's own books say otherwise of a dossier and of a run."""

    def lie(day: Day) -> None:
        day.truth.seen("STC", "nga")
        day.truth.driven("T1/1", "STC")

    monkeypatch.setattr(demo, "_play_scenes", _only_tuesday_and_intake(then=lie))
    told = Console(file=io.StringIO(), width=200)

    assert demo.play(once=True, seed=7, console=told) == demo.EXIT_UNTRUE
    assert isinstance(told.file, io.StringIO)
    assert "in truth 'STC'" in told.file.getvalue()
    assert "T1/1: [], in truth ['STC']" in told.file.getvalue()


def test_the_books_know_where_paper_is_whatever_was_scanned() -> None:
    truth = Truth()
    truth.taken_in("em", "1900012600000622", by="TTHC", due="2026-12-22T17:00")
    truth.put_in("1", "em")
    truth.handed("1", "courier:C1")
    assert (truth.papers["em"].holder, truth.papers["em"].basis) == ("courier:C1", "inferred")
    truth.handed("2", "SXD")
    assert truth.papers["em"].holder == "courier:C1"


def _only_tuesday_and_intake(*, then: object) -> object:
    def play(day: Day, _console: Console) -> None:
        day.tuesday()
        day.intake()
        day.stage.settled()
        assert callable(then)
        then(day)

    return play
