"""The demonstration: plays the day, holds the report against the truth, checks the laws, serves."""

import sys
from collections.abc import Iterable
from contextlib import closing
from random import Random  # noqa: TID251 - the play draws from one printed seed
from time import perf_counter, sleep

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.composition import CONSOLE
from api.rehearsal.checks import broken_laws
from api.rehearsal.day import OPENS_AT, Day
from api.rehearsal.report import Line, as_table, report, runs_differ
from api.rehearsal.stage import Stage
from domain.model.instants import SECOND_US, local

EXIT_UNTRUE = 1


def play(*, once: bool, seed: int, console: Console) -> int:
    """The exit code: 0 only if the laws held and the report equals the truth."""
    started = perf_counter()
    with Stage(opens_at=OPENS_AT, dice=Random(seed)) as stage:
        day = Day(stage)
        _play_scenes(day, console)
        supervisor = stage.signed_in("lanhdao")
        lines = report(supervisor, day.truth)
        runs = runs_differ(supervisor, day.truth)
        console.print(as_table(lines))
        stage.server.stop()
        with closing(stage.house()) as house:
            laws = broken_laws(house, acknowledged=stage.acknowledged())
        recorded = len(stage.acknowledged())
        console.print(
            f"{stage.scans} lượt quét / scans, {recorded} đã ghi nhận / recorded,"
            f" {stage.pictures} ảnh / pictures,"
            f" {perf_counter() - started:.1f} s, seed {seed}"
        )
        code = _verdict(console, lines, runs, laws)
        if not once and code == 0:
            _serve_on(stage, console)
    return code


def _play_scenes(day: Day, console: Console) -> None:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
    scenes = list(day.scenes())
    with bar:
        task = bar.add_task("", total=len(scenes))
        for title, act in scenes:
            bar.update(task, description=title)
            act()
            if not console.is_terminal:
                console.print(f"  {local(day.stage.clock.now_us()):%d/%m %H:%M}  {title}")
            bar.advance(task)


def _verdict(
    console: Console, lines: Iterable[Line], runs: Iterable[str], laws: Iterable[str]
) -> int:
    untrue = [f"{line.paper.name}: {'; '.join(line.differs)}" for line in lines if line.differs]
    untrue += runs
    broken = list(laws)
    for difference in untrue:
        console.print(f"[red]{difference}")
    for violation in broken:
        console.print(f"[red]LUẬT BỊ VI PHẠM / law broken: {violation}")
    if untrue or broken:
        console.print("[red]Báo cáo KHÔNG khớp sự thật / the report is NOT the truth")
        return EXIT_UNTRUE
    console.print(
        "Báo cáo khớp sự thật, các luật được giữ / the report is the truth, the laws hold"
    )
    return 0


def _serve_on(stage: Stage, console: Console) -> None:
    """Serve the day's result until Ctrl-C; the clock goes on from the evening at its own pace."""
    with closing(stage.house()) as house:
        code = house.write(lambda: house.sign_in.issue_code(person="lanhdao", actor=CONSOLE))
        once = code.result()
    stage.start_server()
    console.print(
        f"\nBảng theo dõi / the board   {stage.url}/board"
        f"\nChuyến thư / courier runs   {stage.url}/runs"
        f"\nĐăng nhập một lần / one-time sign-in   {stage.url}/sign-in/{once}"
        "\nCtrl-C để kết thúc / to end; nothing is left behind."
    )
    sys.stdout.flush()
    try:
        while True:
            sleep(1)
            stage.pass_time(SECOND_US)
    except KeyboardInterrupt:
        console.print()
