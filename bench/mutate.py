"""Mutation of the fold: each small change to its code should make some test of it fail.

    .venv/bin/python bench/mutate.py [--sample N] [--seconds S] [--results FILE] [--again]

The tree is left alone: two copies under the temporary directory are changed and tested. What was
found out is kept in FILE, so that an interrupted run goes on; `--again` tries the survivors anew.
"""

import argparse
import ast
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import Queue
from random import Random
from typing import Any

TREE = Path(__file__).resolve().parents[1]
MODEL = TREE / "domain" / "model"
MUTATED = [*sorted(MODEL.glob("custody*.py")), MODEL / "corrections.py", MODEL / "station_time.py"]
COPIED = ["domain", "tests/model", "pyproject.toml"]
TESTS = (
    "station_time corrections custody_examples custody_handoffs custody_pouches custody_receipts"
    " custody_life custody_decisions two_folds"
).split()
DAYS = "80"  # of the two folds
LIMITED = 'ulimit -t 20; ulimit -v 1500000; exec "$@"'  # a mutant may never end, or take all memory
WORKERS = 2
FLIPPED: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
DELETED = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.Delete, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Mutant:
    """One small change: the whole file with it, and the line before and after."""

    file: str
    line: int
    kind: str
    was: str
    now: str
    source: str

    @property
    def identity(self) -> str:
        """The same for the same change to the same file."""
        return sha256(f"{self.file}\0{self.source}".encode()).hexdigest()[:16]


def mutants(path: Path) -> Iterator[Mutant]:
    """All small changes of one file, in its order."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    for node, changed, kind in _changes(module):
        was, now = ast.unparse(node).split("\n")[0], ast.unparse(changed).split("\n")[0]
        with _put(node, changed):
            source = ast.unparse(module) + "\n"
        line = getattr(node, "lineno", 0)
        yield Mutant(str(path.relative_to(TREE)), line, kind, was, now, source)


class _put:  # noqa: N801  # read as a verb
    """One node in the tree stands as another for a while."""

    def __init__(self, node: ast.AST, changed: ast.AST) -> None:
        self.node, self.changed = node, changed

    def __enter__(self) -> None:
        self.kept = self.node.__class__, dict(vars(self.node))
        self.node.__class__ = self.changed.__class__
        vars(self.node).clear()
        vars(self.node).update(vars(self.changed))

    def __exit__(self, *_: object) -> None:
        self.node.__class__ = self.kept[0]
        vars(self.node).clear()
        vars(self.node).update(self.kept[1])


def _changes(module: ast.Module) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    for node in _behaviour(module):
        yield from _of_logic(node)
        match node:
            case ast.Constant(value=bool(value)):
                yield node, ast.Constant(not value), "constant"
            case ast.Constant(value=int(value)):
                yield node, ast.Constant(value + 1), "constant"
                yield node, ast.Constant(value - 1), "constant"
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring
            case _ if isinstance(node, DELETED):
                yield node, ast.Pass(), "deletion"


def _of_logic(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    match node:
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                for flipped in FLIPPED[type(op)]:
                    changed = copy.deepcopy(node)
                    changed.ops[place] = flipped()
                    yield node, changed, "comparison"
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield node, ast.BoolOp(other, values), "and/or"
            for place in range(len(values)):
                rest = values[:place] + values[place + 1 :]
                yield node, ast.BoolOp(op, rest) if rest[1:] else rest[0], "operand"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, operand, "negation"
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield test, ast.UnaryOp(ast.Not(), copy.deepcopy(test)), "negation"
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield test, ast.Constant(value=True), "filter"


def _behaviour(node: ast.AST, *, inside: bool = False) -> Iterator[ast.AST]:
    """What runs when the fold runs: no imports, annotations, decorators or class fields."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.AnnAssign) and not inside:
                continue
            within = inside or isinstance(child, ast.FunctionDef)
            if inside or (isinstance(child, ast.Assign) and isinstance(node, ast.Module)):
                yield child
            yield from _behaviour(child, inside=within)


def copies(folder: Path) -> Queue[Path]:
    """Copies of what the tests need, one for each worker."""
    free: Queue[Path] = Queue()
    for number in range(WORKERS):
        place = folder / str(number)
        for name in COPIED:
            source, target = TREE / name, place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        free.put(place)
    return free


def fails(place: Path, *, first: bool = False) -> bool:
    """Whether some test of the fold fails in this copy, or never ends."""
    tests = [f"tests/model/test_{name}.py" for name in TESTS]
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    unwritten = {"PYTHONDONTWRITEBYTECODE": "" if first else "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", LIMITED, "sh", *pytest],
        cwd=place,
        env=os.environ | {"GIAONHAN_DAYS": DAYS} | unwritten,
        check=False,
        capture_output=True,
    )
    return bool(done.returncode)


def killed(mutant: Mutant, free: "Queue[Path]") -> bool:
    """Whether the tests notice the change."""
    place = free.get()
    changed = place / mutant.file
    kept = changed.read_bytes()
    try:
        changed.write_text(mutant.source, encoding="utf-8")
        return fails(place)
    finally:
        changed.write_bytes(kept)
        free.put(place)


def told(results: Path) -> dict[str, bool]:
    """What earlier runs found out: killed or not, by identity."""
    if not results.exists():
        return {}
    rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {row["identity"]: row["killed"] for row in rows}


def run(chosen: list[Mutant], known: dict[str, bool], results: Path, seconds: float) -> None:
    """Try what is not known yet, until the time is over."""
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="giaonhan-mutants-") as folder:
        free = copies(Path(folder))
        for _ in range(WORKERS):
            whole = free.get()
            if fails(whole, first=True):
                sys.exit("the tests fail without any change")
            free.put(whole)

        def attempt(mutant: Mutant) -> None:
            if time.monotonic() >= ends:
                return
            known[mutant.identity] = dead = killed(mutant, free)
            row: dict[str, Any] = {"identity": mutant.identity, "killed": dead}
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

        with ThreadPoolExecutor(WORKERS) as workers:
            list(workers.map(attempt, [one for one in chosen if one.identity not in known]))


def report(everything: list[Mutant], known: dict[str, bool]) -> None:
    tried = [one for one in everything if one.identity in known]
    dead = Counter(one.file for one in tried if known[one.identity])
    for file, number in Counter(one.file for one in tried).items():
        print(f"{dead[file]:4} of {number:4} killed  {file}")
    for one in tried:
        if not known[one.identity]:
            print(f"survived {one.file}:{one.line} {one.kind}: {one.was}  →  {one.now}")
    rate = 100 * dead.total() / max(1, len(tried))
    print(f"{dead.total()} of {len(tried)} killed ({rate:.1f} %), {len(everything)} possible")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    words.add_argument("--sample", type=int, default=0, help="so many, drawn evenly; 0: all")
    words.add_argument("--seconds", type=float, default=3600.0)
    kept = Path(tempfile.gettempdir()) / "giaonhan-mutants.jsonl"
    words.add_argument("--results", type=Path, default=kept)
    words.add_argument("--again", action="store_true", help="try the survivors anew")
    asked = words.parse_args()
    everything = [mutant for path in MUTATED for mutant in mutants(path)]
    known = told(asked.results)
    if asked.again:
        known = {identity: dead for identity, dead in known.items() if dead}
    chosen = Random(1).sample(everything, len(everything))  # the same order each time
    run(chosen[: asked.sample or None], known, asked.results, asked.seconds)
    report(everything, known)


if __name__ == "__main__":
    main()
