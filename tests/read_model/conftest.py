"""A centre in a temporary folder: a real event log, the read model behind it, and ways to speak."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.read_model.deadlines import Deadline, Question
from adapters.read_model.dump import canonical_dump
from adapters.read_model.engine import Source, read_engine, write_engine
from adapters.read_model.projection import Projection, prepare
from adapters.read_model.queries import Queries
from adapters.read_model.rebuild import Progress, rebuild
from domain.model.entry import parse_entry, unsigned_entry
from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, Micros, parse_instant
from domain.model.labels import Kind, Label
from domain.ports.stores import Notification, RecordedEntry, Tombstone
from tests.cases import registered_case


def dossier(number: int) -> str:
    return str(Label(Kind.DOSSIER, 27_001, 26, number))


def pouch(number: int) -> str:
    return str(Label(Kind.POUCH, 27_001, 26, number))


def at(clock: str, day: int = 2) -> Micros:
    """An instant of March 2026, when the examples of the design happen."""
    return parse_instant(f"2026-03-{day:02d}T{clock}:00+07:00")


def due_of(question: Question) -> Deadline | None:
    """Two days after the receipt, whatever it is: the calendar has tests of its own."""
    due_us = question.start_us + 2 * DAY_US
    return Deadline(
        due_us=due_us,
        late_after_us=due_us,
        near_from_us=due_us - 240 * MINUTE_US,
        overdue_from_us=due_us + MINUTE_US,
        day_like=False,
        provisional=False,
        calendar_version="A.1.2026",
    )


class Scene:
    """Stations that speak, a log that keeps, a read model that follows."""

    dossier = staticmethod(dossier)
    pouch = staticmethod(pouch)
    at = staticmethod(at)

    def __init__(self, source: Source, due: Callable[[Question], Deadline | None] = due_of) -> None:
        """On a folder for a file, or on a URL."""
        self.source = source / "giaonhan.db" if isinstance(source, Path) else source
        self.log: SqliteEventLog | PostgresEventLog = (
            PostgresEventLog(self.source)
            if isinstance(self.source, str)
            else SqliteEventLog(self.source)
        )
        self.engine = write_engine(self.source)
        prepare(self.engine)
        self.readers = read_engine(self.source)
        self.views = Queries(self.readers)
        self.due_of = due
        self.projection = self.runner()
        self.last: dict[str, int] = defaultdict(int)

    def runner(self) -> Projection:
        """Another runner on the same tables, as a second process would have."""
        return Projection(log=self.log, engine=self.engine, due_of=self.due_of)

    def close(self) -> None:
        self.readers.dispose()
        self.engine.dispose()
        self.log.close()

    def fact(
        self,
        name: str,
        subject: str,
        clock: str | Micros,
        *,
        office: str = "A",
        seq: int | None = None,
        station: str | None = None,
        **context: Any,
    ) -> Fact:
        """A fact of the office's own station, with its next number unless one is given."""
        station = station or f"S-{office.replace(':', '-')}"
        number = self.last[station] + 1 if seq is None else seq
        self.last[station] = max(self.last[station], number)
        return Fact(
            fact=name,
            subject=subject,
            at_us=at(clock) if isinstance(clock, str) else clock,
            station=station,
            seq=number,
            operator="op",
            office=office,
            context=context,
        )

    def say(self, name: str, subject: str, clock: str | Micros, **more: Any) -> Fact:
        """State one fact; it is recorded at the moment it claims, and followed at once."""
        fact = self.fact(name, subject, clock, **more)
        self.store(fact)
        self.projection.catch_up()
        return fact

    def store(self, *facts: Fact, recorded_at_us: Micros | None = None) -> None:
        """Append the facts to the log in one save, without following it."""
        self.log.save(entries=[recorded(fact, recorded_at_us) for fact in facts])

    def take_in(
        self,
        number: int,
        clock: str | Micros,
        *,
        procedure: str = "1.001",
        code: str | None = None,
    ) -> str:
        """Register a dossier as a counter does, the case and its first fact; not yet followed."""
        label, received_us = dossier(number), at(clock) if isinstance(clock, str) else clock
        case = registered_case(label, received_us, procedure=procedure, official_code=code)
        first = self.fact("Registered", label, clock)
        self.log.save(case, entries=[recorded(first)])
        return label

    def refuse(self, station: str, seq: int) -> None:
        """The server keeps a tombstone in the place of an entry."""
        self.log.save(
            tombstones=[Tombstone(station, 1, seq, "0" * 64, "BAD_SIGNATURE", at("08:00"))]
        )

    def dump(self) -> list[bytes]:
        with self.engine.connect() as connection:
            return list(canonical_dump(connection))

    def rebuilt(self, told: Callable[[Progress], None] = lambda _progress: None) -> list[bytes]:
        rebuild(log=self.log, engine=self.engine, due_of=self.due_of, told=told)
        return self.dump()

    def packed_and_sent(self, numbers: range, *, bag: int = 1, day: int = 2) -> None:
        """Example 1 of the design up to the release: office A seals them in a pouch to B."""
        told = [self.fact("Registered", dossier(n), at("08:00", day)) for n in numbers]
        told += [
            self.fact("Packed", dossier(n), at("09:00", day), pouch=pouch(bag)) for n in numbers
        ]
        told.append(self.fact("Sealed", pouch(bag), at("09:05", day), seal="S1", to="B"))
        told.append(self.fact("Released", pouch(bag), at("09:10", day)))
        self.store(*told)
        self.projection.catch_up()


def recorded(fact: Fact, recorded_at_us: Micros | None = None) -> RecordedEntry:
    """The entry of a fact; nothing here verifies its signature."""
    unsigned = unsigned_entry(
        fact, prev="0" * 64, boot="boot", mono_ms=0, offset_ms=0, checkpoint=None
    )
    return RecordedEntry(
        entry=parse_entry(unsigned + bytes(64)),
        recorded_at_us=fact.at_us if recorded_at_us is None else recorded_at_us,
    )


class ListedLog:
    """Any list of events as a log, for what a real one would never hold."""

    def __init__(self, events: list[object]) -> None:
        self.events = events

    def notifications(self, *, after: int, limit: int) -> list[Notification]:
        numbered = enumerate(self.events[after : after + limit], start=after + 1)
        return [Notification(number, event) for number, event in numbered]

    statements = notifications

    def newest_id(self) -> int:
        """See `EventLog`."""
        return len(self.events)


@pytest.fixture
def place(engine_name: str, request: pytest.FixtureRequest) -> Source:
    """Where a scene may be set: an empty folder, or an empty database."""
    name = "postgres_url" if engine_name == "postgres" else "tmp_path"
    given: Source = request.getfixturevalue(name)
    return given


@pytest.fixture
def scene(place: Source) -> Iterator[Scene]:
    made = Scene(place)
    yield made
    made.close()


@pytest.fixture
def listed_log() -> type[ListedLog]:
    return ListedLog
