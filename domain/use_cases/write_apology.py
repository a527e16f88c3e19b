"""The letter of apology for what is late or appointed anew, in words to be printed; for pages."""

from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import NotAllowed, NotFound
from domain.model.policy import Act, Actor, allowed, demand
from domain.model.procedure import Procedure, procedure_id
from domain.model.succession import Succession
from domain.ports.clock import Clock
from domain.ports.documents import ApologyLetter
from domain.ports.stores import EventLog, first
from domain.ports.vault import Vault
from domain.ports.views import Views
from domain.use_cases.maintain_reference import Reference


class WriteApology:
    """Reads from any thread."""

    def __init__(
        self, *, log: EventLog, vault: Vault, views: Views, reference: Reference, clock: Clock
    ) -> None:
        self._log = log
        self._vault = vault
        self._views = views
        self._reference = reference
        self._clock = clock

    def __call__(self, label: str, *, actor: Actor | None) -> ApologyLetter:
        """The newest apology of a dossier, for the office that took it in or the department.

        The applicant is named only to who may see that. Raises `NotAllowed`, and `NotFound` for a
        label without a case, or where nobody has apologised.
        """
        demand(actor, Act.REAPPOINT_DOSSIER)
        label = self._views.first_label(label)
        dossier = first(self._log.load(Dossier, [dossier_id(label)]))
        if dossier is None:
            raise NotFound(what="dossier", code=label)
        which = procedure_id(dossier.procedure)
        procedure = self._log.load(Procedure, [which])[which]
        terms = procedure.versions[dossier.procedure_version - 1]
        offices = self._reference.offices()
        mine = Succession(offices).carried_on_by(actor.office) if actor else frozenset()
        if actor is None or mine.isdisjoint({dossier.office, terms.department}):
            raise NotAllowed(act=str(Act.REAPPOINT_DOSSIER))
        if not dossier.apologies:
            raise NotFound(what="apology", code=label)
        newest = dossier.apologies[-1]
        known = allowed(actor, Act.SEE_APPLICANT) and dossier.office in mine
        return ApologyLetter(
            office=offices[dossier.office].name_vi,
            label=label,
            official_code=dossier.official_code,
            applicant=self._vault.applicant(dossier.applicant) if known else None,
            procedure=terms.title_vi,
            received_us=dossier.received_us,
            appointed_us=newest.appointed_us,
            due_us=newest.due_us,
            cause=newest.cause,
            words=self._vault.text(newest.text),
            written_us=newest.at_us,
            printed_at_us=self._clock.now_us(),
            calendar_version=dossier.appointment.calendar_version,
        )
