"""The JSON of decisions on dossiers, of calendars and of appointments, with its limits."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from api.schemas import Code, Text
from domain.model.calendar import MOST_ROWS, MOST_TEXT, DayOf, TableVersion
from domain.model.dossier import MOST_FEE_VND
from domain.model.instants import Micros, iso
from domain.model.office_hours import MOST_SEASONS, MOST_SHIFTS
from domain.model.working_time import Saturday
from domain.ports.views import AppointmentsPage, AppointmentToConfirm
from domain.use_cases.decide_dossier import MOST_DAYS, Decided
from domain.use_cases.maintain_calendars import DayException

Date = Annotated[str, Field(max_length=10)]
Clock = Annotated[str, Field(max_length=5)]
Sentence = Annotated[str, Field(max_length=MOST_TEXT)]
Shift = Annotated[list[Clock], Field(min_length=2, max_length=2)]
Shifts = Annotated[list[Shift], Field(max_length=MOST_SHIFTS)]
Season = Annotated[str, Field(max_length=16)]


class CauseIn(BaseModel):
    """A coded cause: words would name people."""

    cause: Code


class SupplementIn(BaseModel):
    """What the applicant has to add: the cause in code, the rest in words for the vault."""

    cause: Code
    text: Text | None = None


class FeeIn(BaseModel):
    """What the applicant has to pay."""

    amount_vnd: Annotated[int, Field(ge=1, le=MOST_FEE_VND)]


class AgencyIn(BaseModel):
    """Who has to give an opinion."""

    agency: Code


class ApologyIn(BaseModel):
    """Why it is late, in code and in the apology's words."""

    cause: Code
    apology: Text


class ReappointmentIn(ApologyIn):
    """The date is computed: the due as of now, or so many working days from now."""

    days: Annotated[int | None, Field(ge=1, le=MOST_DAYS)] = None


class DecidedOut(BaseModel):
    """How the dossier's time stands; `due` is null while it is paused."""

    label: str
    promised: str
    confirmed: bool
    due: str | None
    late_after: str | None
    provisional: bool
    calendar_version: str
    paused_for: list[str]
    reappointments: int
    reappointments_left: int

    @classmethod
    def of(cls, decided: Decided) -> Self:
        """From the use case's answer."""
        return cls(
            label=decided.label,
            promised=iso(decided.promised_us),
            confirmed=decided.confirmed,
            due=_iso(decided.due_us),
            late_after=_iso(decided.late_after_us),
            provisional=decided.provisional,
            calendar_version=decided.calendar_version,
            paused_for=list(decided.waits_for),
            reappointments=decided.reappointments,
            reappointments_left=decided.reappointments_left,
        )


class DayIO(BaseModel):
    """One date of the national table."""

    date: Date
    kind: Annotated[str, Field(max_length=10)]
    reason: Sentence
    source: Sentence


class TableIn(BaseModel):
    """A whole national table; what it leaves out is an ordinary day."""

    days: Annotated[list[DayIO], Field(min_length=1, max_length=MOST_ROWS)]

    def given(self) -> list[DayOf]:
        """As the use case takes it."""
        return [DayOf(day.date, day.kind, day.reason, day.source) for day in self.days]


class TableOut(BaseModel):
    """The national table in use, and every version there was."""

    version: str
    days: list[DayIO]
    versions: list[dict[str, str]]

    @classmethod
    def of(cls, versions: list[TableVersion]) -> Self:
        """From the stored versions, oldest first."""
        newest = versions[-1]
        return cls(
            version=newest.version,
            days=[DayIO(**day._asdict()) for day in newest.days],
            versions=[{"version": v.version, "since": iso(v.since_us)} for v in versions],
        )


class HoursIn(BaseModel):
    """A PROFILE of `giaonhan due` from a date on: shifts, or shifts by season."""

    effective_from: Date
    hours: Shifts | Annotated[dict[Season, Shifts], Field(max_length=MOST_SEASONS)]
    reason: Code


class SaturdayIn(BaseModel):
    """What an office's Saturdays are from a date on."""

    effective_from: Date
    saturday: Saturday
    reason: Code


class DayExceptionIn(BaseModel):
    """One date that is not what table and week say."""

    date: Date
    kind: Literal["off", "work", "hours"]
    shifts: Shifts | None = None
    reason: Code

    def given(self) -> DayException:
        """As the use case takes it."""
        return DayException(date=self.date, kind=self.kind, shifts=self.shifts, reason=self.reason)


class RestoredIn(BaseModel):
    """A date that is again what table and week say."""

    date: Date
    reason: Code


class VersionOut(BaseModel):
    """The version behind every promise from now on."""

    version: str


class AppointmentOut(BaseModel):
    """An open dossier whose printed appointment is no longer its due."""

    label: str
    official_code: str | None
    procedure: str
    office: str
    promised: str
    promise_calendar_version: str
    due: str
    calendar_version: str
    reappointments: int

    @classmethod
    def of(cls, row: AppointmentToConfirm) -> Self:
        """From a row of the read side."""
        return cls(
            label=row.label,
            official_code=row.official_code,
            procedure=row.procedure,
            office=row.office,
            promised=iso(row.promised_us),
            promise_calendar_version=row.promise_calendar_version,
            due=iso(row.due_us),
            calendar_version=row.calendar_version,
            reappointments=row.reappointments,
        )


class AppointmentsOut(BaseModel):
    """The soonest due first; `redating`: a calendar change is still being worked through."""

    appointments: list[AppointmentOut]
    total: int
    redating: bool
    now: str

    @classmethod
    def of(cls, page: AppointmentsPage, *, now_us: Micros) -> Self:
        """From the read side's answer."""
        return cls(
            appointments=[AppointmentOut.of(row) for row in page.rows],
            total=page.total,
            redating=page.redating,
            now=iso(now_us),
        )


def _iso(instant_us: Micros | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
