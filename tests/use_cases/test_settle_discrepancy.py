"""What people may do about a discrepancy, and that what they write stays out of the events."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.read_model.engine import read_engine, write_engine
from adapters.read_model.projection import Projection, prepare
from adapters.read_model.queries import Queries
from api.pages.words import DISCREPANCIES
from api.unsettled import vault_ids
from domain.model.discrepancy import (
    CLOSED_BY_EVIDENCE,
    CLOSURES,
    EXPLANATIONS,
    REOPENINGS,
    BadReason,
    DiscrepancyClosed,
    DiscrepancyNotClosed,
    DiscrepancyResolved,
    EvidenceCloses,
    Handling,
    ReasonNeedsText,
    handling_id,
)
from domain.model.errors import NotAllowed, NotFound, Refusal
from domain.model.labels import Kind, Label
from domain.model.policy import Act, Actor, Role, allowed
from domain.model.station_time import Identity
from domain.ports.stores import StoreFailed, StreamConflict
from domain.use_cases.maintain_reference import PersonDefinition
from domain.use_cases.settle_discrepancy import SettleDiscrepancy, Words

BOSS = Actor("ld01", "TTHC", frozenset({Role.SUPERVISOR}))
SECRET = "Ông Nguyễn Văn An, 0912345678, gọi lại buổi chiều"  # noqa: S105 - a text, not a secret
SUBJECT = str(Label(Kind.DOSSIER, 27001, 26, 1))
TWICE = Identity("DUPLICATE_LABEL", SUBJECT, "Q1#2")
UNKNOWN = Identity("UNKNOWN_CODE", str(Label(Kind.DOSSIER, 27001, 26, 2)), "Q1#3")


class Desk:
    """A house with two open discrepancies: one that people close, one that evidence closes."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.engine = write_engine(world.path)
        prepare(self.engine)
        self.readers = read_engine(world.path)
        self.views = Queries(self.readers)
        self.projection = Projection(log=world.log, engine=self.engine, due_of=lambda _: None)
        self.settle = SettleDiscrepancy(
            log=world.log,
            vault=world.vault,
            views=self.views,
            reference=world.reference,
            clock=world.clock,
        )
        world.office("TTHC", 27001)
        self.pen = world.station()
        self.say("Registered")
        self.say("Registered")
        self.say("Received", serial=2)

    def say(self, fact: str, **more: Any) -> None:
        assert self.world.one(self.pen, self.pen.write(fact, **more)).outcome == "recorded"
        self.projection.catch_up()

    def act(self, name: str, identity: Identity, *told: Any, **more: Any) -> None:
        getattr(self.settle, name)(identity, *told, **({"actor": BOSS} | more))
        self.projection.catch_up()

    def done(self, identity: Identity = TWICE) -> list[tuple[Any, ...]]:
        found = self.settle.history([identity], actor=BOSS).get(identity)
        return [
            (told.deed.act, told.deed.by, told.deed.reason, told.text)
            for told in (found.told if found else ())
        ]

    def version(self, identity: Identity = TWICE) -> int:
        found = self.settle.history([identity], actor=BOSS).get(identity)
        return found.version if found else 0

    def open(self, identity: Identity = TWICE) -> bool:
        rows = self.views.discrepancies(now_us=self.world.clock.now_us())
        return identity in {Identity(row.code, row.subject, row.key) for row in rows}

    def close(self) -> None:
        self.readers.dispose()
        self.engine.dispose()


@pytest.fixture
def desk(world: Any) -> Iterator[Desk]:
    made = Desk(world)
    yield made
    made.close()


def test_an_explanation_is_kept_with_its_text_and_the_discrepancy_stays_open(desk: Desk) -> None:
    desk.act("explain", TWICE, Words("other", SECRET))
    assert desk.done() == [("explained", "ld01", "other", SECRET)]
    assert desk.open()


def test_what_people_write_is_in_the_vault_and_in_no_event(desk: Desk) -> None:
    desk.act("explain", TWICE, Words("other", SECRET))
    desk.act("close", TWICE, Words("relabelled", SECRET))
    assert not [event for event in desk.world.events() if "Nguyễn" in repr(event)]
    assert desk.world.vault.unsettled() == []
    handling = next(iter(desk.world.log.load(Handling, [handling_id(TWICE)]).values()))
    assert vault_ids(handling) == handling.texts
    assert len(handling.texts) == 2


def test_a_refused_act_leaves_nothing_in_the_vault_nor_in_the_log(desk: Desk) -> None:
    before = desk.world.events()
    with pytest.raises(BadReason):
        desk.act("explain", TWICE, Words("because", SECRET))
    with pytest.raises(EvidenceCloses):
        desk.act("close", UNKNOWN, Words("put_right", SECRET))
    assert desk.world.vault.unsettled() == []
    assert desk.world.events() == before


def test_a_text_whose_owner_may_be_on_disk_waits_for_the_next_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreFailed(why="disk")

    monkeypatch.setattr(desk.world.log, "save", fail)
    with pytest.raises(StoreFailed):
        desk.act("explain", TWICE, Words("other", SECRET))
    [(_, owner)] = desk.world.vault.unsettled()
    assert owner == handling_id(TWICE)


def test_a_person_closes_what_stays_open_until_a_person_closes_it(desk: Desk) -> None:
    desk.act("close", TWICE, Words("relabelled"))
    assert not desk.open()
    assert desk.open(UNKNOWN)
    with pytest.raises(DiscrepancyClosed) as refused:
        desk.act("close", TWICE, Words("relabelled"))
    assert refused.value.values["by"] == "ld01"
    with pytest.raises(DiscrepancyClosed):
        desk.act("assign", TWICE, "office", "TTHC")


def test_a_closure_is_taken_back_with_a_reason_and_all_of_it_is_kept(desk: Desk) -> None:
    with pytest.raises(DiscrepancyNotClosed):
        desk.act("reopen", TWICE, Words("happened_again"))
    desk.act("close", TWICE, Words("relabelled"))
    with pytest.raises(BadReason):
        desk.act("reopen", TWICE, Words("relabelled"))
    desk.act("reopen", TWICE, Words("happened_again"))
    assert desk.open()
    desk.act("close", TWICE, Words("agreed"))
    assert [deed for deed, *_ in desk.done()] == ["closed", "reopened", "closed"]


def test_only_a_scan_closes_what_evidence_closes(desk: Desk) -> None:
    desk.act("explain", UNKNOWN, Words("scanned_late"))
    desk.act("assign", UNKNOWN, "office", "TTHC")
    with pytest.raises(EvidenceCloses):
        desk.act("close", UNKNOWN, Words("put_right"))
    assert desk.open(UNKNOWN)


def test_what_evidence_has_resolved_is_explained_but_not_decided_any_more(desk: Desk) -> None:
    desk.act("explain", UNKNOWN, Words("scanned_late"))
    desk.say("Registered", serial=2)
    assert not desk.open(UNKNOWN)
    with pytest.raises(DiscrepancyResolved):
        desk.act("assign", UNKNOWN, "office", "TTHC")
    desk.act("explain", UNKNOWN, Words("other", SECRET))
    assert len(desk.done(UNKNOWN)) == 2


def test_a_closed_one_that_later_evidence_removes_cannot_be_reopened(desk: Desk) -> None:
    desk.act("close", TWICE, Words("relabelled"))
    wrong = {"target": TWICE.key, "kind": "did_not_occur", "reason": "slip"}
    desk.say("Corrected", context=wrong)
    with pytest.raises(DiscrepancyResolved):
        desk.act("reopen", TWICE, Words("happened_again"))
    assert [deed for deed, *_ in desk.done()] == ["closed"], "its history is kept"


def test_nobody_acts_on_what_no_evidence_ever_showed(desk: Desk) -> None:
    for identity in (TWICE._replace(key="Q1#1"), TWICE._replace(code="LOST")):
        with pytest.raises(NotFound):
            desk.act("explain", identity, Words("scanned_late"))
    assert desk.done(TWICE._replace(code="LOST")) == []


def test_it_is_assigned_to_an_office_or_a_person_that_exists(desk: Desk) -> None:
    person = PersonDefinition(
        code="cb07", party="TTHC", roles=frozenset({Role.COUNTER}), issuer=27001
    )
    desk.world.reference.define_person(person, actor=desk.world.admin)
    desk.act("assign", TWICE, "person", "cb07")
    desk.act("assign", TWICE, "office", "TTHC")
    history = desk.settle.history([TWICE], actor=BOSS)[TWICE]
    assert history.assigned == "TTHC"
    assert [told.deed.to for told in history.told] == ["cb07", "TTHC"]
    for kind, code in (("office", "cb07"), ("person", "TTHC")):
        with pytest.raises(NotFound):
            desk.act("assign", TWICE, kind, code)


def test_another_reason_has_to_be_written_down(desk: Desk) -> None:
    with pytest.raises(ReasonNeedsText):
        desk.act("explain", TWICE, Words("other", "  "))
    with pytest.raises(ReasonNeedsText):
        desk.act("close", TWICE, Words("other"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("explain", (Words("other", SECRET),)),
        ("assign", ("office", "TTHC")),
        ("close", (Words("relabelled", SECRET),)),
    ],
)
def test_the_same_form_sent_twice_is_one_act(
    desk: Desk, name: str, told: tuple[object, ...]
) -> None:
    desk.act(name, TWICE, *told, version=0)
    desk.act(name, TWICE, *told, version=0)
    assert len(desk.done()) == 1


def test_a_form_that_somebody_else_has_overtaken_is_refused(desk: Desk) -> None:
    desk.act("explain", TWICE, Words("other", SECRET), version=0)
    for words in (Words("other", "another text"), Words("not_scanned")):
        with pytest.raises(StreamConflict):
            desk.act("explain", TWICE, words, version=0)
    other = Actor("ld02", "TTHC", frozenset({Role.SUPERVISOR}))
    with pytest.raises(StreamConflict):
        desk.act("explain", TWICE, Words("other", SECRET), version=0, actor=other)
    with pytest.raises(StreamConflict):
        desk.act("explain", UNKNOWN, Words("other", SECRET), version=4)
    desk.act("close", TWICE, Words("relabelled"), version=desk.version())
    assert len(desk.done()) == 2


def test_supervisors_decide_and_those_at_the_desks_explain(desk: Desk) -> None:
    def granted(act: Act) -> set[Role]:
        return {role for role in Role if allowed(Actor("x", "x", frozenset({role})), act)}

    assert granted(Act.CLOSE_DISCREPANCY) == granted(Act.ASSIGN_DISCREPANCY) == {Role.SUPERVISOR}
    assert granted(Act.EXPLAIN_DISCREPANCY) == {Role.SUPERVISOR, Role.COUNTER, Role.DEPARTMENT}
    clerk = desk.world.clerk
    desk.act("explain", TWICE, Words("not_scanned"), actor=clerk)
    tries: list[Callable[[], object]] = [
        lambda: desk.act("close", TWICE, Words("agreed"), actor=clerk),
        lambda: desk.act("reopen", TWICE, Words("happened_again"), actor=clerk),
        lambda: desk.act("assign", TWICE, "office", "TTHC", actor=clerk),
        lambda: desk.act("explain", TWICE, Words("not_scanned"), actor=None),
        lambda: desk.settle.history([TWICE], actor=None),
    ]
    for attempt in tries:
        with pytest.raises(NotAllowed):
            attempt()


def test_every_code_that_evidence_closes_has_a_name_and_every_reason_stands_once() -> None:
    assert DISCREPANCIES.keys() >= CLOSED_BY_EVIDENCE
    by_people = set("SURPLUS WRONG_POUCH DUPLICATE_LABEL DISPUTED DAMAGED EQUIVOCATION".split())
    by_people |= {"BACKDATED", "CLOCK_SKEW", "WRONG_PERSON", "SHORT_CONTENT", "EXCESS_CONTENT"}
    assert not by_people & CLOSED_BY_EVIDENCE
    for reasons in (EXPLANATIONS, CLOSURES, REOPENINGS):
        assert len(set(reasons)) == len(reasons)
    assert issubclass(EvidenceCloses, Refusal)
