"""Signing in by one-time code or badge and PIN; only hashes are stored, attempts are limited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.model.decision import moment
from domain.model.errors import NotFound
from domain.model.instants import DAY_US
from domain.model.person import Person, SignInRefused, person_id
from domain.model.policy import Act, Actor, demand
from domain.ports.clock import Clock, Entropy
from domain.ports.pins import Pins
from domain.ports.stores import EventLog, first
from domain.use_cases.one_time import hash_of, new_code, who_of

CODE_VALID_US = DAY_US // 2  # handed out and used within the shift


@dataclass(frozen=True, slots=True)
class Attempt:
    """One PIN tried for one person."""

    person: UUID
    right: bool


class SignIn:
    """`people` gives everyone by code; a failed attempt is an event like any other."""

    def __init__(
        self,
        *,
        log: EventLog,
        people: Callable[[], Mapping[str, Person]],
        pins: Pins,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._log = log
        self._people = people
        self._pins = pins
        self._clock = clock
        self._entropy = entropy

    def issue_code(self, *, person: str, actor: Actor | None) -> str:
        """A one-time code, told once; raises `NotAllowed`, `NotFound`."""
        demand(actor, Act.ISSUE_SIGN_IN)
        known = first(self._log.load(Person, [person_id(person)]))
        if known is None:
            raise NotFound(what="person", code=person)
        now_us = self._clock.now_us()
        code = new_code(person, self._entropy)
        known.issue_code(
            code_hash=hash_of(code),
            expires_us=now_us + CODE_VALID_US,
            by=actor.person if actor is not None else None,
            timestamp=moment(now_us),
        )
        self._log.save(known)
        return code

    def by_code(self, *, code: str) -> Actor:
        """Spend the code; raises `SignInRefused`."""
        known = first(self._log.load(Person, [person_id(who_of(code))]))
        if known is None:
            raise SignInRefused
        now_us = self._clock.now_us()
        known.use_code(code_hash=hash_of(code), now_us=now_us, timestamp=moment(now_us))
        self._log.save(known)
        return known.as_actor()

    def try_pin(self, *, badge: str, pin: str) -> Attempt:
        """Whose badge it is and whether the PIN fits; raises `SignInRefused` or `SignInLocked`.

        Writes nothing, because a PIN's hash takes long on purpose: it must not hold up scans.
        """
        person = next((each for each in self._people().values() if each.badge == badge), None)
        known = person and first(self._log.load(Person, [person.id]))
        if known is None:
            raise SignInRefused
        return Attempt(
            known.id,
            right=self._pins.fits(pin, known.demand_unlocked(now_us=self._clock.now_us())),
        )

    def by_pin(self, attempt: Attempt) -> Actor:
        """Count the attempt; raises `SignInRefused`, or `SignInLocked` if too many were made."""
        known = self._log.load(Person, [attempt.person])[attempt.person]
        now_us = self._clock.now_us()
        known.demand_unlocked(now_us=now_us)
        known.count_attempt(right=attempt.right, now_us=now_us, timestamp=moment(now_us))
        self._log.save(known)
        if not attempt.right:
            raise SignInRefused
        return known.as_actor()
