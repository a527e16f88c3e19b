"""What to tell a courier who has just scanned a run's card: in time or late, and where to next.

Asked by the use case that judges scans, beside `verdict.py`, which tells of paper.
"""

from collections.abc import Callable
from typing import NamedTuple

from domain.model.fact import RUN_FACTS, Fact
from domain.model.instants import MINUTE_US, Micros, local
from domain.model.runs import RunState, StopState
from domain.model.verdict import Verdict
from domain.model.verdict_words import SAYINGS, Saying, Severity

NameOf = Callable[[str], tuple[str, str]]  # an office's name in Vietnamese and English


class _Next(NamedTuple):
    """What to do next, Vietnamese and English."""

    vi: str
    en: str


_GO_ON = _Next("Quét thẻ Kết thúc chuyến thư khi về.", "Scan the card Run completed at the end.")
_DONE = _Next("Đã xong chuyến này.", "This run is done.")
_SAYINGS = {
    "UNKNOWN.run": Saying(
        Severity.ASK,
        "Thẻ chuyến này không thuộc lịch chạy nào.",
        "This card belongs to no timetable.",
        "Đã ghi; báo lãnh đạo trung tâm.",
        "It is recorded; tell a supervisor.",
    ),
    "RUN_UNPLANNED": Saying(
        Severity.ASK,
        "Chuyến {run} không có trong lịch ngày này.",
        "Run {run} is not on this day's timetable.",
        "Đã ghi; xem lại thẻ chuyến.",
        "It is recorded; look at the card again.",
    ),
    "STOP_UNPLANNED": Saying(
        Severity.ASK,
        "{office} không phải điểm dừng của chuyến {run}.",
        "{office} is no stop of run {run}.",
        "Đã ghi; xem lại thẻ chuyến và nhãn nơi dừng.",
        "It is recorded; look at card and place again.",
    ),
    "ALREADY_SCANNED": Saying(
        Severity.ASK,
        "Điểm dừng này đã ghi lúc {when}.",
        "This stop was recorded at {when} already.",
        "Giờ đầu tiên được tính.",
        "The first time counts.",
    ),
    "RUN_PARTIAL": Saying(
        Severity.ASK,
        "Chuyến {run} kết thúc, còn {many} điểm chưa đến.",
        "Run {run} ends with {many} stops not reached.",
        "Quét thẻ Bỏ điểm dừng kèm lý do cho từng điểm.",
        "Scan the card Stop missed with the reason of each.",
    ),
}


def run_verdict(state: RunState | None, fact: Fact, *, name_of: NameOf) -> Verdict:
    """The answer to a scan of a run's card; `state` is that run, None where nobody knows the card.

    fact: a run fact, or one that amends one.
    """
    if fact.fact not in RUN_FACTS:
        return _plain()
    if state is None:
        return _said("UNKNOWN.run")
    run = f"{state.route}/{state.slot}"
    if state.planned is None:
        return _said("RUN_UNPLANNED", run=run)
    return _SAID_OF[fact.fact](state, fact, run, name_of)


def _departed(state: RunState, fact: Fact, run: str, name_of: NameOf) -> Verdict:
    first = state.stops[0]
    vi, en = _late(first) if first.reached_key == fact.key else ("", "")
    return _good(run, f"khởi hành{vi}", f"departed{en}", _next(state, 0, name_of))


def _missed(state: RunState, fact: Fact, run: str, name_of: NameOf) -> Verdict:
    following = _next(state, _stop_at(state, fact), name_of)
    return _good(run, "bỏ điểm dừng", "stop missed", following)


def _completed(state: RunState, _fact: Fact, run: str, _name_of: NameOf) -> Verdict:
    left = [stop for stop in state.stops if stop.reached_us is None and stop.reason is None]
    if left:
        return _said("RUN_PARTIAL", run=run, many=len(left))
    return _good(run, "kết thúc", "completed", _DONE)


def _reached(state: RunState, fact: Fact, run: str, name_of: NameOf) -> Verdict:
    for place, stop in enumerate(state.stops):
        if stop.reached_key == fact.key:
            vi, en = name_of(stop.office)
            late = _late(stop)
            return _good(run, f"{vi}{late[0]}", f"{en}{late[1]}", _next(state, place, name_of))
    if any(stop.reached_key == fact.key for stop in state.elsewhere):
        vi, en = name_of(next(s.office for s in state.elsewhere if s.reached_key == fact.key))
        return _said("STOP_UNPLANNED", run=run, office=vi, office_en=en)
    here = _stop_at(state, fact)
    earlier = None if here is None else state.stops[here].reached_us
    return _plain() if earlier is None else _said("ALREADY_SCANNED", when=_clock(earlier))


_SAID_OF: dict[str, Callable[[RunState, Fact, str, NameOf], Verdict]] = {
    "RunDeparted": _departed,
    "StopReached": _reached,
    "StopMissed": _missed,
    "RunCompleted": _completed,
}


def _stop_at(state: RunState, fact: Fact) -> int | None:
    """The first planned stop at the office that the scan names."""
    office = fact.context.get("place", fact.office)
    return next((n for n, stop in enumerate(state.stops) if stop.office == office), None)


def _late(stop: StopState) -> tuple[str, str]:
    """By how many minutes, where it is one or more."""
    minutes = stop.late_us // MINUTE_US
    return (f", trễ {minutes} phút", f", {minutes} minutes late") if minutes else ("", "")


def _next(state: RunState, place: int | None, name_of: NameOf) -> _Next:
    """The stop after this one, with its time."""
    following = () if place is None else state.stops[place + 1 :]
    stop = next((each for each in following if each.planned_us is not None), None)
    if stop is None or stop.planned_us is None:
        return _GO_ON
    vi, en = name_of(stop.office)
    when = _clock(stop.planned_us)
    return _Next(f"Điểm tiếp theo: {vi} {when}.", f"Next stop: {en} {when}.")


def _good(run: str, vi: str, en: str, following: _Next) -> Verdict:
    told = f"Chuyến {run}: {vi}.", f"Run {run}: {en}."
    return Verdict("OK", Severity.GOOD, *told, following.vi, following.en)


def _plain() -> Verdict:
    saying = SAYINGS["OK"]
    return Verdict("OK", saying.severity, saying.vi, saying.en, saying.next_vi, saying.next_en)


def _said(name: str, **values: object) -> Verdict:
    saying, office_en = _SAYINGS[name], values.pop("office_en", "")
    in_en = values | {"office": office_en}
    return Verdict(
        name.partition(".")[0],
        saying.severity,
        saying.vi.format_map(values),
        saying.en.format_map(in_en),
        saying.next_vi,
        saying.next_en,
    )


def _clock(instant_us: Micros) -> str:
    return local(instant_us).strftime("%H:%M")
