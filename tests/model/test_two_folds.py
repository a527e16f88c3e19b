"""The fold against a second, slow and plain one, on random days; see `slow_fold`.

By default a few hundred days; `GIAONHAN_DAYS=2000` makes it as many, in other sizes too.
"""

import json
import os
from random import Random
from typing import Any

import pytest

from domain.model.custody import fold_facts
from domain.model.custody_noted import UNCLAIMED
from domain.model.fact import Fact, fact_to_json
from domain.model.instants import MINUTE_US, Micros, iso
from tests.model.random_days import random_day
from tests.model.slow_fold import slow_answer

DAYS = int(os.environ.get("GIAONHAN_DAYS", "400"))
BATCHES = 20
SIZES = [8, 15, 25, 40, 60, 60, 90, 140]
Instants = dict[str, Micros]


def agree(facts: list[Fact], instants: Instants) -> bool:
    fast, slow = both(facts, instants)
    return bool(fast == slow)


def both(facts: list[Fact], instants: Instants) -> tuple[Any, Any]:
    """The answers of the two, with what is not in the JSON: tenders, further causes, what is noted.

    When a result is unclaimed follows from when it was ready, which the slow one does not say.
    """
    folded = fold_facts(facts, **instants)
    fast: dict[str, Any] = folded.to_json()
    fast["tendered"] = {
        label: [(one.giver, one.receiver, one.from_us, one.to_us) for one in state.tendered]
        for label, state in folded.dossiers.items()
    }
    fast["further"] = [
        (one.opened_us, one.code, one.subject, one.key, one.behind, one.closed_us)
        for one in folded.repeats
    ]
    fast["noted"] = [
        {
            "code": one.code,
            "subject": one.subject,
            "opened": iso(one.opened_us),
            "closed": None if one.closed_us is None else iso(one.closed_us),
            "key": one.key,
        }
        for one in folded.noted
        if one.code != UNCLAIMED
    ]
    slow, beside = slow_answer(facts, **instants)
    return json.loads(json.dumps(fast)), json.loads(json.dumps(slow | beside))


def questions(rng: Random, facts: list[Fact]) -> list[Instants]:
    """Now, as of some instant, as known at some instant, and both."""

    def near() -> Micros:
        return rng.choice(facts).at_us + rng.choice([0, 0, 1, -1, MINUTE_US])

    asked: list[Instants] = [{}, {"as_of_us": near()}, {"known_at_us": near()}]
    return [*asked, {"as_of_us": near(), "known_at_us": near()}, {"now_us": near()}]


def shortest(facts: list[Fact], instants: Instants) -> list[Fact]:
    """What is left of the shortest prefix that still differs, when all else is left out."""
    told = sorted(facts, key=lambda fact: (fact.at_us, fact.key, fact.digest))
    until = next(end for end in range(1, len(told) + 1) if not agree(told[:end], instants))
    told, place = told[:until], 0
    while place < len(told):
        without = told[:place] + told[place + 1 :]
        if agree(without, instants):
            place += 1
        else:
            told = without
    return told


def explained(seed: int, facts: list[Fact], instants: Instants) -> str:
    few = shortest(facts, instants)
    fast, slow = both(few, instants)
    lines = [f"day {seed}, { {name: iso(at_us) for name, at_us in instants.items()} }"]
    lines += [json.dumps(fact_to_json(fact), ensure_ascii=False) for fact in few]
    for part in fast:
        if (one := fast[part]) != (other := slow[part]):
            lines += [f"{part} fast: {_but(one, other)}", f"{part} slow: {_but(other, one)}"]
    return "\n".join(lines)


def _but(one: Any, other: Any) -> str:
    """What the one says and the other does not."""
    if isinstance(one, dict):
        kept: Any = {label: state for label, state in one.items() if other.get(label) != state}
    else:
        kept = [row for row in one if row not in other]
    return json.dumps(kept, ensure_ascii=False)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_two_folds_agree_on_random_days(batch: int) -> None:
    for seed in range(batch, DAYS, BATCHES):
        rng = Random(seed)
        facts = random_day(rng, rng.choice(SIZES))
        for instants in questions(rng, facts):
            if not agree(facts, instants):
                pytest.fail(explained(seed, facts, instants))


def test_a_difference_is_told_in_few_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = random_day(Random(7), 60)
    seen = next(fact for fact in facts if fact.fact == "Packed")

    whole = slow_answer

    def forgetful(told: list[Fact], **instants: Micros) -> Any:
        return whole([fact for fact in told if fact.key != seen.key], **instants)

    monkeypatch.setitem(globals(), "slow_answer", forgetful)
    assert [fact.key for fact in shortest(facts, {})] == [seen.key]
    assert seen.subject in explained(7, facts, {})
