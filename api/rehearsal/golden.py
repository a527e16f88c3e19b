"""Builds the log of a published row and has the report printed from it; used by `giaonhan golden`.

Both ways of writing run the counter's own use cases on a scripted clock. The ordinary one follows
each act into the read model; the bulk one gathers acts into large saves and builds the read model
at the end, and comes to the same read model byte for byte.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - one seed, so that both ways draw the same
from time import perf_counter

from adapters.signatures import Ed25519Signer
from api.composition import CONSOLE, House, open_house
from api.founding import create_house
from api.rehearsal.bulk import Chance, GatheredLog, Hands, OneApplicant
from api.rehearsal.golden_plan import (
    CENTRE,
    Planned,
    catalogue,
    departments_of,
    in_order,
    period_of,
    planned,
)
from api.rehearsal.golden_rows import Row
from domain.model.catalogue import Row as CatalogueRow
from domain.model.catalogue import Sheet
from domain.model.instants import DAY_US, Micros
from domain.model.lateness import Lateness, lateness
from domain.model.period_report import Grouping, Period, PeriodReport
from domain.model.policy import Actor, Role
from domain.ports.stores import EventLog
from domain.ports.vault import ApplicantData
from domain.use_cases.maintain_reference import OfficeDefinition
from domain.use_cases.record_scans import DeskStation
from domain.use_cases.register_dossier import RegisterDossier, Registration
from domain.use_cases.reserve_labels import NumberSource

CLERK = Actor("vidu", CENTRE, frozenset({Role.COUNTER}))
APPLICANT = ApplicantData(name="Người nộp (ví dụ)")
_ISSUER = 90_001
_GATHERED = 2_000  # entries in one save: some 10 MB
_FOLLOWED = (
    20  # acts of the ordinary way between two looks at the log; a look costs as much as five
)
_BEFORE_US = 100 * DAY_US  # the centre is founded so long before its period
_KEY_BYTES = 32
_SERVER_KEY = Path("keys", "server.ed25519")

Told = Callable[[str, int, int], None]  # hears what is done, how far, of how much


@dataclass(slots=True)
class Played:
    """A row that was played: its report, and how long each part took.

    `late` are the late results of an accounted row by their labels, with what is made public of it:
    how many procedures have their `fees` posted.
    """

    row: Row
    report: PeriodReport
    dossiers: int
    acts: int
    late: Mapping[str, Lateness] = field(default_factory=dict)
    fees: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def accounted(self) -> dict[str, int]:
        """The counts of an accounted row."""
        if not self.row.accounted:
            return {}
        named = [
            late
            for late in self.late.values()
            if late.shares and all(share.leg and share.account.kind for share in late.shares)
        ]
        exact = [
            late
            for late in named
            if sum(share.late_minutes for share in late.shares) == late.late_minutes
        ]
        return {"late_named": len(named), "late_exact": len(exact), "fees": self.fees}

    def differences(self) -> dict[str, tuple[int, int]]:
        """Counts that do not come out as planned: planned, reported."""
        found = self.report.total.counts()
        found |= {f"received_{name}": each.received for name, each in self.report.rows.items()}
        wanted = self.row.counts()
        for name, count in (self.row.departments or {}).items():
            wanted[f"received_{name}"] = count
        return {
            name: (count, found.get(name, 0))
            for name, count in wanted.items()
            if count != found.get(name, 0)
        }


def play(row: Row, directory: Path, *, ordinary: bool = False, told: Told) -> Played:
    """Write the row's log into a new house and report from it."""
    seconds: dict[str, float] = {}
    with _house(row, directory) as (house, clock, chance):
        with _timed(seconds, "plan"):
            calendar, _ = house.calendars.of(house.reference.offices()[CENTRE])
            dossiers = planned(row, calendar)
            acts = in_order(dossiers)
        with _timed(seconds, "log"):
            work = _follow if ordinary else _gather
            work(house, clock, chance, _scenes(dossiers, acts, told))
        with _timed(seconds, "read model"):
            if ordinary:
                house.catch_up()
            else:
                house.rebuild(lambda progress: told(*progress.now))
        if house.projection_fault is not None:
            raise RuntimeError(house.projection_fault)
        clock.set(period_of(row).to_us)
        with _timed(seconds, "report"):
            report = house.report_period(period_of(row), by=Grouping.DEPARTMENT)
            late, fees = _accounted(house, period_of(row)) if row.accounted else ({}, 0)
    return Played(row, report, len(dossiers), len(acts), late, fees, seconds)


def _accounted(house: House, period: Period) -> tuple[dict[str, Lateness], int]:
    """The late results with what is said of each; and the procedures whose fees anyone can see."""
    late = {}
    journeys = house.journeys.of_period(period)
    for each in house.account_for_many(journeys, at_us=period.to_us):
        found = lateness(each.charged, each.case.calendar)
        if found is not None and found.finished:
            late[each.journey.label] = found
    page = house.reference.procedures().values()
    return late, sum(each.versions[-1].fee_vnd > 0 for each in page)


@contextmanager
def _house(row: Row, directory: Path) -> Iterator[tuple[House, Hands, Chance]]:
    """A centre with the row's departments and catalogue, and nothing in it."""
    clock = Hands(period_of(row).from_us - _BEFORE_US)
    chance = Chance(row.id)
    create_house(directory, demo=True, clock=clock, entropy=chance)
    (directory / _SERVER_KEY).write_bytes(Random(f"{row.id}/key").randbytes(_KEY_BYTES))
    house = open_house(directory, clock=clock, entropy=chance)
    try:
        for number, code in enumerate([CENTRE, *departments_of(row)]):
            office = OfficeDefinition(
                code=code,
                issuer=_ISSUER + number,
                name_vi=f"Cơ quan {code} (ví dụ)",
                name_en=f"Department {code} (example)",
            )
            house.reference.define_office(office, actor=CONSOLE)
        procedures = enumerate(catalogue(row).items(), start=1)
        sheet = Sheet([CatalogueRow(line, code, terms) for line, (code, terms) in procedures])
        house.reference.define_procedures(sheet, actor=CONSOLE)
        yield house, clock, chance
    finally:
        house.close()


Scene = tuple[Micros, Planned, int, list[str]]  # the last is empty, then has the label


def _scenes(
    dossiers: Sequence[Planned], acts: Sequence[tuple[Micros, int, int]], told: Told
) -> Iterator[Scene]:
    """Act by act: the instant, the dossier, its step, and where its label is kept."""
    labels: list[list[str]] = [[] for _ in dossiers]
    for done, (at_us, number, place) in enumerate(acts):
        if done % 100 == 0:
            told("log", done, len(acts))
        yield at_us, dossiers[number], place, labels[number]


def _follow(house: House, clock: Hands, _chance: Chance, scenes: Iterable[Scene]) -> None:
    """The ordinary way: every act a save of its own, followed by the projection."""
    for done, scene in enumerate(scenes):
        _act(scene, clock, register=house.register_dossier, desk=house.desk, log=house.log)
        if done % _FOLLOWED == 0:
            house.catch_up()


def _gather(house: House, clock: Hands, chance: Chance, scenes: Iterable[Scene]) -> None:
    """The bulk way: the same use cases on a log that gathers."""
    log = GatheredLog(house.log)
    signer = Ed25519Signer((house.data_dir / _SERVER_KEY).read_bytes())
    desk = DeskStation(log=log, signer=signer, clock=clock)
    register = RegisterDossier(
        log=log,
        vault=OneApplicant(house.vault),
        numbers=NumberSource(log),
        desk=desk,
        calendar_of=house.calendars.of,
        clock=clock,
        entropy=chance,
    )
    for scene in scenes:
        _act(scene, clock, register=register, desk=desk, log=log)
    log.flush()


def _act(
    scene: Scene, clock: Hands, *, register: RegisterDossier, desk: DeskStation, log: EventLog
) -> None:
    at_us, dossier, place, label = scene
    clock.set(at_us)
    if place == 0:
        applied = Registration(
            procedure=dossier.procedure,
            office=CENTRE,
            applicant=APPLICANT,
            paper=not dossier.online,
        )
        label.append(register(applied, actor=CLERK).label)
        return
    step = dossier.steps[place - 1]
    stated = desk.state(
        step.fact, label[0], step.context, operator=CLERK.person, office=step.office
    )
    log.save(entries=[stated])


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds[name] = perf_counter() - start
