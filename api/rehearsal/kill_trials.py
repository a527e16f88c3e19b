"""All trials by kills one after another, each in a folder of its own; for `bench`."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - trials from a fixed seed
from tempfile import TemporaryDirectory

from adapters.postmaster import NoPostgres, Postmaster, temporary_directory
from api.rehearsal.engines import EngineName, rehearsing_on
from api.rehearsal.server_kills import kill_rebuilding, kill_serving
from api.rehearsal.tally import Tally

_COMPARED_EACH = 10  # kills


def trials(*, kills: int, postgres: int, seed: int) -> Iterator[tuple[str, Callable[[], Tally]]]:
    """What is tried, to be run before the next is asked for; on PostgreSQL where there is one."""
    chance = Random(seed)
    with rehearsing_on(EngineName.SQLITE), TemporaryDirectory() as where:
        folder = Path(where)
        yield (
            "SQLite, serve",
            lambda: kill_serving(folder / "serve", kills, chance, each=_COMPARED_EACH),
        )
        yield "SQLite, rebuild", lambda: kill_rebuilding(folder / "build", postgres, chance)
        directory = temporary_directory()
        try:
            from api.rehearsal.postgres_kills import PostgresKills

            with Postmaster(directory) as running:
                killed = PostgresKills(running, folder, chance)
                yield (
                    "PostgreSQL, serve",
                    lambda: killed.under_server(postgres, each=_COMPARED_EACH),
                )
                yield "PostgreSQL, rebuild", lambda: killed.under_rebuild(postgres)
                yield "SQLite → PostgreSQL, move", lambda: killed.under_move(postgres)
        except (ImportError, NoPostgres):
            return
        finally:
            shutil.rmtree(directory, ignore_errors=True)
