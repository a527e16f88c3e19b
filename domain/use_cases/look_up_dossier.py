"""What the holder of a receipt is told of a dossier: its stage and its dates, nobody's name.

Used by the citizen's page. What is not a field of `Whereabouts` cannot come to stand there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.model.errors import NotFound
from domain.model.identifiers import is_courier
from domain.model.instants import Micros
from domain.model.procedure import Procedure
from domain.model.succession import Succession
from domain.model.waiting import AGENCY, FEE, SUPPLEMENT
from domain.ports.views import (
    RUNNING,
    BoardRow,
    CustodyLinkRow,
    DossierSheet,
    PouchRow,
    Standing,
    Views,
)
from domain.use_cases.one_time import hash_of


class Stage(StrEnum):
    """How far it has come."""

    RECEIVED = "received"  # at the counter, not sent on yet
    ON_THE_WAY = "on_the_way"
    COMING_BACK = "coming_back"  # on the way to where it was handed in
    AT_WORK = "at_work"
    BACK = "back"  # where it was handed in, and not known to be decided
    READY = "ready"
    LACKS_PAPERS = "lacks_papers"
    LACKS_PAYMENT = "lacks_payment"
    LACKS_OPINION = "lacks_opinion"
    BEING_CHECKED = "being_checked"  # nobody can say for sure where it is
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    REFUSED = "refused"


_ENDED = {each.value: each for each in (Stage.WITHDRAWN, Stage.STOPPED, Stage.REFUSED)} | {
    "returned": Stage.RETURNED
}
_PAUSED = {
    SUPPLEMENT: Stage.LACKS_PAPERS,
    FEE: Stage.LACKS_PAYMENT,
    AGENCY: Stage.LACKS_OPINION,
}
_ASTRAY = frozenset({"MISSING", "LOST", "MISROUTED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """A dossier as the public sees it; `name` is its official code, or its label without one.

    `place` is the office that has it, None with a courier, once it has ended and while that is
    being checked; `bound_for` is where a courier takes it, if that is known. `office` received it,
    `department` decides on it. The due fields are None once nothing is due any more, `due_us` also
    in a pause.
    """

    stage: Stage
    name: str
    procedure: str | None
    office: str | None
    department: str | None
    place: str | None
    with_courier: bool
    bound_for: str | None
    since_us: Micros | None
    received_us: Micros | None
    promised_us: Micros | None
    due_us: Micros | None
    provisional: bool
    standing: Standing
    finished_us: Micros | None
    returned_us: Micros | None


def look_up(
    token: str,
    views: Views,
    procedures: Mapping[str, Procedure],
    succession: Succession,
    *,
    now_us: Micros,
) -> Whereabouts | None:
    """The dossier whose receipt carries the token; None for any other text.

    An office that was succeeded stands there as the one to which a citizen has to go now.
    """
    label = views.label_of_token(hash_of(token))
    if label is None:
        return None
    sheet = _carried_on(views.dossier(label, now_us=now_us), succession)
    row = sheet.row
    pouch = _pouch(views, row.pouch, now_us)
    department = _heir(_department(sheet, procedures), succession)
    bound_for = _heir(pouch.destination, succession) if pouch else None
    stage = _stage(sheet, pouch, department, back=bound_for == row.office)
    certain = row.status in RUNNING and stage not in (Stage.BEING_CHECKED, Stage.RETURNED)
    with_courier = certain and is_courier(row.holder or "")
    due = row.status in RUNNING or row.finished_us is not None
    return Whereabouts(
        stage=stage,
        name=row.official_code or label,
        procedure=row.procedure,
        office=row.office,
        department=department,
        place=row.holder if certain and not with_courier else None,
        with_courier=with_courier,
        bound_for=bound_for if with_courier else None,
        since_us=row.since_us if certain else None,
        received_us=row.registered_us,
        promised_us=row.promised_us if due else None,
        due_us=row.due_us if due else None,
        provisional=row.provisional,
        standing=Standing.WITHIN if row.standing is Standing.NEAR else row.standing,
        finished_us=row.finished_us,
        returned_us=row.returned_us,
    )


def _pouch(views: Views, label: str | None, now_us: Micros) -> PouchRow | None:
    """None too where a correction has just undone the pouch that the dossier's line still names."""
    try:
        return None if label is None else views.pouch(label, now_us=now_us)
    except NotFound:
        return None


def _department(sheet: DossierSheet, procedures: Mapping[str, Procedure]) -> str | None:
    procedure = procedures.get(sheet.row.procedure or "")
    if procedure is None or sheet.procedure_version is None:
        return None
    return procedure.versions[sheet.procedure_version - 1].department


def _heir(party: str | None, succession: Succession) -> str | None:
    return None if party is None else succession.heir(party)


def _carried_on(sheet: DossierSheet, succession: Succession) -> DossierSheet:
    """The sheet with every office as the one that carries on its work."""
    row, heir = sheet.row, succession.heir
    return replace(
        sheet,
        row=replace(
            row, holder=_heir(row.holder, succession), office=_heir(row.office, succession)
        ),
        chain=tuple(replace(link, holder=heir(link.holder)) for link in sheet.chain),
    )


def _stage(
    sheet: DossierSheet, pouch: PouchRow | None, department: str | None, *, back: bool
) -> Stage:
    """`back`: its pouch, if it is in one, goes to where it was handed in."""
    row = sheet.row
    codes = {*row.codes, *(pouch.codes if pouch else ())}
    if row.status in _ENDED:
        return _ENDED[row.status]
    if row.returned_us is not None:  # whatever paper of it has come to light since
        return Stage.RETURNED
    if row.holder is None or codes & _ASTRAY:
        return Stage.BEING_CHECKED
    if row.paused is not None:
        return _PAUSED[row.paused]
    if is_courier(row.holder):
        return Stage.COMING_BACK if pouch and back else Stage.ON_THE_WAY
    return _stage_at_office(row, sheet.chain, department)


def _stage_at_office(
    row: BoardRow, chain: Iterable[CustodyLinkRow], department: str | None
) -> Stage:
    decides = row.holder == department
    sent_back = decides and row.holder != row.office  # something was wrong with the result
    if row.finished_us is not None and not sent_back:
        # Of a pouch still closed nobody knows what is in it: nobody is asked to come for that.
        return Stage.BACK if row.finished_provisional else Stage.READY
    if decides or row.holder != row.office:
        return Stage.AT_WORK
    has_been_away = any(link.holder != row.office for link in chain)
    return Stage.BACK if has_been_away else Stage.RECEIVED
