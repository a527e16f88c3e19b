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
    READ_MANIFESTS = "read_manifests"
    TAKE_IN_OFFLINE = "take_in_offline"
    REGISTER_DOSSIER = "register_dossier"
    SEE_APPLICANT = "see_applicant"
    PRINT_LABEL = "print_label"
    TRACE = "trace"
    VIEW_BOARD = "view_board"
    VIEW_WORK = "view_work"
    VIEW_ALL_WORK = "view_all_work"
    VIEW_DEVICES = "view_devices"
    VIEW_DISCREPANCIES = "view_discrepancies"
    EXPLAIN_DISCREPANCY = "explain_discrepancy"
    ASSIGN_DISCREPANCY = "assign_discrepancy"
    CLOSE_DISCREPANCY = "close_discrepancy"
    DISPUTE_HANDOFF = "dispute_handoff"
    NOTE_CONDITION = "note_condition"
    DECLARE_FOUND = "declare_found"
    DECLARE_LOST = "declare_lost"
    WITHDRAW_DOSSIER = "withdraw_dossier"
    STOP_DOSSIER = "stop_dossier"
    REFUSE_AT_INTAKE = "refuse_at_intake"
    RECORD_RATING = "record_rating"
    ATTEST_CUSTODY = "attest_custody"
    CORRECT_FACT = "correct_fact"
    RELABEL_DOSSIER = "relabel_dossier"
    LABEL_PIECE = "label_piece"
    SEE_PHOTO = "see_photo"
    DEFINE_REFERENCE = "define_reference"
    SUCCEED_OFFICE = "succeed_office"
    VIEW_OFFICES = "view_offices"
    PUBLISH_CALENDAR = "publish_calendar"
    SET_WORKING_TIME = "set_working_time"
    PUBLISH_TIMETABLE = "publish_timetable"
    EXCEPT_RUN = "except_run"
    PAUSE_DOSSIER = "pause_dossier"
    REAPPOINT_DOSSIER = "reappoint_dossier"
    CONTEST_CHARGE = "contest_charge"
    DECIDE_CONTEST = "decide_contest"
    VIEW_APPOINTMENTS = "view_appointments"
    READ_CALENDAR = "read_calendar"
    END_SHIFT = "end_shift"
    VIEW_HAND_OVER = "view_hand_over"
    VIEW_CENSUS = "view_census"
    ENROL_STATION = "enrol_station"
    REVOKE_STATION = "revoke_station"
    ROTATE_KEY = "rotate_key"
    IMPORT_JOURNAL = "import_journal"
    DECIDE_QUARANTINE = "decide_quarantine"
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
    {
        Act.TRACE,
        Act.VIEW_BOARD,
        Act.VIEW_WORK,  # of what one's own office has, gets, took in or solves
        Act.VIEW_DISCREPANCIES,
        Act.VIEW_APPOINTMENTS,
        Act.VIEW_OFFICES,
        Act.VIEW_HAND_OVER,
        Act.VIEW_CENSUS,
        Act.READ_CALENDAR,
    }
)
_DISCREPANCIES = frozenset({Act.EXPLAIN_DISCREPANCY, Act.ASSIGN_DISCREPANCY, Act.CLOSE_DISCREPANCY})
# Of a thing that one's own party had a hand in; a supervisor of any.
_HANDOFFS = frozenset({Act.DISPUTE_HANDOFF, Act.NOTE_CONDITION})
# Of a dossier of one's own office, as what the applicant or the law wants of it; see `state_act`.
_FOR_APPLICANTS = frozenset({Act.WITHDRAW_DOSSIER, Act.REFUSE_AT_INTAKE, Act.RECORD_RATING})
_SHIFTS = frozenset({Act.END_SHIFT, Act.VIEW_HAND_OVER})
_GRANTS: dict[Role, frozenset[Act]] = {
    Role.ADMIN: _VIEWS
    | {
        Act.VIEW_ALL_WORK,
        Act.VIEW_DEVICES,
        Act.READ_DIRECTORY,
        Act.DEFINE_REFERENCE,
        Act.SUCCEED_OFFICE,
        Act.PUBLISH_CALENDAR,
        Act.SET_WORKING_TIME,
        Act.PUBLISH_TIMETABLE,
        Act.EXCEPT_RUN,
        Act.ENROL_STATION,
        Act.REVOKE_STATION,
        Act.IMPORT_JOURNAL,
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
        Act.DECLARE_FOUND,
        Act.RELABEL_DOSSIER,
        Act.LABEL_PIECE,
        Act.CONTEST_CHARGE,
    }
    | _FOR_APPLICANTS
    | _HANDOFFS
    | _SHIFTS,
    Role.DEPARTMENT: _VIEWS
    | {
        Act.PRINT_LABEL,
        Act.PAUSE_DOSSIER,
        Act.REAPPOINT_DOSSIER,
        Act.STOP_DOSSIER,
        Act.EXPLAIN_DISCREPANCY,
        Act.DECLARE_FOUND,
        Act.LABEL_PIECE,
        Act.CONTEST_CHARGE,
    }
    | _HANDOFFS
    | _SHIFTS,
    Role.COURIER: _HANDOFFS | _SHIFTS | {Act.TRACE, Act.CONTEST_CHARGE},
    Role.SUPERVISOR: _VIEWS
    | _DISCREPANCIES
    | _FOR_APPLICANTS
    | _HANDOFFS
    | {
        Act.STOP_DOSSIER,
        Act.VIEW_ALL_WORK,
        Act.VIEW_DEVICES,
        Act.REAPPOINT_DOSSIER,
        Act.DECIDE_CONTEST,
        Act.EXCEPT_RUN,
        Act.DECLARE_FOUND,
        Act.DECLARE_LOST,
        Act.ATTEST_CUSTODY,
        Act.CORRECT_FACT,
        Act.RELABEL_DOSSIER,
        Act.SEE_PHOTO,
        Act.DECIDE_QUARANTINE,
    },
    Role.INSPECTOR: _VIEWS | {Act.VIEW_ALL_WORK, Act.VIEW_DEVICES, Act.SEE_PHOTO},
    Role.STATION: frozenset(
        {
            Act.SCAN,
            Act.ROTATE_KEY,
            Act.READ_DIRECTORY,
            Act.READ_MANIFESTS,
            Act.TAKE_IN_OFFLINE,
        }
    ),
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
