"""The shipped national calendar, read once; used wherever a deadline is computed."""

import csv
import hashlib
from functools import cache
from importlib import resources

from domain.model.office_hours import parse_day
from domain.model.working_time import NationalTable, TableRow

_FILE = "vn-public-sector-calendar.csv"


@cache
def national_table() -> NationalTable:
    """The public-sector days off and worked Saturdays, each with its authority."""
    content = resources.files(__package__).joinpath(_FILE).read_bytes()
    return read_table(content)


def read_table(content: bytes) -> NationalTable:
    """A table from CSV (utf-8; columns date, kind, reason, source), versioned by its own hash.

    Raises `BadCalendar` or `BadDate` for a table that contradicts itself.
    """
    version = hashlib.sha256(content).hexdigest()[:12]
    lines = csv.DictReader(content.decode("utf-8").splitlines())
    rows = [
        TableRow(parse_day(line["date"]), line["kind"], line["reason"], line["source"])
        for line in lines
    ]
    return NationalTable(version, rows)
