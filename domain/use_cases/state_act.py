"""Stating on a page what no scan says: correcting, attesting, disputing, losing, ending, rating.

Each is one more fact of the server's own station; nothing is edited. Before it is stated one can
see what the chain becomes: the fold of all facts and this one.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from domain.model.custody_state import DossierState, Folded
from domain.model.custody_things import OPEN, RETURNED, STOPPED, WITHDRAWN
from domain.model.decision import moment
from domain.model.discrepancy import BadReason, ReasonNeedsText
from domain.model.errors import BadFact, BadLabel, NotAllowed, NotFound, Refusal
from domain.model.fact import Fact
from domain.model.identifiers import is_courier
from domain.model.instants import MINUTE_US, Micros, iso, parse_instant
from domain.model.labels import Kind, parse_label
from domain.model.policy import Act, Actor, Role, demand
from domain.model.reasons import (
    ASKED_ON_PAGES,
    GIVEN_TO_ANOTHER,
    OTHER,
    photo_of,
    reasons_for,
    with_photo,
)
from domain.model.statement import Statement, photo_statement_id, statement_id
from domain.model.station_time import Timed
from domain.model.succession import Succession
from domain.ports.clock import Clock
from domain.ports.photos import Photo
from domain.ports.stores import EventLog, RecordedEntry, StreamConflict
from domain.ports.vault import Vault
from domain.ports.views import Views
from domain.use_cases.keeping import keeping
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.record_scans import DESK, DeskStation
from domain.use_cases.trace_dossier import Trace, TraceDossier

RIGHTS: Mapping[str, Act] = MappingProxyType(
    {
        "Corrected": Act.CORRECT_FACT,
        "Attested": Act.ATTEST_CUSTODY,
        "Disputed": Act.DISPUTE_HANDOFF,
        "DeclaredLost": Act.DECLARE_LOST,
        "Found": Act.DECLARE_FOUND,
        "Damaged": Act.NOTE_CONDITION,
        "ReservesNoted": Act.NOTE_CONDITION,
        "Withdrawn": Act.WITHDRAW_DOSSIER,
        "Stopped": Act.STOP_DOSSIER,
        "RefusedAtIntake": Act.REFUSE_AT_INTAKE,
        "Rated": Act.RECORD_RATING,
    }
)
SENT_AGAIN_US = 10 * MINUTE_US  # the same words again within that are the same form sent twice
_PAPER = frozenset({Kind.DOSSIER, Kind.PIECE})
_ABOUT_PAPER_ALONE = frozenset({"Attested", "Found"})
_ABOUT_DOSSIERS_ALONE = frozenset({"Withdrawn", "Stopped", "RefusedAtIntake", "Rated"})
_BY_PARTIES = frozenset({"Disputed", "Damaged", "ReservesNoted"}) | _ABOUT_DOSSIERS_ALONE
_MUST_CHANGE = frozenset({"Attested"}) | _ABOUT_DOSSIERS_ALONE
_PHOTOGRAPHED = frozenset({"Damaged", "ReservesNoted"})
_SAID = {WITHDRAWN: "Withdrawn", STOPPED: "Stopped"}  # by the status that has come of it
_ASTRAY = frozenset({"LOST", "MISSING"})
_PARTIES = ("office", "counterpart", "to", "holder")
_MOST_SET = 8


class WithoutEffect(Refusal):
    """Nothing would be otherwise than it is; values: act."""

    code = "WITHOUT_EFFECT"


class NotYet(Refusal):
    """It is said to have happened in the future; values: when."""

    code = "NOT_YET"


class NotForThis(Refusal):
    """That is said of dossiers and pieces, or of one in other hands; values: act."""

    code = "NOT_FOR_THIS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to state of a label; `context` without its reason.

    `text` goes into the vault; `reason` is one of `reasons_for(fact)`, empty for `Found`.
    """

    fact: str
    label: str
    reason: str = ""
    text: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class Supposed:
    """The label as it is, and as it would be; `version` is what the act is decided on."""

    before: Trace
    after: Trace
    version: int


class StateAct:
    """Called on the writer thread; `preview` and what is read on any."""

    def __init__(
        self,
        *,
        log: EventLog,
        vault: Vault,
        desk: DeskStation,
        trace: TraceDossier,
        views: Views,
        reference: Reference,
        clock: Clock,
    ) -> None:
        self._log = log
        self._vault = vault
        self._desk = desk
        self._trace = trace
        self._views = views
        self._reference = reference
        self._clock = clock

    def __call__(self, wanted: Wanted, *, actor: Actor | None, version: int | None = None) -> str:
        """State it; the key of the fact. `version` is the one of the preview before the eyes.

        Raises what `preview` raises, `TooLarge`, and `StreamConflict` where other facts have come
        in meanwhile, unless it is this very act: the same form sent twice is one act.
        """
        who, trace = self._about(wanted, actor)
        if version is not None and version != version_of(trace):
            if key := self._stated_before(wanted, who, trace):
                return key
            raise StreamConflict
        self._check(wanted, who, trace)
        entry = self._entry(wanted, who, trace)
        self._demand_effect(wanted, trace, entry)
        key = entry.entry.fact.key
        at = moment(entry.recorded_at_us)
        with keeping(self._vault) as kept:
            stated = []
            if text := wanted.text.strip():
                owner = statement_id(key)
                kept.append(opaque := self._vault.put_text(text, owner=owner))
                stated.append(Statement(id=owner, timestamp=at, key=key, text=opaque))
            if (photo := wanted.photo) is not None:
                owner = photo_statement_id(photo.digest)
                self._vault.put_photo(photo.content, owner=owner)
                if not self._log.load(Statement, [owner]):
                    stated.append(Statement(id=owner, timestamp=at, key=key, text=photo.digest))
            self._log.save(*stated, entries=[entry])
            if photo is not None:  # not before: it may be another act's too, which is saved
                kept.append(photo.digest)
        return key

    def preview(self, wanted: Wanted, *, actor: Actor | None) -> Supposed:
        """What would become of it; nothing is stored.

        Raises `NotAllowed`, `NotFound`, `BadReason`, `ReasonNeedsText`, `NotYet`, `NotForThis`,
        `WithoutEffect`, `BadLabel`, `BadFact`, `MalformedEntry`.
        """
        who, trace = self._about(wanted, actor)
        self._check(wanted, who, trace)
        after = self._demand_effect(wanted, trace, self._entry(wanted, who, trace))
        return Supposed(trace, after, version_of(trace))

    def fitting(self, trace: Trace, *, actor: Actor) -> frozenset[str]:
        """The facts that this person may state of a label that stands so, and that would fit it."""
        found = set()
        for fact, right in RIGHTS.items():
            with suppress(Refusal):
                demand(actor, right)
                self._demand_fits(fact, actor, trace)
                found.add(fact)
        astray = not _is_held(trace) or _is_missed(trace)
        return frozenset(found) - {"DeclaredLost" if astray else "Found", _SAID.get(trace.status)}

    def words(self, facts: Collection[Timed], *, actor: Actor | None) -> dict[str, str]:
        """What was written beside these facts, by key; raises `NotAllowed`."""
        demand(actor, Act.VIEW_DISCREPANCIES)
        keys = {timed.fact.key for timed in facts if timed.fact.station == DESK}
        found = self._log.load(Statement, [statement_id(key) for key in keys])
        texts = self._vault.texts({one.text for one in found.values()})
        return {one.key: texts[one.text] for one in found.values()}

    def photo(self, label: str, digest: str, *, actor: Actor | None) -> bytes:
        """A photo that a fact about the label refers to; raises `NotAllowed` or `NotFound`."""
        demand(actor, Act.SEE_PHOTO)
        told = {timed.fact.context.get("reason") for timed in self._trace(label).facts}
        if digest not in {photo_of(reason) for reason in told if isinstance(reason, str)}:
            raise NotFound(what="photo", code=digest[:64])
        return self._vault.photo(digest)

    def _about(self, wanted: Wanted, actor: Actor | None) -> tuple[Actor, Trace]:
        """Who says it of what."""
        demand(actor, RIGHTS[wanted.fact])
        if actor is None:
            raise NotAllowed(act=str(RIGHTS[wanted.fact]))
        return actor, self.standing(wanted.label)

    def standing(self, label: str) -> Trace:
        """The label now; a paper that goes with its dossier may have no facts of its own."""
        try:
            return self._trace(label)
        except NotFound:
            if self._views.dossier_of_piece(label) is None:
                raise
            nothing = Folded()
            return Trace(
                label=label,
                as_of_us=self._clock.now_us(),
                folded=nothing,
                facts=(),
                around=(),
                beside=nothing,
            )

    def _demand_say(self, fact: str, actor: Actor, trace: Trace) -> None:
        """Demand a hand in it, or in the dossier it goes with; what is astray anyone may find."""
        of = None if trace.chain else self._views.dossier_of_piece(trace.label)
        whole = trace if of is None else self._trace(of)
        mine = Succession(self._reference.offices()).carried_on_by(actor.office)
        if _has_a_say(actor, mine, whole, fact):
            return
        if fact in _BY_PARTIES:
            raise NotAllowed(act=str(RIGHTS[fact]))
        astray = not _is_held(whole) or _is_missed(whole) or _is_missed(trace)
        if fact == "Found" and not astray:
            raise NotForThis(act=fact)

    def _demand_fits(self, fact: str, actor: Actor, trace: Trace) -> None:
        """Whether it is said of such labels, in such a state, and by this person."""
        if fact in _ABOUT_PAPER_ALONE and parse_label(trace.label).kind not in _PAPER:
            raise NotForThis(act=fact)
        if fact in _ABOUT_DOSSIERS_ALONE:
            _demand_stage(fact, trace)
        self._demand_say(fact, actor, trace)

    def _check(self, wanted: Wanted, actor: Actor, trace: Trace) -> None:
        """Whether this may be said at all."""
        fact = wanted.fact
        self._demand_fits(fact, actor, trace)
        given = {reason.code for reason in reasons_for(fact)} if fact in ASKED_ON_PAGES else {""}
        if wanted.reason not in given:
            raise BadReason(reason=wanted.reason[:64])
        if wanted.reason == OTHER and not wanted.text.strip():
            raise ReasonNeedsText
        if wanted.reason == GIVEN_TO_ANOTHER and trace.status != RETURNED:
            raise NotForThis(act=fact)
        if wanted.photo is not None and fact not in _PHOTOGRAPHED:
            raise NotForThis(act=fact)
        if fact == "Corrected":
            self._check_correction(wanted, trace)
        else:
            self._check_values(wanted.context)

    def _check_correction(self, wanted: Wanted, trace: Trace) -> None:
        target = _target(wanted, trace)
        if any(one.key == target.key for one in trace.folded.set_aside):
            raise WithoutEffect(act="Corrected")
        put = wanted.context.get("set")
        match wanted.context.get("kind"):
            case "did_not_occur" if put is None:
                return
            case "was_wrong" if isinstance(put, dict) and 0 < len(put) <= _MOST_SET:
                self._check_values(put)
            case _:
                raise BadFact(field="kind", why="not a correction")
        if "subject" in put:
            _demand_same_kind(target.subject, put["subject"])
        stated = {"subject": target.subject, "office": target.office, "fact": target.fact}
        stated |= {"operator": target.operator, "at": iso(target.at_us)} | dict(target.context)
        if all(stated.get(name) == value for name, value in put.items()):
            raise WithoutEffect(act="Corrected")

    def _check_values(self, values: Mapping[str, Any]) -> None:
        """Parties that exist, instants that have come; the rest is the entry's grammar."""
        for name in ("at", "when"):
            if name in values and parse_instant(values[name]) > self._clock.now_us():
                raise NotYet(when=str(values[name])[:40])
        known = self.parties()
        for name in _PARTIES:
            if name in values and values[name] not in known:
                raise NotFound(what="office", code=str(values[name])[:64])

    def parties(self) -> list[str]:
        """All that can hold anything: offices, then couriers."""
        people = self._reference.people().values()
        couriers = {one.party for one in people if is_courier(one.party) and not one.dismissed}
        return [*sorted(self._reference.offices()), *sorted(couriers)]

    def _entry(self, wanted: Wanted, actor: Actor, trace: Trace) -> RecordedEntry:
        context = dict(wanted.context)
        if wanted.photo is not None:
            context["reason"] = with_photo(wanted.reason, wanted.photo.digest)
        elif wanted.reason:
            context["reason"] = wanted.reason
        subject = _target(wanted, trace).subject if wanted.fact == "Corrected" else trace.label
        return self._desk.state(
            wanted.fact, subject, context, operator=actor.person, office=actor.office
        )

    def _demand_effect(self, wanted: Wanted, before: Trace, entry: RecordedEntry) -> Trace:
        """What it comes to; raises `WithoutEffect` where something should change and does not."""
        fact = entry.entry.fact
        at_us = max([fact.at_us, *(_named_us(fact, timed) for timed in before.facts)])
        after = self._trace(before.label, supposing=Timed(fact, at_us))
        if wanted.fact in _MUST_CHANGE and after.folded == before.folded:
            raise WithoutEffect(act=wanted.fact)
        return after

    def _stated_before(self, wanted: Wanted, actor: Actor, trace: Trace) -> str | None:
        """The key under which this person has just stated the same."""
        since_us = self._clock.now_us() - SENT_AGAIN_US
        for timed in trace.facts:
            fact = timed.fact
            told = dict(fact.context)
            reason = str(told.pop("reason", "")).partition("/")[0]
            if (
                (fact.station, fact.fact, fact.operator) == (DESK, wanted.fact, actor.person)
                and (reason, told) == (wanted.reason, dict(wanted.context))
                and fact.at_us >= since_us
            ):
                return fact.key
        return None


def version_of(trace: Trace) -> int:
    """How many facts there are about it: they are never fewer."""
    return len(trace.facts)


def _named_us(fact: Fact, timed: Timed) -> Micros:
    """A fact is never earlier than one it names."""
    return timed.effective_us if timed.fact.key == fact.context.get("target") else fact.at_us


def _target(wanted: Wanted, trace: Trace) -> Fact:
    key = wanted.context.get("target")
    for timed in trace.facts:
        if timed.fact.key == key:
            return timed.fact
    raise NotFound(what="fact", code=str(key)[:160])


def _demand_stage(fact: str, trace: Trace) -> None:
    """Refused at intake while the office that registered it has it; rated once there is an end."""
    state = trace.state
    if not isinstance(state, DossierState) or parse_label(trace.label).kind is not Kind.DOSSIER:
        raise NotForThis(act=fact)
    if fact == "RefusedAtIntake":
        held = {link.holder for link in state.chain}
        in_hand = held == {state.registered_office} and state.pouch is None
        fits = state.status == OPEN and in_hand
    elif fact == "Rated":
        ended_us = state.milestones.ended_us
        fits = not {state.finished_us, state.returned_us, ended_us} <= {None}
    else:
        fits = state.status in {OPEN, WITHDRAWN, STOPPED}
    if not fits:
        raise NotForThis(act=fact)


def _is_held(trace: Trace) -> bool:
    return bool(trace.chain) and trace.chain[-1].to_us is None


def _is_missed(trace: Trace) -> bool:
    return any(one.code in _ASTRAY and one.closed_us is None for one in trace.discrepancies)


def _has_a_say(actor: Actor, mine: Collection[str], trace: Trace, fact: str) -> bool:
    """`mine`: the actor's party, and those whose work it carries on.

    How a dossier's life ends is said by the office that registered it; that it is stopped also by
    the one that has it.
    """
    if Role.SUPERVISOR in actor.roles:
        return True
    if fact in _ABOUT_DOSSIERS_ALONE:
        state = trace.state
        offices = {state.registered_office} if isinstance(state, DossierState) else set()
        if fact == "Stopped":
            offices |= {link.holder for link in trace.chain[-1:] if link.to_us is None}
        return not offices.isdisjoint(mine)
    held = {link.holder for link in trace.chain}
    named = {timed.fact.context.get("counterpart") for timed in trace.facts}
    scanned = {timed.fact.office for timed in trace.facts}
    return not (held | named | scanned).isdisjoint(mine)


def _demand_same_kind(subject: str, put: object) -> None:
    """A scan of a paper was of another paper, of a pouch of another pouch."""
    kinds = [parse_label(str(label)).kind for label in (subject, put)]
    if kinds[0] != kinds[1] and not _PAPER.issuperset(kinds):
        raise BadLabel(text=str(put)[:40], why="another kind")
