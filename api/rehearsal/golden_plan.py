"""Instants and movements of a centre that comes to given totals; used by `golden`.

A plan says when papers move and nothing else: a dossier that is to be early is brought back before
the date that its procedure's rule gives, one that is to be open is not brought back.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from random import Random  # noqa: TID251 - one seed, the row's own name

from api.rehearsal.golden_rows import Row
from api.report_sheet import days
from domain.model.instants import MINUTE_US, Micros
from domain.model.period_report import Period
from domain.model.procedure import Terms
from domain.model.working_time import Calendar, minute_at, split, to_us

CENTRE = "TTHC"
_BEFORE_DAYS = 90  # of the calendar, for what is carried over
_ON_THE_SPOT_HOURS = 4
_LAST_MINUTE = 470  # of a day of 480: after the close it would count as the next day's
_FEE_VND = 20_000
# How often, and when in percent of its time a dossier is taken, arrives, is issued and fetched.
_SLOW = (
    (6, (5, 10, 90, 95)),  # the department takes long
    (2, (50, 55, 90, 95)),  # nobody fetches it at the centre
    (1, (5, 50, 90, 95)),  # it is long on its way out
    (1, (5, 10, 50, 55)),  # it is long on its way back
)
# Of a term, in minutes: the department has what the other legs leave.
_BUDGETS = {"centre": 240, "courier_out": 240, "courier_back": 240, "return": 120}
_ON_THE_SPOT = 0.3  # of the new that are on time, where there is such a procedure
_OVERDUE = 0.05  # of the open
_FETCHED_AFTER_DAYS = (0, 0, 1, 1, 2, 3, 5, 8)


@dataclass(frozen=True, slots=True)
class Step:
    """What is scanned of a dossier, when, and by which office."""

    at_us: Micros
    fact: str
    office: str
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """One dossier: what is applied for, how, when, and what moves then."""

    procedure: str
    online: bool
    received_us: Micros
    steps: tuple[Step, ...]


def period_of(row: Row) -> Period:
    """Its days, the last one included."""
    return days(row.first, row.last)


def catalogue(row: Row) -> dict[str, Terms]:
    """Its procedures by code: those decided on the spot first, those nobody asks for last."""
    departments = departments_of(row)
    return {
        f"{row.id}-{number:04d}": _terms(
            on_the_spot=number < row.on_the_spot,
            days=row.terms_days[number % len(row.terms_days)],
            department=departments[number % len(departments)],
            field_code=f"lv-{number % row.fields + 1:03d}",
            accounted=row.accounted,
        )
        for number in range(row.procedures)
    }


def departments_of(row: Row) -> list[str]:
    """Their codes."""
    if row.departments is not None:
        return list(row.departments)
    return [f"CQ{number:02d}" for number in range(1, row.bodies + 1)]


def _terms(
    *, on_the_spot: bool, days: int, department: str, field_code: str, accounted: bool
) -> Terms:
    legs = {**_BUDGETS, "department": days * 480 - sum(_BUDGETS.values())} if accounted else {}
    return Terms(
        effective_from_us=0,
        title_vi="Thủ tục ví dụ",
        title_en="Example procedure",
        field=field_code,
        department=department,
        term_unit="working_hour" if on_the_spot else "working_day",
        term_value=_ON_THE_SPOT_HOURS if on_the_spot else days,
        cutoff=None,
        supplement="pause",
        pieces=(),
        fee_vnd=_FEE_VND if accounted else 0,
        legs_minutes=tuple(sorted(legs.items())),
        steps_minutes=(),
        example=True,
        on_the_spot=on_the_spot,
    )


def planned(row: Row, calendar: Calendar) -> list[Planned]:
    """The dossiers of a row in the order of their receipt."""
    return sorted(_Planner(row, calendar).all(), key=lambda each: each.received_us)


@dataclass(frozen=True, slots=True)
class _Lot:
    """What is to become of a dossier."""

    fate: str  # early, on_time, late, open
    carried: bool = False
    online: bool = False
    returned: bool | None = None  # None: as it comes
    rating: str | None = None


class _Planner:
    """Draws instants; working days are counted from the first of the period, which is 0."""

    def __init__(self, row: Row, calendar: Calendar) -> None:
        self._row, self._calendar = row, calendar
        self._draw = Random(f"{row.id}/{row.received}")
        self._terms = catalogue(row)
        period = period_of(row)
        first, last = (split(us // MINUTE_US)[0] for us in (period.from_us, period.to_us - 1))
        days, day = [], first - _BEFORE_DAYS
        while (day := calendar.counted_after(day, 1)) <= last:
            days.append(day)
        self._before = bisect_left(days, first)
        self._days = days
        self._length = len(days) - self._before

    def all(self) -> Iterator[Planned]:
        """One after another, in no order."""
        lots = self._lots()
        departments = self._departments(len(lots))
        stocks = self._stocks()
        for lot, department in zip(lots, departments, strict=True):
            spot = lot.fate == "on_time" and not lot.carried
            spot = spot and self._draw.random() < _ON_THE_SPOT and (department, True) in stocks
            yield self._dossier(lot, next(stocks[department, spot]), department)

    def _stocks(self) -> dict[tuple[str, bool], Iterator[str]]:
        """Procedures that are handled, round and round, by department and on the spot or not."""
        stocks: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for code, terms in list(self._terms.items())[: self._row.handled]:
            stocks[terms.department, terms.on_the_spot].append(code)
        return {which: cycle(codes) for which, codes in stocks.items()}

    def _lots(self) -> list[_Lot]:
        row, draw = self._row, self._draw
        fates = ["early"] * row.early + ["on_time"] * row.on_time + ["late"] * row.late
        draw.shuffle(fates)
        carried = [_Lot(fate, carried=True) for fate in fates[: row.carried_over]]
        fates = fates[row.carried_over :] + ["open"] * row.open
        draw.shuffle(fates)
        new = [_Lot(fate, online=number < row.online) for number, fate in enumerate(fates)]
        lots = carried + new
        draw.shuffle(lots)
        return self._rated(self._fetched(lots))

    def _fetched(self, lots: list[_Lot]) -> list[_Lot]:
        """Say which of the solved are fetched by the end, where that is known."""
        if self._row.returned is None:
            return lots
        left = dict(self._row.returned)
        told = []
        for lot in lots:
            fetched = left.get(lot.fate, 0) > 0
            left[lot.fate] = left.get(lot.fate, 0) - 1
            told.append(_Lot(lot.fate, lot.carried, lot.online, fetched))
        return told

    def _rated(self, lots: list[_Lot]) -> list[_Lot]:
        words = [word for word, count in self._row.ratings.items() for _ in range(count)]
        self._draw.shuffle(words)
        told = []
        for lot in lots:
            word = words.pop() if words and lot.fate != "open" else None
            told.append(_Lot(lot.fate, lot.carried, lot.online, lot.returned, word))
        return told

    def _departments(self, many: int) -> list[str]:
        if self._row.departments is not None:
            each = [code for code, count in self._row.departments.items() for _ in range(count)]
            self._draw.shuffle(each)
            return each
        codes = departments_of(self._row)
        return [codes[number % len(codes)] for number in range(many)]

    def _dossier(self, lot: _Lot, procedure: str, department: str) -> Planned:
        terms = self._terms[procedure]
        if terms.on_the_spot:
            day = self._draw.randrange(self._length - 1)
            minute = self._draw.randint(1, 220)  # due the same day
            received_us = self._at(day, minute)
            ready = day, minute + self._draw.randint(5, 15)
        else:
            term = int(terms.term_value or 0)
            day = self._received_on(lot, term)
            received_us = self._at(day, self._draw.randint(1, _LAST_MINUTE))
            if lot.fate == "open":
                return Planned(procedure, lot.online, received_us, ())
            ready = self._ready_on(lot, day, term), self._draw.randint(1, _LAST_MINUTE)
        steps = [*self._made(received_us, ready, department, terms, online=lot.online)]
        steps += self._handed_over(lot, ready)
        return Planned(procedure, lot.online, received_us, tuple(steps))

    def _received_on(self, lot: _Lot, term: int) -> int:
        draw = self._draw
        if lot.carried:
            return -draw.randint(1, term - 2)
        if lot.fate == "open":
            overdue = draw.random() < _OVERDUE
            ago = draw.randint(term, term + 5) if overdue else draw.randrange(term - 1)
            return self._length - 1 - ago
        return draw.randrange(self._length - term - 4)

    def _ready_on(self, lot: _Lot, day: int, term: int) -> int:
        due = day + term
        if lot.fate == "early":
            return self._draw.randint(max(day + 1, 0), due - 1)
        return due if lot.fate == "on_time" else due + self._draw.randint(1, 2)

    def _made(
        self,
        received_us: Micros,
        ready: tuple[int, int],
        department: str,
        terms: Terms,
        *,
        online: bool,
    ) -> Iterator[Step]:
        """How the result comes to the desk."""
        ready_us = self._at(*ready)
        if online or terms.on_the_spot or self._draw.random() >= self._row.travels:
            yield Step(ready_us, "ResultIssued", CENTRE)
            return
        if self._row.accounted:
            yield from self._carried(received_us, ready_us, department)
            return
        yield Step(received_us + 5 * MINUTE_US, "Released", CENTRE, {"counterpart": department})
        yield Step(received_us + 25 * MINUTE_US, "Accepted", department)
        yield Step(ready_us - 40 * MINUTE_US, "ResultIssued", department)
        yield Step(ready_us - 25 * MINUTE_US, "Released", department, {"counterpart": CENTRE})
        yield Step(ready_us, "ResultArrived", CENTRE)

    def _carried(self, received_us: Micros, ready_us: Micros, department: str) -> Iterator[Step]:
        """By couriers out and back; one of the legs takes most of the time."""
        slow = self._draw.choices(range(len(_SLOW)), weights=[weight for weight, _ in _SLOW])[0]
        taken, arrived, issued, fetched = (
            received_us + (ready_us - received_us) * part // 100 for part in _SLOW[slow][1]
        )
        courier = f"courier:BT{self._draw.randint(1, 2)}"
        yield Step(received_us + 5 * MINUTE_US, "Released", CENTRE, {"counterpart": department})
        yield Step(taken, "Accepted", courier)
        yield Step(arrived, "Accepted", department)
        yield Step(issued, "ResultIssued", department)
        yield Step(issued + MINUTE_US, "Released", department, {"counterpart": CENTRE})
        yield Step(fetched, "Accepted", courier)
        yield Step(ready_us, "ResultArrived", CENTRE)

    def _handed_over(self, lot: _Lot, ready: tuple[int, int]) -> Iterator[Step]:
        """Fetched after some days, if that is still in the period and not known otherwise."""
        day, minute = ready
        fetched = day + self._draw.choice(_FETCHED_AFTER_DAYS)
        if lot.returned:
            fetched = min(fetched, self._length - 1)
        at_us = self._at(day, minute) + 2 * MINUTE_US
        if fetched != day:
            at_us = self._at(fetched, minute) if fetched < self._length else 0
        if at_us and lot.returned is not False:
            yield Step(at_us, "Returned", CENTRE)
        if lot.rating is not None:
            rated_us = max(at_us, self._at(day, minute)) + MINUTE_US
            yield Step(rated_us, "Rated", CENTRE, {"reason": lot.rating})

    def _at(self, day: int, minute: int) -> Micros:
        """So many working minutes into that working day."""
        midnight = minute_at(self._days[self._before + day], 0)
        return to_us(self._calendar.reached(self._calendar.open_before(midnight) + minute))


def in_order(dossiers: Sequence[Planned]) -> list[tuple[Micros, int, int]]:
    """Every act as (instant, number of the dossier, number of its step; 0 is the receipt)."""
    acts = [
        (at_us, number, place)
        for number, each in enumerate(dossiers)
        for place, at_us in enumerate([each.received_us, *(step.at_us for step in each.steps)])
    ]
    acts.sort()
    return acts
