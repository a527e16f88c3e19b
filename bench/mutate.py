"""Mutation of the fold: each small change to its code should make some test of it fail.

    .venv/bin/python bench/mutate.py [--sample N] [--only WORD] [--seconds S] [--results FILE]

Neither the tree nor a copy is changed: modules and tests are loaded once, and each mutant is put
into the functions of a forked process, where the tests run until the first that fails. What was
found out is kept in FILE, so that an interrupted run goes on; `--again` tries the survivors anew.
"""

import argparse
import ast
import copy
import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from types import FunctionType, ModuleType

import pytest

TREE = Path(__file__).resolve().parents[1]
MODEL = TREE / "domain" / "model"
MUTATED = [*sorted(MODEL.glob("custody*.py")), MODEL / "corrections.py", MODEL / "station_time.py"]
TOLD = sorted((TREE / "tests" / "model").glob("test_custody_*.py"))
TESTS = [f"tests/model/{path.name}" for path in TOLD if path.stem != "test_custody_laws"]  # slow
TESTS += [f"tests/model/test_{name}.py" for name in ("station_time", "corrections", "verdict")]
TESTS += ["tests/model/test_two_folds.py", "tests/read_model/test_fillings.py"]
DAYS = "120"  # of the two folds
MOST_CPU_S = 30  # of the tests without a mutant; with one that never ends, twice what those took
MOST_MEMORY_BYTES = 1_500_000_000  # it may take all memory
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


def functions(owner: ModuleType | type, source: str) -> Iterator[tuple[str, FunctionType]]:
    """All that are written in this file, by the path to them."""
    for name, value in vars(owner).items():
        if isinstance(value, type) and value.__module__ == owner_module(owner):
            yield from ((f"{name}.{path}", one) for path, one in functions(value, source))
        else:
            found = value.fget if isinstance(value, property) else value
            if isinstance(found, FunctionType) and found.__code__.co_filename == source:
                yield name, found


def owner_module(owner: ModuleType | type) -> str:
    """The name of the module that something stands in."""
    return owner.__name__ if isinstance(owner, ModuleType) else owner.__module__


def put(mutant: Mutant) -> None:
    """Let this process run the mutant instead."""
    live = importlib.import_module(mutant.file.removesuffix(".py").replace("/", "."))
    file = str(live.__file__)
    changed = ModuleType(live.__name__)
    changed.__file__ = file
    sys.modules[live.__name__] = changed  # dataclasses look themselves up
    exec(compile(mutant.source, file, "exec"), vars(changed))  # noqa: S102 - our own code, changed
    sys.modules[live.__name__] = live
    known = dict(functions(live, file))
    for path, function in functions(changed, file):
        known[path].__code__ = function.__code__
        for name in ("__defaults__", "__kwdefaults__"):
            setattr(known[path], name, getattr(function, name))
    for name, value in list(vars(live).items()):
        if _is_constant(value) and vars(changed).get(name) != value:
            _put_everywhere(name, value, vars(changed).get(name))


def _is_constant(value: object) -> bool:
    return isinstance(value, int | str | tuple | frozenset | dict)


def _put_everywhere(name: str, was: object, now: object) -> None:
    """Whoever has imported the constant has it by that name."""
    for module in list(sys.modules.values()):
        held = getattr(module, "__dict__", {})
        if not name.startswith("__") and held.get(name) is was:
            held[name] = now  # None for what is gone: nothing works with that either


class Trial:
    """Runs in pytest's place of its test loop: a fork for each mutant."""

    def __init__(self, chosen: list[Mutant], results: Path, seconds: float) -> None:
        self.chosen, self.results, self.seconds = chosen, results, seconds
        self.failed = False
        self.items: list[pytest.Item] = []
        self.most_cpu_s = MOST_CPU_S

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants until the time is over; the tests must pass without one."""
        self.items = list(session.items)
        if session.testsfailed or self._killed(None):
            pytest.exit("the tests fail without any change", returncode=1)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.most_cpu_s = 2 + round(2 * (spent.ru_utime + spent.ru_stime))
        ends = time.monotonic() + self.seconds
        for mutant in self.chosen:
            if time.monotonic() >= ends:
                break
            row = {"identity": mutant.identity, "killed": self._killed(mutant)}
            with self.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        self.failed = self.failed or report.failed

    def _killed(self, mutant: Mutant | None) -> bool:
        """Whether some test fails, never ends, or the change cannot even be put in.

        The test that fails goes first from then on: most mutants die of few tests.
        """
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            code = 1
            try:
                code = self._fails(mutant, writing)
            finally:
                os._exit(code)
        os.close(writing)
        status = os.waitpid(child, 0)[1]
        with os.fdopen(reading, "rb") as told_by:
            if place := told_by.read():
                self.items.insert(0, self.items.pop(int(place)))
        return status != 0

    def _fails(self, mutant: Mutant | None, tell: int) -> int:
        self.items[0].config.pluginmanager.unregister(name="terminalreporter")
        resource.setrlimit(resource.RLIMIT_CPU, (self.most_cpu_s, self.most_cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
        if mutant is not None:
            put(mutant)
        for place, item in enumerate(self.items):
            after = self.items[place + 1] if place + 1 < len(self.items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                os.write(tell, str(place).encode())
                return 1
        return 0


def told(results: Path) -> dict[str, bool]:
    """What earlier runs found out: killed or not, by identity."""
    if not results.exists():
        return {}
    rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {row["identity"]: row["killed"] for row in rows}


def run(chosen: list[Mutant], results: Path, seconds: float) -> None:
    """Try these, until the time is over."""
    os.chdir(TREE)
    os.environ["GIAONHAN_DAYS"] = DAYS
    words = ["-x", "-q", "-p", "no:cacheprovider", *TESTS]
    if pytest.main(words, plugins=[Trial(chosen, results, seconds)]):
        sys.exit("the tests fail without any change")


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
    words.add_argument("--only", default="", help="mutants of files with this in their name")
    words.add_argument("--seconds", type=float, default=3600.0)
    kept = Path(tempfile.gettempdir()) / "giaonhan-mutants.jsonl"
    words.add_argument("--results", type=Path, default=kept)
    words.add_argument("--again", action="store_true", help="try the survivors anew")
    asked = words.parse_args()
    paths = [path for path in MUTATED if asked.only in path.name]
    everything = [mutant for path in paths for mutant in mutants(path)]
    known = told(asked.results)
    if asked.again:
        known = {identity: dead for identity, dead in known.items() if dead}
    chosen = Random(1).sample(everything, len(everything))  # the same order each time
    chosen = [one for one in chosen[: asked.sample or None] if one.identity not in known]
    run(chosen, asked.results, asked.seconds)
    report(everything, told(asked.results))


if __name__ == "__main__":
    main()
