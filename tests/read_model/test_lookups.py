"""A list of names is looked up by the index of the column, not by reading the whole table."""

from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.read_model.engine import among, listed, write_engine
from adapters.read_model.projection import prepare
from adapters.read_model.tables import LIVE

pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize("name", ["fact_label", "board", "pouch", "custody_link"])
def test_a_list_of_labels_is_searched_and_never_scanned_for(tmp_path: Path, name: str) -> None:
    engine = write_engine(tmp_path / "sheets.db")
    prepare(engine)
    column = getattr(LIVE, name).c.label
    statement = select(column).where(among(column, "wanted"))
    told = str(statement.compile(engine)).replace(":wanted", "?")
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", (listed(["1"]),)).all()
    engine.dispose()
    steps = [str(step[-1]) for step in plan if name in str(step[-1])]
    assert steps
    assert all(step.startswith("SEARCH") for step in steps), steps
