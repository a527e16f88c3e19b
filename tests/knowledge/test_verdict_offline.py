"""What a station says without the network: the server's own verdict, as far as it was told."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from domain.model.fact import Fact
from tests.knowledge.conftest import Centre, entry_of
from tests.model.random_days import random_day

SEEDS = range(int(os.environ.get("GIAONHAN_DAYS", "4")))  # the long form: GIAONHAN_DAYS=200


def told_in_time(rng: Random, size: int) -> list[Fact]:
    """A random day of one honest station a party: each fact told when it happens."""
    facts: list[Fact] = []
    keys: dict[str, str] = {}
    seqs: Counter[str] = Counter()
    for fact in sorted(random_day(rng, size), key=lambda one: (one.at_us, one.key, one.digest)):
        station = f"desk-{fact.office.replace(':', '-')}"
        seqs[station] += 1
        context = dict(fact.context)
        if "target" in context:
            context["target"] = keys.get(context["target"], f"{station}#{seqs[station] + 50}")
        if "target" in context.get("set", {}):
            put = context["set"]
            context["set"] = {**put, "target": keys.get(put["target"], "desk-A#999")}
        bounds: dict[str, Any] = {"not_before_us": None, "not_after_us": None}
        told = replace(fact, station=station, epoch=1, seq=seqs[station], context=context, **bounds)
        keys[fact.key] = told.key
        facts.append(entry_of(replace(told, recorded_at_us=None)).fact)
    return facts


def test_with_a_fresh_copy_a_station_says_what_the_server_will_say(
    new_centre: Callable[[], Centre],
) -> None:
    said: Counter[str] = Counter()
    told = 0
    for seed in SEEDS:
        centre = new_centre()
        facts = told_in_time(Random(seed), 70)
        desks = {party: centre.desk(party) for party in {fact.office for fact in facts}}
        for fact in facts:
            desk = desks[fact.office]
            desk.refresh()
            heard = desk.heard(fact)
            offline = desk.knowledge.verdict(entry_of(fact))
            centre.take(fact)
            if heard and fact.subject[0] != "7":
                assert offline == centre.verdict(fact), (seed, fact)
                said[offline.code if offline else "-"] += 1
        told += len(facts)
    assert sum(said.values()) > told / 3, "the desks had been told"
    assert len(said) >= 5, said
