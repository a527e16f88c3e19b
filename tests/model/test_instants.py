"""What is accepted as an instant is read back from what it is written as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.errors import BadInstant
from domain.model.instants import iso, parse_instant


@pytest.mark.parametrize(
    "text",
    [
        "2999-12-31T20:00:00Z",  # in local time already the year 3000
        "1900-01-01T03:00:00+14:00",  # in local time still 1899
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-03-02T08:00:00",
        "2026-03-02\ud83008:00:00+07:00",
        "hôm nay",
        17,
    ],
)
def test_a_time_that_could_not_be_read_again_is_refused(text: object) -> None:
    with pytest.raises(BadInstant) as refused:
        parse_instant(text)
    str(refused.value).encode()  # and can be told in any encoding


@given(st.datetimes(), st.integers(-23, 23))
def test_an_accepted_instant_survives_being_written(moment: object, hours: int) -> None:
    text = f"{moment.isoformat()}{hours:+03d}:00"  # type: ignore[attr-defined]
    try:
        instant_us = parse_instant(text)
    except BadInstant:
        return
    assert parse_instant(iso(instant_us)) == instant_us
