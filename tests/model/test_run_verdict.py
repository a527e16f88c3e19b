"""What a courier hears after scanning a run's card: in time or late, and where to next."""

from collections.abc import Callable

import pytest

from domain.model.fact import Fact
from domain.model.office_hours import parse_day
from domain.model.planned_runs import Route, Stop, Trip, Version, planned_runs
from domain.model.run_verdict import run_verdict
from domain.model.runs import follow_runs
from domain.model.station_time import settle
from domain.model.verdict import Verdict
from domain.model.working_time import Calendar, NationalTable

MONDAY = parse_day("2026-03-02")
CARD = f"7{1:015d}"
STOPS = tuple(
    Stop(office, hour * 60, hour * 60) for office, hour in zip("ABCA", range(8, 12), strict=True)
)
ROUTE = Route("T", "A", (Version(MONDAY, (Trip("1", CARD, None, STOPS),)),))
CALENDAR = Calendar(NationalTable("t", []), hours=[["07:30", "17:00"]], saturday="none")

Stated = Callable[[str], list[Fact]]


@pytest.fixture
def heard(stated: Stated) -> Callable[[str], Verdict]:
    """The verdict on the last scan of a story."""

    def last(story: str) -> Verdict:
        facts = stated(story)
        planned = planned_runs(ROUTE, CALENDAR, MONDAY, MONDAY + 6)
        states = follow_runs(planned, settle(facts).timed, cards={CARD: ("T", "1")})
        day = MONDAY + 5 * ("+5d" in story)
        of_day = [one for one in states if (one.label, one.day) == (facts[-1].subject, day)]
        state = next(iter(of_day), None)
        return run_verdict(state, facts[-1], name_of=lambda code: (f"Sở {code}", f"Dept {code}"))

    return last


@pytest.mark.parametrize(
    ("story", "code", "vi", "next_vi"),
    [
        ("RunDeparted c1 08:00 R1", "OK", "Chuyến T/1: khởi hành.", "Điểm tiếp theo: Sở B 09:00."),
        (
            "RunDeparted c1 08:07 R1",
            "OK",
            "Chuyến T/1: khởi hành, trễ 7 phút.",
            "Điểm tiếp theo: Sở B 09:00.",
        ),
        (
            "RunDeparted c1 08:00 R1; StopReached c1 10:04 R1 place=C",
            "OK",
            "Chuyến T/1: Sở C, trễ 4 phút.",
            "Điểm tiếp theo: Sở A 11:00.",
        ),
        (
            "RunDeparted c1 08:00 R1; StopReached c1 11:00 R1 place=A",
            "OK",
            "Chuyến T/1: Sở A.",
            "Quét thẻ Kết thúc chuyến thư khi về.",
        ),
        (
            "StopMissed c1 08:50 R1 place=B reason=road_blocked",
            "OK",
            "Chuyến T/1: bỏ điểm dừng.",
            "Điểm tiếp theo: Sở C 10:00.",
        ),
        (
            "RunDeparted c1 08:00 R1; StopReached c1 08:30 R1 place=X",
            "STOP_UNPLANNED",
            "Sở X không phải điểm dừng của chuyến T/1.",
            "Đã ghi; xem lại thẻ chuyến và nhãn nơi dừng.",
        ),
        (
            "StopReached c1 09:00 R1 place=B; StopReached c1 09:05 R1 place=B",
            "ALREADY_SCANNED",
            "Điểm dừng này đã ghi lúc 09:00.",
            "Giờ đầu tiên được tính.",
        ),
        ("StopReached c1 09:00 R1", "OK", "Đã ghi.", "Quét tiếp."),
        (
            "RunDeparted c1 08:00 R1; RunCompleted c1 09:00 R1",
            "RUN_PARTIAL",
            "Chuyến T/1 kết thúc, còn 2 điểm chưa đến.",
            "Quét thẻ Bỏ điểm dừng kèm lý do cho từng điểm.",
        ),
        (
            """RunDeparted c1 08:00 R1; StopReached c1 09:00 R1 place=B
            StopMissed c1 09:50 R1 place=C reason=road_blocked; RunCompleted c1 11:00 R1""",
            "OK",
            "Chuyến T/1: kết thúc.",
            "Đã xong chuyến này.",
        ),
        (
            "RunDeparted c1 +5d08:00 R1",
            "RUN_UNPLANNED",
            "Chuyến T/1 không có trong lịch ngày này.",
            "Đã ghi; xem lại thẻ chuyến.",
        ),
        (
            "RunDeparted c1 08:00 R9",
            "UNKNOWN",
            "Thẻ chuyến này không thuộc lịch chạy nào.",
            "Đã ghi; báo lãnh đạo trung tâm.",
        ),
        (
            "RunDeparted c1 08:00 R1; Undone c1 08:00:10 R1 target=c1#1",
            "OK",
            "Đã ghi.",
            "Quét tiếp.",
        ),
    ],
)
def test_the_courier_hears_how_the_run_stands_and_where_to_go(
    heard: Callable[[str], Verdict], story: str, code: str, vi: str, next_vi: str
) -> None:
    said = heard(story)
    assert (said.code, said.vi, said.next_vi) == (code, vi, next_vi)
    assert (said.severity == "good") == (code == "OK")
    assert said.en
    assert said.next_en
    assert "{" not in said.en + said.next_en
