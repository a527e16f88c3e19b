"""A year of a one-stop centre, act by act and day by day, from one seed; `api.rehearsal.year` acts.

Papers are taken in at the counters, travel in pouches by two courier runs a day to a department,
are worked on, travel back and are fetched. Now and then one is missing, a seal is not the one that
was written down, a run is not driven, a term is not kept, somebody scans the wrong thing.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from random import Random  # noqa: TID251 - one seed, so that a year can be made again
from typing import Any

from domain.model.instants import MINUTE_US, SECOND_US, Micros
from domain.model.labels import Kind, Label
from domain.model.office_hours import Day
from domain.model.working_time import minute_at, to_us

CENTRE = "TTHC"
ISSUER = 90_001  # the centre's; the offices' numbers follow
IN_A_POUCH = 30
_WORKING_DAYS = 245  # on which a full year's dossiers come in
_TAIL_DAYS = 5  # working days after the last intake: work goes on
_TRIPS = (9 * 60, 14 * 60 + 30)  # when a courier leaves the centre
_PACKED_BEFORE = 40  # minutes: what comes later waits for the next trip
_BETWEEN_STOPS = 12
_FETCHED_AFTER_DAYS = (0, 0, 1, 1, 2, 3, 5, 8, None)  # working days; None: not in this year
_WORK = (("StepStarted", "StepFinished"), ("StepStarted", "StepFinished"), ("ResultIssued",))
_CLOSES = 985  # a little before, in minutes after midnight
_FILLING_US = 130 * SECOND_US  # until a pouch is sealed
_SPECIALISTS = 8  # of each department
_SEALS = 1_000_000
_YEAR = 25

# Shares of all, as they are in a good year.
_ONLINE, _LATE, _EARLY, _RATED = 0.07, 0.02, 0.6, 0.3
_MISSING, _FOUND, _UNDONE, _PUT_RIGHT, _DAMAGED = 0.002, 0.8, 0.001, 0.0005, 0.001
_UNRELEASED, _OTHER_SEAL, _NOT_DRIVEN = 0.01, 0.003, 0.005


@dataclass(frozen=True, slots=True)
class Size:
    """How big a centre is: what it takes in over a year, and who works there."""

    dossiers: int
    departments: int
    routes: int
    counters: int
    packers: int
    procedures: int


SIZES = {
    "province-year": Size(615_000, 20, 5, 16, 4, 1_490),
    "commune-year": Size(62_000, 4, 1, 4, 1, 300),
}


@dataclass(eq=False, slots=True)
class Paper:
    """A dossier on its way; the label is told when it is registered."""

    department: str
    procedure: str
    term_days: int  # 0: on the spot
    online: bool = False
    label: str = ""


@dataclass(eq=False, slots=True)
class Act:
    """One scan at a station, or a registration (`station` empty); `key` once it is written.

    In the context an `Act` stands for its key.
    """

    at_us: Micros
    station: str
    office: str
    operator: str
    fact: str
    subject: Paper | str
    context: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


By = tuple[str, str, str]  # station, party, operator


@dataclass(frozen=True, slots=True)
class Route:
    """One courier: his offices in the order of his stops, and the card of each trip."""

    code: str
    courier: str
    stops: Sequence[str]
    cards: Sequence[str]

    @property
    def phone(self) -> str:
        """His scanning station."""
        return f"DT-{self.code}"

    @property
    def by(self) -> By:
        """How he states something."""
        return self.phone, self.courier, self.courier.partition(":")[2]


@dataclass(frozen=True, slots=True)
class _Trip:
    """One run of a day; `late` in minutes."""

    route: Route
    number: int
    late: int

    @property
    def card(self) -> str:
        return self.route.cards[self.number]

    def minute(self, stop: int) -> int:
        """When he is there, as it turned out."""
        return stop_minute(self.number, stop) + self.late


@dataclass(frozen=True, slots=True)
class _Bag:
    """A sealed pouch on its way."""

    label: str
    seal: str
    papers: Sequence[Paper]


def departments_of(size: Size) -> list[str]:
    """Their codes."""
    return [f"SO{number:02d}" for number in range(1, size.departments + 1)]


def stations_of(size: Size) -> dict[str, str]:
    """The purpose of each scanning station but the phones, by code."""
    found = {f"QUAY-{number:02d}": "counter" for number in range(1, size.counters + 1)}
    found |= {f"GIAO-{number}": "counter" for number in range(1, size.packers + 1)}
    return found | {f"TR-{code}": "department" for code in departments_of(size)}


def stops_of(size: Size) -> list[list[str]]:
    """The departments of each route."""
    codes = departments_of(size)
    return [codes[route :: size.routes] for route in range(size.routes)]


def stop_minute(trip: int, stop: int) -> int:
    """When a courier is at his n-th stop, the centre being the first; minutes after midnight."""
    return _TRIPS[trip] + _BETWEEN_STOPS * stop


def procedure_code(number: int) -> str:
    """The n-th of the catalogue."""
    return f"TT-{number:04d}"


def term_of(number: int) -> int:
    """Working days of the n-th procedure; 0: decided on the spot."""
    return 0 if number % 12 == 0 else (3, 5, 5, 7, 10, 15)[number % 6]


class Year:
    """Goes through the working days, `days` being those on which the centre is open."""

    def __init__(
        self, size: Size, routes: Sequence[Route], days: Sequence[Day], *, dossiers: int, seed: int
    ) -> None:
        self._size, self._routes, self._days = size, routes, days
        self._left = dossiers
        self._draw = Random(f"{seed}/year")
        self._departments = departments_of(size)
        self._due: dict[int, list[Act]] = defaultdict(list)  # what is to be done, by day's place
        self._out: dict[str, list[tuple[Micros, Paper]]] = defaultdict(list)  # ready to go there
        self._back: dict[str, list[tuple[Micros, Paper]]] = defaultdict(list)  # ready to go back
        # Empty pouches by where they lie, the first since the earliest.
        self._lying: dict[tuple[str, str], deque[tuple[Micros, str]]] = defaultdict(deque)
        self._bags = 0
        self._today = 0
        self._acts: list[Act] = []

    def each_day(self) -> Iterator[list[Act]]:
        """The acts of each day in the order of time, until some days after the last intake."""
        tail = _TAIL_DAYS
        for today in range(len(self._days)):
            self._today = today
            tail -= not self._left
            if tail < 0:
                return
            self._acts = self._due.pop(self._today, [])
            self._take_in()
            for number in range(len(_TRIPS)):
                for route in self._routes:
                    if self._draw.random() >= _NOT_DRIVEN:
                        late = self._draw.choice((0, 0, 0, 0, 2, 4, 9, 22))
                        self._drive(_Trip(route, number, late))
            yield sorted(self._acts, key=attrgetter("at_us"))

    def _at(self, minute: float, *, on: int | None = None) -> Micros:
        """An instant of today, or of another working day, in whole milliseconds."""
        day = self._days[self._today if on is None else on]
        return to_us(minute_at(day, 0)) + int(minute * 60_000) * 1000

    def _say(self, at_us: Micros, by: By, fact: str, what: Paper | str, **context: Any) -> Act:
        act = Act(at_us, *by, fact, what, context)
        self._acts.append(act)
        return act

    def _plan(self, on: int, act: Act) -> None:
        (self._acts if on == self._today else self._due[on]).append(act)

    # -- at the counters

    def _take_in(self) -> None:
        draw, size = self._draw, self._size
        many = round(size.dossiers / _WORKING_DAYS * draw.uniform(0.85, 1.15))
        many = min(many, self._left)
        self._left -= many
        for _ in range(many):
            number = draw.randrange(size.procedures)
            department = self._departments[number % len(self._departments)]
            online = draw.random() < _ONLINE
            paper = Paper(department, procedure_code(number), term_of(number), online=online)
            minute = draw.uniform(453, 670) if draw.random() < 0.55 else draw.uniform(783, 985)
            self._register(paper, self._at(minute), self._counter())

    def _counter(self) -> By:
        number = self._draw.randint(1, self._size.counters)
        return f"QUAY-{number:02d}", CENTRE, f"cb{number:02d}"

    def _register(self, paper: Paper, at_us: Micros, by: By) -> None:
        self._say(at_us, ("", *by[1:]), "Registered", paper)
        if paper.online:
            self._work(paper, self._today, by)
            return
        at_us += self._draw.randint(60, 240) * SECOND_US
        self._say(at_us, by, "Digitised", paper)
        if paper.term_days:
            self._out[paper.department].append((at_us, paper))
            return
        for minutes, fact in ((2, "StepStarted"), (9, "StepFinished"), (11, "ResultIssued")):
            self._say(at_us + minutes * MINUTE_US, by, fact, paper)
        self._hand_over(paper, at_us + 13 * MINUTE_US, self._today, by)

    def _hand_over(self, paper: Paper, at_us: Micros, on: int, by: By) -> None:
        self._plan(on, Act(at_us, *by, "Returned", paper))
        if self._draw.random() < _RATED:
            word = "hai-long" if self._draw.random() < 0.1 else "rat-hai-long"
            self._plan(on, Act(at_us + 40 * SECOND_US, *by, "Rated", paper, {"reason": word}))

    def _fetch(self, paper: Paper, ready_us: Micros, on: int) -> None:
        """The citizen comes at once or some days later, if he comes."""
        after = self._draw.choice(_FETCHED_AFTER_DAYS)
        at_us = ready_us + 10 * MINUTE_US
        if after == 0 and at_us > self._at(_CLOSES, on=on):
            after = 1
        if after is None or on + after >= len(self._days):
            return
        if after:
            at_us = self._at(self._draw.uniform(455, _CLOSES), on=on + after)
        self._hand_over(paper, at_us, on + after, self._counter())

    # -- on the road

    def _drive(self, trip: _Trip) -> None:
        """Out with papers to each stop, back with the results that lay ready there."""
        route, courier = trip.route, trip.route.by
        out = {office: self._pack(office, CENTRE, trip, 0) for office in route.stops}
        departs_us = self._at(trip.minute(0))
        self._say(departs_us, courier, "RunDeparted", trip.card, place=CENTRE)
        back: list[_Bag] = []
        for stop, office in enumerate(route.stops, start=1):
            at_us = self._at(trip.minute(stop))
            self._say(at_us, courier, "StopReached", trip.card, place=office)
            for bag in out[office]:
                at_us = self._receive(bag, at_us, _clerks(office), trip)
            back += self._pack(office, office, trip, stop)
        at_us = self._at(trip.minute(len(route.stops) + 1))
        self._say(at_us, courier, "RunCompleted", trip.card, place=CENTRE)
        for number, bag in enumerate(back):
            at_us = self._receive(bag, at_us, self._packer(number), trip)

    def _packer(self, number: int) -> By:
        station = f"GIAO-{1 + number % self._size.packers}"
        return station, CENTRE, station.lower()

    def _pack(self, department: str, office: str, trip: _Trip, stop: int) -> list[_Bag]:
        """Fill pouches with what is ready, seal them and give them to the courier."""
        waiting = (self._out if office == CENTRE else self._back)[department]
        begins_us = self._at(stop_minute(trip.number, stop) - _PACKED_BEFORE)
        ready = [paper for at_us, paper in waiting if at_us <= begins_us]
        waiting[:] = [one for one in waiting if one[0] > begins_us]
        taken_us = self._at(trip.minute(stop) + (3 if stop else -4))
        made = []
        for number, start in enumerate(range(0, len(ready), IN_A_POUCH)):
            papers = ready[start : start + IN_A_POUCH]
            by = self._packer(number) if office == CENTRE else _clerks(office)
            taken_us += SECOND_US
            at_us = min(begins_us + number * 2 * _FILLING_US, taken_us - _FILLING_US)
            bag = _Bag(self._bag((office, department), at_us), self._seal(), papers)
            self._fill(bag, at_us, by)
            at_us += _FILLING_US - 10 * SECOND_US
            to = department if office == CENTRE else CENTRE
            self._say(at_us, by, "Sealed", bag.label, seal=bag.seal, to=to)
            if self._draw.random() >= _UNRELEASED:
                told = {"counterpart": trip.route.courier, "run": trip.card}
                self._say(taken_us - 5 * SECOND_US, by, "Released", bag.label, **told)
            self._say(taken_us, trip.route.by, "Accepted", bag.label, run=trip.card)
            made.append(bag)
        return made

    def _fill(self, bag: _Bag, at_us: Micros, by: By) -> None:
        self._say(at_us, by, "Opened", bag.label)
        pause_us = (_FILLING_US - 20 * SECOND_US) // len(bag.papers)
        for number, paper in enumerate(bag.papers, start=1):
            self._say(at_us + number * pause_us, by, "Packed", paper, pouch=bag.label)

    def _receive(self, bag: _Bag, at_us: Micros, by: By, trip: _Trip) -> Micros:
        """Take a pouch from the courier and check what is in it; when that is done."""
        draw, label, seal = self._draw, bag.label, bag.seal
        told = {"counterpart": by[1], "run": trip.card}
        self._say(at_us, trip.route.by, "Released", label, **told)
        if draw.random() < _OTHER_SEAL:
            seal = self._seal()
        self._say(at_us + 30 * SECOND_US, by, "Accepted", label, seal=seal)
        at_us += 50 * SECOND_US
        self._say(at_us, by, "Unsealed", label, seal=seal)
        for paper in bag.papers:
            at_us += draw.randint(2, 4) * SECOND_US
            if draw.random() >= _MISSING:
                self._say(at_us, by, "Received", paper, pouch=label)
                self._arrived(paper, at_us + 25 * MINUTE_US, self._today, by)
            elif draw.random() < _FOUND and self._today + 1 < len(self._days):
                self._turn_up(paper, by)
        at_us += 5 * SECOND_US
        self._say(at_us, by, "Closed", label)
        self._lying[by[1], bag.papers[0].department].append((at_us, label))
        return at_us

    def _turn_up(self, paper: Paper, by: By) -> None:
        """The next morning, behind a cupboard."""
        at_us, on = self._at(485, on=self._today + 1), self._today + 1
        self._plan(on, Act(at_us, *by, "Received", paper))
        self._arrived(paper, at_us + 25 * MINUTE_US, on, by)

    def _bag(self, where: tuple[str, str], at_us: Micros) -> str:
        """A pouch that lies there, or a new one."""
        lying = self._lying[where]
        if lying and lying[0][0] < at_us:
            return lying.popleft()[1]
        self._bags += 1
        return str(Label(Kind.POUCH, ISSUER, _YEAR, self._bags))

    def _seal(self) -> str:
        return f"{self._draw.randrange(_SEALS):06d}"

    # -- where it is worked on

    def _arrived(self, paper: Paper, at_us: Micros, on: int, by: By) -> None:
        """Put in its place: on a desk to be worked on, or on the shelf of results."""
        here = by[1] == CENTRE
        shelf = f"ke-{self._draw.randint(1, 12)}" if here else f"ban-{self._draw.randint(1, 6)}"
        moved = Act(at_us, *by, "Moved", paper, {"place": shelf})
        self._plan(on, moved)
        slip = self._draw.random()
        told: dict[str, Any] = {"target": moved}
        if slip < _UNDONE:
            self._plan(on, Act(at_us + 20 * SECOND_US, *by, "Undone", paper, told))
        elif slip < _UNDONE + _PUT_RIGHT:
            told |= {"kind": "was_wrong", "set": {"place": "ban-9"}, "reason": "quet-nham"}
            self._plan(on, Act(at_us + 90 * MINUTE_US, *by, "Corrected", paper, told))
        elif slip < _UNDONE + _PUT_RIGHT + _DAMAGED:
            self._plan(on, Act(at_us + MINUTE_US, *by, "Damaged", paper, {"reason": "rach"}))
        if here:
            self._fetch(paper, at_us, on)
        else:
            number = self._draw.randint(1, _SPECIALISTS)
            station, party, _ = by
            self._work(paper, on, (station, party, f"cv-{party.lower()}-{number}"))

    def _work(self, paper: Paper, on: int, by: By) -> None:
        """Two steps and the result, on days that keep the term or do not."""
        draw = self._draw
        lot, term = draw.random(), max(paper.term_days, 3)
        takes = term - 1
        if lot < _EARLY:
            takes = draw.randint(1, term - 2)
        elif lot > 1 - _LATE:
            takes = term + draw.randint(0, 4)
        for third, facts in enumerate(_WORK):
            day = on + max(1, takes * (third + 1) // len(_WORK))
            if day >= len(self._days):
                return
            # On one day the steps come one after another, the later in a later part of the day.
            at_us = self._at(470 + 165 * third + draw.uniform(0, 130), on=day)
            for number, fact in enumerate(facts):
                self._plan(day, Act(at_us + number * 17 * MINUTE_US, *by, fact, paper))
        if paper.online:
            self._fetch(paper, at_us, day)
        else:
            self._back[by[1]].append((at_us, paper))


def _clerks(office: str) -> By:
    """Who receives and packs at a department."""
    return f"TR-{office}", office, f"tr-{office.lower()}"
