"""Enrolling and revoking scanning devices; used by administrators and by the device itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.model.decision import moment
from domain.model.entry import Algorithm
from domain.model.errors import AlreadyExists, NotFound, Refusal, UnknownStation
from domain.model.identifiers import checked_code, checked_party, is_courier
from domain.model.instants import DAY_US, Micros
from domain.model.office import Office, office_id
from domain.model.policy import Act, Actor, demand
from domain.model.station import (
    Before,
    InviteRefused,
    Station,
    StationKey,
    checked_purpose,
    station_id,
)
from domain.ports.clock import Clock, Entropy
from domain.ports.stores import EventLog, first
from domain.use_cases.one_time import hash_of, new_code, who_of
from domain.use_cases.record_scans import DESK
from domain.use_cases.trust import StationTrust

INVITE_VALID_US = DAY_US  # a technician walks to the device within the day
_KEY_BYTES = {Algorithm.ED25519: 32, Algorithm.ECDSA_P256: 65}  # raw, and an uncompressed point


class BadKey(Refusal):
    """Not a public key of that algorithm; values: algorithm, bytes."""

    code = "BAD_KEY"


def checked_key(public_key: bytes, algorithm: Algorithm) -> bytes:
    """The bytes themselves if they can be a key of that algorithm; raises `BadKey`."""
    if len(public_key) != _KEY_BYTES[algorithm]:
        raise BadKey(algorithm=algorithm.name, bytes=len(public_key))
    return public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What the administrator hands to whoever walks to the device; `code` is told this once."""

    station: str
    office: str
    purpose: str
    code: str
    expires_us: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What the device must know: its place, its journal epoch, the server's key to pin."""

    station: str
    office: str
    purpose: str
    epoch: int
    server_public_key: bytes


class EnrolStation:
    """Invite by one-time code, enrol with it, revoke."""

    def __init__(
        self,
        *,
        log: EventLog,
        trust: StationTrust,
        clock: Clock,
        entropy: Entropy,
        server_public_key: bytes,
    ) -> None:
        self._log = log
        self._trust = trust
        self._clock = clock
        self._entropy = entropy
        self._server_public_key = server_public_key

    def stations(self, *, actor: Actor | None) -> list[Station]:
        """Every device ever invited, by its code, not the server itself; raises `NotAllowed`."""
        demand(actor, Act.ENROL_STATION)
        known = self._log.load_all(Station).values()
        return sorted((one for one in known if one.code != DESK), key=lambda one: one.code)

    def invite(self, *, station: str, office: str, purpose: str, actor: Actor | None) -> str:
        """The code alone of an `invitation`."""
        return self.invitation(station=station, office=office, purpose=purpose, actor=actor).code

    def invitation(
        self, *, station: str, office: str, purpose: str, actor: Actor | None
    ) -> Invitation:
        """A one-time code, told once; for a known station it approves the next journal epoch.

        `office` may be a courier. Raises `NotAllowed`, `BadCode`, `UnknownPurpose`, `AlreadyExists`
        (the server's own station), `NotFound` (office), `OfficeSucceeded`.
        """
        demand(actor, Act.ENROL_STATION)
        checked_purpose(purpose)
        checked_party("office", office)
        if station == DESK:
            raise AlreadyExists(what="station", code=station)
        now_us = self._clock.now_us()
        if not is_courier(office):
            known_office = first(self._log.load(Office, [office_id(office)]))
            if known_office is None:
                raise NotFound(what="office", code=office)
            known_office.demand_valid(max(now_us, known_office.valid_from_us))  # set up beforehand
        expires_us = now_us + INVITE_VALID_US
        code = new_code(checked_code("station", station), self._entropy)
        known = first(self._log.load(Station, [station_id(station)]))
        if known is None:
            known = Station(
                id=station_id(station),
                timestamp=moment(now_us),
                code=station,
                office=office,
                purpose=purpose,
                invite_hash=hash_of(code),
                expires_us=expires_us,
            )
        else:
            known.invite_anew(
                office=office,
                purpose=purpose,
                invite_hash=hash_of(code),
                expires_us=expires_us,
                timestamp=moment(now_us),
            )
        self._saved(known)
        return Invitation(
            station=station, office=office, purpose=purpose, code=code, expires_us=expires_us
        )

    def enrol(
        self,
        *,
        code: str,
        public_key: bytes,
        algorithm: Algorithm,
        after: int = 0,
        past: Mapping[int, bytes] | None = None,
    ) -> Enrolment:
        """Spend the code; raises `InviteRefused` or `BadKey`.

        `after` and `past`: the device's newest epoch, and its Ed25519 keys of epochs so far.
        """
        checked_key(public_key, algorithm)
        earlier = {
            epoch: StationKey(checked_key(key, Algorithm.ED25519), Algorithm.ED25519)
            for epoch, key in (past or {}).items()
        }
        station = first(self._log.load(Station, [station_id(who_of(code))]))
        if station is None:
            raise InviteRefused
        now_us = self._clock.now_us()
        station.enrol(
            invite_hash=hash_of(code),
            public_key=public_key,
            algorithm=algorithm,
            now_us=now_us,
            timestamp=moment(now_us),
            before=Before(max(after, self._lost()), earlier),
        )
        self._saved(station)
        return Enrolment(
            station=station.code,
            office=station.office,
            purpose=station.purpose,
            epoch=station.epoch,
            server_public_key=self._server_public_key,
        )

    def revoke(self, *, station: str, actor: Actor | None) -> None:
        """From now on its entries are quarantined; raises `NotAllowed`, `UnknownStation`."""
        demand(actor, Act.REVOKE_STATION)
        known = first(self._log.load(Station, [station_id(station)]))
        if known is None or station == DESK:
            raise UnknownStation(station=station)
        known.revoke(timestamp=moment(self._clock.now_us()))
        self._saved(known)

    def _lost(self) -> int:
        """The last epoch that a journal may have begun at a server of which this one is a copy.

        A restored server's own journal goes on from there. Whoever enrols now may not know of it.
        """
        desk = first(self._log.load(Station, [station_id(DESK)]))
        return 0 if desk is None else desk.epoch - 1

    def _saved(self, station: Station) -> None:
        self._log.save(station)
        self._trust.forget(station.code)
