"""`Work` on the tables of the read model: every open dossier, for the work list by risk."""

from collections.abc import Hashable
from functools import cache

from sqlalchemy import Connection, Engine, select

from adapters.read_model.courses import NOWHERE_ELSE, read
from adapters.read_model.deadlines import NO_WAITS, read_waits
from adapters.read_model.tables import LIVE, Tables
from domain.model.course import Course, Present
from domain.ports.views import RUNNING
from domain.ports.work import OpenDossier

_OF_THE_BOARD = (
    "label official_code procedure procedure_version office holder basis since_us due_us"
    " overdue_from_us calendar_version waits"
).split()
_OF_THE_COURSE = "party waiting start been begun stays elsewhere".split()


class WorkQueries:
    """`Work` over one engine of read-only connections."""

    def __init__(self, engine: Engine, tables: Tables = LIVE) -> None:
        self._engine = engine
        board, course = tables.board.c, tables.course
        self._open = (
            select(
                *(board[name] for name in _OF_THE_BOARD),
                *(course.c[name] for name in _OF_THE_COURSE),
            )
            .select_from(course)
            .join(tables.board, board.label == course.c.label)
            .where(board.status.in_(RUNNING), board.finished_us.is_(None))
        )
        progress, redating = tables.progress.c, tables.redating.c
        self._position = select(progress.generation, progress.pos)
        self._redating = select(redating.office, redating.after).order_by(redating.office)

    def stamp(self) -> Hashable:
        """See `Work`."""
        with self._engine.begin() as connection:
            return self._stamp(connection)

    def open_dossiers(self) -> tuple[Hashable, list[OpenDossier]]:
        """See `Work`. As few values as can be for each: there are thousands."""
        parties = cache(lambda been: tuple(been.split()))
        with self._engine.begin() as connection:
            found = [
                OpenDossier._make(
                    (
                        *row[:11],
                        () if row[11] == NO_WAITS else read_waits(row[11]),
                        Present(
                            row[12],
                            row[13],
                            row[14],
                            parties(row[15]),
                            row[18] != NOWHERE_ELSE,
                            row[16],
                        ),
                        row[17:],
                    )
                )
                for row in connection.execute(self._open)
            ]
            return self._stamp(connection), found

    def course(self, one: OpenDossier) -> Course:
        """See `Work`."""
        return read(*one.told)

    def _stamp(self, connection: Connection) -> Hashable:
        """The position in the log, and how far a re-dating has come, which no event tells."""
        told = [*connection.execute(self._position), *connection.execute(self._redating)]
        return tuple(map(tuple, told))
