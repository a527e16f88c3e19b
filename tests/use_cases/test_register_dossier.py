from typing import Any

import pytest

from domain.model.deadline import Due
from domain.model.dossier import Dossier, dossier_id
from domain.model.errors import AlreadyExists, NotAllowed, NotFound, Refusal
from domain.model.instants import parse_instant
from domain.model.journal import EntryStored
from domain.model.labels import Kind, Label, parse_label
from domain.model.policy import Actor, Role
from domain.model.procedure import Terms
from domain.ports.stores import DiskFull, StoreFailed, StoreUnreachable
from domain.use_cases import register_dossier
from domain.use_cases.record_scans import DESK, DESK_EPOCH
from domain.use_cases.register_dossier import ApplicantData, PieceGiven, Registration

APPLICANT = ApplicantData(
    name="Đặng Thị Ánh Tuyết", phone="+84 912 345 678", id_number="079185001234"
)


@pytest.fixture
def counter(world: Any, terms: Terms) -> Any:
    world.office("TTHC", 90001)
    world.office("STC", 90002)
    world.reference.define_procedure("VD-HKD", terms, actor=world.admin)
    return world


def registration(**values: Any) -> Registration:
    given: dict[str, Any] = {"procedure": "VD-HKD", "office": "TTHC", "applicant": APPLICANT}
    return Registration(**(given | values))


def test_a_registration_promises_states_and_keeps_all_in_one_save(counter: Any) -> None:
    before = len(counter.events())
    told = counter.register(
        registration(request_text="Xin cấp mới", pieces=(PieceGiven("don", 2),)),
        actor=counter.clerk,
    )
    assert told.due_us == parse_instant("2026-03-12T17:00:00+07:00")
    assert told.late_after_us == parse_instant("2026-03-13T00:00:00+07:00")
    assert (told.procedure_version, told.calendar_version) == (1, "TTHC.1")
    assert parse_label(told.label) == Label(Kind.DOSSIER, 90001, 26, 1)
    case, entry, fact = counter.events()[before + 3 :]  # the block is opened, reserved and listed
    assert isinstance(case, Dossier.Registered)
    assert isinstance(entry, EntryStored)
    assert fact.fact["fact"] == "Registered"
    [stated] = counter.facts()
    assert (stated.subject, stated.station, stated.operator) == (told.label, DESK, "cb01")
    assert stated.at_us == stated.recorded_at_us == case.received_us == counter.clock.us
    assert stated.context == {"pieces": 2}
    assert counter.vault.applicant(case.applicant) == APPLICANT
    assert counter.vault.text(case.request) == "Xin cấp mới"
    assert counter.vault.unsettled() == []


def test_the_desks_own_journal_is_a_chain_without_gaps(counter: Any) -> None:
    from domain.model.entry import entry_digest, parse_entry

    for _ in range(3):
        counter.register(registration(), actor=counter.clerk)
    raws = [event.raw for event in counter.events() if isinstance(event, EntryStored)]
    entries = [parse_entry(raw) for raw in raws]
    assert [entry.fact.seq for entry in entries] == [1, 2, 3]
    assert [entry.prev for entry in entries[1:]] == [entry_digest(raw) for raw in raws[:-1]]
    assert counter.log.contiguous_seq(DESK, DESK_EPOCH) == 3
    for entry in entries:
        assert counter.signatures.holds(
            entry.signed,
            entry.signature,
            public_key=counter.server.public_key,
            algorithm=entry.algorithm,
        )


def test_labels_follow_each_other_and_a_restart_skips_what_was_left_of_a_hundred(
    counter: Any,
) -> None:
    serials = [
        parse_label(counter.register(registration(), actor=counter.clerk).label).serial
        for _ in range(101)
    ]
    assert serials == list(range(1, 102))
    counter.log.close()
    counter.open()
    told = counter.register(registration(), actor=counter.clerk)
    assert parse_label(told.label).serial == 201


def test_a_label_printed_ahead_is_taken_once(counter: Any) -> None:
    [label, _] = counter.reserve_labels(Kind.DOSSIER, office="TTHC", count=2, actor=counter.clerk)
    assert counter.register(registration(label=label), actor=counter.clerk).label == label
    with pytest.raises(AlreadyExists):
        counter.register(registration(label=label), actor=counter.clerk)
    assert len(counter.vault.search("tuyet")) == 1


def test_an_online_application_has_no_paper(counter: Any) -> None:
    counter.register(registration(paper=False), actor=counter.clerk)
    assert counter.facts()[0].context == {"paper": "none"}


def test_the_lookup_token_is_told_once_and_stored_as_a_hash(counter: Any) -> None:
    told = counter.register(registration(), actor=counter.clerk)
    case = counter.log.load(Dossier, [dossier_id(told.label)])[dossier_id(told.label)]
    assert told.lookup_token not in repr(vars(case))
    assert len(case.token_hash) == 64


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"procedure": "VD-KHONG"}, "NOT_FOUND"),
        ({"applicant": ApplicantData(name="  ")}, "BAD_APPLICANT"),
        ({"applicant": ApplicantData(name="x" * 201)}, "TOO_LARGE"),
        ({"request_text": "x" * 4001}, "TOO_LARGE"),
        ({"label": "1234"}, "BAD_LABEL"),
        ({"label": str(Label(Kind.POUCH, 90001, 26, 1))}, "BAD_LABEL"),
        ({"official_code": "Nguyễn Văn A"}, "BAD_CODE"),
        ({"pieces": (PieceGiven("Đơn xin", 1),)}, "BAD_CODE"),
        ({"pieces": (PieceGiven("don", 0),)}, "BAD_CODE"),
        ({"pieces": (PieceGiven("a", 200), PieceGiven("b", 1))}, "BAD_CODE"),
    ],
)
def test_what_cannot_be_registered_leaves_nothing_behind(
    counter: Any, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        counter.register(registration(**values), actor=counter.clerk)
    assert refused.value.code == code
    assert counter.facts() == []
    assert counter.vault.search("tuyet") == []
    assert counter.vault.unsettled() == []


def test_nothing_is_registered_before_the_procedure_is_in_force(counter: Any) -> None:
    counter.clock.us = parse_instant("2025-12-31T10:00:00+07:00")
    with pytest.raises(NotFound):
        counter.register(registration(), actor=counter.clerk)


@pytest.mark.parametrize(
    "actor",
    [
        None,
        Actor("cb09", "STC", frozenset({Role.COUNTER})),
        Actor("vt", "TTHC", frozenset({Role.DEPARTMENT})),
        Actor("quantri", "TTHC", frozenset({Role.ADMIN})),
    ],
)
def test_only_the_offices_own_counter_registers(counter: Any, actor: Actor | None) -> None:
    with pytest.raises(NotAllowed):
        counter.register(registration(), actor=actor)
    assert counter.facts() == []


@pytest.mark.parametrize(
    ("refusal", "kept"),
    [(DiskFull(), 0), (StoreFailed(why="x"), 1), (StoreUnreachable(why="at the commit"), 1)],
)
def test_a_refused_save_forgets_the_applicant_unless_nobody_knows_what_the_disk_holds(
    counter: Any, monkeypatch: pytest.MonkeyPatch, refusal: Refusal, kept: int
) -> None:
    counter.register(registration(), actor=counter.clerk)
    save = counter.log.save

    def failing(*decisions: Any, **evidence: Any) -> None:
        if evidence:
            raise refusal
        save(*decisions)

    monkeypatch.setattr(counter.log, "save", failing)
    with pytest.raises(type(refusal)):
        counter.register(registration(), actor=counter.clerk)
    assert len(counter.vault.unsettled()) == kept
    monkeypatch.undo()
    counter.register(registration(), actor=counter.clerk)
    assert [fact.seq for fact in counter.facts()] == [1, 2]


def test_labels_are_reserved_for_known_offices_in_bounded_numbers(counter: Any) -> None:
    def reserve(office: str, count: int, actor: Actor | None) -> list[str]:
        labels: list[str] = counter.reserve_labels(
            Kind.POUCH, office=office, count=count, actor=actor
        )
        return labels

    assert reserve("TTHC", 2, counter.clerk) == [
        str(Label(Kind.POUCH, 90001, 26, serial)) for serial in (1, 2)
    ]
    with pytest.raises(NotFound):
        reserve("KHONG", 1, counter.clerk)
    with pytest.raises(NotAllowed):
        reserve("TTHC", 1, None)
    for count in (0, 10_001):
        with pytest.raises(Refusal):
            reserve("TTHC", count, counter.clerk)


def test_an_office_that_does_not_exist_registers_nothing(counter: Any) -> None:
    stranger = Actor("cb09", "KHONG", frozenset({Role.COUNTER}))
    with pytest.raises(NotFound):
        counter.register(registration(office="KHONG"), actor=stranger)


def test_a_term_without_an_end_is_a_fault_and_promises_nothing(
    counter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Due(None, None, provisional=False)
    monkeypatch.setattr(register_dossier, "due", lambda *_, **__: endless)
    with pytest.raises(AssertionError):
        counter.register(registration(), actor=counter.clerk)
    assert counter.facts() == []
