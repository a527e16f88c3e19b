"""What people did about discrepancies on the sheets: open lists, endings, and L4."""

from itertools import count
from typing import Any

import pytest

from domain.model.decision import moment
from domain.model.discrepancy import Handling, Said, handling_id
from domain.model.errors import NotFound
from domain.model.station_time import Identity
from domain.ports.views import BoardFilter

LATER = "12:00"


def taken_up(scene: Any, identity: Identity, clock: str = "10:30") -> Handling:
    row = scene.views.discrepancy(identity, now_us=scene.at(LATER))
    return Handling(
        id=handling_id(identity),
        timestamp=moment(scene.at(clock)),
        code=identity.code,
        subject=identity.subject,
        key=identity.key,
        opened_us=row.opened_us,
    )


def said(reason: str) -> Said:
    return Said("ld01", "A", reason, None)


def closed(scene: Any, identity: Identity, clock: str = "10:40") -> Handling:
    handling = taken_up(scene, identity)
    handling.close(said("put_right"), resolved=False, timestamp=moment(scene.at(clock)))
    scene.log.save(handling)
    scene.projection.catch_up()
    return handling


@pytest.fixture
def twice(scene: Any) -> Identity:
    """One label registered twice."""
    scene.say("Registered", scene.dossier(1), "08:00")
    second = scene.say("Registered", scene.dossier(1), "09:00", office="B")
    return Identity("DUPLICATE_LABEL", scene.dossier(1), second.key)


def test_what_a_person_has_closed_is_on_no_open_list(scene: Any, twice: Identity) -> None:
    views, now_us = scene.views, scene.at(LATER)
    assert views.open_codes([twice.subject], now_us=now_us) == {twice.subject: [twice.code]}
    handling = closed(scene, twice)
    assert views.open_codes([twice.subject], now_us=now_us) == {}
    assert views.discrepancies(now_us=now_us) == ()
    assert views.summary(now_us=now_us).discrepancies == {}
    assert views.board(BoardFilter(discrepancy=twice.code), now_us=now_us).total == 0
    [row] = views.board(BoardFilter(), now_us=now_us).rows
    assert row.codes == ()
    assert views.dossier(twice.subject, now_us=now_us).row.codes == ()
    [every] = views.discrepancies(now_us=now_us, open_only=False)
    assert (every.closed_us, every.settled_us) == (None, scene.at("10:40"))
    assert views.settled([twice.subject]) == {twice: scene.at("10:40")}
    handling.reopen(said("closed_by_mistake"), resolved=False, timestamp=moment(scene.at("10:50")))
    scene.log.save(handling)
    scene.projection.catch_up()
    assert views.open_codes([twice.subject], now_us=now_us) == {twice.subject: [twice.code]}
    assert views.settled([twice.subject]) == {}


def test_a_closure_is_of_one_identity_and_hides_no_other(scene: Any, twice: Identity) -> None:
    scene.say("Registered", scene.dossier(2), "08:00")
    scene.say("Registered", scene.dossier(2), "09:00", office="B")
    scene.say("Disputed", scene.dossier(1), "09:10", office="B")
    closed(scene, twice)
    told = scene.views.discrepancies(now_us=scene.at(LATER))
    assert [(row.code, row.subject) for row in told] == [
        ("DUPLICATE_LABEL", scene.dossier(2)),
        ("DISPUTED", scene.dossier(1)),
    ]


def test_of_two_that_one_scan_opened_only_the_closed_one_is_hidden(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    stray = scene.dossier(9)
    scene.say("Registered", stray, "08:00")
    scene.say("Released", stray, "08:10", counterpart="C")
    scene.say("Accepted", scene.pouch(1), "10:00", office="B", seal="S1")
    seen = scene.say("Received", stray, "10:02", office="B", pouch=scene.pouch(1))
    now_us = scene.at(LATER)
    both = scene.views.open_codes([stray], now_us=now_us)
    assert both == {stray: ["MISROUTED", "SURPLUS"]}
    closed(scene, Identity("SURPLUS", stray, seen.key))
    assert scene.views.open_codes([stray], now_us=now_us) == {stray: ["MISROUTED"]}


def test_the_same_thing_happening_again_is_open_although_the_first_was_closed(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    mine = scene.dossier(1)
    first = scene.say("Received", mine, "09:30")
    closed(scene, Identity("WRONG_POUCH", mine, first.key))
    scene.say("Packed", mine, "10:45", pouch=scene.pouch(2))
    scene.say("Sealed", scene.pouch(2), "10:46", to="B")
    assert scene.views.open_codes([mine], now_us=scene.at("10:47")) == {}
    scene.say("Received", mine, "10:50")
    assert scene.views.open_codes([mine], now_us=scene.at(LATER)) == {mine: ["WRONG_POUCH"]}


def test_a_further_cause_shows_once_people_have_closed_what_hid_it(scene: Any) -> None:
    mine, views = scene.dossier(1), scene.views
    scene.say("Registered", mine, "08:00")
    scene.say("Registered", scene.dossier(2), "08:00")
    first = scene.say("Registered", mine, "09:00", office="B")
    scene.say("Registered", mine, "09:30", office="C")  # adds nothing: one is open
    assert len(views.discrepancies(now_us=scene.at(LATER))) == 1
    handling = closed(scene, Identity("DUPLICATE_LABEL", mine, first.key), "10:40")
    assert views.open_codes([mine], now_us=scene.at(LATER)) == {}
    again = scene.say("Registered", mine, "11:00", office="B")
    scene.say("Registered", mine, "11:10", office="C")
    [row] = views.discrepancies(now_us=scene.at(LATER))
    assert (row.key, row.opened_us) == (again.key, scene.at("11:00"))
    assert views.open_codes([mine], now_us=scene.at(LATER)) == {mine: ["DUPLICATE_LABEL"]}
    assert views.board(BoardFilter(discrepancy=row.code), now_us=scene.at(LATER)).total == 1
    second = closed(scene, Identity("DUPLICATE_LABEL", mine, again.key), "11:20")
    assert views.discrepancies(now_us=scene.at(LATER)) == ()
    third = scene.say("Registered", mine, "11:30", office="C")
    assert [row.key for row in views.discrepancies(now_us=scene.at(LATER))] == [third.key]
    second.reopen(said("closed_by_mistake"), resolved=False, timestamp=moment(scene.at("11:40")))
    scene.log.save(second)
    scene.projection.catch_up()
    assert [row.key for row in views.discrepancies(now_us=scene.at(LATER))] == [again.key]
    handling.reopen(said("closed_by_mistake"), resolved=False, timestamp=moment(scene.at("11:50")))
    scene.log.save(handling)
    scene.projection.catch_up()
    assert [row.key for row in views.discrepancies(now_us=scene.at(LATER))] == [first.key]
    assert scene.dump() == scene.rebuilt()


def test_a_further_cause_is_put_right_with_what_hid_it(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    mine, views = scene.dossier(1), scene.views
    first = scene.say("Received", mine, "09:30")
    scene.say("Packed", mine, "10:00", pouch=scene.pouch(1), office="C")
    closed(scene, Identity("WRONG_POUCH", mine, first.key), "10:10")
    scene.say("Packed", mine, "10:20", pouch=scene.pouch(1), office="C")
    assert "WRONG_POUCH" in views.open_codes([mine], now_us=scene.at(LATER))[mine]
    scene.say("Packed", mine, "10:30", pouch=scene.pouch(2), office="C")
    assert "WRONG_POUCH" not in views.open_codes([mine], now_us=scene.at(LATER))[mine]


def test_a_discrepancy_of_a_station_is_closed_by_a_person_too(scene: Any) -> None:
    late = scene.fact("Registered", scene.dossier(1), "08:00")
    scene.store(late, recorded_at_us=scene.at("07:00"))
    scene.projection.catch_up()
    now_us = scene.at(LATER)
    [row] = scene.views.discrepancies(now_us=now_us)
    assert row.code == "CLOCK_SKEW"
    closed(scene, Identity(row.code, row.subject, row.key))
    assert scene.views.discrepancies(now_us=now_us) == ()


def test_who_sees_to_it_stands_beside_the_discrepancy(scene: Any, twice: Identity) -> None:
    handling = taken_up(scene, twice)
    handling.assign(
        by="ld01",
        office="A",
        to="B",
        to_person=False,
        resolved=False,
        timestamp=moment(scene.at("10:31")),
    )
    scene.log.save(handling)
    scene.projection.catch_up()
    [row] = scene.views.discrepancies(now_us=scene.at(LATER))
    assert (row.assigned, row.settled_us) == ("B", None)
    assert scene.views.handled(now_us=scene.at(LATER)) == (), "it is open still"


def test_history_outlives_a_discrepancy_that_evidence_closes(scene: Any) -> None:
    scene.packed_and_sent(range(1, 3))
    pouch = scene.pouch(1)
    scene.say("Accepted", pouch, "09:12", office="courier:c1")
    scene.say("Accepted", pouch, "10:00", office="B", seal="S1")
    closing = scene.say("Closed", pouch, "10:05", office="B")
    missing = Identity("MISSING", scene.dossier(1), closing.key)
    handling = taken_up(scene, missing)
    handling.explain(said("packed_by_mistake"), timestamp=moment(scene.at("10:31")))
    scene.log.save(handling)
    scene.projection.catch_up()
    assert scene.views.handled(now_us=scene.at(LATER)) == ()
    scene.say("Received", scene.dossier(1), "11:00", office="B")
    assert scene.views.handled(now_us=scene.at("10:50")) == (), "at 10:50 it was missing still"
    [row] = scene.views.handled(now_us=scene.at(LATER))
    assert Identity(row.code, row.subject, row.key) == missing
    assert (row.stands, row.closed_by) == (False, None)
    assert row.opened_us == scene.at("10:05")


def test_history_outlives_a_discrepancy_that_later_evidence_removes(
    scene: Any, twice: Identity
) -> None:
    closed(scene, twice)
    [before] = scene.views.handled(now_us=scene.at(LATER))
    assert (before.stands, before.closed_by) == (True, "ld01")
    scene.say(
        "Corrected",
        twice.subject,
        "11:00",
        office="B",
        target=twice.key,
        kind="did_not_occur",
        reason="wrong-label",
    )
    assert scene.views.discrepancy(twice, now_us=scene.at(LATER)) is None
    [row] = scene.views.handled(now_us=scene.at(LATER))
    assert (row.stands, row.closed_by, row.opened_us) == (False, "ld01", scene.at("09:00"))


def test_the_handlings_survive_a_rebuild_byte_for_byte(scene: Any, twice: Identity) -> None:
    """L4, also where evidence came after the people's acts."""
    clock = (f"10:{minute:02d}" for minute in count(41))
    handling = closed(scene, twice)
    for act in ("reopen", "explain", "close"):
        at = moment(scene.at(next(clock)))
        match act:
            case "reopen":
                handling.reopen(said("happened_again"), resolved=False, timestamp=at)
            case "explain":
                handling.explain(said("not_scanned"), timestamp=at)
            case _:
                handling.close(said("relabelled"), resolved=False, timestamp=at)
        scene.log.save(handling)
        scene.projection.catch_up()
    scene.say("Disputed", scene.dossier(1), "09:30", office="B")
    lived = scene.dump()
    assert any(line.startswith(b'["handling"') for line in lived)
    assert lived == scene.rebuilt()
    assert scene.views.open_codes([twice.subject], now_us=scene.at(LATER)) == {
        twice.subject: ["DISPUTED"]
    }


def test_an_identity_that_no_evidence_shows_is_none(scene: Any, twice: Identity) -> None:
    assert scene.views.discrepancy(twice._replace(key="S-B#99"), now_us=scene.at(LATER)) is None
    assert scene.views.discrepancy(twice, now_us=scene.at("08:30")) is None, "not yet"
    with pytest.raises(NotFound):
        scene.views.dossier("1" * 16, now_us=scene.at(LATER))
