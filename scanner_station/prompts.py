"""What the station says, Vietnamese first: one table of codes, used by gestures and refusals."""

from dataclasses import dataclass
from enum import StrEnum

from domain.model.errors import Refusal
from domain.model.verdict_words import Severity
from scanner_station.journal_file import Forgotten
from scanner_station.mending import Mending
from scanner_station.reasons import REASONS


class Tone(StrEnum):
    """How it sounds: go on, something is still wanted, or come back and look."""

    GOOD = "good"
    ASK = "ask"
    BAD = "bad"


def tone_of(severity: Severity) -> Tone:
    """How a verdict sounds."""
    match severity:
        case Severity.GOOD:
            return Tone.GOOD
        case Severity.ASK:
            return Tone.ASK
        case Severity.BAD:
            return Tone.BAD


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to say; nothing is journaled for it."""

    code: str
    tone: Tone
    vi: str
    en: str


def prompt(code: str, **values: object) -> Prompt:
    """The prompt of that code with its values put in."""
    tone, vi, en = _WORDS[code]
    english = en.format_map(values)
    if "why" in values:
        values["why"] = REASONS.get(str(values["why"]), values["why"])
    return Prompt(code, tone, vi.format_map(values), english)


def prompt_for(refusal: Refusal) -> Prompt:
    """A refusal in words; a code without words of its own is said with its values."""
    if refusal.code in _WORDS:
        return prompt(refusal.code, **refusal.values)
    return Prompt(refusal.code, Tone.BAD, f"Không thực hiện được: {refusal}", f"Refused: {refusal}")


def prompt_for_mending(mended: Mending) -> Prompt:
    """What a journal that was opened had lost or found damaged, and where that is kept."""
    told = {"file": mended.file, "restored": mended.restored}
    if mended.kept_in is None:
        return prompt("JOURNAL_COMPLETED", **told)
    return prompt("JOURNAL_MENDED", **told, why=mended.why or "-", kept_in=mended.kept_in)


def prompts_for_forgotten(forgotten: Forgotten) -> list[Prompt]:
    """What a server that was restored from a backup lacks: sent again, or gone for ever."""
    told = {"epoch": forgotten.epoch, "seq": forgotten.seq}
    said = [prompt("SERVER_FORGOT", **told, again=forgotten.again)] if forgotten.again else []
    if (gone := forgotten.gone) is not None:
        said.append(prompt("ENTRIES_GONE", epoch=gone.epoch, first=gone.first, last=gone.last))
    return said


_WORDS = {
    "SIGNED_ON": (Tone.GOOD, "Người quét: {operator}", "Operator: {operator}"),
    "TYPE_PIN": (Tone.ASK, "Nhập mã PIN của {operator}.", "Type the PIN of {operator}."),
    "PIN_WRONG": (Tone.BAD, "Mã PIN không đúng. Nhập lại.", "Wrong PIN. Type it again."),
    "PIN_LOCKED": (
        Tone.BAD,
        "Nhập sai quá nhiều lần: thẻ này tạm khóa đến {until}.",
        "Too many wrong attempts: this badge is locked until {until}.",
    ),
    "PIN_NEEDS_NETWORK": (
        Tone.BAD,
        "Thẻ này vào trạm lần đầu: cần nối mạng một lần để máy chủ kiểm tra mã PIN.",
        "This badge is new at this station: go online once, the server has to check the PIN.",
    ),
    "SIGNED_OFF": (Tone.GOOD, "Đã khóa bàn quét.", "The desk is locked."),
    "LEFT_IDLE": (
        Tone.ASK,
        "Bàn quét tự khóa vì không có người quét. Quét thẻ cán bộ để tiếp tục.",
        "The desk locked itself because nobody scanned. Scan your badge to go on.",
    ),
    "CARD_OFF": (
        Tone.GOOD,
        "Đã bỏ thẻ lệnh. Quét theo việc của trạm.",
        "The card is put away. A scan means what the station is for.",
    ),
    "COUNTERPART_SET": (Tone.GOOD, "Bên nhận: {party}", "Receiving party: {party}"),
    "DESTINATION_SET": (Tone.GOOD, "Nơi đến: {office}", "Destination: {office}"),
    "PLACE_SET": (Tone.GOOD, "Chỗ để: {place}", "Place: {place}"),
    "CENSUS_OPENED": (
        Tone.GOOD,
        "Kiểm kê {place}: quét mọi hồ sơ ở đây, rồi bấm F4 hoặc quét thẻ Kết thúc kiểm nhận.",
        "Census of {place}: scan every dossier, then press F4 or scan the card Close the receipt.",
    ),
    "CENSUS_CLOSED": (Tone.GOOD, "Kiểm kê xong {place}.", "The census of {place} is closed."),
    "CENSUS_BLIND": (
        Tone.GOOD,
        "Kiểm kê kín: danh sách chỉ hiện sau khi kết thúc.",
        "Blind census: the list is shown only once it is closed.",
    ),
    "CENSUS_LISTED": (
        Tone.GOOD,
        "Kiểm kê theo danh sách.",
        "The census shows its list while it is taken.",
    ),
    "NO_CENSUS": (
        Tone.BAD,
        "Kết quả kiểm kê {place} không còn ở trạm. Xem trang Kiểm kê của máy chủ.",
        "The result of the census of {place} is no longer here. See the server's page of censuses.",
    ),
    "BLIND_NOT_YOURS": (
        Tone.BAD,
        "Chỉ lãnh đạo được chọn kiểm kê kín hay theo danh sách; thanh tra luôn kiểm kê kín.",
        "Only a supervisor chooses whether a census is blind; an inspector's always is.",
    ),
    "CLOSE_CENSUS_FIRST": (
        Tone.BAD,
        "Kết thúc kiểm kê đang mở trước đã.",
        "Close the census at hand first.",
    ),
    "SCAN_SHELF_FIRST": (
        Tone.BAD,
        "Chưa ghi. Quét nhãn kệ hoặc phòng trước.",
        "Not stored. Scan the label of the shelf or room first.",
    ),
    "CARD_SET": (Tone.GOOD, "Thao tác: {vi}", "Act: {en}"),
    "SEAL_READ": (
        Tone.ASK,
        "Đã đọc niêm phong. Quét nhãn túi.",
        "Seal read. Scan the pouch label.",
    ),
    "SCAN_SEAL": (
        Tone.ASK,
        "Chưa ghi. Quét hoặc nhập số niêm phong; không có số thì quét lại túi.",
        "Not stored yet. Scan or type the seal number; without one scan the pouch again.",
    ),
    "SCAN_REASON": (
        Tone.ASK,
        "Chưa ghi. Quét thẻ lý do; không có thẻ thì quét lại nhãn.",
        "Not stored yet. Scan the card of the reason; without one scan the label again.",
    ),
    "REASON_SET": (Tone.GOOD, "Lý do: {vi}", "Reason: {en}"),
    "REASON_NOT_FOR_THIS": (
        Tone.BAD,
        "Lý do “{vi}” không dùng cho thao tác này. Quét thẻ lệnh trước, rồi chọn lý do khác.",
        "“{en}” is no reason for this act. Scan the act's card first, then another reason.",
    ),
    "TYPE_CODE": (
        Tone.ASK,
        "Chưa ghi. Nhập mã nhận 8 chữ số trên màn hình bên nhận; không có mã thì quét lại nhãn.",
        "Not stored yet. Type the 8 digits the receiver's screen shows, or scan the label again.",
    ),
    "OWN_CODE": (
        Tone.GOOD,
        "Mã nhận trong phút này: {digits}",
        "Receiving code for this minute: {digits}",
    ),
    "NO_OWN_CODE": (
        Tone.BAD,
        "Trạm chưa có khóa mã nhận. Nối mạng một lần để lấy.",
        "This station has no key for receiving codes yet. Go online once to get it.",
    ),
    "DROPPED": (
        Tone.GOOD,
        "Đã bỏ thao tác đang chờ; chưa ghi gì.",
        "The act that was waiting is dropped; nothing was stored.",
    ),
    "STOP_SET": (Tone.GOOD, "Điểm dừng: {office}", "Stop: {office}"),
    "SCAN_STOP": (
        Tone.ASK,
        "Chưa ghi. Quét nhãn nơi dừng; không có nhãn thì quét lại thẻ chuyến.",
        "Not stored yet. Scan the stop's place label; without one scan the run's card again.",
    ),
    "SCAN_BADGE_FIRST": (
        Tone.BAD,
        "Chưa ghi. Quét thẻ cán bộ trước.",
        "Not stored. Scan your badge first.",
    ),
    "SCAN_POUCH_FIRST": (
        Tone.BAD,
        "Quét nhãn túi trước khi xếp hồ sơ.",
        "Scan the pouch before packing dossiers.",
    ),
    "SCAN_CARD_FIRST": (
        Tone.BAD,
        "Quét thẻ lệnh trước: nhãn này không có thao tác mặc định.",
        "Scan a command card first: this label has no default act.",
    ),
    "UNKNOWN_BADGE": (
        Tone.BAD,
        "Không có thẻ này trong danh bạ. Nối mạng để cập nhật danh bạ.",
        "This badge is not in the directory. Go online to update it.",
    ),
    "UNKNOWN_PLACE": (
        Tone.BAD,
        "Không có nơi này trong danh bạ. Nối mạng để cập nhật danh bạ.",
        "This place is not in the directory. Go online to update it.",
    ),
    "UNKNOWN_CARD": (Tone.BAD, "Thẻ lệnh lạ.", "Unknown command card."),
    "OWN_OFFICE": (
        Tone.BAD,
        "Đây là nhãn của chính đơn vị này.",
        "This is the label of this very office.",
    ),
    "TURN_OFF_IME": (
        Tone.BAD,
        "Tắt bộ gõ tiếng Việt rồi quét lại.",
        "Turn the Vietnamese input method off, then scan again.",
    ),
    "BAD_CHECK": (
        Tone.BAD,
        "Số đọc chưa đúng. Quét lại; nếu vẫn sai, tắt bộ gõ tiếng Việt.",
        "Misread. Scan again; if it stays wrong, turn the Vietnamese input method off.",
    ),
    "FOREIGN_CODE": (
        Tone.BAD,
        "Mã này không phải nhãn giao nhận hồ sơ.",
        "This code is not one of our labels.",
    ),
    "TOO_LONG": (Tone.BAD, "Chuỗi quét quá dài, đã bỏ qua.", "The scan is too long; ignored."),
    "UNEXPECTED_NUMBER": (
        Tone.BAD,
        "Số này không thuộc thao tác nào. Số niêm phong: quét sau khi quét túi.",
        "A number that nothing asked for. A seal number follows its pouch.",
    ),
    "NOTHING_TO_UNDO": (Tone.BAD, "Không có gì để hoàn tác.", "Nothing to undo."),
    "UNDO_TOO_LATE": (
        Tone.BAD,
        "Đã quá 60 giây. Hãy lập đính chính có lý do.",
        "More than 60 seconds ago. Make a correction with a reason.",
    ),
    "ENTRY_REJECTED": (
        Tone.BAD,
        "Máy chủ không nhận bản ghi số {seq} ({reason}); bản ghi vẫn được giữ ở đây.",
        "The server rejected entry {seq} ({reason}); it is kept here.",
    ),
    "CHAIN_BROKEN": (
        Tone.BAD,
        "Bản ghi số {seq} không nối tiếp bản trước; vẫn được ghi nhận. Báo quản trị.",
        "Entry {seq} does not follow the one before; it is recorded. Call the administrator.",
    ),
    "SERVER_FORGOT": (
        Tone.ASK,
        "Máy chủ chỉ còn đến số {seq} (kỳ {epoch}), có lẽ vừa phục hồi: trạm gửi lại {again} lượt.",
        "The server has no more than {seq} (epoch {epoch}), restored perhaps: {again} sent again.",
    ),
    "ENTRIES_GONE": (
        Tone.BAD,
        "MẤT LƯỢT số {first}–{last} (kỳ {epoch}): máy chủ và trạm đều không còn. Báo ngay.",
        "SCANS {first}–{last} ARE LOST (epoch {epoch}), here and on the server. Call for help now.",
    ),
    "ONLINE": (Tone.GOOD, "Đã nối với máy chủ.", "Connected to the server."),
    "OFFLINE": (
        Tone.ASK,
        "Chưa nối được máy chủ. Vẫn quét bình thường; sẽ gửi sau.",
        "The server cannot be reached. Go on scanning; it will be sent later.",
    ),
    "SERVER_REFUSED": (
        Tone.BAD,
        "Máy chủ từ chối ({status} {server_code}): {vi} Mọi bản ghi vẫn được giữ ở đây.",
        "The server refused ({status} {server_code}): {en} Entries are kept here.",
    ),
    "NOT_THE_SERVER": (
        Tone.BAD,
        "Nơi trả lời không phải máy chủ giao nhận ({why}).",
        "What answers is not the giaonhan server ({why}).",
    ),
    "CHECKPOINT_FORGED": (
        Tone.BAD,
        "Chữ ký của máy chủ không đúng. Không gửi nữa; báo quản trị.",
        "The server's signature is wrong. Nothing was believed; call the administrator.",
    ),
    "UPLINK_FAULT": (
        Tone.BAD,
        "Phần gửi dữ liệu gặp lỗi. Vẫn quét được; khởi động lại trạm để gửi.",
        "The uplink has failed. Scanning goes on; restart the station to send.",
    ),
    "JOURNAL_FULL": (
        Tone.BAD,
        "HẾT CHỖ TRÊN Ổ ĐĨA. Lượt quét này CHƯA được ghi. Giải phóng ổ đĩa rồi quét lại.",
        "DISK FULL. This scan was NOT stored. Free some space, then scan again.",
    ),
    "JOURNAL_FAULT": (
        Tone.BAD,
        "LỖI GHI NHẬT KÝ ({why}). Lượt quét này CHƯA được ghi. Báo quản trị.",
        "JOURNAL FAULT ({why}). This scan was NOT stored. Call the administrator.",
    ),
    "JOURNAL_DAMAGED": (
        Tone.BAD,
        "Nhật ký bị hỏng hoặc bị sửa tại số {seq} ({why}). Trạm dừng; báo quản trị.",
        "The journal is damaged or altered at entry {seq} ({why}). Call the administrator.",
    ),
    "JOURNAL_MENDED": (
        Tone.ASK,
        "Tệp {file} bị hỏng ({why}), đã vá đủ {restored} bản ghi từ tệp kia. Phần hỏng: {kept_in}",
        "{file} was damaged ({why}); {restored} entries came from the other file. See {kept_in}",
    ),
    "JOURNAL_COMPLETED": (
        Tone.GOOD,
        "Lần trước trạm tắt đột ngột: {restored} bản ghi vừa được chép đủ vào {file}.",
        "The station ended abruptly last time: {restored} entries were completed in {file}.",
    ),
    "JOURNAL_BEHIND": (
        Tone.BAD,
        "Nhật ký dừng ở số {seq}, máy chủ có đến số {server_seq}: bản sao cũ. Cần đăng ký lại.",
        "The journal ends at {seq}, the server has {server_seq}: an old copy. Enrol again.",
    ),
    "JOURNAL_NEWER": (
        Tone.BAD,
        "Nhật ký do phiên bản mới hơn ghi (bản {found}, ở đây biết {known}). Hãy cập nhật trạm.",
        "A newer program wrote the journal (shape {found}, known {known}). Update the station.",
    ),
    "STATION_LOCKED": (
        Tone.BAD,
        "Trạm này đang chạy ở cửa sổ khác ({directory}). Hãy dùng cửa sổ đó, hoặc đóng nó trước.",
        "Another process runs this station ({directory}). Use that one, or stop it first.",
    ),
    "DIRECTORY_UNUSABLE": (
        Tone.BAD,
        "Không dùng được thư mục {directory} ({why}).",
        "The directory {directory} cannot be used ({why}).",
    ),
    "NOT_ENROLLED": (
        Tone.BAD,
        "{directory} chưa đăng ký trạm ({why}). Kiểm tra --dir, hoặc đăng ký bằng mã một lần.",
        "No station is enrolled in {directory} ({why}). Check --dir, or enrol by a one-time code.",
    ),
    "ALREADY_ENROLLED": (
        Tone.BAD,
        "Thư mục này đã là trạm {station}.",
        "This directory is station {station} already.",
    ),
    "OTHER_STATION": (
        Tone.BAD,
        "Mã này của trạm {found}; thư mục này của trạm {station}. Hãy lấy mã của đúng trạm.",
        "The code is station {found}'s; the directory is station {station}'s. Get its own code.",
    ),
    "NOT_AN_IMAGE": (
        Tone.BAD,
        "Không phải ảnh: {file}. Hãy dùng ảnh JPEG hoặc PNG, hoặc chụp lại.",
        "Not a picture: {file}. Give a JPEG or PNG file, or take it again.",
    ),
    "IMAGE_TOO_LARGE": (
        Tone.BAD,
        "Ảnh quá lớn: {file}. Hãy thu nhỏ, hoặc chụp lại ở độ phân giải thấp hơn.",
        "The picture is too large: {file}. Scale it down, or take it at a lower resolution.",
    ),
    "IMAGE_TIMEOUT": (
        Tone.BAD,
        "Giải mã ảnh quá lâu: {file}",
        "Decoding the picture took too long: {file}",
    ),
    "FILE_UNREADABLE": (
        Tone.BAD,
        "Không đọc được {file} ({why}).",
        "{file} cannot be read ({why}).",
    ),
    "NO_NUMBERS_LEFT": (
        Tone.BAD,
        "Hết số nhãn dự trữ. Cần có mạng để nhận thêm số.",
        "The reserved numbers are used up. The network is needed for more.",
    ),
    "NOT_RESERVED": (
        Tone.BAD,
        "Chưa tiếp nhận: số nhãn {label} đã dùng, hoặc không thuộc dãy dự trữ của trạm này.",
        "Not taken in: number {label} is used, or is none of this station's block.",
    ),
    "BLANK_STICKER": (
        Tone.ASK,
        "Nhãn dự trữ chưa dùng. Điền phiếu tiếp nhận cho hồ sơ mang nhãn này.",
        "A reserved sticker that no dossier has yet. Fill in the intake form for it.",
    ),
    "DRAFTS_UNUSABLE": (
        Tone.BAD,
        "Không dùng được tệp hồ sơ nháp ({why}). Chưa tiếp nhận; gọi kỹ thuật.",
        "The drafts cannot be used ({why}). Nothing was taken in; call for help.",
    ),
    "NOT_AN_OPERATOR": (
        Tone.BAD,
        "Thẻ {badge} không phải của cán bộ đơn vị này.",
        "Badge {badge} belongs to nobody of this office.",
    ),
    "BAD_DRAFT": (
        Tone.BAD,
        "Chưa tiếp nhận: thiếu hoặc sai mục {field}.",
        "Not taken in: {field} is missing or wrong.",
    ),
    "NO_SUCH_DRAFT": (
        Tone.BAD,
        "Không có hồ sơ nháp {label} ở trạm này: máy chủ đã nhận, hoặc sai nhãn.",
        "No draft {label} lies here: the server has it, or the label is wrong.",
    ),
    "DRAFT_NOT_ERASABLE": (
        Tone.BAD,
        "Chưa xóa nháp {label} ({why}): chỉ xóa khi không đâu có lượt quét, kèm mã lý do.",
        "Draft {label} stays ({why}): erased only where nobody has its scan, with a coded reason.",
    ),
    "DRAFT_REFUSED": (
        Tone.BAD,
        "Máy chủ không nhận hồ sơ nháp {label} ({reason}). Trạm vẫn giữ; báo quản trị.",
        "The server refused draft {label} ({reason}). It is kept here; tell an administrator.",
    ),
    "DESK_PORT_TAKEN": (
        Tone.BAD,
        "Cổng {port} đang do chương trình khác dùng. Chọn cổng khác bằng --port.",
        "Another program listens on port {port}. Choose another with --port.",
    ),
    "SCANNER_UNPLUGGED": (
        Tone.BAD,
        "Không thấy máy quét ở cổng {port} ({why}). Cắm lại dây; trạm tự nhận lại.",
        "No scanner at {port} ({why}). Plug it in again; the station finds it by itself.",
    ),
    "BAD_STATION_FILE": (
        Tone.BAD,
        "Không dùng được {file} ({why}). Sửa hoặc xóa tệp rồi chạy lại.",
        "{file} cannot be used ({why}). Mend or delete it, then start again.",
    ),
    "CAMERA_UNAVAILABLE": (
        Tone.BAD,
        "Không dùng được máy ảnh {source} ({why}).",
        "The camera {source} cannot be used ({why}).",
    ),
}
