"""What holds for the whole suite: its databases, its random examples, what coverage traces."""

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

from adapters.event_store.postgres_log import PostgresEventLog
from adapters.postmaster import NoPostgres, Postmaster, temporary_directory
from adapters.read_model.engine import write_engine
from adapters.read_model.projection import prepare

# The same examples each time, and no bar on an example's time: the machine may be busy.
# `--hypothesis-profile=search` looks for others.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-seed", action="store_true", help="On PostgreSQL too, where one seed is the rule."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is of files only, and on PostgreSQL all seeds but the first (by option).

    Seeds and batches after the first are not traced: they cover what it does, at twice the time.
    """
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        drawn = getattr(getattr(item, "callspec", None), "params", {})
        of_files = item.get_closest_marker("sqlite_only") is not None
        repeated = drawn.get("seed", drawn.get("batch", 0)) != 0
        if repeated:
            item.add_marker("no_cover")
        once = repeated and not config.getoption("--every-seed")
        spared = drawn.get("engine_name") == "postgres" and (of_files or once)
        (left_out if spared else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.fixture(scope="session")
def postmaster() -> Iterator[Postmaster]:
    """A server of our own; skips where the wheel has no build."""
    directory = temporary_directory()
    try:
        with Postmaster(directory) as running:
            yield running
            running.kill()  # to stop it in order would write all of this to the disk
    except NoPostgres as absent:
        pytest.skip(str(absent))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def laid_out(postmaster: Postmaster) -> str:
    """The name of a database with every table and no row, to copy from."""
    url = postmaster.new_database(name := "laid_out")
    PostgresEventLog(url).close()
    engine = write_engine(url)
    prepare(engine)
    engine.dispose()
    return name


@pytest.fixture
def postgres_url(postmaster: Postmaster, laid_out: str) -> str:
    """A database of the test's own, with every table and no row."""
    _databases.append(name := f"t{len(_databases)}")
    return postmaster.new_database(name, like=laid_out)


_databases: list[str] = []  # names given out; they go with the server


@pytest.fixture(params=["sqlite", "postgres"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Whoever asks for this runs once on each engine."""
    return str(request.param)
