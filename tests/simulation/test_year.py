"""A year that is written in bulk is the one that stations and counters would have written."""

import os
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.read_model.dump import canonical_dump
from adapters.read_model.engine import write_engine
from api import founding
from api.cli.fill import app
from api.composition import open_house
from api.databases import DATABASE
from api.rehearsal.bulk import Hands
from api.rehearsal.year import TO_US, Filled, fill
from api.rehearsal.year_plan import SIZES

DOSSIERS = int(os.environ.get("GIAONHAN_YEAR", "120"))  # 1,000 take half a minute
_EVENTS = """
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE topic NOT LIKE 'dossier.%' ORDER BY originator_id, originator_version
"""  # a registration names its applicant by a random id


def written(folder: Path, *, ordinary: bool) -> Filled:
    return fill(folder, SIZES["commune-year"], dossiers=DOSSIERS, ordinary=ordinary)


def built(folder: Path, filled: Filled) -> list[bytes]:
    open_house(folder, clock=Hands(filled.until_us)).close()
    engine = write_engine(folder / DATABASE)
    with engine.connect() as connection:
        lines = list(canonical_dump(connection))
    engine.dispose()
    return lines


def events(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / DATABASE) as file:
        return file.execute(_EVENTS).fetchall()


def test_a_year_written_in_bulk_is_the_year_as_it_is_lived(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(founding, "random_bytes", bytes)  # both houses have the same keys
    lived, bulk = quick / "lived", quick / "bulk"
    filled = written(lived, ordinary=True)
    assert written(bulk, ordinary=False) == filled
    assert filled.dossiers == DOSSIERS
    assert events(lived) == events(bulk)
    lines = built(lived, filled)
    assert len(lines) > 2 * filled.facts
    assert built(bulk, filled) == lines


def test_the_command_fills_a_house_that_is_ready_to_be_looked_at(quick: Path) -> None:
    told = CliRunner().invoke(app, [str(quick / "commune"), "--dossiers", "40"])
    assert told.exit_code == 0, told.output
    assert "40 hồ sơ" in told.output
    house = open_house(quick / "commune", clock=Hands(TO_US), writer=False)
    assert house.views.summary(now_us=TO_US).open_total > 0
    house.close()
