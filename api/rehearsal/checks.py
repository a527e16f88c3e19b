"""The laws, checked on a data directory after a play; also what `giaonhan verify` asks."""

from collections.abc import Iterable, Iterator
from random import Random  # noqa: TID251 - a shuffle from a fixed seed

from adapters.read_model.dump import digest_at
from api.composition import House
from domain.model.custody import fold_facts
from domain.model.entry import parse_entry
from domain.model.fact import Fact
from domain.model.journal import EntryStored, EntryTombstoned, FactStated, fact_of
from domain.model.laws import (
    ChainPlace,
    chain_unbroken,
    nothing_inferred_is_verified,
    one_custodian,
    same_answer,
)

SHUFFLES = 3
_PAGE = 1_000


def broken_laws(house: House, *, acknowledged: Iterable[tuple[str, int]] = ()) -> list[str]:
    """What was violated, in words; empty when the laws hold. No server may have the directory.

    acknowledged: station and sequence of every scan that a station was told is recorded (L1).
    """
    events = list(_events(house))
    held = [place for event in events if (place := _place(event))]
    facts = _each_once(fact_of(event) for event in events if isinstance(event, FactStated))
    folded = fold_facts(facts)
    return [
        *_scans_kept(held, acknowledged),
        *one_custodian(folded),
        *_rebuilt_equal(house),
        *same_answer(facts, _other_arrivals(facts), fold=fold_facts),
        *nothing_inferred_is_verified(folded, facts),
        *chain_unbroken(held),
    ]


def _scans_kept(held: Iterable[ChainPlace], acknowledged: Iterable[tuple[str, int]]) -> list[str]:
    stored = [(place.station, place.seq) for place in held]
    return [
        f"L1: {station} was told that {seq} is recorded, and it is there {times} times"
        for station, seq in sorted(set(acknowledged))
        if (times := stored.count((station, seq))) != 1
    ]


def _rebuilt_equal(house: House) -> list[str]:
    running = digest_at(house.source)
    house.write(house.rebuild).result()
    return (
        [] if digest_at(house.source) == running else ["L4: the rebuilt read model is another one"]
    )


def _other_arrivals(facts: list[Fact]) -> list[list[Fact]]:
    """Shuffled, some told twice."""
    dice = Random(SHUFFLES)
    return [
        dice.sample(facts, len(facts)) + dice.sample(facts, len(facts) // 3)
        for _ in range(SHUFFLES)
    ]


def _each_once(facts: Iterable[Fact]) -> list[Fact]:
    """A fact is stored with every label it names."""
    return list({(fact.key, fact.digest): fact for fact in facts}.values())


def _place(event: object) -> ChainPlace | None:
    match event:
        case EntryStored(raw=raw):
            entry = parse_entry(raw)
            fact = entry.fact
            return ChainPlace(fact.station, fact.epoch, fact.seq, entry.digest, entry.prev)
        case EntryTombstoned(station=station, epoch=epoch, originator_version=seq, digest=told):
            return ChainPlace(station, epoch, seq, told, None)
        case _:
            return None


def _events(house: House) -> Iterator[object]:
    after = 0
    while page := house.log.notifications(after=after, limit=_PAGE):
        yield from (notification.event for notification in page)
        after = page[-1].id
