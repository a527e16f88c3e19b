"""Offices and procedures by their names in the reader's language; used by every page."""

from dataclasses import dataclass

from api.house import House
from domain.model.instants import Micros
from domain.model.succession import Succession


@dataclass(frozen=True, slots=True)
class Names:
    """Code → name. A code that is not in the reference data is shown as it is."""

    offices: dict[str, str]
    procedures: dict[str, str]
    succession: Succession
    ended_us: dict[str, Micros]  # of offices that were succeeded


NAMELESS = Names({}, {}, Succession({}), {})


def names(house: House, language: str) -> Names:
    """The newest names: a page tells what a thing is called now."""
    reference = house.reference
    field = "name_vi" if language == "vi" else "name_en"
    title = "title_vi" if language == "vi" else "title_en"
    offices = reference.offices()
    return Names(
        offices={code: getattr(office, field) for code, office in offices.items()},
        succession=Succession(offices),
        ended_us={
            code: office.valid_until_us
            for code, office in offices.items()
            if office.valid_until_us is not None
        },
        procedures={
            code: getattr(procedure.versions[-1], title)
            for code, procedure in reference.procedures().items()
        },
    )
