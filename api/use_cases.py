"""Gives every use case its ports; `api.composition` opens the adapters behind them."""

from dataclasses import dataclass

from adapters.paper.documents import PaperDocuments
from adapters.pins import Argon2Pins
from adapters.read_model.deadlines import ReferenceDeadlines
from adapters.reference_data.calendar import national_table
from domain.model.working_time import calendar_from_json
from domain.ports.boards import Boards
from domain.ports.censuses import Censuses
from domain.ports.clock import Clock, Entropy
from domain.ports.hands import Hands
from domain.ports.journeys import Journeys
from domain.ports.manifests import Manifests
from domain.ports.reports import Reports
from domain.ports.signatures import Signatures, Signer
from domain.ports.stores import EventLog
from domain.ports.vault import Vault
from domain.ports.views import Views
from domain.ports.work import Work
from domain.use_cases.account_for_many import AccountForMany
from domain.use_cases.account_for_time import AccountForTime
from domain.use_cases.checkpoints import Checkpoints
from domain.use_cases.contest_charge import ContestCharge
from domain.use_cases.counter_intake import CounterIntake
from domain.use_cases.decide_dossier import DecideDossier
from domain.use_cases.decide_quarantine import DecideQuarantine
from domain.use_cases.end_shift import EndShift
from domain.use_cases.enrol_station import EnrolStation
from domain.use_cases.import_journal import ImportJournal
from domain.use_cases.judge_scan import JudgeScan
from domain.use_cases.maintain_calendars import MaintainCalendars
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.maintain_timetables import MaintainTimetables
from domain.use_cases.measure_dossier import Measure
from domain.use_cases.office_calendars import Calendars
from domain.use_cases.offline_intake import OfflineIntake
from domain.use_cases.record_scans import DeskStation, RecordScans
from domain.use_cases.register_dossier import RegisterDossier
from domain.use_cases.report_parties import ReportParties
from domain.use_cases.report_period import ReportPeriod
from domain.use_cases.reserve_labels import NumberSource, ReserveLabels
from domain.use_cases.rotate_key import RotateKey
from domain.use_cases.run_plans import RunPlans
from domain.use_cases.runs_ahead import RunsAhead
from domain.use_cases.settle_discrepancy import SettleDiscrepancy
from domain.use_cases.sign_in import SignIn
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a house has opened: stores, sheets, the server's keys, clock and randomness."""

    log: EventLog
    vault: Vault
    views: Views
    reports: Reports
    work: Work
    boards: Boards
    journeys: Journeys
    hands: Hands
    manifests: Manifests
    censuses: Censuses
    signer: Signer
    signatures: Signatures
    tender_secret: bytes
    clock: Clock
    entropy: Entropy


class UseCases:
    """Every use case of a house, by theme; those that read may be called from any thread."""

    def __init__(self, ports: Ports) -> None:
        self._hashes = Argon2Pins()
        self._numbers = NumberSource(ports.log)
        self._for_stations(ports)
        self._for_reference(ports)
        self._for_intake(ports)
        self._for_time(ports)
        self._for_custody(ports)

    def _for_stations(self, ports: Ports) -> None:
        """Scanning devices, the server's own among them, and what they send."""
        self.trust = StationTrust(ports.log)
        self.tenders = Tenders(trust=self.trust, secret=ports.tender_secret)
        self.desk = DeskStation(log=ports.log, signer=ports.signer, clock=ports.clock)
        checkpoints = Checkpoints(signer=ports.signer, signatures=ports.signatures)
        self.record_scans = RecordScans(
            log=ports.log,
            trust=self.trust,
            signatures=ports.signatures,
            checkpoints=checkpoints,
            clock=ports.clock,
        )
        self.import_journal = ImportJournal(record_scans=self.record_scans, trust=self.trust)
        self.decide_quarantine = DecideQuarantine(
            log=ports.log, trust=self.trust, checkpoints=checkpoints, clock=ports.clock
        )
        self.rotate_key = RotateKey(
            log=ports.log, trust=self.trust, signatures=ports.signatures, clock=ports.clock
        )
        self.watch_devices = WatchDevices(log=ports.log, boards=ports.boards, clock=ports.clock)
        self.enrol_station = EnrolStation(
            log=ports.log,
            trust=self.trust,
            clock=ports.clock,
            entropy=ports.entropy,
            server_public_key=ports.signer.public_key,
        )

    def _for_reference(self, ports: Ports) -> None:
        """Offices, people, procedures, calendars, courier runs, and what follows from them."""
        self.reference = Reference(
            log=ports.log,
            numbers=self._numbers,
            vault=ports.vault,
            pins=self._hashes,
            clock=ports.clock,
            check_calendar=lambda given: calendar_from_json(self.calendars.table(), given),
        )
        self.calendars = Calendars(
            log=ports.log, offices=self.reference.offices, shipped=national_table()
        )
        self.run_plans = RunPlans(log=ports.log, calendars=self.calendars)
        self._due_of = ReferenceDeadlines(
            procedures=self.reference.procedures, calendars=self.calendars
        )
        self.maintain_calendars = MaintainCalendars(
            log=ports.log, reference=self.reference, calendars=self.calendars, clock=ports.clock
        )
        self.maintain_timetables = MaintainTimetables(
            log=ports.log,
            reference=self.reference,
            numbers=self._numbers,
            plans=self.run_plans,
            clock=ports.clock,
        )
        self.sign_in = SignIn(
            log=ports.log,
            people=self.reference.people,
            pins=self._hashes,
            clock=ports.clock,
            entropy=ports.entropy,
        )

    def _for_intake(self, ports: Ports) -> None:
        """Taking dossiers in, and printing for them."""
        self.reserve_labels = ReserveLabels(log=ports.log, numbers=self._numbers, clock=ports.clock)
        self.register_dossier = RegisterDossier(
            log=ports.log,
            vault=ports.vault,
            numbers=self._numbers,
            desk=self.desk,
            calendar_of=self.calendars.of,
            clock=ports.clock,
            entropy=ports.entropy,
        )
        self.intake = CounterIntake(
            register_dossier=self.register_dossier,
            reference=self.reference,
            log=ports.log,
            vault=ports.vault,
            calendar_of=self.calendars.of,
            clock=ports.clock,
            entropy=ports.entropy,
        )
        self.documents = PaperDocuments()
        self.offline_intake = OfflineIntake(
            log=ports.log,
            numbers=self._numbers,
            register_dossier=self.register_dossier,
            reference=self.reference,
            views=ports.views,
            trust=self.trust,
            clock=ports.clock,
        )

    def _for_time(self, ports: Ports) -> None:
        """When dossiers are due, whose time it was, and what that comes to in a period."""
        self.decide_dossier = DecideDossier(
            log=ports.log,
            vault=ports.vault,
            desk=self.desk,
            calendars=self.calendars,
            offices=self.reference.offices,
            views=ports.views,
            clock=ports.clock,
        )
        measure = Measure(reference=self.reference, calendars=self.calendars)
        runs = RunsAhead(views=ports.views, plans=self.run_plans)
        self.write_apology = WriteApology(
            log=ports.log,
            vault=ports.vault,
            views=ports.views,
            reference=self.reference,
            clock=ports.clock,
        )
        self.account_for_time = AccountForTime(
            log=ports.log, views=ports.views, measure=measure, runs=runs, clock=ports.clock
        )
        self.boards = ports.boards
        self.work_list = WorkList(
            work=ports.work,
            views=ports.views,
            reference=self.reference,
            calendars=self.calendars,
            runs=runs,
            clock=ports.clock,
        )
        self.journeys = ports.journeys
        self.account_for_many = AccountForMany(views=ports.views, measure=measure)
        self.contest_charge = ContestCharge(
            log=ports.log,
            vault=ports.vault,
            account_for_time=self.account_for_time,
            reference=self.reference,
            clock=ports.clock,
        )
        self.report_parties = ReportParties(
            journeys=ports.journeys,
            account_for_many=self.account_for_many,
            views=ports.views,
            clock=ports.clock,
        )
        self.report_period = ReportPeriod(
            reports=ports.reports, procedures=self.reference.procedures, clock=ports.clock
        )

    def _for_custody(self, ports: Ports) -> None:
        """What scans come to, and what people state beside them."""
        self.trace = TraceDossier(ports.views, ports.clock)
        self.judge_scan = JudgeScan(views=ports.views, reference=self.reference)
        self.take_census = TakeCensus(ports.censuses, reference=self.reference)
        self.tell_ahead = TellAhead(manifests=ports.manifests, reference=self.reference)
        self.settle_discrepancy = SettleDiscrepancy(
            log=ports.log,
            vault=ports.vault,
            views=ports.views,
            reference=self.reference,
            clock=ports.clock,
        )
        self.stick_labels = StickLabels(
            log=ports.log,
            desk=self.desk,
            numbers=self._numbers,
            views=ports.views,
            reference=self.reference,
            clock=ports.clock,
        )
        self.state_act = StateAct(
            log=ports.log,
            vault=ports.vault,
            desk=self.desk,
            trace=self.trace,
            views=ports.views,
            reference=self.reference,
            clock=ports.clock,
        )
        self.end_shift = EndShift(
            log=ports.log,
            hands=ports.hands,
            reference=self.reference,
            desk=self.desk,
            clock=ports.clock,
            first_label=ports.views.first_label,
        )
        self.succeed_office = SucceedOffice(
            log=ports.log,
            reference=self.reference,
            enrol_station=self.enrol_station,
            desk=self.desk,
            clock=ports.clock,
        )
