"""Law L1 and L4 over real processes that are killed at work; in full by `giaonhan bench kills`."""

import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.postmaster import Postmaster
from api.databases import DATABASE
from api.rehearsal.children import child
from api.rehearsal.server_kills import compare, kill_serving, look, scanned, trial
from api.rehearsal.tally import Tally

KILLS, KILLS_OF_POSTGRES = 20, 3
posix = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and forkserver are POSIX")


@posix
def test_no_acknowledged_scan_is_lost_or_doubled_when_the_server_is_killed(tmp_path: Path) -> None:
    tally = kill_serving(tmp_path, KILLS, Random(20_260_302), each=KILLS)
    assert tally.holds, tally
    assert tally.trials == KILLS
    assert tally.struck["sent again, and on disk already"], "no batch was on disk when cut off"


@posix
def test_no_acknowledged_scan_is_lost_or_doubled_when_postgresql_is_killed(
    tmp_path: Path, postmaster: Postmaster
) -> None:
    from api.rehearsal.postgres_kills import PostgresKills

    killed = PostgresKills(postmaster, tmp_path, Random(20_260_303))
    tally = killed.under_server(KILLS_OF_POSTGRES, each=KILLS_OF_POSTGRES)
    assert tally.holds, tally
    assert tally.trials == KILLS_OF_POSTGRES
    assert tally.struck.keys() >= {"postmaster"}


@posix
def test_what_a_killed_process_complains_of_is_shown_only_where_a_trial_breaks_off(
    capfd: pytest.CaptureFixture[str],
) -> None:
    for broken in (False, True):
        with suppress(ZeroDivisionError), child(complaining) as (_, heard):
            assert list(heard) == []
            assert 1 // (not broken)
        assert ("the database is away" in capfd.readouterr().err) == broken


def complaining(_say: object) -> None:
    print("the database is away", file=sys.stderr)  # noqa: T201 - as a log does


@posix
def test_sheets_and_a_move_that_a_kill_breaks_off_are_whole_or_not_there(
    tmp_path: Path, postmaster: Postmaster
) -> None:
    from api.rehearsal.postgres_kills import PostgresKills

    killed = PostgresKills(postmaster, tmp_path, Random(20_260_304))
    for tally in (killed.under_rebuild(1), killed.under_move(1)):
        assert tally.holds, tally
        assert tally.trials == 1


def test_the_trials_tell_what_is_lost_doubled_or_different(tmp_path: Path) -> None:
    tried = trial(tmp_path)
    acknowledged = scanned(tried)
    with closing(SqliteEventLog(tried.data / DATABASE, writer=False)) as log:
        look(whole := Tally(), log, acknowledged)
        look(lost := Tally(), log, acknowledged | {3: "0" * 64, len(acknowledged) + 1: "0" * 64})
    assert (whole.lost, whole.doubled) == (0, 0)
    assert (lost.lost, lost.doubled) == (2, 0)
    with closing(sqlite3.connect(tried.data / DATABASE)) as file, file:
        file.execute("DROP TRIGGER stored_events_never_delete")
        file.execute("DELETE FROM stored_events WHERE topic = 'label.FactStated' AND rowid % 9 = 0")
        file.execute("UPDATE custody_link SET holder = 'STC'")
    with closing(SqliteEventLog(tried.data / DATABASE, writer=False)) as log:
        look(half := Tally(), log, acknowledged)
    assert half.doubled, "a fact that does not stand where it should"
    compare(whole, tried.data)
    assert whole.differing == 1
