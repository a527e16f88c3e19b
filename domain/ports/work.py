"""What the work list by risk asks of the read side: every open dossier in one reading."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple, Protocol

from domain.model.course import Course, Present
from domain.model.instants import Micros
from domain.model.waiting import Waiting


class OpenDossier(NamedTuple):
    """A dossier with a case whose clock runs.

    `due_us` and `overdue_from_us` are None while an open pause holds it, and where it has no due:
    then `calendar_version` is None too. `holder` is None where nobody has scanned it yet, and so is
    `basis`: how it is known to be there. `present` is the end of its course.
    """

    label: str
    official_code: str | None
    procedure: str
    procedure_version: int
    office: str
    holder: str | None
    basis: str | None
    since_us: Micros | None
    due_us: Micros | None
    overdue_from_us: Micros | None
    calendar_version: str | None
    waits: Sequence[Waiting]
    present: Present
    told: tuple[str, str]  # for `Work.course` alone


class Work(Protocol):
    """One consistent snapshot of the read model."""

    def stamp(self) -> Hashable:
        """Equal as long as nothing that the answer follows from has been written."""
        ...

    def open_dossiers(self) -> tuple[Hashable, list[OpenDossier]]:
        """All of them, in no order, and the stamp of the snapshot."""
        ...

    def course(self, one: OpenDossier) -> Course:
        """The whole course of one of them: few are asked for it."""
        ...
