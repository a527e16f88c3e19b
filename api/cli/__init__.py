"""The command line `giaonhan`: one word, one module, imported only when that word is used.

Imports are most of a short command's time, so the table below is all that `--help` needs.
"""

import sys
from importlib import import_module

# word → (module with a Typer `app`, what it does)
COMMANDS = {
    "demo": ("demo", "play a service centre's day on real images, then serve its pages"),
    "init": ("init", "make a data directory: keys, empty log, first administrator"),
    "serve": ("serve", "run the server on a data directory"),
    "invite": ("invite", "one-time code that enrols a scanning station"),
    "station": ("station", "enrol and run a scanning station"),
    "trace": ("trace", "who held a dossier, from when to when, on what evidence"),
    "fold": ("fold", "compute custody from a file of facts; no server, no database"),
    "due": ("due", "compute a deadline and explain it day by day"),
    "calendar": ("calendar", "days off and working hours: show, import, export"),
    "procedures": ("procedures", "list, show, import and export the catalogue of procedures"),
    "label": ("label", "print labels, sheets and pouch tags as PDF"),
    "decode": ("decode", "read labels from pictures"),
    "simulate": ("simulate", "play centres from seeds, with faults, and check the laws"),
    "rebuild": ("rebuild", "build the read model anew from the events"),
    "doctor": ("doctor", "check this machine and a data directory"),
}


def main() -> None:
    """Run the command named by the first word; print the table without one."""
    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_usage())
        return
    if words[0] not in COMMANDS:
        sys.stderr.write(f"giaonhan: no command {words[0][:40]!r}.\n\n{_usage()}")
        sys.exit(2)
    module, _ = COMMANDS[words[0]]
    import_module(f"api.cli.{module}").app(args=words[1:], prog_name=f"giaonhan {words[0]}")


def _usage() -> str:
    lines = (f"  {word:<11}{purpose}\n" for word, (_, purpose) in COMMANDS.items())
    return (
        "giaonhan: where every paper dossier is, since when, until when, and on what evidence.\n\n"
        "usage: giaonhan COMMAND [--help] …      (or: python3 run.py COMMAND …)\n\n"
        + "".join(lines)
        + "\nStart with: giaonhan demo\n"
    )
