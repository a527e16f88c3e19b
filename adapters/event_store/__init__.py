"""The event log on SQLite: the only room that knows the library's recorders."""
