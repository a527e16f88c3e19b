"""A sample centre: offices, procedures and people, each marked as an example; used by `init`.

Terms and fees here are plausible, not authoritative: a centre replaces each by its own decision.
"""

import csv
from collections.abc import Iterator
from importlib import resources

from domain.model.instants import parse_instant
from domain.model.policy import Role
from domain.model.procedure import Terms
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


def sample_procedures() -> dict[str, Terms]:
    """Terms by code."""
    return {row["code"]: _terms(row) for row in _rows("procedures.csv")}


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


def _rows(file: str) -> Iterator[dict[str, str]]:
    text = resources.files(__package__).joinpath(file).read_text("utf-8")
    return csv.DictReader(text.splitlines())


def _terms(row: dict[str, str]) -> Terms:
    return Terms(
        effective_from_us=IN_FORCE_FROM_US,
        title_vi=row["title_vi"],
        title_en=row["title_en"],
        field=row["field"],
        department=row["department"],
        term_unit=row["term_unit"],
        term_value=int(row["term_value"]) if row["term_value"] else None,
        cutoff=row["cutoff"] or None,
        supplement=row["supplement"],
        pieces=tuple(_pairs(row["pieces"])),
        fee_vnd=int(row["fee_vnd"]),
        legs_minutes=tuple((leg, int(minutes)) for leg, minutes in _pairs(row["legs_minutes"])),
        steps_minutes=tuple((step, int(minutes)) for step, minutes in _pairs(row["steps_minutes"])),
        example=True,
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split("|"):
        name, _, value = pair.partition(":")
        yield name, value
