"""Which stations are trusted, remembered between requests; used by scan intake and HTTP auth."""

from domain.model.errors import UnknownStation
from domain.model.policy import Actor, Role
from domain.model.station import Station, station_id
from domain.ports.stores import EventLog, first


class StationTrust:
    """A cache over the log: loading costs as much as storing, and every scan asks."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._known: dict[str, Station] = {}

    def station(self, code: str) -> Station:
        """The station, read only; raises `UnknownStation` when it never enrolled a key."""
        known = self._known.get(code)
        if known is None:
            known = first(self._log.load(Station, [station_id(code)]))
            if known is None or not known.keys:
                raise UnknownStation(station=code)
            self._known[code] = known
        return known

    def actor(self, code: str) -> Actor:
        """Who the policy asks about: the device itself; raises `UnknownStation`."""
        station = self.station(code)
        role = Role.REVOKED_STATION if station.revoked else Role.STATION
        return Actor(f"station:{code}", station.office, frozenset({role}))

    def forget(self, code: str) -> None:
        """Its enrolment changed: load it again when next asked."""
        self._known.pop(code, None)
