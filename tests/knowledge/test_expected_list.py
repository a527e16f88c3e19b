"""The list beside a pouch at the desk: what is to be inside, what was seen, what is not on it."""

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import pytest

from adapters.read_model import manifests
from domain.model.fact import Fact
from domain.model.instants import parse_instant
from domain.model.labels import Kind, Label
from tests.knowledge.conftest import Centre, Desk, Stations, entry_of

NINE = parse_instant("2026-03-02T09:00:00+07:00")
POUCH = str(Label(Kind.POUCH, 27_001, 26, 1))


def dossier(serial: int) -> str:
    return str(Label(Kind.DOSSIER, 27_001, 26, serial))


class Story(Stations):
    """Of one pouch, a minute a fact."""

    def sent(self, size: int) -> list[Fact]:
        """A pouch of that many, sealed at A, on its way to B; one more dossier is at A."""
        labels = [dossier(serial) for serial in range(1, size + 1)]
        told = [self.state("Registered", label, "A") for label in [*labels, dossier(900)]]
        told += [self.state("Packed", label, "A", pouch=POUCH) for label in labels]
        told += [self.state("Sealed", POUCH, "A", seal="S1", to="B")]
        told += [self.state("Released", POUCH, "A"), self.state("Accepted", POUCH, "courier:c1")]
        return [*told, self.state("Released", POUCH, "courier:c1")]


@pytest.fixture
def story() -> Story:
    return Story(NINE)


def offline(desk: Desk, story: Story, name: str, subject: str, **context: Any) -> Any:
    return desk.knowledge.verdict(entry_of(story.state(name, subject, desk.party, **context)))


def test_a_whole_receipt_without_the_network_counts_and_names_what_is_wrong(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*story.sent(3))
    desk = centre.desk("B")
    desk.refresh()
    assert [(one.label, one.where) for one in desk.knowledge.things() if one.pouch is None] == [
        (POUCH, "coming")
    ]
    assert offline(desk, story, "Accepted", POUCH, seal="S1").expected == 3
    offline(desk, story, "Unsealed", POUCH, seal="S1")
    said = offline(desk, story, "Received", dossier(1), pouch=POUCH)
    assert (said.code, said.seen, said.expected) == ("OK", 1, 3)
    again = offline(desk, story, "Received", dossier(1), pouch=POUCH)
    assert (again.code, again.seen) == ("ALREADY_SCANNED", 1)
    assert "lúc 09:" in again.vi
    assert "B-1" in again.vi
    assert offline(desk, story, "Received", dossier(900), pouch=POUCH).code == "SURPLUS"
    listed = desk.knowledge.expected(POUCH)
    assert listed is not None
    assert (listed.seen, listed.expected, listed.surplus) == (1, 3, (dossier(900),))
    assert listed.missing == (dossier(2), dossier(3))
    assert (listed.state, listed.holder, listed.destination) == ("unsealed", "B", "B")
    offline(desk, story, "Received", dossier(2), pouch=POUCH)
    closed = offline(desk, story, "Closed", POUCH)
    assert (closed.code, closed.reason, closed.seen) == ("BLOCKED", "MISSING", 2)
    after = desk.knowledge.expected(POUCH)
    assert after is not None
    assert (after.seen, after.expected) == (2, 3)


def test_what_is_scanned_into_a_pouch_here_brings_its_own_history_along(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*story.sent(1), story.state("Released", dossier(900), "A", counterpart="B"))
    desk = centre.desk("B")
    desk.refresh()
    known = desk.cache.around([], with_pouches={POUCH: {dossier(900)}}).facts
    assert {one.fact.fact for one in known if one.fact.subject == dossier(900)} == {
        "Registered",
        "Released",
    }


def test_an_office_that_only_forwards_is_told_where_it_belongs(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*story.sent(2), story.state("Accepted", POUCH, "C"))
    desk = centre.desk("C")
    desk.refresh()
    said = offline(desk, story, "Unsealed", POUCH)
    assert said.code == "WRONG_OFFICE"
    assert "B" in said.vi


def test_a_sealed_pouch_is_expected_at_every_stop_that_it_has_not_passed(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    courier = "courier:c1"
    packed = story.state("Packed", dossier(1), "A", pouch=POUCH)
    centre.take(packed, story.state("Sealed", POUCH, "A", seal="S1", to="B", via=["C"]))

    def expected() -> list[str]:
        found = {party: centre.manifests.things(party).things for party in "ABC"}
        return [party for party, things in found.items() if POUCH in {t.label for t in things}]

    assert expected() == ["A", "B", "C"]
    centre.take(story.state("Accepted", POUCH, courier))
    assert expected() == ["B", "C"]
    stop = centre.desk("C")
    stop.refresh()
    assert offline(stop, story, "Accepted", POUCH, seal="S1").code == "OK"
    listed = stop.knowledge.expected(POUCH)
    assert listed is not None
    assert (listed.destination, listed.missing) == ("B", (dossier(1),))
    centre.take(story.state("Accepted", POUCH, "C"), story.state("Accepted", POUCH, courier))
    assert expected() == ["B"]


def test_a_pouch_that_was_opened_on_the_way_is_still_expected(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*story.sent(2), story.state("Unsealed", POUCH, "courier:c1", broken=True))
    desk = centre.desk("B")
    desk.refresh()
    assert {one.label for one in desk.knowledge.things()} == {POUCH, dossier(1), dossier(2)}
    assert offline(desk, story, "Accepted", POUCH).code == "UNKNOWN", "it came open"
    listed = desk.knowledge.expected(POUCH)
    assert listed is not None
    assert listed.missing == (dossier(1), dossier(2))
    centre.take(story.state("Accepted", POUCH, "B"), story.state("Accepted", POUCH, "courier:c1"))
    desk.refresh()
    assert desk.knowledge.things() == [], "it was here, and has gone on unsealed"


def test_what_a_desk_was_not_told_of_is_not_called_unregistered(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*story.sent(1))
    desk = centre.desk("C")
    desk.refresh()
    said = offline(desk, story, "Received", dossier(1))
    assert (said.code, said.reason) == ("UNKNOWN", "unheard")
    assert desk.knowledge.expected(POUCH) is None


def test_what_is_packed_here_is_listed_as_it_goes_in(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*(story.state("Registered", dossier(serial), "A") for serial in (1, 2)))
    desk = centre.desk("A")
    desk.refresh()
    assert offline(desk, story, "Opened", POUCH).severity == "good"
    offline(desk, story, "Packed", dossier(1), pouch=POUCH)
    assert offline(desk, story, "Packed", dossier(2), pouch=POUCH).seen == 2
    listed = desk.knowledge.expected(POUCH)
    assert listed is not None
    assert [line.label for line in listed.lines] == [dossier(1), dossier(2)]
    assert (listed.seen, listed.expected, listed.missing) == (2, None, ())


def test_what_leaves_the_desk_is_forgotten_and_a_damaged_copy_fetched_again(
    new_centre: Callable[[], Centre], story: Story
) -> None:
    centre = new_centre()
    centre.take(*story.sent(3))
    desk = centre.desk("A")
    desk.refresh()
    assert [one.label for one in desk.knowledge.things()] == [dossier(900)]
    assert desk.cache.around([dossier(900)], with_pouches={}).facts
    centre.take(story.state("Returned", dossier(900), "A"))
    desk.refresh()
    assert not desk.cache.around([dossier(900)], with_pouches={}).facts
    file = centre.folder / "A.db"
    desk.cache.close()
    file.write_bytes(b"nothing that SQLite knows" * 500)
    anew = centre.desk("A")
    anew.refresh()
    assert anew.knowledge.things() == []


def test_a_list_that_tells_not_all_is_the_first_by_label_and_says_so(
    new_centre: Callable[[], Centre], story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = (5, 3, 1, 4, 2)
    for most, truncated in ((5, False), (3, True)):
        monkeypatch.setattr(manifests, "MOST_THINGS", most)
        centre = new_centre()
        centre.take(*(story.state("Registered", dossier(serial), "A") for serial in numbers))
        things, said = centre.manifests.things("A")
        assert [one.label for one in things] == [dossier(n) for n in sorted(numbers)[:most]]
        assert said is truncated
        desk = centre.desk("A")
        desk.refresh()
        assert desk.knowledge.truncated() is truncated


def test_the_verdict_of_a_pouch_of_sixty_costs_the_last_scan_no_more_than_the_first(
    new_centre: Callable[[], Centre], story: Story, record_property: Callable[[str, object], None]
) -> None:
    centre = new_centre()
    centre.take(*story.sent(60))
    desk = centre.desk("B")
    desk.refresh()
    taken = []
    for serial in range(1, 61):
        entry = entry_of(story.state("Received", dossier(serial), "B", pouch=POUCH))
        began = process_time()
        desk.knowledge.verdict(entry)
        taken.append((process_time() - began) * 1e3)
    record_property("median_ms", median(taken))  # bar: 5 ms on a quiet machine
    assert median(taken[-20:]) <= 2 * median(taken[1:21]), taken
