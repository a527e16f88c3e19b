"""Responsibility by party and run punctuality as tables on a screen; used by `giaonhan report`."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table

from api.pages.report_words import REPORTS
from api.pages.run_words import reason_word
from api.party_sheet import LATE, PARTIES, UNTOLD_WORDS, Words, party_columns, run_columns
from api.report_sheet import GROUPINGS, number, span
from domain.model.legs import Account
from domain.model.party_report import PartyFigures, PartyReport, by_weight
from domain.model.period_report import Grouping
from domain.model.run_report import UNTOLD, RunReport


def party_tables(
    found: PartyReport, offices: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[Table | str]:
    """What is late, all parties, then the parties of each row that was asked for."""
    late = [
        f"{number(count)} {vi} / {en}"
        for name, (vi, en) in LATE.items()
        if (count := getattr(found.late, name))
    ]
    columns = party_columns(found.total)
    title = f"Trách nhiệm theo bên / responsibility by party\n{span(found.period)}"
    yield _parties(title, found.rows, columns, offices)
    if not found.rows:
        none = (
            "No working minute in this period yet."
            if found.dossiers
            else "No dossier in this period."
        )
        yield f"{REPORTS[none]} / {none}"
        return
    yield "; ".join([f"{number(found.late.minutes)} phút trễ / late minutes", *late])
    if found.contested:
        yield f"{number(found.contested)} khiếu nại chờ quyết định / objections wait"
    for name, rows in found.groups.items():
        yield _parties(f"{name}  {titles.get(name, '')}".rstrip(), rows, columns, offices)


def run_tables(found: RunReport, offices: Mapping[str, str]) -> Iterator[Table]:
    """The total with the rows, then why stops were missed."""
    columns = run_columns(found.total, of_stops=found.by is Grouping.OFFICE)
    table = _table(f"Chuyến thư / courier runs\n{span(found.period)}", columns)
    for name, row in [*found.rows.items(), ("Cộng / total", found.total)]:
        told = row.to_json()
        shown = ("–" if told[each] is None else number(told[each]) for each in columns)
        style = "bold" if row is found.total else None
        table.add_row(_named(name, offices), *shown, style=style)
    table.columns[0].header = _two(GROUPINGS[found.by])
    yield table
    if found.total.reasons:
        why = Table("Vì sao không đến / why missed", "", box=box.SIMPLE)
        for code, count in found.total.reasons.most_common():
            words = UNTOLD_WORDS[0] if code == UNTOLD else reason_word(code, "vi")
            why.add_row(words, number(count))
        yield why


def _parties(
    title: str,
    rows: Mapping[Account, PartyFigures],
    columns: Mapping[str, Words],
    offices: Mapping[str, str],
) -> Table:
    table = _table(title, columns)
    for account, row in by_weight(rows):
        shown = (number(getattr(row, name)) for name in columns)
        table.add_row(_account(account, offices), *shown)
    return table


def _table(title: str, columns: Mapping[str, Words]) -> Table:
    table = Table(title=title, box=box.SIMPLE)
    table.add_column("", ratio=1)
    for words in columns.values():
        table.add_column(_two(words), justify="right")
    return table


def _account(account: Account, offices: Mapping[str, str]) -> str:
    kind, code, run = account
    if kind == "office":
        return _named(code, offices)
    told = [PARTIES[kind][0], code.removeprefix("courier:"), run or ""]
    return " ".join(each for each in told if each)


def _named(code: str, offices: Mapping[str, str]) -> str:
    return f"{code}  {offices[code]}" if code in offices else code


def _two(words: Words) -> str:
    return "\n".join(words)
