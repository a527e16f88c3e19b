"""The period report over sixteen dossiers whose classes are known by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.read_model.reports import ReportQueries
from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.instants import DAY_US, Micros
from domain.model.period_report import Grouping, Period, PeriodReport, period_report
from domain.model.procedure import Procedure, Terms, introduce_procedure
from domain.use_cases.report_period import ReportPeriod
from tests.cases import registered_case


def terms(**more: Any) -> Terms:
    told: dict[str, Any] = {
        "effective_from_us": 0,
        "title_vi": "Thủ tục",
        "title_en": "Procedure",
        "field": "dat-dai",
        "department": "STNMT",
        "term_unit": "working_day",
        "term_value": 2,
        "cutoff": None,
        "supplement": "pause",
        "pieces": (),
        "fee_vnd": 0,
        "legs_minutes": (),
        "steps_minutes": (),
    }
    return Terms(**(told | more))


def procedures() -> dict[str, Procedure]:
    spot = {"on_the_spot": True, "term_unit": "working_hour", "term_value": 2}
    known = {
        "1.001": terms(),
        "2.002": terms(field="ho-tich", department="STP"),
        "3.003": terms(field="ho-tich", department="STP", **spot),
    }
    return {
        code: introduce_procedure(code=code, terms=each, timestamp=moment(0))
        for code, each in known.items()
    }


@dataclass(frozen=True)
class At:
    """A clock that stands still."""

    at_us: Micros

    def now_us(self) -> Micros:
        return self.at_us


class Centre:
    """A scene with the period from the 10th to the 19th of March; its terms last two days."""

    def __init__(self, scene: Any) -> None:
        self.scene = scene
        self.reports = ReportQueries(scene.readers)
        self.period = Period(scene.at("00:00", 10), scene.at("00:00", 20))
        self.plan: list[tuple[Micros, int, Callable[[], Any]]] = []

    def at(self, when_us: Micros, act: Callable[[], Any]) -> None:
        """To be done in the order of time, as a station would."""
        self.plan.append((when_us, len(self.plan), act))

    def take_in(self, number: int, day: int, **more: Any) -> str:
        when_us = self.scene.at("08:00", day)
        self.at(when_us, lambda: self.scene.take_in(number, when_us, **more))
        label: str = self.scene.dossier(number)
        return label

    def say(self, name: str, label: str, clock: str, day: int, **more: Any) -> None:
        when_us = self.scene.at(clock, day)
        self.at(when_us, lambda: self.scene.store(self.scene.fact(name, label, when_us, **more)))

    def wait(self, label: str, since_us: Micros, until_us: Micros) -> None:
        self.at(since_us, lambda: self._wait(label, since_us, until_us))

    def _wait(self, label: str, since_us: Micros, until_us: Micros) -> None:
        [case] = self.scene.log.load(Dossier, [dossier_id(label)]).values()
        case.request_supplement(cause="thieu", text=None, timestamp=moment(since_us))
        case.supply(timestamp=moment(until_us))
        self.scene.log.save(case)

    def report(self, by: Grouping | None = None, **more: Any) -> PeriodReport:
        for *_, act in sorted(self.plan, key=lambda step: step[:2]):
            act()
        self.plan = []
        self.scene.projection.catch_up()
        return period_report(
            self.reports.tallies(self.period, offices=by is Grouping.OFFICE),
            period=self.period,
            procedures=procedures(),
            by=by,
            **more,
        )


@pytest.fixture
def centre(scene: Any) -> Centre:
    """Sixteen dossiers; what becomes of each is told beside it."""
    made, at = Centre(scene), scene.at
    take_in, say = made.take_in, made.say
    gone = take_in(1, 2)  # solved and returned before the period: not in the report
    say("ResultArrived", gone, "09:00", 3)
    say("Returned", gone, "09:00", 5)
    fetched = take_in(2, 2)  # solved on time before, fetched in the period
    say("ResultArrived", fetched, "07:00", 4)
    say("Returned", fetched, "09:00", 12)
    lying = take_in(3, 2, procedure="3.003")  # solved before, never fetched
    say("ResultArrived", lying, "09:00", 3)
    early = take_in(4, 9, procedure="2.002")  # carried over, early, fetched
    say("ResultArrived", early, "09:00", 10)
    say("Returned", early, "10:00", 10)
    late = take_in(5, 8)  # carried over, due on the 10th, ready on the 11th
    say("ResultArrived", late, "09:00", 11)
    withdrawn = take_in(6, 12)  # withdrawn; its papers handed back are no result
    say("Withdrawn", withdrawn, "08:00", 13)
    say("Returned", withdrawn, "08:00", 14)
    take_in(7, 12)  # overdue since the 14th
    take_in(8, 19)  # due on the 21st, late when the 25th comes
    online = scene.dossier(9)
    say("Registered", online, "08:00", 12, paper="none", office="B")
    made.at(at("08:00", 12), lambda: take_in_case(scene, online, at("08:00", 12)))
    say("ResultArrived", online, "07:00", 14, office="B")  # on time, due at 08:00
    say("Returned", online, "07:00", 25, office="B")
    say("Rated", online, "07:00", 26, office="B", reason="very_satisfied")
    paused = take_in(10, 12)
    made.wait(paused, at("08:00", 13), at("08:00", 22))
    take_in(11, 25)  # after the period
    say("Registered", scene.dossier(12), "08:00", 12)  # nobody knows for what
    refused = take_in(13, 12)
    say("RefusedAtIntake", refused, "09:00", 15)
    slow_way = take_in(14, 12, procedure="2.002")  # done in time, at the desk two days late
    say("ResultIssued", slow_way, "07:00", 14, office="STP")
    say("ResultArrived", slow_way, "09:00", 16)
    asked_twice = take_in(15, 12, procedure="2.002")
    made.wait(asked_twice, at("08:30", 12), at("09:00", 12))
    made.wait(asked_twice, at("10:00", 12), at("11:00", 12))
    say("ResultArrived", asked_twice, "07:00", 14)  # on time, but asked for papers twice
    say("Withdrawn", asked_twice, "08:00", 17)  # too late: there is a result
    given_up = take_in(16, 2)  # withdrawn before the period, its papers fetched in it
    say("Withdrawn", given_up, "08:00", 4)
    say("Returned", given_up, "08:00", 12)
    return made


def take_in_case(scene: Any, label: str, received_us: Micros) -> None:
    """The case alone; the fact is stated otherwise."""
    scene.log.save(registered_case(label, received_us, office="B"))


def test_every_dossier_is_counted_once_on_either_side(centre: Centre) -> None:
    counts = centre.report().total.counts()
    came_in = {"received": 11, "new": 9, "direct": 8, "online": 1, "carried_over": 2}
    solved = {"solved": 5, "solved_early": 1, "solved_on_time": 2, "solved_late": 2}
    ended = {"ended": 2, "withdrawn": 1, "stopped": 0, "refused": 1}
    left = {"in_process": 4, "within": 1, "overdue": 1, "paused": 1, "open_undated": 1}
    for known in (came_in, solved, ended, left):
        assert {name: counts[name] for name in known} == known


def test_what_is_solved_and_not_fetched_lies_on_the_shelf_with_its_age(centre: Centre) -> None:
    counts = centre.report().total.counts()
    returned = {"returned": 2, "returned_early": 1, "returned_on_time": 1, "returned_late": 0}
    # ready on the 3rd, 11th, 14th, 14th and 16th, seen at the end of the 19th
    shelf = {"shelf": 5, "shelf_before": 2, "shelf_to_7_days": 3, "shelf_to_30_days": 2}
    for known in (returned, shelf):
        assert {name: counts[name] for name in known} == known
    lies = centre.report().total.shares()["shelf_of_solved"]
    assert (lies.numerator, lies.denominator, lies.base) == (4, 5, "solved")


def test_on_time_has_two_readings(centre: Centre) -> None:
    """By appointment two are late; by index 2.1 the slow way back is not, a second request is."""
    report = centre.report()
    shares = report.total.shares()
    assert shares["not_late"].percent == "60.00"
    assert shares["processed_on_time"].percent == "60.00"
    by_department = centre.report(Grouping.DEPARTMENT).rows["STP"]
    assert by_department.counts()["solved_late"] == 1  # the slow way
    assert by_department.counts()["processed_late"] == 1  # the second request


def test_ratings_are_told_with_their_coverage(centre: Centre) -> None:
    total = centre.report().total
    assert total.counts()["rated_very_satisfied"] == 1
    assert (total.shares()["rated"].percent, total.shares()["rated"].base) == ("20.00", "solved")


@pytest.mark.parametrize(
    ("by", "received"),
    [
        (Grouping.DEPARTMENT, {"?": 1, "STNMT": 7, "STP": 3}),
        (Grouping.FIELD, {"?": 1, "dat-dai": 7, "ho-tich": 3}),
        (Grouping.PROCEDURE, {"1.001": 7, "2.002": 3, "3.003": 0, "?": 1}),
        (Grouping.OFFICE, {"A": 10, "B": 1}),
    ],
)
def test_the_rows_of_a_report_sum_to_its_total(
    centre: Centre, by: Grouping, received: dict[str, int]
) -> None:
    report = centre.report(by)
    assert {name: row.received for name, row in report.rows.items()} == received
    for name in ("solved", "in_process", "ended"):
        assert sum(getattr(row, name) for row in report.rows.values()) == getattr(
            report.total, name
        )


def test_the_catalogue_tells_what_is_offered_and_what_was_handled(centre: Centre) -> None:
    found = centre.report().catalogue
    assert (found.offered, found.offered_fields, found.offered_departments) == (3, 2, 2)
    assert (found.handled, found.offered_on_the_spot, found.handled_on_the_spot) == (2, 1, 0)
    assert found.shares()["handled"].percent == "66.67"


def test_a_period_that_is_not_over_is_reported_up_to_now(centre: Centre) -> None:
    """Three are due on the 14th at 08:00; two of them are ended or solved by the 19th."""
    centre.report()
    scene, found = centre.scene, {}
    for clock, day in (("07:59", 14), ("08:01", 14), ("00:00", 30)):
        now_us = scene.at(clock, day)
        report = ReportPeriod(reports=centre.reports, procedures=procedures, clock=At(now_us))
        found[clock] = report(centre.period)
        until, flags = report.discrepancies(centre.period)
        assert until == found[clock].period
        assert all(flag.oldest_us is None or flag.oldest_us < until.to_us for flag in flags)
    overdue = {clock: each.total.counts()["overdue"] for clock, each in found.items()}
    assert overdue == {"07:59": 0, "08:01": 3, "00:00": 1}
    assert found["00:00"].period == centre.period


def test_what_comes_into_force_after_the_period_is_not_offered(centre: Centre) -> None:
    later = terms(effective_from_us=centre.period.to_us)
    known = procedures() | {
        "9.009": introduce_procedure(code="9.009", terms=later, timestamp=moment(0))
    }
    centre.report()
    found = period_report(
        centre.reports.tallies(centre.period, offices=False),
        period=centre.period,
        procedures=known,
    )
    assert found.catalogue.offered == 3


def test_a_report_of_the_past_does_not_change_with_what_comes_later(centre: Centre) -> None:
    before = centre.report().total.counts()
    for number in (7, 8, 10):
        centre.say("ResultArrived", centre.scene.dossier(number), "09:00", 27)
    assert centre.report().total.counts() == before


def test_what_follows_on_a_period_carries_over_what_was_in_process(centre: Centre) -> None:
    first = centre.report().total
    next_period = Period(centre.period.to_us, centre.period.to_us + 12 * DAY_US)
    centre.period = next_period
    second = centre.report().total
    assert second.carried_over == first.in_process
    assert second.shelf_before == first.shelf.total()


def test_two_periods_are_compared_in_percent_of_counts_and_points_of_shares(
    centre: Centre,
) -> None:
    earlier = Period(centre.scene.at("00:00", 1), centre.period.from_us)
    centre.report()
    changes = centre.report(
        before=(earlier, centre.reports.tallies(earlier, offices=False))
    ).changes
    assert changes is not None
    # six received and three solved then (all in time), eleven and five now (three in time)
    assert (changes["received"].before, changes["received"].now) == ("6", "11")
    assert (changes["received"].difference, changes["received"].unit) == ("+83.33", "percent")
    assert (changes["not_late%"].difference, changes["not_late%"].unit) == ("-40.00", "points")


def test_discrepancies_are_counted_by_code_and_age(centre: Centre) -> None:
    """The department scans a result that nobody had released to it, four days before the end."""
    centre.report()
    [found] = [
        each for each in centre.reports.discrepancies(centre.period) if each.code == "NOT_RELEASED"
    ]
    assert (found.to_3_days, found.to_7_days, found.over_7_days) == (0, 1, 0)
    assert (found.opened, found.closed, found.open) == (1, 0, 1)
