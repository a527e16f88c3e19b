"""Every calendar that was ever in use, built again from the events behind it.

Used wherever a deadline is promised, computed or explained. A calendar's version is
`OFFICE.N.TABLE`: the N-th calendar of that office, on that version of the national table.
"""

from collections.abc import Callable, Mapping
from threading import Lock

from domain.model.calendar import NATIONAL, NationalCalendar, TableVersion, in_use_at
from domain.model.instants import Micros
from domain.model.office import Office
from domain.model.working_time import Calendar, NationalTable, calendar_from_json
from domain.ports.stores import EventLog, first


class Calendars:
    """Reads from any thread; what it answers for a version never changes."""

    def __init__(
        self,
        *,
        log: EventLog,
        offices: Callable[[], Mapping[str, Office]],
        shipped: NationalTable,
    ) -> None:
        """`shipped` is the table as long as none is recorded."""
        self._log = log
        self._offices = offices
        self._shipped = TableVersion(shipped.version, 0, ())
        self._tables = {shipped.version: shipped}
        self._calendars: dict[tuple[str, int, str], tuple[Calendar, str]] = {}
        # Offices that keep the same hours share one: whoever compares two need not count twice.
        self._alike: dict[str, Calendar] = {}
        self._national: list[TableVersion] | None = None
        self._reading = Lock()  # a reader must not put back what a writer has just outdated

    def of(self, office: Office) -> tuple[Calendar, str]:
        """The calendar in use, and its version."""
        return self._built(office, len(office.calendars), self._versions()[-1])

    def at(self, office_code: str, instant_us: Micros | None) -> tuple[Calendar, str] | None:
        """The calendar in use by an instant, None for now; None for an unknown office.

        "In use" is by the instants at which calendars were published, so the answer depends on
        nothing but the events.
        """
        office = self._offices().get(office_code)
        if office is None:
            return None
        if instant_us is None:
            return self.of(office)
        versions = self._versions()
        table = versions[in_use_at([each.since_us for each in versions], instant_us)]
        return self._built(office, in_use_at(office.since_us, instant_us) + 1, table)

    def version(self, version: str) -> Calendar | None:
        """The calendar of a stored version, None for one that nobody ever set."""
        code, _, rest = version.rpartition(".")[0].rpartition(".")
        office = self._offices().get(code)
        table = next((v for v in self._versions() if v.version == version.rpartition(".")[2]), None)
        if office is None or table is None or not rest.isdecimal():
            return None
        number = int(rest)
        if not 0 < number <= len(office.calendars):
            return None
        return self._built(office, number, table)[0]

    def table(self) -> NationalTable:
        """The national table in use."""
        return self._table(self._versions()[-1])

    def tables(self) -> list[TableVersion]:
        """All versions of the national table, oldest first."""
        return list(self._versions())

    def forget_newest(self) -> None:
        """A table was published: look again which is the newest."""
        with self._reading:
            self._national = None

    def _versions(self) -> list[TableVersion]:
        known = self._national
        if known is None:
            with self._reading:
                recorded = first(self._log.load(NationalCalendar, [NATIONAL]))
                known = [self._shipped] if recorded is None else recorded.versions
                self._national = known
        return known

    def _built(self, office: Office, number: int, table: TableVersion) -> tuple[Calendar, str]:
        key = office.code, number, table.version
        found = self._calendars.get(key)
        if found is None:
            calendar = calendar_from_json(self._table(table), office.calendars[number - 1])
            calendar = self._alike.setdefault(calendar.version, calendar)
            found = self._calendars[key] = calendar, f"{office.code}.{number}.{table.version}"
        return found

    def _table(self, wanted: TableVersion) -> NationalTable:
        """Built once: its arrays cost a megabyte and some milliseconds."""
        if wanted.version not in self._tables:
            self._tables[wanted.version] = wanted.table()
        return self._tables[wanted.version]
