"""People's acts on discrepancies: explain, assign, close, reopen; called by routes and pages.

They are a matter of their own: custody never follows from them, and evidence never waits for them.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.model.decision import moment
from domain.model.discrepancy import Deed, Handling, Said, handling_id
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.policy import Act, Actor, demand
from domain.model.station_time import Identity
from domain.ports.clock import Clock
from domain.ports.stores import UNSURE, EventLog, StreamConflict, first
from domain.ports.vault import Vault
from domain.ports.views import DiscrepancyRow, Views
from domain.use_cases.maintain_reference import Reference

Party = Literal["office", "person"]


@dataclass(frozen=True, slots=True)
class Words:
    """A coded reason and, where something has to be told, a text; it goes into the vault."""

    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One deed with its text as written, None where there is none."""

    deed: Deed
    text: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What people did about one discrepancy: `version` is what the next act is decided on."""

    identity: Identity
    version: int
    opened_us: int
    assigned: str | None
    closed_by: str | None
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """What is decided on: the handling so far, and whether evidence has resolved it."""

    handling: Handling
    resolved: bool
    said: Said
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class _Doing:
    """What is asked for, by whom, on which version before the eyes."""

    act: str
    words: Words
    actor: Actor | None
    version: int | None
    to: str | None = None


class SettleDiscrepancy:
    """The four acts run on the writer thread, `history` on any.

    Each act takes the version that its person had before the eyes (None: whatever it is). On
    another version it raises `StreamConflict`, unless that very act is the newest: the same form
    sent twice is one act.
    """

    def __init__(
        self, *, log: EventLog, vault: Vault, views: Views, reference: Reference, clock: Clock
    ) -> None:
        self._log = log
        self._vault = vault
        self._views = views
        self._reference = reference
        self._clock = clock

    def explain(
        self, identity: Identity, words: Words, *, actor: Actor | None, version: int | None = None
    ) -> None:
        """Say how it came about; raises `NotAllowed`, `NotFound`, `BadReason`, `TooLarge`."""
        demand(actor, Act.EXPLAIN_DISCREPANCY)
        self._decide(
            identity,
            _Doing("explained", words, actor, version),
            lambda case: case.handling.explain(case.said, timestamp=case.timestamp),
        )

    def assign(
        self,
        identity: Identity,
        kind: Party,
        to: str,
        *,
        actor: Actor | None,
        version: int | None = None,
    ) -> None:
        """Name the office or person who sees to it; raises as `explain` and `Handling.assign`."""
        demand(actor, Act.ASSIGN_DISCREPANCY)
        self._demand_known(kind, to)
        self._decide(
            identity,
            _Doing("assigned", Words(""), actor, version, to),
            lambda case: case.handling.assign(
                by=case.said.by,
                office=case.said.office,
                to=to,
                to_person=kind == "person",
                resolved=case.resolved,
                timestamp=case.timestamp,
            ),
        )

    def close(
        self, identity: Identity, words: Words, *, actor: Actor | None, version: int | None = None
    ) -> None:
        """Settle it; raises as `explain` and `Handling.close`."""
        demand(actor, Act.CLOSE_DISCREPANCY)
        self._decide(
            identity,
            _Doing("closed", words, actor, version),
            lambda case: case.handling.close(
                case.said, resolved=case.resolved, timestamp=case.timestamp
            ),
        )

    def reopen(
        self, identity: Identity, words: Words, *, actor: Actor | None, version: int | None = None
    ) -> None:
        """Take the closure back; raises as `explain` and `Handling.reopen`."""
        demand(actor, Act.CLOSE_DISCREPANCY)
        self._decide(
            identity,
            _Doing("reopened", words, actor, version),
            lambda case: case.handling.reopen(
                case.said, resolved=case.resolved, timestamp=case.timestamp
            ),
        )

    def history(
        self, identities: Collection[Identity], *, actor: Actor | None
    ) -> dict[Identity, History]:
        """What people did about each of them; one that nobody acted on is left out."""
        demand(actor, Act.VIEW_DISCREPANCIES)
        found = self._log.load(Handling, [handling_id(identity) for identity in identities])
        deeds = [deed for handling in found.values() for deed in handling.history]
        texts = self._vault.texts({deed.text for deed in deeds if deed.text is not None})
        return {
            handling.identity: History(
                handling.identity,
                handling.version,
                handling.opened_us,
                handling.assigned,
                handling.closed_by,
                tuple(Told(deed, deed.text and texts[deed.text]) for deed in handling.history),
            )
            for handling in found.values()
        }

    def _decide(self, identity: Identity, doing: _Doing, decide: Callable[[_Case], None]) -> None:
        """Decide and save; nothing if this very act was the last one, on an older form."""
        actor, now_us = doing.actor, self._clock.now_us()
        if actor is None:
            raise NotAllowed(act=doing.act)
        evidence = self._views.discrepancy(identity, now_us=now_us)
        handling = first(self._log.load(Handling, [handling_id(identity)]))
        standing = 0 if handling is None else handling.version
        if doing.version is not None and doing.version != standing:
            if handling is None or not self._is_newest(handling, doing):
                raise StreamConflict
            return
        if handling is None:
            handling = _taken_up(identity, evidence, moment(now_us))
        resolved = evidence is None or (
            evidence.closed_us is not None and evidence.closed_us <= now_us
        )
        with self._kept(doing.words.text.strip(), owner=handling.id) as text:
            said = Said(actor.person, actor.office, doing.words.reason, text)
            decide(_Case(handling, resolved, said, moment(now_us)))
            self._log.save(handling)

    def _is_newest(self, handling: Handling, doing: _Doing) -> bool:
        deed, words = handling.history[-1], doing.words
        text = "" if deed.text is None else self._vault.text(deed.text)
        return (deed.act, deed.by, deed.to, deed.reason or "", text) == (
            doing.act,
            doing.actor and doing.actor.person,
            doing.to,
            words.reason,
            words.text.strip(),
        )

    @contextmanager
    def _kept(self, text: str, *, owner: UUID) -> Iterator[str | None]:
        """The vault's id of the text, which stays if the block inside saves its owner."""
        if not text:
            yield None
            return
        opaque = self._vault.put_text(text, owner=owner)
        try:
            yield opaque
        except UNSURE:
            raise
        except Refusal:
            self._vault.forget([opaque])
            raise
        self._vault.settle([opaque])

    def _demand_known(self, kind: Party, to: str) -> None:
        if kind == "office":
            known = to in self._reference.offices()
        else:
            person = self._reference.people().get(to)
            known = person is not None and not person.dismissed
        if not known:
            raise NotFound(what=kind, code=to)


def _taken_up(identity: Identity, evidence: DiscrepancyRow | None, timestamp: datetime) -> Handling:
    """The first act on it; raises `NotFound` where no evidence ever showed it."""
    if evidence is None:
        raise NotFound(what="discrepancy", code=" ".join(identity)[:200])
    return Handling(
        id=handling_id(identity),
        timestamp=timestamp,
        code=identity.code,
        subject=identity.subject,
        key=identity.key,
        opened_us=evidence.opened_us,
    )
