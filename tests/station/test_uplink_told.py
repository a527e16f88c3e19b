"""What the uplink says of the line and passes on from the server."""

import threading
from contextlib import closing
from typing import Any

import pytest

from scanner_station.prompts import prompt_for
from scanner_station.refusals import Offline
from scanner_station.server import _server_refused
from scanner_station.uplink import Uplink, Waits

QUICK = Waits(lambda: 1.0, longest_s=0.05)


def test_only_an_answer_shows_that_the_line_is_back(
    place: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing to send, sending it proves nothing."""
    server.faults = [None, "drop", "503", "drop"]  # the first is asked well, its directory is lost
    heard: list[tuple[str, int]] = []
    stop, wake = threading.Event(), threading.Event()

    def report(told: Any) -> None:
        heard.append((told.code, len(server.faults)))
        if told.code == "ONLINE":
            stop.set()
            wake.set()

    def lost() -> Any:
        monkeypatch.undo()
        raise Offline(why="ReadError", retry_after_s=None)

    with (
        closing(place.pin(server).journal()) as journal,
        closing(
            Uplink(place.settings, journal, place.key, clock=place.clock, waits=QUICK)
        ) as uplink,
    ):
        monkeypatch.setattr(uplink, "fetch_directory", lost)
        line = {"stop": stop, "wake": wake, "report": report, "learn": lambda _: None}
        thread = threading.Thread(target=uplink.run, kwargs=line)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
    assert heard == [("OFFLINE", 3), ("ONLINE", 0)]


def test_what_the_server_says_is_passed_on_as_one_line() -> None:
    told = {"code": "INVITE_REFUSED", "vi": "Mã sai.\x1b[2J\nXin mã mới.", "en": "x" * 999}
    values = _server_refused(403, told).values
    assert values["vi"] == "Mã sai.[2JXin mã mới."
    assert len(str(values["en"])) == 400
    assert prompt_for(_server_refused(403, told)).vi.startswith(
        "Máy chủ từ chối (403 INVITE_REFUSED): Mã sai."
    )
