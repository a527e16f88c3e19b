"""A trace: one label in the fold of everything known, and the facts behind it."""

from typing import Any

import pytest

from domain.model.errors import NotFound
from domain.use_cases.trace_dossier import TraceDossier


class _Clock:
    """Stands still at noon."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us


@pytest.fixture
def trace(scene: Any) -> TraceDossier:
    return TraceDossier(scene.views, _Clock(scene.at("12:00")))


def test_a_trace_tells_who_has_it_now_and_who_had_it(scene: Any, trace: TraceDossier) -> None:
    scene.packed_and_sent(range(1, 3))
    scene.say("Accepted", scene.pouch(1), "09:12", office="courier:c1")
    found = trace(scene.dossier(1))
    assert [(link.holder, link.basis) for link in found.chain] == [
        ("A", "verified"),
        ("courier:c1", "inferred"),
    ]
    assert (found.status, found.pouch) == ("open", scene.pouch(1))
    assert [timed.fact.fact for timed in found.facts] == ["Registered", "Packed"]
    earlier = trace(scene.dossier(1), as_of_us=scene.at("09:11"))
    assert [link.holder for link in earlier.chain] == ["A"]
    told = found.to_json()
    assert list(told["dossiers"]) == [scene.dossier(1)]
    assert told["facts"][0]["effective"] == "2026-03-02T08:00:00+07:00"


def test_a_pouch_can_be_traced_too(scene: Any, trace: TraceDossier) -> None:
    scene.packed_and_sent(range(1, 3))
    found = trace(scene.pouch(1))
    assert (found.status, found.pouch) == ("sealed", None)
    assert [each.code for each in found.discrepancies] == ["NOT_ACCEPTED"]


def test_beside_a_dossier_stands_what_the_traces_of_its_pouches_say(
    scene: Any, trace: TraceDossier
) -> None:
    for bag, numbers in ((1, range(1, 4)), (2, range(1, 2))):
        scene.packed_and_sent(numbers, bag=bag)
    scene.say("Accepted", scene.pouch(1), "09:12", office="courier:c1", seal="another")
    told = set()
    for as_of_us in (None, scene.at("09:11"), scene.at("09:13")):
        found = trace(scene.dossier(1), as_of_us=as_of_us)
        for pouch in (scene.pouch(1), scene.pouch(2)):
            own = trace(pouch, as_of_us=as_of_us)
            assert found.beside.pouches[pouch] == own.state
            about = [one for one in found.beside.discrepancies if one.subject == pouch]
            assert about == list(own.discrepancies)
            told |= {one.code for one in about}
    assert told == {"NOT_ACCEPTED", "SEAL_MISMATCH"}


def test_what_was_taken_back_is_shown_with_what_took_it_back(
    scene: Any, trace: TraceDossier
) -> None:
    scan = scene.say("Registered", scene.dossier(1), "08:00")
    moment_us = scene.at("08:00") + 30_000_000
    undo = scene.say("Undone", scene.dossier(1), moment_us, target=scan.key)
    found = trace(scene.dossier(1))
    assert list(found.chain) == []
    assert [(each.key, each.by) for each in found.folded.set_aside] == [(scan.key, undo.key)]
    assert [timed.fact.fact for timed in found.facts] == ["Registered", "Undone"]


def test_a_label_nobody_named_has_no_trace(trace: TraceDossier, scene: Any) -> None:
    with pytest.raises(NotFound):
        trace(scene.dossier(1))
