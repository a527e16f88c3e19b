"""Bars 4 and 13: sixty-four stations at once over HTTP on PostgreSQL, and the server's memory.

Server, database and stations share the machine's cores. Half of the stations stand at counters and
send what they digitise and pack, the others receive at departments what was packed before.
"""

import base64
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from statistics import quantiles

import orjson

from api.composition import House, open_house
from api.rehearsal.bars.bar import Bar, Context, Figure
from api.rehearsal.bars.centre import (
    COUNTER,
    DEPARTMENT,
    Bag,
    accepted,
    bags,
    begun,
    centre,
    enrolled,
    packed,
    received,
    register,
    take_in,
)
from api.rehearsal.bars.pen import Pen
from api.rehearsal.bars.serving import Serving, cpu_s, scans, serving, written_out
from api.rehearsal.engines import EngineName
from domain.use_cases.record_scans import SentEntry

STATIONS = 64
A_POUCH = 20
A_BATCH = 20
FEWEST_OF_A_POUCH = 2 * A_POUCH + 2  # entries, of which a department makes one more


@dataclass(frozen=True, slots=True)
class Sent:
    """One slice: scans a second, the slowest request but one in a hundred, ms of CPU a scan."""

    scans_a_s: float
    p99_ms: float
    cpu_ms: Mapping[str, float]


@dataclass(slots=True)
class Loaded:
    """What the stations measured, a number a slice, and the server's peak of resident memory."""

    singles_a_s: list[float] = field(default_factory=list)
    batched_a_s: list[float] = field(default_factory=list)
    single_p99_ms: list[float] = field(default_factory=list)
    batch_p99_ms: list[float] = field(default_factory=list)
    cpu_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    peak_mb: float = 0.0
    told: str = ""

    def take(self, one: Sent, twenty: Sent) -> None:
        """Two slices: single scans, and batches of twenty."""
        self.singles_a_s.append(one.scans_a_s)
        self.single_p99_ms.append(one.p99_ms)
        self.batched_a_s.append(twenty.scans_a_s)
        self.batch_p99_ms.append(twenty.p99_ms)
        for what, sent in (("single", one), ("batched", twenty)):
            for who, ms in sent.cpu_ms.items():
                self.cpu_ms[f"{who}, a {what} scan"].append(ms)


def many_stations(context: Context) -> Bar:
    """Bar 4."""
    loaded = _loaded(context)
    return Bar(
        number=4,
        name=f"{STATIONS} stations over HTTP, PostgreSQL, all on the same cores",
        figures=(
            Figure.of("single scans", loaded.singles_a_s, unit="/s", at_least=250, aim=500),
            Figure.of(
                f"scans in batches of {A_BATCH}",
                loaded.batched_a_s,
                unit="/s",
                at_least=1200,
                aim=2500,
            ),
            Figure.of(
                "p99 of a single scan",
                loaded.single_p99_ms,
                unit="ms",
                at_least=300,
                aim=150,
                more_is_better=False,
            ),
            Figure.of("p99 of a batch", loaded.batch_p99_ms, unit="ms", more_is_better=False),
            *(
                Figure.of(f"CPU of {what}", slices, unit="ms", more_is_better=False)
                for what, slices in loaded.cpu_ms.items()
            ),
        ),
        note=loaded.told,
    )


def memory(context: Context) -> Bar:
    """Bar 13."""
    loaded = _loaded(context)
    return Bar(
        number=13,
        name="resident memory of the server under that load, its peak",
        figures=(
            Figure.of(
                "VmHWM", [loaded.peak_mb], unit="MB", at_least=400, aim=200, more_is_better=False
            ),
        ),
        note=loaded.told,
    )


@cache
def _loaded(context: Context) -> Loaded:
    """The load, once for both bars of one run."""
    stations = context.of(trial=4, short=STATIONS, long=STATIONS)
    slices = context.of(trial=1, short=2, long=6)
    singles, batches = context.of(trial=2, short=10, long=30), context.of(trial=1, short=2, long=6)
    loaded = Loaded()
    with centre(context, EngineName.POSTGRES) as data:
        with closing(open_house(data)) as house:
            streams = _streams(house, stations, (slices + 1) * (singles + batches * A_BATCH))
        with serving(data, workers=context.workers) as server:
            sent = partial(_sent, server, data, context.postmaster().pid)
            for number in context.slices(slices + 1):
                one = sent([_requests(*each, singles, 1) for each in streams], 1)
                many = [_requests(*each, batches, A_BATCH) for each in streams]
                twenty = sent(many, A_BATCH)
                if number:
                    loaded.take(one, twenty)
            loaded.peak_mb = server.peak_mb()
    loaded.told = (
        f"{slices} slices of {stations * singles:,} single scans and {stations * batches:,}"
        f" batches; closed loop, {context.workers} server process(es); half counters, half"
        f" departments, pouches of {A_POUCH}."
    )
    return loaded


def _streams(house: House, stations: int, entries: int) -> list[tuple[Pen, Iterator[SentEntry]]]:
    """Stations, each with so many entries to send at least; the sheets follow all before them."""
    pouches = -(-entries // FEWEST_OF_A_POUCH)
    before = enrolled(house, "QUAY0", office=COUNTER)
    streams = []
    for number in range(stations):
        moving = bags(pouches, holding=A_POUCH, first=number * pouches)
        register(house, range(moving[0].dossiers.start, moving[-1].dossiers.stop))
        office = DEPARTMENT if number % 2 else COUNTER
        pen = enrolled(house, f"T{number}", office=office, number=number + 2)
        if office == DEPARTMENT:
            for bag in moving:
                take_in(house, before, packed(before, bag))
        streams.append((pen, _scans_of(pen, moving, at=office)))
    house.catch_up()
    return streams


def _scans_of(pen: Pen, moving: Sequence[Bag], *, at: str) -> Iterator[SentEntry]:
    """Signed as they are asked for."""
    for bag in moving:
        if at == DEPARTMENT:
            yield accepted(pen, bag)
            yield from received(pen, bag)
            yield from begun(pen, bag)
        else:
            yield from packed(pen, bag)


def _requests(pen: Pen, stream: Iterator[SentEntry], many: int, entries: int) -> list[bytes]:
    """The next requests of a station, of so many entries each."""
    return [written_out(*scans(pen, [next(stream) for _ in range(entries)])) for _ in range(many)]


def _sent(
    server: Serving,
    data: Path,
    postgres: int,
    stations: Sequence[Sequence[bytes]],
    entries: int,
) -> Sent:
    """Every request is answered; the clients are a process of their own."""
    file = data.with_name("requests.json")
    told = [[base64.b64encode(each).decode() for each in requests] for requests in stations]
    file.write_bytes(orjson.dumps({"scans": entries, "stations": told}))
    words = [sys.executable, "-m", "api.rehearsal.bars.stations", str(server.port), str(file)]
    before = cpu_s(server.pid), cpu_s(postgres)
    done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - our own program
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode()[-2000:])
    told = orjson.loads(done.stdout)
    scans_sent = len(told["ms"]) * entries
    spent = {
        "the server": cpu_s(server.pid) - before[0],
        "PostgreSQL": cpu_s(postgres) - before[1],
        "the clients": told["cpu_s"],
    }
    cpu_ms = {who: seconds / scans_sent * 1000 for who, seconds in spent.items()}
    return Sent(scans_sent / told["wall_s"], quantiles(told["ms"], n=100)[-1], cpu_ms)
