"""What each refusal is called outside: one table of HTTP status, Vietnamese and English sentence.

Used by the server's exception handlers, by its pages and by the command line.
"""

import re
from collections import defaultdict
from typing import Any

from api.act_errors import ACTS
from api.contest_errors import CONTESTS
from api.decision_errors import DECISIONS
from api.office_errors import OFFICES
from api.reference_errors import REFERENCE
from api.refusal_reasons import REASONS
from api.report_errors import REPORTS
from api.run_errors import RUN_REFUSALS
from api.settling_errors import SETTLING
from api.station_errors import STATION_REFUSALS
from api.store_errors import STORES
from api.told import Told
from domain.model.errors import BadInstant, Refusal
from domain.model.instants import local, parse_instant

__all__ = ["TOLD", "Told", "as_json", "told"]


def told(refusal: Refusal) -> Told:
    """The table's row for this refusal with its values put in; raises `KeyError` without a row.

    Days and instants stand in a sentence as people write them.
    """
    row = TOLD[refusal.code]
    written = {name: _as_written(value) for name, value in refusal.values.items()}
    values = defaultdict[str, object](lambda: "?", written)
    english = row.en.format_map(values)
    values["what"] = _KINDS_IN_VIETNAMESE.get(str(values["what"]), values["what"])
    values["why"] = REASONS.get(str(values["why"]), values["why"])
    return Told(row.status, row.vi.format_map(values), english)


def as_json(refusal: Refusal) -> dict[str, Any]:
    """The body of an answer that refuses; values as text, so that they always serialise."""
    _, vi, en = told(refusal)
    values = {
        name: value if isinstance(value, bool | int) else str(value)
        for name, value in refusal.values.items()
    }
    return {"error": {"code": refusal.code, "vi": vi, "en": en, "values": values}}


def _as_written(value: object) -> object:
    """`2026-03-05T08:00:00+07:00` as 05/03/2026 08:00, `2026-03-05` as 05/03/2026."""
    if not isinstance(value, str) or not (found := _DAY.match(value)):
        return value
    year, month, day, clock = found.groups()
    if not clock:
        return f"{day}/{month}/{year}"
    try:
        return local(parse_instant(value)).strftime("%d/%m/%Y %H:%M")
    except BadInstant:
        return value


_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(T|\Z)")
_KINDS_IN_VIETNAMESE = {
    "apology": "lời xin lỗi",
    "calendar": "lịch làm việc",
    "fact": "lượt quét",
    "photo": "ảnh",
    "discrepancy": "sai lệch",
    "dossier": "hồ sơ",
    "database": "cơ sở dữ liệu",
    "doors": "sổ cửa vào",
    "event log": "sổ sự kiện",
    "exception": "ngoại lệ của ngày",
    "hand-over": "bàn giao ca",
    "journals": "nhật ký trạm",
    "label": "nhãn",
    "legs": "các chặng",
    "office": "đơn vị",
    "official code": "mã hồ sơ",
    "person": "người",
    "piece": "loại giấy tờ",
    "place": "nơi để",
    "pouch": "túi",
    "procedure": "thủ tục",
    "procedure in force": "thủ tục đang có hiệu lực",
    "read model": "bảng tra cứu",
    "route": "tuyến thư",
    "run": "chuyến thư",
    "station": "trạm",
    "successor of": "đơn vị tiếp nhận của",
    "steps": "các bước",
    "vault": "kho dữ liệu cá nhân",
}

TOLD: dict[str, Told] = {
    # The server's own door.
    "BODY_TOO_LARGE": Told(
        413,
        "Nội dung gửi lên lớn quá {most_bytes} byte. Hãy chia thành nhiều lần gửi nhỏ hơn.",
        "The request is larger than {most_bytes} bytes. Send it in smaller batches.",
    ),
    "BODY_TOO_SLOW": Told(
        408,
        "Nội dung không đến đủ trong {seconds} giây. Chưa có gì được ghi; hãy gửi lại.",
        "The request did not arrive within {seconds} seconds. Nothing was recorded; send it again.",
    ),
    "UNSUPPORTED_TYPE": Told(
        415,
        "Máy chủ chỉ nhận nội dung kiểu {wanted} ở địa chỉ này.",
        "This address takes content of type {wanted} only.",
    ),
    "PROTOCOL_UNSUPPORTED": Told(
        400,
        "Phiên bản giao thức của thiết bị không khớp (máy chủ: {ours}). Hãy cập nhật thiết bị.",
        "The device's protocol version does not fit (server: {ours}). Update the device.",
    ),
    "MALFORMED_REQUEST": Told(
        400,
        "Yêu cầu sai khuôn dạng ở: {fields}. Chưa có gì được ghi.",
        "The request is malformed at: {fields}. Nothing was recorded.",
    ),
    "NOT_SIGNED_IN": Told(
        401,
        "Bạn chưa đăng nhập hoặc phiên đã hết hạn. Hãy đăng nhập lại.",
        "You are not signed in, or the session has expired. Sign in again.",
    ),
    "CROSS_ORIGIN": Told(
        403,
        "Yêu cầu đến từ trang của một địa chỉ khác nên bị từ chối. Hãy mở trang từ máy chủ này.",
        "The request comes from another site's page and is refused. Open this server's own page.",
    ),
    "RATE_LIMITED": Told(
        429,
        "Quá nhiều lần thử từ máy này. Hãy đợi {seconds} giây rồi thử lại.",
        "Too many attempts from this machine. Wait {seconds} seconds and try again.",
    ),
    "BUSY": Told(
        503,
        "Máy chủ đang quá tải. Thiết bị sẽ tự gửi lại sau vài giây; không mất lượt quét nào.",
        "The server is overloaded. Devices send again within seconds; no scan is lost.",
    ),
    "COUNT_OUT_OF_RANGE": Told(
        400,
        "Mỗi lần in từ {least} đến {most} nhãn.",
        "From {least} to {most} labels are printed at once.",
    ),
    "WEAK_TOKEN": Told(
        503,
        "Thiết lập {setting} ngắn quá: cần ít nhất {least} ký tự, nên máy chủ không chạy.",
        "The setting {setting} is too short: at least {least} characters; the server does not run.",
    ),
    "NO_SUCH_PAGE": Told(
        404, "Không có trang nào ở địa chỉ này.", "There is no page at this address."
    ),
    "METHOD_NOT_ALLOWED": Told(
        405,
        "Địa chỉ này có, nhưng không nhận kiểu yêu cầu đó.",
        "This address exists but does not take that kind of request.",
    ),
    "FAULT": Told(
        500,
        "Máy chủ gặp lỗi của chính nó và đã ghi lại. Hãy thử lại; nếu vẫn lỗi, báo quản trị viên.",
        "The server made a mistake of its own and logged it. Try again; if it persists, tell the"
        " administrator.",
    ),
    # Words that do not fit their grammar.
    "REFUSED": Told(400, "Yêu cầu bị từ chối.", "The request is refused."),
    "BAD_LABEL": Told(
        400,
        "“{text}” không phải là nhãn hợp lệ (16 chữ số, có số kiểm tra). Hãy quét lại, hoặc tắt bộ"
        " gõ tiếng Việt rồi gõ lại.",
        "“{text}” is no valid label (16 digits with check digits). Scan again, or switch off the"
        " Vietnamese input method and type again.",
    ),
    "BAD_FACT": Told(
        400,
        "Dữ kiện sai ở mục “{field}” ({why}).",
        "The fact is wrong at “{field}” ({why}).",
    ),
    "BAD_INSTANT": Told(
        400,
        "“{text}” không phải là thời điểm ISO 8601 có múi giờ, ví dụ 2026-03-02T08:00:00+07:00.",
        "“{text}” is no ISO 8601 time with offset, such as 2026-03-02T08:00:00+07:00.",
    ),
    "BAD_CODE": Told(
        400,
        "Mã “{text}” ở mục “{field}” không hợp lệ: chỉ dùng chữ không dấu, chữ số và . _ / -",
        "The code “{text}” at “{field}” is not valid: plain letters, digits and . _ / - only.",
    ),
    # Entries and stations.
    "MALFORMED_ENTRY": Told(
        400,
        "Lượt quét sai khuôn dạng ({why}). Lượt quét được giữ lại ở trạm để xem lại.",
        "The scan's entry is malformed ({why}). It stays at the station to be looked at.",
    ),
    "BAD_SIGNATURE": Told(
        401,
        "Chữ ký không khớp với khóa của trạm {station}. Hãy kiểm tra thiết bị hoặc đăng ký lại.",
        "The signature does not fit the key of station {station}. Check the device or enrol again.",
    ),
    "UNKNOWN_STATION": Told(
        401,
        "Trạm “{station}” chưa được đăng ký ở máy chủ này. Hãy đăng ký trạm bằng mã một lần.",
        "Station “{station}” is not enrolled at this server. Enrol it with a one-time code.",
    ),
    # What people may do and what there is.
    "NOT_ALLOWED": Told(
        403,
        "Vai trò của bạn không được làm việc này. Hãy đăng nhập bằng tài khoản có quyền, hoặc hỏi"
        " quản trị viên của trung tâm.",
        "Your role may not do this. Sign in as somebody who may, or ask the administrator.",
    ),
    "NOT_FOUND": Told(
        404,
        "Không tìm thấy {what} “{code}”. Hãy kiểm tra lại mã, hoặc tìm trong danh sách.",
        "There is no {what} “{code}”. Check the code, or look for it in the list.",
    ),
    "ALREADY_EXISTS": Told(
        409,
        "Đã có {what} “{code}”. Hãy dùng mã khác, hoặc xem và sửa cái đã có.",
        "There already is a {what} “{code}”. Choose another code, or look at the one there is.",
    ),
    "BATCH_TOO_LARGE": Told(
        413,
        "Một lần gửi chỉ được tối đa {most} lượt quét. Hãy chia nhỏ.",
        "One batch takes at most {most} scans. Send smaller ones.",
    ),
    "UNKNOWN_EPOCH": Told(
        400,
        "Kỳ nhật ký {epoch} của trạm {station} chưa được duyệt. Hãy đăng ký lại trạm.",
        "Journal epoch {epoch} of station {station} was never approved. Enrol the station again.",
    ),
    "INVITE_REFUSED": Told(
        403,
        "Mã đăng ký trạm sai, đã dùng hoặc quá hạn. Hãy xin quản trị viên mã mới.",
        "The enrolment code is wrong, used or too old. Ask the administrator for a new one.",
    ),
    "UNKNOWN_PURPOSE": Told(
        400,
        "Trạm quét không có công dụng “{purpose}”. Hãy chọn một trong: {known}.",
        "A scanning station has no purpose “{purpose}”. Choose one of: {known}.",
    ),
    "BAD_KEY": Told(
        400,
        "Khóa công khai không đúng kiểu {algorithm} ({bytes} byte).",
        "The public key is no {algorithm} key ({bytes} bytes).",
    ),
    # People.
    "BAD_APPLICANT": Told(
        400,
        "Thiếu thông tin người nộp hồ sơ: {field}.",
        "The applicant's {field} is missing.",
    ),
    "FORM_USED": Told(
        409,
        "Biểu mẫu này đã tiếp nhận hồ sơ {label}; nội dung vừa gửi khác với lần đó và chưa được"
        " ghi. Nếu đây là một hồ sơ khác, hãy bấm Tiếp nhận lần nữa.",
        "This form has registered dossier {label}; what was sent now differs and is not recorded."
        " If this is another dossier, press Register again.",
    ),
    "FORM_OUTDATED": Told(
        409,
        "Biểu mẫu được mở trước khi máy chủ khởi động lại nên chưa rõ đã gửi hay chưa. Hãy xem hồ"
        " sơ đã có trong danh sách chưa; nếu chưa, bấm Tiếp nhận lần nữa.",
        "The form was opened before the server's last start, so it may have been sent already. Look"
        " for the dossier in the list; if it is not there, press Register again.",
    ),
    "SIGN_IN_REFUSED": Told(
        401,
        "Mã hoặc số PIN không đúng, đã dùng hoặc quá hạn. Hãy thử lại hoặc xin mã mới.",
        "The code or PIN is wrong, used or too old. Try again or ask for a new code.",
    ),
    "SIGN_IN_LOCKED": Told(
        429,
        "Nhập sai quá nhiều lần nên thẻ này tạm khóa 15 phút. Hãy đợi hoặc hỏi quản trị viên.",
        "Too many wrong attempts: this badge is locked for 15 minutes. Wait, or ask the"
        " administrator.",
    ),
    **REFERENCE,
    **OFFICES,
    **DECISIONS,
    **SETTLING,
    **STATION_REFUSALS,
    **STORES,
    **CONTESTS,
    **RUN_REFUSALS,
    **ACTS,
    **REPORTS,
    # The store.
    "NOT_A_HOUSE": Told(
        404,
        "{directory} không phải là thư mục dữ liệu. Hãy chạy: giaonhan init --data {directory}",
        "{directory} is no data directory. Run: giaonhan init --data {directory}",
    ),
    "KEYS_UNREADABLE": Told(
        500,
        "Không đọc được khóa {file} ({why}). Hãy chạy bằng đúng người dùng của thư mục dữ liệu,"
        " hoặc khôi phục thư mục keys từ bản sao lưu.",
        "The key {file} cannot be read ({why}). Run as the user who owns the data directory, or"
        " restore the folder keys from a backup.",
    ),
    "DEMO_DIRECTORY": Told(
        409,
        "{directory} là thư mục minh họa, thời gian trong đó là kịch bản; máy chủ thật không mở.",
        "{directory} was made for a rehearsal with scripted time; a real server does not open it.",
    ),
    "NOT_A_DEMO": Told(
        409,
        "{directory} chứa dữ liệu thật; không chạy đồng hồ kịch bản trên đó.",
        "{directory} holds real data; no scripted clock runs on it.",
    ),
    "NOT_A_BACKUP": Told(
        400,
        "{directory} không phải là bản sao lưu dùng được ({why}). Hãy chọn thư mục do lệnh "
        "giaonhan backup tạo ra.",
        "{directory} is no usable backup ({why}). Name a directory that giaonhan backup has made.",
    ),
    "BACKUP_DAMAGED": Told(
        400,
        "Tệp {file} không còn như lúc sao lưu. Hãy dùng bản sao khác.",
        "The file {file} is not what was backed up. Use another copy.",
    ),
    "PASSPHRASE_WRONG": Told(
        403,
        "Mật khẩu không mở được khóa, hoặc bản kê của bản sao lưu đã bị sửa. Chưa có gì được tạo.",
        "The passphrase does not open the keys, or somebody changed the backup's list of files. "
        "Nothing was made.",
    ),
    "PASSPHRASE_SHORT": Told(
        400,
        "Mật khẩu của khóa phải có ít nhất {least} ký tự.",
        "The passphrase of the keys must have at least {least} characters.",
    ),
    "PASSPHRASE_MISSING": Told(
        400,
        "Chưa có mật khẩu của khóa: hãy gõ ở màn hình dòng lệnh, hoặc ghi vào dòng đầu của một tệp"
        " rồi thêm --passphrase-file TỆP.",
        "There is no passphrase for the keys: type it at a terminal, or write it into the first"
        " line of a file and add --passphrase-file FILE.",
    ),
    "DIRECTORY_LOCKED": Told(
        503,
        "Thư mục dữ liệu {directory} đang do tiến trình khác ghi. Hãy dừng tiến trình đó trước.",
        "Another process writes in the data directory {directory}. Stop that one first.",
    ),
    "DISK_FULL": Told(
        503,
        "Đĩa đã đầy: chưa có gì được ghi. Hãy dọn chỗ; thiết bị sẽ tự gửi lại.",
        "The disk is full: nothing was recorded. Make room; devices send again by themselves.",
    ),
    "STORE_READ_ONLY": Told(
        503,
        "Dữ liệu chỉ cho đọc: chưa có gì được ghi. Hãy kiểm tra quyền của tệp; trên PostgreSQL, vai"
        " trò của máy chủ được giao quyền bằng giaonhan grant VAI_TRÒ.",
        "The data may only be read: nothing was recorded. Check the files' permissions; on"
        " PostgreSQL the server's role is given its rights by giaonhan grant ROLE.",
    ),
    "STORE_FAILED": Told(
        503,
        "Đĩa hoặc tệp dữ liệu bị lỗi ({why}); máy chủ ngừng ghi. Hãy chạy giaonhan doctor, kiểm tra"
        " đĩa, rồi khởi động lại.",
        "The disk or a data file has failed ({why}); the server has stopped writing. Run"
        " giaonhan doctor, check the disk, and restart.",
    ),
    "CONFLICT": Told(
        409,
        "Người khác vừa thay đổi cùng dữ liệu này. Hãy tải lại và quyết định lại.",
        "Someone else has just decided on the same thing. Load again and decide again.",
    ),
    "TOO_LARGE": Told(
        413,
        "Mục {what} quá lớn (tối đa {most}).",
        "The {what} is too large (at most {most}).",
    ),
    "VAULT_KEY_WRONG": Told(
        503,
        "Khóa trong keys/vault.key không mở được kho dữ liệu cá nhân này. Hãy đặt lại đúng khóa.",
        "The key in keys/vault.key does not open this vault. Put the right key back.",
    ),
    "READ_MODEL_OUTDATED": Told(
        503,
        "Bảng tra cứu do phiên bản khác tạo ({found}, cần {wanted}). Hãy chạy: giaonhan rebuild",
        "The read model was made by another version ({found}, wanted {wanted}). Run: giaonhan"
        " rebuild",
    ),
    # Starting programs.
    "PORT_IN_USE": Told(
        409,
        "Cổng {port} đang bận. Cổng trống kế tiếp: {free} (thêm --port {free}).",
        "Port {port} is in use by another program. The next free one: {free} (add --port {free}).",
    ),
    "ADDRESS_UNUSABLE": Told(
        409,
        "Máy này không mở được địa chỉ {host} cổng {port}.",
        "This machine cannot listen at {host} port {port}.",
    ),
    # Paper and pictures.
    "TOO_MANY_LABELS": Told(
        400,
        "Một tệp PDF chỉ chứa tối đa {limit} nhãn (đã xin {count}).",
        "One PDF holds at most {limit} labels ({count} were asked for).",
    ),
    "OUTPUT_UNWRITABLE": Told(
        409,
        "Không ghi được tệp {file} ({why}). Hãy chọn thư mục có quyền ghi và còn chỗ.",
        "The file {file} cannot be written ({why}). Choose a directory that may be written to and"
        " has room.",
    ),
    "NOT_AN_IMAGE": Told(
        400,
        "{file} không phải là ảnh đọc được. Hãy dùng ảnh JPEG hoặc PNG, hoặc chụp lại.",
        "{file} is no picture that can be read. Give a JPEG or PNG file, or take it again.",
    ),
    "IMAGE_TOO_LARGE": Told(
        413,
        "Ảnh {file} quá lớn. Hãy thu nhỏ ảnh, hoặc chụp lại ở độ phân giải thấp hơn.",
        "The picture {file} is too large. Scale it down, or take it at a lower resolution.",
    ),
    "IMAGE_TIMEOUT": Told(
        400,
        "Không đọc xong ảnh {file} trong {seconds} giây.",
        "The picture {file} could not be decoded within {seconds} seconds.",
    ),
    "FILE_UNREADABLE": Told(
        404, "Không đọc được tệp {file} ({why}).", "The file {file} cannot be read ({why})."
    ),
    "INPUT_UNREADABLE": Told(
        404,
        "Không đọc được tệp {file} ({why}). Hãy kiểm tra tên tệp và quyền đọc.",
        "The file {file} cannot be read ({why}). Check its name and permissions.",
    ),
    "CAMERA_UNAVAILABLE": Told(
        409,
        "Không dùng được máy ảnh {source} ({why}).",
        "The camera {source} cannot be used ({why}).",
    ),
}
