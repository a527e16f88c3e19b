"""Where time is lost: the legs that ended in a period, out of hand-worked ledgers."""

from collections.abc import Callable
from random import Random

from domain.model.fact import Fact
from domain.model.instants import DAY_US
from domain.model.leg_report import Cell, Column, Leg, leg_report
from domain.model.legs import LEGAL
from domain.model.period_report import Period
from tests.model.worked_ledgers import BUDGETS, OUT, Worked, at

Stated = Callable[[str], list[Fact]]
MONDAY = Period(at("00:00"), at("00:00", 1))
# At the department from 10:00 to 16:00: 90 minutes, and 180 after lunch; 30 beyond its 240. The
# result is ready when it is back.
BACK = OUT + "ResultIssued B 15:50; Accepted c1 16:00 D1; Accepted A 16:30 D1"


def test_each_leg_stands_in_the_hour_in_which_it_began_against_its_budget(stated: Stated) -> None:
    worked = Worked(stated(BACK), at("17:00"))
    found = leg_report([worked.ledger], period=MONDAY, by=Column.HOUR)
    told = {
        (leg, hour): (cell.percentile(50), cell.budgets, cell.over, cell.lost)
        for (leg, hour), cell in found.cells.items()
    }
    assert told == {
        ("centre", "08"): (60, [60], 0, 0),
        ("courier_out", "09"): (60, [60], 0, 0),
        ("department", "10"): (270, [240], 1, 30),
        ("courier_back", "16"): (30, [60], 0, 0),
    }
    assert (found.dossiers, found.lost, found.columns) == (1, 30, ("08", "09", "10", "16"))


def test_minutes_known_by_the_pouch_alone_are_told_as_inferred(stated: Stated) -> None:
    worked = Worked(stated(BACK), at("17:00"))
    found = leg_report([worked.ledger], period=MONDAY, by=Column.HOUR)
    # The courier had the pouch from 09:00; the dossier itself was first seen again at 10:10.
    told = {leg: row.inferred for leg, row in found.rows.items()}
    assert told == {"centre": 0, "courier_out": 60, "department": 10, "courier_back": 0}
    [courier] = [cell for (leg, _), cell in found.cells.items() if leg == "courier_out"]
    assert courier.to_json()["inferred"] == 60


def test_by_office_a_leg_is_where_the_dossier_was(stated: Stated) -> None:
    worked = Worked(stated(BACK), at("17:00"))
    found = leg_report([worked.ledger], period=MONDAY, by=Column.OFFICE)
    assert set(found.cells) == {
        ("centre", "A"),
        ("courier_out", "courier:c1"),
        ("department", "B"),
        ("courier_back", "courier:c1"),
    }


def test_a_leg_that_still_runs_or_ended_on_another_day_is_not_counted(stated: Stated) -> None:
    worked = Worked(stated(OUT.removesuffix(";")), at("11:00", 1))
    assert set(leg_report([worked.ledger], period=MONDAY, by=Column.HOUR).rows) == {
        "centre",
        "courier_out",
    }
    tuesday = Period(MONDAY.from_us + DAY_US, MONDAY.to_us + DAY_US)
    assert leg_report([worked.ledger], period=tuesday, by=Column.HOUR).rows == {}


def test_what_is_lost_is_what_the_ledger_has_beyond_its_budgets(stated: Stated) -> None:
    worked = Worked(stated(BACK), at("17:00"), legs_minutes=dict.fromkeys(BUDGETS, 7))
    found = leg_report([worked.ledger], period=MONDAY, by=Column.HOUR)
    assert found.lost == sum(entry.overrun for entry in worked.ledger.entries) == 420 - 4 * 7
    assert sum(sum(cell.minutes) for cell in found.cells.values()) == sum(
        entry.minutes for entry in worked.ledger.entries if entry.clock == LEGAL
    )


def test_a_percentile_is_the_least_that_so_many_stay_within() -> None:
    rng = Random(1)
    for number in range(1, 60):
        cell = Cell()
        for _ in range(number):
            cell.add(Leg(rng.randrange(100), 0, None, 0))
        cell.close()
        for percent in (50, 90, 95, 100):
            found = cell.percentile(percent)
            assert sum(one <= found for one in cell.minutes) * 100 >= number * percent
            assert sum(one < found for one in cell.minutes) * 100 < number * percent
