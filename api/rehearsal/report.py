"""The day's report: what the server says of each dossier, compared with what really happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from rich.table import Table

from api.rehearsal.processes import NotAsPlayed
from api.rehearsal.truth import Paper, Truth
from domain.model.instants import local, parse_instant, parse_local

_STANDINGS = {
    "within": "trong hạn",
    "near": "sắp đến hạn",
    "overdue": "QUÁ HẠN",
    "paused": "tạm dừng",
    "early": "trước hạn",
    "on_time": "đúng hạn",
    "late": "quá hạn",
}
_BASES = {"verified": "đã kiểm", "inferred": "suy ra", "attested": "khai lại", None: "đã trả"}


@dataclass(frozen=True)
class Line:
    """What the server says of one dossier, and where the truth differs from it."""

    paper: Paper
    row: Mapping[str, Any]
    wrong: frozenset[tuple[str, bool]]
    differs: tuple[str, ...]


def report(supervisor: httpx.Client, truth: Truth) -> list[Line]:
    """Ask the server as a supervisor would, and hold each answer against the truth."""
    board = _get(supervisor, "/api/v1/board", selection="all", limit=100)["rows"]
    told = _get(supervisor, "/api/v1/discrepancies", open_only=False, limit=100)["discrepancies"]
    rows = {row["label"]: row for row in board}
    lines = [_line(paper, rows.pop(paper.label), told) for paper in truth.papers.values()]
    known = {paper.label for paper in truth.papers.values()}
    strangers = [*rows, *(one for one in told if one["subject"] not in known)]
    if strangers:
        raise NotAsPlayed(f"the server speaks of what never happened: {strangers}")
    return lines


def runs_differ(supervisor: httpx.Client, truth: Truth) -> list[str]:
    """Where the server's runs of the day are not those that were driven, in words."""
    told = {
        f"{run['route']}/{run['slot']}": [
            stop["office"] for stop in run["stops"] if stop["status"] == "reached"
        ]
        for run in _get(supervisor, "/api/v1/runs")["runs"]
    }
    return [
        f"{run}: {told.get(run)!r}, in truth {stops!r}"
        for run, stops in truth.stops.items()
        if told.get(run) != stops
    ]


def as_table(lines: list[Line]) -> Table:
    """For people."""
    table = Table(title="Báo cáo trong ngày / the day's report")
    table.add_column("hồ sơ · thủ tục")
    table.add_column("đang giữ · căn cứ")
    table.add_column("hẹn trả · hạn")
    table.add_column("sai lệch", no_wrap=True)
    table.add_column("thật?", no_wrap=True)
    for line in lines:
        row = line.row
        table.add_row(
            f"{line.paper.name} {row['label'][8:14].lstrip('0')} · {row['procedure']}",
            f"{row['holder'] or 'công dân'} · {_BASES[row['basis']]}",
            f"{local(parse_instant(row['due'])):%d/%m %H:%M} · {_STANDINGS[row['standing']]}",
            "\n".join(
                f"{code}{'' if still else ' (đã xong)'}" for code, still in sorted(line.wrong)
            ),
            "✓" if not line.differs else "KHÔNG",
        )
    return table


def _line(paper: Paper, row: Mapping[str, Any], told: list[Mapping[str, Any]]) -> Line:
    wrong = frozenset(
        (one["code"], one["closed"] is None) for one in told if one["subject"] == paper.label
    )
    due_us = parse_local(paper.due)
    pairs = {
        "holder": (row["holder"], paper.holder),
        "basis": (row["basis"], paper.basis),
        "due": (parse_instant(row["due"]), due_us),
        "standing": (row["standing"], paper.standing),
        "discrepancies": (wrong, frozenset(paper.wrong)),
    }
    differs = tuple(
        f"{name} {said!r}, in truth {true!r}"
        for name, (said, true) in pairs.items()
        if said != true
    )
    return Line(paper, row, wrong, differs)


def _get(client: httpx.Client, path: str, **query: Any) -> Any:
    answer = client.get(path, params=query)
    answer.raise_for_status()
    return answer.json()
