"""The command line `giaonhan`: one word, one module, imported only when that word is used.

Imports are most of a short command's time, so the table below is all that `--help` needs.
"""

import sys
from importlib import import_module

# word → (module with a Typer `app`, what it does)
COMMANDS = {
    "demo": ("demo", "play a service centre's day on real images, then serve its pages"),
    "init": ("init", "make a data directory: keys, empty log, first administrator"),
    "grant": ("grant", "PostgreSQL: let a role serve that cannot alter events"),
    "serve": ("serve", "run the server on a data directory"),
    "invite": ("invite", "one-time code that enrols a scanning station"),
    "import": ("import_", "take in a station's journal from a file"),
    "station": ("station", "enrol and run a scanning station"),
    "trace": ("trace", "who held a dossier, from when to when, on what evidence"),
    "responsibility": ("responsibility", "whose minutes a dossier's were, and who made it late"),
    "fold": ("fold", "compute custody from a file of facts; no server, no database"),
    "report": ("report", "a period's report; discrepancies by code and age"),
    "work": ("work", "every open dossier by risk, the most urgent first"),
    "discrepancies": ("discrepancies", "what does not agree now, by code and age"),
    "devices": ("devices", "scanning stations: last heard, clock, flags"),
    "due": ("due", "compute a deadline and explain it day by day"),
    "calendar": ("calendar", "days off and working hours: show, import, export"),
    "office": ("office", "offices, their validity and successors: list, add, succeed"),
    "person": ("person", "people, badges and PINs: list, add, set a PIN, dismiss"),
    "timetable": ("timetable", "courier runs: show, publish from CSV, export, print their cards"),
    "procedures": ("procedures", "list, show, import and export the catalogue of procedures"),
    "census": ("census", "what lay at a place against what was scanned there"),
    "appointments": ("appointments", "printed dates of return that are no longer the due date"),
    "label": ("label", "print labels, sheets and pouch tags as PDF"),
    "decode": ("decode", "read labels from pictures"),
    "simulate": ("simulate", "play centres from seeds, with faults, and check the laws"),
    "fill": ("fill", "a house with a centre's year in it, to measure with"),
    "golden": ("golden", "published figures of five centres, recomputed from logs"),
    "backup": ("backup", "copy all data and the sealed keys while the server serves"),
    "restore": ("restore", "make a data directory from a backup, on another machine too"),
    "move": ("move", "bring a house from its files into a PostgreSQL"),
    "rebuild": ("rebuild", "build the read model anew from the events"),
    "verify": ("verify", "hold what is derived against the events: read-model"),
    "bench": ("bench", "measure this machine; trials by kills and by many clients"),
    "doctor": ("doctor", "check this machine and a data directory"),
}


def main() -> None:
    """Run the command named by the first word; print the table without one."""
    from api.cli.program import name_in_help, program  # which reads the table above

    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_usage())
        return
    if words[0] not in COMMANDS:
        sys.stderr.write(f"giaonhan: no command {words[0][:40]!r}.\n\n{_usage()}")
        sys.exit(2)
    module, _ = COMMANDS[words[0]]
    app = import_module(f"api.cli.{module}").app
    name_in_help(app)
    app(args=words[1:], prog_name=f"{program()} {words[0]}")


def _usage() -> str:
    from api.cli.program import as_typed

    lines = (f"  {word:<16}{purpose}\n" for word, (_, purpose) in COMMANDS.items())
    return as_typed(
        "giaonhan: where every paper dossier is, since when, until when, and on what evidence.\n\n"
        "usage: giaonhan COMMAND [--help] …\n\n" + "".join(lines) + "\nStart with: giaonhan demo\n"
    )
