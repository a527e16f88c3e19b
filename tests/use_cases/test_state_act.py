"""Facts that people state: what is kept with them, what is forgotten when they are not saved."""

from dataclasses import replace
from typing import Any

import pytest

from api.unsettled import vault_ids
from domain.model.errors import NotFound, Refusal
from domain.model.fact import Fact, under_first_label
from domain.model.labels import Kind, Label
from domain.model.policy import Act, Actor, Role, allowed
from domain.model.reasons import photo_of
from domain.model.statement import Statement, statement_id
from domain.model.stickers import (
    MOST_STICKERS,
    Stickers,
    TooManyStickers,
    stickers_id,
)
from domain.ports.photos import NotAPhoto, Photo, media_type
from domain.ports.stores import DiskFull, StoreFailed, StoreUnreachable, StreamConflict
from domain.ports.vault import MOST_PHOTO_BYTES, TooLarge
from domain.use_cases.state_act import RIGHTS, NotForThis, Wanted, version_of

PICTURE = Photo(b"\xff\xd8\xff torn corner")
WORDS = "Ông Lê Văn Tám thấy góc rách"


def damage(label: str, **more: Any) -> Wanted:
    return Wanted(fact="Damaged", label=label, reason="torn", text=WORDS, photo=PICTURE, **more)


def texts(centre: Any) -> int:
    rows = centre.house.vault._select("SELECT count(*) FROM record WHERE kind = 'text'", ())
    return int(rows[0][0])


def test_a_photo_and_words_are_kept_with_the_fact_that_refers_to_them(centre: Any) -> None:
    label = centre.register().label
    act = centre.house.state_act
    key = centre.write(lambda: act(damage(label), actor=centre.supervisor))
    [*_, fact] = centre.facts(label)
    assert (fact.key, fact.fact, fact.station) == (key, "Damaged", "SERVER")
    assert photo_of(fact.context["reason"]) == PICTURE.digest
    assert act.photo(label, PICTURE.digest, actor=centre.supervisor) == PICTURE.content
    trace = centre.house.trace(label)
    assert act.words(trace.facts, actor=centre.supervisor) == {key: WORDS}
    [statement] = centre.house.log.load(Statement, [statement_id(key)]).values()
    assert vault_ids(statement) == {statement.text}
    assert centre.house.vault.unsettled() == []
    with pytest.raises(NotFound):
        act.photo(centre.register().label, PICTURE.digest, actor=centre.supervisor)


@pytest.mark.parametrize("refusal", [DiskFull(), StreamConflict()])
def test_what_was_not_saved_leaves_no_words_in_the_vault_and_no_photo_after_the_next_start(
    centre: Any, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    label, before = centre.register().label, texts(centre)

    def full(*_: Any, **__: Any) -> None:
        raise refusal

    monkeypatch.setattr(centre.house.log, "save", full)
    with pytest.raises(type(refusal)):
        centre.write(lambda: centre.house.state_act(damage(label), actor=centre.supervisor))
    assert texts(centre) == before
    [(photo, _)] = centre.house.vault.unsettled()
    assert photo == PICTURE.digest, "it may be another act's too: the next start tells"
    centre.house.close()
    centre.open()
    with pytest.raises(NotFound):
        centre.house.vault.photo(PICTURE.digest)


def test_a_photo_that_stood_there_before_survives_a_second_act_that_fails(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    label = centre.register().label
    centre.write(lambda: centre.house.state_act(damage(label), actor=centre.supervisor))

    def broken(*_: Any, **__: Any) -> None:
        raise DiskFull

    monkeypatch.setattr(centre.house.log, "save", broken)
    with pytest.raises(DiskFull):
        centre.write(lambda: centre.house.state_act(damage(label), actor=centre.supervisor))
    assert centre.house.vault.photo(PICTURE.digest) == PICTURE.content


def test_nobody_knows_after_a_failed_disk_so_photo_and_words_stay_for_the_next_start(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, before = centre.register().label, texts(centre)

    def failed(*_: Any, **__: Any) -> None:
        raise StoreFailed(why="torn")

    monkeypatch.setattr(centre.house.log, "save", failed)
    with pytest.raises(StoreFailed):
        centre.write(lambda: centre.house.state_act(damage(label), actor=centre.supervisor))
    assert texts(centre) == before + 1
    assert centre.house.vault.photo(PICTURE.digest) == PICTURE.content
    assert len(centre.house.vault.unsettled()) == 2


def test_a_photo_left_by_a_crash_goes_at_the_next_start_and_stays_if_its_fact_was_saved(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerFails(BaseException):
        pass

    def fails(*_: Any, **__: Any) -> None:
        raise PowerFails

    label, house = centre.register().label, centre.house
    saved = Photo(b"\xff\xd8\xff named by a fact")
    monkeypatch.setattr(house.vault, "settle", lambda _opaque: None)
    centre.write(
        lambda: house.state_act(replace(damage(label), photo=saved), actor=centre.supervisor)
    )
    monkeypatch.setattr(house.log, "save", fails)
    with pytest.raises(PowerFails):
        house.state_act(damage(label), actor=centre.supervisor)
    monkeypatch.undo()
    assert len(house.vault.unsettled()) == 4
    house.close()
    centre.open()
    assert centre.house.vault.unsettled() == []
    assert centre.house.vault.photo(saved.digest) == saved.content
    with pytest.raises(NotFound):
        centre.house.vault.photo(PICTURE.digest)


def test_a_photo_that_a_later_act_names_is_settled_by_that_one(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, house = centre.register().label, centre.house

    def unreachable(*_: Any, **__: Any) -> None:
        raise StoreUnreachable(why="cut off")

    monkeypatch.setattr(house.log, "save", unreachable)
    with pytest.raises(StoreUnreachable):
        centre.write(lambda: house.state_act(damage(label), actor=centre.supervisor))
    monkeypatch.undo()
    centre.write(lambda: house.state_act(damage(label), actor=centre.supervisor))
    house.close()
    centre.open()
    assert centre.house.vault.photo(PICTURE.digest) == PICTURE.content


def test_a_photo_stays_whichever_of_two_acts_nobody_was_sure_of_was_saved(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, house = centre.register().label, centre.house
    save = house.log.save

    def cut_before(*_: Any, **__: Any) -> None:
        raise StoreUnreachable(why="cut off")

    def cut_after(*args: Any, **named: Any) -> None:
        save(*args, **named)
        cut_before()

    for cut in (cut_before, cut_after):
        monkeypatch.setattr(house.log, "save", cut)
        with pytest.raises(StoreUnreachable):
            centre.write(lambda: house.state_act(damage(label), actor=centre.supervisor))
    monkeypatch.undo()
    house.close()
    centre.open()
    assert [fact.fact for fact in centre.facts(label)].count("Damaged") == 1
    assert centre.house.vault.photo(PICTURE.digest) == PICTURE.content


def test_a_photo_stays_where_another_process_states_the_same_act_first(
    centre: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, house = centre.register().label, centre.house
    version = version_of(house.trace(label))
    save = house.log.save
    keys = []

    def again() -> str:
        return str(house.state_act(damage(label), actor=centre.supervisor, version=version))

    def second(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(house.log, "save", save)
        keys.append(again())  # of the other process, from its first look to its end
        house.catch_up()
        raise StreamConflict

    monkeypatch.setattr(house.log, "save", second)
    assert centre.write(again) == keys[0]
    assert house.vault.unsettled() == []
    assert house.vault.photo(PICTURE.digest) == PICTURE.content


def test_the_same_form_sent_twice_is_one_act_and_another_one_meanwhile_is_a_conflict(
    centre: Any,
) -> None:
    label = centre.register().label
    act, wanted = centre.house.state_act, damage(label)
    version = act.preview(wanted, actor=centre.supervisor).version
    keys = {
        centre.write(lambda: act(wanted, actor=centre.supervisor, version=version))
        for _ in range(2)
    }
    assert len(keys) == 1
    lost = Wanted(fact="DeclaredLost", label=label, reason="not_found")
    with pytest.raises(StreamConflict):
        centre.write(lambda: act(lost, actor=centre.supervisor, version=version))
    with pytest.raises(NotForThis):
        centre.write(
            lambda: act(
                Wanted(fact="DeclaredLost", label=label, reason="stolen", photo=PICTURE),
                actor=centre.supervisor,
            )
        )


def test_a_photo_is_known_by_its_first_bytes_and_not_by_its_name() -> None:
    assert media_type(PICTURE.content) == "image/jpeg"
    assert media_type(b"\x89PNG\r\n\x1a\n") == "image/png"
    for content in (b"", b"GIF89a", b"<svg/>", b"%PDF-1.7"):
        with pytest.raises(NotAPhoto):
            media_type(content)
    with pytest.raises(TooLarge):
        media_type(b"\xff\xd8\xff" + b"0" * MOST_PHOTO_BYTES)


def test_correcting_and_attesting_are_rights_of_their_own() -> None:
    mays = {
        role: {act for act in RIGHTS.values() if allowed(Actor("x", "y", frozenset({role})), act)}
        for role in Role
    }
    assert mays[Role.SUPERVISOR] == set(RIGHTS.values())
    assert mays[Role.COURIER] == {Act.DISPUTE_HANDOFF, Act.NOTE_CONDITION}
    for role in (Role.ADMIN, Role.INSPECTOR, Role.STATION):
        assert mays[role] == set()
    for role in (Role.COUNTER, Role.DEPARTMENT):
        assert not mays[role] & {Act.CORRECT_FACT, Act.ATTEST_CUSTODY, Act.DECLARE_LOST}


def test_a_scan_of_a_later_sticker_is_told_of_the_first_also_inside_a_correction() -> None:
    old, new, other = (str(Label(Kind.DOSSIER, 1, 26, serial)) for serial in range(3))

    def said(subject: str, **context: Any) -> Fact:
        return Fact(
            fact="Corrected",
            subject=subject,
            at_us=0,
            station="Q1",
            seq=1,
            operator="a",
            office="b",
            context=context,
        )

    first = {new: old}
    assert under_first_label(said(new), first) == said(old)
    moved = under_first_label(said(other, set={"subject": new, "place": "p"}), first)
    assert moved == said(other, set={"subject": old, "place": "p"})
    untouched = said(other, set={"subject": other})
    assert under_first_label(untouched, first) is untouched


def test_a_dossier_has_a_limit_of_stickers(centre: Any) -> None:
    label = centre.register().label
    centre.write(
        lambda: centre.house.stick_labels.label_piece(
            label, piece=None, kind="don", actor=centre.clerk
        )
    )
    [stickers] = centre.house.log.load(Stickers, [stickers_id(label)]).values()
    stickers.pieces |= {str(number): "don" for number in range(MOST_STICKERS)}
    with pytest.raises(TooManyStickers):
        stickers.label_piece(label="1", kind="don", timestamp=stickers.created_on)
    with pytest.raises(TooManyStickers):
        stickers.replace(label="1", reason="label_lost", timestamp=stickers.created_on)
    *_, paper = centre.views.stickers(label)
    said = centre.house.stick_labels.sticker(paper.label, actor=centre.clerk)
    assert (said.label, said.procedure, paper.piece) == (paper.label, "Đơn", "don")
