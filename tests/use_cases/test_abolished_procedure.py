"""A procedure is abolished: nobody can apply for it any more, and what is under way goes on."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.reference_data.catalogue_csv import read_catalogue, write_catalogue
from api.pages.catalogue import post
from domain.model.errors import NotAllowed, NotFound
from domain.model.instants import parse_instant
from domain.model.procedure import ProcedureAbolished, Terms, VersionNotAfter
from domain.model.sheet import SheetRefused


def day(text: str) -> int:
    return parse_instant(f"{text}T00:00:00+07:00")


def abolish(centre: Any, since: str | None, code: str = "P5") -> None:
    effective_us = None if since is None else day(since)
    centre.write(
        lambda: centre.reference.abolish_procedure(
            code, effective_us=effective_us, actor=centre.admin
        )
    )


def test_nobody_applies_for_it_from_that_day_on_and_what_is_under_way_keeps_its_version(
    centre: Any,
) -> None:
    label = centre.register().label
    abolish(centre, "2026-03-10")  # decided ahead
    centre.at("2026-03-09T16:00")
    assert centre.register().procedure_version == 1
    assert "P5" in centre.house.intake.procedures()
    centre.at("2026-03-10T00:00")
    with pytest.raises(ProcedureAbolished) as refused:
        centre.register()
    assert refused.value.values == {"code": "P5", "since": "2026-03-10T00:00:00+07:00"}
    with pytest.raises(ProcedureAbolished):
        centre.house.intake.offer("P5", actor=centre.clerk)
    assert centre.house.intake.procedures() == {}
    centre.write(
        lambda: centre.decide.request_supplement(
            label, cause="missing-paper", text=None, actor=centre.solver
        )
    )
    centre.at("2026-03-11T08:00")
    decided = centre.write(lambda: centre.decide.supplement_supplied(label, actor=centre.clerk))
    assert decided.due_us is not None
    assert centre.row(label).procedure == "P5"


def test_a_later_version_brings_it_back(centre: Any, terms: Terms) -> None:
    abolish(centre, "2026-03-10")
    later = replace(terms, effective_from_us=day("2026-04-01"), term_value=7)
    centre.write(lambda: centre.reference.define_procedure("P5", later, actor=centre.admin))
    centre.at("2026-03-20T09:00")
    with pytest.raises(ProcedureAbolished):
        centre.register()
    [posted] = post(centre.reference.procedures().values(), now_us=centre.clock.us)
    assert posted.from_us == day("2026-04-01")
    centre.at("2026-04-01T09:00")
    assert centre.register().procedure_version == 2
    abolish(centre, "2026-05-01")
    assert centre.reference.procedures()["P5"].ends_us == [day("2026-03-10"), day("2026-05-01")]


def test_it_is_posted_until_its_end_and_no_longer(centre: Any) -> None:
    abolish(centre, "2026-03-10")

    def posted() -> list[int | None]:
        found = post(centre.reference.procedures().values(), now_us=centre.clock.us)
        return [one.ends_us for one in found]

    assert posted() == [day("2026-03-10")]
    centre.at("2026-03-10T00:00")
    assert posted() == []


def test_what_cannot_be_abolished_is_refused(centre: Any) -> None:
    with pytest.raises(VersionNotAfter):
        abolish(centre, "2026-01-01")  # the day it came into force
    with pytest.raises(NotFound):
        abolish(centre, None, code="P9")
    with pytest.raises(NotAllowed):
        centre.reference.abolish_procedure("P5", effective_us=None, actor=centre.clerk)
    abolish(centre, None)
    with pytest.raises(ProcedureAbolished):
        abolish(centre, "2027-01-01")
    with pytest.raises(ProcedureAbolished):
        centre.register()


def test_a_file_abolishes_by_a_column_and_an_empty_cell_brings_nothing_back(centre: Any) -> None:
    def load(content: bytes) -> Any:
        sheet = read_catalogue(content)
        return centre.write(lambda: centre.reference.define_procedures(sheet, actor=centre.admin))

    before = write_catalogue(centre.reference.procedures().values())
    header, row = before.decode("utf-8-sig").splitlines()
    names = header.split(";")
    cells = row.split(";")
    cells[names.index("bãi bỏ từ ngày")] = "10/03/2026"
    laid = load("\n".join((header, ";".join(cells))).encode())
    assert [(each.number, each.abolished_us) for each in laid.changes] == [(1, day("2026-03-10"))]
    after = write_catalogue(centre.reference.procedures().values())
    assert "2026-03-10" in after.decode("utf-8-sig")
    for same in (before, after):
        laid = load(same)
        assert (laid.changes, laid.unchanged) == ([], 1)
    assert centre.reference.procedures()["P5"].ends_us == [day("2026-03-10")]
    cells[names.index("bãi bỏ từ ngày")] = "2026-06-01"
    with pytest.raises(SheetRefused) as refused:
        load("\n".join((header, ";".join(cells))).encode())
    [problem] = refused.value.problems
    assert (problem.column, problem.refusal.code) == ("effective_until", "PROCEDURE_ABOLISHED")
