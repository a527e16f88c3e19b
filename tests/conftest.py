"""The databases of the tests that run on both engines: one PostgreSQL for the whole session."""

import shutil
from collections.abc import Iterator

import pytest

from adapters.postmaster import NoPostgres, Postmaster, temporary_directory


@pytest.fixture(scope="session")
def postmaster() -> Iterator[Postmaster]:
    """A server of our own; skips where the wheel has no build."""
    directory = temporary_directory()
    try:
        with Postmaster(directory) as running:
            yield running
    except NoPostgres as absent:
        pytest.skip(str(absent))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Whoever asks for this runs once on each engine."""
    return str(request.param)


@pytest.fixture
def postgres_url(postmaster: Postmaster) -> str:
    """An empty database of the test's own."""
    _databases.append(name := f"t{len(_databases)}")
    return postmaster.new_database(name)


_databases: list[str] = []  # names given out; they go with the server
