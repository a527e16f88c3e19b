"""A party's objection to minutes charged to it, and what a supervisor decided.

The ledger follows from evidence; this says whose minutes they are after all. It moves no custody
and outlives the charge where later evidence removes that.
"""
# ruff: noqa: A002, ARG002 - the library names `id` and `timestamp` and takes them from signatures

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import event

from domain.model.decision import Decision, FirstEvent, decision_id
from domain.model.discrepancy import OTHER, Said, check_said
from domain.model.errors import Refusal
from domain.model.instants import Micros, micros
from domain.model.legs import AGENCY, APPLICANT, POST, Account
from domain.model.responsibility import Charged

OBJECTIONS = (
    "not_in_our_hands",
    "time_differs",
    "waited_for_another",
    "post_did_not_come",
    "device_failed",
    "force_majeure",
    OTHER,
)
UPHELD_FOR = ("proved_by_papers", "parties_agree", "device_failed", "force_majeure", OTHER)
DISMISSED_FOR = ("scans_show_it", "not_proved", "within_its_control", OTHER)


class ContestOpen(Refusal):
    """It is contested already and waits for the supervisor; values: leg, party."""

    code = "CONTEST_OPEN"


class ContestNotOpen(Refusal):
    """Nobody contests it, or it is decided already; values: leg, party."""

    code = "CONTEST_NOT_OPEN"


class SameAccount(Refusal):
    """Upheld, minutes go to another account; values: party."""

    code = "SAME_ACCOUNT"


class OwnContest(Refusal):
    """Nobody decides about minutes charged to their own party; values: party."""

    code = "OWN_CONTEST"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One act in a contest: raised, upheld or dismissed; `text` is an opaque id of the vault."""

    act: str
    by: str
    office: str
    at_us: Micros
    reason: str
    text: str | None
    to: Account | None = None


def contest_id(label: str, charge: Charged) -> UUID:
    """The id of what was objected to that charge of a dossier."""
    kind, code, run = charge.account
    return decision_id("contest", label, charge.leg, charge.part, kind, code, run or "")


class Contest(Decision):
    """`history` has every act in order; `to` is whose the minutes are after all, None: as charged.

    Decided, it can be raised again: there may be new evidence.
    """

    TOPIC = "contest"

    class Raised(FirstEvent):
        """A party objects to a charge for the first time.

        `part` is empty where the leg has none, `run` None for a courier on no run.
        """

        TOPIC = "contest.Raised"
        label: str
        leg: str
        part: str
        account: str
        party: str
        run: str | None
        by: str
        office: str
        reason: str
        text: str | None

    class RaisedAgain(Decision.Event):
        """It objects once more, after a decision."""

        TOPIC = "contest.RaisedAgain"
        by: str
        office: str
        reason: str
        text: str | None

    class Upheld(Decision.Event):
        """The minutes are another's: `account` is its kind, `party` its code or empty."""

        TOPIC = "contest.Upheld"
        account: str
        party: str
        by: str
        office: str
        reason: str
        text: str | None

    class Dismissed(Decision.Event):
        """The charge stands."""

        TOPIC = "contest.Dismissed"
        by: str
        office: str
        reason: str
        text: str | None

    @event(Raised)
    def __init__(
        self,
        *,
        id: UUID,
        timestamp: datetime,
        label: str,
        leg: str,
        part: str,
        account: str,
        party: str,
        run: str | None,
        by: str,
        office: str,
        reason: str,
        text: str | None,
    ) -> None:
        self.label = label
        self.charge = Charged(leg, part, Account(account, party, run))
        self.to: Account | None = None
        self.history = [Ruling("raised", by, office, micros(timestamp), reason, text)]

    @property
    def open(self) -> bool:
        """Whether it waits for a decision."""
        return self.history[-1].act == "raised"

    @property
    def texts(self) -> set[str]:
        """The vault's ids of what was written."""
        return {ruling.text for ruling in self.history if ruling.text is not None}

    def raise_again(self, said: Said, *, timestamp: datetime) -> None:
        """Object once more; raises `ContestOpen`, `BadReason`, `ReasonNeedsText`."""
        if self.open:
            raise ContestOpen(**self._named())
        check_said(said, OBJECTIONS)
        self._raise_again(**asdict(said), timestamp=timestamp)

    def uphold(self, said: Said, *, to: Account, timestamp: datetime) -> None:
        """Charge another; raises `ContestNotOpen`, `SameAccount`, and as `raise_again`."""
        self._demand_open()
        if to[:2] == self.charge.account[:2]:
            raise SameAccount(party=to.code or to.kind)
        check_said(said, UPHELD_FOR)
        self._uphold(account=to.kind, party=to.code, **asdict(said), timestamp=timestamp)

    def dismiss(self, said: Said, *, timestamp: datetime) -> None:
        """Let the charge stand; raises `ContestNotOpen`, and as `raise_again`."""
        self._demand_open()
        check_said(said, DISMISSED_FOR)
        self._dismiss(**asdict(said), timestamp=timestamp)

    def _demand_open(self) -> None:
        if not self.open:
            raise ContestNotOpen(**self._named())

    def _named(self) -> dict[str, object]:
        return {"leg": self.charge.leg, "party": self.charge.account.code}

    @event(RaisedAgain)
    def _raise_again(
        self, *, by: str, office: str, reason: str, text: str | None, timestamp: datetime
    ) -> None:
        self.history.append(Ruling("raised", by, office, micros(timestamp), reason, text))

    @event(Upheld)
    def _uphold(
        self,
        *,
        account: str,
        party: str,
        by: str,
        office: str,
        reason: str,
        text: str | None,
        timestamp: datetime,
    ) -> None:
        self.to = Account(account, party)
        at_us = micros(timestamp)
        self.history.append(Ruling("upheld", by, office, at_us, reason, text, self.to))

    @event(Dismissed)
    def _dismiss(
        self, *, by: str, office: str, reason: str, text: str | None, timestamp: datetime
    ) -> None:
        self.to = None
        self.history.append(Ruling("dismissed", by, office, micros(timestamp), reason, text))


def raise_contest(label: str, charge: Charged, said: Said, *, timestamp: datetime) -> Contest:
    """Object to a charge; raises `BadReason`, `ReasonNeedsText`."""
    check_said(said, OBJECTIONS)
    kind, code, run = charge.account
    return Contest(
        id=contest_id(label, charge),
        label=label,
        leg=charge.leg,
        part=charge.part,
        account=kind,
        party=code,
        run=run,
        **asdict(said),
        timestamp=timestamp,
    )


WITHOUT_PARTY = frozenset({POST, APPLICANT, AGENCY})  # accounts that need no code
