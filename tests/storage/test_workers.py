"""Several workers on one port: replaced and stopped while stations send; none is turned away."""

import logging
import os
import runpy
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from threading import Event
from time import monotonic, sleep
from typing import Any

import httpx
import psycopg
import pytest

from adapters.event_store.postgres_log import TURN
from api.cli import workers as workers_room
from api.cli.ports import begin, bind
from api.cli.refusals import EXIT_REFUSED
from api.cli.serve import WorkersNeedPostgres, serve, start_worker
from api.cli.workers import Workers
from api.composition import CONSOLE, House, open_house
from api.metrics import TOKEN, shared_counters
from domain.model.entry import Algorithm
from domain.model.labels import Kind, Label

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGHUP and forkserver are POSIX")
DEVICE = runpy.run_path(str(Path(__file__).parent.parent / "http" / "conftest.py"))["Device"]
PROTOCOL = {"x-giaonhan-protocol": "1"}
STATIONS, WORKERS, PATIENCE_S = 3, 2, 60
MONITOR = "0123456789abcdef"
DOSSIER = str(Label(Kind.DOSSIER, 96_000, 26, 1))


@dataclass
class Team:
    """The workers under one supervisor, as the test's main thread runs it."""

    bound: socket
    data: Path
    hired: list[BaseProcess] = field(default_factory=list)
    open: Event = field(default_factory=Event)
    stopping: Event = field(default_factory=Event)

    def start(self) -> tuple[BaseProcess, Any]:
        """As `serve` does, but forked from a process that has the imports behind it."""
        forks = get_context("forkserver")
        forks.set_forkserver_preload(["api.cli.serve"])
        process, hears = start_worker(forks, self.bound, self.data, logging.ERROR)
        self.hired.append(process)
        return process, hears

    def opened(self) -> None:
        begin(self.bound)
        self.open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.bound.getsockname()[1]}"

    def stop(self) -> None:
        """As a service manager does, once."""
        if not self.stopping.is_set():
            self.stopping.set()
            os.kill(os.getpid(), signal.SIGTERM)

    def run(self, story: Callable[[], None]) -> int:
        """The exit code, after the story that another thread tells meanwhile."""
        workers = Workers(WORKERS, start=self.start, opened=self.opened, shut=self.bound.close)

        def tell() -> None:
            try:
                assert self.open.wait(PATIENCE_S)
                story()
            finally:
                self.stop()

        with ThreadPoolExecutor(1) as teller:
            telling = teller.submit(tell)
            code = workers.run()
            telling.result(PATIENCE_S)
        return code


@pytest.fixture
def team(on_postgres: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.setenv(TOKEN, MONITOR)
    # One that runs has another test's environment.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    with bind("127.0.0.1", 0) as bound, shared_counters():
        made = Team(bound, on_postgres)
        yield made
    for process in made.hired:
        process.kill()
        process.join(PATIENCE_S)
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def enrolled(house: House, code: str) -> Any:
    device = DEVICE(code, "TTHC", None)
    invitation = house.write(
        lambda: house.enrol_station.invite(
            station=code, office="TTHC", purpose="counter", actor=CONSOLE
        )
    ).result(PATIENCE_S)
    key = device.key.public_key().public_bytes_raw()
    house.write(
        lambda: house.enrol_station.enrol(
            code=invitation, public_key=key, algorithm=Algorithm.ED25519
        )
    ).result(PATIENCE_S)
    return device


def send_until(done: Event, device: Any, url: str) -> int:
    """Batch after batch, each until it is acknowledged; how many connections were cut meanwhile.

    A server that ends may cut a connection on which nothing is under way. What it must not do is
    turn a caller away, or answer that it cannot.
    """
    cut = 0
    with httpx.Client(base_url=url, headers=PROTOCOL, timeout=PATIENCE_S) as client:
        device.client = client
        while not done.is_set():
            label = str(Label(Kind.DOSSIER, 97_000, 26, device.seq))
            batch = [device.entry("Received", label)]
            while True:
                try:
                    answer = device.send(*batch)
                except httpx.ConnectError:
                    raise
                except httpx.TransportError:
                    cut += 1
                    continue
                assert answer.status_code == 200, answer.text
                [one] = answer.json()["answers"]
                assert one["outcome"] in {"recorded", "duplicate"}
                break
    return cut


def recorded(url: str) -> float:
    """By whichever worker answers, how many scans were."""
    answer = httpx.get(f"{url}/metrics", headers={"authorization": f"Bearer {MONITOR}"})
    lines = answer.text.splitlines()
    [told] = [line for line in lines if line.startswith('giaonhan_scans_total{outcome="recorded"}')]
    return float(told.rpartition(" ")[2])


def until(holds: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE_S
    while not holds():
        assert monotonic() < deadline
        sleep(0.02)


def test_no_scan_is_refused_or_lost_while_workers_are_replaced_and_die_and_are_stopped(
    team: Team, url: str
) -> None:
    with closing(open_house(team.data)) as house:
        devices = [enrolled(house, f"W{n}") for n in range(STATIONS)]
    done = Event()

    def story() -> None:
        until(lambda: len(team.hired) == WORKERS)
        with ThreadPoolExecutor(STATIONS) as stations:
            sending = [stations.submit(send_until, done, each, team.url) for each in devices]
            try:
                until(lambda: all(device.seq > 1 for device in devices))
                os.kill(os.getpid(), signal.SIGHUP)
                until(lambda: not any(old.is_alive() for old in team.hired[:WORKERS]))
                team.hired[WORKERS].kill()  # and one of the new ones dies besides
                before = [device.seq for device in devices]
                until(lambda: all(d.seq > seq + 2 for d, seq in zip(devices, before, strict=True)))
            finally:
                done.set()
            for each in sending:
                each.result(PATIENCE_S)
        told = {recorded(team.url) for _ in range(4)}
        stop_in_mid_save(team, devices[0], url)
        # Each counted once by whichever of the five processes stored it, unless it died just then.
        assert len(told) == 1
        assert 0 <= sum(each.seq for each in devices) - 1 - told.pop() <= STATIONS

    assert team.run(story) == 0
    codes = [one.exitcode for one in team.hired]
    assert codes[:WORKERS] == [0] * WORKERS
    assert codes[WORKERS] == -signal.SIGKILL  # one hired later may have had to go half begun
    with closing(open_house(team.data)) as house:
        for device in devices:
            assert house.log.contiguous_seq(device.code, 1) == device.seq
        assert house.views.status().lag == 0


def stop_in_mid_save(team: Team, device: Any, url: str) -> None:
    """A batch that waits for the log when the signal comes is answered all the same."""
    waiting = """
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
    with (
        ThreadPoolExecutor(1) as station,
        httpx.Client(base_url=team.url, headers=PROTOCOL, timeout=PATIENCE_S) as client,
        psycopg.connect(url, autocommit=True) as watcher,
        psycopg.connect(url) as other,
    ):
        device.client = client
        other.execute(TURN)
        answering = station.submit(device.send, device.entry("Received", DOSSIER))
        until(lambda: watcher.execute(waiting).fetchone() is not None)
        team.stop()
        until(lambda: team.bound.fileno() < 0)  # from here on they are told to go
        other.rollback()
        answer = answering.result(PATIENCE_S)
    assert answer.status_code == 200
    assert answer.json()["answers"][0]["outcome"] == "recorded"


def test_a_first_worker_that_cannot_open_ends_them_all() -> None:
    events: list[str] = []

    def start() -> tuple[BaseProcess, Connection]:
        events.append("started")
        hears, tells = get_context("spawn").Pipe(duplex=False)
        process = get_context("spawn").Process(target=os._exit, args=(EXIT_REFUSED,))
        process.start()
        tells.close()
        return process, hears

    workers = Workers(
        WORKERS,
        start=start,
        opened=lambda: events.append("opened"),
        shut=lambda: events.append("shut"),
    )
    assert workers.run() == EXIT_REFUSED
    assert events == ["started", "shut"]


def test_who_dies_is_replaced_though_a_new_worker_does_not_come_to_be_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forks = get_context("fork")
    hired: list[tuple[BaseProcess, Connection]] = []

    def start() -> tuple[BaseProcess, Connection]:
        hears, tells = forks.Pipe(duplex=False)
        process = forks.Process(target=sleep, args=(PATIENCE_S,))
        process.start()
        hired.append((process, tells))
        return process, hears

    monkeypatch.setattr(workers_room, "RESTART_S", 0)
    workers = Workers(WORKERS, start=start, opened=lambda: None, shut=lambda: None)
    try:
        for _ in range(WORKERS):
            workers._look()
            hired[-1][1].send("ready")
        workers._renewing = True
        workers._look()  # the first of the new ones is started, and stays silent
        assert len(hired) == WORKERS + 1
        workers._look()
        assert len(hired) == WORKERS + 1
        for process, _ in hired[:WORKERS]:
            process.kill()
            process.join(PATIENCE_S)
        workers._look()
        assert len(hired) == WORKERS + 2
    finally:
        for process, tells in hired:
            process.kill()
            process.join(PATIENCE_S)
            tells.close()
        for worker in workers._staff:
            worker.tells.close()


def test_files_have_one_worker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        serve(data=tmp_path, port=0, workers=WORKERS)
    assert WorkersNeedPostgres.code in capsys.readouterr().err
