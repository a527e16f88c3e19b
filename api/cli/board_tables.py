"""The supervisor's boards as tables on a screen; used by the command line."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from api.pages.board_words import AGE_WORDS, DEVICE_STATES
from api.pages.minutes_words import LEG_NAMES
from api.pages.words import name_of_code, translator
from api.report_sheet import number, span
from domain.model.instants import MINUTE_US, Micros, local
from domain.model.leg_report import LegReport
from domain.use_cases.watch_devices import Device

_vi = translator("vi")


def leg_table(found: LegReport) -> Table:
    """Each leg that ended in the period, against its budget."""
    table = Table(title=f"Thời gian mất ở đâu / where time is lost\n{span(found.period)}")
    table.add_column("chặng / leg")
    for column in (
        "n",
        "p50",
        "p90",
        "p95",
        "định mức\nbudget",
        "vượt\nover",
        "phút mất\nlost",
        "suy ra\ninferred",
    ):
        table.add_column(column, justify="right")
    for leg, row in found.rows.items():
        percentiles = (number(row.percentile(percent)) for percent in (50, 90, 95))
        least, most = (row.budgets[0], row.budgets[-1]) if row.budgets else (None, None)
        budget = "–" if least is None else number(least)
        if most != least and most is not None:
            budget += f"–{number(most)}"
        table.add_row(
            _vi(LEG_NAMES[leg]),
            number(row.number),
            *percentiles,
            budget,
            number(row.over),
            number(row.lost),
            number(row.inferred),
        )
    return table


def device_table(found: Sequence[Device]) -> Table:
    """Every station, those that need somebody first."""
    table = Table(title="Thiết bị / devices")
    for column in ("trạm / station", "đơn vị / office", "tình trạng / state", "lần cuối / heard"):
        table.add_column(column)
    for column in ("im lặng, phút\nsilent, min", "lệch giờ, giây\nclock, s", "sai lệch\nflags"):
        table.add_column(column, justify="right")
    for one in found:
        heard_us = None if one.heard is None else one.heard.recorded_us
        table.add_row(
            one.code,
            one.office,
            _vi(DEVICE_STATES[one.state]),
            "–" if heard_us is None else f"{local(heard_us):%d/%m/%Y %H:%M}",
            "–" if one.silent_us is None else number(one.silent_us // MINUTE_US),
            number(one.ahead_us // 1_000_000),
            number(sum(one.heard.flags.values()) if one.heard else 0),
        )
    return table


def age_table(codes: Mapping[str, tuple[Micros, Sequence[int]]]) -> Table:
    """Open discrepancies by code and class of age."""
    table = Table(title="Sai lệch đang mở / open discrepancies")
    table.add_column("loại / code")
    for column in (*map(_vi, AGE_WORDS), "cũ nhất / oldest"):
        table.add_column(column, justify="right")
    for code, (oldest_us, numbers) in codes.items():
        told = (number(many) if many else "" for many in numbers)
        words = f"{_vi(name_of_code(code))} / {code}"
        table.add_row(words, *told, f"{local(oldest_us):%d/%m/%Y}")
    return table
