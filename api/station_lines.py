"""The commands a technician types at a new station; shown by the page and by `invite`."""

from domain.use_cases.enrol_station import Invitation


def station_lines(invitation: Invitation, *, server: str) -> tuple[str, str]:
    """How to enrol the device, and how to run it then; `server` is the address as devices see it.

    Codes have no spaces or quotes by their grammar, so the lines can be copied as they are.
    """
    folder = f"station-{invitation.station.replace('/', '-')}"
    where, code = server.rstrip("/"), invitation.code
    return (
        f"python3 run.py station enrol --server {where} --code {code} --dir {folder}",
        f"python3 run.py station run --dir {folder} --desk",
    )
