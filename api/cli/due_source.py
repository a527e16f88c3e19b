"""Where `due` finds a procedure and an office's hours: in a data directory, else in the sample."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from domain.model.deadline import Term
from domain.model.errors import NotFound
from domain.model.instants import Micros
from domain.model.procedure import Terms
from domain.model.working_time import Calendar, NationalTable

_LONGEST_ECHO = 64


class Asked(NamedTuple):
    """A term and the rules that come with it."""

    term: Term
    cutoff: str | None = None
    supplement: str = "pause"
    title: tuple[str, ...] = ()


def in_sample(code: str) -> Asked:
    """The sample's procedure; raises `NotFound`."""
    from adapters.reference_data.sample import sample_procedures  # slow to import, rarely asked

    for row in sample_procedures().rows:
        if row.code == code:
            return _asked(code, row.terms, "Danh mục mẫu · Sample catalogue")
    raise NotFound(what="procedure", code=code[:_LONGEST_ECHO])


def in_directory(
    data: Path, *, procedure: str, office: str, received_us: Micros
) -> tuple[Asked | None, Calendar]:
    """The version in force at receipt, None if no procedure is asked for, and the office's hours.

    Without an office it is the first that was defined, the centre itself. Raises `NotFound` and
    what `open_house` raises.
    """
    from api.composition import open_house  # the whole house: only for those who name one

    with closing(open_house(data, writer=False)) as house:
        offices = house.reference.offices()
        chosen = offices.get(office or next(iter(offices), ""))
        if chosen is None:
            raise NotFound(what="office", code=office[:_LONGEST_ECHO])
        calendar, _ = house.calendars.of(chosen)
        if not procedure:
            return None, calendar
        known = house.reference.procedures().get(procedure)
        if known is None:
            raise NotFound(what="procedure", code=procedure[:_LONGEST_ECHO])
        number, terms = known.version_at(received_us)
    source = f"Bản · Version {number}; {chosen.code}: {chosen.name_vi} · {chosen.name_en}"
    return _asked(procedure, terms, source), calendar


def published_table(data: Path) -> NationalTable:
    """The national table in use in that directory; raises what `open_house` raises."""
    from api.composition import open_house

    with closing(open_house(data, writer=False)) as house:
        return house.calendars.table()


def _asked(code: str, terms: Terms, source: str) -> Asked:
    title = f"{code}: {terms.title_vi} · {terms.title_en}"
    return Asked(terms.term, terms.cutoff, terms.supplement, (title, source))
