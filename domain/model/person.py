"""Someone who works with dossiers: badge, party, roles, PIN and one-time codes (hashes only).

No name stands here: names live in the vault (L7).
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

import re
from datetime import datetime
from itertools import pairwise
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import BadCode, Refusal
from domain.model.identifiers import checked_code, checked_party
from domain.model.instants import MINUTE_US, Micros
from domain.model.labels import Kind, parse_label
from domain.model.policy import DEVICES, Actor, Role

MOST_FAILURES = 5  # a finger slips twice; five times in a row is somebody guessing
LOCKED_US = 15 * MINUTE_US
MOST_OPEN_CODES = 8  # older ones lapse, so that the list cannot grow without limit

_PIN = re.compile(r"[0-9]{6}")
_STEPS_OF_EASY_PINS = ({0}, {1}, {9})  # 000000, 123456, 654321, each digit modulo ten


class BadPin(Refusal):
    """Not six digits, or the first ones a guesser tries; no values: it may be the PIN elsewhere."""

    code = "BAD_PIN"


class PersonDismissed(Refusal):
    """Nothing more is given to somebody who has left; values: person."""

    code = "PERSON_DISMISSED"


class SignInRefused(Refusal):
    """Not the right code or PIN; no values, so that guessing learns nothing."""

    code = "SIGN_IN_REFUSED"


class SignInLocked(Refusal):
    """Too many wrong attempts; values: until_us."""

    code = "SIGN_IN_LOCKED"


def checked_pin(text: str) -> str:
    """The text itself if it will do as a PIN; raises `BadPin`."""
    if not _PIN.fullmatch(text):
        raise BadPin
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(text)}
    if steps in _STEPS_OF_EASY_PINS:
        raise BadPin
    return text


def person_id(code: str) -> UUID:
    """The id of the person with that code."""
    return decision_id("person", code)


class Person(Decision):
    """`party` is an office code, or `courier:CODE`; `code` signs entries as their operator."""

    TOPIC = "person"
    LISTED: ClassVar[bool] = True

    class Enlisted(FirstEvent):
        """The person works here; `named` is the vault id of the name, None where none was given."""

        TOPIC = "person.Enlisted"
        code: str
        badge: str
        party: str
        roles: list[str]
        named: str | None

    class Assigned(Decision.Event):
        """Other party, other roles, or both."""

        TOPIC = "person.Assigned"
        party: str
        roles: list[str]

    class PinSet(Decision.Event):
        """A new PIN; the hash is Argon2's own text form."""

        TOPIC = "person.PinSet"
        pin_hash: str

    class CodeIssued(Decision.Event):
        """A one-time code was handed over, by whom; SHA-256 in hex of it."""

        TOPIC = "person.CodeIssued"
        class_version = 2
        code_hash: str
        expires_us: int
        by: str | None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            """The first version did not say who."""
            state["by"] = None

    class CodeUsed(Decision.Event):
        """The one-time code is spent."""

        TOPIC = "person.CodeUsed"
        code_hash: str

    class SignInFailed(Decision.Event):
        """A wrong PIN; `locked_until_us` is None while further attempts are allowed."""

        TOPIC = "person.SignInFailed"
        failures: int
        locked_until_us: int | None

    class FailuresForgotten(Decision.Event):
        """The right PIN came after wrong ones."""

        TOPIC = "person.FailuresForgotten"

    class Dismissed(Decision.Event):
        """The person may no longer sign in; what was done stays under the code."""

        TOPIC = "person.Dismissed"

    @event(Enlisted)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        code: str,
        badge: str,
        party: str,
        roles: list[str],
        named: str | None,
    ) -> None:
        self.code = code
        self.badge = badge
        self.party = party
        self.roles = roles
        self.named = named
        self.pin_hash: str | None = None
        self.open_codes: dict[str, Micros] = {}
        self.failures = 0
        self.locked_until_us: Micros | None = None
        self.dismissed = False

    def as_actor(self) -> Actor:
        """Who the policy asks about."""
        return Actor(self.code, self.party, frozenset(map(Role, self.roles)))

    @event(Assigned)
    def assign(self, *, party: str, roles: list[str], timestamp: datetime) -> None:
        """Move to another party or give other roles."""
        self.party = party
        self.roles = roles

    @event(PinSet)
    def set_pin(self, *, pin_hash: str, timestamp: datetime) -> None:
        """Replace the PIN; an old lock ends with it."""
        self.pin_hash = pin_hash
        self.failures = 0
        self.locked_until_us = None

    @event(CodeIssued)
    def issue_code(
        self, *, code_hash: str, expires_us: Micros, by: str | None, timestamp: datetime
    ) -> None:
        """Remember the hash of a one-time code."""
        self.open_codes[code_hash] = expires_us
        while len(self.open_codes) > MOST_OPEN_CODES:
            del self.open_codes[next(iter(self.open_codes))]

    def use_code(self, *, code_hash: str, now_us: Micros, timestamp: datetime) -> None:
        """Spend a one-time code; raises `SignInRefused`."""
        if self.dismissed or self.open_codes.get(code_hash, 0) <= now_us:
            raise SignInRefused
        self._use_code(code_hash=code_hash, timestamp=timestamp)

    def demand_unlocked(self, *, now_us: Micros) -> str:
        """The PIN's hash, if an attempt is allowed now.

        Raises `SignInRefused` (no PIN, or dismissed) or `SignInLocked`.
        """
        if self.dismissed or self.pin_hash is None:
            raise SignInRefused
        if self.locked_until_us is not None and now_us < self.locked_until_us:
            raise SignInLocked(until_us=self.locked_until_us)
        return self.pin_hash

    def count_attempt(self, *, right: bool, now_us: Micros, timestamp: datetime) -> None:
        """Record how an allowed PIN attempt ended; a right one only after wrong ones."""
        if not right:
            failures = self.failures + 1
            locked_until_us = now_us + LOCKED_US if failures % MOST_FAILURES == 0 else None
            self._fail(failures=failures, locked_until_us=locked_until_us, timestamp=timestamp)
        elif self.failures:
            self._forget_failures(timestamp=timestamp)

    @event(Dismissed)
    def dismiss(self, *, timestamp: datetime) -> None:
        """End the right to sign in."""
        self.dismissed = True

    @event(CodeUsed)
    def _use_code(self, *, code_hash: str, timestamp: datetime) -> None:
        self.open_codes.pop(code_hash, None)

    @event(SignInFailed)
    def _fail(self, *, failures: int, locked_until_us: int | None, timestamp: datetime) -> None:
        self.failures = failures
        self.locked_until_us = locked_until_us

    @event(FailuresForgotten)
    def _forget_failures(self, *, timestamp: datetime) -> None:
        self.failures = 0
        self.locked_until_us = None


def enlist_person(
    *,
    code: str,
    badge: str,
    party: str,
    roles: frozenset[Role],
    named: str | None,
    timestamp: datetime,
) -> Person:
    """A new person; raises `BadCode` or `BadLabel`. Codes stand in addresses: no slash, no dot."""
    if "/" in checked_code("person", code) or "." in code:
        raise BadCode(field="person", text=code)
    if parse_label(badge).kind is not Kind.BADGE:
        raise BadCode(field="badge", text=badge)
    if not roles or roles & DEVICES:
        raise BadCode(field="roles", text=" ".join(sorted(roles)))
    return Person(
        id=person_id(code),
        timestamp=timestamp,
        code=code,
        badge=badge,
        party=checked_party("party", party),
        roles=sorted(roles),
        named=named,
    )
