"""Events as JSON bytes and back, by orjson; used by the event log's mapper."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from eventsourcing.persistence import Transcoder  # noqa: TID251 - this is the room for it

_TYPE, _DATA = "_type_", "_data_"


class OrjsonTranscoder(Transcoder):
    """What JSON has no form for is marked `{"_type_", "_data_"}`, at the top level of a state only.

    One level suffices because the fields of our events are JSON or one of the two marked types,
    and looking no deeper is what makes decoding fast.
    """

    def encode(self, obj: Any) -> bytes:
        """The state of an event as bytes; raises `TypeError` for a type without a form."""
        return orjson.dumps(obj, default=_mark, option=orjson.OPT_PASSTHROUGH_DATETIME)

    def decode(self, data: bytes) -> Any:
        """The state of an event from its bytes."""
        state = orjson.loads(data)
        for name, value in state.items():
            if type(value) is dict and len(value) == 2 and _TYPE in value:
                state[name] = _READERS[value[_TYPE]](value[_DATA])
        return state


def _mark(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {_TYPE: "bytes", _DATA: b2a_base64(value, newline=False).decode()}
    if isinstance(value, datetime):
        return {_TYPE: "datetime", _DATA: value.isoformat()}
    raise TypeError(f"{type(value).__name__} has no stored form")


_READERS: dict[str, Callable[[str], Any]] = {
    "bytes": a2b_base64,
    "datetime": datetime.fromisoformat,
}
