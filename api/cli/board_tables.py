"""The supervisor's boards as tables on a screen; used by the command line."""

from rich.table import Table

from api.pages.minutes_words import LEG_NAMES
from api.pages.words import translator
from api.report_sheet import number, span
from domain.model.leg_report import LegReport

_vi = translator("vi")


def leg_table(found: LegReport) -> Table:
    """Each leg that ended in the period, against its budget."""
    table = Table(title=f"Thời gian mất ở đâu / where time is lost\n{span(found.period)}")
    table.add_column("chặng / leg")
    for column in ("n", "p50", "p90", "p95", "định mức\nbudget", "vượt\nover", "phút mất\nlost"):
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
        )
    return table
