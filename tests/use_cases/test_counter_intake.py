"""Around a clerk's form: used once, its token kept for a while, read by its own office."""

from typing import Any

import pytest

from domain.model.errors import NotAllowed
from domain.model.instants import MINUTE_US
from domain.model.policy import Actor, Role
from domain.model.procedure import Terms
from domain.model.working_time import calendar_from_json
from domain.ports.stores import DiskFull
from domain.use_cases import counter_intake
from domain.use_cases.counter_intake import CounterIntake, FormOutdated, Forms, FormUsed
from domain.use_cases.register_dossier import ApplicantData, PieceGiven, Registration

LOOKUP = "https://tracuu.example.vn/h/"
COLLEAGUE = Actor("cb02", "TTHC", frozenset({Role.COUNTER}))


def registration(name: str = "Đặng Thị Ánh Tuyết") -> Registration:
    return Registration(
        procedure="VD-HKD",
        office="TTHC",
        applicant=ApplicantData(name=name),
        pieces=(PieceGiven("don", 2),),
    )


@pytest.fixture
def counter(world: Any, terms: Terms) -> Any:
    from adapters.reference_data.calendar import national_table

    world.office("TTHC", 90001)
    world.office("STC", 90002)  # decides the procedure
    world.reference.define_procedure("VD-HKD", terms, actor=world.admin)
    world.intake = CounterIntake(
        register_dossier=world.register,
        reference=world.reference,
        log=world.log,
        vault=world.vault,
        calendar_of=lambda office: (
            calendar_from_json(national_table(), office.calendar),
            f"{office.code}.1",
        ),
        clock=world.clock,
        entropy=world.entropy,
    )
    return world


def taken(counter: Any, actor: Actor | None = None) -> str:
    label: str = counter.intake.register(
        registration(), ticket=counter.intake.ticket(), actor=actor or counter.clerk
    )
    return label


def test_what_is_offered_is_what_is_then_promised(counter: Any) -> None:
    offer = counter.intake.offer("VD-HKD", actor=counter.clerk)
    label = taken(counter)
    case = counter.intake.taken(label, actor=counter.clerk).dossier
    assert (offer.due_us, offer.calendar_version) == (case.due_us, case.calendar_version)
    assert "Hạn trả kết quả: 17:00 thứ Năm 12/03/2026" in [step.vi for step in offer.steps]


def test_a_registration_that_failed_leaves_its_form_unused(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskFull

    ticket = counter.intake.ticket()
    monkeypatch.setattr(counter.log, "save", full)
    with pytest.raises(DiskFull):
        counter.intake.register(registration(), ticket=ticket, actor=counter.clerk)
    monkeypatch.undo()
    label = counter.intake.register(registration(), ticket=ticket, actor=counter.clerk)
    again = counter.intake.register(registration(), ticket=ticket, actor=counter.clerk)
    assert label == again


def test_one_clerks_form_is_not_anothers(counter: Any) -> None:
    ticket = counter.intake.ticket()
    first = counter.intake.register(registration(), ticket=ticket, actor=counter.clerk)
    second = counter.intake.register(registration(), ticket=ticket, actor=COLLEAGUE)
    assert first != second
    with pytest.raises(FormUsed):
        counter.intake.register(registration("Khác"), ticket=ticket, actor=counter.clerk)


def test_forms_are_remembered_up_to_a_limit_and_what_is_forgotten_is_refused(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_intake, "MOST_FORMS", 3)
    forms = Forms(world.entropy)
    tickets = [forms.ticket() for _ in range(6)]
    for number in (2, 1, 3, 4):  # the third opened is sent first, and is the first forgotten
        forms.use(tickets[number], person="cb01", words="w", label=f"L{number}")
    for number in (1, 3, 4):
        assert forms.label_of(tickets[number], person="cb01", words="w") == f"L{number}"
    for number in (0, 2):  # the first was never sent, which nobody can know any more
        with pytest.raises(FormOutdated):
            forms.label_of(tickets[number], person="cb01", words="w")
    assert forms.label_of(tickets[5], person="cb01", words="w") is None


@pytest.mark.parametrize("ticket", ["", "1", "x.1", ".1", "{}.", "{}.-1", "{}.٣", "{}." + "9" * 99])
def test_what_is_no_ticket_of_this_run_is_outdated(world: Any, ticket: str) -> None:
    forms = Forms(world.entropy)
    with pytest.raises(FormOutdated):
        forms.label_of(ticket.format(forms.ticket().partition(".")[0]), person="cb01", words="w")


def test_the_token_is_for_the_clerk_who_registered_and_for_half_an_hour(counter: Any) -> None:
    label = taken(counter)
    mine = counter.intake.receipt(label, actor=counter.clerk, lookup_at=LOOKUP)
    assert mine.lookup_url.startswith(LOOKUP)
    assert len(mine.lookup_url) == len(LOOKUP) + 16
    theirs = counter.intake.receipt(label, actor=COLLEAGUE, lookup_at=LOOKUP)
    assert theirs.lookup_url is None
    counter.clock.us += 30 * MINUTE_US - 1
    still = counter.intake.receipt(label, actor=counter.clerk, lookup_at=LOOKUP)
    assert still.lookup_url == mine.lookup_url
    counter.clock.us += 1
    later = counter.intake.receipt(label, actor=counter.clerk, lookup_at=LOOKUP)
    assert later.lookup_url is None
    assert later.applicant == mine.applicant


def test_tokens_of_yesterday_and_too_many_of_today_are_dropped(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_intake, "MOST_TOKENS", 2)
    taken(counter)
    counter.clock.us += 31 * MINUTE_US
    labels = [taken(counter)]
    assert list(counter.intake._tokens._kept) == labels
    labels += [taken(counter), taken(counter)]
    assert list(counter.intake._tokens._kept) == labels[1:]


def test_only_the_dossiers_own_office_reads_it_and_only_its_counter_the_applicant(
    counter: Any,
) -> None:
    label = taken(counter)
    elsewhere = Actor("cb09", "STC", frozenset({Role.COUNTER}))
    boss = Actor("ld", "TTHC", frozenset({Role.SUPERVISOR}))
    for actor in (elsewhere, boss, None):
        with pytest.raises(NotAllowed):
            counter.intake.receipt(label, actor=actor, lookup_at=LOOKUP)
        with pytest.raises(NotAllowed):
            counter.intake.label(label, actor=actor)
        with pytest.raises(NotAllowed):
            counter.intake.taken(label, actor=actor)
