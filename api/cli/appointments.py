"""`giaonhan appointments`: open dossiers whose printed date of return is no longer their due."""

import json
from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from api.cli.options import HERE, AsJson, Data
from api.cli.refusals import telling_refusals
from api.composition import open_house
from api.pages.render import moment
from domain.model.errors import NotFound
from domain.model.instants import iso
from domain.model.labels import grouped
from domain.ports.views import MOST_ROWS_A_PAGE, AppointmentToConfirm
from domain.use_cases.appointment_reasons import Moved, why_moved

app = typer.Typer(add_completion=False)

_KINDS = {"off": "nghỉ/off", "work": "làm việc/worked", "hours": "giờ khác/other hours"}
_WAITS = {
    "supplement": "bổ sung/supplement",
    "financial_obligation": "nghĩa vụ tài chính/payment",
    "other_agency": "cơ quan khác/other agency",
}


@app.command()
def appointments(
    office: Annotated[str, typer.Option(help="Only dossiers that this office received.")] = "",
    page: Annotated[int, typer.Option(min=1, max=100_000, help="Which page of the list.")] = 1,
    rows: Annotated[int, typer.Option(min=1, max=MOST_ROWS_A_PAGE, help="Lines a page.")] = 50,
    data: Data = HERE,
    *,
    as_json: AsJson = False,
) -> None:
    """Lịch hẹn cần xác nhận / appointments to confirm, the soonest due first.

    A change of the calendar, or a pause, moves the due date and never what was printed. Each stays
    here until somebody makes a new appointment or keeps the date, on the page `/appointments`.
    Reads only; it may run beside a server.

    Try it: giaonhan appointments --office TTHC
    """
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        offices = house.reference.offices()
        if office and office not in offices:
            raise NotFound(what="office", code=office[:64])
        found = house.views.appointments_to_confirm(
            office=office or None, offset=(page - 1) * rows, limit=rows
        )
        listed = [(row, why_moved(row, house.calendars, offices)) for row in found.rows]
    if as_json:
        lines = [_line(row, moved) for row, moved in listed]
        told = {"appointments": lines, "total": found.total, "redating": found.redating}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    if listed:
        table = Table("hồ sơ / dossier", "đã hẹn / promised", "tính lại / due", "lý do / why")
        for row, moved in listed:
            name = row.official_code or grouped(row.label)
            table.add_row(name, moment(row.promised_us), moment(row.due_us), _why(moved))
        Console(markup=False).print(table)
    typer.echo(f"{found.total} lịch hẹn cần xác nhận / appointments to confirm")
    if found.redating:
        typer.echo("Đang tính lại theo lịch mới / a calendar change is still being worked through")


def _line(row: AppointmentToConfirm, moved: Moved) -> dict[str, Any]:
    return {
        "label": row.label,
        "official_code": row.official_code,
        "procedure": row.procedure,
        "office": row.office,
        "promised": iso(row.promised_us),
        "promise_calendar_version": row.promise_calendar_version,
        "due": iso(row.due_us),
        "calendar_version": row.calendar_version,
        "reappointments": row.reappointments,
        "changed": [
            {"date": each.date, "kind": each.kind, "reason": each.reason} for each in moved.changed
        ],
        "more_changed": moved.more,
        "waited_for": list(moved.waited_for),
    }


def _why(moved: Moved) -> str:
    lines = [
        f"{each.date} {_KINDS[each.kind]}" + (f" ({each.reason})" if each.reason else "")
        for each in moved.changed
    ]
    lines += [f"… +{moved.more}"] if moved.more else []
    lines += [f"tạm dừng/paused: {_WAITS[reason]}" for reason in moved.waited_for]
    return "\n".join(lines)
