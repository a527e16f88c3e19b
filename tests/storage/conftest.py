"""Real files: an event log alone, or a whole house with the sample centre."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.event_store.sqlite_log import SqliteEventLog
from adapters.postmaster import Postmaster
from adapters.signatures import Ed25519Signer
from api.composition import House, open_house
from api.databases import DATABASE_URL
from api.founding import create_house
from domain.model.decision import moment
from domain.model.entry import FIRST_PREVIOUS, parse_entry, unsigned_entry
from domain.model.fact import Fact
from domain.model.labels import Kind, Label
from domain.model.number_block import NumberBlock, number_block_id
from domain.ports.stores import RecordedEntry

AnyLog = SqliteEventLog | PostgresEventLog
OpenLog = Callable[..., AnyLog]
Recorded = Callable[[int], RecordedEntry]


@pytest.fixture
def open_log(engine_name: str, request: pytest.FixtureRequest) -> OpenLog:
    """Opens the same log however often it is asked; a reader with `writer=False`."""
    if engine_name == "postgres":
        url = request.getfixturevalue("postgres_url")
        return partial(PostgresEventLog, url)
    return partial(SqliteEventLog, request.getfixturevalue("tmp_path") / "giaonhan.db")


@pytest.fixture
def log(open_log: OpenLog) -> Iterator[AnyLog]:
    with closing(open_log()) as opened:
        yield opened


@pytest.fixture
def sqlite_log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    with closing(SqliteEventLog(tmp_path / "giaonhan.db")) as opened:
        yield opened


@pytest.fixture
def recorded() -> Recorded:
    """The n-th entry of station Q1, about one dossier."""
    signer = Ed25519Signer(b"\x01" * 32)

    def write(seq: int, *, operator: str = "nv07") -> RecordedEntry:
        fact = Fact(
            fact="Moved",
            subject=str(Label(Kind.DOSSIER, 27001, 26, 1)),
            at_us=seq,
            station="Q1",
            seq=seq,
            operator=operator,
            office="STC",
            context={},
        )
        unsigned = unsigned_entry(
            fact, prev=FIRST_PREVIOUS, boot="b1", mono_ms=1, offset_ms=0, checkpoint=None
        )
        return RecordedEntry(
            entry=parse_entry(unsigned + signer.sign(unsigned)), recorded_at_us=seq
        )

    return write


@pytest.fixture
def block() -> NumberBlock:
    return NumberBlock(
        id=number_block_id(Kind.DOSSIER, 27001, 26),
        timestamp=moment(0),
        kind=1,
        issuer=27001,
        year=26,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with the sample centre, closed."""
    create_house(tmp_path / "data", with_sample=True)
    return tmp_path / "data"


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, postmaster: Postmaster) -> Path:
    """The sample centre in the database `founded`, to copy from."""
    place = tmp_path_factory.mktemp("founded") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATABASE_URL, postmaster.new_database("founded"))
        create_house(place, with_sample=True)
    return place


@pytest.fixture
def url(founded: Path, postmaster: Postmaster, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the sample centre, which this test's houses stand on."""
    assert founded.is_dir()
    _databases.append(name := f"house{len(_databases)}")
    monkeypatch.setenv(DATABASE_URL, made := postmaster.new_database(name, like="founded"))
    return made


_databases: list[str] = []  # names given out; they go with the server


@pytest.fixture
def on_postgres(tmp_path: Path, founded: Path, url: str) -> Path:
    """The sample centre, closed; its directory holds its keys and nothing else of it."""
    assert url
    return Path(shutil.copytree(founded, tmp_path / "data"))


@pytest.fixture
def house(data: Path) -> Iterator[House]:
    with closing(open_house(data)) as opened:
        yield opened
