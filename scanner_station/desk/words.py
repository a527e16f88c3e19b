"""The words of the desk page: English as written in the templates, and their Vietnamese."""

from domain.model.commands import COMMANDS, UNDO, Command, command
from domain.model.reasons import ASKED_AT_STATIONS, Reason, reasons_for
from scanner_station.settings import Purpose

LANGUAGES = ("vi", "en")

PURPOSES = {
    Purpose.COUNTER: "Counter: intake and handoff",
    Purpose.DEPARTMENT: "Department: receipt",
    Purpose.RESULTS: "Result desk",
    Purpose.COURIER: "Courier",
    Purpose.SHELF: "Shelf census",
}
STATES = {
    "stored": "stored here",
    "recorded": "sent",
    "duplicate": "sent",
    "quarantined": "held back by the server",
    "rejected": "rejected by the server",
}
# What the station's cards say most, in the order of their keys.
_CARDS = {
    Purpose.COUNTER: "Released Accepted Received Returned",
    Purpose.DEPARTMENT: "Released StepStarted StepFinished ResultIssued",
    Purpose.RESULTS: "Returned Moved Received Archived",
    Purpose.COURIER: "Released Tendered StopReached RunCompleted",
    Purpose.SHELF: "Found Damaged Archived",
}
CARD_KEYS = ("F1", "F3", "F7", "F9")
LABELS = {card.word: card.label for card in COMMANDS}


# The fields of the intake form: as the draft names them, in words, and how long they may be.
APPLICANT = (
    ("name", "Applicant's name", 200),
    ("phone", "Telephone", 200),
    ("id_number", "Identity or tax number", 200),
    ("address", "Address", 200),
    ("email", "Email", 200),
)
_DRAFT_REASONS = {
    "SCAN_NOT_ARRIVED": ("lượt quét chưa tới máy chủ", "its scan has not arrived yet"),
    "NOT_ALLOWED": (
        "người tiếp nhận chưa có quyền trên máy chủ; quản trị cấp quyền thì tự gửi lại",
        "who took it in has no right at the server yet; it is sent again by itself",
    ),
    "NOT_SIGNED_IN": ("máy chủ chưa nhận ra trạm", "the server does not know this station yet"),
    "BAD_SIGNATURE": ("máy chủ chưa nhận ra trạm", "the server does not know this station yet"),
    "UNKNOWN_STATION": ("máy chủ chưa biết trạm này", "the server does not know this station"),
    "KEY_OUTDATED": ("khóa của trạm đã đổi", "the station's key was replaced"),
    "REQUEST_OUTDATED": ("đồng hồ của trạm sai", "the station's clock is wrong"),
    "NOT_FROM_BLOCK": (
        "số nhãn không cấp cho trạm này",
        "the number was not given to this station",
    ),
    "ALREADY_EXISTS": ("nhãn này đã có hồ sơ khác", "another dossier has this label"),
    "REGISTERED_TWICE": ("số này đã dùng cho hai hồ sơ", "the number went to two dossiers"),
    "NOT_FOUND": ("thủ tục không còn hiệu lực", "the procedure is no longer in force"),
    "DRAFTS_UNUSABLE": ("hồ sơ nháp hỏng, không mở được", "the draft is damaged"),
}


def draft_reason(code: str, language: str) -> str:
    """Why the server has not taken a draft; a code without words is told as it is."""
    vi, en = _DRAFT_REASONS.get(code, (code, code))
    return en if language == "en" else vi


def main_cards(purpose: Purpose) -> list[Command]:
    """The cards with a key of their own."""
    return [command(word) for word in _CARDS[purpose].split()]


def other_cards(purpose: Purpose) -> list[Command]:
    """All other cards, in the order of the printed sheet."""
    return [card for card in COMMANDS if card not in main_cards(purpose) and card != UNDO]


def reasons_of(fact: str | None) -> tuple[Reason, ...]:
    """The reasons to choose from for what the card says or what waits for one."""
    return reasons_for(fact) if fact in ASKED_AT_STATIONS else ()


def translated(language: str, english: str) -> str:
    """The English itself, or its Vietnamese; raises `KeyError` for words without one."""
    return english if language == "en" else _VI[english]


_VI = {
    "Counter: intake and handoff": "Quầy một cửa: tiếp nhận, giao nhận",
    "Department: receipt": "Kiểm nhận hồ sơ tại đơn vị",
    "Result desk": "Quầy trả kết quả",
    "Courier": "Bưu tá",
    "Shelf census": "Kiểm kê kho, kệ",
    "stored here": "đã lưu máy",
    "sent": "đã gửi",
    "held back by the server": "máy chủ tạm giữ",
    "rejected by the server": "máy chủ không nhận",
    "Scanning desk": "Bàn quét",
    "Station": "Trạm",
    "Operator": "Người quét",
    "nobody": "chưa có",
    "Lock": "Khóa bàn",
    "Ready": "SẴN SÀNG",
    "Scan a pouch or a dossier.": "Quét túi hoặc hồ sơ.",
    "Scan your badge": "QUÉT THẺ CÁN BỘ",
    "Nobody is signed on. What is scanned now is not stored.": (
        "Chưa có người quét. Lượt quét lúc này chưa được ghi."
    ),
    "PIN of": "Mã PIN của",
    "Sign on": "Vào bàn quét",
    "RIGHT": "ĐÚNG",
    "LOOK AGAIN": "XEM LẠI",
    "SCANNED ALREADY": "ĐÃ QUÉT RỒI",
    "STOP": "DỪNG LẠI",
    "STORED": "ĐÃ GHI",
    "ONE THING MORE": "CẦN THÊM",
    "NOT STORED": "CHƯA GHI",
    "Stored on this station.": "Đã lưu trên trạm.",
    "Scan the next one.": "Quét tiếp.",
    "Pouch being filled": "Túi đang xếp",
    "Pouch being received": "Túi đang kiểm nhận",
    "Receipt closed": "Đã kết thúc kiểm nhận",
    "No pouch at hand": "Không có túi đang mở",
    "dossiers in it": "hồ sơ trong túi",
    "seen": "đã quét",
    "of": "trên",
    "still to be scanned": "còn thiếu",
    "missing": "THIẾU",
    "All are here": "Đã đủ",
    "Surplus": "Thừa, lạc túi",
    "Close the census": "Kết thúc kiểm kê",
    "Blind census": "Kiểm kê kín",
    "on": "bật",
    "off": "tắt",
    "The list is shown once the census is closed.": "Danh sách chỉ hiện sau khi kết thúc kiểm kê.",
    "No census at hand": "Chưa kiểm kê",
    "Scan the label of a shelf or room, or choose one.": (
        "Quét nhãn kệ hoặc phòng, hoặc chọn trong danh sách."
    ),
    "Shelves and rooms here": "Kệ, phòng ở đây (số hồ sơ)",
    "Misplaced": "Để sai chỗ",
    "its place is": "chỗ đã ghi:",
    "Not known to be in this office": "Chưa ghi là ở đơn vị này",
    "Had no place before": "Trước chưa ghi chỗ để",
    "Absent": "Vắng",
    "Print the result": "In kết quả kiểm kê",
    "Still to be sent before the server can answer": "Còn chờ gửi trước khi máy chủ trả lời được",
    "The server's result": "Kết quả trên máy chủ",
    "Sealed pouch on its way": "Túi niêm phong đi qua",
    "to": "đến",
    "Leave it sealed. Hand it over to the next courier.": (
        "Không mở niêm phong. Giao tiếp cho bưu tá."
    ),
    "dossiers on its list": "hồ sơ trong bảng kê",
    "The list is not complete: the office has more than it tells.": (
        "Danh sách chưa đủ: đơn vị còn giữ nhiều hơn số được liệt kê."
    ),
    "Census closed": "Đã kết thúc kiểm kê",
    "Missing": "Còn thiếu",
    "Seen": "Đã quét",
    "Print the differences": "In bảng sai lệch",
    "Print a reroute slip": "In phiếu chuyển tiếp",
    "Print label": "In nhãn",
    "Break the seal": "Mở niêm phong",
    "Seal broken": "Niêm phong hỏng",
    "Close the receipt": "Kết thúc kiểm nhận",
    "Seal the pouch": "Niêm phong túi",
    "No number: store it so": "Không có số: ghi luôn",
    "Drop it": "Bỏ, không ghi",
    "Undo": "Hoàn tác",
    "Card in force": "Thẻ lệnh đang dùng",
    "holds until the next card": "giữ đến thẻ sau",
    "Put the card away": "Bỏ thẻ",
    "Reason": "Lý do",
    "Other cards": "Thẻ lệnh khác",
    "Type a number": "Nhập số bằng tay",
    "Enter": "Ghi",
    "Read a photo": "Đọc ảnh nhiều nhãn",
    "Photo of labels": "Ảnh chụp nhãn",
    "Labels read": "Số nhãn đọc được",
    "Close the photo": "Đóng ảnh",
    "Last scans": "Lượt quét gần đây",
    "Nothing scanned yet": "Chưa quét gì",
    "undone": "đã hoàn tác",
    "Network": "Mạng",
    "connected": "đã nối",
    "not connected": "mất mạng, vẫn quét được",
    "refused": "máy chủ từ chối",
    "connecting": "đang nối",
    "To be sent": "Chờ gửi",
    "Clock": "Đồng hồ",
    "right": "đúng",
    "Camera": "Máy ảnh",
    "none": "không có",
    "Disk": "Ổ đĩa",
    "%s GB free": "còn %s GB",
    "Decoders": "Bộ đọc mã",
    "working": "tốt",
    "fault": "lỗi",
    "Health of the station": "Tình trạng trạm",
    "THE STATION HAS STOPPED": "TRẠM ĐÃ DỪNG GHI",
    "Do not go on scanning: nothing is being stored.": ("Đừng quét tiếp: không có gì được ghi."),
    "The station was started again.": "Trạm vừa khởi động lại.",
    "Last stored scan": "Lượt quét cuối đã lưu",
    "What you scanned after it was not stored: scan it again.": (
        "Quét lại những gì đã quét sau lượt đó."
    ),
    "THE STATION DOES NOT ANSWER": "TRẠM KHÔNG TRẢ LỜI",
    "Not stored, scan again": "Chưa ghi, quét lại",
    "Waiting to be stored": "Đang chờ ghi",
    "Start the station again. What waits here is stored as soon as it answers.": (
        "Khởi động lại trạm. Những gì đang chờ sẽ được ghi ngay khi trạm trả lời."
    ),
    "Turn the Vietnamese input method off": "Tắt bộ gõ tiếng Việt",
    "Check digits right": "Số kiểm tra đúng",
    "Check digits wrong: look again": "Số kiểm tra sai: xem lại",
    "Sound is off: press any key": "Chưa có tiếng: bấm một phím bất kỳ",
    "The photo cannot be read.": "Không đọc được ảnh.",
    "Intake without the network": "Tiếp nhận khi mất mạng",
    "Print reserved stickers": "In sẵn nhãn dự trữ",
    "Number on the sticker": "Số trên nhãn",
    "Scan a reserved sticker, or the next number is taken": (
        "Quét nhãn dự trữ đã dán, hoặc để trạm lấy số kế tiếp"
    ),
    "numbers left": "còn số",
    "Reserved numbers": "Số dự trữ",
    "There is a network": "Đang có mạng",
    "the server's page prints the official receipt at once": (
        "trang của máy chủ in ngay giấy tiếp nhận chính thức"
    ),
    "Find the procedure": "Tìm thủ tục",
    "Procedure": "Thủ tục hành chính",
    "procedures found": "số thủ tục tìm thấy",
    "No procedure is known here yet: go online once.": (
        "Trạm chưa có danh mục thủ tục: cần nối mạng một lần."
    ),
    "Applicant's name": "Họ tên người nộp",
    "Telephone": "Điện thoại",
    "Identity or tax number": "Số định danh, mã số thuế",
    "Address": "Địa chỉ",
    "Email": "Thư điện tử",
    "What is asked for": "Nội dung yêu cầu",
    "Papers handed in: how many of each": "Giấy tờ đã nộp: mỗi loại bao nhiêu bản",
    "Take in": "Tiếp nhận",
    "Drop the form": "Bỏ phiếu",
    "Choose the procedure.": "Chọn thủ tục.",
    "Type the applicant's name.": "Nhập họ tên người nộp.",
    "Waiting for the station…": "Đang chờ trạm…",
    "Not taken in.": "Chưa tiếp nhận.",
    "Taken in here, not with the server yet": "Đã tiếp nhận ở đây, máy chủ chưa có",
    "refused by the server": "máy chủ không nhận",
    "put off": "tạm hoãn, trạm tự gửi lại",
    "waits for the network": "chờ có mạng",
    "Look": "Xem",
    "Provisional receipt": "Phiếu tiếp nhận tạm",
    "Stick the label on, give the applicant the provisional receipt.": (
        "Dán nhãn lên hồ sơ, đưa phiếu tiếp nhận tạm cho người nộp."
    ),
    "Send again": "Gửi lại",
    "Taken by the server": "Máy chủ đã nhận",
    "Official receipt": "Giấy tiếp nhận chính thức",
    "Draft": "Hồ sơ nháp",
}
