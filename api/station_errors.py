"""What refusals at a station, and about its keys and journal, are called; part of `api.errors`."""

from api.told import Told

STATION_REFUSALS = {
    "ENTRY_COUNTS": Told(
        409,
        "{entries} lượt quét trong số này đã có hiệu lực; không bỏ ra được nữa. Hãy lập đính chính"
        " cho từng lượt.",
        "{entries} of these scans count already and cannot be taken out. Correct each of them.",
    ),
    "KEY_OUTDATED": Told(
        403,
        "Khóa này của trạm {station} đã được thay; nó chỉ còn dùng để gửi lượt quét. Hãy đổi khóa"
        " lại, hoặc xin mã một lần để đăng ký lại.",
        "This key of station {station} was replaced; only scans are taken with it. Replace the key"
        " again, or enrol anew with a one-time code.",
    ),
    "REQUEST_OUTDATED": Told(
        401,
        "Yêu cầu được ký quá {minutes} phút trước hoặc sau giờ máy chủ. Trạm sẽ hỏi giờ rồi gửi"
        " lại.",
        "The request was signed more than {minutes} minutes off the server's time. The station"
        " hears the time and asks again.",
    ),
    "ROTATION_REFUSED": Told(
        403,
        "Không đổi được khóa của trạm: khóa cũ không ký cho khóa mới, hoặc trạm đã bị thu hồi. Hãy"
        " cấp mã một lần để đăng ký lại.",
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
    "JOURNAL_FULL": Told(
        503,
        "Nhật ký của trạm hết chỗ ({why}): lượt quét này CHƯA được lưu. Hãy dọn đĩa rồi quét lại.",
        "The station's journal is full ({why}): this scan is NOT stored. Make room, scan again.",
    ),
    "JOURNAL_FAULT": Told(
        503,
        "Không ghi chắc được nhật ký của trạm ({why}): lượt quét này CHƯA được lưu.",
        "The station's journal could not be written safely ({why}): this scan is NOT stored.",
    ),
    "JOURNAL_DAMAGED": Told(
        409,
        "Nhật ký của trạm bị hỏng từ số {seq} ({why}). Giữ nguyên thư mục và báo quản trị viên.",
        "The station's journal is damaged from number {seq} ({why}). Keep the directory as it is"
        " and tell the administrator.",
    ),
    "JOURNAL_NEWER": Told(
        409,
        "Nhật ký của trạm do phiên bản mới hơn ghi (phiên bản dữ liệu {found}, chương trình"
        " này biết đến {known}). Hãy cập nhật chương trình trên trạm.",
        "A newer program wrote the station's journal (shape {found}, this one knows up to {known})."
        " Update the program on the station.",
    ),
    "JOURNAL_BEHIND": Told(
        409,
        "Nhật ký của trạm (số {seq}) cũ hơn máy chủ (số {server_seq}): đây là bản chép cũ. Hãy đăng"
        " ký lại trạm.",
        "The station's journal (number {seq}) is older than the server's ({server_seq}): an old"
        " copy. Enrol the station again.",
    ),
    "STATION_LOCKED": Told(
        409,
        "Trạm ở {directory} đang chạy ở cửa sổ khác. Hãy dùng cửa sổ đó, hoặc đóng nó trước.",
        "The station in {directory} is run by another process. Use that one, or stop it first.",
    ),
    "DIRECTORY_UNUSABLE": Told(
        409,
        "Không tạo, đọc hoặc ghi được thư mục {directory} ({why}).",
        "The directory {directory} cannot be made, read or written ({why}).",
    ),
    "NOT_ENROLLED": Told(
        409,
        "Thư mục {directory} chưa đăng ký trạm ({why}). Hãy xin quản trị viên mã một lần rồi"
        " chạy: giaonhan station enrol --server URL --code MÃ --dir {directory}",
        "The directory {directory} holds no enrolment ({why}). Ask the administrator for a one-time"
        " code, then run: giaonhan station enrol --server URL --code CODE --dir {directory}",
    ),
    "ALREADY_ENROLLED": Told(
        409,
        "Thư mục này đã thuộc trạm {station}.",
        "This directory belongs to station {station} already.",
    ),
    "OFFLINE": Told(
        503,
        "Chưa nối được máy chủ ({why}). Lượt quét vẫn được lưu ở trạm và sẽ tự gửi.",
        "The server cannot be reached ({why}). Scans are kept here and sent by themselves.",
    ),
    "SERVER_REFUSED": Told(
        409,
        "Máy chủ từ chối ({status} {server_code}). Hãy hỏi quản trị viên.",
        "The server refused ({status} {server_code}). Ask the administrator.",
    ),
    "NOT_THE_SERVER": Told(
        409,
        "Bên trả lời không phải là máy chủ giaonhan ({why}). Hãy kiểm tra địa chỉ và mạng.",
        "What answers is not the giaonhan server ({why}). Check the address and the network.",
    ),
    "CHECKPOINT_FORGED": Told(
        409,
        "Xác nhận không phải do máy chủ đã ghim ký. Ngừng gửi; hãy báo quản trị viên.",
        "A checkpoint is not signed by the pinned server. Sending stops; tell the administrator.",
    ),
    "BAD_STATION_FILE": Told(
        400,
        "Không dùng được {file} ({why}). Sửa hoặc xóa tệp rồi chạy lại.",
        "{file} cannot be used ({why}). Mend or delete it, then start again.",
    ),
    "DESK_PORT_TAKEN": Told(
        409,
        "Cổng {port} đang do chương trình khác dùng. Chọn cổng khác bằng --port.",
        "Another program listens on port {port}. Choose another with --port.",
    ),
    "SCANNER_UNPLUGGED": Told(
        503,
        "Không thấy máy quét ở cổng {port} ({why}). Cắm lại dây; trạm tự nhận lại.",
        "No scanner at {port} ({why}). Plug it in again; the station finds it by itself.",
    ),
    "BAD_DRAFT": Told(
        400,
        "Chưa tiếp nhận: thiếu hoặc sai mục {field}.",
        "Not taken in: {field} is missing or wrong.",
    ),
    "DRAFTS_UNUSABLE": Told(
        503,
        "Không dùng được tệp hồ sơ nháp ({why}). Chưa tiếp nhận; gọi kỹ thuật.",
        "The drafts cannot be used ({why}). Nothing was taken in; call for help.",
    ),
    "NO_CENSUS": Told(
        404,
        "Kết quả kiểm kê {place} không còn ở trạm. Xem trang Kiểm kê của máy chủ.",
        "The result of the census of {place} is no longer here. See the server's page of censuses.",
    ),
    "SCAN_BADGE_FIRST": Told(
        401, "Chưa ghi. Quét thẻ cán bộ trước.", "Not stored. Scan your badge first."
    ),
    "NOT_RESERVED": Told(
        409,
        "Chưa tiếp nhận: số nhãn {label} đã dùng, hoặc không thuộc dãy dự trữ của trạm này.",
        "Not taken in: number {label} is used, or is none of this station's block.",
    ),
    "DRAFT_NOT_ERASABLE": Told(
        409,
        "Chưa xóa nháp {label} ({why}): chỉ xóa khi không đâu có lượt quét, kèm mã lý do.",
        "Draft {label} stays ({why}): erased only where nobody has its scan, with a coded reason.",
    ),
    "NO_SUCH_DRAFT": Told(
        404,
        "Không có hồ sơ nháp {label} ở trạm này: máy chủ đã nhận, hoặc sai nhãn.",
        "No draft {label} lies here: the server has it, or the label is wrong.",
    ),
    "NO_NUMBERS_LEFT": Told(
        409,
        "Hết số nhãn dự trữ. Cần có mạng để nhận thêm số.",
        "The reserved numbers are used up. The network is needed for more.",
    ),
    "NOT_AN_OPERATOR": Told(
        403,
        "Thẻ {badge} không phải của cán bộ đơn vị này.",
        "Badge {badge} belongs to nobody of this office.",
    ),
}
