"""What the server's edge needs from its house; `api.composition` builds the real one."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar, cast

from fastapi import Request

from api.doors import Doors
from api.lane import Waiting
from api.scan_line import Met
from domain.ports.boards import Boards
from domain.ports.clock import Clock
from domain.ports.documents import Documents
from domain.ports.journeys import Journeys
from domain.ports.photos import Photos
from domain.ports.signatures import Signatures
from domain.ports.views import Views
from domain.use_cases.account_for_many import AccountForMany
from domain.use_cases.account_for_time import AccountForTime
from domain.use_cases.contest_charge import ContestCharge
from domain.use_cases.counter_intake import CounterIntake
from domain.use_cases.decide_dossier import DecideDossier
from domain.use_cases.decide_quarantine import DecideQuarantine
from domain.use_cases.end_shift import EndShift
from domain.use_cases.enrol_station import EnrolStation
from domain.use_cases.import_journal import ImportJournal
from domain.use_cases.judge_scan import JudgeScan, Recorded
from domain.use_cases.maintain_calendars import MaintainCalendars
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.maintain_timetables import MaintainTimetables
from domain.use_cases.office_calendars import Calendars
from domain.use_cases.offline_intake import OfflineIntake
from domain.use_cases.record_scans import BatchAnswer, RecordScans, Sending
from domain.use_cases.register_dossier import RegisterDossier
from domain.use_cases.report_parties import ReportParties
from domain.use_cases.report_period import ReportPeriod
from domain.use_cases.reserve_labels import ReserveLabels
from domain.use_cases.rotate_key import RotateKey
from domain.use_cases.run_plans import RunPlans
from domain.use_cases.settle_discrepancy import SettleDiscrepancy
from domain.use_cases.sign_in import Attempt, SignIn
from domain.use_cases.state_act import StateAct
from domain.use_cases.stick_labels import StickLabels
from domain.use_cases.succeed_office import SucceedOffice
from domain.use_cases.take_census import TakeCensus
from domain.use_cases.tell_ahead import TellAhead
from domain.use_cases.tenders import Tenders
from domain.use_cases.trace_dossier import TraceDossier
from domain.use_cases.trust import StationTrust
from domain.use_cases.watch_devices import WatchDevices
from domain.use_cases.work_list import WorkList
from domain.use_cases.write_apology import WriteApology

T = TypeVar("T")


class House(Protocol):
    """Reads may come from any thread; what writes goes through `write`."""

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    @property
    def signatures(self) -> Signatures:
        """Checks what others signed."""
        ...

    @property
    def trust(self) -> StationTrust:
        """Enrolled stations."""
        ...

    @property
    def record_scans(self) -> RecordScans:
        """Takes in scans; on the writer thread."""
        ...

    @property
    def rotate_key(self) -> RotateKey:
        """Binds a station's next key; on the writer thread."""
        ...

    @property
    def decide_quarantine(self) -> DecideQuarantine:
        """What waits of revoked stations; its decisions on the writer thread."""
        ...

    @property
    def judge_scan(self) -> JudgeScan:
        """Says what scans met, once they are recorded."""
        ...

    @property
    def take_census(self) -> TakeCensus:
        """What lay at a place against what was scanned there."""
        ...

    @property
    def offline_intake(self) -> OfflineIntake:
        """Numbers for stations, and what they took in; on the writer thread."""
        ...

    @property
    def import_journal(self) -> ImportJournal:
        """A journal that was carried here as a file; on the writer thread."""
        ...

    @property
    def tell_ahead(self) -> TellAhead:
        """What a station's desk may meet."""
        ...

    @property
    def end_shift(self) -> EndShift:
        """What is in hand at the end of a shift; its statements on the writer thread."""
        ...

    @property
    def succeed_office(self) -> SucceedOffice:
        """Merges offices; on the writer thread."""
        ...

    @property
    def settle_discrepancy(self) -> SettleDiscrepancy:
        """What people do about discrepancies; its acts on the writer thread."""
        ...

    @property
    def state_act(self) -> StateAct:
        """States what no scan says; on the writer thread."""
        ...

    @property
    def reserve_labels(self) -> ReserveLabels:
        """New numbers for labels; on the writer thread."""
        ...

    @property
    def stick_labels(self) -> StickLabels:
        """Later stickers of dossiers and papers; on the writer thread."""
        ...

    @property
    def tenders(self) -> Tenders:
        """The receivers' one-time codes."""
        ...

    @property
    def photos(self) -> Photos:
        """Looks into photos that come in."""
        ...

    @property
    def account_for_many(self) -> AccountForMany:
        """The ledgers of many dossiers in one pass."""
        ...

    @property
    def account_for_time(self) -> AccountForTime:
        """Whose minutes a dossier's were, and who made it late."""
        ...

    @property
    def watch_devices(self) -> WatchDevices:
        """The scanning stations as the server knows them."""
        ...

    @property
    def boards(self) -> Boards:
        """Open discrepancies by age."""
        ...

    @property
    def work_list(self) -> WorkList:
        """Every open dossier by risk."""
        ...

    @property
    def contest_charge(self) -> ContestCharge:
        """Objections to charged minutes; its acts on the writer thread."""
        ...

    @property
    def register_dossier(self) -> RegisterDossier:
        """Takes in a dossier; on the writer thread."""
        ...

    @property
    def intake(self) -> CounterIntake:
        """Around a clerk's form; its `register` on the writer thread."""
        ...

    @property
    def documents(self) -> Documents:
        """Prints receipts and labels."""
        ...

    @property
    def decide_dossier(self) -> DecideDossier:
        """Pauses and appointments; on the writer thread."""
        ...

    @property
    def write_apology(self) -> WriteApology:
        """Letters of apology, in words to be printed."""
        ...

    @property
    def calendars(self) -> Calendars:
        """Every calendar that was ever in use."""
        ...

    @property
    def maintain_calendars(self) -> MaintainCalendars:
        """Publishes calendars; on the writer thread."""
        ...

    @property
    def run_plans(self) -> RunPlans:
        """Courier runs as they are planned."""
        ...

    @property
    def maintain_timetables(self) -> MaintainTimetables:
        """Publishes timetables; on the writer thread."""
        ...

    @property
    def reference(self) -> Reference:
        """Offices, procedures, people."""
        ...

    @property
    def enrol_station(self) -> EnrolStation:
        """Invites and enrols; on the writer thread."""
        ...

    @property
    def sign_in(self) -> SignIn:
        """Knows people; on the writer thread."""
        ...

    @property
    def views(self) -> Views:
        """The sheets."""
        ...

    @property
    def journeys(self) -> Journeys:
        """What ledgers of minutes need of many dossiers."""
        ...

    @property
    def report_parties(self) -> ReportParties:
        """Responsibility by party, and run punctuality, over a stretch of time."""
        ...

    @property
    def report_period(self) -> ReportPeriod:
        """Reports over a stretch of time."""
        ...

    @property
    def trace(self) -> TraceDossier:
        """One label's chain."""
        ...

    @property
    def session_key(self) -> bytes:
        """Authenticates session tokens."""
        ...

    @property
    def doors(self) -> Doors:
        """Who is kept out."""
        ...

    @property
    def demo(self) -> bool:
        """Whether the data are a demonstration's."""
        ...

    @property
    def projection_fault(self) -> str | None:
        """Why the read model was last not brought up to the log; None when it was."""
        ...

    @property
    def write_fault(self) -> str | None:
        """The code with which the store refused the last write; None when it took it."""
        ...

    @property
    def queue(self) -> Waiting:
        """The writes in line."""
        ...

    @property
    def free_bytes(self) -> int:
        """Room on the disk that holds the data."""
        ...

    def on_write(self, told: Callable[[str, float], None]) -> None:
        """From now on tell how many ms each part of a write took: `save`, `project`."""
        ...

    def try_pin(self, *, badge: str, pin: str) -> Future[Attempt]:
        """Check a PIN beside the writer thread; raises `Busy`, the future what `SignIn` raises."""
        ...

    def take_in(self, sending: Sending) -> Future[BatchAnswer]:
        """Store scans, with those of others that wait; raises `Busy`."""
        ...

    def tell(self, batch: Recorded) -> Future[Met]:
        """What stored scans met, and the discrepancies now open on their labels."""
        ...

    def write(self, work: Callable[[], T]) -> Future[T]:
        """Run on the one writer thread, the read model included; raises `Busy`."""
        ...


def house_of(request: Request) -> House:
    """The house this request is served from."""
    return cast("House", request.app.state.house)
