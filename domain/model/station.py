"""A scanning device's enrolment: invited, enrolled with a key per journal epoch, revoked."""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.entry import Algorithm
from domain.model.errors import Refusal
from domain.model.instants import Micros

PURPOSES = (
    "counter",
    "department",
    "courier",
    "results",
    "shelf",
)  # what a scan without a card means
_LONGEST_ECHO = 64


class UnknownPurpose(Refusal):
    """A station stands there for one of `PURPOSES`; values: purpose, known."""

    code = "UNKNOWN_PURPOSE"


class InviteRefused(Refusal):
    """The one-time code is unknown, used or too old; no values, so that guessing learns nothing."""

    code = "INVITE_REFUSED"


class RotationRefused(Refusal):
    """The key before does not vouch for the new one, or it is not trusted any more; no values."""

    code = "ROTATION_REFUSED"


def checked_purpose(text: str) -> str:
    """The text itself if it is one of `PURPOSES`; raises `UnknownPurpose`."""
    if text not in PURPOSES:
        raise UnknownPurpose(purpose=text[:_LONGEST_ECHO], known=", ".join(PURPOSES))
    return text


@dataclass(frozen=True, slots=True)
class StationKey:
    """The public key that signs one journal epoch: 32 bytes Ed25519, or a P-256 point."""

    public_key: bytes
    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class Before:
    """What a device knows of its journal epochs so far: the newest, and public keys by epoch."""

    epoch: int = 0
    keys: Mapping[int, StationKey] = field(default_factory=dict)


_NOTHING_BEFORE = Before()


def station_id(code: str) -> UUID:
    """The id of the station with that code."""
    return decision_id("station", code)


class Station(Decision):
    """`keys` by epoch: entries of an old epoch that arrive late are still its own."""

    TOPIC = "station"
    LISTED: ClassVar[bool] = True

    class Invited(FirstEvent):
        """A one-time code was given out for a device; only its hash is kept."""

        TOPIC = "station.Invited"
        code: str
        office: str
        purpose: str
        invite_hash: str
        expires_us: int

    class InvitedAnew(Decision.Event):
        """The device is replaced or restored: its next journal epoch is approved."""

        TOPIC = "station.InvitedAnew"
        office: str
        purpose: str
        invite_hash: str
        expires_us: int

    class Enrolled(Decision.Event):
        """A device answered with the code and its public key; the code is spent."""

        TOPIC = "station.Enrolled"
        epoch: int
        public_key: bytes
        algorithm: int

    class EarlierKeyTold(Decision.Event):
        """The device that enrolled told the key of an epoch that was not known here (any more)."""

        TOPIC = "station.EarlierKeyTold"
        epoch: int
        public_key: bytes
        algorithm: int

    class KeyRotated(Decision.Event):
        """The device replaced its key, the old one vouching for the new: a new epoch begins."""

        TOPIC = "station.KeyRotated"
        epoch: int
        public_key: bytes
        algorithm: int

    class Revoked(Decision.Event):
        """What arrives from now on is quarantined until a person decides."""

        TOPIC = "station.Revoked"

    @event(Invited)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        code: str,
        office: str,
        purpose: str,
        invite_hash: str,
        expires_us: Micros,
    ) -> None:
        self.code = code
        self.keys: dict[int, StationKey] = {}
        self._revoked_through = 0
        self._spent_hash: str | None = None
        self._take_invitation(office, purpose, invite_hash, expires_us)

    @property
    def revoked(self) -> bool:
        """Whether the device is not trusted now: its newest key was revoked."""
        return self.distrusts(self.epoch)

    def distrusts(self, epoch: int) -> bool:
        """Whether the key of this epoch was revoked; a new epoch does not bring it back."""
        return epoch <= self._revoked_through

    @property
    def epoch(self) -> int:
        """The newest approved journal epoch, 0 before the first enrolment."""
        return max(self.keys, default=0)

    @event(InvitedAnew)
    def invite_anew(
        self,
        *,
        office: str,
        purpose: str,
        invite_hash: str,
        expires_us: Micros,
        timestamp: datetime,
    ) -> None:
        """Approve one more epoch; whoever enrols with the code signs from then on."""
        self._take_invitation(office, purpose, invite_hash, expires_us)

    def enrol(
        self,
        *,
        invite_hash: str,
        public_key: bytes,
        algorithm: Algorithm,
        now_us: Micros,
        timestamp: datetime,
        before: Before = _NOTHING_BEFORE,
    ) -> None:
        """Bind the key to an epoch that neither side has used; raises `InviteRefused`.

        The same code with the same key again is the same enrolment: its answer was lost on the way.
        A server restored from a backup lacks epochs of `before`: the code vouches for their keys.
        """
        key = StationKey(public_key, algorithm)
        if invite_hash == self._spent_hash and key == self.keys.get(self.epoch):
            return
        if invite_hash != self.invite_hash or now_us >= self.expires_us:
            raise InviteRefused
        for epoch, earlier in sorted(before.keys.items()):
            if epoch not in self.keys:
                self._tell_earlier(
                    epoch=epoch,
                    public_key=earlier.public_key,
                    algorithm=int(earlier.algorithm),
                    timestamp=timestamp,
                )
        self._enrol(
            epoch=max(self.epoch, before.epoch) + 1,
            public_key=public_key,
            algorithm=int(algorithm),
            timestamp=timestamp,
        )

    def rotate(
        self, *, epoch: int, public_key: bytes, algorithm: Algorithm, timestamp: datetime
    ) -> None:
        """Bind the key to that epoch, the next one; raises `RotationRefused`.

        Who calls has seen that the key before has signed for it. The same again is the same.
        """
        if self.revoked:
            raise RotationRefused
        if self.keys.get(epoch) == StationKey(public_key, algorithm):
            return
        if epoch != self.epoch + 1:
            raise RotationRefused
        self._rotate(
            epoch=epoch, public_key=public_key, algorithm=int(algorithm), timestamp=timestamp
        )

    def revoke(self, *, timestamp: datetime) -> None:
        """Stop trusting the device; revoking twice is once."""
        if not self.revoked:
            self._revoke(timestamp=timestamp)

    def _take_invitation(
        self, office: str, purpose: str, invite_hash: str, expires_us: Micros
    ) -> None:
        self.office = office
        self.purpose = purpose
        self.invite_hash: str | None = invite_hash
        self.expires_us = expires_us

    @event(Enrolled)
    def _enrol(self, *, epoch: int, public_key: bytes, algorithm: int, timestamp: datetime) -> None:
        self.keys[epoch] = StationKey(public_key, Algorithm(algorithm))
        self._spent_hash = self.invite_hash
        self.invite_hash = None

    @event(EarlierKeyTold)
    def _tell_earlier(
        self, *, epoch: int, public_key: bytes, algorithm: int, timestamp: datetime
    ) -> None:
        self.keys[epoch] = StationKey(public_key, Algorithm(algorithm))

    @event(KeyRotated)
    def _rotate(
        self, *, epoch: int, public_key: bytes, algorithm: int, timestamp: datetime
    ) -> None:
        self.keys[epoch] = StationKey(public_key, Algorithm(algorithm))

    @event(Revoked)
    def _revoke(self, *, timestamp: datetime) -> None:
        self._revoked_through = self.epoch
        self.invite_hash = None
