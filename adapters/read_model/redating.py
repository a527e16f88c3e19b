"""Dates all open dossiers anew when a calendar changes, a chunk at a time; driven by the house.

The job is a row of its own with the label it has come to, so it goes on after a crash and lets
scans in between its chunks. Dossiers that a scan touches meanwhile are dated by the refold, with
the same answer: both ask for the newest calendar of the log.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, select, text, update

from adapters.read_model.deadlines import CASE, LIFE, Dated, DueOf, dated
from adapters.read_model.engine import among, listed, upsert
from adapters.read_model.expressions import earlier
from adapters.read_model.tables import Tables
from domain.model.calendar import NationalCalendar
from domain.model.decision import Decision
from domain.model.instants import micros
from domain.model.office import Office, office_id

CHUNK = 4_000  # dossiers in one transaction: some 50 ms, which is as long as a scan then waits
EVERY_OFFICE = ""
CalendarEvent = Decision.Event
CALENDAR_EVENTS: tuple[type[CalendarEvent], ...] = (
    NationalCalendar.Published,
    Office.CalendarSet,
    Office.HoursSet,
    Office.SaturdaySet,
    Office.DayExcepted,
    Office.DayRestored,
)
_LAST = "~"  # after every label, which are digits
_LIFE = 1 + len(CASE)  # where these columns begin in a line
_DATED = _LIFE + len(LIFE)


@lru_cache(maxsize=4_096)
def _hex(office: str) -> str:
    return office_id(office).hex


class Redating:
    """The job on one set of tables."""

    def __init__(self, tables: Tables, due_of: DueOf) -> None:
        self._due_of = due_of
        job, board, case = tables.redating, tables.board, tables.dossier_case
        added = upsert(job)
        self._ask = added.on_conflict_do_update(
            index_elements=[job.c.office],
            set_={
                "after": "",
                "fault": None,
                "since_us": earlier(job.c.since_us, added.excluded.since_us),
            },
        )
        self._next_job = select(job).where(job.c.fault.is_(None)).order_by(job.c.office).limit(1)
        self._stop = update(job).values(fault=bindparam("why"))
        self._advance = (
            update(job).where(job.c.office == bindparam("of")).values(after=bindparam("come_to"))
        )
        self._done = delete(job).where(job.c.office == bindparam("of"))
        self._upto = (
            select(board.c.label)
            .where(board.c.label > bindparam("after"))
            .order_by(board.c.label)
            .limit(1)
            .offset(bindparam("chunk"))
        )
        # Plain statements, because a million lines pass through here and Core would look at each
        # value. Without a stamp the refold writes a line again the next time that it is touched.
        dates = ", ".join(f"{name} = :{name}" for name in Dated._fields)
        columns = [
            "b.label",
            *(f"c.{name}" for name in CASE),
            *(f"b.{name}" for name in (*LIFE, *Dated._fields)),
        ]
        self._lines = text(
            f"SELECT {', '.join(columns)}"  # noqa: S608 - names of ours
            f" FROM {board.name} b JOIN {case.name} c ON c.label = b.label"
            " WHERE b.label > :after AND b.label <= :upto"
            " AND (b.settled_us IS NULL OR b.settled_us >= :since_us)"
        )
        self._write = text(f"UPDATE {board.name} SET stamp = '', {dates} WHERE label = :of")  # noqa: S608 - as above
        self._write_version = (
            update(board)
            .where(among(board.c.label, "wanted"))
            .values(stamp="", calendar_version=bindparam("version"))
        )

    def ask(self, connection: Connection, events: Iterable[CalendarEvent]) -> None:
        """Put a change of calendar down; a job of the same office begins anew."""
        jobs = [
            {
                "office": EVERY_OFFICE
                if isinstance(event, NationalCalendar.Published)
                else event.originator_id.hex,
                "after": "",
                "since_us": micros(event.timestamp),
            }
            for event in events
        ]
        if jobs:
            connection.execute(self._ask, jobs)

    def step(self, engine: Engine, *, chunk: int = CHUNK) -> bool:
        """Date one chunk in one transaction; whether there is more to do."""
        with engine.begin() as connection:
            job = connection.execute(self._next_job).first()
            if job is None:
                return False
            here = {"after": job.after, "chunk": chunk - 1}
            upto = connection.execute(self._upto, here).scalar()
            span = {"after": job.after, "upto": upto or _LAST, "since_us": job.since_us}
            self._date(connection, connection.execute(self._lines, span).all(), job.office)
            if upto is None:
                connection.execute(self._done, {"of": job.office})
            else:
                connection.execute(self._advance, {"of": job.office, "come_to": upto})
            return upto is not None or connection.execute(self._next_job).first() is not None

    def _date(self, connection: Connection, lines: Sequence[Any], office: str) -> None:
        """Write the lines that change: whole where their due does, else their version alone."""
        changed: list[dict[str, Any]] = []
        versions: dict[str | None, list[str]] = defaultdict(list)
        for line in lines:
            case = line[1:_LIFE]
            if office and _hex(case[0]) != office:
                continue
            now = dated(case, line[_LIFE:_DATED], self._due_of)
            if now[:-1] != line[_DATED:-1]:
                changed.append(now._asdict() | {"of": line[0]})
            elif now[-1] != line[-1]:
                versions[now[-1]].append(line[0])
        if changed:
            connection.execute(self._write, changed)
        for version, labels in versions.items():
            told = {"version": version, "wanted": listed(labels)}
            connection.execute(self._write_version, told)

    def stop(self, engine: Engine, why: str) -> None:
        """Do no more until that calendar changes again, or `resume`."""
        with engine.begin() as connection:
            connection.execute(self._stop, {"why": why})

    def resume(self, engine: Engine) -> bool:
        """Try again what has stopped; whether there is anything to do."""
        with engine.begin() as connection:
            return connection.execute(self._stop, {"why": None}).rowcount > 0
