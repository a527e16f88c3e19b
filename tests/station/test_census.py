"""The shelf census at a station: a place label opens it, scans count, a card closes it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from domain.model.commands import UNDO, command
from domain.model.labels import Kind, Label
from domain.model.manifest import COMING, HERE, Thing
from domain.model.policy import Role
from scanner_station.cache import Cache, Index
from scanner_station.desk.board import Board
from scanner_station.directory import Directory, Person
from scanner_station.gestures import Session
from scanner_station.knowledge import Knowledge
from scanner_station.settings import Purpose
from scanner_station.sources import Order, View
from scanner_station.station import Station
from scanner_station.telling import plain_lines

Dossier = Callable[[int], str]
BADGE = str(Label(Kind.BADGE, 27001, 26, 1))
BOSS, INSPECTOR = (str(Label(Kind.BADGE, 27001, 26, serial)) for serial in (2, 3))
PEOPLE = {
    BADGE: Person("lan", "TTHC", frozenset({Role.COUNTER})),
    BOSS: Person("boss", "TTHC", frozenset({Role.SUPERVISOR})),
    INSPECTOR: Person("thanhtra", "TINH", frozenset({Role.INSPECTOR})),
}
SHELF, OTHER = (str(Label(Kind.PLACE, 27001, 26, serial)) for serial in (7, 8))
POUCH = str(Label(Kind.POUCH, 27001, 26, 1))
CLOSE = command("Closed").label


class Desk:
    """A station for a census, with a copy that lists three dossiers on the shelf and one beside."""

    def __init__(self, place: Any, clock: Any, dossier: Dossier) -> None:
        self.told: list[Mapping[str, Any]] = []
        self.journal, self.cache = place.journal(), Cache(place.directory / "manifests.db")
        things = [Thing(dossier(serial), "s", HERE, None, SHELF) for serial in (1, 2, 3)]
        things += [Thing(dossier(4), "s", HERE, None, OTHER), Thing(dossier(5), "s", HERE)]
        things += [Thing(dossier(6), "s", COMING, POUCH, None)]
        self.cache.learn(Index("c", things, [], {}, truncated=False))
        session = Session(
            office="TTHC",
            purpose=Purpose.SHELF,
            directory=Directory(people=PEOPLE),
        )
        self.clock = clock
        self.station = Station(
            session,
            self.journal,
            clock=clock,
            out=self.told.append,
            knowledge=Knowledge(self.cache),
        )

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.clock.wind(4)
            self.station.take(View((code,)))

    def orders(self, order: Order) -> str:
        self.station.take(View((), order=order))
        return str(self.told[-1]["prompt"])

    def shown(self) -> tuple[int | None, int]:
        """What a desk page would show: how many are expected, and how many lines it lists."""
        board = Board()
        board.joined(self.station)
        hand = board.snapshot().at_hand
        assert hand is not None
        assert hand.shelf is not None
        return hand.expected, len(hand.lines) + len(hand.shelf.strays)

    def close(self) -> None:
        self.journal.close()
        self.cache.close()


@pytest.fixture
def desk(place: Any, clock: Any, dossier: Dossier) -> Any:
    made = Desk(place, clock, dossier)
    yield made
    made.close()


def test_a_census_lists_absent_misplaced_new_and_foreign_dossiers_once_it_is_closed(
    desk: Desk, dossier: Dossier, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.scan(BADGE, SHELF, dossier(1), dossier(4), dossier(5), dossier(9), dossier(2), UNDO.label)
    assert not any("census" in told for told in desk.told), "blind until it is closed"
    stated = [entry.fact for entry in desk.journal.latest(9)]
    assert {(fact.fact, fact.context.get("place")) for fact in stated[:-1]} == {("Moved", SHELF)}
    desk.scan(CLOSE)
    [result] = [told for told in desk.told if "census" in told]
    assert result == {
        "census": SHELF,
        "closed": True,
        "seen": 4,
        "listed": 3,
        "truncated": False,
        "absent": [dossier(2), dossier(3)],
        "misplaced": {dossier(4): OTHER},
        "placed": [dossier(5)],
        "foreign": [dossier(9)],
    }
    plain_lines(result)
    assert "vắng / absent" in capsys.readouterr().out
    assert json.dumps(result)


def test_a_census_by_a_list_that_is_not_complete_says_so(
    desk: Desk, dossier: Dossier, capsys: pytest.CaptureFixture[str]
) -> None:
    things = [Thing(dossier(1), "s", HERE, None, SHELF)]
    desk.cache.learn(Index("d", things, [], {}, truncated=True))
    desk.scan(BADGE, SHELF, dossier(1), CLOSE)
    [result] = [told for told in desk.told if "census" in told]
    assert (result["listed"], result["truncated"]) == (1, True)
    plain_lines(result)
    assert "danh sách chưa đủ" in capsys.readouterr().out


def test_without_a_shelf_nothing_is_stated_and_a_new_shelf_closes_the_one_before(
    desk: Desk, dossier: Dossier
) -> None:
    desk.scan(BADGE, dossier(1), CLOSE, POUCH)
    prompts = [told["prompt"] for told in desk.told if "prompt" in told]
    assert prompts[1:] == ["SCAN_SHELF_FIRST", "SCAN_SHELF_FIRST", "SCAN_CARD_FIRST"]
    assert desk.journal.last_seq == 0
    desk.scan(SHELF, dossier(1), OTHER, dossier(4), CLOSE)
    results = [told for told in desk.told if "census" in told]
    assert [(one["census"], one["seen"], one["listed"]) for one in results] == [
        (SHELF, 1, 3),
        (OTHER, 1, 1),
    ]


def test_an_inspector_of_another_party_counts_blind_until_the_census_is_closed(
    desk: Desk, dossier: Dossier
) -> None:
    desk.scan(INSPECTOR, SHELF, dossier(1), dossier(4))
    assert desk.shown() == (None, 0)
    assert desk.orders(Order.LISTED) == "BLIND_NOT_YOURS"
    assert desk.shown() == (None, 0), "also for whoever comes meanwhile"
    desk.scan(CLOSE)
    [result] = [told for told in desk.told if "census" in told]
    assert result["absent"] == [dossier(2), dossier(3)]
    desk.scan(BADGE, SHELF, dossier(1))
    assert desk.shown() == (3, 3), "those of the house count by their list"


def test_a_supervisor_alone_chooses_a_blind_census_and_not_while_one_is_open(
    desk: Desk, dossier: Dossier
) -> None:
    desk.scan(BADGE)
    assert desk.orders(Order.BLIND) == "BLIND_NOT_YOURS"
    desk.scan(BOSS)
    assert desk.orders(Order.BLIND) == "CENSUS_BLIND"
    desk.scan(SHELF, dossier(1))
    assert desk.orders(Order.LISTED) == "CLOSE_CENSUS_FIRST"
    assert desk.shown() == (None, 0)
    desk.scan(CLOSE)
    assert desk.orders(Order.LISTED) == "CENSUS_LISTED"
    desk.scan(SHELF, dossier(1))
    assert desk.shown() == (3, 3)


def test_a_supervisor_may_have_others_count_blind(desk: Desk, dossier: Dossier) -> None:
    desk.scan(BOSS)
    desk.orders(Order.BLIND)
    desk.orders(Order.SIGN_OFF)
    desk.scan(BADGE, SHELF, dossier(1))
    assert desk.shown() == (None, 0)
