"""Which stations are trusted, remembered between requests; used by scan intake and HTTP auth."""

from threading import Lock

from domain.model.errors import UnknownStation
from domain.model.policy import Actor, Role
from domain.model.station import Station, station_id
from domain.ports.stores import EventLog, first


class StationTrust:
    """A cache over the log: loading costs as much as storing, and every scan asks."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._changing = Lock()
        self._known: dict[str, Station] = {}
        self._every: tuple[Station, ...] | None = None
        self._changes = 0

    def station(self, code: str) -> Station:
        """The station, read only; raises `UnknownStation` when it never enrolled a key."""
        known = self._known.get(code)
        if known is None:
            changes = self._changes
            known = first(self._log.load(Station, [station_id(code)]))
            if known is None or not known.keys:
                raise UnknownStation(station=code)
            with self._changing:
                if changes == self._changes:  # else it may be older than what was forgotten
                    self._known[code] = known
        return known

    def every(self) -> tuple[Station, ...]:
        """All stations, read only, the oldest first; loaded when one has changed."""
        every = self._every
        if every is None:
            changes = self._changes
            every = tuple(self._log.load_all(Station).values())
            with self._changing:
                if changes == self._changes:
                    self._every = every
        return every

    def known(self, code: str) -> Station | None:
        """The station if it is remembered: asked without waiting for the log."""
        return self._known.get(code)

    def actor(self, code: str, *, epoch: int) -> Actor:
        """Who the policy asks about: the holder of that epoch's key; raises `UnknownStation`."""
        station = self.station(code)
        role = Role.REVOKED_STATION if station.distrusts(epoch) else Role.STATION
        return Actor(f"station:{code}", station.office, frozenset({role}))

    def forget_all(self) -> None:
        """Another process changed some enrolment: load each again when next asked."""
        with self._changing:
            self._changes += 1
            self._every = None
            self._known.clear()

    def forget(self, code: str) -> None:
        """Its enrolment changed: load it again when next asked."""
        with self._changing:
            self._changes += 1
            self._every = None
            self._known.pop(code, None)
