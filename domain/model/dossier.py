"""The case under a dossier's label: what was applied for, promised, paused and put off.

Custody says where it is. Used by intake, by whoever decides on a dossier, and by the read side.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from eventsourcing.domain import event

from domain.model.appointment import (
    Apology,
    Appointment,
    AppointmentNotLater,
    AppointmentStands,
    ReappointmentLimit,
)
from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.errors import AlreadyExists, Refusal
from domain.model.instants import Micros, iso, micros
from domain.model.waiting import AGENCY, FEE, SUPPLEMENT, Waiting, waits_after

MOST_PAUSES = 100  # of one dossier; more is a mistake in a program
MOST_FEE_VND = 10**12


class AlreadyPaused(Refusal):
    """It waits for that already; values: reason."""

    code = "ALREADY_PAUSED"


class NotPaused(Refusal):
    """It does not wait for that; values: reason."""

    code = "NOT_PAUSED"


class TooManyPauses(Refusal):
    """More pauses than any dossier has; values: most."""

    code = "TOO_MANY_PAUSES"


class BadFee(Refusal):
    """An amount that nobody can be asked for; values: amount_vnd."""

    code = "BAD_FEE"


def dossier_id(label: str) -> UUID:
    """The id of the case under that label."""
    return decision_id("dossier", label)


class Dossier(Decision):
    """No personal data: `applicant`, `request` and `texts` are opaque ids of the vault.

    `due_us` with the three fields after it is the promise as printed at intake; `appointments` has
    it first, and after it each that replaced it.
    """

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

    class SupplementRequested(Decision.Event):
        """The applicant has to add or mend something; `text` (vault) None: the cause says all."""

        TOPIC = "dossier.SupplementRequested"
        cause: str
        text: str | None

    class SupplementSupplied(Decision.Event):
        """What was asked for has come in."""

        TOPIC = "dossier.SupplementSupplied"

    class FeeRequested(Decision.Event):
        """The applicant has to pay before the work goes on."""

        TOPIC = "dossier.FeeRequested"
        amount_vnd: int

    class FeePaid(Decision.Event):
        """The applicant has paid."""

        TOPIC = "dossier.FeePaid"

    class FeeWaived(Decision.Event):
        """The office does without the payment."""

        TOPIC = "dossier.FeeWaived"
        cause: str

    class AgencyAsked(Decision.Event):
        """Another agency has to give its opinion first."""

        TOPIC = "dossier.AgencyAsked"
        agency: str

    class AgencyAnswered(Decision.Event):
        """The other agency has answered."""

        TOPIC = "dossier.AgencyAnswered"

    class Reappointed(Decision.Event):
        """The promise was replaced, with an apology (vault) that gives the cause in words."""

        TOPIC = "dossier.Reappointed"
        due_us: int
        late_after_us: int
        calendar_version: str
        provisional: bool
        cause: str
        apology: str

    class AppointmentConfirmed(Decision.Event):
        """The promise stands, although its due is computed as `due_us` on that calendar."""

        TOPIC = "dossier.AppointmentConfirmed"
        due_us: int
        calendar_version: str
        cause: str

    class Apologised(Decision.Event):
        """The office has said (vault) why it is late; promise and due are what they were."""

        TOPIC = "dossier.Apologised"
        cause: str
        apology: str

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
        self.texts: list[str] = []
        self.apologies: list[Apology] = []
        self.waits: list[Waiting] = []
        self.confirmed_us: Micros | None = None  # the due against which the promise stands
        self.appointments = [
            Appointment(
                due_us=due_us,
                late_after_us=late_after_us,
                calendar_version=calendar_version,
                provisional=provisional,
            )
        ]

    @property
    def appointment(self) -> Appointment:
        """The promise that stands."""
        return self.appointments[-1]

    @property
    def waits_for(self) -> frozenset[str]:
        """The reasons for which its clock may stand still now."""
        return frozenset(wait.reason for wait in self.waits if wait.until_us is None)

    def bind_code(self, *, official_code: str, timestamp: datetime) -> None:
        """Bind the official code; again the same is nothing, another one `AlreadyExists`."""
        if self.official_code is not None and self.official_code != official_code:
            raise AlreadyExists(what="official code", code=self.official_code)
        if self.official_code is None:
            self._bind_code(official_code=official_code, timestamp=timestamp)

    @event(CodeBound)
    def _bind_code(self, *, official_code: str, timestamp: datetime) -> None:
        self.official_code = official_code

    def request_supplement(self, *, cause: str, text: str | None, timestamp: datetime) -> None:
        """Wait for the applicant; raises `AlreadyPaused`, `TooManyPauses`."""
        self._demand_free(SUPPLEMENT)
        self._request_supplement(cause=cause, text=text, timestamp=timestamp)

    @event(SupplementRequested)
    def _request_supplement(self, *, cause: str, text: str | None, timestamp: datetime) -> None:
        self.texts += [text] if text else []
        self._wait(SUPPLEMENT, timestamp)

    def supply(self, *, timestamp: datetime) -> None:
        """The applicant has supplied it; raises `NotPaused`."""
        self._demand_waiting(SUPPLEMENT)
        self._supply(timestamp=timestamp)

    @event(SupplementSupplied)
    def _supply(self, *, timestamp: datetime) -> None:
        self._go_on(SUPPLEMENT, timestamp)

    def request_fee(self, *, amount_vnd: int, timestamp: datetime) -> None:
        """Wait for a payment; raises `AlreadyPaused`, `TooManyPauses`, `BadFee`."""
        self._demand_free(FEE)
        if not 0 < amount_vnd <= MOST_FEE_VND:
            raise BadFee(amount_vnd=amount_vnd)
        self._request_fee(amount_vnd=amount_vnd, timestamp=timestamp)

    @event(FeeRequested)
    def _request_fee(self, *, amount_vnd: int, timestamp: datetime) -> None:
        self._wait(FEE, timestamp)

    def pay_fee(self, *, timestamp: datetime) -> None:
        """The payment is in; raises `NotPaused`."""
        self._demand_waiting(FEE)
        self._pay_fee(timestamp=timestamp)

    @event(FeePaid)
    def _pay_fee(self, *, timestamp: datetime) -> None:
        self._go_on(FEE, timestamp)

    def waive_fee(self, *, cause: str, timestamp: datetime) -> None:
        """Do without the payment; raises `NotPaused`."""
        self._demand_waiting(FEE)
        self._waive_fee(cause=cause, timestamp=timestamp)

    @event(FeeWaived)
    def _waive_fee(self, *, cause: str, timestamp: datetime) -> None:
        self._go_on(FEE, timestamp)

    def ask_agency(self, *, agency: str, timestamp: datetime) -> None:
        """Wait for another agency; raises `AlreadyPaused`, `TooManyPauses`."""
        self._demand_free(AGENCY)
        self._ask_agency(agency=agency, timestamp=timestamp)

    @event(AgencyAsked)
    def _ask_agency(self, *, agency: str, timestamp: datetime) -> None:
        self._wait(AGENCY, timestamp, agency=agency)

    def agency_answered(self, *, timestamp: datetime) -> None:
        """The other agency has answered; raises `NotPaused`."""
        self._demand_waiting(AGENCY)
        self._agency_answered(timestamp=timestamp)

    @event(AgencyAnswered)
    def _agency_answered(self, *, timestamp: datetime) -> None:
        self._go_on(AGENCY, timestamp)

    def reappoint(
        self,
        *,
        to: Appointment,
        due_us: Micros,
        cause: str,
        apology: str,
        limit: int,
        timestamp: datetime,
    ) -> None:
        """Replace the promise by the due as computed now, or by a later date.

        The later one then stands against that due. `limit` is the procedure version's. Raises
        `AppointmentStands`, `AppointmentNotLater`, `ReappointmentLimit`.
        """
        promised_us = self.appointment.due_us
        if promised_us == to.due_us:
            raise AppointmentStands(due=iso(to.due_us))
        if to.due_us != due_us and to.due_us < max(promised_us, due_us):
            raise AppointmentNotLater(due=iso(to.due_us), promised=iso(max(promised_us, due_us)))
        if len(self.appointments) > limit:
            raise ReappointmentLimit(limit=limit)
        self._reappoint(
            due_us=to.due_us,
            late_after_us=to.late_after_us,
            calendar_version=to.calendar_version,
            provisional=to.provisional,
            cause=cause,
            apology=apology,
            timestamp=timestamp,
        )
        if to.due_us != due_us:
            self.confirm_appointment(
                due_us=due_us,
                calendar_version=to.calendar_version,
                cause=cause,
                timestamp=timestamp,
            )

    @event(Reappointed)
    def _reappoint(
        self,
        *,
        due_us: Micros,
        late_after_us: Micros,
        calendar_version: str,
        provisional: bool,
        cause: str,
        apology: str,
        timestamp: datetime,
    ) -> None:
        self.texts.append(apology)
        self._apologised(cause, apology, timestamp, due_us=due_us)
        self.confirmed_us = None
        self.appointments.append(
            Appointment(
                due_us=due_us,
                late_after_us=late_after_us,
                calendar_version=calendar_version,
                provisional=provisional,
            )
        )

    def confirm_appointment(
        self, *, due_us: Micros, calendar_version: str, cause: str, timestamp: datetime
    ) -> None:
        """Let the promise stand against the due as computed now; raises `AppointmentStands`."""
        if due_us in {self.appointment.due_us, self.confirmed_us}:
            raise AppointmentStands(due=iso(due_us))
        self._confirm_appointment(
            due_us=due_us, calendar_version=calendar_version, cause=cause, timestamp=timestamp
        )

    @event(AppointmentConfirmed)
    def _confirm_appointment(
        self, *, due_us: Micros, calendar_version: str, cause: str, timestamp: datetime
    ) -> None:
        self.confirmed_us = due_us

    @event(Apologised)
    def apologise(self, *, cause: str, apology: str, timestamp: datetime) -> None:
        """Say why it is late, without another date; it stays late."""
        self.texts.append(apology)
        self._apologised(cause, apology, timestamp, due_us=None)

    def _apologised(
        self, cause: str, text: str, timestamp: datetime, *, due_us: Micros | None
    ) -> None:
        appointed_us = self.appointment.due_us
        self.apologies.append(Apology(micros(timestamp), cause, text, appointed_us, due_us))

    def _demand_free(self, reason: str) -> None:
        if reason in self.waits_for:
            raise AlreadyPaused(reason=reason)
        if len(self.waits) >= MOST_PAUSES:
            raise TooManyPauses(most=MOST_PAUSES)

    def _demand_waiting(self, reason: str) -> None:
        if reason not in self.waits_for:
            raise NotPaused(reason=reason)

    def _wait(self, reason: str, timestamp: datetime, *, agency: str = "") -> None:
        self.waits.append(Waiting(reason, micros(timestamp), agency=agency))

    def _go_on(self, reason: str, timestamp: datetime) -> None:
        self.waits = waits_after(self.waits, reason, micros(timestamp))


WAITS: Mapping[type[Decision.Event], str] = MappingProxyType(
    {
        Dossier.SupplementRequested: SUPPLEMENT,
        Dossier.FeeRequested: FEE,
        Dossier.AgencyAsked: AGENCY,
    }
)
GOES_ON: Mapping[type[Decision.Event], str] = MappingProxyType(
    {
        Dossier.SupplementSupplied: SUPPLEMENT,
        Dossier.FeePaid: FEE,
        Dossier.FeeWaived: FEE,
        Dossier.AgencyAnswered: AGENCY,
    }
)
