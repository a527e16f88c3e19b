"""What a crash between vault and log has left in the vault; looked through when a house opens."""

from adapters.event_store.mapped_log import MappedEventLog
from adapters.vault.sql_vault import SqlVault
from domain.model.contest import Contest
from domain.model.decision import Decision
from domain.model.discrepancy import Handling
from domain.model.dossier import Dossier
from domain.model.person import Person
from domain.model.statement import Statement


def settle_vault(vault: SqlVault, log: MappedEventLog) -> None:
    """After a crash between vault and log: keep what a saved decision names, drop the rest."""
    left = vault.unsettled()
    owners = log.load(Decision, {owner for _, owner in left})
    named = {opaque for owner in owners.values() for opaque in vault_ids(owner)}
    vault.settle([opaque for opaque, _ in left if opaque in named])
    vault.forget_left([opaque for opaque, _ in left if opaque not in named])


def vault_ids(owner: Decision) -> set[str]:
    """What of the vault that decision names."""
    match owner:
        case Dossier(applicant=applicant, request=request, texts=texts):
            return {applicant, request or applicant, *texts}
        case Person(named=named):
            return {named} if named else set()
        case Statement(text=text):
            return {text}
    return owner.texts if isinstance(owner, Handling | Contest) else set()
