"""The loop under a desk page: who signs on and leaves, cards said once, what a power cut leaves."""

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import pytest

from domain.model.commands import UNDO, command
from domain.model.entry import Checkpoint
from domain.model.labels import Kind, Label
from scanner_station.desk import render, words
from scanner_station.desk.board import Board, Said
from scanner_station.journal_file import Answer
from scanner_station.prompts import Tone
from scanner_station.running import run_station
from scanner_station.sources import Order, View
from scanner_station.station import Station

Dossier = Callable[[int], str]
LAN, MINH = (str(Label(Kind.BADGE, 27001, 26, serial)) for serial in (1, 2))
POUCH, OTHER = (str(Label(Kind.POUCH, 27001, 26, serial)) for serial in (1, 2))
CLOSE = command("Closed").label
PEOPLE = [
    {"badge": LAN, "operator": "lan", "party": "TTHC", "roles": ["counter"]},
    {"badge": MINH, "operator": "minh", "party": "TTHC", "roles": ["counter"]},
]
LOCKED_AFTER_S = 300
LAN_SIGNS_ON = (View((LAN,)), View((), order=Order.SIGN_ON, operator="lan"))


class Page:
    """Stands where the desk page stands."""

    by_pin = True
    idle_ms: int | None = LOCKED_AFTER_S * 1000

    def __init__(self) -> None:
        self.views: list[View] = []

    def joined(self, station: Station) -> None:
        self.station = station

    def taken(self, view: View) -> None:
        self.views.append(view)


@pytest.fixture(autouse=True)
def _cached_directory(place: Any) -> None:
    place.settings.directory_file.write_text(json.dumps({"offices": [], "people": PEOPLE}))


def played(place: Any, views: Iterable[View], page: Page | None = None) -> list[str]:
    """The prompts and facts of these views, in order."""
    told: list[str] = []
    run_station(
        place.settings,
        clock=place.clock,
        source=lambda _journal, _stop: views,
        out=lambda line: told.append(line.get("prompt") or line.get("fact") or "image"),
        uplink=False,
        watcher=page or Page(),
    )
    return told


def journaled(place: Any) -> list[tuple[str, str, dict[str, Any]]]:
    with closing(place.journal()) as journal:
        return [
            (entry.fact.fact, entry.fact.operator, dict(entry.fact.context))
            for entry in journal.latest(99)
        ]


def test_a_badge_without_its_pin_scans_nothing(place: Any, dossier: Dossier) -> None:
    views = [View((LAN,)), View((dossier(1),)), LAN_SIGNS_ON[1], View((dossier(1),))]
    assert played(place, views) == ["TYPE_PIN", "SCAN_BADGE_FIRST", "SIGNED_ON", "Digitised"]
    assert [operator for _, operator, _ in journaled(place)] == ["lan"]


def test_another_badge_ends_the_session_of_the_one_before(place: Any, dossier: Dossier) -> None:
    views = [*LAN_SIGNS_ON, View((MINH,)), View((dossier(1),))]
    assert played(place, views)[2:] == ["TYPE_PIN", "SCAN_BADGE_FIRST"]


def test_nobody_signs_on_whose_badge_was_not_scanned(place: Any) -> None:
    views = [View((MINH,)), LAN_SIGNS_ON[1]]
    assert played(place, views) == ["TYPE_PIN", "SCAN_BADGE_FIRST"]


def test_a_desk_left_alone_locks_itself(place: Any, dossier: Dossier) -> None:
    def views() -> Iterable[View]:
        yield from LAN_SIGNS_ON
        yield View((dossier(1),))

    class Left(Page):
        def taken(self, view: View) -> None:
            super().taken(view)
            place.clock.wind(LOCKED_AFTER_S if len(self.views) < 3 else LOCKED_AFTER_S + 1)

    told = played(place, [*views(), View((dossier(2),))], Left())
    assert told[2:] == ["Digitised", "LEFT_IDLE", "SCAN_BADGE_FIRST"]


def test_what_waits_for_a_number_is_stated_by_the_one_who_leaves(place: Any) -> None:
    views = [*LAN_SIGNS_ON, View((command("Sealed").label, POUCH)), View((), order=Order.SIGN_OFF)]
    assert played(place, views)[2:] == ["CARD_SET", "SCAN_SEAL", "Sealed", "SIGNED_OFF"]
    assert journaled(place)[-1][:2] == ("Sealed", "lan")


def test_a_card_said_once_leaves_the_next_pouch_to_the_stations_purpose(place: Any) -> None:
    once = View((CLOSE, POUCH), order=Order.ONCE)
    views = [*LAN_SIGNS_ON, View((POUCH,)), once, View((OTHER,))]
    assert played(place, views)[2:] == ["Opened", "CARD_SET", "Closed", "Opened"]


def test_a_card_said_once_waits_with_its_pouch_for_the_seal_number(place: Any) -> None:
    once = View((command("Sealed").label, POUCH), order=Order.ONCE)
    views = [*LAN_SIGNS_ON, once, View(("S77",)), View((OTHER,))]
    assert played(place, views)[2:] == ["CARD_SET", "SCAN_SEAL", "Sealed", "Opened"]
    assert journaled(place)[0][2]["seal"] == "77"


def test_a_close_undone_leaves_the_pouch_at_hand_and_no_card(place: Any, dossier: Dossier) -> None:
    once = View((CLOSE, POUCH), order=Order.ONCE)
    page = Page()
    views = [*LAN_SIGNS_ON, View((POUCH,)), once, View((UNDO.label,)), View((dossier(1),))]
    assert played(place, views, page)[-2:] == ["Undone", "Packed"]
    assert page.station.session.desk.card is None


def test_a_card_put_away_means_the_purpose_again(place: Any) -> None:
    views = [
        *LAN_SIGNS_ON,
        View((command("Released").label,)),
        View((), order=Order.CARD_OFF),
        View((POUCH,)),
    ]
    assert played(place, views)[2:] == ["CARD_SET", "CARD_OFF", "Opened"]


def test_after_a_power_cut_the_pouch_is_still_at_hand_and_nobody_signed_on(
    place: Any, dossier: Dossier
) -> None:
    played(place, [*LAN_SIGNS_ON, View((POUCH,))])
    told = played(place, [View((dossier(1),)), *LAN_SIGNS_ON, View((dossier(2),))])
    assert told == ["SCAN_BADGE_FIRST", "TYPE_PIN", "SIGNED_ON", "Packed"]
    assert journaled(place)[-1][2] == {"pouch": POUCH}


def test_yesterdays_pouch_is_not_at_hand_today(place: Any, dossier: Dossier) -> None:
    played(place, [*LAN_SIGNS_ON, View((POUCH,))])
    place.clock.wind(16 * 3600)
    assert played(place, [*LAN_SIGNS_ON, View((dossier(1),))])[-1] == "Digitised"


def test_what_the_page_sends_again_after_a_power_cut_is_journaled_once(
    place: Any, dossier: Dossier
) -> None:
    sent = View((dossier(1),), post="a-name-of-the-page")
    assert played(place, [*LAN_SIGNS_ON, sent])[-1] == "Digitised"
    played(place, [*LAN_SIGNS_ON, sent])
    assert len(journaled(place)) == 1


def test_after_a_restart_what_the_server_has_answered_is_sent_and_not_called_right(
    place: Any, dossier: Dossier
) -> None:
    class Shown(Page):
        def joined(self, station: Station) -> None:
            self.board = Board()
            self.board.joined(station)
            self.rows = self.board.snapshot().rows

    played(place, [*LAN_SIGNS_ON, View((POUCH,)), View((dossier(1),)), View((dossier(2),))])
    with closing(place.journal()) as journal:
        answers = [Answer(1, 1, "recorded", None, ()), Answer(1, 2, "recorded", None, ())]
        last = Checkpoint("T1", 1, 2, place.clock.now_us(), "A" * 86 + "==")
        journal.acknowledge(answers, last)
    page = Shown()
    played(place, [], page)
    shown = [(row.seq, row.state, row.judged) for row in page.rows]
    assert shown == [(3, "stored", True), (2, "recorded", False), (1, "recorded", False)]


def test_what_was_scanned_already_is_named_so_and_not_to_be_looked_at_again() -> None:
    again = Said(Tone.ASK, "Đã quét lúc 08:00.", "Scanned at 08:00.", code="ALREADY_SCANNED")
    assert words.translated("vi", render.word(again, of_scan=True)) == "ĐÃ QUÉT RỒI"


def test_a_sealed_pouch_that_goes_on_to_another_office_is_not_one_to_be_opened(
    place: Any, dossier: Dossier
) -> None:
    door = str(Label(Kind.PLACE, 27001, 26, 9))
    told = {"offices": [{"code": "STC", "label": door, "name": "Sở Tài chính"}], "people": PEOPLE}
    place.settings.directory_file.write_text(json.dumps(told))
    hands: list[tuple[bool, str | None]] = []

    class Shown(Page):
        def joined(self, station: Station) -> None:
            super().joined(station)
            self.board = Board()
            self.board.joined(station)

        def taken(self, view: View) -> None:
            super().taken(view)
            self.board.joined(self.station)
            if hand := self.board.snapshot().at_hand:
                hands.append((hand.packing, hand.onward))

    once = View((command("Sealed").label, POUCH, door, "S77"), order=Order.ONCE)
    again = View((command("Accepted").label, POUCH))
    played(place, [*LAN_SIGNS_ON, View((POUCH,)), View((dossier(1),)), once, again], Shown())
    assert hands == [(True, None), (True, None), (False, "STC")]
