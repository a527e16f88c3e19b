import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from adapters.clock import SystemEntropy
from adapters.vault.sqlite_vault import SqliteVault
from domain.model.errors import NotFound
from domain.ports.stores import DiskFull, StoreFailed, StoreReadOnly
from domain.ports.vault import MOST_PHOTO_BYTES, ApplicantData, TooLarge, VaultKeyWrong

OWNER = UUID(int=7)
TUYET = ApplicantData(
    name="Đặng Thị Ánh Tuyết",
    phone="+84 912 345 678",
    id_number="079185001234",
    address="12 Trần Phú",
    email="tuyet@vidu.vn",
)


def opened(path: Path, key: bytes = b"k" * 32, *, writer: bool = True) -> SqliteVault:
    return SqliteVault(path / "vault.db", key=key, entropy=SystemEntropy(), writer=writer)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[SqliteVault]:
    with closing(opened(tmp_path)) as made:
        yield made


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.rglob("vault.db*"))


def test_what_is_kept_comes_back_and_cannot_be_read_from_the_file(
    vault: SqliteVault, tmp_path: Path
) -> None:
    opaque = vault.put_applicant(TUYET, owner=OWNER)
    text = vault.put_text("Xin cấp lại vì đã mất", owner=OWNER)
    photo = vault.put_photo(b"\xff\xd8 a picture of a torn seal")
    vault.close()
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
    vault: SqliteVault, words: str
) -> None:
    opaque = vault.put_applicant(TUYET, owner=OWNER)
    vault.put_applicant(ApplicantData(name="Nguyễn Văn Bình", phone="0987654321"), owner=OWNER)
    assert vault.search(words) == [opaque]


@pytest.mark.parametrize(
    "words", ["", "  ", "Tuyế", "Tuyết Bình", "0912345679", "%", "'; --", "Trần", "a " * 5000]
)
def test_nobody_else_is_found(vault: SqliteVault, words: str) -> None:
    vault.put_applicant(TUYET, owner=OWNER)
    vault.put_applicant(ApplicantData(name="Nguyễn Văn Bình"), owner=OWNER)
    assert vault.search(words) == []


def test_a_search_has_a_limit(vault: SqliteVault) -> None:
    for _ in range(3):
        vault.put_applicant(TUYET, owner=OWNER)
    assert len(vault.search("Tuyết")) == 3
    assert len(vault.search("Tuyết", limit=2)) == 2


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(VaultKeyWrong):
        opened(tmp_path, b"x" * 32)


def test_records_cannot_be_exchanged_in_the_file(vault: SqliteVault, tmp_path: Path) -> None:
    mine = vault.put_text("của tôi", owner=OWNER)
    other = vault.put_text("của người khác", owner=OWNER)
    with closing(sqlite3.connect(tmp_path / "vault.db", isolation_level=None)) as stranger:
        stranger.execute(
            "UPDATE record SET sealed = (SELECT sealed FROM record WHERE opaque = ?)"
            " WHERE opaque = ?",
            (other, mine),
        )
    with pytest.raises(VaultKeyWrong):
        vault.text(mine)


def test_a_record_is_not_read_as_another_kind(vault: SqliteVault) -> None:
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


def test_sizes_are_bounded(vault: SqliteVault) -> None:
    puts: list[Callable[[], str]] = [
        lambda: vault.put_applicant(ApplicantData(name="x" * 201), owner=OWNER),
        lambda: vault.put_text("x" * 4001, owner=OWNER),
        lambda: vault.put_photo(b"x" * (MOST_PHOTO_BYTES + 1)),
    ]
    for put in puts:
        with pytest.raises(TooLarge):
            put()
    assert vault.unsettled() == []


def test_the_same_photo_is_kept_once_under_its_content(vault: SqliteVault) -> None:
    assert vault.put_photo(b"p") == vault.put_photo(b"p") != vault.put_photo(b"q")


def test_what_has_no_saved_owner_is_known_and_can_be_forgotten_without_a_trace(
    vault: SqliteVault, tmp_path: Path
) -> None:
    kept, gone = (vault.put_applicant(TUYET, owner=OWNER) for _ in range(2))
    assert vault.unsettled() == sorted([(kept, OWNER), (gone, OWNER)])
    vault.settle([kept])
    vault.forget([gone])
    assert vault.unsettled() == []
    assert vault.search("Tuyết") == [kept]
    with closing(sqlite3.connect(tmp_path / "vault.db")) as reader:
        assert reader.execute(
            "SELECT COUNT(*) FROM token WHERE opaque = ?", (gone,)
        ).fetchone() == (0,)


def test_a_full_disk_keeps_nothing_half(vault: SqliteVault) -> None:
    pages = vault._connection.execute("PRAGMA page_count").fetchone()[0]
    vault._connection.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        for _ in range(200):
            vault.put_text("x" * 4000, owner=OWNER)

    with pytest.raises(DiskFull):
        fill()
    vault._connection.execute("PRAGMA max_page_count=100000")
    before = len(vault.unsettled())
    vault.put_text("x" * 4000, owner=OWNER)
    assert len(vault.unsettled()) == before + 1


def test_a_reader_does_not_write_and_a_broken_file_is_told(
    vault: SqliteVault, tmp_path: Path
) -> None:
    text = vault.put_text("x", owner=OWNER)
    with closing(opened(tmp_path, writer=False)) as reader:
        assert reader.text(text) == "x"
        with pytest.raises(StoreReadOnly):
            reader.put_text("y", owner=OWNER)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "vault.db").write_bytes(b"x" * 5000)
    with pytest.raises(StoreFailed):
        opened(broken)
