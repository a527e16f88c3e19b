"""A rebuild walks along all facts once; the sheets are those that followed day by day."""

import os
from pathlib import Path
from random import Random

import pytest

from adapters.read_model import long_fold
from adapters.read_model.dump import canonical_dump
from adapters.read_model.engine import write_engine
from adapters.read_model.evidence import Evidence
from adapters.read_model.long_fold import LongFold
from adapters.read_model.projection import prepare
from adapters.read_model.tables import LIVE
from domain.model.custody_long import Gone, LongWalk
from domain.model.custody_state import FoldSettings
from domain.model.fact import Fact
from tests.model.random_days import random_day
from tests.read_model.test_fillings import centre

DAYS = int(os.environ.get("GIAONHAN_LONG_FOLDS", "60"))
BATCHES = 4


def walked(path: Path, facts: list[Fact]) -> list[bytes]:
    """The dump of sheets made in one walk."""
    engine = write_engine(path)
    prepare(engine)
    with engine.begin() as connection:
        Evidence(LIVE).store(connection, facts, ())
    fold = LongFold(LIVE, lambda _question: None, FoldSettings(), index_tag="x")
    fold.fold(engine, lambda _done, _of: None)
    with engine.connect() as connection:
        dump = list(canonical_dump(connection))
    engine.dispose()
    return dump


@pytest.mark.parametrize("batch", range(BATCHES))
def test_one_walk_along_all_facts_comes_to_what_followed_day_by_day(
    batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go: list[object] = []
    whole = LongWalk.let_go

    def noted(walk: LongWalk, label: str) -> Gone | None:
        gone = whole(walk, label)
        let_go.extend([] if gone is None else [gone])
        return gone

    monkeypatch.setattr(LongWalk, "let_go", noted)
    for seed in range(batch, DAYS, BATCHES):
        dice = Random(seed)
        facts = random_day(dice, dice.choice([60, 120, 200]))
        monkeypatch.setattr(long_fold, "PAGE", dice.choice([1, 2, 7, 50]))
        with centre(tmp_path / f"{seed}.db") as (connection, tell):
            tell(facts)
            followed = list(canonical_dump(connection))
        assert walked(tmp_path / f"{seed}-walked.db", facts) == followed, f"day {seed}"
    assert let_go  # else the test would say nothing of what is let go early
