"""The server's power fails, again and again, with scans in flight: law L1 over a real process."""

import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.ports import listen
from api.cli.serve import serve
from api.composition import open_house
from api.founding import create_house
from domain.model.entry import Algorithm
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role

KILLS = 20
START_S = 15.0
STORY_S = 120.0  # all cycles together, on the slowest machine
BATCH = 5
ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))


class Sender:
    """Sends batch after batch until the connection breaks; keeps what was not acknowledged."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.pending: list[dict[str, Any]] = []
        self.acknowledged: dict[int, str] = {}
        self.labels: dict[int, str] = {}
        self.first_answer = threading.Event()
        self.cut = 0

    def run(self, url: str) -> None:
        """Until the server dies; as a station's, the batch stays pending and is sent again."""
        give_up = time.monotonic() + START_S
        with httpx.Client(base_url=url, headers={"x-giaonhan-protocol": "1"}, timeout=10) as client:
            self.device.client = client
            while time.monotonic() < give_up:
                try:
                    self._send_some()
                except httpx.ConnectError:
                    if self.first_answer.is_set():
                        return
                    time.sleep(0.005)  # the server is not there yet
                except httpx.TransportError:
                    self.cut += 1
                    return

    def _send_some(self) -> None:
        while len(self.pending) < BATCH:
            label = str(Label(Kind.DOSSIER, 97_000, 26, self.device.seq))
            entry = self.device.entry("Received", label)
            self.labels[entry["seq"]] = label
            self.pending.append(entry)
        answer = self.device.send(*self.pending)
        assert answer.status_code == 200, answer.text
        for one in answer.json()["answers"]:
            assert one["outcome"] in {"recorded", "duplicate"}
            self.acknowledged[one["seq"]] = one["outcome"]
        self.pending.clear()
        self.first_answer.set()


def start(data: Path, port: int) -> BaseProcess:
    """`giaonhan serve` as a process of its own; forked from one that has the imports behind it."""
    forks = get_context("forkserver")
    forks.set_forkserver_preload(["api.cli.serve"])
    process = forks.Process(target=serve, kwargs={"data": data, "port": port, "quiet": True})
    process.start()
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and forkserver are POSIX")
def test_no_acknowledged_scan_is_lost_or_doubled_when_the_server_is_killed(
    tmp_path: Path, device_kind: Callable[..., Any]
) -> None:
    data = tmp_path / "data"
    create_house(data, with_sample=True)
    device = device_kind("K1", "TTHC", None)
    with closing(open_house(data)) as house:
        code = house.write(
            lambda: house.enrol_station.invite(
                station="K1", office="TTHC", purpose="counter", actor=ADMIN
            )
        ).result(10)
        house.write(
            lambda: house.enrol_station.enrol(
                code=code,
                public_key=device.key.public_key().public_bytes_raw(),
                algorithm=Algorithm.ED25519,
            )
        ).result(10)
    sender, chance = Sender(device), random.Random(20_260_302)
    began = time.monotonic()
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    for _ in range(KILLS):
        sender.first_answer.clear()
        process = start(data, port)
        sending = threading.Thread(target=sender.run, args=(f"http://127.0.0.1:{port}",))
        sending.start()
        try:
            assert sender.first_answer.wait(START_S), "nothing was acknowledged before the kill"
            time.sleep(chance.uniform(0, 0.05))
        finally:
            process.kill()
            process.join(START_S)
            sending.join(START_S)
        assert process.exitcode == -9
        process.close()
        assert time.monotonic() - began < STORY_S
    assert sender.cut >= KILLS // 2, "too few kills came while a batch was under way"
    with closing(open_house(data)) as house:
        last = max(sender.acknowledged)
        assert sorted(sender.acknowledged) == list(range(1, last + 1))
        assert house.log.contiguous_seq("K1", 1) >= last
        labels = [sender.labels[seq] for seq in sender.acknowledged]
        facts = house.views.facts_around(labels)
        assert sorted(timed.fact.seq for timed in facts) == sorted(sender.acknowledged)
        status = house.views.status()
        assert (status.lag, status.fault) == (0, None)
        assert house.views.summary(now_us=house.clock.now_us()).holders["TTHC"] >= last
    assert "duplicate" in sender.acknowledged.values(), "no batch was ever on disk when cut off"
