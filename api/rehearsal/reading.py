"""How well and how fast the decoder reads the corpus, against its targets; for bench and tests."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import process_time
from typing import Any

import cv2

from api.rehearsal.corpus import MANY, MODERATE, Case
from api.rehearsal.frames import Image
from scanner_station.decoder import Decoder, Symbol

FORMATS = ("QRCode", "Code128")
FULL_HD = 1920 * 1080
_MS = 1000.0


@dataclass(slots=True)
class Tally:
    """What became of one class: labels shown, and read by any symbol, by each, by the fast stages.

    `stages` counts by (format, stage that read it first); times are CPU ms of the process.
    """

    name: str
    frames: int = 0
    shown: int = 0
    read: int = 0
    read_live: int = 0
    misread: int = 0
    by_format: Counter[str] = field(default_factory=Counter)
    stages: Counter[tuple[str, str]] = field(default_factory=Counter)
    live_ms: list[float] = field(default_factory=list)
    still_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: what was measured, and whether it is kept."""

    name: str
    measured: float
    bound: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


class Examiner:
    """Shows the chain one case after another and keeps the tallies; to be closed."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self._live, self._still = Decoder("live"), Decoder("still")

    def close(self) -> None:
        """End both decoders' workers."""
        self._live.close()
        self._still.close()

    def show(self, case: Case) -> bool:
        """Decode the picture by the fast stages and by all; whether all was read, and no more."""
        tally = self.tallies.setdefault(case.name, Tally(case.name))
        live, live_ms = _timed(self._live, case.picture)
        still, still_ms = _timed(self._still, case.picture)
        read = {symbol.text for symbol in still} & case.labels
        misread = sum(symbol.text not in case.labels for symbol in (*live, *still))
        tally.frames += 1
        tally.shown += len(case.labels)
        tally.read += len(read)
        tally.read_live += len({symbol.text for symbol in live} & case.labels)
        tally.misread += misread
        tally.stages.update(
            (symbol.format, symbol.stage) for symbol in still if symbol.text in case.labels
        )
        for kind in FORMATS:
            found = {symbol.text for symbol in still if symbol.format == kind}
            tally.by_format[kind] += len(found & case.labels)
        if case.picture.shape[0] * case.picture.shape[1] == FULL_HD:
            tally.live_ms.append(live_ms)
        tally.still_ms.append(still_ms)
        return read == case.labels and not misread


def targets(tallies: dict[str, Tally]) -> Iterator[Target]:
    """Every promise that these tallies can judge."""
    moderate = [tally for name, tally in tallies.items() if name in MODERATE]
    if shown := sum(tally.shown for tally in moderate):
        for name, read, bound in (
            ("either symbol, moderate", sum(tally.read for tally in moderate), 0.995),
            ("QRCode, moderate", sum(tally.by_format["QRCode"] for tally in moderate), 0.99),
            ("Code128, moderate", sum(tally.by_format["Code128"] for tally in moderate), 0.95),
        ):
            yield Target(name, read / shown, bound, at_least=True)
    for name in MANY:
        if tally := tallies.get(name):
            yield Target(name, tally.read / tally.shown, 0.98, at_least=True)
    yield Target("misreads", sum(t.misread for t in tallies.values()), 0, at_least=False)
    live_ms = [ms for tally in tallies.values() for ms in tally.live_ms]
    if len(live_ms) > 1:
        yield Target("fast stages, median ms", median(live_ms), 30, at_least=False)
        yield Target("fast stages, p95 ms", quantiles(live_ms, n=20)[-1], 100, at_least=False)


def _timed(decoder: Decoder, picture: Image) -> tuple[list[Symbol], float]:
    """What was read, and the CPU milliseconds it took with OpenCV on one core."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    started = process_time()
    try:
        return decoder.decode(picture), (process_time() - started) * _MS
    finally:
        cv2.setNumThreads(threads)


def as_rows(tallies: dict[str, Tally]) -> Iterator[dict[str, Any]]:
    """Each tally as plain values, for JSON and for a table."""
    for tally in tallies.values():
        yield {
            "class": tally.name,
            "frames": tally.frames,
            "labels": tally.shown,
            "read": tally.read,
            "read_fast": tally.read_live,
            "misread": tally.misread,
            **{kind: tally.by_format[kind] for kind in FORMATS},
            "stages": {
                kind: {stage: n for (k, stage), n in tally.stages.items() if k == kind}
                for kind in FORMATS
            },
            "fast_ms": round(median(tally.live_ms), 1) if tally.live_ms else None,
            "all_ms": round(median(tally.still_ms), 1),
        }
