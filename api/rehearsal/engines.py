"""The database of a rehearsal: files beside its keys, or a PostgreSQL of its own.

Whatever real database the environment names is put out of sight, for us and all that we start.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import count

from adapters.postmaster import Postmaster, temporary_directory
from api.databases import DATABASE_URL


class EngineName(StrEnum):
    """What keeps a house's events."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@contextmanager
def rehearsing_on(engine: EngineName) -> Iterator[None]:
    """Houses that are made meanwhile stand on that engine; raises `NoPostgres`."""
    real = os.environ.pop(DATABASE_URL, None)
    try:
        if engine is EngineName.SQLITE:
            yield
        else:
            with _postgres():
                yield
    finally:
        os.environ.pop(DATABASE_URL, None)
        if real is not None:
            os.environ[DATABASE_URL] = real


@contextmanager
def fresh_database() -> Iterator[None]:
    """A house that is made meanwhile has a database of its own, where databases are rehearsed on.

    Dropped afterwards. Files are in the house's own directory anyway.
    """
    url = os.environ.get(DATABASE_URL)
    if not url:
        yield
        return
    import psycopg
    from psycopg.conninfo import make_conninfo

    name = f"run_{os.getpid()}_{next(_runs)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        os.environ[DATABASE_URL] = make_conninfo(url, dbname=name)
        try:
            yield
        finally:
            os.environ[DATABASE_URL] = url
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


_runs = count(1)  # of this process


@contextmanager
def _postgres() -> Iterator[None]:
    directory = temporary_directory()
    try:
        with Postmaster(directory) as running:
            os.environ[DATABASE_URL] = running.new_database("giaonhan")
            yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)
