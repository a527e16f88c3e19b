"""A clerk's intake at a form: what is promised, one registration a form, what is then printed.

Used by the intake pages. `RegisterDossier` decides; this remembers what a form needs around it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from domain.model.deadline import due
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.explanation import Step, explain
from domain.model.instants import MINUTE_US, Micros
from domain.model.office_hours import parse_time
from domain.model.policy import Act, Actor, demand
from domain.model.procedure import Terms
from domain.model.succession import Succession
from domain.ports.clock import Clock, Entropy
from domain.ports.documents import DossierLabel, Receipt, ReceiptPiece
from domain.ports.stores import EventLog, first
from domain.ports.vault import Vault
from domain.use_cases.maintain_reference import Reference
from domain.use_cases.one_time import hash_of
from domain.use_cases.register_dossier import CalendarOf, Registered, Registration

MOST_FORMS = 10_000  # used forms remembered: several days of the busiest centre
MOST_TOKENS = 1_000  # no counter hall takes in more within the half hour below
TOKEN_US = 30 * MINUTE_US  # a jammed printer is mended within that
_RUN_BYTES = 6
_LONGEST_NUMBER = 12


class FormUsed(Refusal):
    """The form has registered a dossier before, with other words in it; values: label."""

    code = "FORM_USED"


class FormOutdated(Refusal):
    """Opened before the server's last start, or too many forms ago to know if it was used."""

    code = "FORM_OUTDATED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an office promises for a procedure received now; `steps` count to `due_us` by day."""

    procedure: str
    procedure_version: int
    terms: Terms
    received_us: Micros
    due_us: Micros
    provisional: bool
    calendar_version: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Taken:
    """A dossier as it was taken in, with the terms of its day; nothing personal."""

    dossier: Dossier
    terms: Terms


class Forms:
    """Each form shown to a clerk registers at most one dossier, however often it is sent.

    Kept in memory. A restart forgets, so every form opened before it is refused once: its clerk
    looks whether the dossier is there and sends the words again under a new ticket.
    """

    def __init__(self, entropy: Entropy) -> None:
        self._run = entropy.token(_RUN_BYTES)
        self._numbers = count(1)
        self._used: dict[tuple[str, int], tuple[str, str]] = {}  # oldest first
        self._forgotten = 0  # forms up to this number may have been used

    def ticket(self) -> str:
        """The hidden number of a new form."""
        return f"{self._run}.{next(self._numbers)}"

    def label_of(self, ticket: str, *, person: str, words: str) -> str | None:
        """What this very form registered, None if nothing; raises `FormUsed`, `FormOutdated`."""
        number = self._number(ticket)
        used = self._used.get((person, number))
        if used is None:
            if number <= self._forgotten:
                raise FormOutdated
            return None
        if used[0] != hash_of(words):
            raise FormUsed(label=used[1])
        return used[1]

    def use(self, ticket: str, *, person: str, words: str, label: str) -> None:
        """Remember what the form registered."""
        if len(self._used) >= MOST_FORMS:
            oldest = next(iter(self._used))
            self._forgotten = max(self._forgotten, oldest[1])
            del self._used[oldest]
        self._used[person, self._number(ticket)] = hash_of(words), label

    def _number(self, ticket: str) -> int:
        run, _, number = ticket.partition(".")
        known = run == self._run and len(number) <= _LONGEST_NUMBER
        if not (known and number.isascii() and number.isdigit()):
            raise FormOutdated
        return int(number)


class Tokens:
    """Look-up tokens for as long as a receipt may still be printed with its code.

    On disk there is only a token's hash, as `RegisterDossier` wants it. The receipt is rendered
    whenever it is asked for, so what has to wait for the printer is the token alone: a few letters
    in memory, for the clerk who registered, for half an hour. Later prints carry no code.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, str, Micros]] = {}  # oldest first

    def keep(self, registered: Registered, *, person: str) -> None:
        """Keep the token of a dossier just registered by that person."""
        now_us = self._clock.now_us()
        for label, (_, _, until_us) in list(self._kept.items()):
            if until_us > now_us and len(self._kept) < MOST_TOKENS:
                break
            del self._kept[label]
        self._kept[registered.label] = person, registered.lookup_token, now_us + TOKEN_US

    def of(self, label: str, *, person: str) -> str | None:
        """The token for this person's print, None when it is forgotten or another's."""
        kept_for, token, until_us = self._kept.get(label, ("", "", 0))
        return token if kept_for == person and self._clock.now_us() < until_us else None


class CounterIntake:
    """Reads may come from any thread; `register` runs on the writer thread."""

    def __init__(
        self,
        *,
        register_dossier: Callable[..., Registered],
        reference: Reference,
        log: EventLog,
        vault: Vault,
        calendar_of: CalendarOf,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._register_dossier = register_dossier
        self._reference = reference
        self._log = log
        self._vault = vault
        self._calendar_of = calendar_of
        self._clock = clock
        self._forms = Forms(entropy)
        self._tokens = Tokens(clock)
        self.ticket = self._forms.ticket

    def procedures(self) -> dict[str, Terms]:
        """What can be applied for today, by code."""
        now_us = self._clock.now_us()
        found: dict[str, Terms] = {}
        for code, procedure in self._reference.procedures().items():
            with suppress(NotFound):  # not in force yet, or no more
                found[code] = procedure.version_at(now_us)[1]
        return found

    def offer(self, code: str, *, actor: Actor | None) -> Offer:
        """What the actor's office promises now.

        Raises `NotAllowed`, `NotFound`, and what `Office.demand_valid` raises.
        """
        demand(actor, Act.REGISTER_DOSSIER)
        office = self._reference.offices().get(actor.office if actor else "")
        if office is None:
            raise NotFound(what="office", code=actor.office if actor else "")
        procedure = self._reference.procedures().get(code)
        if procedure is None:
            raise NotFound(what="procedure", code=code)
        now_us = self._clock.now_us()
        office.demand_valid(now_us)
        version, terms = procedure.version_at(now_us)
        calendar, calendar_version = self._calendar_of(office)
        cutoff = None if terms.cutoff is None else parse_time(terms.cutoff)
        minute = now_us // MINUTE_US
        answer = due(calendar, minute, terms.term, cutoff=cutoff)
        if answer.due_minute is None:
            raise AssertionError("a term without pauses has an end")
        return Offer(
            procedure=code,
            procedure_version=version,
            terms=terms,
            received_us=now_us,
            due_us=answer.due_minute * MINUTE_US,
            provisional=answer.provisional,
            calendar_version=calendar_version,
            steps=explain(calendar, minute, terms.term, cutoff=cutoff),
        )

    def register(self, registration: Registration, *, ticket: str, actor: Actor | None) -> str:
        """The label of the dossier that this form registers, now or the first time it was sent.

        Raises `FormUsed`, `FormOutdated` and what `RegisterDossier` raises.
        """
        demand(actor, Act.REGISTER_DOSSIER)
        person, words = actor.person if actor else "", repr(registration)
        label = self._forms.label_of(ticket, person=person, words=words)
        if label is None:
            registered = self._register_dossier(registration, actor=actor)
            label = registered.label
            self._tokens.keep(registered, person=person)
            self._forms.use(ticket, person=person, words=words, label=label)
        return label

    def taken(self, label: str, *, actor: Actor | None) -> Taken:
        """For the page after registering; raises `NotAllowed` or `NotFound`."""
        return self._own(label, actor, Act.REGISTER_DOSSIER)[0]

    def receipt(self, label: str, *, actor: Actor | None, lookup_at: str) -> Receipt:
        """The receipt's words; the token follows `lookup_at`. Raises `NotAllowed`, `NotFound`."""
        taken, reader = self._own(label, actor, Act.SEE_APPLICANT)
        dossier, terms = taken.dossier, taken.terms
        token = self._tokens.of(label, person=reader.person)
        titles = dict(terms.pieces)
        return Receipt(
            office=self._reference.offices()[dossier.office].name_vi,
            label=label,
            official_code=dossier.official_code,
            lookup_url=None if token is None else lookup_at + token,
            applicant=self._vault.applicant(dossier.applicant),
            procedure=terms.title_vi,
            request=None if dossier.request is None else self._vault.text(dossier.request),
            pieces=tuple(
                ReceiptPiece(titles.get(str(kind), str(kind)), int(many))
                for kind, many in dossier.pieces
            ),
            term=terms.term,
            cutoff=terms.cutoff,
            received_us=dossier.received_us,
            due_us=dossier.due_us,
            provisional=dossier.provisional,
            receiver=self._name_of(reader.person),
            printed_at_us=self._clock.now_us(),
            calendar_version=dossier.calendar_version,
            procedure_version=dossier.procedure_version,
        )

    def label(self, label: str, *, actor: Actor | None) -> DossierLabel:
        """The sticker's words; raises `NotAllowed` or `NotFound`."""
        taken, _ = self._own(label, actor, Act.PRINT_LABEL)
        return DossierLabel(
            label=label,
            official_code=taken.dossier.official_code,
            procedure=taken.terms.title_vi,
            office=self._reference.offices()[taken.dossier.office].name_vi,
        )

    def _own(self, label: str, actor: Actor | None, act: Act) -> tuple[Taken, Actor]:
        """A dossier of the actor's own office, or of one whose work it carries on."""
        demand(actor, act)
        dossier = first(self._log.load(Dossier, [dossier_id(label)]))
        if dossier is None:
            raise NotFound(what="dossier", code=label)
        offices = Succession(self._reference.offices())
        if actor is None or dossier.office not in offices.carried_on_by(actor.office):
            raise NotAllowed(act=str(act))
        versions = self._reference.procedures()[dossier.procedure].versions
        return Taken(dossier, versions[dossier.procedure_version - 1]), actor

    def _name_of(self, person: str) -> str:
        """The clerk's name as it stands under the signature; the code where none is kept."""
        known = self._reference.people().get(person)
        return person if known is None or known.named is None else self._vault.text(known.named)
