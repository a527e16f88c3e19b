"""The bars' figures are judged, told and kept; `giaonhan bench store` measures them in earnest."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.postmaster import temporary_directory
from api.cli import bench
from api.rehearsal.bars.bar import Bar, Figure, Verdict

SOME = "1,2,3,6,7"  # the others start servers; all of them: giaonhan bench store --trial


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that a PostgreSQL can reach."""
    made = temporary_directory()
    yield made
    shutil.rmtree(made)


def test_a_figure_is_judged_by_its_median_whichever_way_is_better() -> None:
    def speed(*slices: float) -> Verdict:
        return Figure.of("speed", slices, at_least=0.4, aim=0.7).verdict

    def cost(*slices: float) -> Verdict:
        return Figure.of("cost", slices, at_least=600, aim=350, more_is_better=False).verdict

    assert [speed(0.1, 0.39, 0.9), speed(0.4), speed(0.7)] == ["short", "met", "aim"]
    assert [cost(300, 601, 700), cost(600), cost(350)] == ["short", "met", "aim"]


def test_a_bar_stands_as_its_worst_figure() -> None:
    good, bad = Figure.of("a", [1], at_least=0.5, aim=0.9), Figure.of("b", [0], at_least=1, aim=2)
    beside = Figure.of("c", [0])

    def bar(*figures: Figure) -> Verdict:
        return Bar(number=1, name="n", figures=figures, note="").verdict

    assert [bar(good, beside), bar(good, bad), bar(beside)] == ["aim", "short", ""]


def test_what_is_measured_is_told_and_kept_as_table_and_json(tmp_path: Path, place: Path) -> None:
    words = ["store", "--trial", "--json", "--only", SOME, "--place", str(place)]
    done = CliRunner().invoke(bench.app, [*words, "--write", str(tmp_path / "bars")])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "bars.json").read_bytes())
    assert [bar["number"] for bar in told["bars"]] == [int(n) for n in SOME.split(",")]
    assert all(
        figure["median"] > 0 and figure["best"] > 0
        for bar in told["bars"]
        for figure in bar["figures"]
    )
    table = (tmp_path / "bars.md").read_text("utf-8")
    assert all(bar["name"] in table for bar in told["bars"])
    assert told["machine"]["sqlite"] in table
    assert list(place.iterdir()) == []
