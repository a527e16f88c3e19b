"""Every stored event by its registered name, so that no module path is ever stored."""

from typing import Any

from eventsourcing.utils import register_topic

from domain.model.calendar import NationalCalendar
from domain.model.contest import Contest
from domain.model.decision import Decision
from domain.model.discrepancy import Handling
from domain.model.dossier import Dossier
from domain.model.journal import EntryStored, EntryTombstoned, EvidenceEvent, FactStated, Listed
from domain.model.number_block import NumberBlock
from domain.model.office import Office
from domain.model.person import Person
from domain.model.procedure import Procedure
from domain.model.quarantine import Quarantine
from domain.model.shift import Shift
from domain.model.statement import Statement
from domain.model.station import Station
from domain.model.stickers import Binding, Stickers
from domain.model.timetable import Timetable

EVIDENCE: tuple[type[EvidenceEvent], ...] = (EntryStored, EntryTombstoned, FactStated, Listed)
DECISIONS: tuple[type[Decision], ...] = (
    Binding,
    Contest,
    Dossier,
    Handling,
    NationalCalendar,
    NumberBlock,
    Office,
    Person,
    Procedure,
    Quarantine,
    Shift,
    Statement,
    Station,
    Stickers,
    Timetable,
)


def event_kinds() -> list[type[Any]]:
    """Every event that can be stored."""
    kinds: list[type[Any]] = list(EVIDENCE)
    for decision in DECISIONS:
        kinds += [
            each
            for name, each in vars(decision).items()
            if isinstance(each, type) and issubclass(each, Decision.Event) and name != "Event"
        ]
    return kinds


def log_shape() -> int:
    """How many versions of events there have ever been: a program with fewer cannot read them all.

    It only grows, because what was stored once is read for ever.
    """
    return sum(getattr(kind, "class_version", 1) for kind in event_kinds())


def register_topics() -> None:
    """Make stored names resolve; decisions register theirs when their modules are imported."""
    for kind in EVIDENCE:
        register_topic(kind.TOPIC, kind)
