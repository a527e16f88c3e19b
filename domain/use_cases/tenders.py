"""The receivers' one-time codes: each station's key, and whether a tender carries a code of one.

Used by the directory that a station keeps, and by whoever shows a tender. The fold does not ask: a
tender with a wrong code is a tender all the same, and is shown as not verified.
"""

from collections.abc import Collection, Iterable
from typing import Literal

from domain.model.fact import Fact
from domain.model.station import Station
from domain.model.station_time import Timed
from domain.model.tender_code import code_holds, code_of, tender_key
from domain.use_cases.trust import StationTrust

Verified = Literal["verified", "unverified"]


class Tenders:
    """`secret` is the server's own; any thread."""

    def __init__(self, *, trust: StationTrust, secret: bytes) -> None:
        self._trust = trust
        self._secret = secret

    def key_for(self, station: str) -> bytes:
        """What that station shows codes by; raises `UnknownStation`."""
        return tender_key(self._secret, station, self._trust.station(station).epoch)

    def verified(self, facts: Collection[Timed]) -> dict[str, Verified]:
        """By key, of those that are tenders: whether a station of the receiver showed the code."""
        tenders = [timed for timed in facts if timed.fact.fact == "Tendered"]
        coded = any(_code(timed.fact) is not None for timed in tenders)
        stations = self._trust.every() if coded else ()
        return {
            timed.fact.key: "verified" if self._shown(timed, stations) else "unverified"
            for timed in tenders
        }

    def _shown(self, timed: Timed, stations: Iterable[Station]) -> bool:
        code = _code(timed.fact)
        receiver = timed.fact.context.get("counterpart")
        return code is not None and any(
            code_holds(
                tender_key(self._secret, station.code, epoch), code, at_us=timed.effective_us
            )
            for station in stations
            if station.office == receiver
            for epoch in station.keys
            if not station.distrusts(epoch)
        )


def _code(fact: Fact) -> str | None:
    reason = fact.context.get("reason")
    return code_of(reason) if isinstance(reason, str) else None
