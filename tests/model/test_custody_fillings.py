"""Folding a dossier with the fillings it was in, instead of with all the years of its bags."""

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest

from domain.model.custody import fold
from domain.model.custody_fillings import happened_us
from domain.model.custody_state import Filling, Folded
from domain.model.custody_things import Flags
from domain.model.fact import OFFICE_SUCCEEDED, Fact, aims, labels_named
from domain.model.labels import Kind
from domain.model.station_time import Discrepancy, Timed, settle
from tests.model.random_days import random_day

DAYS = int(os.environ.get("GIAONHAN_DAYS", "24"))
BATCHES = 4
POUCH = str(int(Kind.POUCH))
Stream = tuple[str, int]  # a label, and the first instant of a filling: 0 for a dossier


class Filed:
    """Facts under the labels they name; a pouch's under one stream for each filling."""

    def __init__(self, timed: list[Timed], cuts: Iterable[Filling]) -> None:
        self.cuts: dict[str, list[Filling]] = defaultdict(list)
        for cut in sorted(cuts, key=lambda one: one.from_us):
            self.cuts[cut.pouch].append(cut)
        self.timed = timed
        self.streams: dict[Stream, set[int]] = defaultdict(set)
        self.everywhere: set[int] = set()  # an office has a successor: that bears on every label
        under: dict[object, set[int]] = defaultdict(set)
        for place, one in enumerate(timed):
            under[one.fact.key].add(place)
        tied: dict[int, set[int]] = defaultdict(set)
        for place, one in enumerate(timed):
            for other in set().union(*(under[key] for key in aims(one.fact))):
                tied[place].add(other)
                tied[other].add(place)
        for place, one in enumerate(timed):
            group, front = {place}, {place}
            while front := set().union(*(tied[each] for each in front)) - group:
                group |= front
            if any(timed[each].fact.fact == OFFICE_SUCCEEDED for each in group):
                self.everywhere |= group
            for label in {name for each in group for name in labels_named(timed[each].fact)}:
                self.streams[self.stream(label, one)].add(place)

    def stream(self, label: str, one: Timed) -> Stream:
        if label[:1] != POUCH:
            return label, 0
        begun = [cut.from_us for cut in self.cuts.get(label, ())]
        place = bisect_right(begun, happened_us(one))
        return label, begun[place - 1] if place else 0

    def widened(self, streams: set[Stream]) -> set[Stream]:
        """With the fillings that the dossiers were in, and all that was in those."""
        fillings = {each for each in streams | self._beside(streams) if each[0][:1] == POUCH}
        return streams | fillings | self._beside(fillings)

    def _beside(self, streams: set[Stream]) -> set[Stream]:
        places = set().union(*(self.streams[stream] for stream in streams))
        return {stream for stream, told in self.streams.items() if told & places}

    def fold(self, streams: set[Stream]) -> Folded:
        places = self.everywhere.union(*(self.streams[stream] for stream in streams))
        begun = [
            cut
            for cuts in self.cuts.values()
            for cut in cuts
            if (cut.pouch, cut.from_us) in streams
        ]
        return fold([self.timed[place] for place in sorted(places)], resumed=begun, find_cuts=True)


def flags(folded: Folded, label: str, *, since_us: int = 0) -> list[Discrepancy]:
    """All that does not agree about one label, as far as it was not settled before."""
    return [
        one
        for one in (*folded.all_discrepancies, *folded.repeats)
        if one.subject == label
        and (one.closed_us is None or max(one.closed_us, one.opened_us) >= since_us)
    ]


def check(timed: list[Timed]) -> int:
    """Every dossier, and every pouch from its newest filling on; the number of cuts."""
    whole = fold(timed, find_cuts=True)
    filed = Filed(timed, whole.fillings)
    for label, state in whole.dossiers.items():
        part = filed.fold(filed.widened(filed.widened({(label, 0)})))
        assert (part.dossiers[label], flags(part, label)) == (state, flags(whole, label))
    for label, cuts in filed.cuts.items():
        from_us, before = cuts[-1].from_us, cuts[-1].links_before
        part = filed.fold(filed.widened(filed.widened({(label, from_us)})))
        pouch = whole.pouches[label]
        assert replace(part.pouches[label], chain=()) == replace(pouch, chain=())
        assert list(part.pouches[label].chain) == list(pouch.chain)[before:]
        assert flags(part, label, since_us=from_us) == flags(whole, label, since_us=from_us)
        assert not [one for one in part.fillings if one.pouch == label and one.from_us > from_us]
    return len(whole.fillings)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_fillings_it_was_in_say_as_much_of_a_dossier_as_the_whole_history(batch: int) -> None:
    cuts = 0
    for seed in range(batch, DAYS, BATCHES):
        rng = Random(seed)
        cuts += check(settle(random_day(rng, rng.choice([60, 120, 200]))).timed)
    assert cuts > DAYS / BATCHES


def test_a_succession_that_is_corrected_bears_on_every_label_with_its_correction() -> None:
    rng = Random(103897)
    assert check(settle(random_day(rng, rng.choice([60, 120, 200]))).timed)


TWICE = (  # the bag is emptied, and filled again at 11:00
    "Registered A 08:00; Packed A 08:10 P1; Sealed A 08:20 seal=S1 to=B; Released A 08:30;"
    " Accepted B 08:40 seal=S1; Unsealed B 08:41 seal=S1; Received B 08:42 pouch=P1;"
    " Closed B 08:50; Registered B 10:00 D2; Packed B 11:00 D2 pouch=P1;"
    " Sealed B 11:10 seal=S2 to=A"
)
LATE = (  # told as of after the cut, amended to before it
    "Moved A 11:30 D1 pouch=P1;"
    " Corrected C 12:00 target=A#5 kind=was_wrong reason=slip set=at:10:30"
)


@pytest.mark.parametrize(
    ("after", "cut"),
    [
        ("Moved B 12:00 D2", True),
        ("Corrected C 12:00 target=B#6 kind=was_wrong reason=slip set=place:desk", True),
        ("Corrected C 12:00 target=B#3 kind=was_wrong reason=slip set=place:desk", False),
        ("Corrected C 12:00 target=B#3 kind=did_not_occur reason=slip", False),
        (LATE, False),
    ],
)
def test_no_cut_parts_what_amends_from_what_it_amends(
    stated: Callable[[str], list[Fact]], after: str, *, cut: bool
) -> None:
    folded = fold(settle(stated(f"{TWICE}; {after}")).timed, find_cuts=True)
    assert bool(folded.fillings) is cut


def test_two_facts_under_one_key_that_nothing_amends_are_cut_apart(
    stated: Callable[[str], list[Fact]],
) -> None:
    """Else the cut would be made or not as the other fact happens to be at hand."""
    twice = TWICE.replace("11:00 D2", "11:00 D2 seq=6")
    day = settle(stated(f"{twice}; Registered B 10:30 D9 seq=6")).timed
    assert [one.fact.fact for one in day if one.fact.key == "B#6"] == ["Registered", "Packed"]
    assert [one.from_us for one in fold(day, find_cuts=True).fillings] == [day[-2].effective_us]


def test_a_bag_that_is_opened_before_it_is_packed_begins_a_filling_then(
    stated: Callable[[str], list[Fact]],
) -> None:
    """As stations tell it: a counter opens the bag that it fills."""
    opened = TWICE.replace("Packed B 11:00", "Opened B 10:59 P1; Packed B 11:00")
    day = settle(stated(opened)).timed
    when = [one.effective_us for one in day if one.fact.fact == "Opened"]
    assert [one.from_us for one in fold(day, find_cuts=True).fillings] == when


def test_what_was_over_in_an_earlier_filling_is_known_beside_a_later_one() -> None:
    """A dossier may have been in both: its time astray in the first one stays what it was."""
    flags = Flags()
    flags.raise_("MISROUTED", "P", 10, "B#1")
    flags.raise_("NOT_RELEASED", "P", 12, "B#2")
    flags.close("MISROUTED", "P", 20)
    flags.resume("P", [("SEAL_BROKEN", "B#9", 50, None)])
    told = {(one.code, one.opened_us, one.closed_us) for one in flags.listed()}
    assert told == {("MISROUTED", 10, 20), ("SEAL_BROKEN", 50, None)}


def test_where_a_sealed_bag_was_to_go_is_forgotten_when_it_is_closed_elsewhere(
    stated: Callable[[str], list[Fact]],
) -> None:
    story = (
        "Registered A 08:00; Packed A 08:10 P1; Sealed A 08:20 seal=S1 to=B via=C; Accepted C 08:40"
        " seal=S1; Received C 08:42 pouch=P1; Closed C 08:50; Registered C 10:00 D2;"
        " Packed C 11:00 D2 pouch=P1; Unsealed C 11:30 broken=true"
    )
    timed = settle(stated(story)).timed
    assert check(timed) == 1
    [bag] = fold(timed).pouches.values()
    assert (bag.state, bag.ahead) == ("unsealed", ())
    astray = settle(stated(story.replace(" via=C", ""))).timed
    assert check(astray) == 0  # what came out of it there is astray as long as the bag is
