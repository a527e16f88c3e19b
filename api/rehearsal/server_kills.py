"""Trials of a server on files: killed with scans under way, and in the midst of other work.

Each trial lets a station be answered, kills the server with more on its way, and looks whether all
that was answered for is in the log, once. In the end the sheets are held against the events.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random  # noqa: TID251 - trials from a fixed seed

from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.engine import Source
from api.cli.ports import listen
from api.cli.serve import serve
from api.composition import open_house
from api.databases import DATABASE, DATABASE_URL, source_of
from api.founding import create_house
from api.rehearsal.bars.pen import Pen, enrol
from api.rehearsal.children import child
from api.rehearsal.sender import Sender
from api.rehearsal.tally import Tally
from domain.model.entry import parse_entry
from domain.model.journal import EntryStored, FactStated

STATION = "K1"
START_S = 60.0
LATEST_S = 0.05  # after an answer: some batches on
SCANS_BEFORE = 150  # of a trial that is about other work
BEGUN, DONE = "begun", "done"
MOST_KILLS = 20  # for one with work in flight
_PAGE = 5_000


@dataclass(slots=True)
class Trial:
    """A centre with one station that sends; where its events are, and its server listens."""

    data: Path
    source: Source
    pen: Pen
    port: int


def trial(where: Path) -> Trial:
    """The sample centre with a station, closed."""
    create_house(where / "data", with_sample=True)
    pen = Pen(STATION)
    with closing(open_house(where / "data")) as house:
        house.write(lambda: enrol(house.log, pen)).result(START_S)
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    return Trial(where / "data", source_of(where / "data"), pen, port)


def kept(log: MappedEventLog) -> tuple[dict[int, str], int]:
    """The station's entries by number with their digest, and how many of them count twice."""
    entries: dict[int, str] = {}
    facts: Counter[str] = Counter()
    position = doubled = 0
    while page := log.notifications(after=position, limit=_PAGE):
        position = page[-1].id
        for each in page:
            match each.event:
                case EntryStored(raw=raw):
                    entry = parse_entry(raw)
                    if entry.fact.station == STATION:
                        doubled += entry.fact.seq in entries
                        entries[entry.fact.seq] = entry.digest
                case FactStated(fact=fact, digest=digest) if fact["station"] == STATION:
                    facts[digest] += 1
                case _:
                    pass
    # A fact stands once in the stream of each of the two labels it names, dossier and pouch.
    doubled += sum(times != 2 for times in facts.values())
    return entries, doubled + (facts.keys() != set(entries.values()))


def look(tally: Tally, log: MappedEventLog, acknowledged: dict[int, str]) -> None:
    """L1: whatever was acknowledged is there, once."""
    entries, doubled = kept(log)
    tally.acknowledged = 0  # each look is at all of them again
    tally.look(sorted(acknowledged.items()), entries)
    tally.doubled += doubled


def compare(tally: Tally, data: Path) -> None:
    """L4: the sheets that lived through it are those that the events give."""
    with closing(open_house(data)) as house:
        found = house.write(lambda: house.verify_sheets(repair=False)).result()
    tally.differing += bool(found.differing)


def kill_serving(where: Path, cycles: int, chance: Random, *, each: int) -> Tally:
    """Kill the server `cycles` times with scans on their way; compare the sheets each so often."""
    tried, tally = trial(where), Tally()
    with Sender(tried.pen, tried.port) as sender:
        for _ in range(cycles * MOST_KILLS):
            in_flight = _killed_serving(tried, sender, chance)
            tally.struck["in flight" if in_flight else "between batches"] += 1
            with closing(SqliteEventLog(tried.data / DATABASE, writer=False)) as log:
                look(tally, log, dict(sender.acknowledged))
            if tally.struck["in flight"] % each == 0:
                compare(tally, tried.data)
            if tally.struck["in flight"] == cycles:
                break
    tally.trials = tally.struck["in flight"]
    tally.struck["sent again, and on disk already"] = sender.resent
    compare(tally, tried.data)
    return tally


def _killed_serving(tried: Trial, sender: Sender, chance: Random) -> bool:
    with child(serving, tried.data, tried.source, tried.port) as (process, _):
        sender.wait_for_more(START_S)
        time.sleep(chance.uniform(0, LATEST_S))
        in_flight = sender.in_flight
        process.kill()
    return in_flight


def serving(data: Path, source: Source, port: int, _say: Connection) -> None:
    """`giaonhan serve`, without its word of where it is."""
    if isinstance(source, str):
        os.environ[DATABASE_URL] = source  # of this process, which was forked before
    with redirect_stdout(StringIO()):
        serve(data=data, port=port, quiet=True)


def kill_rebuilding(where: Path, cycles: int, chance: Random) -> Tally:
    """Kill a process `cycles` times while it builds the sheets anew; the old ones serve on."""
    tried, tally = trial(where), Tally()
    acknowledged = scanned(tried)
    killed_at(tally, cycles, chance, rebuilding, tried.data, None)
    compare(tally, tried.data)
    with closing(SqliteEventLog(tried.data / DATABASE, writer=False)) as log:
        look(tally, log, acknowledged)
    return tally


def scanned(tried: Trial) -> dict[int, str]:
    """Some scans taken in and shown; by number, their digest."""
    entries = [tried.pen.receive(number) for number in range(SCANS_BEFORE)]
    with closing(open_house(tried.data)) as house:
        house.write(lambda: house.record_scans(tried.pen.station, entries)).result(START_S)
    return {one.seq: parse_entry(one.raw).digest for one in entries}


def rebuilding(data: Path, source: Source | None, say: Connection) -> None:
    """Build the sheets of a house anew, and say when."""
    with closing(open_house(data, source=source)) as house:
        say.send(BEGUN)
        house.rebuild()
        say.send(DONE)


def killed_at(
    tally: Tally, cycles: int, chance: Random, work: Callable[..., None], *words: object
) -> None:
    """Let a process do the work once, and then kill it in the midst of it, `cycles` times."""
    usual_s = done_in(work, *words)
    for _ in range(cycles * MOST_KILLS):
        with child(work, *words) as (process, heard):
            next(heard)
            time.sleep(chance.uniform(0, usual_s))
            process.kill()
            in_flight = DONE not in heard
        tally.struck["in flight" if in_flight else "done before"] += 1
        if tally.struck["in flight"] == cycles:
            break
    tally.trials += tally.struck["in flight"]


def done_in(work: Callable[..., None], *words: object) -> float:
    """How many seconds it takes when nobody kills it."""
    with child(work, *words) as (_, heard):
        if next(heard) != BEGUN:
            raise AssertionError(f"{work.__name__} did not begin")
        began = time.perf_counter()
        if list(heard) != [DONE]:
            raise AssertionError(f"{work.__name__} did not end")
        return time.perf_counter() - began
