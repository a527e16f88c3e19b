"""A station replaces its key: the old one signs for the new, and the new one for itself."""

from dataclasses import dataclass

from domain.model.decision import moment
from domain.model.entry import Algorithm
from domain.model.errors import UnknownStation
from domain.model.rotation import rotation_bytes
from domain.model.station import RotationRefused, Station, station_id
from domain.ports.clock import Clock
from domain.ports.signatures import Signatures
from domain.ports.stores import EventLog, first
from domain.use_cases.enrol_station import checked_key
from domain.use_cases.trust import StationTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The new key, the epoch it begins, and what both keys have signed (`rotation_bytes`)."""

    epoch: int
    public_key: bytes
    algorithm: Algorithm
    by_old: bytes
    by_new: bytes


class RotateKey:
    """On the writer thread."""

    def __init__(
        self, *, log: EventLog, trust: StationTrust, signatures: Signatures, clock: Clock
    ) -> None:
        self._log = log
        self._trust = trust
        self._signatures = signatures
        self._clock = clock

    def __call__(self, station: str, rotation: Rotation) -> int:
        """The epoch that begins; raises `UnknownStation`, `BadKey`, `RotationRefused`."""
        checked_key(rotation.public_key, rotation.algorithm)
        known = first(self._log.load(Station, [station_id(station)]))
        if known is None:
            raise UnknownStation(station=station)
        before = known.keys.get(rotation.epoch - 1)
        stated = rotation_bytes(station, rotation.epoch, rotation.public_key)
        if before is None or not (
            self._signatures.holds(
                stated, rotation.by_old, public_key=before.public_key, algorithm=before.algorithm
            )
            and self._signatures.holds(
                stated,
                rotation.by_new,
                public_key=rotation.public_key,
                algorithm=rotation.algorithm,
            )
        ):
            raise RotationRefused
        known.rotate(
            epoch=rotation.epoch,
            public_key=rotation.public_key,
            algorithm=rotation.algorithm,
            timestamp=moment(self._clock.now_us()),
        )
        self._log.save(known)
        self._trust.forget(station)
        return rotation.epoch
