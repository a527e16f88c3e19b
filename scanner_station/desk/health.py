"""How the station is: what waits, the clock, the disk, the camera, the decoders; for the page."""

import shutil
from dataclasses import dataclass

from domain.model.errors import Refusal
from domain.model.instants import Micros
from scanner_station.drafts import Listed
from scanner_station.settings import Purpose, Settings
from scanner_station.station import Station

LEAST_FREE_BYTES = 200_000_000  # a journal of a year is a tenth of it, the system wants the rest
_MOST_WAITING = 500  # entries: more is a day without a network
_FEWEST_NUMBERS = 10
_MOST_PLACES = 60  # to choose from; of any other the label is scanned
_MOST_GONE = 12  # of the drafts that the server took, the last
_MOST_OFF_MS = 120_000  # a clock two minutes off is corrected in the entries; people should know


@dataclass(frozen=True, slots=True)
class Counter:
    """Of intake without the network: numbers left, drafts here, and those that the server took."""

    numbers: int
    drafts: tuple[Listed, ...]
    gone: tuple[tuple[str, Micros], ...]

    @property
    def runs_low(self) -> bool:
        """Fewer than an hour's intake at a busy counter."""
        return self.numbers < _FEWEST_NUMBERS


@dataclass(frozen=True, slots=True)
class Health:
    """One look. `camera`: None for a station without one, else why it does not work or ''.

    `decoders`: by name the version, None where it cannot run; None before anybody looked.
    """

    pending: int = 0
    rejected: int = 0
    offset_ms: int = 0
    free_bytes: int = 0
    camera: str | None = None
    decoders: tuple[tuple[str, str | None], ...] | None = None
    office_name: str | None = None
    counter: "Counter | None" = None
    places: tuple[tuple[str, int], ...] = ()  # shelves to be counted, by label, with what they hold

    @property
    def clock_is_off(self) -> bool:
        """Far enough that the PC's clock should be set."""
        return abs(self.offset_ms) > _MOST_OFF_MS

    @property
    def disk_is_full(self) -> bool:
        """Near enough to the end that somebody should act."""
        return self.free_bytes < LEAST_FREE_BYTES

    @property
    def much_waits(self) -> bool:
        """More than a day's work is here and nowhere else."""
        return self.pending > _MOST_WAITING


def look(
    station: Station,
    settings: Settings,
    *,
    camera: str | None,
    decoders: tuple[tuple[str, str | None], ...] | None,
    before: Health,
) -> Health:
    """The station now; of a journal that has stopped, the numbers from before."""
    try:
        counts = station.journal.counts()
        pending, rejected = counts.pending, counts.rejected
    except Refusal:
        pending, rejected = before.pending, before.rejected
    return Health(
        pending=pending,
        rejected=rejected,
        offset_ms=station.journal.offset_ms,
        free_bytes=shutil.disk_usage(settings.directory).free // 10_000_000 * 10_000_000,
        camera=camera,
        decoders=decoders,
        office_name=station.session.directory.names.get(settings.office),
        counter=_counter(station, before.counter),
        places=_places(station),
    )


def _places(station: Station) -> tuple[tuple[str, int], ...]:
    if station.session.purpose is not Purpose.SHELF or station.knowledge is None:
        return ()
    return tuple(station.knowledge.places()[:_MOST_PLACES])


def _counter(station: Station, before: Counter | None) -> Counter | None:
    if station.intake is None:
        return None
    drafts = station.intake.drafts
    try:
        return Counter(
            drafts.counts().numbers, tuple(drafts.listed()), tuple(drafts.gone(_MOST_GONE))
        )
    except Refusal:
        return before
