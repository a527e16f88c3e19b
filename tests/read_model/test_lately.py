"""What the projection hands to the verdict is all that bears on a scan, or nothing."""

from typing import Any

import pytest

from adapters.read_model import refold
from adapters.read_model.lately import Lately
from adapters.read_model.projection import Projection
from domain.model.verdict import verdict
from tests.read_model.conftest import due_of


def test_a_scan_refolded_beside_others_is_told_from_all_that_bears_on_it(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office has a successor, so all is refolded, part by part, and each part reads around."""
    monkeypatch.setattr(refold, "LABELS_AT_A_TIME", 1)
    lately = Lately()
    scene.projection = Projection(log=scene.log, engine=scene.engine, due_of=due_of, lately=lately)
    one, two, bag, back = scene.dossier(1), scene.dossier(2), scene.pouch(1), scene.pouch(2)
    for label in (one, two):
        scene.say("Registered", label, "07:00")
        scene.say("Packed", label, "08:00", pouch=bag)
    scene.say("Sealed", bag, "08:05", seal="S1", to="B")
    scene.say("Unsealed", bag, "08:41", office="B", seal="S1")
    for label in (one, two):
        scene.say("Received", label, "08:45", office="B", pouch=bag)
    scene.say("Closed", bag, "08:50", office="B")
    scene.say("Packed", one, "09:00", office="B", pouch=back)
    scene.say("Sealed", back, "09:05", office="B", seal="S2", to="A")
    scene.say("Unsealed", back, "10:01", office="A", seal="S2")
    scene.say("Registered", scene.dossier(3), "09:20", office="B")
    scene.say("Packed", scene.dossier(3), "09:30", office="B", pouch=bag)
    scan = scene.fact("Received", one, "10:05", pouch=back)
    scene.store(scan, scene.fact("OfficeSucceeded", "X", "12:00", office="K", successor="Y"))
    scene.projection.catch_up()
    [digest] = [
        each.fact.digest for each in scene.views.facts_around([one]) if each.fact.key == scan.key
    ]
    told = []
    for bearings in (lately.taken([digest]), scene.views.around_scans([one, back], [digest])):
        assert bearings is not None
        [(bearing, timed)] = [
            (each, one) for each in bearings for one in each.facts if one.fact.digest == digest
        ]
        met = verdict(bearing.facts, timed, begun=bearing.begun)
        told.append((met.code, met.seen, met.expected))
    assert told[0] == told[1] == (told[0][0], 1, 1)
