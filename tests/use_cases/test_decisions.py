from typing import Any

import pytest

from adapters.event_store.topics import DECISIONS
from domain.model.decision import Decision, FirstEvent, moment
from domain.model.errors import AlreadyExists, BadCode, BadLabel, NotFound, Refusal
from domain.model.labels import Kind, Label
from domain.model.number_block import NumberBlock, NumbersExhausted, number_block_id
from domain.model.office import define_office
from domain.model.person import LOCKED_US, MOST_FAILURES, SignInLocked, SignInRefused, enlist_person
from domain.model.policy import Act, Actor, Role, allowed, demand
from domain.model.procedure import Procedure, Terms, introduce_procedure

NOON = moment(43_200_000_000)


def events_of(kind: type[Decision]) -> list[type[Any]]:
    return [
        each
        for name, each in vars(kind).items()
        if isinstance(each, type) and issubclass(each, Decision.Event) and name != "Event"
    ]


@pytest.mark.parametrize("kind", DECISIONS)
def test_no_event_of_a_decision_makes_up_a_timestamp_or_an_id(kind: type[Decision]) -> None:
    events = events_of(kind)
    assert events
    every: list[type[Any]] = [*events, kind.Event]
    for event in every:
        with pytest.raises(TypeError, match="explicit timestamp"):
            event.create_timestamp()
    with pytest.raises(TypeError, match="explicit id"):
        kind.create_id()


def test_a_decision_without_id_or_timestamp_is_not_made() -> None:
    block_id = number_block_id(Kind.DOSSIER, 1, 26)
    with pytest.raises(TypeError, match="timestamp"):
        NumberBlock(id=block_id, kind=1, issuer=1, year=26)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="explicit timestamp"):
        NumberBlock(id=block_id, timestamp=None, kind=1, issuer=1, year=26)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="explicit id"):
        NumberBlock(id=None, timestamp=NOON, kind=1, issuer=1, year=26)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", DECISIONS)
def test_every_event_has_a_registered_name_of_its_own_that_is_no_module_path(
    kind: type[Decision],
) -> None:
    topics = [event.TOPIC for event in events_of(kind)]
    own = vars(kind)["TOPIC"]
    assert all(topic.startswith(f"{own}.") and ":" not in topic for topic in topics)
    assert len(set(topics)) == len(topics)
    assert any(issubclass(event, FirstEvent) for event in events_of(kind))


def test_an_id_follows_from_the_codes_and_from_nothing_else() -> None:
    assert number_block_id(Kind.DOSSIER, 1, 26) == number_block_id(Kind.DOSSIER, 1, 26)
    assert number_block_id(Kind.DOSSIER, 1, 26) != number_block_id(Kind.DOSSIER, 12, 6)


def block(year: int = 26) -> NumberBlock:
    made = number_block_id(Kind.DOSSIER, 27001, year)
    return NumberBlock(id=made, timestamp=NOON, kind=1, issuer=27001, year=year)


def test_serials_are_given_out_once_and_run_out() -> None:
    numbers = block()
    first = numbers.reserve(count=3, holder="Q1", timestamp=NOON)
    assert first == [str(Label(Kind.DOSSIER, 27001, 26, serial)) for serial in (1, 2, 3)]
    rest = numbers.reserve(count=999_996, holder="server", timestamp=NOON)
    assert not set(first) & set(rest)
    assert rest[-1] == str(Label(Kind.DOSSIER, 27001, 26, 999_999))
    with pytest.raises(NumbersExhausted) as refused:
        numbers.reserve(count=1, holder="Q1", timestamp=NOON)
    assert refused.value.values["left"] == 0


def test_a_procedure_answers_with_the_version_in_force(terms: Terms) -> None:
    procedure = introduce_procedure(code="VD-1", terms=terms, timestamp=NOON)
    later = changed(terms, effective_from_us=terms.effective_from_us + 10, fee_vnd=3)
    procedure.revise(terms=later, timestamp=NOON)
    start = terms.effective_from_us
    assert [procedure.version_at(start + after)[0] for after in (0, 9, 10, 11)] == [1, 1, 2, 2]
    with pytest.raises(NotFound):
        procedure.version_at(start - 1)
    with pytest.raises(Refusal) as refused:
        procedure.revise(terms=terms, timestamp=NOON)
    assert refused.value.code == "VERSION_NOT_AFTER"


def changed(terms: Terms, **values: Any) -> Terms:
    from dataclasses import replace

    return replace(terms, **values)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"legs_minutes": (("centre", 2401),)}, "BUDGETS_EXCEED_TERM"),
        ({"steps_minutes": (("a", 1200), ("b", 1201))}, "BUDGETS_EXCEED_TERM"),
        ({"term_unit": "working_hour", "term_value": 1}, "BUDGETS_EXCEED_TERM"),
        ({"term_unit": "fortnight"}, "UNKNOWN_UNIT"),
        ({"term_value": 0}, "BAD_TERM"),
        ({"term_unit": "same_day"}, "BAD_TERM"),
        ({"cutoff": "25:00"}, "SHIFT_CROSSES_DAY"),
        ({"cutoff": "ba giờ"}, "BAD_TIME"),
        ({"supplement": "maybe"}, "BAD_PROCEDURE"),
        ({"fee_vnd": -1}, "BAD_PROCEDURE"),
        ({"title_vi": ""}, "BAD_PROCEDURE"),
        ({"title_en": "x" * 501}, "BAD_PROCEDURE"),
        ({"legs_minutes": (("centre", 0),)}, "BAD_PROCEDURE"),
        ({"legs_minutes": (("hai chặng", 1),)}, "BAD_CODE"),
        ({"pieces": (("", "Đơn"),)}, "BAD_CODE"),
        ({"department": "Sở Tài chính"}, "BAD_CODE"),
        ({"field": ""}, "BAD_CODE"),
    ],
)
def test_terms_from_which_no_deadline_could_be_computed_are_refused(
    terms: Terms, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        introduce_procedure(code="VD-1", terms=changed(terms, **values), timestamp=NOON)
    assert refused.value.code == code


def test_budgets_may_fill_the_term_exactly(terms: Terms) -> None:
    legs = (("centre", 5 * 480),)
    made = introduce_procedure(code="VD-1", terms=changed(terms, legs_minutes=legs), timestamp=NOON)
    assert isinstance(made, Procedure)
    assert changed(terms, term_unit="same_day", term_value=None).term_minutes == 480


BADGE = str(Label(Kind.BADGE, 27001, 26, 1))


def person(**values: Any) -> Any:
    given = {
        "code": "nv07",
        "badge": BADGE,
        "party": "TTHC",
        "roles": frozenset({Role.COUNTER}),
        "named": None,
        "timestamp": NOON,
    }
    return enlist_person(**(given | values))


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"code": "nv/07"}, BadCode),
        ({"code": "nv.07"}, BadCode),
        ({"code": "Nguyễn"}, BadCode),
        ({"badge": "123"}, BadLabel),
        ({"badge": str(Label(Kind.DOSSIER, 1, 26, 1))}, BadCode),
        ({"roles": frozenset()}, BadCode),
        ({"roles": frozenset({Role.STATION})}, BadCode),
        ({"party": "courier:"}, BadCode),
    ],
)
def test_a_person_outside_the_grammar_is_not_enlisted(
    values: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        person(**values)


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour_and_a_right_one_forgets_them() -> None:
    clerk = person()
    with pytest.raises(SignInRefused):
        clerk.demand_unlocked(now_us=0)
    clerk.set_pin(pin_hash="h", timestamp=NOON)
    for _ in range(MOST_FAILURES):
        clerk.demand_unlocked(now_us=0)
        clerk.count_attempt(right=False, now_us=0, timestamp=NOON)
    with pytest.raises(SignInLocked) as refused:
        clerk.demand_unlocked(now_us=LOCKED_US - 1)
    assert refused.value.values["until_us"] == LOCKED_US
    assert clerk.demand_unlocked(now_us=LOCKED_US) == "h"
    clerk.count_attempt(right=True, now_us=LOCKED_US, timestamp=NOON)
    assert (clerk.failures, clerk.locked_until_us) == (0, None)
    clerk.dismiss(timestamp=NOON)
    with pytest.raises(SignInRefused):
        clerk.demand_unlocked(now_us=LOCKED_US)


def test_an_old_one_time_code_lapses_when_too_many_are_open() -> None:
    clerk = person()
    for number in range(9):
        clerk.issue_code(code_hash=f"h{number}", expires_us=10, by=None, timestamp=NOON)
    with pytest.raises(SignInRefused):
        clerk.use_code(code_hash="h0", now_us=1, timestamp=NOON)
    clerk.use_code(code_hash="h1", now_us=1, timestamp=NOON)


def test_an_office_carries_a_label_of_a_place_and_remembers_its_calendars() -> None:
    given: dict[str, Any] = {
        "code": "STC",
        "name_vi": "Sở",
        "name_en": "Department",
        "calendar": {"a": 1},
        "timestamp": NOON,
    }
    office = define_office(label=str(Label(Kind.PLACE, 90002, 26, 1)), **given)
    assert office.issuer == 90002
    office.set_calendar(calendar={"b": 2}, timestamp=NOON)
    office.succeed(successor="STC2", effective_us=0, timestamp=NOON)
    assert office.calendars == [{"a": 1}, {"b": 2}]
    assert (office.calendar, office.successor) == ({"b": 2}, "STC2")
    with pytest.raises(BadCode):
        define_office(label=BADGE, **given)


def test_the_official_code_is_bound_once(dossier: Any) -> None:
    dossier.bind_code(official_code="H10.14-250702-0001", timestamp=NOON)
    dossier.bind_code(official_code="H10.14-250702-0001", timestamp=NOON)
    assert dossier.version == 2
    with pytest.raises(AlreadyExists):
        dossier.bind_code(official_code="H10.14-250702-0002", timestamp=NOON)


def test_whoever_is_not_granted_an_act_may_not_do_it() -> None:
    nobody, without_roles = None, Actor("x", "TTHC", frozenset())
    for act in Act:
        expected = act is Act.LOOK_UP_BY_TOKEN
        assert allowed(nobody, act) == allowed(without_roles, act) == expected
    clerk = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))
    demand(clerk, Act.REGISTER_DOSSIER)
    with pytest.raises(Refusal) as refused:
        demand(clerk, Act.DEFINE_REFERENCE)
    assert (refused.value.code, refused.value.values) == (
        "NOT_ALLOWED",
        {"act": "define_reference"},
    )


def test_only_a_counter_sees_applicants_and_only_devices_scan() -> None:
    def granted(act: Act) -> set[Role]:
        return {role for role in Role if allowed(Actor("x", "x", frozenset({role})), act)}

    assert granted(Act.SEE_APPLICANT) == granted(Act.REGISTER_DOSSIER) == {Role.COUNTER}
    assert granted(Act.SCAN) == {Role.STATION, Role.REVOKED_STATION}
    assert granted(Act.ENROL_STATION) == {Role.ADMIN}
    assert granted(Act.TRACE) == set(Role) - {Role.STATION, Role.REVOKED_STATION}
