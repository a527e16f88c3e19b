"""Fills a house with the year of a centre: signed entries of chained journals; for `giaonhan fill`.

Both ways of writing follow one plan. The ordinary one registers and takes in batches of scans as a
server does; the bulk one gathers what those would save, writes it by thousands and leaves the read
model to a rebuild. Events and read model are the same (`tests/simulation/test_year.py`).
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random  # noqa: TID251 - one seed, so that a year can be made again
from typing import Protocol

from adapters.read_model.engine import write_engine
from adapters.read_model.tables import LIVE
from adapters.signatures import Ed25519Signer
from api.composition import CONSOLE, House, open_house
from api.databases import KEYS, open_stores
from api.founding import create_house
from api.rehearsal.bulk import Chance, GatheredLog, Hands, OneApplicant
from api.rehearsal.year_plan import (
    CENTRE,
    ISSUER,
    SIZES,
    Act,
    Paper,
    Route,
    Size,
    Year,
    departments_of,
    procedure_code,
    stations_of,
    stop_minute,
    stops_of,
    term_of,
)
from domain.model.catalogue import Row, Sheet
from domain.model.decision import moment
from domain.model.entry import FIRST_PREVIOUS, Algorithm, Checkpoint, Entry, unsigned_entry
from domain.model.entry import entry_digest as digest_of
from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, Micros, parse_instant
from domain.model.office_hours import Day
from domain.model.planned_runs import clock as time_of_day
from domain.model.policy import Actor, Role
from domain.model.procedure import Terms
from domain.model.station import Station, station_id
from domain.model.timetable_sheet import StopRow
from domain.model.working_time import split
from domain.ports.stores import EventLog, RecordedEntry
from domain.ports.vault import ApplicantData, Vault
from domain.use_cases.maintain_reference import OfficeDefinition, PersonDefinition
from domain.use_cases.one_time import hash_of
from domain.use_cases.record_scans import MOST_ENTRIES, DeskStation, SentEntry
from domain.use_cases.register_dossier import RegisterDossier, Registration
from domain.use_cases.reserve_labels import NumberSource

FROM_US = parse_instant("2025-01-01T00:00:00+07:00")
TO_US = parse_instant("2026-01-01T00:00:00+07:00")
APPLICANT = ApplicantData(name="Người nộp (ví dụ)")
_FOUNDED_US = FROM_US - 20 * DAY_US
_SENT_EVERY_US = 15 * MINUTE_US
_OFFLINE, _OFFLINE_US = 0.03, 2 * 60 * MINUTE_US  # how often a phone is, when it sends; how long
_KEY_BYTES = 32

__all__ = ["SIZES", "Filled", "fill"]
Told = Callable[[str, int, int], None]  # hears what is done, how far, of how much


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written: dossiers and facts; the centre's clock stands at `until_us`."""

    dossiers: int
    facts: int
    until_us: Micros


class Taker(Protocol):
    """Who takes in what people and stations do."""

    def register(self, registration: Registration, *, actor: Actor) -> str:
        """The label of a new dossier."""
        ...

    def take(self, station: str, entries: Sequence[Entry], at_us: Micros) -> Checkpoint:
        """One batch of a station; the server's word on it."""
        ...


def fill(
    directory: Path,
    size: Size,
    *,
    dossiers: int,
    seed: int = 1,
    ordinary: bool = False,
    told: Told = lambda _what, _done, _total: None,
) -> Filled:
    """Make a house and write so many dossiers' year into its log; raises as `create_house` does.

    The bulk way leaves a house without read model: who opens it next has it built.
    """
    with founded(directory, seed) as (house, clock, chance):
        routes = _furnish(house, size, seed)
        calendar, _ = house.calendars.of(house.reference.offices()[CENTRE])
        days = list(_days(calendar.counted_after))
        year = Year(size, routes, days, dossiers=dossiers, seed=seed)
        phones = {route.phone for route in routes}
        devices = [
            _Device(code, seed, phone=code in phones) for code in (*stations_of(size), *phones)
        ]
        if ordinary:
            line = _Line(_Ordinary(house, clock), devices, clock)
            _play(line, year, dossiers, told)
            house.catch_up()
    if not ordinary:
        with _bulk(directory, clock, chance) as taker:
            line = _Line(taker, devices, clock)
            _play(line, year, dossiers, told)
    return Filled(line.dossiers, line.facts, clock.now_us())


def _play(line: "_Line", year: Year, dossiers: int, told: Told) -> None:
    for acts in year.each_day():
        line.play(acts)
        told("dossiers", line.dossiers, dossiers)


@contextmanager
def founded(directory: Path, seed: int) -> Iterator[tuple[House, Hands, Chance]]:
    """A new house whose clock stands some weeks before the year, and which draws from the seed."""
    clock, chance = Hands(_FOUNDED_US), Chance(f"{seed}/year")
    create_house(directory, demo=True, clock=clock, entropy=chance)
    house = open_house(directory, clock=clock, entropy=chance)
    try:
        yield house, clock, chance
    finally:
        house.close()


def _key(station: str, seed: int) -> bytes:
    return Random(f"{seed}/{station}/key").randbytes(_KEY_BYTES)


def _days(counted_after: Callable[[Day, int], Day]) -> Iterator[Day]:
    """The working days of the year."""
    day, last = (split(at_us // MINUTE_US)[0] for at_us in (FROM_US - 1, TO_US - 1))
    while (day := counted_after(day, 1)) <= last:
        yield day


# -- who is there


def _furnish(house: House, size: Size, seed: int) -> list[Route]:
    """Offices, catalogue, people, timetable and stations; the routes with their printed cards."""
    for number, code in enumerate([CENTRE, *departments_of(size)]):
        office = OfficeDefinition(
            code=code,
            issuer=ISSUER + number,
            name_vi=f"Cơ quan {code} (ví dụ)",
            name_en=f"Department {code} (example)",
        )
        house.reference.define_office(office, actor=CONSOLE)
    rows = [
        Row(number + 1, procedure_code(number), _terms(number, size))
        for number in range(size.procedures)
    ]
    house.reference.define_procedures(Sheet(rows), actor=CONSOLE)
    house.maintain_timetables.publish(list(_timetable(size)), actor=CONSOLE)
    for person in _people(size):
        house.reference.define_person(person, actor=CONSOLE)
    routes = [_route(house, number, stops) for number, stops in enumerate(stops_of(size))]
    purposes = stations_of(size) | {route.phone: "courier" for route in routes}
    for code, purpose in purposes.items():
        house.log.save(_station(code, purpose, _key(code, seed)))
    house.catch_up()
    return routes


def _terms(number: int, size: Size) -> Terms:
    days, departments = term_of(number), departments_of(size)
    return Terms(
        effective_from_us=0,
        title_vi=f"Thủ tục ví dụ {number}",
        title_en=f"Example procedure {number}",
        field=f"lv-{number % 53 + 1:03d}",
        department=departments[number % len(departments)],
        term_unit="working_day" if days else "working_hour",
        term_value=days or 4,
        cutoff=None,
        supplement="pause",
        pieces=(),
        fee_vnd=20_000,
        legs_minutes=(),
        steps_minutes=(),
        example=True,
        on_the_spot=not days,
    )


def _timetable(size: Size) -> Iterator[StopRow]:
    """Each route leaves the centre twice a day, and comes back."""
    line = 0
    for number, stops in enumerate(stops_of(size), start=1):
        for trip in range(2):
            for stop, office in enumerate([CENTRE, *stops, CENTRE]):
                line += 1
                yield StopRow(
                    line=line,
                    route=f"T{number}",
                    slot=str(trip + 1),
                    name_vi=f"Tuyến {number} (ví dụ)",
                    name_en=f"Route {number} (example)",
                    calendar_office=CENTRE,
                    effective_from="2025-01-01",
                    courier=f"courier:BT{number}",
                    office=office,
                    at=time_of_day(stop_minute(trip, stop)),
                )


def _route(house: House, number: int, stops: Sequence[str]) -> Route:
    code = f"T{number + 1}"
    slots = house.run_plans.timetables()[code].route.cards
    cards = sorted(slots, key=slots.__getitem__)
    return Route(code, f"courier:BT{number + 1}", stops, cards)


def _people(size: Size) -> Iterator[PersonDefinition]:
    def person(code: str, party: str, role: Role) -> PersonDefinition:
        return PersonDefinition(code=code, party=party, roles=frozenset({role}), issuer=ISSUER)

    for number in range(1, size.counters + 1):
        yield person(f"cb{number:02d}", CENTRE, Role.COUNTER)
    for number in range(1, size.routes + 1):
        yield person(f"BT{number}", f"courier:BT{number}", Role.COURIER)
    for code in departments_of(size):
        yield person(f"tr-{code.lower()}", code, Role.DEPARTMENT)


def _station(code: str, purpose: str, private_key: bytes) -> Station:
    station = Station(
        id=station_id(code),
        timestamp=moment(_FOUNDED_US),
        code=code,
        office=CENTRE,
        purpose=purpose,
        invite_hash=hash_of(code),
        expires_us=_FOUNDED_US + 1,
    )
    station.enrol(
        invite_hash=hash_of(code),
        public_key=Ed25519Signer(private_key).public_key,
        algorithm=Algorithm.ED25519,
        now_us=_FOUNDED_US,
        timestamp=moment(_FOUNDED_US),
    )
    return station


# -- what they write


@dataclass(slots=True)
class _Device:
    """A scanning station with its journal: what it has not sent yet, and the chain's end."""

    code: str
    seed: int
    phone: bool
    unsent: list[Entry] = field(default_factory=list)
    offline_until_us: Micros = 0
    _seq: int = 0
    _prev: str = FIRST_PREVIOUS
    _checkpoint: Checkpoint | None = None
    _signer: Ed25519Signer = field(init=False)
    _draw: Random = field(init=False)

    def __post_init__(self) -> None:
        self._signer = Ed25519Signer(_key(self.code, self.seed))
        self._draw = Random(f"{self.seed}/{self.code}/network")

    def write(self, act: Act) -> None:
        """The next entry of the journal."""
        self._seq += 1
        fact = Fact(
            fact=act.fact,
            subject=act.subject.label if isinstance(act.subject, Paper) else act.subject,
            at_us=act.at_us,
            station=self.code,
            seq=self._seq,
            operator=act.operator,
            office=act.office,
            context={
                name: value.key if isinstance(value, Act) else value
                for name, value in act.context.items()
            },
        )
        act.key = fact.key
        prev, checkpoint = self._prev, self._checkpoint
        boot, mono_ms = f"{self.code}-1", (act.at_us - _FOUNDED_US) // 1000
        unsigned = unsigned_entry(
            fact, prev=prev, boot=boot, mono_ms=mono_ms, offset_ms=0, checkpoint=checkpoint
        )
        raw = unsigned + self._signer.sign(unsigned)
        self._prev = digest_of(raw)
        self.unsent.append(
            Entry(
                raw=raw,
                algorithm=Algorithm.ED25519,
                prev=prev,
                boot=boot,
                mono_ms=mono_ms,
                offset_ms=0,
                checkpoint=checkpoint,
                fact=replace(fact, digest=self._prev),
            )
        )

    def send(self, taker: Taker, at_us: Micros) -> None:
        """All that has not been sent, unless there is no network."""
        if at_us < self.offline_until_us:
            return
        if self.phone and self._draw.random() < _OFFLINE:
            self.offline_until_us = at_us + _OFFLINE_US
            return
        for start in range(0, len(self.unsent), MOST_ENTRIES):
            batch = self.unsent[start : start + MOST_ENTRIES]
            self._checkpoint = taker.take(self.code, batch, at_us)
        self.unsent = []


class _Line:
    """Plays acts in the order of time; every quarter of an hour the stations send."""

    def __init__(self, taker: Taker, devices: Iterable[_Device], clock: Hands) -> None:
        self._taker, self._clock = taker, clock
        self._devices = {device.code: device for device in devices}
        self.dossiers = self.facts = 0

    def play(self, acts: Sequence[Act]) -> None:
        """A day's."""
        if not acts:
            return
        sent_us = acts[0].at_us // _SENT_EVERY_US * _SENT_EVERY_US + _SENT_EVERY_US
        for act in acts:
            while act.at_us >= sent_us:
                self._send(sent_us)
                sent_us += _SENT_EVERY_US
            self.facts += 1
            if act.station:
                self._devices[act.station].write(act)
            else:
                self._register(act)
        while any(device.unsent for device in self._devices.values()):
            self._send(sent_us)
            sent_us += _SENT_EVERY_US

    def _send(self, at_us: Micros) -> None:
        self._clock.set(at_us)
        for device in self._devices.values():
            if device.unsent:
                device.send(self._taker, at_us)

    def _register(self, act: Act) -> None:
        paper = act.subject
        if not isinstance(paper, Paper):
            raise TypeError(paper)
        self._clock.set(act.at_us)
        applied = Registration(
            procedure=paper.procedure,
            office=CENTRE,
            applicant=APPLICANT,
            paper=not paper.online,
        )
        clerk = Actor(act.operator, CENTRE, frozenset({Role.COUNTER}))
        paper.label = self._taker.register(applied, actor=clerk)
        self.dossiers += 1


# -- who takes it in


class _Ordinary:
    """Every registration and batch a save of its own, signatures checked, as the server does it."""

    def __init__(self, house: House, clock: Hands) -> None:
        self._house, self._clock = house, clock

    def register(self, registration: Registration, *, actor: Actor) -> str:
        """See `Taker`."""
        return self._house.register_dossier(registration, actor=actor).label

    def take(self, station: str, entries: Sequence[Entry], at_us: Micros) -> Checkpoint:
        """See `Taker`."""
        self._clock.set(at_us)
        sent = [SentEntry(each.fact.epoch, each.fact.seq, each.raw) for each in entries]
        answer = self._house.record_scans(station, sent)
        if any(each.outcome != "recorded" or each.code for each in answer.answers):
            raise RuntimeError(answer)
        return answer.checkpoint


class _Bulk:
    """The counter's use case on a log that gathers; what stations wrote is theirs for certain."""

    def __init__(
        self, house: House, log: EventLog, vault: Vault, clock: Hands, chance: Chance
    ) -> None:
        self._log = log
        self._signer = Ed25519Signer((house.data_dir / KEYS / "server.ed25519").read_bytes())
        self._register = RegisterDossier(
            log=log,
            vault=OneApplicant(vault),
            numbers=NumberSource(log),
            desk=DeskStation(log=log, signer=self._signer, clock=clock),
            calendar_of=house.calendars.of,
            clock=clock,
            entropy=chance,
        )

    def register(self, registration: Registration, *, actor: Actor) -> str:
        """See `Taker`."""
        return self._register(registration, actor=actor).label

    def take(self, station: str, entries: Sequence[Entry], at_us: Micros) -> Checkpoint:
        """See `Taker`."""
        self._log.save(entries=[_recorded(entry, at_us) for entry in entries])
        seq = entries[-1].fact.seq
        word = Checkpoint(station, 1, seq, at_us, signature="")
        signature = base64.b64encode(self._signer.sign(word.signed_bytes())).decode()
        return replace(word, signature=signature)


def _recorded(entry: Entry, at_us: Micros) -> RecordedEntry:
    word = entry.checkpoint
    not_before_us = None if word is None else word.at_us
    return RecordedEntry(entry=entry, recorded_at_us=at_us, not_before_us=not_before_us)


@contextmanager
def _bulk(directory: Path, clock: Hands, chance: Chance) -> Iterator[_Bulk]:
    """On a house that nobody else has open."""
    with ExitStack() as opened:
        other = Chance("vault")  # so that registrations draw what they would have drawn
        house = open_house(directory, clock=clock, entropy=other, writer=False)
        opened.callback(house.close)
        key = (directory / KEYS / "vault.key").read_bytes()
        log, vault = open_stores(house.source, key=key, entropy=other, writer=True)
        opened.callback(log.close)
        opened.callback(vault.close)
        if isinstance(house.source, str):
            from adapters.event_store.postgres_bulk import BulkPostgresLog

            log = BulkPostgresLog(house.source)
            opened.callback(log.close)
        gathered = GatheredLog(log)
        yield _Bulk(house, gathered, vault, clock, chance)
        gathered.flush()
        engine = write_engine(house.source)
        LIVE.metadata.drop_all(engine)
        engine.dispose()
