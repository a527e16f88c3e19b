"""The vault in PostgreSQL, so that every process of a house reads and writes the same one.

It is as closed to whoever reads the database as to whoever steals a file: the key is not in it.
"""

from collections.abc import Sequence
from typing import Any

from adapters.postgres import check_shape, make_once, pool, refusing
from adapters.vault.sql_vault import SHAPE, SqlVault, Write
from domain.ports.clock import Entropy

MOST_CONNECTIONS = 4
IN_FLIGHT_MINUTES = 10  # far longer than a request lives
_LAYING_OUT = 0x7661756C  # key of the advisory lock under which the tables are made, once
_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    opaque text COLLATE "C" PRIMARY KEY, kind text NOT NULL, owner text, settled integer NOT NULL,
    sealed bytea NOT NULL, put_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS record_unsettled ON record (opaque) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS token (
    token bytea NOT NULL, opaque text COLLATE "C" NOT NULL, PRIMARY KEY (token, opaque)
);
CREATE INDEX IF NOT EXISTS token_of_record ON token (opaque);
"""


class PostgresVault(SqlVault):
    """`Vault` in the database of a URL; `writer=False` opens it read-only."""

    LISTED = "SELECT json_array_elements_text(CAST(? AS json))"
    # What was put just now may be waiting for the save of another process that serves.
    LEFT = f"{SqlVault.LEFT} AND put_at < now() - interval '{IN_FLIGHT_MINUTES} minutes'"
    PUT_AGAIN = f"{SqlVault.PUT_AGAIN}, put_at = excluded.put_at"

    def __init__(self, url: str, *, key: bytes, entropy: Entropy, writer: bool = True) -> None:
        super().__init__(key=key, entropy=entropy)
        lay_out(url, writer=writer)
        self._pool = pool(url, most=MOST_CONNECTIONS, writer=writer)
        try:
            self._check_key(writer=writer)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the connections."""
        self._pool.close()

    def _write(self, *writes: Write) -> None:
        with refusing(), self._pool.connection() as connection, connection.cursor() as cursor:
            for statement, rows in writes:
                cursor.executemany(_marked(statement), rows)

    def _select(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        with refusing(), self._pool.connection() as connection:
            return connection.execute(_marked(statement), parameters).fetchall()


def lay_out(url: str, *, writer: bool = True) -> None:
    """The tables, once, whoever comes first; raises `MadeByNewer`, `StoreReadOnly`."""
    make_once(url, "token", _TABLES, what="vault", key=_LAYING_OUT, writer=writer)
    check_shape(url, "record", what="vault", known=SHAPE, writer=writer)


def _marked(statement: str) -> Any:
    """With the driver's own marks; the statements are ours and hold no others."""
    return statement.replace("?", "%s")
