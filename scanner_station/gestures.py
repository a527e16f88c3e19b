"""From what is scanned to what is stated: badge, card, pouch, dossier, one text after another.

Pure: it reads no clock and writes nothing. The station's loop journals each `Act` and tells the
session by `journaled`; an act that could not be journaled leaves the session as it was.
"""

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from domain.model.commands import SEAL_BROKEN, TENDER_CODE, UNDO, command_of
from domain.model.errors import Refusal
from domain.model.fact import RUN_FACTS
from domain.model.labels import Kind, Label, grouped, is_label, parse_label
from domain.model.policy import Role
from domain.model.reasons import ASKED_AT_STATIONS, Reason, reason_of
from domain.model.tender_code import CODE
from scanner_station.at_hand import (
    AT_ONCE,
    AT_STOPS,
    AWAITS_SEAL,
    DEFAULTS,
    GIVES,
    POUCH_UNDER_CARD,
    Desk,
)
from scanner_station.directory import Directory, Person
from scanner_station.prompts import Prompt, Tone, prompt
from scanner_station.settings import Purpose
from scanner_station.sights import Sight, Sights
from scanner_station.splitting import SEAL_ANNOUNCED, SEAL_BARE, what_is_wrong

UNDO_MS = 60_000  # later it takes a correction with a reason
_ON_ITS_WAY_MS = 15_000  # from an undo's scan to the disk, at the very worst
REMEMBERED_ACTS = 20  # how far back undo can go, and more than 60 seconds hold


@dataclass(frozen=True, slots=True)
class Act:
    """A fact to be journaled; the journal adds time, sequence, station and office."""

    fact: str
    subject: str
    context: Mapping[str, Any]
    operator: str


@dataclass(frozen=True, slots=True)
class _Done:
    act: Act
    key: str
    at_ms: int
    before: Desk


class Session:
    """The state of one desk: who scans, what the cards said, which pouch is at hand.

    `own_code` gives the code by which this station lets a deliverer tender; None without one.
    `by_pin`: a badge alone signs nobody on, `sign_on` does. `idle_ms`: after so long without a scan
    the operator is taken to have left; None for a station without a desk to leave.
    """

    def __init__(
        self,
        *,
        office: str,
        purpose: Purpose,
        directory: Directory,
        own_code: Callable[[], str | None] = lambda: None,
        by_pin: bool = False,
        idle_ms: int | None = None,
    ) -> None:
        self.office = office
        self._by_pin, self._idle_ms = by_pin, idle_ms
        self._last_read_ms = 0
        self.awaited: Person | None = None  # whose badge was scanned and whose PIN was not typed
        self._own_code = own_code
        self.purpose = purpose
        self.directory = directory
        self.operator: str | None = None
        self.desk = Desk()
        self._done: deque[_Done] = deque(maxlen=REMEMBERED_ACTS)
        self._seen = Sights()
        self.is_reserved: Callable[[str], bool] = lambda _label: False  # set at a counter
        self.sticker: str | None = None  # scanned, with a number that no dossier has yet
        self._code: str | None = None  # what was read last: the scan behind the act it led to

    def new_view(self) -> None:
        """A new photograph: a label on it is a new scan however soon it follows."""
        self._seen.clear()

    def overtaken_by(self, code: str | None) -> Act | None:
        """The held act that this code (None: the end of the session) no longer lets wait.

        It happened, so it is stated without number, reason or code rather than forgotten.
        """
        if self.desk.held is None:
            return None
        if code is not None and not self._moves_on(code):
            return None
        self._code = None
        return self._held_act({})

    def read(
        self, code: str, *, now_ms: int, live: bool = False, once: bool = False
    ) -> Act | Prompt | None:
        """What one code means now; None when it is the same scan again. Time is monotonic.

        A scanner's trigger is pulled on purpose: a dossier scanned again for another pouch is
        another scan at once. A camera (`live`) just sees what still lies there. A card read `once`
        is said of one paper.
        """
        self._last_read_ms = now_ms
        if self._seen.again(code, self._sight(code, now_ms), live=live):
            return None
        self._code = code
        answer = self._understood(code, now_ms)
        if once and _is(Kind.COMMAND, code):
            self.desk = replace(self.desk, once=True)
        if isinstance(answer, Prompt) and answer.tone is not Tone.BAD:
            self._seen.see(code, self._sight(code, now_ms))
        return answer

    def journaled(self, act: Act, key: str, *, now_ms: int, scanned: bool = True) -> None:
        """The act is stored under `key`: the desk follows it. `scanned`: by the last code."""
        if scanned and self._code is not None:
            self._seen.see(self._code, self._sight(self._code, now_ms))
        if act.fact == "Undone":
            undone = self._done.pop()
            self.desk = replace(
                undone.before, card=self.desk.card, once=self.desk.once, held=None, reading={}
            )
            self._seen.forget(undone.act.subject)
            return
        self._done.append(_Done(act, key, now_ms, self.desk))
        place = None if act.fact in RUN_FACTS else self.desk.place  # the next stop is another
        self.desk = replace(self.desk, reading={}, held=None, place=place)
        if _is(Kind.POUCH, act.subject):
            self.desk = self.desk.after(act.fact, act.subject, self.purpose)
        self.end_once()

    def end_once(self) -> None:
        """A card that was said of one paper is put away, unless that paper still waits."""
        if self.desk.once and self.desk.held is None:
            self.put_card_away()

    def put_card_away(self) -> None:
        """No card: a scan means what the station stands here for."""
        self.desk = replace(self.desk, card=None, once=False, held=None, reason=None)

    def may_undo(self, fact: str, label: str, *, now_ms: int) -> bool:
        """Whether an undo may still reach that act, one that is on its way to the disk included.

        May be asked by any thread.
        """
        return any(
            (done.act.fact, done.act.subject) == (fact, label)
            and now_ms - done.at_ms <= UNDO_MS + _ON_ITS_WAY_MS
            for done in list(self._done)
        )

    def is_here(self, *, now_ms: int) -> None:
        """The operator does something at the desk that is no scan."""
        self._last_read_ms = now_ms

    def sign_on(self, operator: str, *, now_ms: int) -> Prompt:
        """The PIN of the badge just scanned was right."""
        if self.awaited is None or self.awaited.operator != operator:
            return prompt("SCAN_BADGE_FIRST")
        self.awaited, self.operator, self._last_read_ms = None, operator, now_ms
        return prompt("SIGNED_ON", operator=operator)

    def sign_off(self) -> None:
        """Nobody scans here now; the pouch at hand stays for whoever comes next."""
        self.operator = self.awaited = self.sticker = None
        self._done.clear()
        self.put_card_away()

    def is_left(self, now_ms: int) -> bool:
        """Whether the operator has been idle for too long."""
        present = self.operator or self.awaited
        return bool(
            present and self._idle_ms is not None and now_ms - self._last_read_ms > self._idle_ms
        )

    def resume(self, act: Act) -> None:
        """Follow what was journaled before this start: the pouch at hand, and no more."""
        if _is(Kind.POUCH, act.subject) and act.fact != "Undone":
            self.desk = self.desk.after(act.fact, act.subject, self.purpose)

    def _understood(self, code: str, now_ms: int) -> Act | Prompt:
        if not is_label(code):
            return self._number(code)
        label = parse_label(code)
        match label.kind:
            case Kind.BADGE:
                return self._badge(code)
            case Kind.PLACE:
                return self._shelf_opened(code) or self._place(code)
            case Kind.COMMAND:
                return self._shelf_closed(label) or self._card(label, now_ms)
            case _:
                return self._blank(code) or self._paper(code, label.kind)

    def _badge(self, code: str) -> Prompt:
        person = self.directory.people.get(code)
        if person is None:
            return prompt("UNKNOWN_BADGE")
        if person.party != self.office and not self._inspects(person):
            self.desk = replace(self.desk, counterpart=person.party)
            return prompt("COUNTERPART_SET", party=person.party)
        if person.operator != self.operator:
            self._done.clear()  # only who scanned it may undo it
            if self._by_pin:
                self.operator, self.awaited = None, person
                return prompt("TYPE_PIN", operator=person.operator)
        self.operator = person.operator
        return prompt("SIGNED_ON", operator=person.operator)

    def _inspects(self, person: Person) -> bool:
        """Whether the person of another party comes to count the shelves here."""
        return self.purpose is Purpose.SHELF and Role.INSPECTOR in person.roles

    @property
    def roles(self) -> frozenset[str]:
        """Of who scans now."""
        people = self.directory.people.values()
        held = (one.roles for one in people if one.operator == self.operator)
        return next(held, frozenset())

    def _shelf_opened(self, code: str) -> Prompt | None:
        """The place at which a census begins; None of an office's door, or under a card."""
        if self.purpose is not Purpose.SHELF or self.desk.card or code in self.directory.offices:
            return None
        self.desk = replace(self.desk, place=code)
        return prompt("CENSUS_OPENED", place=grouped(code))

    def _shelf_closed(self, label: Label) -> Prompt | None:
        card = command_of(label)
        if self.purpose is not Purpose.SHELF or card is None or card.word != "Closed":
            return None
        place, self.desk = self.desk.place, replace(self.desk, card=None, place=None)
        if place is None:
            return prompt("SCAN_SHELF_FIRST")
        return prompt("CENSUS_CLOSED", place=grouped(place))

    def _place(self, code: str) -> Act | Prompt:
        card = self.desk.card
        if card is not None and card.word == "Moved":
            self.desk = replace(self.desk, place=code)
            return prompt("PLACE_SET", place=code)
        office = self.directory.offices.get(code)
        if office is None:
            return prompt("UNKNOWN_PLACE")
        if card is not None and card.word in RUN_FACTS:
            self.desk = replace(self.desk, place=office)
            return self._go_on() if self.desk.held else prompt("STOP_SET", office=office)
        if office == self.office:
            return prompt("OWN_OFFICE")
        if (card is not None and card.word in GIVES) or self.purpose is Purpose.COURIER:
            self.desk = replace(self.desk, counterpart=office)
            return prompt("COUNTERPART_SET", party=office)
        self.desk = replace(self.desk, to=office)
        return prompt("DESTINATION_SET", office=office)

    def _card(self, label: Label, now_ms: int) -> Act | Prompt:
        card, reason = command_of(label), reason_of(label)
        if reason is not None:
            return self._reason(reason)
        if card is None:
            return prompt("UNKNOWN_CARD")
        if card == UNDO:
            return self._undo(now_ms)
        if card == SEAL_BROKEN:
            return self._seal({"broken": True}, announced=True)
        if card == TENDER_CODE:
            code = self._own_code()
            return prompt("NO_OWN_CODE") if code is None else prompt("OWN_CODE", digits=code)
        counterpart = self.desk.counterpart if card.word in GIVES else None
        place = self.desk.place if card == self.desk.card else None
        self.desk = replace(
            self.desk, card=card, once=False, counterpart=counterpart, place=place, reason=None
        )
        return prompt("CARD_SET", vi=card.vi, en=card.en)

    def _reason(self, reason: Reason) -> Act | Prompt:
        """Of the act that waits for it, and of all further ones under the same card."""
        card = self.desk.card
        if card is None or card.word not in reason.facts:
            return prompt("REASON_NOT_FOR_THIS", vi=reason.vi, en=reason.en)
        self.desk = replace(self.desk, reason=reason.code)
        if (held := self.desk.held) and held[0] in ASKED_AT_STATIONS:
            return self._go_on()
        return prompt("REASON_SET", vi=reason.vi, en=reason.en)

    def _undo(self, now_ms: int) -> Act | Prompt:
        if self.desk.held is not None:
            self.desk = replace(self.desk, held=None)
            self.end_once()
            return prompt("DROPPED")
        if not self._done or self.operator is None:
            return prompt("NOTHING_TO_UNDO")
        last = self._done[-1]
        if now_ms - last.at_ms > UNDO_MS:
            return prompt("UNDO_TOO_LATE")
        return Act("Undone", last.act.subject, {"target": last.key}, self.operator)

    def _number(self, code: str) -> Act | Prompt:
        if announced := SEAL_ANNOUNCED.fullmatch(code):
            return self._seal({"seal": announced[1]}, announced=True)
        if self.desk.held and self.desk.held[0] == "Tendered" and CODE.fullmatch(code):
            return self._held_act({"code": code}) or prompt("SCAN_BADGE_FIRST")
        if SEAL_BARE.fullmatch(code):
            return self._seal({"seal": code}, announced=self._card_awaits_seal())
        return prompt(what_is_wrong(code))

    def _seal(self, reading: Mapping[str, Any], *, announced: bool) -> Act | Prompt:
        """A seal number or a broken seal: of the pouch just scanned, or of the one that follows."""
        awaited = self.desk.held is not None and self.desk.held[0] in AWAITS_SEAL
        if awaited and (held := self._held_act(reading)):
            return held
        last = self._done[-1].act if self._done else None
        if (
            last is not None
            and self.operator is not None
            and last.fact == "Accepted"
            and _is(Kind.POUCH, last.subject)
            and not self._card_awaits_seal()
        ):
            # Accepted again by its holder, this time with what the seal showed.
            return Act("Accepted", last.subject, dict(reading), self.operator)
        if announced:
            self.desk = replace(self.desk, reading=dict(reading))
            return prompt("SEAL_READ")
        return prompt("UNEXPECTED_NUMBER")

    def _paper(self, code: str, kind: Kind) -> Act | Prompt:
        desk = self.desk
        fact = self._fact_for(kind)
        if fact is None:
            return prompt("SCAN_CARD_FIRST")
        if self.operator is None:
            return prompt("SCAN_BADGE_FIRST")
        if fact == "Moved" and desk.place is None and self.purpose is Purpose.SHELF:
            return prompt("SCAN_SHELF_FIRST")
        if fact == "Packed" and desk.pouch is None:
            return prompt("SCAN_POUCH_FIRST")
        wanted = self._wanted(fact)
        if wanted is not None and desk.held != (fact, code):
            self.desk = replace(desk, held=(fact, code))
            return prompt(wanted)
        return Act(fact, code, self.desk.context(fact, kind, desk.reading), self.operator)

    def _blank(self, code: str) -> Prompt | None:
        """A reserved sticker that no dossier has yet, where it would mean intake; None if not."""
        if self.operator is None or self.desk.card is not None or self.desk.pouch is not None:
            return None
        with suppress(Refusal):  # drafts that fail keep nobody from scanning
            if self.is_reserved(code):
                self.sticker = code
                return prompt("BLANK_STICKER")
        return None

    def _wanted(self, fact: str) -> str | None:
        """What to ask for before it is journaled; whoever has none scans the label again."""
        if fact in AWAITS_SEAL and not self.desk.reading:
            return "SCAN_SEAL"
        if fact in AT_STOPS and self.purpose is Purpose.COURIER and self.desk.place is None:
            return "SCAN_STOP"
        if fact in ASKED_AT_STATIONS and self.desk.reason is None:
            return "SCAN_REASON"
        return "TYPE_CODE" if fact == "Tendered" else None

    def _fact_for(self, kind: Kind) -> str | None:
        desk = self.desk
        word = desk.card.word if desk.card else None
        if desk.card is not None and word is not None and kind in desk.card.kinds:
            return word
        pouch_default, dossier_default = DEFAULTS[self.purpose]
        if kind is Kind.POUCH:
            if word in POUCH_UNDER_CARD:
                return POUCH_UNDER_CARD[word]
            return pouch_default
        if kind in {Kind.DOSSIER, Kind.PIECE}:
            if desk.pouch is not None:
                return "Packed" if desk.packing else "Received"
            return dossier_default
        return None

    def _go_on(self) -> Act | Prompt:
        """The held act, or what else it waits for."""
        wanted = self._wanted(self.desk.held[0]) if self.desk.held else None
        if wanted is not None:
            return prompt(wanted)
        return self._held_act({}) or prompt("SCAN_BADGE_FIRST")

    def _held_act(self, reading: Mapping[str, Any]) -> Act | None:
        if self.desk.held is None or self.operator is None:
            return None
        fact, label = self.desk.held
        context = self.desk.context(fact, parse_label(label).kind, reading)
        return Act(fact, label, context, self.operator)

    def _card_awaits_seal(self) -> bool:
        return self.desk.card is not None and self.desk.card.word in AWAITS_SEAL

    def _moves_on(self, code: str) -> bool:
        """Whether a scan turns from the held act to something else."""
        if not is_label(code) or (self.desk.held and code == self.desk.held[1]):
            return False
        label = parse_label(code)
        match label.kind:
            case Kind.COMMAND:
                return command_of(label) not in AT_ONCE | {self.desk.card, None}
            case Kind.BADGE:
                person = self.directory.people.get(code)
                if person is None or person.party != self.office:
                    return False
                return person.operator != self.operator  # the pouch was in the other's hands
            case Kind.PLACE:
                return False  # the destination may come after the pouch
            case _:
                return True

    def _sight(self, code: str, now_ms: int) -> Sight:
        desk = self.desk
        if code == SEAL_BROKEN.label or not is_label(code):
            last = self._done[-1].act.subject if self._done else None
            return Sight(now_ms, self.operator, desk.card, desk.held[1] if desk.held else last)
        if _is(Kind.COMMAND, code) and reason_of(parse_label(code)) is not None:
            return Sight(now_ms, self.operator, desk.card, desk.reason)
        if _is(Kind.COMMAND, code):
            return Sight(now_ms, self.operator, None, None)
        pouch = None if _is(Kind.POUCH, code) else desk.pouch
        return Sight(now_ms, self.operator, desk.card, pouch)


def _is(kind: Kind, code: str) -> bool:
    return is_label(code) and code[0] == str(int(kind))
