"""Intake in the running station: by who is signed on, once, under a sticker or the next number."""

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from domain.model.commands import UNDO
from domain.model.labels import Kind, Label
from scanner_station.drafts import Drafts, NoNumbersLeft
from scanner_station.gestures import UNDO_MS, Act
from scanner_station.intake import IntakeLine
from scanner_station.running import run_station
from scanner_station.sources import TakingIn, View
from scanner_station.station import Station

Dossier = Callable[[int], str]
LAN, BINH = (str(Label(Kind.BADGE, 27001, 26, serial)) for serial in (1, 2))
NAME = "Trịnh Thị Hoắc"
TYPED: dict[str, Any] = {"procedure": "1.004227", "applicant": {"name": NAME}, "pieces": []}
POST = "the-form-of-this-morning"


class Desk:
    """A counter's station with ten numbers, and the loop under its page; it plays views."""

    by_pin = False
    idle_ms: int | None = None

    def __init__(self, place: Any) -> None:
        self.place = place
        self.told: list[str] = []
        self.after: Callable[[Station], None] = lambda _: None

    def joined(self, station: Station) -> None:
        self.station = station

    def taken(self, _view: View) -> None:
        self.after(self.station)

    def play(self, *views: View) -> list[str]:
        """The prompts and facts since the start."""
        self.told = []
        run_station(
            self.place.settings,
            clock=self.place.clock,
            source=lambda _journal, _stop: views,
            out=lambda line: self.told.append(line.get("prompt") or line.get("fact") or ""),
            uplink=False,
            watcher=self,
        )
        return self.told

    def drafts(self) -> Drafts:
        return Drafts(self.place.settings)

    def waiting(self) -> list[str]:
        with closing(self.drafts()) as drafts:
            return drafts.waiting()


@pytest.fixture
def desk(place: Any, dossier: Dossier) -> Desk:
    people = [
        {"badge": LAN, "operator": "lan", "party": "TTHC"},
        {"badge": BINH, "operator": "binh", "party": "TTHC"},
    ]
    place.settings.directory_file.write_text(json.dumps({"offices": [], "people": people}))
    made = Desk(place)
    with closing(made.drafts()) as drafts:
        drafts.add_numbers([dossier(serial) for serial in range(1, 11)])
        drafts.keep_procedures(
            [{"code": "1.004227", "title_vi": "Cấp đổi", "title_en": "Exchange", "pieces": []}]
        )
    return made


def form(sticker: str | None = None, post: str = POST, **other: Any) -> View:
    return View((), post=post, intake=TakingIn(TYPED | other, sticker))


def signed_on(*views: View) -> tuple[View, ...]:
    return (View((LAN,)), *views)


def test_who_is_signed_on_takes_in_under_the_next_number(desk: Desk, dossier: Dossier) -> None:
    asked = form()
    assert desk.play(*signed_on(asked)) == ["SIGNED_ON", "Registered"]
    assert asked.intake is not None
    assert asked.intake.label == dossier(1)
    assert desk.waiting() == [dossier(1)]
    assert NAME not in repr(asked), "it is never written where views are written"


def test_nobody_takes_in_at_a_desk_without_a_badge(desk: Desk) -> None:
    asked = form()
    assert desk.play(asked) == ["SCAN_BADGE_FIRST"]
    assert asked.intake is not None
    assert asked.intake.refusal is not None
    assert desk.waiting() == []


def test_a_form_sent_again_after_a_power_cut_is_taken_in_once(desk: Desk, dossier: Dossier) -> None:
    desk.play(*signed_on(form()))
    again = form()
    assert desk.play(*signed_on(again)) == ["SIGNED_ON"]
    assert again.intake is not None
    assert again.intake.label == dossier(1)
    assert desk.waiting() == [dossier(1)]


def test_a_blank_sticker_asks_for_its_form_and_gives_the_dossier_its_number(
    desk: Desk, dossier: Dossier
) -> None:
    scanned = View((dossier(7),))
    told = desk.play(*signed_on(scanned, form(dossier(7))))
    assert told == ["SIGNED_ON", "BLANK_STICKER", "Registered"]
    assert desk.waiting() == [dossier(7)]
    desk.place.clock.wind(10)
    assert desk.play(*signed_on(scanned)) == ["SIGNED_ON", "Digitised"], "now it is a dossier's"


def test_a_sticker_of_nobodys_or_a_used_number_takes_in_nothing(
    desk: Desk, dossier: Dossier
) -> None:
    told = desk.play(
        *signed_on(form(dossier(99)), form(dossier(7)), form(dossier(7), post="x" * 9))
    )
    assert told == ["SIGNED_ON", "NOT_RESERVED", "Registered", "NOT_RESERVED"]
    assert desk.waiting() == [dossier(7)]


def test_a_number_that_is_on_a_sticker_waits_for_it(desk: Desk, dossier: Dossier) -> None:
    with closing(desk.drafts()) as drafts:
        assert drafts.print_ahead(9) == [dossier(serial) for serial in range(1, 10)]
        assert drafts.counts().numbers == 1
    desk.play(*signed_on(form(), form(dossier(3), post="the-second-form")))
    assert desk.waiting() == [dossier(3), dossier(10)]
    with closing(desk.drafts()) as drafts, pytest.raises(NoNumbersLeft):
        drafts.print_ahead(9)


def test_an_undo_reaches_the_draft_and_it_never_goes_up(desk: Desk) -> None:
    told = desk.play(*signed_on(form(), View((UNDO.label,))))
    assert told == ["SIGNED_ON", "Registered", "Undone"]
    with closing(desk.drafts()) as drafts:
        assert drafts.listed() == []


def test_an_undo_of_a_later_scan_of_the_dossier_leaves_its_draft(
    desk: Desk, dossier: Dossier
) -> None:
    told = desk.play(*signed_on(form(), View((dossier(1),)), View((UNDO.label,))))
    assert told == ["SIGNED_ON", "Registered", "Digitised", "Undone"]
    assert desk.waiting() == [dossier(1)]


def test_a_draft_waits_while_it_can_be_taken_back_and_no_longer(
    desk: Desk, dossier: Dossier
) -> None:
    asked: list[tuple[str, bool]] = []

    def look(station: Station) -> None:
        clock = desk.place.clock
        asked.append(("at once", station.may_undo_intake(dossier(1))))
        clock.wind(UNDO_MS / 1000 + 1)
        asked.append(("on its way", station.may_undo_intake(dossier(1))))
        clock.wind(30)
        asked.append(("later", station.may_undo_intake(dossier(1))))

    desk.after = lambda station: look(station) if station.journal.last_seq else None
    desk.play(*signed_on(form()))
    assert asked == [("at once", True), ("on its way", True), ("later", False)]


def test_the_line_keeps_back_what_may_be_taken_back(desk: Desk, dossier: Dossier) -> None:
    desk.play(*signed_on(form(), form(post="the-second-form")))
    sent: list[str] = []

    def line(_method: str, path: str, body: bytes, _headers: Any) -> dict[str, Any]:
        if path.endswith("intake-kit"):
            return {"labels": [], "procedures": []}
        sent.append(json.loads(body)["registration"]["label"])
        return {}

    with closing(desk.drafts()) as drafts:
        fresh = {dossier(1)}
        outward = IntakeLine(
            drafts, line, clock=desk.place.clock, may_undo=lambda label: label in fresh
        )
        outward.work_if_due()
        assert sent == [dossier(2)]
        fresh.clear()
        outward.work_if_due()
        assert sent == [dossier(2), dossier(1)]
        assert [label for label, _ in drafts.gone(9)] == [dossier(1), dossier(2)]
        assert drafts.listed() == []


def test_a_power_cut_between_the_undo_and_its_draft_leaves_no_draft(
    desk: Desk, dossier: Dossier
) -> None:
    desk.play(*signed_on(form(), form(post="the-second-form")))
    with closing(desk.place.journal()) as journal:
        first = next(entry for entry in journal.latest(9) if entry.fact.subject == dossier(1))
        journal.append(Act("Undone", dossier(1), {"target": first.key}, "lan"))
    desk.play()
    assert desk.waiting() == [dossier(2)]
