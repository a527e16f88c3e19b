"""Pausing a dossier: what stops its clock, what lets it go on, and what is refused."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from domain.model.discrepancy import BadReason
from domain.model.dossier import (
    MOST_PAUSES,
    AlreadyPaused,
    BadFee,
    Dossier,
    NotPaused,
    TooManyPauses,
    dossier_id,
)
from domain.model.errors import BadCode, NotAllowed, NotFound
from domain.model.instants import MINUTE_US, iso
from domain.model.policy import Actor, Role
from domain.model.waiting import Waiting, pauses_of, waits_after
from domain.ports.vault import TooLarge
from domain.ports.views import BoardFilter, Standing
from domain.use_cases.decide_dossier import DossierClosed

STARTS: dict[str, Callable[[Any, str], Any]] = {
    "supplement": lambda centre, label: centre.decide.request_supplement(
        label, cause="missing-paper", text=None, actor=centre.clerk
    ),
    "financial_obligation": lambda centre, label: centre.decide.request_fee(
        label, amount_vnd=150_000, actor=centre.clerk
    ),
    "other_agency": lambda centre, label: centre.decide.ask_agency(
        label, agency="CATP", actor=centre.solver
    ),
}
ENDS: dict[str, Callable[[Any, str], Any]] = {
    "supplement": lambda centre, label: centre.decide.supplement_supplied(
        label, actor=centre.clerk
    ),
    "financial_obligation": lambda centre, label: centre.decide.fee_paid(label, actor=centre.clerk),
    "other_agency": lambda centre, label: centre.decide.agency_answered(label, actor=centre.solver),
}
FACTS = {
    "supplement": ["SupplementRequested", "SupplementSupplied"],
    "financial_obligation": ["FeeRequested", "FeePaid"],
    "other_agency": [],
}


def start(centre: Any, label: str, reason: str = "supplement") -> Any:
    return centre.write(lambda: STARTS[reason](centre, label))


def end(centre: Any, label: str, reason: str = "supplement") -> Any:
    return centre.write(lambda: ENDS[reason](centre, label))


def due(centre: Any, label: str) -> str | None:
    due_us = centre.row(label).due_us
    return None if due_us is None else iso(due_us)[:16]


@pytest.mark.parametrize("reason", STARTS)
def test_a_dossier_that_waits_has_no_due_until_it_goes_on(centre: Any, reason: str) -> None:
    label = centre.register().label
    centre.at("2026-03-06T10:00")
    told = start(centre, label, reason)
    assert (told.due_us, told.late_after_us, told.waits_for) == (None, None, (reason,))
    row = centre.row(label)
    assert (row.due_us, row.paused, row.standing) == (None, reason, Standing.PAUSED)
    centre.at("2026-03-10T09:00")
    told = end(centre, label, reason)
    assert iso(told.due_us)[:16] == due(centre, label) == "2026-03-16T17:00"
    row = centre.row(label)
    assert (row.paused, row.standing, told.waits_for) == (None, Standing.WITHIN, ())
    assert iso(row.promised_us)[:16] == "2026-03-12T17:00"
    assert [fact.fact for fact in centre.facts(label)] == ["Registered", *FACTS[reason]]


def test_the_facts_carry_who_decided_and_why_in_code_and_in_one_chain(centre: Any) -> None:
    label = centre.register().label
    start(centre, label)
    first, asked = centre.facts(label)
    assert (asked.operator, asked.office) == ("cb01", "TTHC")
    assert dict(asked.context) == {"reason": "missing-paper"}
    assert asked.seq == first.seq + 1


def test_what_is_asked_for_in_words_lies_in_the_vault_alone(centre: Any) -> None:
    label = centre.register().label
    words = "Bổ sung bản sao giấy khai sinh của bà Lê Thị Bé"
    centre.write(
        lambda: centre.decide.request_supplement(
            label, cause="missing-paper", text=words, actor=centre.clerk
        )
    )
    [kept] = centre.house.log.load(Dossier, [dossier_id(label)])[dossier_id(label)].texts
    assert centre.house.vault.text(kept) == words
    assert centre.house.vault.unsettled() == []
    assert "Lê".encode() not in (centre.data / "giaonhan.db").read_bytes()
    centre.house.vault._write(("UPDATE record SET settled = 0 WHERE opaque = ?", [(kept,)]))
    centre.house.close()
    centre.open()
    with closing(centre.house):
        assert centre.house.vault.text(kept) == words  # a crash in between would not have lost it


def test_words_of_a_refused_decision_leave_the_vault_again(centre: Any) -> None:
    label = centre.register().label
    start(centre, label)
    forgotten: list[str] = []
    put = centre.house.vault.put_text
    centre.house.vault.put_text = lambda *given, **more: _noted(forgotten, put(*given, **more))
    with pytest.raises(AlreadyPaused):
        centre.write(
            lambda: centre.decide.request_supplement(
                label, cause="missing-paper", text="Thêm", actor=centre.clerk
            )
        )
    [gone] = forgotten
    with pytest.raises(NotFound):
        centre.house.vault.text(gone)
    with pytest.raises(TooLarge):
        centre.write(
            lambda: centre.decide.request_supplement(
                label, cause="missing-paper", text="x" * 4_001, actor=centre.clerk
            )
        )


def _noted(into: list[str], opaque: str) -> str:
    into.append(opaque)
    return opaque


def test_a_dossier_waits_once_for_each_reason_and_goes_on_when_the_last_has_ended(
    centre: Any,
) -> None:
    label = centre.register().label
    start(centre, label)
    with pytest.raises(AlreadyPaused):
        start(centre, label)
    start(centre, label, "financial_obligation")
    end(centre, label)
    assert centre.row(label).paused == "financial_obligation"
    with pytest.raises(NotPaused):
        end(centre, label)
    with pytest.raises(NotPaused):
        end(centre, label, "other_agency")
    end(centre, label, "financial_obligation")
    assert centre.row(label).paused is None


def test_a_waived_fee_lets_it_go_on_as_a_paid_one_does(centre: Any) -> None:
    label = centre.register().label

    def waive() -> Any:
        return centre.write(
            lambda: centre.decide.fee_waived(label, cause="exempt", actor=centre.clerk)
        )

    with pytest.raises(NotPaused):
        waive()
    start(centre, label, "financial_obligation")
    assert waive().waits_for == ()
    assert [fact.fact for fact in centre.facts(label)][1:] == ["FeeRequested", "FeeWaived"]


@pytest.mark.parametrize("amount_vnd", [0, -1, 10**12 + 1])
def test_a_fee_that_nobody_can_pay_is_refused(centre: Any, amount_vnd: int) -> None:
    label = centre.register().label
    with pytest.raises(BadFee):
        centre.write(
            lambda: centre.decide.request_fee(label, amount_vnd=amount_vnd, actor=centre.clerk)
        )


def test_a_cause_is_a_code_and_never_a_sentence(centre: Any) -> None:
    label = centre.register().label
    with pytest.raises(BadReason):
        centre.decide.request_supplement(
            label, cause="bà Bé thiếu giấy", text=None, actor=centre.clerk
        )
    with pytest.raises(BadReason):
        centre.decide.fee_waived(label, cause="vì bà Bé", actor=centre.clerk)
    with pytest.raises(BadCode):
        centre.decide.ask_agency(label, agency="ông Nam", actor=centre.clerk)


def test_a_pause_after_the_due_rescues_nothing(centre: Any) -> None:
    label = centre.register().label
    centre.at("2026-03-13T08:00")
    start(centre, label)
    row = centre.row(label)
    assert (due(centre, label), row.paused, row.standing) == (
        "2026-03-12T17:00",
        None,
        Standing.OVERDUE,
    )


def test_a_procedure_that_restarts_counts_its_whole_term_anew(centre: Any, terms: Any) -> None:
    centre.write(
        lambda: centre.reference.define_procedure(
            "P5R", replace(terms, supplement="restart"), actor=centre.admin
        )
    )
    label = centre.register("P5R").label
    centre.at("2026-03-06T10:00")
    start(centre, label)
    centre.at("2026-03-10T09:00")
    end(centre, label)
    assert due(centre, label) == "2026-03-17T17:00"


def test_the_office_that_registered_and_the_department_that_solves_may_decide(centre: Any) -> None:
    label = centre.register().label
    elsewhere = Actor("cb09", "SXD", frozenset({Role.COUNTER}))
    for actor in (None, elsewhere, centre.admin, centre.supervisor):
        with pytest.raises(NotAllowed):
            centre.decide.supplement_supplied(label, actor=actor)
    with pytest.raises(NotFound):
        centre.decide.supplement_supplied("1900012600000197", actor=centre.clerk)
    start(centre, label)
    centre.write(lambda: centre.decide.supplement_supplied(label, actor=centre.solver))


@pytest.mark.parametrize("fact", ["ResultArrived", "Returned", "Withdrawn", "Stopped"])
def test_nothing_is_decided_on_a_dossier_that_is_finished_or_closed(centre: Any, fact: str) -> None:
    label = centre.register().label
    centre.scan(fact, label)
    with pytest.raises(DossierClosed):
        start(centre, label)


def test_solved_and_given_back_are_two_clocks(centre: Any) -> None:
    label = centre.register().label
    centre.at("2026-03-11T09:00")
    centre.scan("ResultArrived", label)
    solved_us = centre.clock.us
    summary = centre.views.summary(now_us=centre.clock.us)
    assert (summary.finished, summary.returned) == (1, 0)
    centre.at("2026-03-20T15:00")
    centre.scan("Returned", label)
    row = centre.row(label)
    assert (row.finished_us, row.returned_us) == (solved_us, centre.clock.us)
    assert row.standing == Standing.EARLY  # the class is of the first: it waited for its citizen
    summary = centre.views.summary(now_us=centre.clock.us)
    assert (summary.finished, summary.returned) == (1, 1)


def test_a_result_that_comes_while_it_waits_ends_the_waiting(centre: Any) -> None:
    label = centre.register().label
    centre.at("2026-03-06T10:00")
    start(centre, label)
    centre.at("2026-03-16T09:00")
    centre.scan("ResultArrived", label)
    row = centre.row(label)
    assert (due(centre, label), row.paused) == ("2026-03-20T17:00", None)
    assert row.standing == Standing.EARLY


def test_the_board_shows_what_waits_as_a_class_of_its_own(centre: Any) -> None:
    waiting, running = centre.register().label, centre.register().label
    start(centre, waiting)
    now_us = centre.clock.us
    shown = centre.views.board(BoardFilter(standing=Standing.PAUSED), now_us=now_us).rows
    assert [row.label for row in shown] == [waiting]
    every = [row.label for row in centre.views.board(BoardFilter(), now_us=now_us).rows]
    assert every == [running, waiting]
    standings = centre.views.summary(now_us=now_us).standings
    assert standings == {Standing.PAUSED: 1, Standing.WITHIN: 1}
    centre.scan("Withdrawn", waiting)
    assert centre.row(waiting).standing == Standing.UNDATED


def test_no_dossier_waits_more_often_than_a_program_at_fault_would_make_it(dossier: Any) -> None:
    from domain.model.decision import moment

    for number in range(MOST_PAUSES):
        dossier.ask_agency(agency="CATP", timestamp=moment(number))
        dossier.agency_answered(timestamp=moment(number))
    with pytest.raises(TooManyPauses):
        dossier.request_fee(amount_vnd=1, timestamp=moment(0))


def test_a_clock_set_back_ends_a_wait_where_it_began() -> None:
    waits = [Waiting("supplement", 900), Waiting("other_agency", 100)]
    assert waits_after(waits, "supplement", 500)[0] == Waiting("supplement", 900, 900)
    assert waits_after(waits, "supplement", 500)[1] == waits[1]
    at = 10 * MINUTE_US
    [open_, settled] = (pauses_of([Waiting("x", at)], settled_us=us)[0] for us in (None, 0))
    assert (open_.start, open_.end, settled.end) == (10, None, 10)
