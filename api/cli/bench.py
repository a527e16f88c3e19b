"""`giaonhan bench`: measurements of this machine against the targets, each by one command."""

import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.cli.bars import store
from api.rehearsal.engines import EngineName

MOST_TOLD = 20  # contradictions; the first is the one to look at

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode="markdown")

app.command()(store)
MOST_TOLD = 20  # contradictions; the first is the one to look at
MOST_FRAMES = 1000  # a class; the whole corpus takes an hour or more then


@app.callback()
def bench() -> None:
    """Đo máy này so với các mức phải đạt. Measure this machine against the targets."""


@app.command()
def decode(
    *,
    frames: Annotated[
        int, typer.Option(min=1, max=MOST_FRAMES, help="Pictures of each class.")
    ] = 26,
    seed: Annotated[int, typer.Option(help="Another seed draws other pictures.")] = 1,
    only: Annotated[
        list[str] | None,
        typer.Option("--class", metavar="NAME", help="Only this class; may be repeated."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Keep every picture here; the missed ones say so.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Đọc nhãn trên ảnh mẫu theo từng mức khó. Read our labels in seeded, degraded pictures.

    Each picture is a printed label on a desk full of paper, as a camera sees it. The table tells,
    by class, how many labels were read, by which symbol and by which stage of the decoder first,
    and the CPU time on one core: of the fast stages that a camera's frame goes through, and of all
    (without zbar, which has a process of its own). `1st frame` is what the fast stages believe of
    one frame; of modules under two pixels they wait for a second. Exit status 1 when a target is
    not met.

    Try it:

        giaonhan bench decode

        giaonhan bench decode --class blur --class motion --frames 50 --save blurred
    """
    from api.cli.tables import counting
    from api.rehearsal.corpus import CLASSES, cases
    from api.rehearsal.reading import Examiner, as_rows, targets

    names = only or CLASSES
    if unknown := [name for name in names if name not in CLASSES]:
        raise typer.BadParameter(f"{unknown[0]!r}; one of: {' | '.join(CLASSES)}")
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
    total = len(names) * frames
    with closing(Examiner()) as examiner, counting("Đọc ảnh / reading", total) as show_progress:
        for done, case in enumerate(cases(names, frames=frames, seed=seed), 1):
            all_read = examiner.show(case)
            if save is not None:
                _keep(save, case.name, case.number, case.picture, all_read=all_read)
            show_progress(done)
    judged = list(targets(examiner.tallies))
    rows = list(as_rows(examiner.tallies))
    if as_json:
        told = [
            {"target": t.name, "measured": t.measured, "bound": t.bound, "met": t.met}
            for t in judged
        ]
        answer = {"seed": seed, "classes": rows, "targets": told}
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    else:
        _tell(rows, judged)
    if not all(target.met for target in judged):
        raise SystemExit(1)


@app.command()
def journal(
    *,
    kills: Annotated[int, typer.Option(min=1, help="Kills, each with an entry under way.")] = 200,
    refusals: Annotated[int, typer.Option(min=1, help="Writes or syncs that fail.")] = 104,
    garblings: Annotated[int, typer.Option(min=1, help="Files cut or garbled.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Another seed strikes elsewhere.")] = 1,
) -> None:
    """Thử nhật ký trạm: mất điện, đĩa đầy, tệp hỏng. Try what befalls a station's journal.

    A journaling process is killed; the system refuses its writes and syncs (ENOSPC, EIO, EROFS);
    a small disk is filled, where one may be mounted; its files are cut and garbled. Each trial
    looks for what had been acknowledged before. Exit status 1 when anything is lost or doubled.
    """
    from api.rehearsal.journal_trials import trials

    _try(trials(kills=kills, refusals=refusals, garblings=garblings, seed=seed))


@app.command()
def kills(
    *,
    cycles: Annotated[
        int,
        typer.Option("--kills", min=1, help="Kills of a server on files, scans under way."),
    ] = 100,
    postgres: Annotated[
        int, typer.Option(min=1, help="Kills in each other work, most of PostgreSQL.")
    ] = 15,
    seed: Annotated[int, typer.Option(help="Another seed strikes elsewhere.")] = 1,
) -> None:
    """Thử máy chủ và PostgreSQL bị tắt ngang. Kill the server, and the PostgreSQL, at work.

    With kill -9, while scans come in, while the read model is rebuilt, while a house moves to a
    PostgreSQL: the server on files; postmaster and backends. After each: whatever a station was
    answered for is in the log, once (L1); and the read model that lived through it is the one that
    the events give (L4). Exit status 1 when anything is lost, doubled or different.

    Mất khoảng mười phút trên máy bận. Some ten minutes on a busy machine of two cores, four seconds
    a kill; a minute with --kills 4 --postgres 2.
    """
    from api.rehearsal.kill_trials import trials

    _try(trials(kills=cycles, postgres=postgres, seed=seed))


@app.command()
def histories(
    *,
    engine: Annotated[EngineName, typer.Option(help="What keeps the events.")] = EngineName.SQLITE,
    acts: Annotated[int, typer.Option(min=1, help="What each of the eight clients does.")] = 200,
    servers: Annotated[int, typer.Option(min=1, max=8, help="Of one PostgreSQL.")] = 1,
    seed: Annotated[int, typer.Option(help="Another seed does other things.")] = 1,
) -> None:
    """Tám máy cùng làm trên tám hồ sơ. Eight clients at work on eight dossiers at once, over HTTP.

    They scan, decide on what they have just read, and read; each asking and each answer is noted
    with its time. Then one true course must explain all of it: what was acknowledged stands once
    and is in every later reading, nothing is shown that had not begun or shown again otherwise,
    decisions stand in one order, each on what its person saw. Exit status 1 if there is none.
    """
    from tempfile import TemporaryDirectory

    from api.rehearsal.engines import rehearsing_on
    from api.rehearsal.histories.clients import play
    from api.rehearsal.histories.history import Told

    if engine is EngineName.SQLITE and servers > 1:
        raise typer.BadParameter("files have one server", param_hint="--servers")
    with rehearsing_on(engine), TemporaryDirectory() as where:
        history = play(Path(where), seed=seed, acts=acts, servers=servers)
    broken = list(history.broken())
    looks = len(history.traces) + len(history.lists)
    unknown = sum(act.told is Told.UNKNOWN for act in [*history.scans, *history.deeds])
    typer.echo(
        f"{len(history.scans)} lượt quét/scans, {len(history.deeds)} xử lý/decisions,"
        f" {looks} lần đọc/readings, {unknown} không rõ/unanswered:"
        f" {len(broken)} mâu thuẫn/contradictions"
    )
    for line in broken[:MOST_TOLD]:
        typer.echo(f"  {line}")
    if broken:
        raise SystemExit(1)


def _try(trials: Iterable[tuple[str, Callable[[], Any]]]) -> None:
    """Run one trial after the other and tell its tally."""
    import os

    held = True
    for name, tried in trials:
        tally = tried()
        held = held and tally.holds
        typer.echo(
            f"{name}: {tally.trials} lần thử/trials, {tally.acknowledged} đã nhận/acknowledged,"
            f" mất/lost {tally.lost}, trùng/doubled {tally.doubled}, khác/other {tally.differing}"
            f" (load {os.getloadavg()[0]:.1f})"
        )
        for kind, times in sorted(tally.struck.items()):
            typer.echo(f"  {times:5} × {kind}")
    if not held:
        raise SystemExit(1)


def _keep(where: Path, name: str, number: int, picture: Any, *, all_read: bool) -> None:
    import cv2

    plain = "".join(sign if sign.isalnum() or sign == "." else "-" for sign in name)
    file = where / f"{plain}-{number:03}{'' if all_read else '-missed'}.jpg"
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
    file.write_bytes(data.tobytes())


def _tell(rows: list[dict[str, Any]], judged: list[Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from scanner_station.decoder import STAGES

    console = Console()
    table = Table(box=None, pad_edge=False)
    heads = ("Mức\nClass", "Mã\nSymbol", *STAGES, "Đọc\nRead", "Sai\nWrong", "CPU\nms")
    for head in heads:
        table.add_column(head[:4] if head in STAGES else head, no_wrap=True)
    for row in rows:
        wrong, slow = str(row["misread"] or "–"), f"{row['all_ms']:.0f}"
        quick = "" if row["fast_ms"] is None else f"{row['fast_ms']:.0f}/"
        table.add_row(row["class"], "either", *[""] * 6, _of(row, "read"), wrong, quick + slow)
        for kind, stages in row["stages"].items():
            counts = [str(stages.get(stage, "–")) for stage in STAGES]
            table.add_row("", kind, *counts, _of(row, kind), "", "")
        table.add_row("", "1st frame", *[""] * 6, _of(row, "read_fast"), "", "")
    console.print(table)
    for target in judged:
        sign = "≥" if target.at_least else "≤"
        told = "[green]đạt/met[/green]" if target.met else "[red]không đạt/not met[/red]"
        console.print(f"{told}  {target.name}: {target.measured:.4g} ({sign} {target.bound:g})")


def _of(row: dict[str, Any], key: str) -> str:
    return f"{row[key]}/{row['labels']}" if row["labels"] else "–"
