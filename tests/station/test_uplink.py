import errno
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from domain.model.entry import read_checkpoint
from domain.model.errors import Refusal
from domain.model.instants import SECOND_US, iso
from scanner_station.directory import Directory, Person, read_directory
from scanner_station.drafts import DraftsUnusable
from scanner_station.enrolment import enrol_station
from scanner_station.gestures import Act, Session
from scanner_station.journal import Journal, peek
from scanner_station.journal_file import Forgotten, Gone
from scanner_station.keys import read_key
from scanner_station.prompts import Prompt, prompts_for_forgotten
from scanner_station.refusals import (
    AlreadyEnrolled,
    CheckpointForged,
    JournalFull,
    NotTheServer,
    Offline,
    ServerRefused,
)
from scanner_station.settings import Purpose, is_enrolled, read_settings
from scanner_station.station import Station
from scanner_station.uplink import MOST_ENTRIES, Uplink, Waits

Dossier = Callable[[int], str]
Monkey = pytest.MonkeyPatch
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


def test_a_journal_the_server_did_not_know_is_offered_again_when_it_is_asked(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier, monkeypatch: Monkey
) -> None:
    scan(journal, dossier, 2)
    unknown = {"outcome": "rejected", "code": "UNKNOWN_EPOCH"}
    answers = [{"epoch": 1, "seq": seq} | unknown for seq in (1, 2)]
    told = {"answers": answers, "checkpoint": server.checkpoint(2), "now": iso(server.now_us)}
    with monkeypatch.context() as patched:
        patched.setattr(server, "take", lambda _: told)
        uplink.send()
        counts = journal.counts()
        assert (counts.rejected, counts.pending) == (2, 0), "told, and not in the way of others"
        told["answers"] = []
        uplink.ask()
    assert sent_to_the_end(uplink) == 0
    assert sorted(server.stored) == [(1, 1), (1, 2)]
    assert journal.counts().rejected == 0


def test_a_server_one_version_apart_is_understood_and_one_further_apart_is_not(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 1)
    server.faults = ["protocol 3", "protocol 2"]
    with pytest.raises(NotTheServer, match="another protocol"):
        uplink.send()
    assert len(uplink.send()) == 1


def test_a_server_that_refuses_is_told_with_its_code(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 1)
    server.faults = ["401"]
    with pytest.raises(ServerRefused) as refused:
        uplink.send()
    assert [*refused.value.values.values()][:3] == [401, "UNKNOWN_STATION", "không nói lý do."]
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


@pytest.mark.parametrize(
    "refusal",
    [
        DraftsUnusable(why="InvalidTag"),
        Offline(why="503", retry_after_s=60.0),
        ServerRefused(status=404, server_code="NO_SUCH_PAGE"),
    ],
)
def test_what_stops_another_job_keeps_no_scan_waiting(
    place: Any, journal: Journal, dossier: Dossier, refusal: Refusal
) -> None:
    heard: list[Any] = []
    stop, wake = threading.Event(), threading.Event()
    tried, recorded = threading.Semaphore(0), threading.Semaphore(0)

    def job() -> bool:
        tried.release()
        raise refusal

    def report(told: Any) -> None:
        if isinstance(told, Prompt):
            heard.append(told.code)
        else:
            recorded.release()

    with closing(Uplink(place.settings, journal, place.key, clock=place.clock)) as uplink:
        thread = threading.Thread(
            target=uplink.run,
            kwargs={"stop": stop, "wake": wake, "report": report, "learn": lambda _: None}
            | {"also": [job]},
        )
        thread.start()
        try:
            for _ in range(3):
                assert tried.acquire(timeout=10)
                scan(journal, dossier, 1)
                wake.set()
                assert recorded.acquire(timeout=10)
        finally:
            stop.set()
            wake.set()
            thread.join(10)
    assert heard == (["DRAFTS_UNUSABLE"] if refusal.code == "DRAFTS_UNUSABLE" else [])


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


def answering(server: Any, outcome: str, checkpoint: dict[str, Any] | None) -> Callable[..., Any]:
    """Someone in the server's place who stores nothing and holds no key of his own."""

    def take(body: dict[str, Any]) -> dict[str, Any]:
        answers = [{"epoch": 1, "seq": one["seq"], "outcome": outcome} for one in body["entries"]]
        return {"answers": answers, "checkpoint": checkpoint, "now": iso(server.now_us)}

    return take


def checkpoints_of(journal: Journal, uplink: Uplink, server: Any, dossier: Dossier) -> list[Any]:
    """The server's words while three entries go out one by one, each signed and no longer new."""
    given = []
    for _ in range(3):
        scan(journal, dossier, 1)
        server.now_us += SECOND_US
        uplink.send()
        given.append(server.checkpoint())
    server.now_us += SECOND_US
    return given


def test_answers_without_the_servers_signed_word_are_not_believed(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier, monkeypatch: Monkey
) -> None:
    scan(journal, dossier, 2)
    with monkeypatch.context() as replaced:
        replaced.setattr(server, "take", answering(server, "recorded", None))
        with pytest.raises(NotTheServer):
            uplink.send()
    assert journal.counts().pending == 2
    sent_to_the_end(uplink)
    assert sorted(server.stored) == [(1, 1), (1, 2)]


@pytest.mark.parametrize("replayed", [0, 1, 2])
def test_an_old_word_of_the_server_vouches_for_nothing_beyond_it(
    journal: Journal,
    uplink: Uplink,
    server: Any,
    dossier: Dossier,
    monkeypatch: Monkey,
    replayed: int,
) -> None:
    given = checkpoints_of(journal, uplink, server, dossier)
    scan(journal, dossier, 2)
    with monkeypatch.context() as replaced:
        replaced.setattr(server, "take", answering(server, "recorded", given[replayed]))
        with pytest.raises(NotTheServer):
            uplink.send()
    assert [entry.fact.seq for entry in journal.pending(9)][-2:] == [4, 5]
    assert journal.checkpoint == read_checkpoint(given[-1]), "the newest stays the evidence"
    sent_to_the_end(uplink)
    assert len(server.stored) == 5


def test_a_pre_restore_word_deceives_only_until_the_server_is_heard_again(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier, monkeypatch: Monkey
) -> None:
    given = checkpoints_of(journal, uplink, server, dossier)
    del server.stored[1, 3]
    uplink.ask()
    assert [entry.fact.seq for entry in journal.pending(9)] == [3]
    with monkeypatch.context() as replaced:
        replaced.setattr(server, "take", answering(server, "recorded", given[-1]))
        uplink.send()
    uplink.ask()
    sent_to_the_end(uplink)
    assert len(server.stored) == 3


def test_what_a_false_server_rejected_is_offered_to_the_real_one(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier, monkeypatch: Monkey
) -> None:
    scan(journal, dossier, 2)
    with monkeypatch.context() as replaced:
        replaced.setattr(server, "take", answering(server, "rejected", None))
        uplink.send()
    uplink.ask()
    sent_to_the_end(uplink)
    assert len(server.stored) == 2
    assert journal.counts().rejected == 0


def test_a_server_whose_clock_was_set_back_is_still_believed(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier
) -> None:
    scan(journal, dossier, 1)
    uplink.send()
    server.now_us -= 86_400 * SECOND_US
    scan(journal, dossier, 1)
    assert [answer.seq for answer in uplink.send()] == [2]
    assert journal.counts().pending == 0


@pytest.mark.parametrize("left", [0, 2])
def test_a_restored_server_gets_back_what_it_lost_with_the_next_scan(
    journal: Journal, uplink: Uplink, server: Any, dossier: Dossier, left: int
) -> None:
    scan(journal, dossier, 5)
    uplink.send()
    restored(server, left)
    scan(journal, dossier, 1)
    sent_to_the_end(uplink)
    assert sorted(server.stored) == [(1, seq) for seq in range(1, 7)]
    assert journal.counts().pending == 0


@pytest.mark.parametrize("left", [0, 2])
@pytest.mark.parametrize("restarted", [True, False])
def test_a_station_that_scans_nothing_new_asks_what_the_server_has(
    place: Any, journal: Journal, server: Any, dossier: Dossier, left: int, restarted: object
) -> None:
    scan(journal, dossier, 5)
    heard, asked = threading.Event(), threading.Event()
    stop, wake = threading.Event(), threading.Event()
    with closing(
        Uplink(place.settings, journal, place.key, clock=place.clock, waits=QUICK)
    ) as uplink:
        if restarted:
            uplink.send()
            restored(server, left)
        thread = threading.Thread(
            target=uplink.run,
            kwargs={
                "stop": stop,
                "wake": wake,
                "report": lambda _: heard.set(),
                "learn": lambda _: asked.set(),
            },
        )
        thread.start()
        try:
            assert asked.wait(10)
            if not restarted:
                restored(server, left)
                heard.clear()
                place.clock.wind(3_600)
                wake.set()
            assert heard.wait(10)
        finally:
            stop.set()
            wake.set()
            thread.join(10)
    assert sorted(server.stored) == [(1, seq) for seq in range(1, 6)]
    assert journal.counts().pending == 0


def test_what_neither_a_restored_server_nor_the_station_has_is_said_aloud(
    place: Any, journal: Journal, uplink: Uplink, server: Any, dossier: Dossier, monkeypatch: Monkey
) -> None:
    monkeypatch.setattr("scanner_station.journal.COVERED_KEPT", 3)
    monkeypatch.setattr("scanner_station.journal.PRUNED_AT_ONCE", 1)
    scan(journal, dossier, 10)
    uplink.send()  # 1 to 7 are pruned
    restored(server, 4)
    uplink.ask()
    [forgotten] = journal.forgotten
    assert forgotten == Forgotten(epoch=1, seq=4, again=3, gone=Gone(epoch=1, first=5, last=7))
    again, lost = prompts_for_forgotten(forgotten)
    assert (again.code, lost.code, lost.tone) == ("SERVER_FORGOT", "ENTRIES_GONE", "bad")
    assert "5–7" in lost.vi
    sent_to_the_end(uplink)
    assert sorted(server.stored) == [(1, seq) for seq in (1, 2, 3, 4, 8, 9, 10)]
    assert journal.counts().pending == 0
    assert len(journal.forgotten) == 1, "said once"
    assert peek(place.settings.journal_file).gone == [forgotten.gone], "and shown until it is there"
    told: list[str] = []
    session = Session(office="TTHC", purpose=Purpose.COUNTER, directory=Directory())
    station = Station(
        session, journal, clock=place.clock, out=lambda line: told.append(line["prompt"])
    )
    station.look_after_journal()
    station.look_after_journal()
    assert told == ["SERVER_FORGOT", "ENTRIES_GONE"]


def test_what_a_restored_server_lacks_of_an_earlier_epoch_is_sent_again(
    place: Any, server: Any, dossier: Dossier
) -> None:
    with closing(place.pin(server).journal()) as journal:
        scan(journal, dossier, 4)
    place.settings = replace(place.settings, epoch=2, past_keys={1: place.key.public_key})
    server.epoch = 2
    with (
        closing(place.journal()) as journal,
        closing(Uplink(place.settings, journal, place.key, clock=place.clock)) as uplink,
    ):
        uplink.send()
        restored(server, 1)  # nothing was scanned in the new epoch, so its own word says nothing
        uplink.ask()
        sent_to_the_end(uplink)
        assert sorted(server.stored) == [(1, seq) for seq in (1, 2, 3, 4)]
        assert journal.forgotten[0].again == 3


def test_a_batch_is_of_one_journal_epoch(place: Any, server: Any, dossier: Dossier) -> None:
    with closing(place.pin(server).journal()) as journal:
        scan(journal, dossier, 2)
    place.settings = replace(place.settings, epoch=2, past_keys={1: place.key.public_key})
    with (
        closing(place.journal()) as journal,
        closing(Uplink(place.settings, journal, place.key, clock=place.clock)) as uplink,
    ):
        scan(journal, dossier, 1)
        assert sent_to_the_end(uplink) == 0
        assert server.received == [[1, 2], [1]]
        assert journal.counts().pending == 0


def test_a_disk_without_room_for_the_copy_of_the_directory_stops_no_uplink(
    place: Any, uplink: Uplink, monkeypatch: Monkey
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("scanner_station.uplink.write_whole", full)
    stop, learnt = threading.Event(), []

    def learn(directory: Any) -> None:
        learnt.append(directory)
        stop.set()

    uplink.run(stop=stop, wake=stop, report=lambda _: None, learn=learn)
    assert learnt == [Directory()]
    assert not place.settings.directory_file.exists()


def test_answers_stand_when_the_disk_has_no_room_to_let_go_of_old_entries(
    journal: Journal, server: Any, uplink: Uplink, dossier: Dossier, monkeypatch: Monkey
) -> None:
    monkeypatch.setattr("scanner_station.journal.COVERED_KEPT", 2)
    monkeypatch.setattr("scanner_station.journal.PRUNED_AT_ONCE", 1)
    scan(journal, dossier, 4)
    server.now_us += 3_600 * SECOND_US

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("scanner_station.journal_copy.write_whole", full)
        assert [answer.seq for answer in uplink.send()] == [1, 2, 3, 4]
        with pytest.raises(JournalFull):
            journal.append(Act("Digitised", dossier(5), {}, "lan"))
        with pytest.raises(JournalFull):
            journal.reopen()
    journal.reopen()
    assert journal.offset_ms == 3_600_000
    assert journal.counts().pending == 0
    scan(journal, dossier, 1)


def restored(server: Any, left: int) -> None:
    """From a backup made after `left` entries."""
    server.stored = {key: raw for key, raw in server.stored.items() if key[1] <= left}
    server.now_us += SECOND_US
