import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.clock import SystemEntropy
from adapters.vault.postgres_vault import PostgresVault
from adapters.vault.sql_vault import SqlVault
from adapters.vault.sqlite_vault import SqliteVault
from domain.model.errors import NotFound
from domain.ports.stores import DiskFull, StoreFailed, StoreReadOnly
from domain.ports.vault import MOST_PHOTO_BYTES, ApplicantData, TooLarge, VaultKeyWrong

Source = Path | str  # a folder, or a URL
OWNER, LATER = UUID(int=7), UUID(int=8)
TUYET = ApplicantData(
    name="Đặng Thị Ánh Tuyết",
    phone="+84 912 345 678",
    id_number="079185001234",
    address="12 Trần Phú",
    email="tuyet@vidu.vn",
)


def opened(place: Source, key: bytes = b"k" * 32, *, writer: bool = True) -> SqlVault:
    kind: Any = PostgresVault if isinstance(place, str) else SqliteVault
    at = place if isinstance(place, str) else place / "vault.db"
    vault: SqlVault = kind(at, key=key, entropy=SystemEntropy(), writer=writer)
    return vault


@pytest.fixture
def place(engine_name: str, request: pytest.FixtureRequest) -> Source:
    given: Source = request.getfixturevalue(
        "postgres_url" if engine_name == "postgres" else "tmp_path"
    )
    return given


@pytest.fixture
def vault(place: Source) -> Iterator[SqlVault]:
    with closing(opened(place)) as made:
        yield made


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[SqliteVault]:
    with closing(opened(tmp_path)) as made:
        assert isinstance(made, SqliteVault)
        yield made


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.rglob("vault.db*"))


def test_what_is_kept_comes_back_and_cannot_be_read_from_the_file(
    in_a_file: SqliteVault, tmp_path: Path
) -> None:
    opaque = in_a_file.put_applicant(TUYET, owner=OWNER)
    text = in_a_file.put_text("Xin cấp lại vì đã mất", owner=OWNER)
    photo = in_a_file.put_photo(b"\xff\xd8 a picture of a torn seal", owner=OWNER)
    in_a_file.close()
    with closing(opened(tmp_path)) as again:
        assert again.applicant(opaque) == TUYET
        assert again.text(text) == "Xin cấp lại vì đã mất"
        assert again.photo(photo).endswith(b"torn seal")
    on_disk = bytes_on_disk(tmp_path)
    assert len(on_disk) > 4096
    for word in ("Tuyết", "tuyet", "912345678", "0912345678", "079185001234", "Trần", "torn"):
        assert word.encode() not in on_disk


@pytest.mark.parametrize(
    "words",
    [
        "Tuyết",
        "tuyet dang",
        "ĐẶNG THỊ ÁNH TUYẾT",
        "Đa\u0323\u0306ng",
        "0912345678",
        "+84912345678",
        "84 912 345 678",
        "0912.345.678",
        "079185001234",
        "thi 0912 345 678",
    ],
)
def test_an_applicant_is_found_by_name_phone_or_id_as_people_type_them(
    vault: SqlVault, words: str
) -> None:
    opaque = vault.put_applicant(TUYET, owner=OWNER)
    vault.put_applicant(ApplicantData(name="Nguyễn Văn Bình", phone="0987654321"), owner=OWNER)
    assert vault.search(words) == [opaque]


@pytest.mark.parametrize(
    "words", ["", "  ", "Tuyế", "Tuyết Bình", "0912345679", "%", "'; --", "Trần", "a " * 5000]
)
def test_nobody_else_is_found(vault: SqlVault, words: str) -> None:
    vault.put_applicant(TUYET, owner=OWNER)
    vault.put_applicant(ApplicantData(name="Nguyễn Văn Bình"), owner=OWNER)
    assert vault.search(words) == []


def test_a_search_has_a_limit(vault: SqlVault) -> None:
    for _ in range(3):
        vault.put_applicant(TUYET, owner=OWNER)
    assert len(vault.search("Tuyết")) == 3
    assert len(vault.search("Tuyết", limit=2)) == 2


def test_another_key_opens_nothing(place: Source) -> None:
    opened(place).close()
    with pytest.raises(VaultKeyWrong):
        opened(place, b"x" * 32)


def test_a_reader_reads_what_others_put_and_puts_nothing(vault: SqlVault, place: Source) -> None:
    text = vault.put_text("của tôi", owner=OWNER)
    with closing(opened(place, writer=False)) as reader:
        assert reader.text(text) == "của tôi"
        with pytest.raises(StoreReadOnly):
            reader.put_text("y", owner=OWNER)


def test_what_another_process_may_be_about_to_save_is_not_taken_for_left_over(
    postgres_url: str,
) -> None:
    with closing(opened(postgres_url)) as vault, psycopg.connect(postgres_url) as stranger:
        old, _ = (vault.put_applicant(TUYET, owner=OWNER) for _ in range(2))
        stranger.execute(
            "UPDATE record SET put_at = put_at - interval '11 minutes' WHERE opaque = %s", [old]
        )
        stranger.commit()
        assert vault.unsettled() == [(old, OWNER)]
        vault.forget([old])
        assert len(vault.search("Tuyết")) == 1


def test_records_cannot_be_exchanged_in_the_file(in_a_file: SqliteVault, tmp_path: Path) -> None:
    mine = in_a_file.put_text("của tôi", owner=OWNER)
    other = in_a_file.put_text("của người khác", owner=OWNER)
    with closing(sqlite3.connect(tmp_path / "vault.db", isolation_level=None)) as stranger:
        stranger.execute(
            "UPDATE record SET sealed = (SELECT sealed FROM record WHERE opaque = ?)"
            " WHERE opaque = ?",
            (other, mine),
        )
    with pytest.raises(VaultKeyWrong):
        in_a_file.text(mine)


def test_a_record_is_not_read_as_another_kind(vault: SqlVault) -> None:
    text = vault.put_text("x", owner=OWNER)
    for read in (vault.applicant, vault.photo):
        with pytest.raises(NotFound):
            read(text)
    for unknown in (["0" * 32], [text, "0" * 32]):
        with pytest.raises(NotFound):
            vault.texts(unknown)
    other = vault.put_text("y", owner=OWNER)
    assert vault.texts([other, text]) == {text: "x", other: "y"}
    assert vault.texts(()) == {}


def test_sizes_are_bounded(vault: SqlVault) -> None:
    puts: list[Callable[[], str]] = [
        lambda: vault.put_applicant(ApplicantData(name="x" * 201), owner=OWNER),
        lambda: vault.put_text("x" * 4001, owner=OWNER),
        lambda: vault.put_photo(b"x" * (MOST_PHOTO_BYTES + 1), owner=OWNER),
    ]
    for put in puts:
        with pytest.raises(TooLarge):
            put()
    assert vault.unsettled() == []


def test_the_same_photo_is_kept_once_under_its_content(vault: SqlVault) -> None:
    first, again, other = (vault.put_photo(each, owner=OWNER) for each in (b"p", b"p", b"q"))
    assert first == again != other


def test_a_photo_put_again_is_the_new_owners_until_it_is_settled_and_then_stays(
    vault: SqlVault,
) -> None:
    for owner in (OWNER, LATER):
        photo = vault.put_photo(b"p", owner=owner)
    assert list(vault._select("SELECT owner, settled FROM record WHERE kind = ?", ["photo"])) == [
        (LATER.hex, 0)
    ]
    vault.settle([photo])
    vault.put_photo(b"p", owner=OWNER)
    vault.forget([photo])
    vault.forget_left([photo])
    assert vault.photo(photo) == b"p"
    assert vault.unsettled() == []


def test_what_is_put_again_while_another_process_settles_is_not_forgotten(
    postgres_url: str,
) -> None:
    with closing(opened(postgres_url)) as vault, psycopg.connect(postgres_url) as stranger:
        photo = vault.put_photo(b"p", owner=OWNER)
        stranger.execute("UPDATE record SET put_at = put_at - interval '11 minutes'")
        stranger.commit()
        left = [opaque for opaque, _ in vault.unsettled()]
        assert left == [photo]
        vault.put_photo(b"p", owner=OWNER)
        vault.forget_left(left)
        assert vault.photo(photo) == b"p"


def test_what_has_no_saved_owner_is_known_and_can_be_forgotten_without_a_trace(
    in_a_file: SqliteVault, tmp_path: Path
) -> None:
    kept, gone = (in_a_file.put_applicant(TUYET, owner=OWNER) for _ in range(2))
    assert in_a_file.unsettled() == sorted([(kept, OWNER), (gone, OWNER)])
    in_a_file.settle([kept])
    in_a_file.forget([gone])
    assert in_a_file.unsettled() == []
    assert in_a_file.search("Tuyết") == [kept]
    with closing(sqlite3.connect(tmp_path / "vault.db")) as reader:
        assert reader.execute(
            "SELECT COUNT(*) FROM token WHERE opaque = ?", (gone,)
        ).fetchone() == (0,)


def test_a_full_disk_keeps_nothing_half(in_a_file: SqliteVault) -> None:
    pages = in_a_file._connection.execute("PRAGMA page_count").fetchone()[0]
    in_a_file._connection.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        for _ in range(200):
            in_a_file.put_text("x" * 4000, owner=OWNER)

    with pytest.raises(DiskFull):
        fill()
    in_a_file._connection.execute("PRAGMA max_page_count=100000")
    before = len(in_a_file.unsettled())
    in_a_file.put_text("x" * 4000, owner=OWNER)
    assert len(in_a_file.unsettled()) == before + 1


def test_a_reader_does_not_write_and_a_broken_file_is_told(
    in_a_file: SqliteVault, tmp_path: Path
) -> None:
    text = in_a_file.put_text("x", owner=OWNER)
    with closing(opened(tmp_path, writer=False)) as reader:
        assert reader.text(text) == "x"
        with pytest.raises(StoreReadOnly):
            reader.put_text("y", owner=OWNER)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "vault.db").write_bytes(b"x" * 5000)
    with pytest.raises(StoreFailed):
        opened(broken)
