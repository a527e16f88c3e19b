"""A label is one dossier's: the log says whose, also while the read model stands still."""

from typing import Any

import pytest

from adapters.read_model.dump import digest_at
from domain.model.decision import moment
from domain.model.errors import AlreadyExists
from domain.model.labels import Kind, Label, parse_label
from domain.model.stickers import Stickers, stickers_id
from domain.ports.stores import StreamConflict
from domain.use_cases.register_dossier import ApplicantData, Registration

NEW = str(Label(Kind.DOSSIER, 95_001, 26, 7))
PAPER = str(Label(Kind.PIECE, 95_001, 26, 7))


def relabel(centre: Any, label: str, new: str | None = None, **given: Any) -> str:
    stick, by = centre.house.stick_labels, centre.clerk
    told = {"reason": "label_lost"} | given
    return str(centre.write(lambda: stick.relabel(label, new=new, actor=by, **told)))


def paper(centre: Any, label: str, piece: str | None = None, **given: Any) -> str:
    stick, by = centre.house.stick_labels, centre.clerk
    told = {"kind": "don"} | given
    return str(centre.write(lambda: stick.label_piece(label, piece=piece, actor=by, **told)))


def register(centre: Any, label: str | None = None) -> str:
    applicant = ApplicantData(name="Lê Thị Bé")
    given = Registration(procedure="P5", office="TTHC", applicant=applicant, label=label)
    use = centre.house.register_dossier
    return str(centre.write(lambda: use(given, actor=centre.clerk)).label)


def next_of(label: str, further: int = 1) -> str:
    was = parse_label(label)
    return str(Label(was.kind, was.issuer, was.year, was.serial + further))


def test_a_label_is_bound_once_also_while_the_read_model_stands_still(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = register(centre), register(centre)
    with monkeypatch.context() as still:
        still.setattr(centre.house, "catch_up", lambda: None)
        assert relabel(centre, first, NEW) == NEW
        assert paper(centre, first, PAPER) == PAPER
        with pytest.raises(AlreadyExists):
            relabel(centre, second, NEW)
        with pytest.raises(AlreadyExists):
            paper(centre, second, PAPER)
    centre.write(lambda: None)
    assert centre.house.projection_fault is None
    assert centre.views.first_label(NEW) == first


def test_of_two_stored_decisions_on_one_label_the_first_holds_running_and_rebuilt(
    centre: Any,
) -> None:
    first, second = register(centre), register(centre)

    def both() -> None:
        for of in (first, second):  # as logged before there were bindings
            at = moment(centre.clock.us)
            stickers = Stickers(id=stickers_id(of), timestamp=at, dossier=of)
            stickers.replace(label=NEW, reason="label_lost", timestamp=at)
            centre.house.log.save(stickers)
        lost = Stickers(id=stickers_id(NEW), timestamp=at, dossier=NEW)
        lost.replace(label=next_of(NEW), reason="label_lost", timestamp=at)
        centre.house.log.save(lost)

    centre.write(both)

    def rebuilt() -> tuple[str, str]:
        running = digest_at(centre.house.source)
        centre.house.rebuild()
        return running, digest_at(centre.house.source)

    running, anew = centre.write(rebuilt)
    assert centre.house.projection_fault is None
    assert running == anew
    assert centre.views.first_label(NEW) == first
    assert centre.views.first_label(next_of(NEW)) == next_of(NEW)


def test_no_dossier_is_registered_under_the_sticker_of_another(centre: Any) -> None:
    relabel(centre, register(centre), NEW)
    with pytest.raises(AlreadyExists):
        register(centre, NEW)


def test_numbers_that_were_stuck_or_typed_by_hand_are_passed_over(centre: Any) -> None:
    label = register(centre)
    relabel(centre, label, next_of(label))
    register(centre, next_of(label, 2))
    assert register(centre) == next_of(label, 3)
    ahead = next_of(label, 101)  # the next that are reserved
    relabel(centre, label, ahead)
    reserve = centre.house.reserve_labels
    printed = centre.write(
        lambda: reserve(Kind.DOSSIER, office="TTHC", count=3, actor=centre.clerk)
    )
    assert printed == [next_of(label, further) for further in (100, 102, 103)]
    one = paper(centre, label)
    assert paper(centre, label, next_of(one)) == next_of(one)
    assert paper(centre, label) == next_of(one, 2)


def test_the_same_form_sent_twice_takes_one_number(centre: Any) -> None:
    label = register(centre)
    version = centre.house.stick_labels.version(label)
    new = relabel(centre, label, version=version)
    assert relabel(centre, label, version=version) == new
    assert relabel(centre, label, new, version=version) == new
    for other in ({"reason": "label_unreadable"}, {"new": NEW}):
        with pytest.raises(StreamConflict):
            relabel(centre, label, version=version, **other)
    with pytest.raises(StreamConflict):
        paper(centre, label, version=version)
    version = centre.house.stick_labels.version(new)
    one = paper(centre, label, version=version)
    assert paper(centre, label, version=version) == one
    with pytest.raises(StreamConflict):
        relabel(centre, label, version=version)
    assert [row.label for row in centre.views.stickers(label)] == [label, new, one]
