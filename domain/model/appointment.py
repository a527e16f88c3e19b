"""What a citizen was promised, and what was said where it was not kept; decided by `dossier`."""

from dataclasses import dataclass
from typing import NamedTuple

from domain.model.errors import Refusal
from domain.model.instants import Micros


class ReappointmentLimit(Refusal):
    """The version of its procedure allows no further appointment; values: limit."""

    code = "REAPPOINTMENT_LIMIT"


class AppointmentStands(Refusal):
    """The appointment is that date, or stands against that due, already; values: due."""

    code = "APPOINTMENT_STANDS"


class AppointmentNotLater(Refusal):
    """An office may promise more than its due only by promising later; values: due, promised."""

    code = "APPOINTMENT_NOT_LATER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A promise to the citizen, with the versions behind it."""

    due_us: Micros
    late_after_us: Micros
    calendar_version: str
    provisional: bool


class Apology(NamedTuple):
    """What was said when; `text` is its id in the vault.

    `appointed_us` is the promise that was not kept, `due_us` the one made instead, None for none.
    """

    at_us: Micros
    cause: str
    text: str
    appointed_us: Micros
    due_us: Micros | None
