"""What a monitor may read: whether the server works, how fast, and which station is silent."""

import re
import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from api import readiness
from api.http_refusals import NoSuchPage
from api.metrics import TOKEN, WeakToken, token_set
from domain.model.labels import Kind
from domain.ports.stores import DiskFull

GIVEN = "0123456789abcdef"
NewLabel = Callable[[Kind], str]


@pytest.fixture
def monitor(server: Any) -> Iterator[httpx.Client]:
    server.app.state.metrics_token = GIVEN
    with server.client() as client:
        client.headers["authorization"] = f"Bearer {GIVEN}"
        yield client
    server.app.state.metrics_token = None


def measured(monitor: httpx.Client) -> dict[str, float]:
    answer = monitor.get("/metrics")
    assert answer.status_code == 200, answer.text
    rows = (line.rpartition(" ") for line in answer.text.splitlines() if line[0] != "#")
    return {name: float(value) for name, _, value in rows}


def test_without_a_token_set_metrics_are_a_page_like_any_unknown(visitor: httpx.Client) -> None:
    for headers in ({}, {"authorization": "Bearer"}, {"authorization": "Bearer None"}):
        asked, unknown = (visitor.get(path, headers=headers) for path in ("/metrics", "/nothing"))
        assert (asked.status_code, asked.json()) == (unknown.status_code, unknown.json())
        assert asked.json()["error"]["code"] == NoSuchPage.code


def test_metrics_open_to_their_token_and_to_nobody_else(
    monitor: httpx.Client, supervisor: httpx.Client
) -> None:
    assert monitor.get("/metrics").headers["content-type"].startswith("text/plain")
    for given in ("", f"Bearer {GIVEN}x", f"Bearer {GIVEN[:-1]}", f"Basic {GIVEN}", "Bearer ữ"):
        answer = supervisor.get("/metrics", headers={b"authorization": given.encode()})
        assert answer.status_code == 401, given


def test_scans_writes_and_answers_are_counted_without_naming_what_was_scanned(
    device: Any, monitor: httpx.Client, new_label: NewLabel
) -> None:
    before, label = measured(monitor), new_label(Kind.DOSSIER)
    entry = device.entry("Received", label)
    device.send(entry)
    device.send(entry)
    after, text = measured(monitor), monitor.get("/metrics").text
    for outcome, rise in (("recorded", 1), ("duplicate", 1), ("rejected", 0)):
        name = f'giaonhan_scans_total{{outcome="{outcome}"}}'
        assert after[name] - before[name] == rise
    for name in (
        'giaonhan_write_ms_count{part="save"}',
        'giaonhan_write_ms_count{part="project"}',
        'giaonhan_request_ms_count{route="/api/v1/scans"}',
    ):
        assert after[name] - before.get(name, 0) >= 2, name
    assert after["giaonhan_queue_depth"] == after["giaonhan_projection_lag_events"] == 0
    assert after["giaonhan_projection_stopped"] == 0
    assert after["giaonhan_disk_free_bytes"] > 0
    assert label not in text
    assert re.search(r"\d{16}", "".join(re.findall(r"\{[^}]*\}", text))) is None


def test_a_station_is_offline_since_it_was_last_heard_and_no_longer_told_once_revoked(
    server: Any,
    device: Any,
    monitor: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    new_label: NewLabel,
) -> None:
    name = f'giaonhan_station_offline_minutes{{station="{device.code}"}}'
    device.send(device.entry("Received", new_label(Kind.DOSSIER)))
    assert 0 <= measured(monitor)[name] < 1
    house, now_us = server.house, server.house.clock.now_us
    later = type("Later", (), {"now_us": staticmethod(lambda: now_us() + 90 * 60_000_000)})
    with monkeypatch.context() as hours_later:
        hours_later.setattr(house, "clock", later())
        assert 90 <= measured(monitor)[name] < 91
        server.app.state.metrics._heard_us.clear()  # as after a restart
        assert 90 <= measured(monitor)[name] < 91
        device.send()
        assert 0 <= measured(monitor)[name] < 1
    admin = house.reference.people()["quantri"].as_actor()
    house.write(lambda: house.enrol_station.revoke(station=device.code, actor=admin)).result(60)
    assert name not in measured(monitor)


def test_a_server_that_cannot_work_says_why_in_code(
    server: Any, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reasons() -> list[str]:
        answer = visitor.get("/readyz")
        said = answer.json()
        assert (answer.status_code, said["status"]) == (
            (503, "not_ready") if said["reasons"] else (200, "ready")
        )
        return list(said["reasons"])

    def full() -> None:
        raise DiskFull

    house = server.house
    with monkeypatch.context() as patched:
        patched.setattr(house.log, "try_writing", full)
        with pytest.raises(DiskFull):
            house.write(full).result(60)
        assert reasons() == ["DISK_FULL"]
        house.write(lambda: None).result(60)
        assert reasons() == []
    with monkeypatch.context() as patched:
        patched.setattr(readiness, "LEAST_FREE_BYTES", house.free_bytes * 2)
        assert reasons() == ["DISK_LOW"]
    with monkeypatch.context() as patched:
        patched.setattr(readiness, "MOST_WAIT_S", 0.0)
        assert reasons() == []
        goes_on = threading.Event()
        held = house.write(lambda: goes_on.wait(10))
        assert house.queue.depth == 1
        try:
            assert reasons() == ["WRITER_STUCK"]
        finally:
            goes_on.set()
        assert held.result(60)
    assert reasons() == []


def test_a_server_says_that_it_can_store_again_before_anybody_asks_it_to(
    server: Any, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, tried = server.house, threading.Semaphore(0)

    def full() -> None:
        tried.release()
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(house.log, "try_writing", full)
        with pytest.raises(DiskFull):
            house.write(full).result(60)
        for _ in range(3):  # the write and two looks whether it would be stored by now
            assert tried.acquire(timeout=60)
        assert visitor.get("/readyz").json()["reasons"] == ["DISK_FULL"]
    deadline = monotonic() + 60
    while visitor.get("/readyz").status_code != 200:
        assert monotonic() < deadline
        sleep(0.05)


def test_a_token_that_could_be_guessed_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    assert token_set() is None
    monkeypatch.setenv(TOKEN, GIVEN)
    assert token_set() == GIVEN
    monkeypatch.setenv(TOKEN, GIVEN[:-1])
    with pytest.raises(WeakToken):
        token_set()
