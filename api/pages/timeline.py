"""The custody timeline of one dossier as lengths and places in a drawing; used by its page.

Units of the drawing are SVG user units, `WIDTH` across. Nothing here knows words or colours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.model.custody_state import Link
from domain.model.instants import DAY_US, MINUTE_US, Micros, local, micros
from domain.model.station_time import Discrepancy

WIDTH = 960
LANE_HEIGHT = 48
BAR_TOP = 20  # under the lane's name
BAR_HEIGHT = 18
AXIS_HEIGHT = 40
MARGIN = 12
LEAST_BAR = 4  # a receipt of seconds is still to be seen
MOST_TICKS = 9
ROOM_FOR_WORD = 76  # the longest basis word at the drawing's letter size
_HOUR_US = 60 * MINUTE_US
_STEPS = (
    *(minutes * MINUTE_US for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR_US for hours in (1, 2, 3, 6, 12)),
    *(days * DAY_US for days in (1, 2, 7, 14, 28, 56, 112, 364)),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One link: where it lies; `word_x` is None where its basis word has no room."""

    x: float
    y: float
    width: float
    word_x: float | None
    link: Link


@dataclass(frozen=True, slots=True)
class Lane:
    """One holder's row: `y` is its top."""

    holder: str
    y: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A release nobody had accepted, over its whole height."""

    x: float
    width: float
    discrepancy: Discrepancy


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of the time axis; `new_day` asks for the date under the hour."""

    x: float
    at_us: Micros
    whole_day: bool
    new_day: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole drawing; `due_x` is None where the due time lies outside of it."""

    height: float
    lanes: list[Lane]
    bars: list[Bar]
    gaps: list[Gap]
    ticks: list[Tick]
    due_x: float | None


class _Scale:
    """Instants to places between the margins."""

    def __init__(self, first_us: Micros, last_us: Micros) -> None:
        self.first_us = first_us
        self.last_us = max(last_us, first_us + MINUTE_US)

    def x(self, at_us: Micros) -> float:
        """The place of an instant; those outside the drawing stand at its edge."""
        share = (at_us - self.first_us) / (self.last_us - self.first_us)
        return round(MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * MARGIN), 1)


def draw(
    chain: Sequence[Link],
    discrepancies: Iterable[Discrepancy],
    *,
    until_us: Micros,
    due_us: Micros | None,
) -> Timeline:
    """Lay out a chain; what is still open ends at `until_us`."""
    first_us = chain[0].from_us if chain else until_us
    scale = _Scale(first_us, _end(chain[-1], until_us) if chain else until_us)
    holders = list(dict.fromkeys(link.holder for link in chain))
    tops = {holder: index * LANE_HEIGHT for index, holder in enumerate(holders)}
    within = due_us is not None and scale.first_us <= due_us <= scale.last_us
    return Timeline(
        height=len(holders) * LANE_HEIGHT + AXIS_HEIGHT,
        lanes=[Lane(holder, top) for holder, top in tops.items()],
        bars=_bars(chain, tops, scale, until_us),
        gaps=[
            Gap(scale.x(found.opened_us), _width(scale, found, until_us), found)
            for found in discrepancies
            if found.code == "NOT_ACCEPTED"
        ],
        ticks=_ticks(scale),
        due_x=scale.x(due_us) if within and due_us is not None else None,
    )


def _end(link: Link, until_us: Micros) -> Micros:
    return max(until_us, link.from_us) if link.to_us is None else link.to_us


def _width(scale: _Scale, found: Discrepancy, until_us: Micros) -> float:
    closed_us = until_us if found.closed_us is None else found.closed_us
    return max(round(scale.x(closed_us) - scale.x(found.opened_us), 1), LEAST_BAR)


def _bars(
    chain: Sequence[Link], tops: dict[str, int], scale: _Scale, until_us: Micros
) -> list[Bar]:
    bars: list[Bar] = []
    free_from: dict[str, float] = {}  # in each lane, right of what is drawn already
    for index, link in enumerate(chain):
        x = max(scale.x(link.from_us), free_from.get(link.holder, 0.0))
        width = max(round(scale.x(_end(link, until_us)) - x, 1), LEAST_BAR)
        x = min(x, WIDTH - MARGIN - width)
        free_from[link.holder] = x + width
        following = next(
            (later for later in chain[index + 1 :] if later.holder == link.holder), None
        )
        room_to = WIDTH - MARGIN if following is None else scale.x(following.from_us)
        bars.append(
            Bar(x, tops[link.holder] + BAR_TOP, width, _word_x(x, width, room_to=room_to), link)
        )
    return bars


def _word_x(x: float, width: float, *, room_to: float) -> float | None:
    """Inside a long bar, else right of it, else nowhere: the table under the drawing has it too."""
    if width >= ROOM_FOR_WORD:
        return x + 6
    return x + width + 4 if room_to - x - width >= ROOM_FOR_WORD else None


def _ticks(scale: _Scale) -> list[Tick]:
    span_us = scale.last_us - scale.first_us
    step_us = next((step for step in _STEPS if span_us / step < MOST_TICKS), span_us)
    midnight = local(scale.first_us).replace(hour=0, minute=0, second=0, microsecond=0)
    at_us = micros(midnight)
    at_us += -(-(scale.first_us - at_us) // step_us) * step_us
    ticks: list[Tick] = []
    while at_us <= scale.last_us:
        new_day = not ticks or local(at_us).date() != local(ticks[-1].at_us).date()
        ticks.append(Tick(scale.x(at_us), at_us, step_us >= DAY_US, new_day))
        at_us += step_us
    return ticks
