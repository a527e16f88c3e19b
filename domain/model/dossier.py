"""The case under a dossier's label: what was applied for and promised. Custody says where it is."""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import AlreadyExists
from domain.model.instants import Micros


def dossier_id(label: str) -> UUID:
    """The id of the case under that label."""
    return decision_id("dossier", label)


class Dossier(Decision):
    """No personal data: `applicant` and `request` are opaque ids of the vault."""

    TOPIC = "dossier"

    class Registered(FirstEvent):
        """Received at a counter, with the promise printed on the receipt.

        `due_us` and `late_after_us` follow from `calendar_version` and `procedure_version`;
        `due_us` is the promise as printed. `official_code` is None until it is bound; `request` is
        None where nothing was written; `pieces` are (code, count) as given.
        """

        TOPIC = "dossier.Registered"
        label: str
        procedure: str
        procedure_version: int
        office: str
        received_us: int
        applicant: str
        request: str | None
        official_code: str | None
        pieces: list[list[str | int]]
        due_us: int
        late_after_us: int
        calendar_version: str
        provisional: bool
        token_hash: str

    class CodeBound(Decision.Event):
        """The national system's code of the dossier became known."""

        TOPIC = "dossier.CodeBound"
        official_code: str

    @event(Registered)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        label: str,
        procedure: str,
        procedure_version: int,
        office: str,
        received_us: Micros,
        applicant: str,
        request: str | None,
        official_code: str | None,
        pieces: list[list[str | int]],
        due_us: Micros,
        late_after_us: Micros,
        calendar_version: str,
        provisional: bool,
        token_hash: str,
    ) -> None:
        self.label = label
        self.procedure = procedure
        self.procedure_version = procedure_version
        self.office = office
        self.received_us = received_us
        self.applicant = applicant
        self.request = request
        self.official_code = official_code
        self.pieces = pieces
        self.due_us = due_us
        self.late_after_us = late_after_us
        self.calendar_version = calendar_version
        self.provisional = provisional
        self.token_hash = token_hash

    def bind_code(self, *, official_code: str, timestamp: datetime) -> None:
        """Bind the official code; again the same is nothing, another one `AlreadyExists`."""
        if self.official_code is not None and self.official_code != official_code:
            raise AlreadyExists(what="official code", code=self.official_code)
        if self.official_code is None:
            self._bind_code(official_code=official_code, timestamp=timestamp)

    @event(CodeBound)
    def _bind_code(self, *, official_code: str, timestamp: datetime) -> None:
        self.official_code = official_code
