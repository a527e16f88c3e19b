"""The sheets a supervisor reads."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import NotFound
from domain.ports.stores import StoreReadOnly
from domain.ports.views import BoardFilter, Selection, Standing

Taken = Callable[..., str]


@pytest.fixture
def taken(scene: Any) -> Taken:
    """Takes a dossier in, and waits until the board has it."""

    def take(number: int, clock: str, **more: Any) -> str:
        label: str = scene.take_in(number, clock, **more)
        scene.projection.catch_up()
        return label

    return take


def _labels(scene: Any, when: int, **wanted: Any) -> list[str]:
    return [row.label for row in scene.views.board(BoardFilter(**wanted), now_us=when).rows]


def test_the_soonest_due_stand_first_and_the_finished_last(scene: Any, taken: Taken) -> None:
    undated = scene.dossier(9)
    scene.say("Registered", undated, "07:00")
    early, soon, late = taken(3, "07:30"), taken(2, "08:00"), taken(1, "10:00")
    scene.say("ResultArrived", early, "11:30")
    when = scene.at("12:00")
    assert _labels(scene, when) == [soon, late, undated, early]
    rows = {row.label: row for row in scene.views.board(BoardFilter(), now_us=when).rows}
    assert rows[early].finished_us == scene.at("11:30")
    assert rows[early].standing == Standing.EARLY
    assert rows[soon].due_us == scene.at("08:00", day=4)
    assert rows[undated].standing == Standing.UNDATED


def test_a_dossier_turns_near_and_overdue_without_any_event(scene: Any, taken: Taken) -> None:
    label = taken(1, "08:00")
    due_us = scene.at("08:00", day=4)
    turns = [
        (scene.at("03:59", day=4), Standing.WITHIN),
        (scene.at("04:00", day=4), Standing.NEAR),
        (due_us, Standing.NEAR),
        (scene.at("08:01", day=4), Standing.OVERDUE),
    ]
    for now_us, standing in turns:
        assert scene.views.dossier(label, now_us=now_us).row.standing == standing
        assert _labels(scene, now_us, standing=standing) == [label]
        assert scene.views.summary(now_us=now_us).standings == {standing: 1}


def test_a_dossier_finished_after_its_due_minute_is_late_for_ever(scene: Any, taken: Taken) -> None:
    label = taken(1, "08:00")
    scene.say("ResultArrived", label, scene.at("08:01", day=4))
    assert scene.views.dossier(label, now_us=scene.at("12:00", day=4)).row.standing == Standing.LATE


def test_the_board_is_narrowed_by_what_is_asked(scene: Any, taken: Taken) -> None:
    one = taken(1, "08:00", procedure="1.001", code="H01.1-260302-0001")
    two = taken(2, "08:10", procedure="2.002", code="H01.1-260302-0002")
    scene.say("Received", two, "09:00", office="B")
    when = scene.at("12:00")
    assert _labels(scene, when, holder="B") == [two]
    assert _labels(scene, when, procedure="1.001") == [one]
    assert _labels(scene, when, search=" 1 27001 26 000002 ") == [two]
    assert _labels(scene, when, search="h01.1-260302-0001") == [one]
    assert _labels(scene, when, search="0%1") == []
    assert _labels(scene, when, discrepancy="NOT_RELEASED") == [two]
    assert _labels(scene, when, standing=Standing.OVERDUE) == []
    assert _labels(scene, when, status="returned") == []


def test_a_returned_dossier_leaves_the_board(scene: Any, taken: Taken) -> None:
    label = taken(1, "08:00")
    scene.say("ResultArrived", label, "09:00")
    scene.say("Returned", label, "10:00")
    when = scene.at("12:00")
    assert _labels(scene, when) == []
    assert _labels(scene, when, selection=Selection.GONE) == [label]
    assert _labels(scene, when, selection=Selection.ALL) == [label]
    sheet = scene.views.dossier(label, now_us=when)
    assert sheet.row.returned_us == scene.at("10:00")
    assert sheet.windows == ((scene.at("08:00"), scene.at("10:00")),)
    assert scene.views.summary(now_us=when).finished == 1


def test_the_clock_of_a_withdrawn_dossier_stands_still(scene: Any, taken: Taken) -> None:
    withdrawn, running = taken(1, "08:00"), taken(2, "08:10")
    scene.say("Withdrawn", withdrawn, "09:00")
    when = scene.at("12:00", day=5)
    assert _labels(scene, when) == [running, withdrawn]
    assert scene.views.dossier(withdrawn, now_us=when).row.standing == Standing.UNDATED
    assert _labels(scene, when, standing=Standing.OVERDUE) == [running]


@pytest.mark.parametrize(
    ("selection", "many"), [(Selection.HERE, 5), (Selection.GONE, 3), (Selection.ALL, 8)]
)
def test_every_page_has_its_rows_and_the_number_of_all(
    selection: Selection, many: int, scene: Any, taken: Taken
) -> None:
    labels = [taken(number, f"08:{number:02d}") for number in range(1, 9)]
    for hour, label in enumerate(labels[5:], 9):
        scene.say("Returned", label, f"{hour:02d}:00")
    here, gone = labels[:5], labels[:4:-1]
    chosen = {Selection.HERE: here, Selection.GONE: gone, Selection.ALL: here + gone}[selection]
    for offset in range(many + 2):
        wanted = BoardFilter(selection=selection, offset=offset, limit=2)
        page = scene.views.board(wanted, now_us=scene.at("12:00"))
        assert [row.label for row in page.rows] == chosen[offset : offset + 2]
        assert page.total == many


def test_an_official_code_bound_later_is_found(scene: Any, taken: Taken) -> None:
    label = taken(1, "08:00")
    case = scene.log.load(Dossier, [dossier_id(label)])[dossier_id(label)]
    case.bind_code(official_code="H01.1-260302-0042", timestamp=moment(scene.at("09:00")))
    scene.log.save(case)
    scene.projection.catch_up()
    assert _labels(scene, scene.at("12:00"), search="0042") == [label]


def test_a_dossier_sheet_says_who_had_it_from_when_to_when(scene: Any, taken: Taken) -> None:
    label = taken(1, "08:00")
    scene.say("Packed", label, "09:00", pouch=scene.pouch(1))
    scene.say("Sealed", scene.pouch(1), "09:05", seal="S1", to="B")
    scene.say("Accepted", scene.pouch(1), "09:12", office="courier:c1")
    sheet = scene.views.dossier(label, now_us=scene.at("09:30"))
    assert [(link.holder, link.basis, link.from_us) for link in sheet.chain] == [
        ("A", "verified", scene.at("08:00")),
        ("courier:c1", "inferred", scene.at("09:12")),
    ]
    assert sheet.row.codes == ()
    assert (sheet.procedure_version, sheet.calendar_version) == (1, "A.1.2026")
    bag = scene.views.pouch(scene.pouch(1), now_us=scene.at("09:30"))
    assert (bag.holder, bag.destination, bag.contents) == ("courier:c1", "B", (label,))
    assert bag.codes == ("NOT_RELEASED",)
    assert [each.label for each in scene.views.pouches(now_us=scene.at("09:30"))] == [bag.label]
    assert scene.views.pouches(holder="A", now_us=scene.at("09:30")) == ()


def test_what_nobody_ever_scanned_is_not_found(scene: Any) -> None:
    with pytest.raises(NotFound):
        scene.views.dossier(scene.dossier(1), now_us=0)
    with pytest.raises(NotFound):
        scene.views.pouch(scene.pouch(1), now_us=0)
    assert scene.views.chains([scene.dossier(1)]) == {}


def test_the_summary_counts_open_dossiers_by_holder_and_discrepancies_by_code(
    scene: Any, taken: Taken
) -> None:
    taken(1, "08:00")
    scene.say("Received", taken(2, "08:10"), "09:00", office="B")
    summary = scene.views.summary(now_us=scene.at("12:00"))
    assert (summary.open_total, summary.finished) == (2, 0)
    assert summary.holders == {"A": 1, "B": 1}
    assert summary.discrepancies == {"NOT_RELEASED": 1}


def test_readers_cannot_write(scene: Any) -> None:
    with (
        pytest.raises((DBAPIError, StoreReadOnly), match=r"(?i)read.?only"),
        scene.readers.begin() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM board")
