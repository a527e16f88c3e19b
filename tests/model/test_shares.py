"""Shares with their base, and tables that are refused."""

import pytest

from domain.model.instants import parse_instant
from domain.model.period_figures import Figures, Received, ReportDoesNotAddUp, Tale
from domain.model.period_report import BadPeriod, Period, period_report
from domain.model.shares import PartExceedsWhole, changed, demand_parts, moved, partition, share


def percent(numerator: int, denominator: int) -> str:
    found = share(numerator, denominator, base="all")
    assert found is not None
    return found.percent


def test_published_shares_come_out_as_recomputed() -> None:
    assert percent(12_356, 14_168) == "87.21"
    assert percent(136, 457) == "29.76"
    assert percent(2_479, 2_617) == "94.73"
    assert percent(34_195, 35_597) == "96.06"
    assert percent(21_683, 306_958) == "7.06"
    assert percent(19_126, 41_668) == "45.90"


def test_halves_are_rounded_up() -> None:
    assert percent(1, 800) == "0.13"  # 0.125
    assert percent(1, 801) == "0.12"


def test_a_share_of_nothing_is_none_and_a_part_above_the_whole_is_refused() -> None:
    assert share(0, 0, base="all") is None
    with pytest.raises(PartExceedsWhole) as refused:
        share(3, 2, base="all")
    assert refused.value.values == {"row": "all", "part": 3, "whole": 2}


def test_parts_of_a_whole_are_a_hundred_together_and_the_few_stay_visible() -> None:
    shares = partition({"early": 20_539, "on time": 20_134, "late": 20}, base="solved")
    assert {name: each.percent for name, each in shares.items()} == {
        "early": "50.47",
        "on time": "49.48",
        "late": "0.05",
    }
    thirds = partition({"a": 1, "b": 1, "c": 1}, base="all")
    assert [each.percent for each in thirds.values()] == ["33.34", "33.33", "33.33"]


def test_places_are_added_until_one_of_a_million_is_seen() -> None:
    shares = partition({"late": 1, "on time": 999_999}, base="solved")
    assert {name: each.percent for name, each in shares.items()} == {
        "late": "0.0001",
        "on time": "99.9999",
    }
    assert partition({"a": 0}, base="all") == {}
    rare = partition({"late": 1, "on time": 99_999_999}, base="solved")["late"]
    assert (rare.percent, rare.numerator) == ("0.0000", 1)  # the count still stands beside it


def test_a_table_whose_row_is_more_than_the_whole_is_refused_with_the_row() -> None:
    """Bến Tre 2019 as printed: 22,222 dossiers of one department among 14,168."""
    printed = {"TNMT": 2_934, "GTVT": 2_316, "CT": 2_324, "TP": 22_222, "KHĐT": 747}
    with pytest.raises(PartExceedsWhole) as refused:
        demand_parts(printed, 14_168)
    assert refused.value.values == {"row": "TP", "part": 22_222, "whole": 14_168}
    demand_parts(printed | {"TP": 2_222}, 14_168)
    with pytest.raises(PartExceedsWhole) as refused:
        demand_parts({"a": 7, "b": 7}, 13)
    assert refused.value.values["row"] == "sum"


def test_counts_change_in_percent_and_shares_move_in_points() -> None:
    assert changed(80, 100).difference == "+25.00"
    assert changed(100, 80).difference == "-20.00"
    assert changed(0, 5).difference is None
    now, before = share(47, 100, base="x"), share(1, 3, base="x")
    assert moved(before, now).difference == "+13.67"
    assert moved(None, now).difference is None
    assert (moved(before, now).unit, changed(1, 1).unit) == ("points", "percent")


def test_a_period_ends_after_it_begins() -> None:
    morning = parse_instant("2026-03-02T00:00:00+07:00")
    with pytest.raises(BadPeriod):
        Period(morning, morning)


RECEIVED = Received(office="A", procedure="1.001", version=1)


@pytest.mark.parametrize(
    "lost",
    [
        Tale(entry="direct"),  # came in and is nowhere
        Tale(entry="direct", exit="early"),  # solved, neither lies nor left
    ],
)
def test_a_report_that_does_not_add_up_is_not_printed(lost: Tale) -> None:
    whole = Tale(entry="direct", exit="early", shelf="to_7_days"), 5
    period = Period(0, 1)
    with pytest.raises(ReportDoesNotAddUp):
        period_report({RECEIVED: [whole, (lost, 1)]}, period=period, procedures={})
    total = period_report({RECEIVED: [whole]}, period=period, procedures={}).total
    assert (total.solved, total.shelf.total()) == (5, 5)
    assert Figures().shares() == {}
