"""Which facts stand after undo and correction, and in what form; the first step of the fold.

Nothing is edited: an `Undone` or `Corrected` is one more fact, and can itself be corrected away
(`facts.md` §3, Undo, correction, attestation).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from domain.model.custody_state import SetAside
from domain.model.fact import aims
from domain.model.instants import SECOND_US, parse_instant
from domain.model.station_time import Timed, clamped

UNDO_WITHIN_US = 60 * SECOND_US
AMENDING = frozenset({"Undone", "Corrected"})
_REMOVES = "did_not_occur"
_REPLACES = "was_wrong"
_OWN_FIELDS = frozenset({"subject", "office", "operator", "fact"})  # the rest, but `at`, is context


class Standing(NamedTuple):
    """A fact that counts, in the form in which it counts."""

    timed: Timed
    amended: bool


@dataclass(eq=False, slots=True)
class _Case:
    """A fact until it is decided: `stated` as it was sent, `form` as it counts.

    `suspects` are all those that may turn out to undo or correct it.
    """

    stated: Timed
    form: Timed
    suspects: list["_Case"] = field(default_factory=list)
    decided: bool = False
    counts: bool = True


def amend(timed: Sequence[Timed]) -> tuple[list[Standing], list[SetAside]]:
    """The facts that stand, in the order given, and those set aside with what sets them aside.

    A fact is decided when all that may amend it are; those that wait for each other in a ring
    are void together.
    """
    if not any(one.fact.fact in AMENDING for one in timed):
        return [Standing(one, amended=False) for one in timed], []
    aimed = [aims(one.fact) for one in timed]
    aimed_at = set().union(*aimed)
    bound = [bool(its) or one.fact.key in aimed_at for one, its in zip(timed, aimed, strict=True)]
    decided, aside = _decided([one for one, is_bound in zip(timed, bound, strict=True) if is_bound])
    cases = iter(decided)
    standing = []
    for one, is_bound in zip(timed, bound, strict=True):
        if not is_bound:
            standing.append(Standing(one, amended=False))
        elif (case := next(cases)).counts:
            standing.append(Standing(case.form, amended=case.form is not case.stated))
    return standing, aside


def _decided(timed: Sequence[Timed]) -> tuple[list[_Case], list[SetAside]]:
    """What becomes of each of those that others name or that name others, in the order given."""
    cases = [_Case(one, one) for one in timed]
    _gather_suspects(cases)
    aside: set[SetAside] = set()
    for case in cases:
        case.decided = not case.suspects
    waiting = [case for case in cases if case.suspects]
    while waiting:
        for case, form, removed in [(c, _form(c), bool(_removers(c))) for c in _ready(waiting)]:
            case.form, case.counts, case.decided = form, not removed, True
        waiting = [case for case in waiting if not case.decided]
        if waiting and not _ready(waiting):
            aside |= _untie(waiting)
            waiting = [case for case in waiting if not case.decided]
    gone = [case for case in cases if not case.counts]
    aside |= {_by(case, remover) for case in gone for remover in _removers(case)}
    return cases, sorted(aside)


def _gather_suspects(cases: Iterable[_Case]) -> None:
    """Who may amend whom: by the target named, or by one that a correction may put there."""
    under: dict[str, list[_Case]] = defaultdict(list)
    for case in cases:
        under[case.stated.fact.key].append(case)
    aims = [(case, case.stated.fact.context.get("target")) for case in cases]
    known: set[tuple[int, str]] = set()
    while aims:
        case, key = aims.pop()
        if key is None or (id(case), key) in known:
            continue
        known.add((id(case), key))
        aim_put = _changes(case.stated).get("target")
        for target in under.get(key, ()):
            target.suspects.append(case)
            aims.append((target, aim_put))


def _ready(waiting: Iterable[_Case]) -> list[_Case]:
    """Those about which nothing more can come: all suspects are decided, or one removes it."""
    return [
        case
        for case in waiting
        if all(suspect.decided for suspect in case.suspects) or _removers(case)
    ]


def _untie(waiting: Sequence[_Case]) -> set[SetAside]:
    """Void the rings; where suspicion alone made a ring, decide those whom nobody aims at."""
    aimers = {
        id(case): [by for by in case.suspects if not by.decided and _aims_at(_form(by), case)]
        for case in waiting
    }
    rings = [case for case in waiting if _reaches(case, case, aimers)]
    for case in rings:
        case.decided, case.counts = True, False
    if not rings:
        for case in waiting:
            if not aimers[id(case)]:
                case.form, case.decided = _form(case), True
    return {_by(case, by) for case in rings for by in aimers[id(case)] if by in rings}


def _reaches(start: _Case, goal: _Case, aimers: Mapping[int, Sequence[_Case]]) -> bool:
    seen: set[int] = set()
    front = [start]
    while front:
        for by in aimers[id(front.pop())]:
            if by is goal:
                return True
            if id(by) not in seen:
                seen.add(id(by))
                front.append(by)
    return False


def _in_force(case: _Case) -> list[_Case]:
    return [by for by in case.suspects if by.decided and by.counts and _aims_at(by.form, case)]


def _removers(case: _Case) -> list[_Case]:
    return [by for by in _in_force(case) if _removes(by.form)]


def _form(case: _Case) -> Timed:
    """The fact with the fields put right by what is decided so far; per field the last wins."""
    put: dict[str, Any] = {}
    for by in sorted(_in_force(case), key=lambda one: one.form.order):
        if not _removes(by.form):
            put |= _changes(by.form)
    return _replaced(case.stated, put) if put else case.stated


def _by(case: _Case, remover: _Case) -> SetAside:
    return SetAside(case.stated.fact.key, remover.stated.fact.key)


def _aims_at(by: Timed, case: _Case) -> bool:
    """Whether it undoes or corrects the fact, provided that it counts itself."""
    fact, target = by.fact, case.stated.fact
    context = fact.context
    if context.get("target") != target.key:
        return False
    if fact.fact == "Undone":
        return (
            target.fact != "Undone"
            and fact.station == target.station
            and fact.operator == target.operator
            and 0 <= fact.at_us - target.at_us <= UNDO_WITHIN_US
        )
    replaces = context.get("kind") == _REPLACES and bool(_changes(by))
    return (
        fact.fact == "Corrected"
        and bool(context.get("reason"))
        and (replaces or context.get("kind") == _REMOVES)
    )


def _removes(by: Timed) -> bool:
    return by.fact.fact == "Undone" or by.fact.context["kind"] == _REMOVES


def _changes(timed: Timed) -> Mapping[str, Any]:
    return timed.fact.context.get("set") or {}


def _replaced(stated: Timed, put: Mapping[str, Any]) -> Timed:
    """The fact with other fields; a new time is clamped into the old bounds and carried nowhere."""
    fact = stated.fact
    own = {name: value for name, value in put.items() if name in _OWN_FIELDS}
    context = {
        name: value for name, value in put.items() if name not in _OWN_FIELDS and name != "at"
    }
    at_us, effective_us = fact.at_us, stated.effective_us
    if "at" in put:
        at_us = parse_instant(put["at"])
        effective_us = clamped(at_us, stated.lower_us, stated.upper_us)
    amended = replace(fact, **own, at_us=at_us, context={**fact.context, **context})
    return replace(stated, fact=amended, effective_us=effective_us)
