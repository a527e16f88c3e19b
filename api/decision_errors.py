"""How refusals about calendars, pauses and appointments are told; part of `api.errors`."""

from api.told import Told

DECISIONS: dict[str, Told] = {
    "DATE_TWICE": Told(
        400,
        "Bảng lịch ghi ngày {date} hai lần. Chưa có gì được công bố; hãy giữ lại một dòng.",
        "The table names {date} twice. Nothing was published; keep one of the lines.",
    ),
    "UNKNOWN_DAY_KIND": Told(
        400,
        "Ngày {date} ghi loại “{kind}”; chỉ nhận off (nghỉ) hoặc work (làm bù).",
        "{date} is of kind “{kind}”; only off (a day off) and work (a worked Saturday) are known.",
    ),
    "YEAR_LEFT_OUT": Told(
        409,
        "Bảng mới thiếu cả năm {year} mà bảng đang dùng có. Hãy nộp bảng đầy đủ các năm, không chỉ"
        " phần thay đổi.",
        "The new table leaves out the year {year}, which the one in use has. Publish the whole"
        " table, not only what changes.",
    ),
    "HOURS_OVERLAP": Told(
        409,
        "Giờ làm việc từ {effective_from} không sau giờ đã đặt từ {last}. Hãy chọn ngày sau đó.",
        "Hours from {effective_from} are not later than those set from {last}. Give a later date.",
    ),
    "DAY_EXCEPTED_ALREADY": Told(
        409,
        "Ngày {date} đã có ngoại lệ. Hãy bỏ ngoại lệ đó trước rồi đặt lại.",
        "{date} has an exception already. Lift that one first.",
    ),
    "ALREADY_PAUSED": Told(
        409,
        "Hồ sơ đang tạm dừng vì lý do này rồi ({reason}).",
        "The dossier is paused for that reason already ({reason}).",
    ),
    "NOT_PAUSED": Told(
        409,
        "Hồ sơ không tạm dừng vì lý do này ({reason}). Hãy tải lại trang.",
        "The dossier is not paused for that reason ({reason}). Load it again.",
    ),
    "TOO_MANY_PAUSES": Told(
        409,
        "Hồ sơ đã tạm dừng {most} lần, không ghi thêm được nữa.",
        "The dossier has been paused {most} times; no more are taken.",
    ),
    "BAD_FEE": Told(
        400,
        "Số tiền {amount_vnd} đồng không hợp lệ: phải lớn hơn 0 và trong giới hạn.",
        "An amount of {amount_vnd} VND cannot be asked for: above 0 and within the limit.",
    ),
    "DOSSIER_CLOSED": Told(
        409,
        "Hồ sơ {label} đã có kết quả hoặc đã kết thúc ({status}), không quyết định thêm được.",
        "Dossier {label} has its result or is closed ({status}); nothing more is decided on it.",
    ),
    "DOSSIER_PAUSED": Told(
        409,
        "Hồ sơ đang tạm dừng ({reason}) nên chưa có hạn để hẹn lại. Hãy kết thúc tạm dừng trước.",
        "The dossier is paused ({reason}) and has no due to promise. End the pause first.",
    ),
    "APOLOGY_MISSING": Told(
        400,
        "Hẹn lại phải kèm lời xin lỗi nêu rõ lý do.",
        "A new appointment needs an apology that says why.",
    ),
    "REAPPOINTMENT_LIMIT": Told(
        409,
        "Thủ tục chỉ cho hẹn lại {limit} lần, và đã dùng hết.",
        "The procedure allows {limit} new appointments, and they are used up.",
    ),
    "APPOINTMENT_STANDS": Told(
        409,
        "Ngày hẹn trả đã đúng bằng hạn đang tính hoặc đã được giữ nguyên ({due}). Hồ sơ trễ thì hãy"
        " gửi lời xin lỗi, hoặc hẹn thêm số ngày làm việc.",
        "The appointment is the computed due already, or stands against it ({due}). If the dossier"
        " is late, apologise, or promise a number of further working days.",
    ),
    "APPOINTMENT_NOT_LATER": Told(
        409,
        "Ngày hẹn mới ({due}) không sau ngày {promised} đã hẹn hoặc đã tính. Hãy hẹn thêm nhiều"
        " ngày hơn.",
        "The new appointment ({due}) is not later than {promised}, promised or computed already."
        " Give more days.",
    ),
    "BAD_DAYS": Told(
        400,
        "Không hẹn thêm {days} ngày làm việc được: từ 1 đến {most}.",
        "A dossier is not put off by {days} working days: give 1 to {most}.",
    ),
}
