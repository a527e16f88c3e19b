"""What a monitor reads at `/metrics`: counts, times and standings; no label, person or text.

Used by the application, which makes one for itself, and by the routes that have something to count.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.house import House
from domain.model.errors import Refusal
from domain.model.instants import MINUTE_US
from domain.use_cases.record_scans import DESK, Outcome

TOKEN = "GIAONHAN_METRICS_TOKEN"  # noqa: S105 - the setting's name
SHARED = "PROMETHEUS_MULTIPROC_DIR"  # read by the library when it is imported
_HEARD = "giaonhan_station_heard_us"
LEAST_TOKEN_CHARS = 16  # nobody guesses so many
_TIMES_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class WeakToken(Refusal):
    """The monitors' token is too short; values: setting, least."""

    code = "WEAK_TOKEN"


def token_set() -> str | None:
    """The monitors' token, None where none is set; raises `WeakToken`.

    From the environment alone: a command line is read by everybody on the machine.
    """
    token = os.environ.get(TOKEN) or None
    if token is not None and len(token) < LEAST_TOKEN_CHARS:
        raise WeakToken(setting=TOKEN, least=LEAST_TOKEN_CHARS)
    return token


@contextmanager
def shared_counters() -> Iterator[None]:
    """Let the processes started meanwhile count together, and each tell what all have counted.

    What one that has ended counted stays counted.
    """
    with TemporaryDirectory(prefix="giaonhan-metrics-") as place:
        os.environ[SHARED] = place
        try:
            yield
        finally:
            del os.environ[SHARED]


class Metrics:
    """Counters of one application on one house, or of all that share them; a restart begins anew.

    The queue is that of the process that answers.
    """

    def __init__(self, house: House) -> None:
        if (shared := os.environ.get(SHARED)) is not None:
            Path(shared).mkdir(exist_ok=True)  # old files are cleared away from where it lies
        registry = CollectorRegistry()
        self._house = house
        self._scans = Counter(
            "giaonhan_scans", "Scans by what became of them", ["outcome"], registry=registry
        )
        for outcome in get_args(Outcome):
            self._scans.labels(outcome)
        self._writes = Histogram(
            "giaonhan_write_ms",
            "Milliseconds on the writer thread: to decide and save, to bring the sheets up",
            ["part"],
            buckets=_TIMES_MS,
            registry=registry,
        )
        self._requests = Histogram(
            "giaonhan_request_ms",
            "Milliseconds to answer, by the pattern of the route",
            ["route"],
            buckets=_TIMES_MS,
            registry=registry,
        )
        self._decodings = Histogram(
            "giaonhan_decode_ms",
            "Milliseconds to decode a photo that came in; labels are read at the stations",
            buckets=_TIMES_MS,
            registry=registry,
        )
        self._heard_us = Gauge(
            _HEARD,
            "When a station last called, in microseconds since 1970",
            ["station"],
            registry=registry,
            multiprocess_mode="max",
        )
        # Looked for once: that takes the library as long as a request takes to be read.
        self._outcome = cache(self._scans.labels)
        self._route = cache(self._requests.labels)
        self._registry = CollectorRegistry()
        every: Collector = registry
        if shared is not None:
            every = MultiProcessCollector(None, path=shared)  # type: ignore[no-untyped-call] # theirs
        self._registry.register(every)
        self._registry.register(_Standing(house, every))
        house.on_write(self.wrote)

    def scanned(self, outcome: Outcome) -> None:
        """One entry was answered."""
        self._outcome(outcome).inc()

    def wrote(self, part: str, ms: float) -> None:
        """The writer thread has done a part of a write: `save` or `project`."""
        self._writes.labels(part).observe(ms)

    def answered(self, route: str, ms: float) -> None:
        """A request is over."""
        self._route(route).observe(ms)

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """A photo is decoded meanwhile, or found to be none."""
        started = perf_counter()
        try:
            yield
        finally:
            self._decodings.observe((perf_counter() - started) * 1000)

    def heard(self, station: str) -> None:
        """A station has proved that it is there."""
        self._heard_us.labels(station).set(self._house.clock.now_us())

    def text(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """What stands at the moment of the question."""

    def __init__(self, house: House, counted: Collector) -> None:
        self._house = house
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        house = self._house
        queue, projection = house.queue, house.views.status()
        stopped = projection.fault is not None or house.projection_fault is not None
        for name, told, value in (
            ("queue_depth", "Writes that wait or run", queue.depth),
            ("queue_oldest_seconds", "Age of the oldest of them", queue.oldest_s),
            ("projection_lag_events", "Events that no sheet shows yet", projection.lag),
            ("projection_stopped", "1 when the sheets no longer follow the log", int(stopped)),
            ("disk_free_bytes", "Room where the data are", house.free_bytes),
        ):
            yield GaugeMetricFamily(f"giaonhan_{name}", told, value=value)
        yield self._offline()

    def _offline(self) -> GaugeMetricFamily:
        """Of stations in service: since they last called, or else last had an entry recorded."""
        family = GaugeMetricFamily(
            "giaonhan_station_offline_minutes",
            "Minutes since a station was last heard",
            labels=["station"],
        )
        now_us = self._house.clock.now_us()
        heard_us = {
            sample.labels["station"]: round(sample.value)
            for metric in self._counted.collect()
            if metric.name == _HEARD
            for sample in metric.samples
        }
        last_us = {**self._house.views.last_recorded_us(), **heard_us}
        for station, at_us in sorted(last_us.items()):
            if station != DESK and not self._house.trust.station(station).revoked:
                family.add_metric([station], max(0, now_us - at_us) / MINUTE_US)
        return family
