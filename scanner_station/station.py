"""The station's loop: what is seen becomes acts, on disk first, then told, then sent.

Two threads besides the loop: one reads the source, so that a signal ends the loop while a scanner
is silent; one is the uplink, so that the network is never waited for.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from traceback import print_exc
from typing import TYPE_CHECKING, Any, Protocol

from domain.model.errors import Refusal
from domain.model.instants import MINUTE_US
from domain.model.tender_code import code_at
from scanner_station.arriving import arriving
from scanner_station.cache import Cache
from scanner_station.census import Censuses
from scanner_station.clock import StationClock, jitter
from scanner_station.directory import Directory, read_directory
from scanner_station.drafts import DraftsUnusable
from scanner_station.gestures import Act, Session
from scanner_station.intake import IntakeLine, NobodySignedOn, OfflineIntake, counter_intake
from scanner_station.journal import Answer, Journal
from scanner_station.keys import StationKey, read_key
from scanner_station.knowledge import MOST_OWN, Knowledge
from scanner_station.manifests import Manifests
from scanner_station.prompts import Prompt, prompt, prompt_for, prompt_for_mending, tone_of
from scanner_station.settings import Settings, sole_use
from scanner_station.sights import DEBOUNCE_MS
from scanner_station.sources import Order, TakingIn, View
from scanner_station.splitting import split
from scanner_station.uplink import LONGEST_WAIT_S, Jitter, Uplink, Waits
from scanner_station.wedge import MOST_TEXT

if TYPE_CHECKING:
    from domain.model.entry import Entry

Out = Callable[[Mapping[str, Any]], None]
_MOST_RESUMED = 2_000  # entries looked through for the pouch at hand; a busy shift
_SHIFT_US = 12 * 60 * MINUTE_US
_GRACE_S = 5.0  # what the uplink gets at the end; the rest is sent at the next start


class Watcher(Protocol):
    """A desk page: it shows what the loop does, and people sign on and leave there."""

    by_pin: bool
    idle_ms: int | None

    def joined(self, station: "Station") -> None:
        """The station stands and is about to scan."""
        ...

    def taken(self, view: View) -> None:
        """All that this view states is on disk, or it was said why not."""
        ...


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
                raise DraftsUnusable(why=str(self.session.purpose))
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


def run_station(
    settings: Settings,
    *,
    clock: StationClock,
    source: Callable[[Journal, threading.Event], Iterable[View]],
    out: Out,
    uplink: bool = True,
    stop: threading.Event | None = None,
    jitter: Jitter = jitter,
    longest_wait_s: float = LONGEST_WAIT_S,
    watcher: "Watcher | None" = None,
    beside: Callable[[threading.Event], Iterable[View]] | None = None,
) -> None:
    """Run until the source ends or `stop` is set; raises a refusal if the station cannot start.

    `source` is given the journal (which pictures it has read) and `stop`, which is set when this
    returns; `out` hears every result, from two threads, one at a time. The server is tried again
    after at most `longest_wait_s`. `watcher` is a desk page;
    `beside` another source, whose end does not end the station.
    """
    stop = stop or threading.Event()
    with ExitStack() as stack:
        stack.enter_context(sole_use(settings.directory))
        key = read_key(settings.key_file)
        journal = stack.enter_context(closing(open_journal(settings, key, clock)))
        session = Session(
            office=settings.office,
            purpose=settings.purpose,
            directory=read_directory(settings.directory_file),
            own_code=lambda: _own_code(session, journal, clock),
            by_pin=watcher is not None and watcher.by_pin,
            idle_ms=None if watcher is None else watcher.idle_ms,
        )
        _resume(session, journal)
        cache = stack.enter_context(closing(Cache(settings.manifests_file)))
        knowledge = Knowledge(cache, own=journal.latest(MOST_OWN))
        station = Station(session, journal, clock=clock, out=out, knowledge=knowledge)
        if watcher is not None:
            watcher.joined(station)
        counter = None
        try:
            counter = counter_intake(settings, journal, stack)
        except DraftsUnusable as refusal:
            station.hear(prompt_for(refusal))  # scanning goes on without it
        station.tell_mending()
        if counter is not None:
            station.intake = counter[1]
            session.is_reserved = counter[0].is_reserved
        if uplink:
            waits = Waits(jitter, longest_s=longest_wait_s)
            line = Uplink(settings, journal, key, clock=clock, waits=waits)
            jobs = [Manifests(cache, line.question, clock=clock).refresh_if_due]
            if counter is not None:
                bring = IntakeLine(
                    counter[0],
                    line.question,
                    clock=clock,
                    refused=station.draft_refused,
                    may_undo=station.may_undo_intake,
                )
                jobs.append(bring.work_if_due)
            stack.callback(_end, _start(line, station, stop, jobs), station.wake, stop)
        try:
            also = () if beside is None else beside(stop)
            for view in arriving(source(journal, stop), stop, also):
                station.take(view)
                if watcher is not None:
                    watcher.taken(view)
        finally:
            stop.set()
            station.finish()


def _resume(session: Session, journal: Journal) -> None:
    """The pouch that was at hand before a power cut is still at hand."""
    since_us = journal.now_us() - _SHIFT_US
    for entry in journal.latest(_MOST_RESUMED):
        fact = entry.fact
        if fact.at_us >= since_us:
            session.resume(Act(fact.fact, fact.subject, fact.context, fact.operator))


def _own_code(session: Session, journal: Journal, clock: StationClock) -> str | None:
    """The code of this minute, by the server's time as far as it is known."""
    key = session.directory.tender_key
    now_us = clock.now_us() + journal.offset_ms * 1_000
    return None if key is None else code_at(key, now_us)


def open_journal(
    settings: Settings, key: StationKey, clock: StationClock, *, salvage: bool = False
) -> Journal:
    """The station's journal, verified; raises the journal's refusals.

    `salvage`: at a new epoch, where what is authentic of the old ones is all that can be had.
    """
    return Journal(
        settings.journal_file,
        station=settings.station,
        office=settings.office,
        epoch=settings.epoch,
        key=key,
        clock=clock,
        past_keys=settings.past_keys,
        salvage=salvage,
    )


def _start(
    line: Uplink, station: Station, stop: threading.Event, jobs: Sequence[Callable[[], bool]]
) -> threading.Thread:
    def work() -> None:
        try:
            with closing(line):
                line.run(
                    stop=stop,
                    wake=station.wake,
                    report=station.hear,
                    learn=station.learn,
                    before=station.reopen_if_stopped,
                    also=jobs,
                )
        except Exception:
            # Scanning goes on without the line, but not silently; the trace follows on stderr.
            station.hear(prompt("UPLINK_FAULT"))
            raise

    thread = threading.Thread(target=work, name="uplink", daemon=True)
    thread.start()
    return thread


def _end(thread: threading.Thread, wake: threading.Event, stop: threading.Event) -> None:
    stop.set()
    wake.set()
    thread.join(_GRACE_S)
