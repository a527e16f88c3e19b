"""A unit that handles paper (one-stop centre, department); used by reference and deadlines."""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import BadCode
from domain.model.identifiers import checked_code
from domain.model.labels import Kind, parse_label


def office_id(code: str) -> UUID:
    """The id of the office with that code."""
    return decision_id("office", code)


class Office(Decision):
    """`calendars` are CAL objects of `giaonhan due`, oldest first; its label is of kind place."""

    TOPIC = "office"
    LISTED: ClassVar[bool] = True

    class Defined(FirstEvent):
        """The office exists under this code."""

        TOPIC = "office.Defined"
        code: str
        label: str
        name_vi: str
        name_en: str
        calendar: dict[str, Any]

    class CalendarSet(Decision.Event):
        """From now on its deadlines run on this calendar."""

        TOPIC = "office.CalendarSet"
        calendar: dict[str, Any]

    class Succeeded(Decision.Event):
        """Another office took over its work."""

        TOPIC = "office.Succeeded"
        successor: str

    @event(Defined)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        code: str,
        label: str,
        name_vi: str,
        name_en: str,
        calendar: dict[str, Any],
    ) -> None:
        self.code = code
        self.label = label
        self.name_vi = name_vi
        self.name_en = name_en
        self.calendars = [calendar]
        self.successor: str | None = None

    @property
    def issuer(self) -> int:
        """The five digits with which the office numbers its labels."""
        return parse_label(self.label).issuer

    @property
    def calendar(self) -> dict[str, Any]:
        """The calendar in use; its number is its place among `calendars`, from 1."""
        return self.calendars[-1]

    @event(CalendarSet)
    def set_calendar(self, *, calendar: dict[str, Any], timestamp: datetime) -> None:
        """Change the hours; what was promised before keeps its printed date."""
        self.calendars.append(calendar)

    @event(Succeeded)
    def succeed(self, *, successor: str, timestamp: datetime) -> None:
        """Name the office that takes over."""
        self.successor = successor


def define_office(
    *,
    code: str,
    label: str,
    name_vi: str,
    name_en: str,
    calendar: dict[str, Any],
    timestamp: datetime,
) -> Office:
    """A new office; raises `BadCode` or `BadLabel`."""
    if parse_label(label).kind is not Kind.PLACE:
        raise BadCode(field="label", text=label)
    return Office(
        id=office_id(checked_code("office", code)),
        timestamp=timestamp,
        code=code,
        label=label,
        name_vi=name_vi,
        name_en=name_en,
        calendar=calendar,
    )
