"""Stations that sign entries, and the use case that takes them in, on a bare log; for the bars."""

from adapters.clock import SystemClock
from adapters.event_store.mapped_log import MappedEventLog
from adapters.signatures import Ed25519Signer, SystemSignatures
from domain.model.decision import moment
from domain.model.entry import FIRST_PREVIOUS, Algorithm, Checkpoint, entry_digest, unsigned_entry
from domain.model.fact import Fact
from domain.model.labels import Kind, Label
from domain.model.station import Station, station_id
from domain.use_cases.checkpoints import Checkpoints
from domain.use_cases.record_scans import RecordScans, SentEntry
from domain.use_cases.trust import StationTrust

ISSUER, YEAR = 27001, 26
OFFICE = "TTHC"
A_POUCH = 20  # dossiers that travel together


def dossier(serial: int) -> str:
    """The label of a dossier of the bars."""
    return str(Label(Kind.DOSSIER, ISSUER, YEAR, serial))


def pouch(serial: int) -> str:
    """The label of a pouch of the bars."""
    return str(Label(Kind.POUCH, ISSUER, YEAR, serial))


class Pen:
    """One station's journal: signs the next entry, carrying the newest checkpoint it was given."""

    def __init__(self, station: str, *, office: str = OFFICE, key: bytes = b"\x01" * 32) -> None:
        self.station = station
        self.signer = Ed25519Signer(key)
        self.checkpoint: Checkpoint | None = None
        self._office = office
        self._seq = 0
        self._prev = FIRST_PREVIOUS
        self._clock = SystemClock()

    def write(self, fact: str, subject: str, **context: object) -> SentEntry:
        """The next entry, signed."""
        self._seq += 1
        now_us = self._clock.now_us()
        stated = Fact(
            fact=fact,
            subject=subject,
            at_us=now_us,
            station=self.station,
            seq=self._seq,
            operator="nv07",
            office=self._office,
            context=context,
        )
        unsigned = unsigned_entry(
            stated,
            prev=self._prev,
            boot="b7f0",
            mono_ms=now_us // 1000,
            offset_ms=0,
            checkpoint=self.checkpoint,
        )
        raw = unsigned + self.signer.sign(unsigned)
        self._prev = entry_digest(raw)
        return SentEntry(1, self._seq, raw)

    def receive(self, number: int) -> SentEntry:
        """The `number`-th dossier is received out of its pouch."""
        return self.write("Received", dossier(number), pouch=pouch(number // A_POUCH), place="K2")


def enrol(log: MappedEventLog, pen: Pen, *, office: str = OFFICE) -> None:
    """Let the station of that pen be known, as its invitation would."""
    timestamp = moment(SystemClock().now_us())
    station = Station(
        id=station_id(pen.station),
        timestamp=timestamp,
        code=pen.station,
        office=office,
        purpose="counter",
        invite_hash="x",
        expires_us=1,
    )
    station.enrol(
        invite_hash="x",
        public_key=pen.signer.public_key,
        algorithm=Algorithm.ED25519,
        now_us=0,
        timestamp=timestamp,
    )
    log.save(station)


def use_case(log: MappedEventLog) -> RecordScans:
    """The use case of `/scans` on that log."""
    signatures = SystemSignatures()
    return RecordScans(
        log=log,
        trust=StationTrust(log),
        signatures=signatures,
        checkpoints=Checkpoints(signer=Ed25519Signer(b"\x02" * 32), signatures=signatures),
        clock=SystemClock(),
    )
