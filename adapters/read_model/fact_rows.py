"""Facts as rows and back; used by the evidence, its closure and the times of stations."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from sys import intern
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, or_, select, tuple_, union

from adapters.read_model.engine import among, listed
from adapters.read_model.expressions import numbered_in
from adapters.read_model.tables import Tables
from domain.model.fact import OFFICE_SUCCEEDED, Fact, aims, labels_named
from domain.model.instants import Micros
from domain.model.labels import POUCH_KIND
from domain.model.station_time import Timed, earliest, latest

OFFICES = (
    "offices"  # successions of offices are filed under this word too: they bear on every label
)
_APART = ("Attested", OFFICE_SUCCEEDED)
_MOST_CONTEXTS = 4096  # the dossiers of a pouch have theirs in common

_WORDS = "fact subject station operator office context".split()
_STATED = (
    "fact subject at_us station seq operator office epoch digest"
    " not_before_us not_after_us recorded_at_us"
).split()
_NUMBERS = (  # and a digest, which no two have in common
    "at_us seq epoch digest not_before_us not_after_us recorded_at_us"
    " id effective_us lower_us upper_us"
).split()
MOVING = (
    "not_before_us not_after_us recorded_at_us lower_us upper_us effective_us"  # may be told anew
).split()
_SAME = {  # while these columns are, the whole row is; where a stored fact has them
    "id": "id",
    **{name: f"timed.fact.{name}" for name in ("digest", "subject", *MOVING[:3])},
    **{name: f"timed.{name}" for name in MOVING[3:]},
}
_same = attrgetter(*_SAME.values())
Identity = tuple[str, str]  # key and digest: what makes a fact the same fact


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact in its place in time, and the serial number of its row."""

    id: int
    timed: Timed


def identity(fact: Fact) -> Identity:
    """Key and digest."""
    return fact.key, fact.digest


def target_of(fact: Fact) -> str | None:
    """The key of the fact that this one undoes, corrects or rests on."""
    target = fact.context.get("target")
    return target if isinstance(target, str) else None


def pouches_named(fact: Fact) -> list[str]:
    """The labels that the fact uses as a pouch."""
    if not fact.context:
        return [fact.subject] if fact.subject[:1] == POUCH_KIND else []
    as_pouch = {fact.context.get("pouch"), (fact.context.get("set") or {}).get("pouch")}
    return [name for name in labels_named(fact) if name[:1] == POUCH_KIND or name in as_pouch]


def merged(one: Fact, other: Fact) -> Fact:
    """The same fact told twice: what bounds it intersects."""
    return replace(
        one,
        not_before_us=latest(one.not_before_us, other.not_before_us),
        not_after_us=earliest(one.not_after_us, other.not_after_us),
        recorded_at_us=earliest(one.recorded_at_us, other.recorded_at_us),
    )


def row(stored: Stored) -> dict[str, Any]:
    """The row of table `fact`."""
    timed = stored.timed
    fact = timed.fact
    columns = {name: getattr(fact, name) for name in _STATED}
    return columns | {
        "id": stored.id,
        "key": fact.key,
        "context": orjson.dumps(fact.context, option=orjson.OPT_SORT_KEYS).decode(),
        "lower_us": timed.lower_us,
        "upper_us": timed.upper_us,
        "effective_us": timed.effective_us,
    }


class Heard:
    """How far each station was heard and what is amended: spares questions that find nothing.

    Of some megabytes for the stations of a province. Of use to the one writer of fresh tables.
    """

    def __init__(self) -> None:
        self._reach: dict[str, tuple[int, int]] = {}
        self._amended: set[str] = set()

    def hear(self, facts: Iterable[Fact]) -> None:
        """These are in the tables from now on."""
        for fact in facts:
            here = fact.epoch, fact.seq
            if here > self._reach.get(fact.station, (0, 0)):
                self._reach[fact.station] = here
            self._amended |= aims(fact)

    def beyond(self, fact: Fact) -> bool:
        """Whether nothing was heard under its key, nor under a later one of its station."""
        return (fact.epoch, fact.seq) > self._reach.get(fact.station, (0, 0))

    def amended(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that something amends."""
        return self._amended.intersection(keys)


class FactRows:
    """The ways in which facts are found again; the statements are built once.

    `remembered`: of so many, found by label, no more is read again than whether they are the same.
    A pouch's facts are found at each of its scans.
    """

    def __init__(self, tables: Tables, *, heard: Heard | None = None, remembered: int = 0) -> None:
        self._heard = heard
        self._most_known = remembered
        self._known: dict[int, tuple[tuple[Any, ...], Stored]] = {}  # the longest known first
        fact, filed, amended = tables.fact.c, tables.fact_label.c, tables.amendment.c
        names = [*_WORDS, *_NUMBERS]
        every = select(*(fact[name] for name in names))
        filed_there = select(filed.fact_id).where(among(filed.label, "wanted"))
        of_labels = numbered_in(fact.id, filed_there)
        self._of_labels = every.where(of_labels)
        self._same_of_labels = select(*(fact[name] for name in _SAME)).where(of_labels)
        self._by_key = every.where(among(fact.key, "wanted"))
        self._amending = every.where(
            fact.id.in_(select(amended.fact_id).where(among(amended.target, "wanted")))
        )
        self._numbers = union(
            select(fact.id).where(among(fact.key, "wanted")),
            select(amended.fact_id).where(among(amended.target, "amended")),
        )
        self._numbered = every.where(among(fact.id, "wanted"))
        self._apart = every.where(
            or_(
                fact.id.in_(select(amended.fact_id)),
                fact.key.in_(select(amended.target)),
                fact.fact.in_(_APART),
            )
        )
        self._in_order = (
            every.where(
                tuple_(fact.effective_us, fact.id) > tuple_(bindparam("at_us"), bindparam("number"))
            )
            .order_by(fact.effective_us, fact.id)
            .limit(bindparam("most"))
        )
        self._of_stations = every.where(among(fact.station, "wanted"))

    def hear(self, facts: Iterable[Fact]) -> None:
        """These are in the tables from now on."""
        if self._heard is not None:
            self._heard.hear(facts)

    def told(self, connection: Connection, facts: Iterable[Fact]) -> list[Stored]:
        """What stands under the keys of these already."""
        heard = self._heard
        keys = {fact.key for fact in facts if heard is None or not heard.beyond(fact)}
        return self.by_key(connection, keys)

    def near(
        self, connection: Connection, facts: Collection[Fact], *, but: Collection[int]
    ) -> list[Stored]:
        """What amends these or is amended by them, or stands under their keys; `but` numbers."""
        keys = {fact.key for fact in facts}
        wanted = {key for fact in facts for key in aims(fact)} | keys
        asked = {"wanted": listed(wanted), "amended": listed(keys)}
        numbers = set(connection.execute(self._numbers, asked).scalars()).difference(but)
        return self.numbered(connection, numbers)

    def of_labels(self, connection: Connection, labels: Collection[str]) -> list[Stored]:
        """All that is filed under any of the labels."""
        if not self._most_known:
            return _found(connection, self._of_labels, labels)
        rows = connection.execute(self._same_of_labels, {"wanted": listed(labels)}).all()
        same = {row[0]: tuple(row) for row in rows}
        known = self._known
        found = [
            known[number][1]
            for number, now in same.items()
            if number in known and known[number][0] == now
        ]
        unknown = self.numbered(connection, same.keys() - {each.id for each in found})
        known.update((each.id, (_same(each), each)) for each in unknown)
        for _ in range(len(known) - self._most_known):
            del known[next(iter(known))]
        return found + unknown

    def by_key(self, connection: Connection, keys: Collection[str]) -> list[Stored]:
        """All that stands under the keys."""
        return _found(connection, self._by_key, keys)

    def amending(self, connection: Connection, keys: Collection[str]) -> list[Stored]:
        """All that amends what stands, or will stand, under the keys."""
        if self._heard is not None:
            keys = self._heard.amended(keys)
        return _found(connection, self._amending, keys)

    def numbered(self, connection: Connection, numbers: Collection[int]) -> list[Stored]:
        """Those with these serial numbers."""
        return _found(connection, self._numbered, numbers)

    def with_amended(self, connection: Connection, numbers: Collection[int]) -> list[Timed]:
        """The facts with these serial numbers, and whatever they amend."""
        found = {each.id: each for each in self.numbered(connection, numbers)}
        targets = {key for each in found.values() for key in aims(each.timed.fact)}
        found |= {each.id: each for each in self.by_key(connection, targets)}
        return [each.timed for each in found.values()]

    def of_stations(self, connection: Connection, stations: Collection[str]) -> list[Stored]:
        """All that these stations ever said."""
        return _found(connection, self._of_stations, stations)

    def apart(self, connection: Connection) -> list[Stored]:
        """What amends or is amended, what was attested, and what makes one of two offices."""
        return [_stored(*_shared(row)) for row in connection.execute(self._apart)]

    def in_order(
        self, connection: Connection, *, after: tuple[Micros, int], limit: int
    ) -> list[Stored]:
        """The next by effective time and number."""
        asked = {"at_us": after[0], "number": after[1], "most": limit}
        rows = connection.execute(self._in_order, asked).all()
        return [_stored(*_shared(row)) for row in rows]


def _found(connection: Connection, statement: Select[Any], wanted: Collection[Any]) -> list[Stored]:
    if not wanted:
        return []
    rows = connection.execute(statement, {"wanted": listed(wanted)}).all()
    return [_stored(*_shared(row)) for row in rows]


def _shared(columns: Sequence[Any]) -> tuple[Any, ...]:
    """The same, with the words that a hundred thousand facts have in common kept once."""
    return (*map(intern, columns[: len(_WORDS)]), *columns[len(_WORDS) :])


def _stored(  # noqa: PLR0917 - in the order of the columns, because names would cost as much again
    fact: str,
    subject: str,
    station: str,
    operator: str,
    office: str,
    context: str,
    at_us: Micros,
    seq: int,
    epoch: int,
    digest: str,
    not_before_us: Micros | None,
    not_after_us: Micros | None,
    recorded_at_us: Micros | None,
    number: int,
    effective_us: Micros,
    lower_us: Micros | None,
    upper_us: Micros | None,
) -> Stored:
    stated = Fact(
        fact=fact,
        subject=subject,
        at_us=at_us,
        station=station,
        seq=seq,
        operator=operator,
        office=office,
        context=_context(context),
        epoch=epoch,
        not_before_us=not_before_us,
        not_after_us=not_after_us,
        recorded_at_us=recorded_at_us,
        digest=digest,
    )
    return Stored(number, Timed(stated, effective_us, lower_us, upper_us))


@lru_cache(maxsize=_MOST_CONTEXTS)
def _context(text: str) -> dict[str, Any]:
    context: dict[str, Any] = orjson.loads(text)
    return context
