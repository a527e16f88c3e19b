"""What the station's sources show, one view after another, whoever is slow; for the loop."""

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress

from scanner_station.sources import View

MOST_VIEWS_WAITING = 256  # then the source waits: a burst of scans is kept, memory is bounded
_LOOK_UP_S = 0.2  # how soon a signal is noticed
_SOURCE_GRACE_S = 1.0
_Queue = queue.Queue[View | BaseException | None]


def arriving(
    source: Iterable[View], stop: threading.Event, beside: Iterable[View] = ()
) -> Iterator[View]:
    """The views of both sources, each read by a thread of its own; their faults are raised here."""
    waiting: _Queue = queue.Queue(MOST_VIEWS_WAITING)
    reader, _ = (
        _reading(waiting, each, stop, ends=ends) for each, ends in ((source, True), (beside, False))
    )
    while not stop.is_set():
        try:
            arrived = waiting.get(timeout=_LOOK_UP_S)
        except queue.Empty:
            continue
        if isinstance(arrived, BaseException):
            raise arrived
        if arrived is None:
            break
        yield arrived
    reader.join(_SOURCE_GRACE_S)  # one that waits for a keyboard is left to end with the process


def _reading(
    waiting: _Queue, source: Iterable[View], stop: threading.Event, *, ends: bool
) -> threading.Thread:
    reader = threading.Thread(
        target=_read_into, args=(waiting, source, stop, ends), name="source", daemon=True
    )
    reader.start()
    return reader


def _read_into(
    waiting: _Queue, source: Iterable[View], stop: threading.Event, ends: object
) -> None:
    try:
        for view in source:
            _put(waiting, view, stop)
            if stop.is_set():
                break
        if ends:
            _put(waiting, None, stop)
    except BaseException as fault:  # noqa: BLE001 - raised again where the station runs
        _put(waiting, fault, stop)
    finally:
        if isinstance(source, Generator):
            source.close()  # a camera is released, a decoder's worker ended


def _put(waiting: _Queue, arrived: View | BaseException | None, stop: threading.Event) -> None:
    """Wait for room, but not beyond the end of the station."""
    while not stop.is_set():
        with suppress(queue.Full):
            waiting.put(arrived, timeout=_LOOK_UP_S)
            return
