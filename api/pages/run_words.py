"""The words of courier runs, English and Vietnamese; part of `api.pages.words`."""

from domain.model.reasons import read_reason

RUN_DISCREPANCIES = {
    "RUN_MISSED": "Courier run missed",
    "RUN_LATE": "Courier run late",
    "RUN_PARTIAL": "Courier run left out a stop",
}

RUN_FACTS = {
    "RunDeparted": "Run departed",
    "StopReached": "Stop reached",
    "StopMissed": "Stop missed",
    "RunCompleted": "Run completed",
}

# Of a run and of one stop, at the moment of looking.
RUN_STATUSES = {
    "missed": "Not driven",
    "late": "Late, not departed yet",
    "under_way": "Under way",
    "planned": "Still to come",
    "completed": "Run completed",
    "cancelled": "Cancelled",
}
STOP_STATUSES = {
    "planned": "Still to come",
    "late": "Late, not there yet",
    "reached": "Reached",
    "missed": "Missed",
    "cancelled": "Cancelled",
}

# Why a run is cancelled or restored, as the page offers it.
CANCEL_REASONS = {
    "bad_weather": "Storm or flood",
    "road_blocked": "The road is blocked",
    "vehicle_failed": "The vehicle broke down",
    "no_courier": "No courier is available",
    "nothing_to_carry": "Nothing to carry",
    "decided_otherwise": "Decided otherwise",
}


def reason_word(code: str, language: str) -> str:
    """A reason in words; one that a centre writes itself is shown as it is."""
    if code in CANCEL_REASONS:
        english = CANCEL_REASONS[code]
        return RUNS[english] if language == "vi" else english
    known = read_reason(code)[0]
    if known is None:
        return code
    return known.vi if language == "vi" else known.en


RUNS = {
    # discrepancies and facts
    "Courier run missed": "Chuyến thư không chạy",
    "Courier run late": "Chuyến thư trễ giờ",
    "Courier run left out a stop": "Chuyến thư bỏ điểm dừng",
    "Run departed": "Chuyến thư khởi hành",
    "Stop reached": "Đến điểm dừng",
    "Stop missed": "Bỏ điểm dừng",
    "Run completed": "Đã kết thúc chuyến",
    # classes
    "Not driven": "Không chạy",
    "Late, not departed yet": "Trễ, chưa khởi hành",
    "Under way": "Đang chạy",
    "Still to come": "Chưa đến giờ",
    "Cancelled": "Đã hủy",
    "Late, not there yet": "Trễ, chưa đến",
    "Reached": "Đã đến",
    "Missed": "Không đến",
    # reasons
    "Storm or flood": "Mưa bão, ngập",
    "The road is blocked": "Đường tắc, không đi được",
    "The vehicle broke down": "Xe hỏng",
    "No courier is available": "Không có bưu tá",
    "Nothing to carry": "Không có hồ sơ giao nhận",
    "Decided otherwise": "Quyết định khác",
    # the page
    "Courier runs": "Chuyến thư",
    "Day": "Ngày",
    "Previous day": "Ngày trước",
    "Next day": "Ngày sau",
    "Today": "Hôm nay",
    "Run": "Chuyến",
    "Stop": "Điểm dừng",
    "Planned": "Theo lịch",
    "Actual": "Thực tế",
    "hand in by": "chốt",
    "late by": "trễ",
    "minutes": "phút",
    "Courier swapped on the way": "Đổi bưu tá giữa chuyến",
    "nobody has scanned yet": "chưa có lượt quét",
    "not on the timetable": "ngoài lịch chạy",
    "other times than usual": "đổi giờ chạy",
    "extra run": "chuyến tăng cường",
    "ended at": "kết thúc lúc",
    "Card": "Thẻ chuyến",
    "Cancel this run": "Hủy chuyến này",
    "Drive it after all": "Cho chạy lại",
    "Why": "Lý do",
    "No run is planned on this day.": "Ngày này không có chuyến thư nào.",
    "No timetable has been published yet.": "Chưa công bố lịch chạy thư.",
}
