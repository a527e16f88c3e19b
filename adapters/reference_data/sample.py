"""A sample centre: offices, procedures and people, each marked as an example; used by `init`.

Terms and fees here are plausible, not authoritative: a centre replaces each by its own decision.
"""

import csv
from collections.abc import Iterator
from importlib import resources

from adapters.reference_data.catalogue_csv import read_catalogue
from domain.model.catalogue import Sheet
from domain.model.instants import parse_instant
from domain.model.policy import Role
from domain.use_cases.maintain_reference import OfficeDefinition, PersonDefinition

IN_FORCE_FROM_US = parse_instant("2020-01-01T00:00:00+07:00")
BADGE_ISSUER = 90001  # the centre gives out the badges


def sample_offices() -> list[OfficeDefinition]:
    """The centre first, then the departments."""
    return [
        OfficeDefinition(
            code=row["code"],
            issuer=int(row["issuer"]),
            name_vi=row["name_vi"],
            name_en=row["name_en"],
        )
        for row in _rows("offices.csv")
    ]


def sample_procedures() -> Sheet:
    """As a file that a centre would load."""
    return read_catalogue(_file("procedures.csv"), effective_from_us=IN_FORCE_FROM_US)


def sample_people() -> list[PersonDefinition]:
    """Counter, departments, couriers, supervisor, inspector; without PIN: one-time codes only."""
    return [
        PersonDefinition(
            code=row["code"],
            name=row["name"],
            party=row["party"],
            roles=frozenset(map(Role, row["roles"].split())),
            issuer=BADGE_ISSUER,
        )
        for row in _rows("people.csv")
    ]


def sample_timetable(*, effective_from: str) -> bytes:
    """Two routes of two runs a day between the sample offices, as a file that a centre would load.

    effective_from: YYYY-MM-DD.
    """
    return _file("timetable.csv").replace(b"{from}", effective_from.encode("ascii"))


def _rows(file: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(_file(file).decode("utf-8").splitlines())


def _file(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()
