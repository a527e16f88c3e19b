"""Publishing national tables and changing an office's working time; used by administrators.

Nothing is edited: each act is a version from its instant on, and printed promises stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.model.calendar import NATIONAL, DayOf, NationalCalendar, record_table
from domain.model.decision import moment
from domain.model.office import Office
from domain.model.policy import Act, Actor, demand
from domain.model.working_time import NationalTable
from domain.ports.clock import Clock
from domain.ports.stores import EventLog
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.office_calendars import Calendars


@dataclass(frozen=True, slots=True, kw_only=True)
class DayException:
    """One date of one office: `kind` off, work or hours; `shifts` as in a PROFILE, or None."""

    date: str
    kind: str
    reason: str
    shifts: list[list[str]] | None = None


class MaintainCalendars:
    """Runs on the writer thread."""

    def __init__(
        self, *, log: EventLog, reference: Reference, calendars: Calendars, clock: Clock
    ) -> None:
        self._log = log
        self._reference = reference
        self._calendars = calendars
        self._clock = clock

    def record_shipped(self, table: NationalTable) -> None:
        """Make the table that came with the programs the first version, if there is none yet."""
        if not self._log.load(NationalCalendar, [NATIONAL]):
            self._log.save(record_table(table, timestamp=moment(self._clock.now_us())))
            self._calendars.forget_newest()

    def publish(self, days: Sequence[DayOf], *, actor: Actor | None) -> str:
        """Put a whole national table in the place of the newest; its version.

        Raises `NotAllowed`, and what `NationalCalendar.publish` raises.
        """
        demand(actor, Act.PUBLISH_CALENDAR)
        national = self._log.load(NationalCalendar, [NATIONAL])[NATIONAL]
        version = national.publish(days=days, timestamp=moment(self._clock.now_us()))
        self._log.save(national)
        self._calendars.forget_newest()
        return version

    def set_hours(
        self, code: str, *, effective_from: str, hours: object, reason: str, actor: Actor | None
    ) -> str:
        """Open an office at other hours from a date on; the version of its calendar.

        Raises `NotAllowed`, `NotFound`, and what `Office.set_hours` raises.
        """

        def change(office: Office) -> None:
            office.set_hours(
                effective_from=effective_from, hours=hours, reason=reason, timestamp=timestamp
            )

        timestamp = moment(self._clock.now_us())
        return self._calendars.of(self._reference.change_office(code, change, actor=actor))[1]

    def set_saturday(
        self, code: str, *, effective_from: str, saturday: str, reason: str, actor: Actor | None
    ) -> str:
        """Change what an office's Saturdays are from a date on; the version of its calendar.

        Raises `NotAllowed`, `NotFound`, and what `Office.set_saturday` raises.
        """

        def change(office: Office) -> None:
            office.set_saturday(
                effective_from=effective_from,
                saturday=saturday,
                reason=reason,
                timestamp=timestamp,
            )

        timestamp = moment(self._clock.now_us())
        return self._calendars.of(self._reference.change_office(code, change, actor=actor))[1]

    def except_day(self, code: str, given: DayException, *, actor: Actor | None) -> str:
        """Close an office on a date, work a Saturday, or change one date's hours; the version.

        Raises `NotAllowed`, `NotFound`, and what `Office.except_day` raises.
        """

        def change(office: Office) -> None:
            office.except_day(
                date=given.date,
                kind=given.kind,
                shifts=given.shifts,
                reason=given.reason,
                timestamp=timestamp,
            )

        timestamp = moment(self._clock.now_us())
        return self._calendars.of(self._reference.change_office(code, change, actor=actor))[1]

    def restore_day(self, code: str, *, date: str, reason: str, actor: Actor | None) -> str:
        """Lift the exception of a date; the version.

        Raises `NotAllowed`, and `NotFound` for an unknown office or a date without one.
        """

        def change(office: Office) -> None:
            office.restore_day(date=date, reason=reason, timestamp=timestamp)

        timestamp = moment(self._clock.now_us())
        return self._calendars.of(self._reference.change_office(code, change, actor=actor))[1]
