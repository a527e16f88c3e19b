"""Watches the laws during a simulation: what is new after every step, everything at checkpoints."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - shuffles from a fixed seed

from sqlalchemy import Engine, select

from adapters.read_model.dump import digest
from adapters.read_model.engine import among, listed, read_engine
from adapters.read_model.tables import LIVE
from api.composition import House
from domain.model.custody import fold, fold_facts
from domain.model.custody_state import Folded, Link
from domain.model.entry import parse_entry
from domain.model.fact import Fact
from domain.model.journal import EntryStored, EntryTombstoned, FactStated, fact_of
from domain.model.laws import (
    ChainPlace,
    chain_unbroken,
    every_minute_has_one_owner,
    nothing_inferred_is_verified,
    one_custodian,
    same_answer,
)
from domain.model.quarantine import Quarantine
from domain.model.runs import day_of, follow_runs
from domain.model.station_time import Discrepancy, offline, settle
from domain.ports.clock import Clock
from domain.ports.views import MOST_ROWS_A_PAGE
from domain.use_cases.run_plans import RunPlans

_PAGE = 1_000
_SHUFFLES = 2
_link = LIVE.custody_link.c
_LINKS = (
    select(*(_link[name] for name in "label holder place from_us to_us basis evidence".split()))
    .where(among(_link.label, "wanted"))
    .order_by(_link.label, _link.n)
)
_Key = tuple[str, int, int]  # station, epoch, sequence


@dataclass(slots=True)
class Held:
    """The log as an outsider reads it: entries by key, facts once each, how often each is told."""

    position: int = 0
    places: dict[_Key, list[ChainPlace]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[tuple[str, str], Fact] = field(default_factory=dict)
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    voids: dict[str, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    quarantined: dict[str, str] = field(default_factory=dict)  # key of the fact by digest
    decided: dict[str, bool] = field(default_factory=dict)  # by digest: whether it counts

    def read(self, house: House) -> tuple[list[_Key], list[str]]:
        """Take in what is new; the keys it is about, and scans that were applied twice (L1)."""
        new: list[_Key] = []
        broken: list[str] = []
        more = True
        while more:
            page = house.log.notifications(after=self.position, limit=_PAGE)
            more = len(page) == _PAGE
            for notification in page:
                match notification.event:
                    case EntryStored() as stored:
                        new.append(self._store(stored))
                    case EntryTombstoned(station=station, epoch=epoch, originator_version=seq):
                        self.voids[station].add((epoch, seq))
                    case FactStated() as stated:
                        broken += self._state(stated)
                    case Quarantine.EntriesLetIn(entries=entries):
                        self.decided |= dict.fromkeys(entries, True)
                    case Quarantine.EntriesKeptOut(entries=entries):
                        self.decided |= dict.fromkeys(entries, False)
                    case _:
                        pass
                self.position = notification.id
        return new, broken

    def _store(self, stored: EntryStored) -> _Key:
        entry = parse_entry(stored.raw)
        fact = entry.fact
        key = fact.station, fact.epoch, fact.seq
        self.places[key].append(ChainPlace(*key, entry.digest, entry.prev))
        if stored.quarantined:
            self.quarantined[entry.digest] = fact.key
            self.voids[fact.station].add((fact.epoch, fact.seq))
        return key

    def _state(self, stated: FactStated) -> list[str]:
        fact = fact_of(stated)
        self.facts[fact.key, fact.digest] = fact
        identity = stated.originator_id.hex, fact.key, fact.digest
        self.told[identity] += 1
        return [f"L1: {fact.key} is applied twice"] if self.told[identity] > 1 else []

    def misjudged(self) -> Iterator[str]:
        """Of a revoked station counts what a person let in, and nothing else."""
        for digest_of, key in self.quarantined.items():
            counts = (key, digest_of) in self.facts
            if counts != self.decided.get(digest_of, False):
                yield f"L1: {key} was quarantined, and {'counts' if counts else 'does not count'}"

    def folded(self, plans: RunPlans, *, now_us: int) -> tuple[Folded, list[Discrepancy]]:
        """The fold of everything, and all discrepancies that have opened by now, sorted."""
        settled = settle(self.facts.values(), accounted=self.voids)
        folded = fold(settled.timed, now_us=now_us)
        about_stations = [*settled.discrepancies, *offline(settled.timed)]
        planned = plans.planned(0, day_of(now_us))
        runs = follow_runs(planned, settled.timed, cards=plans.cards())
        about_runs = [one for run in runs for one in run.discrepancies]
        beside = [one for one in (*about_stations, *about_runs) if one.opened_us <= now_us]
        return folded, sorted([*folded.all_discrepancies, *beside])


class Watch:
    """Collects what was touched; `step` and `checkpoint` return the laws broken, in words."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held = Held()
        self._touched: set[str] = set()
        self._new_acks: list[tuple[_Key, str]] = []
        self._acks: dict[tuple[_Key, str], None] = {}
        self._house: House | None = None
        self._sheets: Engine | None = None
        self.checked: Counter[str] = Counter()
        self.labels: set[str] = set()

    @property
    def acknowledged(self) -> int:
        """How many scans a station was told are recorded."""
        return len(self._acks)

    def watches(self, house: House) -> None:
        """Look at this house from now on; after a crash it is another one on the same log."""
        self.close()
        self._house = house

    def close(self) -> None:
        """Let go of the file."""
        if self._sheets is not None:
            self._sheets.dispose()
            self._sheets = None

    def arrived(self, labels: Iterable[str]) -> None:
        """Something about these labels has come to the server."""
        self._touched.update(labels)

    def acknowledge(self, station: str, epoch: int, seq: int, *, digest: str) -> None:
        """A station was told that the entry with these bytes is kept."""
        self._new_acks.append(((station, epoch, seq), digest))

    def step(self) -> list[str]:
        """L1, L9 on what is new; L2, L6 on what it touches, and whether its sheets show it."""
        if not self._touched and not self._new_acks:
            return []
        house = self._opened
        new, broken = self._held.read(house)
        acks, self._new_acks = self._new_acks, []
        broken += self._lost(acks)
        self._acks |= dict.fromkeys(acks)
        near = {(s, e, n + by): None for s, e, n in new for by in (-1, 0, 1)}
        broken += chain_unbroken(place for key in near for place in self._held.places.get(key, ()))
        self.labels |= self._touched
        touched, self._touched = sorted(self._touched), set()
        around = house.views.facts_around(touched)
        folded = fold(around, now_us=self._clock.now_us())
        broken += one_custodian(folded)
        broken += nothing_inferred_is_verified(folded, [timed.fact for timed in around])
        broken += self._other_chains(folded, touched)
        self.checked.update(("L1", "L2", "L6", "L9"))
        return broken

    def checkpoint(self, *, rebuild: bool) -> list[str]:
        """Every law on everything, the log read anew; with L4 in full the read model too."""
        self._held = Held()
        _, broken = self._held.read(self._opened)
        held, now_us = self._held, self._clock.now_us()
        facts = list(held.facts.values())
        folded, discrepancies = held.folded(self._opened.run_plans, now_us=now_us)
        self.checked.update(("L1", "L2", "L4", "L5", "L6", "L9"))
        return [
            *broken,
            *held.misjudged(),
            *self._lost(self._acks),
            *chain_unbroken(place for places in held.places.values() for place in places),
            *one_custodian(folded),
            *nothing_inferred_is_verified(folded, facts),
            *self._other_sheets(folded, discrepancies),
            *(self._rebuilt() if rebuild else ()),
            *same_answer(facts, list(_other_arrivals(facts)), fold=fold_facts),
        ]

    def owners(self) -> list[str]:
        """L3: every working minute of every case has one owner, and lateness is divided whole."""
        self.checked["L3"] += 1
        broken: list[str] = []
        with self._reader().connect() as connection:
            cases = connection.scalars(select(LIVE.dossier_case.c.label)).all()
        house = self._opened
        passed = house.account_for_many(house.journeys.of_labels(cases), at_us=self._clock.now_us())
        in_one_pass = {each.journey.label: (each.charged, each.decided) for each in passed}
        for label in cases:
            told = house.account_for_time(label)
            if in_one_pass.get(label) != (told.charged, told.decided):
                broken.append(f"L3: one pass over many charges {label} otherwise than a look at it")
            for minutes in (told.charged, told.decided):
                broken += every_minute_has_one_owner(minutes, told.case)
            for late in (told.lateness, told.lateness_decided):
                if late and sum(share.late_minutes for share in late.shares) != late.late_minutes:
                    broken.append(f"L3: {label} is late by more or less than is divided")
        return broken

    def folded(self) -> tuple[Folded, list[Discrepancy]]:
        """What the fold says now of all that has arrived."""
        self._held.read(self._opened)
        return self._held.folded(self._opened.run_plans, now_us=self._clock.now_us())

    def sheets_digest(self) -> str:
        """Of the read model's canonical dump."""
        with self._reader().connect() as connection:
            return digest(connection)

    @property
    def _opened(self) -> House:
        if self._house is None:
            raise AssertionError("a watch looks at a house")
        if self._house.projection_fault is not None:
            raise AssertionError(f"the read model has stopped: {self._house.projection_fault}")
        return self._house

    def _lost(self, acks: Iterable[tuple[_Key, str]]) -> list[str]:
        return [
            f"L1: {station} was told that {epoch}#{seq} is kept, and it is there {times} times"
            for (station, epoch, seq), told in acks
            if (times := self._times(station, epoch, seq, told)) != 1
        ]

    def _times(self, station: str, epoch: int, seq: int, told: str) -> int:
        places = self._held.places.get((station, epoch, seq), ())
        return sum(place.digest == told for place in places)

    def _rebuilt(self) -> list[str]:
        running = self.sheets_digest()
        self._opened.rebuild()
        same = self.sheets_digest() == running
        return [] if same else ["L4: the rebuilt read model is another one"]

    def _other_sheets(self, folded: Folded, discrepancies: Sequence[Discrepancy]) -> list[str]:
        """L4: the running read model, kept up in small pieces, says what one whole fold says."""
        views, now_us = self._opened.views, self._clock.now_us()
        broken = self._other_chains(folded, [*folded.dossiers, *folded.pouches])
        rows = views.discrepancies(now_us=now_us, open_only=False, limit=MOST_ROWS_A_PAGE)
        told = [(row.opened_us, row.code, row.subject, row.key, row.closed_us) for row in rows]
        meant = [
            (one.opened_us, one.code, one.subject, one.key, one.closed_us)
            for one in discrepancies[:MOST_ROWS_A_PAGE]
        ]
        if told != meant:
            other = [
                f"{code} of {subject} by {key}"
                for _, code, subject, key, _ in set(told) ^ set(meant)
            ]
            broken.append(f"L4: only on the sheet or only in the fold: {', '.join(sorted(other))}")
        return broken

    def _other_chains(self, folded: Folded, labels: Iterable[str]) -> list[str]:
        wanted = {label: _chain(folded, label) for label in labels}
        shown: dict[str, list[Link]] = {label: [] for label in wanted}
        with self._reader().connect() as connection:
            for label, *link, evidence in connection.execute(_LINKS, {"wanted": listed(wanted)}):
                shown[label].append(Link(*(*link, tuple(json.loads(evidence)))))
        return [
            f"L4: the chain of {label} on its sheet is another one than the fold's"
            for label, chain in wanted.items()
            if shown[label] != list(chain)
        ]

    def _reader(self) -> Engine:
        if self._sheets is None:
            self._sheets = read_engine(self._opened.source)
        return self._sheets


def _chain(folded: Folded, label: str) -> Sequence[Link]:
    state = folded.dossiers.get(label) or folded.pouches.get(label)
    return state.chain if state is not None else ()


def _other_arrivals(facts: Sequence[Fact]) -> Iterator[list[Fact]]:
    """Shuffled, some told twice."""
    dice = Random(_SHUFFLES)
    for _ in range(_SHUFFLES):
        yield dice.sample(facts, len(facts)) + dice.sample(facts, len(facts) // 3)
