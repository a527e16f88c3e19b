"""What was decided about dossiers, as rows; used by the projection and by the refold."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from adapters.read_model.deadlines import NO_WAITS, read_waits, written_waits
from adapters.read_model.engine import among, listed
from adapters.read_model.tables import Tables
from domain.model.decision import Decision
from domain.model.dossier import GOES_ON, WAITS, Dossier
from domain.model.instants import micros
from domain.model.waiting import Waiting, waits_after

CaseEvent = Decision.Event
CASE_EVENTS: tuple[type[CaseEvent], ...] = (
    Dossier.Registered,
    Dossier.CodeBound,
    Dossier.Reappointed,
    Dossier.AppointmentConfirmed,
    *WAITS,
    *GOES_ON,
)
_CHANGING = (
    *("official_code", "promised_us", "confirmed_us", "calendar_version"),
    *("reappointments", "waits"),
)


class Cases:
    """The cases in one set of tables."""

    def __init__(self, tables: Tables) -> None:
        case = tables.dossier_case
        self._add = insert(case)
        self._change = (
            update(case)
            .where(case.c.label == bindparam("of"))
            .values({name: bindparam(f"new_{name}") for name in _CHANGING})
        )
        self._of_decisions = select(case).where(among(case.c.decision, "wanted"))
        self._of_labels = select(case).where(among(case.c.label, "wanted"))
        self._of_token = select(case.c.label).where(case.c.token_hash == bindparam("hash"))

    def take(self, connection: Connection, events: Sequence[CaseEvent]) -> set[str]:
        """Store what was decided, in the order of the log; answers the labels concerned."""
        new: dict[str, dict[str, Any]] = {}
        later: list[CaseEvent] = []
        for event in events:
            if isinstance(event, Dossier.Registered):
                new[event.originator_id.hex] = _row(event)
            else:
                later.append(event)
        wanted = {each.originator_id.hex for each in later} - new.keys()
        rows = connection.execute(self._of_decisions, {"wanted": listed(wanted)}) if wanted else ()
        known = {row.decision: dict(row._mapping) for row in rows}  # noqa: SLF001 - its public name
        for event in later:
            key = event.originator_id.hex
            _apply(new[key] if key in new else known[key], event)
        if new:
            connection.execute(self._add, list(new.values()))
        if known:
            connection.execute(self._change, [_changed(row) for row in known.values()])
        return {row["label"] for row in (*new.values(), *known.values())}

    def of_labels(self, connection: Connection, labels: Iterable[str]) -> dict[str, Any]:
        """The rows of the cases under these labels."""
        rows = connection.execute(self._of_labels, {"wanted": listed(labels)})
        return {row.label: row for row in rows}

    def label_of_token(self, connection: Connection, token_hash: str) -> str | None:
        """Whose receipt carries the secret with this hash."""
        found = connection.execute(self._of_token, {"hash": token_hash})
        return found.scalar()


def _row(event: Dossier.Registered) -> dict[str, Any]:
    return {
        "label": event.label,
        "decision": event.originator_id.hex,
        "procedure": event.procedure,
        "procedure_version": event.procedure_version,
        "office": event.office,
        "received_us": event.received_us,
        "official_code": event.official_code,
        "promised_us": event.due_us,
        "confirmed_us": None,
        "calendar_version": event.calendar_version,
        "reappointments": 0,
        "waits": NO_WAITS,
        "token_hash": event.token_hash,
    }


def _apply(row: dict[str, Any], event: CaseEvent) -> None:
    """What one decision changes of a case."""
    kind = type(event)
    if isinstance(event, Dossier.CodeBound):
        row["official_code"] = event.official_code
    elif isinstance(event, Dossier.Reappointed):
        row["promised_us"] = event.due_us
        row["confirmed_us"] = None
        row["calendar_version"] = event.calendar_version
        row["reappointments"] += 1
    elif isinstance(event, Dossier.AppointmentConfirmed):
        row["confirmed_us"] = event.due_us
    elif kind in WAITS:
        agency = event.agency if isinstance(event, Dossier.AgencyAsked) else ""
        begun = Waiting(WAITS[kind], micros(event.timestamp), agency=agency)
        row["waits"] = written_waits([*read_waits(row["waits"]), begun])
    else:
        waits = waits_after(read_waits(row["waits"]), GOES_ON[kind], micros(event.timestamp))
        row["waits"] = written_waits(waits)


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    return {"of": row["label"]} | {f"new_{name}": row[name] for name in _CHANGING}
