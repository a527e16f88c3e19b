import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from domain.model.instants import SECOND_US
from scanner_station.directory import Person, read_directory
from scanner_station.enrolment import enrol_station
from scanner_station.gestures import Act
from scanner_station.journal import Journal
from scanner_station.keys import read_key
from scanner_station.prompts import Prompt
from scanner_station.refusals import (
    AlreadyEnrolled,
    CheckpointForged,
    NotTheServer,
    Offline,
    ServerRefused,
)
from scanner_station.settings import is_enrolled, read_settings
from scanner_station.uplink import MOST_ENTRIES, Uplink, Waits

Dossier = Callable[[int], str]
QUICK = Waits(lambda: 1.0, longest_s=0.05)


@pytest.fixture
def journal(place: Any, server: Any) -> Iterator[Journal]:
    with closing(place.pin(server).journal()) as opened:
        yield opened


@pytest.fixture
def uplink(place: Any, journal: Journal) -> Iterator[Uplink]:
    with closing(Uplink(place.settings, journal, place.key, clock=place.clock)) as line:
        yield line


def scan(journal: Journal, dossier: Dossier, count: int) -> None:
    for _ in range(count):
        subject = dossier(journal.last_seq + 1)
        journal.append(Act("Digitised", subject, {}, "lan"))


def sent_to_the_end(uplink: Uplink) -> int:
    """Try until nothing waits; how often the line failed on the way."""
    failures = 0
    while failures < 50:
        try:
            if not uplink.send():
                return failures
        except (Offline, NotTheServer):
            failures += 1
    raise AssertionError("it never ends")


def test_entries_go_out_in_order_in_batches_and_are_answered_once(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 450)
    assert sent_to_the_end(uplink) == 0
    assert [len(batch) for batch in server.received] == [MOST_ENTRIES, MOST_ENTRIES, 50]
    assert [seq for batch in server.received for seq in batch] == list(range(1, 451))
    assert journal.counts().pending == 0
    assert server.unsigned_requests == 0


def test_lost_answers_busy_servers_and_hotel_portals_lose_and_double_nothing(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 3)
    server.faults = ["503", "drop", "portal", "drop", None]
    assert sent_to_the_end(uplink) == 4
    assert not server.faults, "every fault fired"
    assert server.received == [[1, 2, 3]] * 3, "twice lost after storing, then answered"
    assert len(server.stored) == 3
    assert journal.counts().pending == 0


def test_a_lost_answer_is_answered_duplicate_the_next_time(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 1)
    server.faults = ["drop"]
    with pytest.raises(Offline):
        uplink.send()
    assert [answer.outcome for answer in uplink.send()] == ["duplicate"]


def test_without_a_server_everything_waits(place: Any, dossier: Dossier) -> None:
    with closing(place.journal()) as journal:
        scan(journal, dossier, 2)
        with (
            closing(Uplink(place.settings, journal, place.key, clock=place.clock)) as uplink,
            pytest.raises(Offline),
        ):
            uplink.send()
        assert journal.counts().pending == 2


def test_a_batch_too_large_for_the_server_is_halved(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 8)
    server.faults = ["413", "413"]
    assert sent_to_the_end(uplink) == 0
    assert server.received == [[1, 2], [3, 4], [5, 6], [7, 8]]


def test_long_entries_make_a_smaller_batch(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    pieces = ["x" * 60] * 58
    for serial in range(220):
        journal.append(Act("Packed", dossier(serial), {"pieces": pieces}, "lan"))
    sent_to_the_end(uplink)
    assert max(map(len, server.received)) < MOST_ENTRIES
    assert [seq for batch in server.received for seq in batch] == list(range(1, 221))


def test_a_rejected_entry_stays_and_the_others_go_on(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 2)
    server.faults = ["reject"]
    answers = uplink.send()
    assert [(one.outcome, one.code) for one in answers] == [
        ("rejected", "MALFORMED_ENTRY"),
        ("recorded", None),
    ]
    assert journal.counts().rejected == 1
    assert journal.counts().entries == 2
    assert not uplink.send()


def test_a_server_one_version_apart_is_understood_and_one_further_apart_is_not(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 1)
    server.faults = ["protocol 3", "protocol 2"]
    with pytest.raises(NotTheServer, match="protocol 3"):
        uplink.send()
    assert len(uplink.send()) == 1


def test_a_server_that_refuses_is_told_with_its_code(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 1)
    server.faults = ["401"]
    with pytest.raises(ServerRefused) as refused:
        uplink.send()
    assert refused.value.values == {"status": 401, "server_code": "UNKNOWN_STATION"}
    assert journal.counts().pending == 1


def test_a_checkpoint_that_the_pinned_key_did_not_sign_is_not_believed(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 2)
    server.faults = ["forge"]
    with pytest.raises(CheckpointForged):
        uplink.send()
    assert journal.checkpoint is None
    assert journal.counts().pending == 2


def test_the_checkpoint_of_an_answer_is_embedded_in_the_next_entry(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 3)
    uplink.send()
    scan(journal, dossier, 1)
    embedded = journal.pending(1)[0].checkpoint
    assert embedded is not None
    assert (embedded.seq, embedded.at_us) == (3, server.now_us)


def test_the_clock_is_corrected_by_what_the_server_says(
    journal: Journal, uplink: Uplink, server: Any, place: Any, dossier: Dossier
) -> None:
    server.now_us = place.clock.now_us() + 90 * SECOND_US
    scan(journal, dossier, 1)
    uplink.send()
    scan(journal, dossier, 1)
    entry = journal.pending(1)[0]
    assert entry.offset_ms == 90_000
    assert entry.fact.at_us == server.now_us


def test_waits_double_up_to_a_limit_and_begin_anew_when_it_worked() -> None:
    offline = Offline(why="ConnectError", retry_after_s=None)
    waits = Waits(lambda: 0.0)
    assert [waits.after(offline) for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    waits.worked()
    assert waits.after(offline) == 0.5
    assert Waits(lambda: 1.0).after(offline) == 0.25, "jitter shortens by half at most"
    assert waits.after(Offline(why="503", retry_after_s=20.0)) == 20
    assert waits.after(Offline(why="503", retry_after_s=99_999.0)) == 60
    assert waits.after(ServerRefused(status=401, server_code="UNKNOWN_STATION")) == 60


def test_the_loop_tells_once_that_it_is_offline_and_once_that_it_is_back(
    place: Any, journal: Journal, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 2)
    server.faults = ["503", "drop", "503"]
    server.directory = {
        "offices": [{"code": "SXD", "label": dossier(1), "name": "Sở Xây dựng"}],
        "people": [{"badge": dossier(2), "operator": "lan", "party": "TTHC", "roles": []}],
    }
    heard: list[Any] = []
    learnt: list[Any] = []
    stop, wake, done = threading.Event(), threading.Event(), threading.Event()

    def report(told: Any) -> None:
        heard.append(told.code if isinstance(told, Prompt) else [one.seq for one in told])
        if len(heard) == 3:
            done.set()

    with closing(
        Uplink(place.settings, journal, place.key, clock=place.clock, waits=QUICK)
    ) as uplink:
        thread = threading.Thread(
            target=uplink.run,
            kwargs={"stop": stop, "wake": wake, "report": report, "learn": learnt.append},
        )
        thread.start()
        try:
            assert done.wait(10)
        finally:
            stop.set()
            wake.set()
            thread.join(10)
    assert sorted(map(str, heard)) == sorted(["OFFLINE", "ONLINE", "[1, 2]"])
    assert heard[0] == "OFFLINE"
    assert learnt[0].people == {dossier(2): Person("lan", "TTHC")}
    assert read_directory(place.settings.directory_file) == learnt[0]


def test_enrolment_makes_a_key_pins_the_server_and_measures_the_clock(
    place: Any, server: Any, tmp_path: Any
) -> None:
    where = tmp_path / "new" / "station"
    server.now_us = place.clock.now_us() - 7_200 * SECOND_US
    with pytest.raises(ServerRefused):
        enrol_station(where, server_url=server.url, code="WRONG", clock=place.clock)
    assert not is_enrolled(where)
    settings = enrol_station(where, server_url=server.url, code="ABCD-1234", clock=place.clock)
    assert settings == read_settings(where)
    assert settings.server_public_key == server.public_key
    assert read_key(settings.key_file).public_key == server.station_key
    assert json.loads(settings.directory_file.read_bytes()) == server.directory
    with closing(type(place)(where, place.clock).journal()) as journal:
        assert journal.offset_ms == -7_200_000
    with pytest.raises(AlreadyEnrolled):
        enrol_station(where, server_url=server.url, code="ABCD-1234", clock=place.clock)
