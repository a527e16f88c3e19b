"""How refusals about timetables and courier runs are told; part of `api.errors`."""

from api.told import Told

RUN_REFUSALS: dict[str, Told] = {
    "BAD_TIMETABLE": Told(
        400,
        "Lịch chạy thư sai ở mục “{field}” ({why}).",
        "The timetable is wrong at “{field}” ({why}).",
    ),
    "STOPS_OUT_OF_ORDER": Told(
        400,
        "Chuyến {slot}: điểm dừng {office} lúc {at} không sau điểm dừng trước. Hãy ghi các điểm"
        " theo thứ tự giờ.",
        "Run {slot}: stop {office} at {at} is not later than the one before. List stops in the"
        " order of their times.",
    ),
    "CUTOFF_AFTER_STOP": Told(
        400,
        "Chuyến {slot}, điểm dừng {office}: giờ chốt nhận {cutoff} sau giờ bưu tá đến {at}.",
        "Run {slot}, stop {office}: the cut-off {cutoff} is later than the courier at {at}.",
    ),
    "RUNS_OVERLAP": Told(
        400,
        "Chuyến {slot} khởi hành khi chuyến {before} cùng tuyến chưa kết thúc. Hãy đổi giờ, hoặc"
        " tách thành hai tuyến.",
        "Run {slot} leaves before run {before} of the same route is over. Change the times, or make"
        " two routes of it.",
    ),
    "UNKNOWN_STOP": Told(
        400,
        "Chưa có đơn vị nào mang mã “{office}”. Hãy khai báo đơn vị trước, hoặc sửa mã.",
        "No office has the code “{office}”. Define the office first, or mend the code.",
    ),
    "TIMETABLE_OVERLAP": Told(
        409,
        "Tuyến {route} đã có lịch từ {last}; lịch cũ không sửa được. Hãy ghi ngày hiệu lực sau đó"
        " (đang ghi {effective_from}).",
        "Route {route} has a timetable from {last}; what is published is never edited. Give a later"
        " date (it says {effective_from}).",
    ),
    "TIMETABLE_TOO_LATE": Told(
        409,
        "Tuyến {route}: lịch từ {effective_from} đã muộn, hôm nay là {today}. Lịch mới chỉ áp dụng"
        " từ ngày chưa bắt đầu; tuyến mới có thể từ hôm nay.",
        "Route {route}: a timetable from {effective_from} comes too late, today is {today}. Another"
        " timetable begins on a day to come; a new route may begin today.",
    ),
    "RUN_ALREADY_DUE": Told(
        409,
        "Chuyến {run} đã đến giờ khởi hành ({departs}), không hủy hay đổi được nữa. Chuyến không"
        " chạy thì giải trình ở sai lệch.",
        "Run {run} was due to leave at {departs} and can no longer be changed. If nobody drove it,"
        " explain the discrepancy.",
    ),
    "RUN_EXCEPTED_ALREADY": Told(
        409,
        "Chuyến {slot} ngày {date} đã có ngoại lệ. Hãy bỏ ngoại lệ đó trước rồi đặt lại.",
        "Run {slot} on {date} has an exception already. Lift that one first.",
    ),
}
