"""How refusals about reference data, terms and calendars are told; part of `api.errors`."""

from api.told import Told

REFERENCE: dict[str, Told] = {
    "BAD_PIN": Told(
        400,
        "Mã PIN phải có đúng 6 chữ số; không dùng sáu chữ số giống nhau hay dãy như 123456,"
        " 654321.",
        "A PIN has exactly 6 digits, neither all alike nor a row such as 123456 or 654321.",
    ),
    "PINS_DIFFER": Told(
        400,
        "Hai lần nhập mã PIN không giống nhau. Hãy nhập lại cả hai.",
        "The two PINs are not the same. Type both again.",
    ),
    "PERSON_DISMISSED": Told(
        409,
        "Người {person} đã thôi làm việc ở đây. Nếu quay lại, hãy thêm với một mã mới.",
        "{person} has left. Whoever comes back is added under a new code.",
    ),
    "TOO_MANY_NUMBERS": Told(
        409,
        "Trạm này đã được cấp {most} số trong năm. Hãy báo quản trị: có thể trạm bị lỗi.",
        "This station was given {most} numbers this year. Tell an administrator: it may be faulty.",
    ),
    "SCAN_NOT_ARRIVED": Told(
        409,
        "Lượt quét đăng ký của nhãn {label} chưa đến máy chủ. Trạm sẽ gửi lại sau.",
        "The scan that registered label {label} is not here yet. The station sends it again later.",
    ),
    "NOT_FROM_BLOCK": Told(
        403,
        "Số nhãn {label} không được cấp cho trạm {station}.",
        "Label {label} was not given out to station {station}.",
    ),
    "REGISTERED_TWICE": Told(
        409,
        "Trạm đã dùng nhãn {label} cho hai lần tiếp nhận (đĩa được khôi phục từ bản cũ). Tờ nháp"
        " vẫn ở trạm; hãy đối chiếu giấy tờ và tiếp nhận lại hồ sơ sau bằng nhãn mới.",
        "The station has used label {label} for two registrations (its disk is an old copy). The"
        " draft stays at the station; compare the papers and register the later one under a new"
        " label.",
    ),
    "NUMBERS_EXHAUSTED": Told(
        409,
        "Dãy số nhãn của đơn vị {issuer} trong năm {year} đã hết (còn {left}). Hãy cấp thêm mã đơn"
        " vị.",
        "Issuer {issuer} has run out of label numbers for year {year} ({left} left). Assign another"
        " issuer number.",
    ),
    "BAD_PROCEDURE": Told(
        400,
        "Khai báo thủ tục sai ở mục “{field}” ({why}).",
        "The procedure is wrong at “{field}” ({why}).",
    ),
    "BUDGETS_EXCEED_TERM": Told(
        400,
        "Tổng thời gian {what} là {minutes} phút, vượt thời hạn của thủ tục ({term_minutes} phút"
        " làm việc, một ngày tính 480). Hãy giảm các định mức.",
        "The {what} add up to {minutes} minutes, more than the procedure's term of {term_minutes}"
        " working minutes (480 a day). Lower the budgets.",
    ),
    "VERSION_NOT_AFTER": Told(
        409,
        "Thủ tục {code} đã có phiên bản từ {last}; phiên bản cũ không sửa được. Hãy ghi ngày hiệu"
        " lực sau ngày đó (đang ghi {effective_from}).",
        "Procedure {code} has a version from {last}; what is in force is never edited. Give a later"
        " date (it says {effective_from}).",
    ),
    "PROCEDURE_ABOLISHED": Told(
        409,
        "Thủ tục {code} bị bãi bỏ từ {since}; hồ sơ đang giải quyết vẫn theo phiên bản của mình.",
        "Procedure {code} is abolished from {since}; dossiers under way keep their version.",
    ),
    "UNKNOWN_DEPARTMENT": Told(
        400,
        "Chưa có đơn vị nào mang mã “{department}”. Hãy khai báo đơn vị trước, hoặc sửa mã.",
        "No office has the code “{department}”. Define the office first, or mend the code.",
    ),
    "SHEET_REFUSED": Told(
        400,
        "Tệp có {count} chỗ sai (dòng {lines}). Chưa nạp dòng nào; hãy sửa rồi nạp lại cả tệp.",
        "The file has {count} mistakes (lines {lines}). Nothing was loaded; mend them and load the"
        " whole file again.",
    ),
    "BASE_HOURS_STAND": Told(
        409,
        "Giờ ban đầu của đơn vị không sửa được. Hãy thêm dòng “giờ từ ngày” với ngày bắt đầu.",
        "The hours an office began with are not edited. Add a row “giờ từ ngày” (from) with its"
        " date.",
    ),
    "ROW_REPEATED": Told(
        400,
        "Thủ tục {code} với cùng ngày hiệu lực đã có ở dòng {first}. Hãy bỏ một trong hai dòng.",
        "Procedure {code} with this date stands in line {first} already. Take one of them out.",
    ),
    "CSV_NOT_UTF8": Told(
        400,
        "Tệp không phải UTF-8 (lỗi ở dòng {line}). Trong Excel: Lưu thành “CSV UTF-8”.",
        "The file is not UTF-8 (line {line}). In Excel save as “CSV UTF-8”.",
    ),
    "CSV_BROKEN": Told(
        400,
        "Dòng {line} không đúng khuôn dạng CSV ({why}). Kiểm tra dấu ngoặc kép ở dòng này.",
        "Line {line} is no CSV ({why}). Look at the quotation marks there.",
    ),
    "CSV_TOO_LARGE": Told(
        413,
        "Tệp vượt giới hạn {most} {unit}. Hãy chia thành nhiều tệp.",
        "The file is larger than {most} {unit}. Split it.",
    ),
    "CSV_COLUMNS": Told(
        400,
        "Dòng tiêu đề thiếu cột: {missing}; có cột lạ: {unknown}. Hãy xuất một tệp mẫu bằng"
        " lệnh export rồi sửa trên đó.",
        "The header lacks columns: {missing}; has unknown ones: {unknown}. Write a"
        " pattern with the export command and change that.",
    ),
    "CELL_EMPTY": Told(
        400,
        "Ô này không được để trống, ví dụ: {hint}",
        "This cell must be filled in, such as: {hint}",
    ),
    "BAD_CELL": Told(
        400,
        "“{text}” không đọc được ở đây. Ghi như: {hint}",
        "“{text}” cannot be read here. Write for example: {hint}",
    ),
    "BAD_TERM": Told(
        400,
        "Thời hạn {value} {unit} không tính được ({why}).",
        "A term of {value} {unit} cannot be counted ({why}).",
    ),
    "UNKNOWN_UNIT": Told(
        400, "Không có đơn vị thời hạn “{unit}”.", "“{unit}” is no unit of terms."
    ),
    "BAD_CALENDAR": Told(
        400,
        "Lịch làm việc sai ở mục “{field}” ({why}).",
        "The calendar is wrong at “{field}” ({why}).",
    ),
    "BAD_DATE": Told(
        400,
        "“{text}” không phải là ngày, ví dụ 05/03/2026 hoặc 2026-03-05.",
        "“{text}” is no date, such as 05/03/2026 or 2026-03-05.",
    ),
    "BAD_TIME": Told(
        400, "“{text}” không phải là giờ dạng HH:MM.", "“{text}” is no time of the form HH:MM."
    ),
    "SHIFT_OVERLAP": Told(
        400,
        "Hai ca làm việc trùng giờ: {shift} và {before}.",
        "Two shifts share minutes: {shift} and {before}.",
    ),
    "SHIFT_CROSSES_DAY": Told(
        400,
        "Ca {shift} phải mở rồi đóng trong cùng một ngày.",
        "Shift {shift} must open and then close on one date.",
    ),
    "SEASONS_UNFIT": Told(
        400,
        "Các mùa của lịch không phủ đúng ngày {date} ({why}).",
        "The calendar's seasons do not fit at {date} ({why}).",
    ),
    "OUT_OF_CALENDAR": Told(
        400,
        "Thời điểm nằm ngoài lịch ({first} đến {last}).",
        "The time lies outside the calendar ({first} to {last}).",
    ),
    "END_BEFORE_START": Told(
        400, "Khoảng thời gian {what} kết thúc trước khi bắt đầu.", "{what} ends before it starts."
    ),
    "BAD_REQUEST": Told(
        400,
        "Dòng yêu cầu sai ở mục “{field}” ({why}).",
        "The line is no request: “{field}” ({why}).",
    ),
    "LINE_TOO_LONG": Told(
        400, "Một dòng dài quá {limit_bytes} byte.", "A line is longer than {limit_bytes} bytes."
    ),
}
