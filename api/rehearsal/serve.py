"""The server of a rehearsal as a process: `python -m api.rehearsal.serve DATA CLOCK`."""

import json
import logging
import sys
from pathlib import Path

from api.cli.ports import listen
from api.cli.serve import run
from api.composition import open_house
from api.logs import log_to_stderr
from api.rehearsal.clock import ScriptedClock


def main() -> None:
    """Serve a demo directory on a free port of 127.0.0.1; says `{"port": n}` when it listens."""
    data, clock = map(Path, sys.argv[1:])
    log_to_stderr(logging.WARNING)
    house = open_house(data, clock=ScriptedClock(clock))
    try:
        with listen("127.0.0.1", 0) as bound:
            bound.listen()  # from here on a connection waits instead of being refused
            sys.stdout.write(json.dumps({"port": bound.getsockname()[1]}) + "\n")
            sys.stdout.flush()
            run(house, bound)
    finally:
        house.close()


if __name__ == "__main__":
    main()
