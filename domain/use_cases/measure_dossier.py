"""By what the minutes of a dossier are measured: rule, calendars and budgets; for one or for many.

Used by the statement on one dossier and by the pass over many, so that both measure alike.
"""

from collections.abc import Sequence
from typing import Protocol

from domain.model.custody_state import DossierState
from domain.model.errors import NotFound
from domain.model.identifiers import is_courier
from domain.model.instants import Micros
from domain.model.procedure import Terms
from domain.model.responsibility import Case
from domain.model.waiting import Waiting, pauses_of
from domain.model.working_time import Calendar
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.office_calendars import Calendars


class Decided(Protocol):
    """What was decided about a dossier, wherever that is read."""

    @property
    def office(self) -> str:
        """Which took it in."""
        ...

    @property
    def procedure(self) -> str:
        """What is applied for."""
        ...

    @property
    def procedure_version(self) -> int:
        """Under which version, from 1."""
        ...

    @property
    def received_us(self) -> Micros:
        """When, as the case states it."""
        ...

    @property
    def waits(self) -> Sequence[Waiting]:
        """The stretches in which the office waited for others."""
        ...


class Measure:
    """Reads from any thread."""

    def __init__(self, *, reference: Reference, calendars: Calendars) -> None:
        self._reference = reference
        self._calendars = calendars
        self._terms: dict[tuple[str, int], Terms] = {}  # a version is never edited

    def terms(self, decision: Decided) -> Terms:
        """What it was received under; raises `NotFound`."""
        key = code, number = decision.procedure, decision.procedure_version
        found = self._terms.get(key)
        if found is None:
            procedure = self._reference.procedures().get(code)
            if procedure is None or not 0 < number <= len(procedure.versions):
                raise NotFound(what="procedure", code=code)
            found = self._terms[key] = procedure.versions[number - 1]
        return found

    def case(self, decision: Decided, terms: Terms, state: DossierState) -> tuple[Case, str]:
        """As the deadline on the board, which depends on the same; and the calendar's version.

        Raises `NotFound` for an office nobody knows.
        """
        start_us = decision.received_us if state.registered_us is None else state.registered_us
        settled_us = state.finished_us
        if settled_us is None and state.windows:
            settled_us = state.windows[-1][1]
        by_us = None if settled_us is None else max(settled_us, decision.received_us)
        found = self._calendars.at(decision.office, by_us)
        if found is None:
            raise NotFound(what="office", code=decision.office)
        calendar, version = found
        others = {link.holder for link in state.chain if not is_courier(link.holder)}
        measured = {party: self._calendars.at(party, by_us) for party in others}
        case = Case(
            offices=self._line(decision.office),
            start_us=start_us,
            rule=terms.rule,
            calendar=calendar,
            legs_minutes=dict(terms.legs_minutes),
            pauses=pauses_of(decision.waits, settled_us=settled_us),
            calendars={party: known[0] for party, known in measured.items() if known is not None},
        )
        return case, version

    def calendar_of(self, party: str) -> Calendar | None:
        """The calendar in use at an office, None for a courier and for an office nobody knows."""
        found = self._calendars.at(party, None)
        return None if found is None else found[0]

    def _line(self, office: str) -> tuple[str, ...]:
        """The office that took it in, and those that carry on its work."""
        offices, line = self._reference.offices(), [office]
        while (known := offices.get(line[-1])) is not None and known.successor is not None:
            line.append(known.successor)
        return tuple(line)
