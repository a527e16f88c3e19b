"""A centre that works as it should, played by chance against books of where each paper really is.

Offices A, B, C and couriers c1, c2 hand three dossiers about, in two pouches and singly. Now and
then one that was scanned into a pouch stays on the packer's desk: at the receipt it is missing, and
the intact seal gives it back to him.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.model.custody import fold_facts
from domain.model.fact import Fact, fact_from_json
from domain.model.instants import MINUTE_US, iso, parse_instant
from domain.model.laws import nothing_inferred_is_verified, one_custodian, same_answer

OFFICES, COURIERS = ("A", "B", "C"), ("courier:c1", "courier:c2")
START_US = parse_instant("2026-03-02T08:00:00+07:00")
VERIFIED, INFERRED = "verified", "inferred"


@dataclass
class Paper:
    """Where it really is; `packed`: the pouch it was scanned into, `left`: it is not in there."""

    holder: str | None = None
    basis: str = VERIFIED
    packed: str | None = None
    left: bool = False
    missing: bool = False
    done: bool = False

    @property
    def free(self) -> bool:
        return self.holder is not None and not (self.packed or self.missing or self.done)


@dataclass
class Bag:
    holder: str | None = None
    state: str = "empty"
    sealer: str = ""
    to: str = ""
    seals: int = 0
    papers: list[str] = field(default_factory=list)


class Centre(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_us = START_US
        self.facts: list[Fact] = []
        self.papers = {f"1{n:015d}": Paper() for n in (1, 2, 3)}
        self.bags = {f"2{n:015d}": Bag() for n in (1, 2)}

    def scan(self, name: str, party: str, subject: str, **context: Any) -> None:
        self.now_us += MINUTE_US
        told = {
            "fact": name, "subject": subject, "at": iso(self.now_us), "station": party,
            "seq": 1 + sum(fact.station == party for fact in self.facts),
            "operator": party, "office": party, "context": context,
        }  # fmt: skip
        self.facts.append(fact_from_json(told))

    def some_paper(self, data: st.DataObject, *, free: bool) -> tuple[str, Paper]:
        label = data.draw(
            st.sampled_from([d for d, one in self.papers.items() if one.free is free])
        )
        return label, self.papers[label]

    def some_bag(self, data: st.DataObject, *states: str) -> tuple[str, Bag]:
        label = data.draw(st.sampled_from(self.those(*states)))
        return label, self.bags[label]

    def those(self, *states: str) -> list[str]:
        return [label for label, bag in self.bags.items() if bag.state in states]

    @rule()
    def wait(self) -> None:
        self.now_us += 10 * MINUTE_US

    @precondition(lambda self: any(one.holder is None for one in self.papers.values()))
    @rule(office=st.sampled_from(OFFICES))
    def register(self, office: str) -> None:
        label = next(label for label, one in self.papers.items() if one.holder is None)
        self.scan("Registered", office, label)
        self.papers[label].holder = office

    @precondition(lambda self: any(one.free for one in self.papers.values()))
    @rule(data=st.data(), act=st.sampled_from(["Moved", "StepStarted", "hand over", "Returned"]))
    def do_singly(self, data: st.DataObject, act: str) -> None:
        label, paper = self.some_paper(data, free=True)
        holder = str(paper.holder)
        to = data.draw(st.sampled_from([one for one in OFFICES + COURIERS if one != holder]))
        if act == "hand over":
            self.scan("Released", holder, label, counterpart=to)
            self.scan("Accepted", to, label)
            paper.holder = to
        elif act != "Returned" or holder in OFFICES:
            self.scan(act, holder, label)
            paper.done = act == "Returned"

    @precondition(
        lambda self: self.those("empty", "open") and any(one.free for one in self.papers.values())
    )
    @rule(data=st.data(), left=st.booleans())
    def pack(self, data: st.DataObject, left: bool) -> None:  # noqa: FBT001
        label, paper = self.some_paper(data, free=True)
        which, bag = self.some_bag(data, "empty", "open")
        if paper.holder in OFFICES and (bag.state == "empty" or bag.holder == paper.holder):
            self.scan("Packed", paper.holder, label, pouch=which)
            bag.holder, bag.state = paper.holder, "open"
            bag.papers.append(label)
            paper.packed, paper.left = which, left

    @precondition(lambda self: self.those("open"))
    @rule(data=st.data(), to=st.sampled_from(OFFICES))
    def seal(self, data: st.DataObject, to: str) -> None:
        which, bag = self.some_bag(data, "open")
        if to != bag.holder:
            bag.seals += 1
            bag.sealer, bag.to, bag.state = str(bag.holder), to, "sealed"
            self.scan("Sealed", bag.sealer, which, seal=f"S{bag.seals}", to=to)

    @precondition(lambda self: self.those("sealed"))
    @rule(data=st.data(), courier=st.sampled_from(COURIERS))
    def go_on(self, data: st.DataObject, courier: str) -> None:
        which, bag = self.some_bag(data, "sealed")
        if bag.holder == bag.to:
            self.scan("Unsealed", bag.to, which, seal=f"S{bag.seals}")
            bag.state = "unsealed"
            return
        to = bag.to if bag.holder in COURIERS else courier
        self.scan("Released", str(bag.holder), which, counterpart=to)
        self.scan("Accepted", to, which, seal=f"S{bag.seals}")
        bag.holder = to
        for label in bag.papers:
            self.papers[label].holder, self.papers[label].basis = to, INFERRED

    @precondition(lambda self: self.those("unsealed"))
    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        which, bag = self.some_bag(data, "unsealed")
        for label in [label for label in bag.papers if not self.papers[label].left]:
            self.scan("Received", bag.to, label, pouch=which)
            self.papers[label] = Paper(holder=bag.to)
            bag.papers.remove(label)

    @precondition(lambda self: self.those("unsealed"))
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        which, bag = self.some_bag(data, "unsealed")
        if all(self.papers[label].left for label in bag.papers):
            self.scan("Closed", bag.to, which)
            for label in bag.papers:
                self.papers[label] = Paper(holder=bag.sealer, missing=True)
            bag.state, bag.papers = "empty", []

    @precondition(lambda self: any(one.missing for one in self.papers.values()))
    @rule(data=st.data())
    def find(self, data: st.DataObject) -> None:
        lost = [label for label, one in self.papers.items() if one.missing]
        label = data.draw(st.sampled_from(lost))
        paper = self.papers[label]
        self.scan("Moved", str(paper.holder), label)
        paper.missing = False

    @invariant()
    def the_fold_says_where_every_paper_is(self) -> None:
        folded = fold_facts(self.facts)
        for label, paper in self.papers.items():
            chain = folded.dossiers[label].chain if label in folded.dossiers else ()
            last = chain[-1] if chain and chain[-1].to_us is None else None
            if paper.holder is None or paper.done:
                assert last is None
            else:
                assert last is not None
                assert (last.holder, last.basis) == (paper.holder, paper.basis)
        told = {(one.code, one.subject) for one in folded.discrepancies if one.closed_us is None}
        assert told == {("MISSING", d) for d, one in self.papers.items() if one.missing}
        assert {one.code for one in folded.discrepancies} <= {"MISSING"}
        assert one_custodian(folded) == []
        assert nothing_inferred_is_verified(folded, self.facts) == []

    def teardown(self) -> None:
        backwards = [self.facts[::-1], self.facts[1::2] + self.facts[::2] + self.facts[:3]]
        assert same_answer(self.facts, backwards, fold=fold_facts) == []


@pytest.mark.no_cover  # the fold over and over, and every rule of it has a test of its own
def test_a_centre_that_works_as_it_should_is_told_as_it_is() -> None:
    run_state_machine_as_test(
        Centre,
        settings=settings(
            max_examples=120, stateful_step_count=45, deadline=None, derandomize=True
        ),
    )
