"""A sample centre with dossiers on their way, and the scans of its desks; for the bars from 4 on.

A dossier is registered, digitised and packed at the counter; its pouch is sealed, released,
accepted and opened at a department, where each dossier is received and its work begun.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.composition import House, open_house
from api.databases import DATABASE_URL
from api.founding import create_house
from api.rehearsal.bars.bar import Context
from api.rehearsal.bars.pen import Pen, dossier, enrol, pouch
from api.rehearsal.engines import EngineName
from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.record_scans import MOST_ENTRIES, SentEntry
from domain.use_cases.register_dossier import Registration

COUNTER, DEPARTMENT = "TTHC", "STC"
CLERK = Actor("cb01", COUNTER, frozenset({Role.COUNTER}))
_AT_A_TIME = 100  # registrations in one save, of which a desk makes one each


@dataclass(frozen=True, slots=True)
class Bag:
    """A pouch and the dossiers that travel in it, by their numbers."""

    number: int
    dossiers: range

    @property
    def label(self) -> str:
        """The pouch's own."""
        return pouch(self.number)

    @property
    def seal(self) -> str:
        """What closes it."""
        return f"S{self.number}"


def bags(many: int, *, holding: int, first: int = 0) -> list[Bag]:
    """So many pouches of so many dossiers each, numbered on."""
    return [
        Bag(number, range(number * holding, (number + 1) * holding))
        for number in range(first, first + many)
    ]


def packed(pen: Pen, bag: Bag) -> list[SentEntry]:
    """What a counter scans of a pouch: its dossiers digitised and packed, the pouch sent off."""
    return [
        *(pen.write("Digitised", dossier(one)) for one in bag.dossiers),
        *(pen.write("Packed", dossier(one), pouch=bag.label) for one in bag.dossiers),
        pen.write("Sealed", bag.label, seal=bag.seal, to=DEPARTMENT),
        pen.write("Released", bag.label),
    ]


def accepted(pen: Pen, bag: Bag) -> SentEntry:
    """The one scan by which a pouch arrives at the department."""
    return pen.write("Accepted", bag.label, seal=bag.seal)


def received(pen: Pen, bag: Bag) -> list[SentEntry]:
    """The receipt: opened, each dossier received out of it, closed."""
    return [
        pen.write("Unsealed", bag.label, seal=bag.seal),
        *(pen.write("Received", dossier(one), pouch=bag.label) for one in bag.dossiers),
        pen.write("Closed", bag.label),
    ]


def begun(pen: Pen, bag: Bag) -> list[SentEntry]:
    """The work on what was received."""
    return [pen.write("StepStarted", dossier(one), place="K2") for one in bag.dossiers]


@contextmanager
def centre(context: Context, engine: EngineName) -> Iterator[Path]:
    """A data directory with the sample centre on that engine; raises `NoPostgres`.

    Within the block the setting names its database, for us and all that we start.
    """
    before = os.environ.pop(DATABASE_URL, None)
    try:
        if engine is EngineName.POSTGRES:
            os.environ[DATABASE_URL] = context.database()
        with context.folder() as folder:
            create_house(folder / "data", with_sample=True)
            yield folder / "data"
    finally:
        os.environ.pop(DATABASE_URL, None)
        if before is not None:
            os.environ[DATABASE_URL] = before


@contextmanager
def open_centre(context: Context, engine: EngineName) -> Iterator[House]:
    """The same, opened."""
    with centre(context, engine) as data, closing(open_house(data)) as house:
        yield house


def register(house: House, numbers: Sequence[int]) -> None:
    """Take dossiers in, many in one save; the sheets do not follow yet.

    All have one applicant, because nobody asks for him.
    """
    applicant = ApplicantData(name="Nguyễn Văn Mẫu (ví dụ)")
    given = Registration(procedure="VD-HKD", office=COUNTER, applicant=applicant)
    told = house.register_dossier(given, actor=CLERK)
    like = house.log.load(Dossier, [dossier_id(told.label)])[dossier_id(told.label)]
    for start in range(0, len(numbers), _AT_A_TIME):
        made, stated = [], []
        last = None
        for number in numbers[start : start + _AT_A_TIME]:
            label = dossier(number)
            made.append(
                Dossier(
                    id=dossier_id(label),
                    timestamp=moment(house.clock.now_us()),
                    label=label,
                    procedure=like.procedure,
                    procedure_version=told.procedure_version,
                    office=COUNTER,
                    received_us=told.received_us,
                    due_us=told.due_us,
                    late_after_us=told.late_after_us,
                    provisional=told.provisional,
                    calendar_version=told.calendar_version,
                    applicant=like.applicant,
                    request=None,
                    official_code=None,
                    pieces=[],
                    token_hash=like.token_hash,
                )
            )
            last = house.desk.state(
                "Registered", label, {}, operator=CLERK.person, office=COUNTER, after=last
            )
            stated.append(last)
        house.log.save(*made, entries=stated)


def enrolled(house: House, station: str, *, office: str, number: int = 1) -> Pen:
    """A station of that office, known to the house."""
    pen = Pen(station, office=office, key=number.to_bytes(32, "big"))
    enrol(house.log, pen, office=office)
    return pen


def take_in(house: House, pen: Pen, entries: Sequence[SentEntry]) -> None:
    """Store entries without asking the sheets to follow."""
    for start in range(0, len(entries), MOST_ENTRIES):
        house.record_scans(pen.station, entries[start : start + MOST_ENTRIES])
