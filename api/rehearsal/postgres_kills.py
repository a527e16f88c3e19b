"""Trials of a PostgreSQL: its postmaster or a backend killed while a house works on it.

The house's own server lives on: it refuses what it cannot store, the station sends it again, and
the sheets go on from where they stood.
"""

import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random  # noqa: TID251 - trials from a fixed seed

import psycopg
from sqlalchemy.exc import DBAPIError

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.postgres import connect
from adapters.postmaster import Postmaster
from api.composition import open_house
from api.databases import DATABASE, DATABASE_URL
from api.logs import log_to_stderr
from api.moving import move
from api.rehearsal.children import child
from api.rehearsal.sender import Sender
from api.rehearsal.server_kills import (
    BEGUN,
    DONE,
    LATEST_S,
    MOST_KILLS,
    START_S,
    compare,
    done_in,
    look,
    scanned,
    serving,
    trial,
)
from api.rehearsal.tally import Tally
from domain.model.errors import Refusal

_BACKENDS = """
SELECT pid FROM pg_stat_activity
WHERE application_name = 'giaonhan' AND backend_type = 'client backend'
ORDER BY state = 'active' DESC, state_change DESC LIMIT 1
"""
_POLL_S = 0.01
Working = tuple[child, Iterator[str]]


class PostgresKills:
    """Trials on one server; whom a kill strikes goes by turn."""

    def __init__(self, postmaster: Postmaster, where: Path, chance: Random) -> None:
        self._postmaster = postmaster
        self._where = where
        self._chance = chance

    def under_server(self, cycles: int, *, each: int) -> Tally:
        """Kill postmaster and backends while scans come in; compare the sheets each so often."""
        tally, url = Tally(), self._postmaster.new_database("ingest")
        with _standing_on(url):
            tried = trial(self._where / "ingest")
            with (
                child(serving, tried.data, url, tried.port) as (server, _),
                Sender(tried.pen, tried.port) as sender,
            ):
                for turn in range(cycles * MOST_KILLS):
                    sender.wait_for_more(START_S)
                    time.sleep(self._chance.uniform(0, LATEST_S))
                    in_flight = sender.in_flight
                    whom = self._strike(url, turn)
                    tally.trials += in_flight
                    tally.struck[whom if in_flight else "between batches"] += 1
                    sender.wait_for_more(START_S)
                    _look(tally, url, dict(sender.acknowledged))
                    if in_flight and tally.trials % each == 0:
                        compare(tally, tried.data)
                    if tally.trials == cycles:
                        break
                server.kill()
            tally.struck["told that it cannot store"] = sender.refused
            compare(tally, tried.data)
        return tally

    def under_rebuild(self, cycles: int) -> Tally:
        """Kill postmaster, backends and the rebuilding process while sheets are built anew."""
        tally, url = Tally(), self._postmaster.new_database("rebuild")
        with _standing_on(url):
            tried = trial(self._where / "rebuild")
            acknowledged = scanned(tried)
            usual_s = done_in(_rebuilding, tried.data, url)
            for turn in range(cycles * MOST_KILLS):
                with child(_rebuilding, tried.data, url) as working:
                    self._killed(tally, working, url, turn, usual_s)
                compare(tally, tried.data)
                if tally.trials == cycles:
                    break
        _look(tally, url, acknowledged)
        return tally

    def under_move(self, cycles: int) -> Tally:
        """Kill postmaster, backends and the mover while a house moves; the next move succeeds."""
        tally, tried = Tally(), trial(self._where / "move")
        acknowledged = scanned(tried)
        before = (tried.data / DATABASE).read_bytes()
        usual_s = done_in(_moving, tried.data, self._postmaster.new_database("move"))
        for turn in range(cycles * MOST_KILLS):
            url = self._postmaster.new_database(f"move{turn}")
            with child(_moving, tried.data, url) as working:
                self._killed(tally, working, url, turn, usual_s)
            done_in(_moving, tried.data, url)
            with _standing_on(url):
                compare(tally, tried.data)
            _look(tally, url, acknowledged)
            tally.lost += (tried.data / DATABASE).read_bytes() != before
            if tally.trials == cycles:
                break
        return tally

    def _killed(
        self,
        tally: Tally,
        working: tuple[child, Iterator[str]],
        url: str,
        turn: int,
        usual_s: float,
    ) -> None:
        process, heard = working
        next(heard)
        time.sleep(self._chance.uniform(0, usual_s))
        if turn % 3 == 2:
            whom = "the process itself"
            process.kill()
        else:
            whom = self._strike(url, turn % 3)
        in_flight = DONE not in heard
        tally.trials += in_flight
        tally.struck[whom if in_flight else "done before"] += 1

    def _strike(self, url: str, turn: int) -> str:
        """Kill the postmaster or a backend at work, and wait until all is up again; who it was."""
        if turn % 2 == 0:
            self._postmaster.kill()
            self._postmaster.start()
            return "postmaster"
        with connect(url) as witness:
            row = witness.execute(_BACKENDS).fetchone()
            if row is not None:
                os.kill(row[0], signal.SIGKILL)
                with suppress(psycopg.Error):  # the postmaster ends all others, and recovers
                    for _ in range(int(START_S / _POLL_S)):
                        witness.execute("SELECT 1")
                        time.sleep(_POLL_S)
        self._postmaster.come_up()
        return "backend"


def _look(tally: Tally, url: str, acknowledged: dict[int, str]) -> None:
    with closing(PostgresEventLog(url, writer=False)) as log:
        look(tally, log, acknowledged)


def _rebuilding(data: Path, url: str, say: Connection) -> None:
    log_to_stderr(logging.CRITICAL)
    with _telling(say), closing(open_house(data, source=url)) as house:
        say.send(BEGUN)
        house.rebuild()


def _moving(data: Path, url: str, say: Connection) -> None:
    log_to_stderr(logging.CRITICAL)
    with _telling(say):
        say.send(BEGUN)
        move(data, url, told=lambda *_told: None, built=lambda _told: None)


@contextmanager
def _telling(say: Connection) -> Iterator[None]:
    """Say how it ended: that the database is gone is what is tried here."""
    try:
        yield
    except (DBAPIError, Refusal) as failure:
        say.send(type(failure).__name__)
    else:
        say.send(DONE)


@contextmanager
def _standing_on(url: str) -> Iterator[None]:
    """Houses stand there meanwhile, for us and all that we start."""
    before = os.environ.get(DATABASE_URL)
    os.environ[DATABASE_URL] = url
    try:
        yield
    finally:
        os.environ.pop(DATABASE_URL)
        if before is not None:
            os.environ[DATABASE_URL] = before
