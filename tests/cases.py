"""The case of a dossier as a counter registers it; for tests that state its facts by themselves."""

from typing import Any

from domain.model.decision import moment
from domain.model.dossier import Dossier, dossier_id
from domain.model.instants import Micros


def registered_case(label: str, received_us: Micros, **otherwise: Any) -> Dossier:
    """Taken in by A, for procedure 1.001, unless it is said otherwise; due when it came in."""
    given: dict[str, Any] = {
        "procedure": "1.001",
        "procedure_version": 1,
        "office": "A",
        "applicant": "v1",
        "request": None,
        "official_code": None,
        "pieces": [],
        "due_us": received_us,
        "late_after_us": received_us,
        "calendar_version": "A.1.2026",
        "provisional": False,
        "token_hash": "",
    }
    return Dossier(
        id=dossier_id(label),
        timestamp=moment(received_us),
        label=label,
        received_us=received_us,
        **(given | otherwise),
    )
