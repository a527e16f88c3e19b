"""Offices and procedures by their names in the reader's language; used by every page."""

from dataclasses import dataclass

from api.house import House


@dataclass(frozen=True, slots=True)
class Names:
    """Code → name. A code that is not in the reference data is shown as it is."""

    offices: dict[str, str]
    procedures: dict[str, str]


def names(house: House, language: str) -> Names:
    """The newest names: a page tells what a thing is called now."""
    reference = house.reference
    field = "name_vi" if language == "vi" else "name_en"
    title = "title_vi" if language == "vi" else "title_en"
    return Names(
        offices={code: getattr(office, field) for code, office in reference.offices().items()},
        procedures={
            code: getattr(procedure.versions[-1], title)
            for code, procedure in reference.procedures().items()
        },
    )
