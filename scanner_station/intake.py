"""Taking in at the counter without the network: label, scan and draft now, the vault later.

`OfflineIntake` registers, on the loop's thread or where no loop runs; `IntakeLine` fetches numbers
and brings the drafts, on the uplink's thread.
"""

import json
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from typing import Any

from domain.model.entry import Entry, parse_entry
from domain.model.errors import Refusal
from domain.model.instants import Micros
from scanner_station.clock import StationClock
from scanner_station.directory import Directory
from scanner_station.drafts import (
    SCAN_NOT_ARRIVED,
    DraftNotErasable,
    Drafts,
    DraftsUnusable,
)
from scanner_station.export import entries_beside
from scanner_station.gestures import REMEMBERED_ACTS, Act
from scanner_station.journal import Journal
from scanner_station.manifests import Ask
from scanner_station.mending import SET_ASIDE
from scanner_station.refusals import NotTheServer, ServerRefused
from scanner_station.settings import Purpose, Settings

FEWEST_NUMBERS = 60  # then more are asked for: a morning's intake
_ASKED_FOR = 120
_ASK_EVERY_MS = 3_600_000  # for what can be applied for
_ASK_AGAIN_MS = 60_000  # while numbers are few
_MOST_AT_ONCE = 10  # drafts of one turn: scans are never kept waiting for long
_EVERY_ENTRY = sys.maxsize  # that is kept: rarely asked for, and a registration may lie far back
# The draft overtook its scan; or who sends or registers is not, or no longer, known to the server:
# a person mends that there, and nothing is wrong with the draft.
_TRY_LATER = frozenset(
    {
        SCAN_NOT_ARRIVED,
        "NOT_ALLOWED",
        "NOT_SIGNED_IN",
        "BAD_SIGNATURE",
        "UNKNOWN_STATION",
        "KEY_OUTDATED",
        "REQUEST_OUTDATED",
    }
)
_FIELDS = frozenset({"name", "phone", "id_number", "address", "email"})
# What the server takes: a draft that is kept here must never be refused there for its shape.
_LONGEST_FIELD, _LONGEST_REQUEST = 200, 4_000
_MOST_PIECES = 200


class NotAnOperator(Refusal):
    """Nobody of this office wears that badge; values: badge."""

    code = "NOT_AN_OPERATOR"


class NobodySignedOn(Refusal):
    """Whoever takes in answers for it: a badge comes first."""

    code = "SCAN_BADGE_FIRST"


class BadDraft(Refusal):
    """The draft lacks what the server will ask for; values: field."""

    code = "BAD_DRAFT"


class OfflineIntake:
    """Registers dossiers at one station."""

    def __init__(
        self, drafts: Drafts, journal: Journal, *, office: str, journal_is_whole: bool
    ) -> None:
        """`journal_is_whole`: nothing was ever mended in it, so that what is absent never was."""
        self.drafts, self._journal, self._office = drafts, journal, office
        self._registered: list[str] = []  # on disk, and not yet noted with the drafts
        self._made: dict[str, str] = {}  # label by key, of what may still be taken back
        self._settle(may_erase=journal_is_whole)

    def register(
        self,
        told: Mapping[str, Any],
        *,
        operator: str,
        sticker: str | None = None,
        post: str | None = None,
    ) -> Entry:
        """The registration, on disk; its label is the subject.

        told: `procedure`, `applicant` (`name`, …), `pieces` ([{`kind`, `count`}]), `request_text`.
        `sticker`: a number of the block that is on the paper already; `post`: the desk page's name
        for what it sent. Raises `BadDraft`, `NotReserved`, `NoNumbersLeft`, `DraftsUnusable`
        (nothing was registered then), and the journal's refusals: the next start tells whether the
        scan is on disk, and keeps the draft or not.
        """
        registration = self._checked(told)
        label = self.drafts.write(
            {"operator": operator, "registration": registration},
            at_us=self._journal.now_us(),
            sticker=sticker,
        )
        pieces = sum(int(piece["count"]) for piece in registration["pieces"])
        context = {"pieces": pieces} if pieces else {}
        # Of a write that failed nobody knows yet whether it is on disk: the draft stays until then.
        entry = self._journal.append(Act("Registered", label, context, operator), picture=post)
        self._made = {**dict([*self._made.items()][1 - REMEMBERED_ACTS :]), entry.key: label}
        self._registered.append(label)
        # It is registered, whatever becomes of this note: the next one or the next start makes it.
        with suppress(DraftsUnusable):
            self._note_registered()
        return entry

    def undone(self, key: str) -> None:
        """The act of that key was taken back: if it was a registration, its draft is erased.

        Where that fails, the next start does it.
        """
        if (label := self._made.pop(key, None)) is not None:
            with suppress(DraftsUnusable):
                self.drafts.erase(label)

    def _note_registered(self) -> None:
        while self._registered:
            self.drafts.scanned(self._registered[0])
            del self._registered[0]

    def _checked(self, told: Mapping[str, Any]) -> dict[str, Any]:
        known = {one["code"]: one for one in self.drafts.procedures()}
        code = told.get("procedure")
        procedure = known.get(code) if isinstance(code, str) else None
        if procedure is None:
            raise BadDraft(field="procedure")
        applicant = told.get("applicant")
        if not isinstance(applicant, dict):
            raise BadDraft(field="applicant")
        for name, value in applicant.items():
            if name not in _FIELDS or not _is_text(value, _LONGEST_FIELD):
                raise BadDraft(field=str(name)[:40])
        if not (applicant.get("name") or "").strip():
            raise BadDraft(field="name")
        request = told.get("request_text")
        if not _is_text(request, _LONGEST_REQUEST):
            raise BadDraft(field="request_text")
        return {
            "procedure": procedure["code"],
            "office": self._office,
            "applicant": dict(applicant),
            "pieces": _pieces(told.get("pieces", ()), {one["kind"] for one in procedure["pieces"]}),
            "request_text": request,
        }

    def _settle(self, *, may_erase: bool) -> None:
        """After a power cut: what is in the journal is to be sent, unless it was taken back there.

        Of what is not in it nobody was told; where the journal has lost something, the server may
        have the scan: it is asked.
        """
        here = {one.label for one in self.drafts.listed()}
        if not here:
            return
        registered: dict[str, str] = {}  # label by key
        undone: set[str] = set()
        for entry in self._journal.latest(_EVERY_ENTRY):
            if entry.fact.fact == "Registered":
                registered[entry.key] = entry.fact.subject
            elif entry.fact.fact == "Undone":
                undone.add(registered.get(entry.fact.context["target"], ""))
        scanned = {*registered.values()}
        for label in self.drafts.unscanned():
            known = label in scanned or not may_erase
            (self.drafts.scanned if known else self.drafts.erase)(label)
        for label in here & undone:
            self.drafts.erase(label)


def operator_of(directory: Directory, badge: str, *, office: str) -> str:
    """Who wears the badge; raises `NotAnOperator` for nobody of this office."""
    person = directory.people.get(badge)
    if person is None or person.party != office:
        raise NotAnOperator(badge=badge[:40])
    return person.operator


class IntakeLine:
    """Numbers and procedures ahead, drafts as soon as there is a network. Used by one thread."""

    def __init__(
        self,
        drafts: Drafts,
        ask: Ask,
        *,
        clock: StationClock,
        refused: Callable[[str, str], None] = lambda _label, _code: None,
        may_undo: Callable[[str], bool] = lambda _label: False,
    ) -> None:
        """`refused` hears of a draft that the server will not have: label and code.

        `may_undo`: whether a registration can still be taken back here; so long its draft waits.
        """
        self._drafts, self._ask, self._clock, self._refused = drafts, ask, clock, refused
        self._may_undo = may_undo
        self._asked_ms: int | None = None
        self._round: deque[str] = deque()  # labels that are still to be tried

    def work_if_due(self) -> bool:
        """Whether there is more to send at once; raises what `ask` raises, and `NotTheServer`."""
        now_ms = self._clock.monotonic_ms()
        if self._asked_ms is None:
            self._drafts.resend_refused()  # once at each start
        few = self._drafts.counts().numbers < FEWEST_NUMBERS
        if self._asked_ms is None or now_ms - self._asked_ms >= (
            _ASK_AGAIN_MS if few else _ASK_EVERY_MS
        ):
            self._asked_ms = now_ms
            self._fetch(_ASKED_FOR if few else 0)
        return self._bring()

    def _fetch(self, count: int) -> None:
        body = json.dumps({"count": count}).encode()
        told = self._ask("POST", "/api/v1/intake-kit", body, {})
        try:
            labels = [str(label) for label in told["labels"]]
            procedures = [
                {
                    "code": str(one["code"]),
                    "title_vi": str(one["title_vi"]),
                    "title_en": str(one["title_en"]),
                    "pieces": [
                        {"kind": str(piece["kind"]), "title": str(piece["title"])}
                        for piece in one["pieces"]
                    ],
                }
                for one in told["procedures"]
            ]
        except (KeyError, TypeError) as error:
            raise NotTheServer(why="no kit in the answer") from error
        self._drafts.add_numbers(labels)
        self._drafts.keep_procedures(procedures)

    def _bring(self) -> bool:
        """A few of the round; each is tried once before any is tried again."""
        if not self._round:
            waiting = self._drafts.waiting()
            self._round.extend(label for label in waiting if not self._may_undo(label))
        for _ in range(min(_MOST_AT_ONCE, len(self._round))):
            self._bring_one(self._round.popleft())
        return bool(self._round)

    def _bring_one(self, label: str) -> None:
        try:
            draft = self._drafts.read(label)
        except DraftsUnusable as unreadable:
            self._set_aside(label, unreadable.code)
            return
        draft["registration"]["label"] = label
        try:
            self._ask("POST", "/api/v1/intakes", json.dumps(draft).encode(), {})
        except ServerRefused as refusal:
            code = str(refusal.values["server_code"])
            if code in _TRY_LATER:
                self._drafts.put_off(label, code)
            else:
                self._set_aside(label, code)
        else:
            self._drafts.taken(label, at_us=self._clock.now_us())

    def _set_aside(self, label: str, code: str) -> None:
        self._drafts.refuse(label, code)
        self._refused(label, code)


def _is_text(told: object, longest: int) -> bool:
    """Whether it is nothing, or text of that length that can be written down."""
    if told is None:
        return True
    # JSON can state half of a surrogate pair, which is no sign of any writing.
    return (
        isinstance(told, str)
        and len(told) <= longest
        and not any("\ud800" <= sign <= "\udfff" for sign in told)
    )


def _pieces(told: Any, kinds: set[str]) -> list[dict[str, Any]]:
    try:
        pieces = [{"kind": piece["kind"], "count": piece["count"]} for piece in told]
        good = all(piece["kind"] in kinds for piece in pieces)
        counts = [piece["count"] for piece in pieces]
    except (KeyError, TypeError):
        raise BadDraft(field="pieces") from None
    good = good and all(type(count) is int and count >= 1 for count in counts)
    if not good or sum(counts) > _MOST_PIECES:
        raise BadDraft(field="pieces")
    return pieces


def _registers(raw: bytes, label: str) -> bool:
    """Whether the entry states that registration; what is garbled states nothing."""
    try:
        fact = parse_entry(raw).fact
    except Refusal:
        return False
    return (fact.fact, fact.subject) == ("Registered", label)


def give_up_draft(
    settings: Settings, drafts: Drafts, label: str, *, operator: str, reason: str, at_us: Micros
) -> None:
    """Erase a draft whose scan is neither in the journal nor on the server; also while it runs.

    Raises as `Drafts.give_up`, and `DirectoryUnusable`.
    """
    if any(_registers(raw, label) for raw in entries_beside(settings)):
        raise DraftNotErasable(label=label, why="its scan is in the journal")
    drafts.give_up(label, operator=operator, reason=reason, at_us=at_us)


def counter_intake(
    settings: Settings, journal: Journal, opened: ExitStack
) -> tuple[Drafts, OfflineIntake] | None:
    """What a counter's station takes in by; None at any other. Raises `DraftsUnusable`."""
    if settings.purpose is not Purpose.COUNTER:
        return None
    drafts = opened.enter_context(closing(Drafts(settings)))
    # What a mending or a new epoch could not keep is set aside, and stays there.
    whole = journal.mended is None and not (settings.directory / SET_ASIDE).exists()
    intake = OfflineIntake(drafts, journal, office=settings.office, journal_is_whole=whole)
    return drafts, intake
