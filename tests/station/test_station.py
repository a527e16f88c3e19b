import errno
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno

from domain.model.commands import command
from domain.model.labels import Kind, Label
from scanner_station.gestures import Session
from scanner_station.journal import Answer
from scanner_station.journal_copy import JournalCopy
from scanner_station.running import run_station
from scanner_station.sources import View, camera, folder, photographs
from scanner_station.station import Station
from scanner_station.wedge import MOST_TEXT, lines

Dossier = Callable[[int], str]
LAN = str(Label(Kind.BADGE, 27001, 26, 1))
DIRECTORY = {
    "offices": [],
    "people": [{"badge": LAN, "operator": "lan", "party": "TTHC", "roles": ["counter"]}],
}
DEADLINE_S = 60.0


@pytest.fixture(autouse=True)
def _cached_directory(place: Any) -> None:
    place.settings.directory_file.write_text(json.dumps(DIRECTORY))


def played(place: Any, views: Iterable[View], **options: Any) -> list[dict[str, Any]]:
    """What the station tells about these views."""
    told: list[dict[str, Any]] = []
    run_station(
        place.settings,
        clock=place.clock,
        source=lambda _journal, _stop: views,
        out=lambda line: told.append(dict(line)),
        **({"uplink": False} | options),
    )
    return told


def stored(told: list[dict[str, Any]]) -> list[str]:
    return [line["subject"] for line in told if line.get("state") == "stored"]


def wedge(text: bytes) -> Iterator[View]:
    """What a scanner types, through a real pipe."""
    reading, writing = os.pipe()

    def typed() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(text)

    typist = threading.Thread(target=typed)
    typist.start()
    yield from lines(reading)
    typist.join()
    os.close(reading)


def test_a_burst_of_fifty_codes_is_fifty_entries(place: Any, dossier: Dossier) -> None:
    codes = [dossier(serial) for serial in range(50)]
    told = played(place, wedge("\r\n".join([LAN, *codes]).encode()))
    assert stored(told) == codes
    with closing(place.journal()) as journal:
        assert [entry.fact.subject for entry in journal.pending(99)] == codes


def test_fifty_codes_in_one_line_are_fifty_entries(place: Any, dossier: Dossier) -> None:
    codes = [dossier(serial) for serial in range(50)]
    assert stored(played(place, wedge((LAN + "".join(codes)).encode()))) == codes


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t"])
def test_whatever_ends_a_code_the_wedge_reads_it(end: bytes, dossier: Dossier) -> None:
    texts = [dossier(1).encode(), dossier(2).encode()]
    views = list(wedge(end.join(texts) + end))
    assert [view.texts for view in views] == [(dossier(1),), (dossier(2),)]


def test_what_an_input_method_made_of_a_scan_gets_advice_and_no_entry(
    place: Any, dossier: Dossier
) -> None:
    garbled = ["ưC1" + dossier(1), "Đ" + dossier(2)[1:], "hồ sơ", dossier(3)]
    told = played(place, wedge("\r".join([LAN, *garbled]).encode()))
    assert stored(told) == [dossier(1), dossier(3)], "digits survive a rewritten prefix"
    said = [line for line in told if line.get("prompt") == "TURN_OFF_IME"]
    assert len(said) == 2
    assert said[0]["vi"].startswith("Tắt bộ gõ tiếng Việt")


def test_an_endless_line_and_bytes_that_are_no_text_do_no_harm(
    place: Any, dossier: Dossier
) -> None:
    text = b"\r".join([LAN.encode(), b"9" * (MOST_TEXT * 6), b"\xff\xfe\x00", dossier(1).encode()])
    told = played(place, wedge(text))
    assert [line.get("prompt", "stored") for line in told] == [
        "SIGNED_ON",
        "TOO_LONG",
        "TURN_OFF_IME",
        "stored",
    ]


def test_a_sealing_without_its_number_is_journaled_at_the_end(place: Any) -> None:
    pouch = str(Label(Kind.POUCH, 27001, 26, 1))
    told = played(place, [View((LAN, command("Sealed").label, pouch))])
    assert [line.get("prompt") or line["fact"] for line in told][-2:] == ["SCAN_SEAL", "Sealed"]


def test_a_full_disk_is_told_and_the_scan_counts_when_there_is_room_again(
    place: Any, dossier: Dossier
) -> None:
    told: list[dict[str, Any]] = []
    with closing(place.journal()) as journal:
        session = Session(office="TTHC", purpose=place.settings.purpose, directory=_directory())
        station = Station(
            session, journal, clock=place.clock, out=lambda line: told.append({**line})
        )
        station.take(View((LAN, dossier(1))))
        failing = _AlwaysFull(journal._connection)
        journal._connection = failing
        station.take(View((dossier(2), dossier(3)), picture="desk.png"))
        assert failing.asked == 1
        assert told[-1]["prompt"] == "JOURNAL_FULL", "and the picture is not told as read"
        assert journal.stopped is not None
        station.take(View((dossier(2), dossier(3)), picture="desk.png"))
        assert told[-1] == {"image": "desk.png", "labels": [dossier(2), dossier(3)]}
        assert [entry.fact.subject for entry in journal.pending(9)] == stored(told)
    assert stored(told) == [dossier(1), dossier(2), dossier(3)]


def test_what_waits_is_sent_when_the_disk_has_room_again_though_nobody_scans(
    place: Any, server: Any, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.pin(server)
    server.directory = DIRECTORY
    server.faults = ["503"] * 9_999
    disk_full = threading.Event()
    told: list[dict[str, Any]] = []

    def refused() -> int:
        return sum(line.get("prompt") == "JOURNAL_FULL" for line in told)

    def scanning() -> Iterator[View]:
        yield View((LAN, dossier(1)))
        wait_until(lambda: stored(told) == [dossier(1)])
        disk_full.set()
        yield View((dossier(2),))
        wait_until(lambda: refused() == 2)  # to the scan, and to the line
        server.faults.clear()
        disk_full.clear()
        wait_until(lambda: (1, 1) in server.stored)

    for name in ("append", "replace"):
        real = getattr(JournalCopy, name)
        monkeypatch.setattr(JournalCopy, name, _while_there_is_room(disk_full, real))
    run_station(
        place.settings,
        clock=place.clock,
        source=lambda _journal, _stop: scanning(),
        out=lambda line: told.append(dict(line)),
        longest_wait_s=0.05,
    )
    assert stored(told) == [dossier(1)]
    assert refused() == 2, "told once, not at each try"


def test_a_scan_is_told_as_stored_and_then_as_recorded(
    place: Any, server: Any, dossier: Dossier
) -> None:
    place.pin(server)
    server.directory = DIRECTORY
    server.discrepancies = {2: ["UNKNOWN_CODE"]}
    told: list[dict[str, Any]] = []
    answered = threading.Event()

    def hear(line: Any) -> None:
        told.append(dict(line))
        if sum(one.get("state") == "recorded" for one in told) == 2:
            answered.set()

    def scanning() -> Iterator[View]:
        yield View((LAN,))
        for serial in (1, 2):
            yield View((dossier(serial),))
        assert answered.wait(DEADLINE_S)

    run_station(
        place.settings,
        clock=place.clock,
        source=lambda _journal, _stop: scanning(),
        out=hear,
    )
    stored = next(line for line in told if line.get("seq") == 2)
    assert (stored.pop("verdict")["reason"], stored.pop("tone")) == ("unheard", "ask")
    assert [line for line in told if line.get("seq") == 2] == [
        {"seq": 2, "fact": "Digitised", "subject": dossier(2), "state": "stored"},
        {"seq": 2, "state": "recorded", "discrepancies": ["UNKNOWN_CODE"]},
    ]


def test_an_entry_that_broke_the_chain_is_shown_at_the_station(place: Any) -> None:
    told: list[dict[str, Any]] = []
    with closing(place.journal()) as journal:
        station = desk(place, journal, told, killed_after=1)
        station.hear([Answer(1, 7, "recorded", "CHAIN_BROKEN", ())])
    assert (told[0]["seq"], told[0]["state"], told[0]["code"]) == (7, "recorded", "CHAIN_BROKEN")
    assert told[1]["prompt"] == "CHAIN_BROKEN"
    assert "7" in told[1]["vi"]


def test_a_source_that_fails_ends_the_station_with_its_fault(place: Any) -> None:
    def broken() -> Iterator[View]:
        yield View((LAN,))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        played(place, broken())
    assert played(place, []) == [], "the station was let go"


def test_a_stop_ends_a_station_whose_scanner_is_silent(place: Any) -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    reading, writing = os.pipe()
    began = time.monotonic()
    assert played(place, lines(reading), stop=stop) == []
    assert time.monotonic() - began < DEADLINE_S / 2
    os.close(writing)


def test_a_photograph_journals_its_labels_row_by_row(
    place: Any, dossier: Dossier, tmp_path: Path
) -> None:
    desk = tmp_path / "desk.png"
    photograph(desk, [[LAN, dossier(1), dossier(2)], [dossier(3), dossier(4)]])
    told = played(place, photographs([desk]))
    assert stored(told) == [dossier(serial) for serial in (1, 2, 3, 4)]
    assert told[-1] == {"image": "desk.png", "labels": [LAN, *map(dossier, (1, 2, 3, 4))]}


def test_two_photographs_in_one_second_are_two_scans(place: Any, dossier: Dossier) -> None:
    told = played(
        place, [View((LAN, dossier(1)), picture="1.png"), View((dossier(1),), picture="2.png")]
    )
    assert stored(told) == [dossier(1), dossier(1)]


def test_what_lies_before_the_camera_is_one_scan_and_one_advice(
    place: Any, dossier: Dossier, tmp_path: Path
) -> None:
    """Frames go the whole way: compressed as a camera sends them, and through OpenCV's capture."""
    shelf = str(Label(Kind.PLACE, 27001, 26, 9))
    photograph(tmp_path / "desk.png", [[LAN, dossier(1), shelf]])
    seen: Any = cv2.imread(str(tmp_path / "desk.png"))
    video = tmp_path / "camera.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 5, seen.shape[1::-1])
    for _ in range(5):
        writer.write(seen)
    writer.release()
    told = played(place, camera(video))
    assert [line.get("prompt", "stored") for line in told] == [
        "SIGNED_ON",
        "stored",
        "UNKNOWN_PLACE",
    ]


def test_a_picture_that_is_none_is_told_and_the_next_is_read(
    place: Any, dossier: Dossier, tmp_path: Path
) -> None:
    (tmp_path / "1.png").write_bytes(b"no picture")
    photograph(tmp_path / "2.png", [[LAN, dossier(1)]])
    told = played(place, photographs(folder(tmp_path, follow=False, stop=threading.Event())))
    assert [line.get("prompt") for line in told[:1]] == ["NOT_AN_IMAGE"]
    assert told[1] == {"image": "1.png", "labels": []}
    assert stored(told) == [dossier(1)]


def test_a_followed_folder_gives_each_finished_picture_once_also_after_a_restart(
    place: Any, dossier: Dossier, tmp_path: Path
) -> None:
    seen: list[str] = []
    stop = threading.Event()

    def dropped(name: str, texts: tuple[str, ...]) -> None:
        (tmp_path / f"{name}.part").write_text(" ".join(texts))
        (tmp_path / f"{name}.part").rename(tmp_path / name)

    def views(journal: Any, stop: threading.Event) -> Iterator[View]:
        for file in folder(tmp_path, follow=True, stop=stop, is_read=journal.is_read):
            seen.append(file.name)
            yield View(tuple(file.read_text().split()), picture=file.name)

    def hear(line: Any) -> None:
        if line.get("image") == "a2.png":
            dropped("a1.png", (dossier(1),))
        if line.get("image") in {"a1.png", "b.png"}:
            stop.set()

    (tmp_path / "writing.png.part").write_text("")
    dropped("a2.png", (LAN,))
    dropped("a0.png", ())
    run_station(place.settings, clock=place.clock, source=views, out=hear, uplink=False, stop=stop)
    assert seen == ["a0.png", "a2.png", "a1.png"]
    stop.clear()
    dropped("b.png", ())
    run_station(place.settings, clock=place.clock, source=views, out=hear, uplink=False, stop=stop)
    assert seen[3:] == ["b.png"]


@pytest.mark.parametrize("died_after", [0, 1, 2, 3])
def test_a_station_killed_in_the_middle_of_a_picture_journals_each_act_once(
    place: Any, dossier: Dossier, died_after: int
) -> None:
    picture = View((LAN, *map(dossier, (1, 2, 3))), picture="desk.png")
    with closing(place.journal()) as journal:
        told: list[dict[str, Any]] = []
        with pytest.raises(_Killed):
            desk(place, journal, told, killed_after=died_after).take(picture)
        assert not journal.is_read("desk.png")
    again = played(place, [picture, View((dossier(1),), picture="next.png")])
    assert stored(told) + stored(again) == [*map(dossier, (1, 2, 3)), dossier(1)]
    with closing(place.journal()) as journal:
        assert [entry.fact.subject for entry in journal.pending(9)] == stored(told) + stored(again)


def test_what_was_journaled_of_a_picture_is_known_by_its_label_whoever_signs_on(
    place: Any, dossier: Dossier
) -> None:
    """The first reading had an operator before the badge, the second only after it."""
    picture = View((dossier(1), LAN, dossier(2), dossier(3)), picture="desk.png")
    with closing(place.journal()) as journal:
        told: list[dict[str, Any]] = []
        station = desk(place, journal, told, killed_after=2)
        station.take(View((LAN,)))
        with pytest.raises(_Killed):
            station.take(picture)
    assert stored(told + played(place, [picture])) == [dossier(1), dossier(2), dossier(3)]


def test_an_undo_after_a_picture_was_read_again_names_the_first_entry(
    place: Any, dossier: Dossier
) -> None:
    picture = View((LAN, dossier(1)), picture="desk.png")
    with closing(place.journal()) as journal, pytest.raises(_Killed):
        desk(place, journal, [], killed_after=1).take(picture)
    played(place, [picture, View((command("Undone").label,))])
    with closing(place.journal()) as journal:
        first, undone = journal.pending(9)
    assert (undone.fact.fact, undone.fact.context) == ("Undone", {"target": first.key})


class _Killed(BaseException):
    """The process ends here."""


def desk(place: Any, journal: Any, told: list[dict[str, Any]], *, killed_after: int) -> Station:
    """A station whose process is killed once it has told of so many entries."""
    heard: list[Any] = []

    def out(line: Any) -> None:
        told.append(dict(line))
        heard.append(line)

    append = journal.append

    def appended(*act: Any, **options: Any) -> Any:
        if sum(line.get("state") == "stored" for line in heard) == killed_after:
            raise _Killed
        return append(*act, **options)

    def marked(_picture: str) -> None:
        raise _Killed

    journal.append, journal.mark_read = appended, marked
    session = Session(office="TTHC", purpose=place.settings.purpose, directory=_directory())
    return Station(session, journal, clock=place.clock, out=out)


def _while_there_is_room(full: threading.Event, real: Callable[..., None]) -> Any:
    def written(*arguments: Any) -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    return written


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert holds()


class _AlwaysFull:
    """A connection to a disk without room, as SQLite tells it."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real, self.asked = real, 0

    def execute(self, *_: Any) -> Any:
        self.asked += 1
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    def close(self) -> None:
        self._real.close()


def _directory() -> Any:
    from scanner_station.directory import Directory

    return Directory.from_json(DIRECTORY)


def photograph(file: Path, rows: list[list[str]]) -> None:
    """QR symbols on a white desk, each a little askew in height."""
    canvas = np.full((400 * len(rows), 400 * max(map(len, rows))), 255, np.uint8)
    for down, row in enumerate(rows):
        for right, text in enumerate(row):
            modules = np.array(segno.make(text, error="h").matrix, np.uint8)
            symbol = cv2.resize(255 * (1 - modules), None, fx=10, fy=10, interpolation=0)
            top, left = 400 * down + 40 + 25 * ((right + 1) % 3), 400 * right + 60
            canvas[top : top + symbol.shape[0], left : left + symbol.shape[1]] = symbol
    cv2.imwrite(str(file), canvas)
