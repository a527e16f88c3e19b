"""A centre in a temporary folder and the copies that its stations keep of what they may meet."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.engine import read_engine, write_engine
from adapters.read_model.manifests import ManifestQueries
from adapters.read_model.projection import Projection, prepare
from adapters.read_model.queries import Queries
from domain.model.entry import Entry, parse_entry, unsigned_entry
from domain.model.fact import Fact, labels_named
from domain.model.instants import MINUTE_US, Micros
from domain.model.manifest import (
    contents_from_json,
    contents_to_json,
    run_from_json,
    run_to_json,
)
from domain.model.office_hours import parse_day
from domain.model.planned_runs import PlannedRun
from domain.model.succession import Succession
from domain.model.verdict import Verdict
from domain.ports.stores import RecordedEntry
from domain.use_cases.judge_scan import JudgeScan
from domain.use_cases.record_scans import Answer, SentEntry
from scanner_station.cache import Cache, Index
from scanner_station.knowledge import Knowledge

DAY = parse_day("2026-03-02")


def entry_of(fact: Fact) -> Entry:
    """Nothing here verifies its signature."""
    unsigned = unsigned_entry(
        fact, prev="0" * 64, boot="boot", mono_ms=0, offset_ms=0, checkpoint=None
    )
    return parse_entry(unsigned + bytes(64))


class Stations:
    """Facts one after another, each by the one station of its party."""

    def __init__(self, begun_us: Micros) -> None:
        self.now_us, self.seqs = begun_us, Counter[str]()

    def state(
        self, name: str, subject: str, party: str, *, after: Micros = MINUTE_US, **context: Any
    ) -> Fact:
        self.now_us += after
        station = f"desk-{party.replace(':', '-')}"
        self.seqs[station] += 1
        said = Fact(
            fact=name,
            subject=subject,
            at_us=self.now_us,
            station=station,
            seq=self.seqs[station],
            operator=f"{station}-1",
            office=party,
            context=context,
        )
        return entry_of(said).fact


class Desk:
    """One party's station: its copy, and what it knows by it."""

    def __init__(self, party: str, file: Path, centre: "Centre") -> None:
        self.party, self.centre = party, centre
        self.cache = Cache(file)
        self.knowledge = Knowledge(self.cache)

    def refresh(self) -> None:
        """As over the network: an index, then the contents of what has changed."""
        manifests = self.centre.manifests
        things, truncated = manifests.things(self.party)
        runs = [run_from_json(run_to_json(run)) for run in manifests.runs(self.party, DAY, DAY)]
        stamps = {one.label: one.stamp for one in things}
        self.cache.learn(Index(cursor="", things=things, runs=runs, names={}, truncated=truncated))
        while wanting := [one.label for one in self.cache.wanting()]:
            contents = self.centre.manifests.contents(wanting)
            self.cache.take(contents_from_json(contents_to_json(contents)), stamps)

    def heard(self, fact: Fact) -> bool:
        return all(self.cache.heard_of(label) for label in labels_named(fact))


class Planned:
    """The runs of one day, and a card of theirs that is used on other days."""

    def __init__(self, runs: list[PlannedRun]) -> None:
        self.runs = runs

    def cards(self) -> dict[str, tuple[str, str]]:
        return {run.label: (run.route, run.slot) for run in self.runs}

    def planned(self, first: int, last: int) -> list[PlannedRun]:
        return [run for run in self.runs if first <= run.day <= last]


class Centre:
    """A log, the read model that follows it, the server's verdict, and desks."""

    def __init__(self, folder: Path, planned: list[PlannedRun]) -> None:
        path = folder / "giaonhan.db"
        self.folder = folder
        self.log = SqliteEventLog(path)
        engine, readers = write_engine(path), read_engine(path)
        self.engines = [engine, readers]
        prepare(engine)
        self.projection = Projection(
            log=self.log, engine=engine, due_of=lambda _: None, planner=Planned(planned)
        )
        nobody: Any = SimpleNamespace(offices=dict)
        self.judge = JudgeScan(views=Queries(readers), reference=cast("Any", nobody))
        self.manifests = ManifestQueries(readers, succession=Succession)
        self.desks: list[Desk] = []

    def desk(self, party: str) -> Desk:
        made = Desk(party, self.folder / f"{party.replace(':', '-')}.db", self)
        self.desks.append(made)
        return made

    def take(self, *facts: Fact) -> None:
        entries = [RecordedEntry(entry=entry_of(fact), recorded_at_us=fact.at_us) for fact in facts]
        self.log.save(entries=entries)
        self.projection.catch_up()

    def verdict(self, fact: Fact) -> Verdict | None:
        """Of one that was taken."""
        sent = [SentEntry(fact.epoch, fact.seq, entry_of(fact).raw)]
        answer = Answer(fact.epoch, fact.seq, "recorded", labels=tuple(labels_named(fact)))
        return self.judge(sent, [answer])[0]

    def close(self) -> None:
        for desk in self.desks:
            desk.cache.close()
        for engine in self.engines:
            engine.dispose()
        self.log.close()


@pytest.fixture
def new_centre(tmp_path: Path) -> Iterator[Callable[..., Centre]]:
    made: list[Centre] = []

    def make(*planned: PlannedRun) -> Centre:
        folder = tmp_path / f"centre-{len(made)}"
        folder.mkdir()
        made.append(Centre(folder, list(planned)))
        return made[-1]

    yield make
    for centre in made:
        with closing(centre):
            pass
