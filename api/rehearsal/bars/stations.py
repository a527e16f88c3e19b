"""Many stations sending at once, as a process: `python -m api.rehearsal.bars.stations PORT FILE`.

The file holds for each station its requests (base64), made and signed beforehand, so that clients
take as little as they can of the cores that they share with the server. A station sends its next
request when the last is answered. Says one JSON object: seconds on the clock and on the processor,
and the milliseconds of each request.
"""

import asyncio
import base64
import json
import sys
from pathlib import Path
from time import perf_counter, process_time

RECORDED = b'"recorded"'
_LENGTH = b"content-length: "


async def _station(port: int, requests: list[bytes], scans: int) -> list[float]:
    """Ms of each request; raises `RuntimeError` unless all its scans are answered as recorded."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    for each in requests:
        started = perf_counter()
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(_LENGTH)[2].partition(b"\r")[0])
        body = await reader.readexactly(length)
        taken.append((perf_counter() - started) * 1000)
        if body.count(RECORDED) != scans:
            raise RuntimeError((head + body)[:1000])
    writer.close()
    return taken


async def _all(port: int, stations: list[list[bytes]], scans: int) -> list[float]:
    sending = (_station(port, requests, scans) for requests in stations)
    return [ms for taken in await asyncio.gather(*sending) for ms in taken]


def main() -> None:
    """Send everything."""
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    given = json.loads(file.read_bytes())
    stations = [[base64.b64decode(each) for each in requests] for requests in given["stations"]]
    started, cpu_started = perf_counter(), process_time()
    taken_ms = asyncio.run(_all(port, stations, given["scans"]))
    told = {
        "wall_s": perf_counter() - started,
        "cpu_s": process_time() - cpu_started,
        "ms": taken_ms,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
