"""Second, slow implementation of undo, correction and attestation's place (facts.md §3).

Read by `slow_fold` only; written from the page alone.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.model.errors import BadInstant
from domain.model.fact import Fact
from domain.model.instants import SECOND_US, parse_instant
from tests.model.slow_time import Order, Placed, clamp

UNDO_WITHIN_US = 60 * SECOND_US
ACTS = ("Undone", "Corrected")
FIELDS = ("subject", "office", "fact", "operator")


@dataclass(eq=False)
class _Case:
    """One fact while its amendments are gathered; `stated` is the entry's own words."""

    stated: Fact
    placed: Placed
    removed_by: list[str] = field(default_factory=list)
    amendments: list[tuple[Order, Mapping[str, Any]]] = field(default_factory=list)
    void: bool = False


def amend(entries: list[Placed]) -> tuple[list[Placed], list[dict[str, str]]]:
    """What is left of the facts, amended, and what set aside what ({key, by})."""
    cases = [_Case(entry.fact, replace(entry)) for entry in entries]
    under: dict[str, list[_Case]] = defaultdict(list)
    for case in cases:
        under[case.stated.key].append(case)
    _resolve(cases, under)
    kept = [case.placed for case in cases if not case.removed_by]
    pairs = sorted({(case.stated.key, by) for case in cases for by in case.removed_by})
    return kept, [{"key": key, "by": by} for key, by in pairs]


def _resolve(cases: list[_Case], under: dict[str, list[_Case]]) -> None:
    """Settle first what nobody amends, then what only settled facts amend, and so on."""
    unsettled = list(cases)
    while unsettled:
        acts = [case for case in unsettled if _acts(case)]
        aimed_at = {id(target) for act in acts for target in _targets(act, under)}
        ready = [case for case in unsettled if id(case) not in aimed_at]
        if not ready:
            # Only circles are left (and what they aim at): those on a circle are void.
            for case in [a for a in acts if _on_a_circle(a, acts, under)]:
                case.void = True
            continue
        for case in ready:
            _put_amendments(case)
        for case in ready:
            if _acts(case):
                for target in _targets(case, under):
                    _apply(case, target)
        unsettled = [case for case in unsettled if case not in ready]


def _acts(case: _Case) -> bool:
    return case.placed.fact.fact in ACTS and not case.removed_by and not case.void


def _targets(act: _Case, under: dict[str, list[_Case]]) -> list[_Case]:
    """Under `EQUIVOCATION` the target is every fact under the key."""
    target = act.placed.fact.context.get("target")
    return under.get(target, []) if isinstance(target, str) else []


def _on_a_circle(start: _Case, acts: list[_Case], under: dict[str, list[_Case]]) -> bool:
    reached = list(_targets(start, under))
    for case in reached:  # grows while it is read
        if case in acts:
            reached += [t for t in _targets(case, under) if t not in reached]
    return start in reached


def _apply(act: _Case, target: _Case) -> None:
    fact, stated = act.placed.fact, target.stated
    if fact.fact == "Undone":
        if (
            fact.operator == stated.operator
            and fact.station == stated.station
            and stated.fact != "Undone"
            and 0 <= fact.at_us - stated.at_us <= UNDO_WITHIN_US
        ):
            target.removed_by.append(fact.key)
        return
    if not fact.context.get("reason"):  # a correction needs a reason
        return
    put = fact.context.get("set")
    if fact.context.get("kind") == "did_not_occur":
        target.removed_by.append(fact.key)
    elif fact.context.get("kind") == "was_wrong" and isinstance(put, dict) and put:
        target.amendments.append((act.placed.order, put))


def _put_amendments(case: _Case) -> None:
    """Replace the fields named; per field the last correction wins."""
    placed = case.placed
    for _order, put in sorted(case.amendments, key=lambda a: a[0]):
        placed.amended = True
        for name, value in put.items():
            if name in FIELDS:
                placed.fact = replace(placed.fact, **{name: value})
            elif name == "at":  # clamped, but not carried
                at_us = parse_instant(value)
                placed.fact = replace(placed.fact, at_us=at_us)
                placed.effective_us = clamp(at_us, placed.lower_us, placed.upper_us)
            else:
                context = dict(placed.fact.context) | {name: value}
                placed.fact = replace(placed.fact, context=context)


def put_attestations_at_when(entries: list[Placed]) -> None:
    """`Attested` holds from its `when`, never after its own time."""
    for entry in entries:
        if entry.fact.fact == "Attested" and "when" in entry.fact.context:
            try:
                when = parse_instant(entry.fact.context["when"])
            except BadInstant:
                continue
            entry.effective_us = min(when, entry.effective_us)
