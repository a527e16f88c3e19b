"""`giaonhan station`: the station's own command line, reached through the project's."""

from scanner_station.__main__ import app

__all__ = ["app"]
