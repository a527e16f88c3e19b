"""`giaonhan person`: who works here, with which badge and roles; PINs set, people dismissed."""

import sys
from contextlib import closing
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from api.cli.options import HERE, Data
from api.cli.program import as_typed
from api.cli.refusals import telling_refusals
from api.composition import CONSOLE, House, open_house
from domain.model.errors import BadCode, NotFound
from domain.model.identifiers import is_courier
from domain.model.labels import parse_label
from domain.model.person import Person, checked_pin
from domain.model.policy import Role
from domain.use_cases.maintain_reference import PersonDefinition

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

Code = Annotated[str, typer.Argument(help="The person's code, which signs what was scanned.")]


@app.callback()
def person() -> None:
    """Người làm việc, thẻ và mã PIN. The people who work here, their badges and PINs.

    Ai quét ở trạm thì đăng nhập bằng thẻ và mã PIN. Whoever scans signs on with badge and PIN.

        giaonhan person add nv-lan --office TTHC --role counter

        giaonhan person pin nv-lan

    Tên người nằm trong kho mã hóa, không ở sổ sự kiện. Names lie in the vault, not in the events.

    Stop the server first: one process writes in a data directory. `list` may run beside it.
    """


@app.command("list")
def list_(*, data: Data = HERE) -> None:
    """Liệt kê mọi người, cả người đã thôi việc. List everybody, those who have left too."""
    with telling_refusals(), closing(open_house(data, writer=False)) as house:
        people = sorted(house.reference.people().items())
    table = Table(box=box.SIMPLE)
    for title in ("mã / code", "thẻ / badge", "đơn vị / office", "vai trò / roles", "PIN"):
        table.add_column(title, overflow="fold", no_wrap=title in {"thẻ / badge", "PIN"})
    for code, one in people:
        table.add_row(code, one.badge, one.party, " ".join(one.roles), _standing(one))
    Console(markup=False).print(table)
    typer.echo(f"{len(people)} người / people")


@app.command()
def add(
    code: Code,
    *,
    office: Annotated[str, typer.Option(help="Office code, or courier:CODE.")],
    role: Annotated[list[Role], typer.Option(help="Given once for each role.")],
    name: Annotated[
        str, typer.Option(help="Full name, for the vault; without it, it is asked for.")
    ] = "",
    issuer: Annotated[
        int | None,
        typer.Option(min=1, max=99_999, help="Five digits of the badge; a courier needs them."),
    ] = None,
    data: Data = HERE,
) -> None:
    """Thêm một người và cấp số thẻ. Add a person, with a badge number of the office.

    Try it:

        giaonhan person add nv-lan --office TTHC --role counter
    """
    with telling_refusals(), closing(open_house(data)) as house:
        definition = PersonDefinition(
            code=code,
            party=office,
            roles=frozenset(role),
            issuer=issuer or _issuer(house, office),
            name=(name or _asked_name()).strip() or None,
        )
        added = house.write(lambda: house.reference.add_person(definition, actor=CONSOLE)).result()
    typer.echo(
        f"Đã thêm {code}, số thẻ / added, badge: {added.badge}\n"
        "In thẻ, rồi đặt mã PIN / print the badge, then set the PIN:"
    )
    typer.echo(as_typed(f"  giaonhan label print {added.badge} --code {code} --out the-{code}.pdf"))
    there = "" if data == HERE else f" --data {data}"
    typer.echo(as_typed(f"  giaonhan person pin {code}{there}"))


@app.command()
def pin(code: Code, *, data: Data = HERE) -> None:
    """Đặt mã PIN 6 chữ số, cũng để mở khóa thẻ. Set a PIN of 6 digits; this also ends a lock.

    Hỏi hai lần, không hiện trên màn hình; chương trình khác đưa vào bằng một dòng. Asked twice and
    not shown; from another program it is one line of standard input.
    """
    with telling_refusals(), closing(open_house(data)) as house:
        given = checked_pin(_asked_pin(code))
        house.write(lambda: house.reference.set_pin(code, given, actor=CONSOLE)).result()
    typer.echo(f"Đã đặt mã PIN của {code}. / The PIN of {code} is set.")


@app.command()
def dismiss(code: Code, *, data: Data = HERE) -> None:
    """Cho thôi đăng nhập, không rút lại được. End the right to sign in, for good.

    Việc đã làm vẫn đứng tên người ấy. What was done stays under the person's code.
    """
    with telling_refusals(), closing(open_house(data)) as house:
        house.write(lambda: house.reference.dismiss_person(code, actor=CONSOLE)).result()
    typer.echo(f"{code} không đăng nhập được nữa. / {code} can sign in no more.")


def _issuer(house: House, party: str) -> int:
    """The unit in the office's own label; raises `NotFound`, and `BadCode` for a courier."""
    if is_courier(party):
        raise BadCode(field="--issuer", text="")
    office = house.reference.offices().get(party)
    if office is None:
        raise NotFound(what="office", code=party[:64])
    return parse_label(office.label).issuer


def _asked_name() -> str:
    """Not an argument, so that no shell remembers it; empty where nobody sits."""
    if not sys.stdin.isatty():
        return ""
    return str(typer.prompt("Họ và tên / full name", default="", show_default=False))


def _asked_pin(code: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return str(
        typer.prompt(f"Mã PIN của / PIN of {code}", hide_input=True, confirmation_prompt=True)
    )


def _standing(one: Person) -> str:
    if one.dismissed:
        return "thôi việc / left"
    return "chưa / none" if one.pin_hash is None else "có / set"
