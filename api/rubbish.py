"""How often a process that serves or measures looks for rubbish; used by both, to be alike."""

import gc

UNTIDY = 100_000  # objects made before it is looked for; the usual 700 cost a third of the time


def look_seldom() -> None:
    """From now on; modules and reference data are none, and are never looked through again."""
    gc.freeze()
    gc.set_threshold(UNTIDY, *gc.get_threshold()[1:])
