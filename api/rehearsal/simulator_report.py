"""What simulated runs came to, as a table and as JSON; used by `giaonhan simulate`."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from rich.console import Console
from rich.table import Table

from api.rehearsal.simulator import Outcome
from api.rehearsal.simulator_faults import KINDS

LAWS = {
    "L1": "đã báo nhận thì không mất, không ghi hai lần / acknowledged: never lost, never twice",
    "L2": "mỗi lúc đúng một người giữ / exactly one custodian at every instant",
    "L3": "mỗi phút làm việc đúng một bên / every working minute has one owner",
    "L4": "dựng lại bảng vẫn như cũ / the rebuilt read model is the running one",
    "L5": "thứ tự đến không đổi kết quả / the order of arrival changes nothing",
    "L6": "suy ra không hiện là đã kiểm / inferred is never shown as verified",
    "L9": "chuỗi băm không đứt / the hash chain is unbroken",
    "truth": "sổ giao nhận khớp thực tế / the fold equals the truth",
}
_MOST_TOLD = 20  # violations of one seed; what follows a first one seldom says more


class Total:
    """Several runs added up."""

    def __init__(self, chosen: Collection[str]) -> None:
        self.seeds = self.steps = self.scans = self.acks = self.violations = 0
        self.fired: Counter[str] = Counter()
        self.checked: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.chosen = set(chosen)

    def add(self, outcome: Outcome) -> None:
        """Count one run in."""
        self.seeds += 1
        self.steps += outcome.steps
        self.scans += outcome.scans
        self.acks += outcome.acks
        self.violations += len(outcome.violations)
        self.fired += outcome.fired
        self.checked += outcome.checked
        self.codes += outcome.codes
        self.chosen |= outcome.plan.faults

    def to_json(self) -> dict[str, Any]:
        """Counts, names sorted."""
        return {
            "seeds": self.seeds,
            "steps": self.steps,
            "scans": self.scans,
            "acknowledged": self.acks,
            "violations": self.violations,
            "faults": {name: self.fired[name] for name in KINDS if name in self.chosen},
            "discrepancies": dict(sorted(self.codes.items())),
            "checked": dict(sorted(self.checked.items())),
        }


def show_violation(outcome: Outcome, console: Console) -> None:
    """Seed, step, law, and the trace behind the first."""
    console.print(f"[bold red]HẠT GIỐNG / SEED {outcome.plan.seed}[/]", highlight=False)
    for violation in outcome.violations[:_MOST_TOLD]:
        console.print(f"  {violation}", highlight=False, markup=False)
    for line in outcome.tail:
        console.print(f"    {line}", highlight=False, markup=False, soft_wrap=True)


def show(total: Total, console: Console, *, tables: bool) -> None:
    """The sum in a line, and the tables behind it."""
    console.print(
        f"{total.seeds} lượt / seeds · {total.steps} bước / steps · "
        f"{total.scans} lượt quét / scans · {total.acks} báo nhận / acknowledged · "
        f"[bold]{total.violations} vi phạm / violations[/]",
        highlight=False,
    )
    kinds = [f"{name} {total.fired[name]}" for name in KINDS if name in total.chosen]
    if kinds:
        console.print(f"sự cố / faults: {', '.join(kinds)}", highlight=False)
    if not tables:
        return
    faults = Table("sự cố / fault", "lần / fired", "nghĩa là / meaning")
    for name in KINDS:
        if name in total.chosen:
            faults.add_row(name, str(total.fired[name]), KINDS[name].meaning)
    codes = Table("sai lệch / discrepancy", "số / count")
    for code, count in sorted(total.codes.items()):
        codes.add_row(code, str(count))
    laws = Table("luật / law", "lần kiểm / checks", "nội dung / what it says")
    for law, meaning in LAWS.items():
        laws.add_row(law, str(total.checked[law]), meaning)
    for table in (faults, codes, laws):
        console.print(table)
