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

    entry: Placed
    placed: Placed  # as amended so far
    removed_by: list[str] = field(default_factory=list)
    amendments: list[tuple[Order, Mapping[str, Any]]] = field(default_factory=list)
    may_name: list[str] = field(default_factory=list)
    void: bool = False

    @property
    def stated(self) -> Fact:
        return self.entry.fact


def amend(entries: list[Placed]) -> tuple[list[Placed], list[dict[str, str]]]:
    """What is left of the facts, amended, and what set aside what ({key, by})."""
    cases = [_Case(entry, replace(entry)) for entry in entries]
    under: dict[str, list[_Case]] = defaultdict(list)
    for case in cases:
        under[case.stated.key].append(case)
    _resolve(cases, under)
    kept = [case.placed for case in cases if not case.removed_by]
    pairs = sorted({(case.stated.key, by) for case in cases for by in case.removed_by})
    return kept, [{"key": key, "by": by} for key, by in pairs]


def _resolve(cases: list[_Case], under: dict[str, list[_Case]]) -> None:
    """Settle first what nobody may amend, then what only settled facts may, and so on."""
    unsettled = list(cases)
    _gather_names(cases, under)
    while unsettled:
        acts = [case for case in unsettled if _acts(case)]
        named = {id(one) for act in acts for key in act.may_name for one in under.get(key, [])}
        ready = [case for case in unsettled if id(case) not in named]
        if not ready:
            # Only circles are left (and what they aim at): those on a circle are void.
            circle = [act for act in acts if _on_a_circle(act, acts, under)]
            for case in circle:
                case.void = True
                case.removed_by += [a.stated.key for a in circle if case in _targets(a, under)]
            if circle:
                continue
            # They name each other, but some cannot set aside what they name.
            aimed_at = {id(target) for act in acts for target in _targets(act, under)}
            ready = [case for case in unsettled if id(case) not in aimed_at]
        for case in ready:
            if _acts(case):
                for target in _targets(case, under):
                    if target in unsettled:
                        _apply(case, target)
        unsettled = [case for case in unsettled if case not in ready]


def _gather_names(cases: list[_Case], under: dict[str, list[_Case]]) -> None:
    """Which keys an act may come to name: its own target's, or those that corrections of it put."""
    grows = True
    while grows:
        grows = False
        for case in cases:
            said, put = case.stated.context.get("target"), case.stated.context.get("set") or {}
            new = [(case, said)]
            for key in case.may_name:
                new += [(target, put.get("target")) for target in under.get(key, [])]
            for target, name in new:
                if name is not None and name not in target.may_name:
                    target.may_name.append(name)
                    grows = True


def _acts(case: _Case) -> bool:
    return case.placed.fact.fact in ACTS and not case.removed_by and not case.void


def _targets(act: _Case, under: dict[str, list[_Case]]) -> list[_Case]:
    """Of the facts it names, what it may set aside or replace."""
    return [case for case in _named(act, under) if _may(act.placed.fact, case.stated)]


def _named(act: _Case, under: dict[str, list[_Case]]) -> list[_Case]:
    """Under `EQUIVOCATION` the target is every fact under the key."""
    target = act.placed.fact.context.get("target")
    return under.get(target, []) if isinstance(target, str) else []


def _may(act: Fact, target: Fact) -> bool:
    if act.fact == "Undone":
        return (
            act.operator == target.operator
            and act.station == target.station
            and target.fact != "Undone"
            and 0 <= act.at_us - target.at_us <= UNDO_WITHIN_US
        )
    kind, put = act.context.get("kind"), act.context.get("set")
    replaces = kind == "was_wrong" and bool(put)
    # a correction needs a reason
    return bool(act.context.get("reason")) and (kind == "did_not_occur" or replaces)


def _on_a_circle(start: _Case, acts: list[_Case], under: dict[str, list[_Case]]) -> bool:
    reached = list(_targets(start, under))
    for case in reached:  # grows while it is read
        if case in acts:
            reached += [t for t in _targets(case, under) if t not in reached]
    return start in reached


def _apply(act: _Case, target: _Case) -> None:
    fact = act.placed.fact
    if fact.fact == "Undone" or fact.context["kind"] == "did_not_occur":
        target.removed_by.append(fact.key)
    else:
        target.amendments.append((act.placed.order, fact.context["set"]))
        _put_amendments(target)


def _put_amendments(case: _Case) -> None:
    """Replace the fields named; per field the last correction wins."""
    placed = case.placed = replace(case.entry)
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
