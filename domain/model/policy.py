"""Who may do what: one table, one function, deny by default; asked by every use case and route."""

from dataclasses import dataclass
from enum import StrEnum

from domain.model.errors import NotAllowed


class Role(StrEnum):
    """What a person is there for; the last two are devices.

    A revoked device may still hand over what it has: that is kept in quarantine, not lost.
    """

    ADMIN = "admin"
    COUNTER = "counter"
    DEPARTMENT = "department"
    COURIER = "courier"
    SUPERVISOR = "supervisor"
    INSPECTOR = "inspector"
    STATION = "station"
    REVOKED_STATION = "revoked_station"


DEVICES = frozenset({Role.STATION, Role.REVOKED_STATION})


class Act(StrEnum):
    """Everything that can be asked for."""

    LOOK_UP_BY_TOKEN = "look_up_by_token"  # noqa: S105 - an act, not a secret
    SCAN = "scan"
    READ_DIRECTORY = "read_directory"
    REGISTER_DOSSIER = "register_dossier"
    SEE_APPLICANT = "see_applicant"
    PRINT_LABEL = "print_label"
    TRACE = "trace"
    VIEW_BOARD = "view_board"
    VIEW_DISCREPANCIES = "view_discrepancies"
    EXPLAIN_DISCREPANCY = "explain_discrepancy"
    ASSIGN_DISCREPANCY = "assign_discrepancy"
    CLOSE_DISCREPANCY = "close_discrepancy"
    DEFINE_REFERENCE = "define_reference"
    PUBLISH_CALENDAR = "publish_calendar"
    SET_WORKING_TIME = "set_working_time"
    PAUSE_DOSSIER = "pause_dossier"
    REAPPOINT_DOSSIER = "reappoint_dossier"
    VIEW_APPOINTMENTS = "view_appointments"
    READ_CALENDAR = "read_calendar"
    ENROL_STATION = "enrol_station"
    REVOKE_STATION = "revoke_station"
    ISSUE_SIGN_IN = "issue_sign_in"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: person (or station) code, the party acted for, roles held."""

    person: str
    office: str
    roles: frozenset[Role]


_ANYONE = frozenset({Act.LOOK_UP_BY_TOKEN})
_VIEWS = frozenset(
    {Act.TRACE, Act.VIEW_BOARD, Act.VIEW_DISCREPANCIES, Act.VIEW_APPOINTMENTS, Act.READ_CALENDAR}
)
_DISCREPANCIES = frozenset({Act.EXPLAIN_DISCREPANCY, Act.ASSIGN_DISCREPANCY, Act.CLOSE_DISCREPANCY})
_GRANTS: dict[Role, frozenset[Act]] = {
    Role.ADMIN: _VIEWS
    | {
        Act.READ_DIRECTORY,
        Act.DEFINE_REFERENCE,
        Act.PUBLISH_CALENDAR,
        Act.SET_WORKING_TIME,
        Act.ENROL_STATION,
        Act.REVOKE_STATION,
        Act.ISSUE_SIGN_IN,
        Act.PRINT_LABEL,
        Act.REBUILD,
    },
    Role.COUNTER: _VIEWS
    | {
        Act.REGISTER_DOSSIER,
        Act.SEE_APPLICANT,
        Act.PRINT_LABEL,
        Act.PAUSE_DOSSIER,
        Act.EXPLAIN_DISCREPANCY,
    },
    Role.DEPARTMENT: _VIEWS
    | {Act.PRINT_LABEL, Act.PAUSE_DOSSIER, Act.REAPPOINT_DOSSIER, Act.EXPLAIN_DISCREPANCY},
    Role.COURIER: frozenset({Act.TRACE}),
    Role.SUPERVISOR: _VIEWS | _DISCREPANCIES | {Act.REAPPOINT_DOSSIER},
    Role.INSPECTOR: _VIEWS,
    Role.STATION: frozenset({Act.SCAN, Act.READ_DIRECTORY}),
    Role.REVOKED_STATION: frozenset({Act.SCAN}),
}


def allowed(actor: Actor | None, act: Act) -> bool:
    """Whether the table grants it; `None` is a visitor who has not signed in."""
    if act in _ANYONE:
        return True
    return actor is not None and any(act in _GRANTS[role] for role in actor.roles)


def demand(actor: Actor | None, act: Act) -> None:
    """Raise `NotAllowed` unless the table grants it."""
    if not allowed(actor, act):
        raise NotAllowed(act=str(act))
