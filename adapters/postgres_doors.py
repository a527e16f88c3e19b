"""Who is kept out, for every process of a house alike: `Doors` in PostgreSQL; used by the house.

A person's request asks once, by key; only signing out and a failed attempt write.
"""

from collections.abc import Sequence
from typing import Any

from adapters.postgres import make_once, pool, refusing
from domain.model.instants import Micros

TABLES = ("ended_session", "failed_attempt")
MOST_CONNECTIONS = 2
_LAYING_OUT = 0x646F6F72  # key of the advisory lock under which the tables are made, once
_MAKE = """
CREATE TABLE IF NOT EXISTS ended_session (digest text PRIMARY KEY, until_us bigint NOT NULL);
CREATE TABLE IF NOT EXISTS failed_attempt (
    door text, minute bigint, address text, failures integer NOT NULL DEFAULT 1,
    PRIMARY KEY (door, minute, address)
);
"""
_FAILED = """
INSERT INTO failed_attempt (door, minute, address) VALUES (%s, %s, %s)
ON CONFLICT (door, minute, address) DO UPDATE SET failures = failed_attempt.failures + 1
"""
_FAILURES = """
SELECT coalesce(sum(failures) FILTER (WHERE address = %s), 0), count(*)
FROM failed_attempt WHERE door = %s AND minute = %s
"""


class PostgresDoors:
    """`Doors` in the database of a URL; `writer=False` where only questions are asked."""

    def __init__(self, url: str, *, writer: bool = True) -> None:
        newest = "public.failed_attempt"
        make_once(url, newest, _MAKE, what="doors", key=_LAYING_OUT, writer=writer)
        self._minute = 0
        self._pool = pool(url, most=MOST_CONNECTIONS, writer=writer, autocommit=True)

    def close(self) -> None:
        """Release the connections."""
        self._pool.close()

    def has_ended(self, digest: str) -> bool:
        """See `Doors`."""
        return bool(self._rows("SELECT 1 FROM ended_session WHERE digest = %s", [digest]))

    def end(self, digest: str, *, until_us: Micros, now_us: Micros) -> None:
        """See `Doors`."""
        self._do("DELETE FROM ended_session WHERE until_us <= %s", [now_us])
        self._do(
            "INSERT INTO ended_session VALUES (%s, %s) ON CONFLICT DO NOTHING", [digest, until_us]
        )

    def failures(self, door: str, address: str, *, minute: int) -> tuple[int, int]:
        """See `Doors`."""
        [(failures, addresses)] = self._rows(_FAILURES, [address, door, minute])
        return int(failures), int(addresses)

    def failed(self, door: str, address: str, *, minute: int) -> None:
        """See `Doors`."""
        if minute != self._minute:  # once a minute and process: what is over is swept out
            self._minute = minute
            self._do("DELETE FROM failed_attempt WHERE minute < %s", [minute])
        self._do(_FAILED, [door, minute, address])

    def _do(self, statement: str, values: Sequence[object]) -> None:
        with refusing(), self._pool.connection() as connection:
            connection.execute(statement.encode(), values)

    def _rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        with refusing(), self._pool.connection() as connection:
            return connection.execute(statement.encode(), values).fetchall()
