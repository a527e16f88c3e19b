"""What refusals about stations' keys, journals and quarantine are called; part of `api.errors`."""

from api.told import Told

STATION_REFUSALS = {
    "ENTRY_COUNTS": Told(
        409,
        "{entries} lượt quét trong số này đã có hiệu lực; không bỏ ra được nữa. Hãy lập đính chính"
        " cho từng lượt.",
        "{entries} of these scans count already and cannot be taken out. Correct each of them.",
    ),
    "ROTATION_REFUSED": Told(
        403,
        "Không đổi được khóa của trạm: khóa cũ không ký cho khóa mới, hoặc trạm đã bị thu hồi. Hãy"
        " cấp mã một lần để ghi danh lại.",
        "The station's key is not replaced: the old key does not vouch for the new one, or the"
        " station is revoked. Enrol it anew with a one-time code.",
    ),
    "OTHER_STATION": Told(
        409,
        "Mã này của trạm {found}, thư mục này của trạm {station}. Hãy lấy mã của đúng trạm.",
        "The code is station {found}'s, the directory station {station}'s. Get a code of its own.",
    ),
    "NOT_A_JOURNAL_FILE": Told(
        400,
        "Đây không phải tệp nhật ký trạm ({why}). Hãy dùng tệp do lệnh giaonhan station export tạo"
        " ra.",
        "This is no station's journal ({why}). Give a file that giaonhan station export wrote.",
    ),
    "JOURNAL_FILE_TOO_LARGE": Told(
        413,
        "Tệp nhật ký lớn quá {most_bytes} byte.",
        "The journal file is larger than {most_bytes} bytes.",
    ),
}
