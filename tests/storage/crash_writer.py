"""A writer to be killed: records scans one by one and tells the number of each that it recorded."""

from multiprocessing.connection import Connection
from pathlib import Path

from adapters.event_store.mapped_log import MappedEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from api.rehearsal.bars.pen import Pen, enrol, use_case
from domain.model.entry import FIRST_PREVIOUS, unsigned_entry
from domain.model.fact import Fact
from domain.model.labels import Kind, Label
from domain.model.station import Station, station_id
from domain.use_cases.record_scans import RecordScans, SentEntry

STATION = "Q1"
MOST = 100_000  # nobody waits for a writer that is never killed
SIGNER = Pen(STATION).signer


def entry(seq: int) -> SentEntry:
    """The same bytes whenever it is asked for."""
    fact = Fact(
        fact="Moved",
        subject=str(Label(Kind.DOSSIER, 27001, 26, seq % 7)),
        at_us=seq,
        station=STATION,
        seq=seq,
        operator="nv07",
        office="STC",
        context={"pouch": str(Label(Kind.POUCH, 27001, 26, seq % 3))},
    )
    unsigned = unsigned_entry(
        fact, prev=FIRST_PREVIOUS, boot="b1", mono_ms=1, offset_ms=0, checkpoint=None
    )
    return SentEntry(1, seq, unsigned + SIGNER.sign(unsigned))


def intake(log: MappedEventLog) -> RecordScans:
    if not log.load(Station, [station_id(STATION)]):
        enrol(log, Pen(STATION))
    return use_case(log)


def writing(database: Path, first: int, say: Connection) -> None:
    record = intake(SqliteEventLog(database))
    for seq in range(first, first + MOST):
        record(STATION, [entry(seq)])
        say.send(seq)
