"""A station at work: its source read, its desk fed, its line to the server kept.

Two threads besides the loop: one reads the source, so that a signal ends the loop while a scanner
is silent; one is the uplink, so that the network is never waited for.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from typing import Protocol

from domain.model.instants import MINUTE_US
from domain.model.tender_code import code_at
from scanner_station.arriving import arriving
from scanner_station.cache import Cache
from scanner_station.clock import StationClock, jitter
from scanner_station.directory import read_directory
from scanner_station.drafts import Drafts, DraftsUnusable
from scanner_station.gestures import Act, Session
from scanner_station.intake import IntakeLine, counter_intake
from scanner_station.journal import Journal, open_journal
from scanner_station.keys import read_key
from scanner_station.knowledge import MOST_OWN, Knowledge
from scanner_station.manifests import Manifests
from scanner_station.prompts import prompt, prompt_for
from scanner_station.settings import Settings, sole_use
from scanner_station.sources import View
from scanner_station.station import Out, Station
from scanner_station.uplink import LONGEST_WAIT_S, Jitter, Uplink, Waits

_MOST_RESUMED = 2_000  # entries looked through for the pouch at hand; a busy shift
_SHIFT_US = 12 * 60 * MINUTE_US
_GRACE_S = 5.0  # what the uplink gets at the end; the rest is sent at the next start


class Watcher(Protocol):
    """A desk page: it shows what the loop does, and people sign on and leave there."""

    by_pin: bool
    idle_ms: int | None

    def joined(self, station: Station) -> None:
        """The station stands and is about to scan."""
        ...

    def taken(self, view: View) -> None:
        """All that this view states is on disk, or it was said why not."""
        ...


def run_station(
    settings: Settings,
    *,
    clock: StationClock,
    source: Callable[[Journal, threading.Event], Iterable[View]],
    out: Out,
    uplink: bool = True,
    stop: threading.Event | None = None,
    jitter: Jitter = jitter,
    longest_wait_s: float = LONGEST_WAIT_S,
    watcher: Watcher | None = None,
    beside: Callable[[threading.Event], Iterable[View]] | None = None,
) -> None:
    """Run until the source ends or `stop` is set; raises a refusal if the station cannot start.

    `source` is given the journal (which pictures it has read) and `stop`, which is set when this
    returns; `out` hears every result, from two threads, one at a time. The server is tried again
    after at most `longest_wait_s`. `watcher` is a desk page; `beside` another source, whose end
    does not end the station.
    """
    stop = stop or threading.Event()
    with ExitStack() as opened:
        opened.enter_context(sole_use(settings.directory))
        key = read_key(settings.key_file)
        journal = opened.enter_context(closing(open_journal(settings, key, clock)))
        cache = opened.enter_context(closing(Cache(settings.manifests_file)))
        knowledge = Knowledge(cache, own=journal.latest(MOST_OWN))
        session = _session(settings, journal, watcher, clock)
        station = Station(session, journal, clock=clock, out=out, knowledge=knowledge)
        if watcher is not None:
            watcher.joined(station)
        drafts = _counter(settings, station, opened)
        station.tell_mending()
        if uplink:
            waits = Waits(jitter, longest_s=longest_wait_s)
            line = Uplink(settings, journal, key, clock=clock, waits=waits)
            jobs = [Manifests(cache, line.question, clock=clock).refresh_if_due]
            if drafts is not None:
                bring = IntakeLine(
                    drafts,
                    line.question,
                    clock=clock,
                    refused=station.draft_refused,
                    may_undo=station.may_undo_intake,
                )
                jobs.append(bring.work_if_due)
            opened.callback(_end, _start(line, station, stop, jobs), station.wake, stop)
        try:
            also = () if beside is None else beside(stop)
            for view in arriving(source(journal, stop), stop, also):
                station.take(view)
                if watcher is not None:
                    watcher.taken(view)
        finally:
            stop.set()
            station.finish()


def _session(
    settings: Settings, journal: Journal, watcher: Watcher | None, clock: StationClock
) -> Session:
    """What scans are understood by; the pouch that was at hand before a power cut still is."""
    session = Session(
        office=settings.office,
        purpose=settings.purpose,
        directory=read_directory(settings.directory_file),
        own_code=lambda: _own_code(session, journal, clock),
        by_pin=watcher is not None and watcher.by_pin,
        idle_ms=None if watcher is None else watcher.idle_ms,
    )
    since_us = journal.now_us() - _SHIFT_US
    for entry in journal.latest(_MOST_RESUMED):
        fact = entry.fact
        if fact.at_us >= since_us:
            session.resume(Act(fact.fact, fact.subject, fact.context, fact.operator))
    return session


def _counter(settings: Settings, station: Station, opened: ExitStack) -> Drafts | None:
    """At a counter, what is taken in without the network; scanning goes on without it."""
    try:
        counter = counter_intake(settings, station.journal, opened)
    except DraftsUnusable as refusal:
        station.hear(prompt_for(refusal))
        return None
    if counter is None:
        return None
    drafts, station.intake = counter
    station.session.is_reserved = drafts.is_reserved
    return drafts


def _own_code(session: Session, journal: Journal, clock: StationClock) -> str | None:
    """The code of this minute, by the server's time as far as it is known."""
    key = session.directory.tender_key
    now_us = clock.now_us() + journal.offset_ms * 1_000
    return None if key is None else code_at(key, now_us)


def _start(
    line: Uplink, station: Station, stop: threading.Event, jobs: Sequence[Callable[[], bool]]
) -> threading.Thread:
    def work() -> None:
        try:
            with closing(line):
                line.run(
                    stop=stop,
                    wake=station.wake,
                    report=station.hear,
                    learn=station.learn,
                    before=station.look_after_journal,
                    also=jobs,
                )
        except Exception:
            # Scanning goes on without the line, but not silently; the trace follows on stderr.
            station.hear(prompt("UPLINK_FAULT"))
            raise

    thread = threading.Thread(target=work, name="uplink", daemon=True)
    thread.start()
    return thread


def _end(thread: threading.Thread, wake: threading.Event, stop: threading.Event) -> None:
    stop.set()
    wake.set()
    thread.join(_GRACE_S)
