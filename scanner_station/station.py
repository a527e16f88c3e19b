"""One desk: what is seen becomes acts, on disk first, then told; the loop of `running.py` feeds it.

What the uplink's thread hears from the server is told through here as well.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from traceback import print_exc
from typing import TYPE_CHECKING, Any

from domain.model.errors import Refusal
from scanner_station.census import Censuses
from scanner_station.clock import StationClock
from scanner_station.directory import Directory
from scanner_station.drafts import DraftsUnusable
from scanner_station.gestures import Act, Session
from scanner_station.intake import NobodySignedOn, OfflineIntake
from scanner_station.journal import Answer, Journal
from scanner_station.knowledge import Knowledge
from scanner_station.prompts import (
    Prompt,
    prompt,
    prompt_for,
    prompt_for_mending,
    prompts_for_forgotten,
    tone_of,
)
from scanner_station.sights import DEBOUNCE_MS
from scanner_station.sources import Order, TakingIn, View
from scanner_station.splitting import split
from scanner_station.wedge import MOST_TEXT

if TYPE_CHECKING:
    from domain.model.entry import Entry

Out = Callable[[Mapping[str, Any]], None]


class Station:
    """One desk: session and journal, told about in plain mappings through `out`."""

    def __init__(
        self,
        session: Session,
        journal: Journal,
        *,
        clock: StationClock,
        out: Out,
        knowledge: Knowledge | None = None,
    ) -> None:
        self.session, self.journal, self.knowledge = session, journal, knowledge
        self.wake = threading.Event()
        self.reached = False  # whether the server has answered since the start
        self._clock = clock
        self._out = out
        self._telling = threading.Lock()  # a scan is told as stored before it is told as recorded
        self._last_said: tuple[Prompt, int] | None = None
        self._picture: str | None = None
        self.censuses = Censuses(knowledge)
        self.intake: OfflineIntake | None = None  # at a counter
        self._journaled_before: list[Entry] = []  # of this picture, by a process that was killed

    def take(self, view: View) -> None:
        """Journal what the view states, text by text, and tell each result."""
        if self.session.is_left(self._clock.monotonic_ms()):
            self._sign_off("LEFT_IDLE")
        if view.refusal is not None:
            self._say(prompt_for(view.refusal))
        if view.picture is not None:
            self.session.new_view()
        if not self._begin(view.picture or view.post):
            return
        self._obey(view)
        for text in view.texts:
            if len(text) > MOST_TEXT:
                self._say(prompt("TOO_LONG"))
            elif not all(self._read(code, view) for code in split(text)):
                return  # the journal has stopped and said so; the rest was not taken
        self.session.end_once()
        if view.picture is not None:
            self._finish_picture(view)

    def tell_mending(self) -> None:
        """Say what was amiss with the journal when it was opened, once."""
        if (mended := self.journal.mended) is not None:
            self.journal.mended = None
            self._say(prompt_for_mending(mended))

    def reopen_if_stopped(self) -> None:
        """Accept and send again if the disk lets us, also while nobody scans.

        Raises as `Journal.reopen` does.
        """
        if self.journal.stopped is not None:
            self.journal.reopen()
            self.tell_mending()

    def look_after_journal(self) -> None:
        """What the line's thread does first each time; raises as `reopen_if_stopped` does."""
        self.reopen_if_stopped()
        while self.journal.forgotten:
            for said in prompts_for_forgotten(self.journal.forgotten.pop(0)):
                self._say(said)

    def finish(self) -> None:
        """The session ends: an act that waited for its seal number waits no longer."""
        if held := self.session.overtaken_by(None):
            self._store(held)

    def hear(self, heard: Sequence[Answer] | Prompt) -> None:
        """What the uplink has to tell: answers of the server, or how the line is."""
        if isinstance(heard, Prompt):
            self._say(heard)
            return
        with self._telling:
            for answer in heard:
                told: dict[str, Any] = {"seq": answer.seq, "state": answer.outcome}
                if answer.code is not None:
                    told["code"] = answer.code
                told["discrepancies"] = list(answer.discrepancies)
                if answer.verdict is not None:
                    told["verdict"] = answer.verdict.to_json()
                    told["tone"] = tone_of(answer.verdict.severity)
                self._out(told)
        for answer in heard:
            if answer.outcome == "rejected":
                self._say(prompt("ENTRY_REJECTED", seq=answer.seq, reason=answer.code))
            elif answer.code == "CHAIN_BROKEN":
                self._say(prompt("CHAIN_BROKEN", seq=answer.seq))

    def draft_refused(self, label: str, code: str) -> None:
        """The server will not have what was taken in here without the network."""
        self._say(prompt("DRAFT_REFUSED", label=label, reason=code))

    def learn(self, directory: Directory) -> None:
        """Use a newer directory from the next scan on."""
        self.session.directory = directory
        self.reached = True

    def _obey(self, view: View) -> None:
        """What the desk page asks besides scans."""
        now_ms = self._clock.monotonic_ms()
        match view.order:
            case Order.SIGN_ON:
                self._say(self.session.sign_on(view.operator or "", now_ms=now_ms))
            case Order.SIGN_OFF:
                self._sign_off("SIGNED_OFF")
            case Order.CARD_OFF:
                self.finish()
                self.session.put_card_away()
                self._say(prompt("CARD_OFF"))
            case Order.AS_IT_IS:
                self.finish()
            case Order.BLIND | Order.LISTED:
                blind = view.order is Order.BLIND
                self._say(self.censuses.switch(blind=blind, roles=self.session.roles))
            case Order.NO_STICKER:
                self.session.sticker = None
            case Order.HERE:
                self.session.is_here(now_ms=now_ms)
            case Order.ONCE | None:
                pass  # it is said of the card among the texts
        if view.intake is not None:
            self._take_in(view.intake)

    def _take_in(self, asked: TakingIn) -> None:
        """Register what was typed at the desk, once however often the page sends it."""
        if self._journaled_before:
            asked.label = self._journaled_before[0].fact.subject
            return
        operator = self.session.operator
        try:
            if self.intake is None:
                raise DraftsUnusable(why="only a counter takes in")
            if operator is None:
                raise NobodySignedOn
            with self._telling:
                entry = self.intake.register(
                    asked.told, operator=operator, sticker=asked.sticker, post=self._picture
                )
                fact = entry.fact
                act = Act(fact.fact, fact.subject, fact.context, operator)
                self._tell_stored(act, entry, scanned=False)
        except Refusal as refusal:
            asked.refusal = refusal
            self._say(prompt_for(refusal))
            return
        asked.label = act.subject
        self.session.sticker = None
        self.wake.set()

    def may_undo_intake(self, label: str) -> bool:
        """Whether a registration made here may still be taken back; for the uplink's thread."""
        now_ms = self._clock.monotonic_ms()
        return self.session.may_undo("Registered", label, now_ms=now_ms)

    def _sign_off(self, why: str) -> None:
        self.finish()  # what waits for a number was in the hands of the one who leaves
        self.session.sign_off()
        self._say(prompt(why))

    def _read(self, code: str, view: View) -> bool:
        """Whether the journal still accepts after this code."""
        held = self.session.overtaken_by(code)
        if held is not None and not self._store(held):
            return False
        now_ms = self._clock.monotonic_ms()
        once = view.order is Order.ONCE
        answer = self.session.read(code, now_ms=now_ms, live=view.live, once=once)
        if isinstance(answer, Act):
            return self._store(answer)
        if answer is not None and not (view.live and self._just_said(answer, now_ms)):
            self._say(answer)
        if answer is not None and answer.code in {"CENSUS_OPENED", "CENSUS_CLOSED"}:
            self._turn_to(self.session.desk.place)
        return True

    def _turn_to(self, place: str | None) -> None:
        """A census is closed, and told; one of that place is opened."""
        if self.censuses.at_hand is not None:
            with self._telling:
                self._out(self.censuses.at_hand.to_json(closed=True))
        self.censuses.turn_to(place, now_us=self.journal.now_us(), roles=self.session.roles)

    def _begin(self, picture: str | None) -> bool:
        """Recall what was journaled from this picture; whether the journal lets us."""
        self._picture, self._journaled_before = picture, []
        if picture is None:
            return True
        try:
            self.reopen_if_stopped()
            self._journaled_before = self.journal.journaled_from(picture)
        except Refusal as refusal:
            self._say(prompt_for(refusal))
            return False
        return True

    def _was_journaled(self, act: Act) -> bool:
        """Whether the picture stated this before; a label stands on it once for each entry."""
        for entry in self._journaled_before:
            if entry.fact.subject == act.subject:
                self._journaled_before.remove(entry)
                self.session.journaled(act, entry.key, now_ms=self._clock.monotonic_ms())
                return True
        return False

    def _store(self, act: Act) -> bool:
        if self._was_journaled(act):
            return True
        try:
            self.reopen_if_stopped()
            with self._telling:
                entry = self.journal.append(act, picture=self._picture)
                if act.fact == "Undone" and self.intake is not None:
                    self.intake.undone(act.context["target"])
                self._tell_stored(act, entry)
        except Refusal as refusal:
            self._say(prompt_for(refusal))
            return False
        if self.censuses.at_hand is not None:
            self.censuses.at_hand.scanned(act.fact, act.subject)
        self._last_said = None
        self.wake.set()
        return True

    def _tell_stored(self, act: Act, entry: "Entry", *, scanned: bool = True) -> None:
        self.session.journaled(act, entry.key, now_ms=self._clock.monotonic_ms(), scanned=scanned)
        told = {"seq": entry.fact.seq, "fact": act.fact, "subject": act.subject, "state": "stored"}
        self._out(told | self._known(entry))

    def _known(self, entry: "Entry") -> dict[str, Any]:
        """What the scan met by the cached manifests: told at once, with or without a network.

        The entry is on disk: a fault of the copy, which is no evidence, must not unsay that.
        """
        if self.knowledge is None:
            return {}
        try:
            said = self.knowledge.verdict(entry)
        except Exception:  # noqa: BLE001 - as said; it is told, and the trace is on stderr
            print_exc()
            self.knowledge.doubt()
            return {}
        return {} if said is None else {"verdict": said.to_json(), "tone": tone_of(said.severity)}

    def _finish_picture(self, view: View) -> None:
        with suppress(Refusal):  # marked or not, its acts are stored; unmarked it is read again
            self.journal.mark_read(view.picture or "")
        with self._telling:
            self._out({"image": view.picture, "labels": list(view.texts)})

    def _say(self, said: Prompt) -> None:
        with self._telling:
            self._out({"prompt": said.code, "tone": said.tone, "vi": said.vi, "en": said.en})

    def _just_said(self, said: Prompt, now_ms: int) -> bool:
        last, self._last_said = self._last_said, (said, now_ms)
        return last is not None and last[0] == said and now_ms - last[1] <= DEBOUNCE_MS
