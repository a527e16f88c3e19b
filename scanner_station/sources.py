"""What the station sees at once, and where it comes from: photographs, a folder, a camera."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.model.errors import Refusal

if TYPE_CHECKING:
    from scanner_station.decoder import Symbol

PICTURES = frozenset({".png", ".jpg", ".jpeg"})  # a file still being written has another name
_POLL_S = 0.05


class Order(StrEnum):
    """What the desk page asks of the loop in its turn, besides scans."""

    ONCE = "once"  # the card in this view is said of one paper, not of all until the next card
    CARD_OFF = "card off"
    AS_IT_IS = "as it is"  # what waits for a number or a reason has none
    SIGN_ON = "sign on"
    BLIND = "blind"  # the next census shows no list before it is closed
    LISTED = "listed"
    NO_STICKER = "no sticker"  # the form for the sticker just scanned was dropped
    HERE = "here"  # somebody is filling a form, and scans nothing meanwhile
    SIGN_OFF = "sign off"


@dataclass(slots=True)
class TakingIn:
    """What the desk page asks to be taken in, for `OfflineIntake.register`, and what became of it.

    `label` or `refusal` is set by the loop.
    """

    told: Mapping[str, Any] = field(repr=False)
    sticker: str | None = None
    label: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class View:
    """Texts seen or typed at once, in reading order.

    `picture` names a still photograph, None for a wedge or a camera; `live` is a camera's frame,
    which shows the same things again and again; `refusal` tells why there is nothing to see.
    `post` is the desk page's own name for what it sends: sent again after a power cut, it is
    journaled once. `operator` is who signs on, `intake` what is taken in.
    """

    texts: tuple[str, ...]
    picture: str | None = None
    live: bool = False
    refusal: Refusal | None = None
    post: str | None = None
    order: Order | None = None
    operator: str | None = None
    intake: TakingIn | None = None


def photographs(files: Iterable[Path]) -> Iterator[View]:
    """Each picture as one view; one that cannot be read is a view with its refusal."""
    # Decoders take half a second to import: a station with a wedge never needs them.
    from scanner_station.decoder import Decoder
    from scanner_station.images import ImageReader

    with closing(ImageReader()) as reader, closing(Decoder("still")) as decoder:
        for file in files:
            try:
                symbols = decoder.decode(reader.read(file))
            except Refusal as refusal:
                yield View((), picture=file.name, refusal=refusal)
            else:
                yield View(reading_order(symbols), picture=file.name)


def folder(
    where: Path,
    *,
    follow: bool,
    stop: threading.Event,
    is_read: Callable[[str], bool] | None = None,
) -> Iterator[Path]:
    """The pictures of a folder in name order, each once; `follow` waits for new ones until `stop`.

    `is_read` knows the pictures that an earlier process finished.
    """
    given: set[str] = set()
    while not stop.is_set():
        files = sorted(
            file
            for file in where.iterdir()
            if file.suffix.lower() in PICTURES and file.name not in given
        )
        given.update(file.name for file in files)
        yield from (file for file in files if is_read is None or not is_read(file.name))
        if not follow:
            return
        if not files:
            stop.wait(_POLL_S)


def camera(source: int | Path) -> Iterator[View]:
    """The labels in each frame of a camera, without end, or of a video; as `camera.frames`."""
    from scanner_station.camera import frames
    from scanner_station.decoder import Decoder

    with closing(Decoder("live")) as decoder:
        for frame in frames(source):
            yield View(reading_order(decoder.decode(frame)), live=True)


def reading_order(symbols: Iterable["Symbol"]) -> tuple[str, ...]:
    """The texts row by row from the top, each row from the left, each text once.

    A symbol whose centre lies below the upper half of the row's first one begins a new row.
    """
    places = sorted(map(_place, symbols), key=lambda place: place[1])
    rows: list[list[tuple[float, float, float, str]]] = []
    for place in places:
        first = rows[-1][0] if rows else None
        if first is not None and place[1] - first[1] <= max(first[2], place[2]) / 2:
            rows[-1].append(place)
        else:
            rows.append([place])
    return tuple(dict.fromkeys(text for row in rows for *_, text in sorted(row)))


def _place(symbol: "Symbol") -> tuple[float, float, float, str]:
    """Centre x, centre y, height and text of a symbol."""
    xs, ys = zip(*symbol.corners, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys), max(ys) - min(ys), symbol.text
