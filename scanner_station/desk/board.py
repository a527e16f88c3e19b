"""What the desk page shows now: the last verdict, the pouch at hand, the log, the line.

The loop's and the uplink's threads tell it (`hear`), the page's threads read it (`snapshot`).
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.model.commands import Command, command
from domain.model.errors import Refusal
from domain.model.instants import Micros
from domain.model.labels import Kind
from domain.model.policy import Role
from domain.model.verdict import UNHEARD
from scanner_station.census import ShelfCensus
from scanner_station.journal import Journal
from scanner_station.prompts import Prompt, Tone, prompt_for
from scanner_station.sources import View
from scanner_station.station import Station

LOG_ROWS = 30  # what a person looks back over; the rest is in the journal
_RANK = {Tone.GOOD: 0, Tone.ASK: 1, Tone.BAD: 2}
# How the line to the server is: told in the health line, for it concerns no scan.
_OF_THE_LINE = frozenset(
    "ONLINE OFFLINE SERVER_REFUSED NOT_THE_SERVER CHECKPOINT_FORGED UPLINK_FAULT".split()
)
_QUIET = frozenset({"SIGNED_OFF", "LEFT_IDLE"})  # nobody stands there any more
_POUCH = str(int(Kind.POUCH))
_CARDLESS = {"Registered": ("Tiếp nhận hồ sơ", "Dossier taken in")}
_COUNTED = frozenset({"Packed", "Received", "Unpacked"})


@dataclass(frozen=True, slots=True)
class Said:
    """Something said to the clerk; `next_*` is what to do about it."""

    tone: Tone
    vi: str
    en: str
    next_vi: str = ""
    next_en: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One scan in the log. `state`: stored here, or what the server answered."""

    seq: int
    at_us: Micros
    command: Command
    subject: str
    pouch: str | None
    state: str = "stored"
    said: Said | None = None
    discrepancies: tuple[str, ...] = ()
    undone: bool = False

    @property
    def tone(self) -> Tone:
        """How it sounds as far as is known."""
        return self.said.tone if self.said else Tone.GOOD

    @property
    def judged(self) -> bool:
        """Whether its tone says anything: of one sent without a verdict heard it does not."""
        return self.said is not None or self.state == "stored"


@dataclass(frozen=True, slots=True)
class Stray:
    """Seen on a shelf where it was not listed; its place on record, None where there is none.

    `ours`: whether the office is known to have it.
    """

    label: str
    place: str | None
    ours: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """What `AtHand` tells besides, of a census; `blind`: what is listed is not shown yet."""

    blind: bool
    truncated: bool
    strays: tuple[Stray, ...]
    begun_us: Micros
    closed_us: Micros | None = None


@dataclass(frozen=True, slots=True)
class AtHand:
    """The pouch being filled or received, or the shelf being counted: its list and the count.

    Of a census `pouch` is the label of the place. `onward`: where a sealed pouch goes that is not
    to be opened here.
    """

    pouch: str
    packing: bool
    unsealed: bool
    lines: tuple[tuple[str, bool], ...]  # label, seen
    surplus: tuple[str, ...]
    seen: int
    expected: int | None
    shelf: Shelf | None = None
    onward: str | None = None

    @property
    def census(self) -> bool:
        """Whether it is a shelf being counted."""
        return self.shelf is not None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of the page at one moment; `sound` rises with each tone to be played."""

    version: int
    sound: int
    tone: Tone
    shown: Said | None  # None: nothing was scanned yet
    row: Row | None  # of the scan that is shown
    rows: tuple[Row, ...]
    at_hand: AtHand | None
    closed: AtHand | None  # the receipt closed last, until the next pouch: its differences
    operator: str | None
    awaited: str | None
    blind: bool  # the next census is
    may_blind: bool
    sticker: str | None  # scanned, and waiting for its intake form
    card: Command | None
    once: bool
    held: tuple[str, str] | None  # fact, label
    stopped: Said | None
    line: Said | None  # None: nothing was said of it
    reached: bool  # whether the server has answered since the start
    recovered: Row | None  # the newest entry found at the start
    taken: tuple[str, ...]  # posts that are through


class Board:
    """Listeners are called, on the thread that told, whenever there is something new to show."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: deque[Row] = deque(maxlen=2_000)
        self._shown: Said | None = None
        self._shown_seq: int | None = None
        self._sound, self._tone = 0, Tone.GOOD
        self._pending: Tone | None = None
        self._line: Said | None = None
        self._recovered: Row | None = None
        self._at_hand: AtHand | None = None
        self._closed: AtHand | None = None
        self._taken: deque[str] = deque(maxlen=64)
        self._version, self._dirty = 0, False
        self._loop: int | None = None
        self._station: Station | None = None
        self.listeners: list[Callable[[], None]] = []

    def joined(self, station: Station) -> None:
        """Show what the journal holds of the pouch at hand, and that there was a start."""
        self._station = station
        self._loop = threading.get_ident()
        with self._lock:
            self._replay(station.journal)
            self._recovered = self._rows[-1] if self._rows else None
            self._at_hand = self._look_at_hand(station)
        self.publish()

    def hear(self, told: Mapping[str, Any]) -> None:
        """One line of the loop or the uplink; the loop's own are shown when the view is through."""
        with self._lock:
            match told:
                case {"prompt": code, "tone": tone, "vi": vi, "en": en}:
                    self._prompted(Said(Tone(tone), vi, en, code=code))
                case {"seq": seq, "fact": fact, "subject": subject}:
                    self._stored(seq, fact, subject, _heard_of(told))
                case {"census": _, "closed": True}:
                    self._close_census()
                case {"seq": seq, "verdict": said, "tone": tone}:
                    self._judged(seq, told, _verdict(said, tone))
                case {"seq": seq, "state": _}:
                    self._judged(seq, told, None)
                case _:
                    return
            self._dirty = True
        if threading.get_ident() != self._loop:
            self.publish()

    def taken(self, view: View) -> None:
        """The view is through: what it led to is shown at once."""
        if view.post is not None:
            self._taken.append(view.post)
        if self._dirty and self._station is not None:
            with self._lock:
                self._at_hand = self._look_at_hand(self._station)
        if self._dirty or view.post is not None:
            self.publish()

    def say(self, said: Prompt) -> None:
        """Something the page itself has to say."""
        self.hear({"prompt": said.code, "tone": said.tone, "vi": said.vi, "en": said.en})

    def look_again(self) -> None:
        """A manifest may have come for the pouch at hand; called from time to time."""
        with self._lock:
            before = self._at_hand
            if self._station is None or before is None:
                return
            self._at_hand = self._look_at_hand(self._station)
        if self._at_hand != before:
            self.publish()

    def publish(self) -> None:
        """Tell the listeners that there is something new."""
        with self._lock:
            self._dirty = False
            self._version += 1
            if self._pending is not None:
                self._sound += 1
                self._tone, self._pending = self._pending, None
        for listener in tuple(self.listeners):
            listener()

    @property
    def is_online(self) -> bool:
        """Whether the server answered when it was last asked; unknown counts as yes."""
        return self._line is None or self._line.code == "ONLINE"

    def snapshot(self) -> Snapshot:
        """The page at this moment."""
        if self._station is None:
            raise RuntimeError("the page is served after the station has joined")
        session, stopped = self._station.session, self._station.journal.stopped
        with self._lock:
            desk, censuses = session.desk, self._station.censuses
            return Snapshot(
                version=self._version,
                sound=self._sound,
                tone=self._tone,
                shown=self._shown,
                row=self._row(self._shown_seq),
                rows=tuple(self._rows)[: -LOG_ROWS - 1 : -1],
                at_hand=self._at_hand,
                closed=self._closed,
                operator=session.operator,
                awaited=session.awaited.operator if session.awaited else None,
                blind=censuses.is_blind_for(session.roles),
                may_blind=censuses.at_hand is None and Role.SUPERVISOR in session.roles,
                sticker=session.sticker,
                card=desk.card,
                once=desk.once,
                held=desk.held,
                stopped=None if stopped is None else _refused(stopped),
                line=self._line,
                reached=self._station.reached,
                recovered=self._recovered,
                taken=tuple(self._taken),
            )

    def _close_census(self) -> None:
        """Before the station forgets it."""
        station = self._station
        if station is not None and station.censuses.at_hand is not None:
            closed_us = station.journal.now_us()
            self._closed = _of_census(station.censuses.at_hand, closed_us=closed_us)

    def _prompted(self, said: Said) -> None:
        if said.code in _OF_THE_LINE:
            self._line = said
            if said.tone is Tone.BAD:
                self._ring(said.tone)
            return
        self._shown, self._shown_seq = said, None
        if said.code not in _QUIET:
            self._ring(said.tone)

    def _stored(self, seq: int, fact: str, subject: str, said: Said | None) -> None:
        if self._station is None:
            return
        pouch = self._station.session.desk.pouch if fact in _COUNTED else None
        at_us = self._station.journal.now_us()
        self._add(Row(seq, at_us, _words_for(fact), subject, pouch, said=said))
        before = self._at_hand
        if subject[:1] == _POUCH:
            is_its = fact == "Closed" and before is not None and before.pouch == subject
            self._closed = before if is_its else None
        self._shown, self._shown_seq = None, seq
        self._recovered = None
        self._pending = said.tone if said else Tone.GOOD  # an error before it is over

    def _judged(self, seq: int, told: Mapping[str, Any], said: Said | None) -> None:
        row = self._row(seq)
        if row is None:
            return
        state = told.get("state", row.state)
        new = replace(
            row, state=state, said=said or row.said, discrepancies=tuple(told["discrepancies"])
        )
        self._rows[self._place(seq)] = new
        if _RANK[new.tone] > _RANK[row.tone]:
            self._ring(new.tone)
            if new.tone is Tone.BAD:  # also of an earlier scan: the clerk has to come back to it
                self._shown, self._shown_seq = None, seq

    def _ring(self, tone: Tone) -> None:
        if self._pending is None or _RANK[tone] >= _RANK[self._pending]:
            self._pending = tone

    def _add(self, row: Row) -> None:
        if row.command.word == "Undone":
            for place in range(len(self._rows) - 1, -1, -1):
                if self._rows[place].subject == row.subject and not self._rows[place].undone:
                    self._rows[place] = replace(self._rows[place], undone=True)
                    break
        self._rows.append(row)

    def _replay(self, journal: Journal) -> None:
        answered = journal.outcomes()
        for entry in journal.latest(self._rows.maxlen or 0):
            fact = entry.fact
            pouch = fact.context.get("pouch")
            state = answered.get((fact.epoch, fact.seq), "stored")
            self._add(Row(fact.seq, fact.at_us, _words_for(fact.fact), fact.subject, pouch, state))

    def _place(self, seq: int) -> int:
        return seq - self._rows[0].seq

    def _row(self, seq: int | None) -> Row | None:
        """Sequence numbers have no gaps, so a row is found by counting."""
        if seq is None or not self._rows or not 0 <= self._place(seq) < len(self._rows):
            return None
        return self._rows[self._place(seq)]

    def _look_at_hand(self, station: Station) -> AtHand | None:
        """The pouch at hand by what the station knows of it; without a manifest by the log."""
        if station.censuses.at_hand is not None:
            return _of_census(station.censuses.at_hand, closed_us=None)
        desk = station.session.desk
        if desk.pouch is None:
            return None
        known = station.knowledge.expected(desk.pouch) if station.knowledge else None
        if known is None or (known.expected is None and not desk.packing):
            return self._counted(desk.pouch, packing=desk.packing)
        lines = tuple((line.label, line.seen) for line in known.lines)
        unsealed = known.state == "unsealed"
        seen = len(lines) if desk.packing else known.seen
        expected = None if desk.packing else known.expected
        to, own = known.destination, station.session.office
        return AtHand(
            desk.pouch,
            desk.packing,
            unsealed,
            lines,
            known.surplus,
            seen,
            expected,
            onward=to if known.state == "sealed" and to not in {None, own} else None,
        )

    def _counted(self, pouch: str, *, packing: bool) -> AtHand:
        """What was scanned of it here since it was last opened or accepted."""
        seen: dict[str, bool] = {}
        unsealed = False
        for row in self._rows:
            if row.undone:
                continue
            if row.subject == pouch:
                if row.command.word in {"Opened", "Accepted"}:
                    seen.clear()
                    unsealed = False
                unsealed = unsealed or row.command.word == "Unsealed"
            elif row.pouch == pouch:
                seen[row.subject] = row.command.word != "Unpacked"
        lines = tuple((label, True) for label, inside in seen.items() if inside)
        return AtHand(pouch, packing, unsealed, lines, (), len(lines), None)


def _of_census(census: ShelfCensus, *, closed_us: Micros | None) -> AtHand:
    hidden = census.blind and closed_us is None
    listed = [] if hidden else census.listed
    lines = tuple((label, label in census.seen) for label in listed)
    strays = tuple(
        Stray(label, census.was_at.get(label), label in census.was_at)
        for label in (() if hidden else census.seen)
        if label not in set(listed)
    )
    return AtHand(
        pouch=census.place,
        packing=False,
        unsealed=False,
        lines=lines,
        surplus=(),
        seen=len(census.seen) if hidden else sum(is_seen for _, is_seen in lines),
        expected=None if hidden else len(lines),
        shelf=Shelf(census.blind, census.truncated, strays, census.begun_us, closed_us),
    )


def _words_for(fact: str) -> Command:
    """The card that says it, or the words of what no card says."""
    try:
        return command(fact)
    except KeyError:
        vi, en = _CARDLESS.get(fact, (fact, fact))
        return Command(0, fact, frozenset(), vi, en)


def _heard_of(told: Mapping[str, Any]) -> Said | None:
    """What the station itself knows of the scan; None where it was told nothing ahead."""
    said = told.get("verdict")
    return None if said is None or said["reason"] == UNHEARD else _verdict(said, told["tone"])


def _verdict(said: Mapping[str, Any], tone: str) -> Said:
    return Said(Tone(tone), said["vi"], said["en"], said["next_vi"], said["next_en"], said["code"])


def _refused(refusal: Refusal) -> Said:
    said = prompt_for(refusal)
    return Said(Tone.BAD, said.vi, said.en, code=said.code)
