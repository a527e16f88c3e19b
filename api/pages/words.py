"""The words of the pages: English as written in the templates, and their Vietnamese.

A test demands a Vietnamese sentence for every English one a page uses. Codes of the domain
(discrepancies, facts, classes) have their English name here too, so that no page shows a bare code.
"""

from collections.abc import Callable

from api.pages.act_words import ACTS
from api.pages.appointment_words import APPOINTMENTS
from api.pages.board_words import BOARDS
from api.pages.census_words import CENSUS
from api.pages.citizen_words import CITIZEN
from api.pages.intake_words import INTAKE
from api.pages.minutes_words import MINUTES
from api.pages.office_words import OFFICES
from api.pages.pause_words import PAUSES
from api.pages.quarantine_words import QUARANTINE
from api.pages.report_words import REPORTS
from api.pages.run_words import RUN_DISCREPANCIES, RUN_FACTS, RUNS
from api.pages.settling_words import SETTLING
from api.pages.shift_words import SHIFT
from api.pages.station_words import STATIONS

LANGUAGES = ("vi", "en")

DISCREPANCIES = {
    "MISSING": "Missing from its pouch",
    "SURPLUS": "Not on the manifest",
    "UNKNOWN_CODE": "Label not registered yet",
    "MISROUTED": "At the wrong office",
    "WRONG_POUCH": "In the wrong pouch",
    "SHORT_CONTENT": "Pieces are missing",
    "EXCESS_CONTENT": "More pieces than stated",
    "DAMAGED": "Damaged",
    "SEAL_BROKEN": "Seal broken",
    "SEAL_MISMATCH": "Another seal number",
    "DUPLICATE_LABEL": "Two things under one label",
    "MANIFEST_MISSING": "No manifest",
    "NOT_RELEASED": "Taken without being released",
    "NOT_ACCEPTED": "Released, nobody has accepted",
    "DISPUTED": "Disputed",
    "REFUSED": "Receipt refused",
    "CLOCK_SKEW": "Station clock runs ahead",
    "SEQUENCE_GAP": "Scans of the station are missing",
    "BACKDATED": "Station clock runs behind",
    "WRONG_PERSON": "Taken by another courier",
    "LOST": "Declared lost",
    "WITHDRAWN_IN_TRANSIT": "Withdrawn while on its way",
    "RECEIPT_NOT_CLOSED": "Receipt not closed",
    "EQUIVOCATION": "Two different scans under one number",
    "LABEL_UNREADABLE": "Label unreadable",
    "OFFICE_CLOSED": "Office closed",
    "ORG_CHANGED": "Office merged or moved",
    "WRONG_RECIPIENT": "Given or brought to the wrong recipient",
    "FOUND": "Found, not yet seen to",
    "UNCLAIMED": "Result not collected",
    "OFFLINE_TOO_LONG": "Scans sent too late",
    **RUN_DISCREPANCIES,
}

FACTS = {
    "Registered": "Registered",
    "Digitised": "Digitised",
    "Labelled": "Labelled",
    "Relabelled": "Relabelled",
    "Packed": "Packed into a pouch",
    "Unpacked": "Taken out of a pouch",
    "Received": "Received",
    "Moved": "Moved to another place",
    "Released": "Released",
    "Tendered": "Tendered",
    "Accepted": "Accepted",
    "Refused": "Refused",
    "Disputed": "Disputed",
    "StepStarted": "Step started",
    "StepFinished": "Step finished",
    "SupplementRequested": "Supplement requested",
    "SupplementSupplied": "Supplement supplied",
    "FeeRequested": "Fee requested",
    "FeePaid": "Fee paid",
    "FeeWaived": "Fee waived",
    "ResultIssued": "Result issued",
    "ResultArrived": "Result arrived at the centre",
    "Returned": "Returned to the citizen",
    "Archived": "Archived",
    "Withdrawn": "Withdrawn",
    "RefusedAtIntake": "Refused at intake",
    "Stopped": "Stopped",
    "Apologised": "Apologised",
    "Reappointed": "New appointment",
    "Rated": "Rated",
    "Damaged": "Damage noted",
    "ReservesNoted": "Reserves noted",
    "DeclaredLost": "Declared lost",
    "Found": "Found",
    "Attested": "Attested",
    "Undone": "Undone",
    "Corrected": "Corrected",
    "Opened": "Pouch opened",
    "Sealed": "Sealed",
    "Unsealed": "Seal removed",
    "Closed": "Receipt closed",
    **RUN_FACTS,
}

STANDINGS = {
    "undated": "No due date",
    "paused": "Paused",
    "within": "Within its term",
    "near": "Due soon",
    "overdue": "Overdue",
    "early": "Early",
    "on_time": "On time",
    "late": "Late",
}

STATUSES = {
    "unknown": "Not registered",
    "open": "In process",
    "withdrawn": "Withdrawn",
    "stopped": "Stopped",
    "returned": "Returned to the citizen",
    "refused": "Refused at intake",
}

POUCH_STATES = {
    "new": "New",
    "sealed": "Sealed",
    "unsealed": "Seal removed",
    "closed": "Receipt closed",
}

BASES = {"verified": "verified", "inferred": "inferred", "attested": "attested"}

SELECTIONS = {"here": "With an office or courier", "gone": "Returned or refused", "all": "All"}

VIETNAMESE = {
    **RUNS,
    **SETTLING,
    **ACTS,
    **APPOINTMENTS,
    **INTAKE,
    **PAUSES,
    **STATIONS,
    **QUARANTINE,
    **REPORTS,
    **OFFICES,
    **SHIFT,
    **CENSUS,
    **MINUTES,
    # frame
    "Whereabouts of dossiers": "Hồ sơ đang ở đâu",
    "Discrepancies": "Sai lệch",
    "Sign in": "Đăng nhập",
    "Sign out": "Đăng xuất",
    "Skip to content": "Đến nội dung chính",
    "As of": "Số liệu lúc",
    "Demonstration data": "Dữ liệu minh họa",
    "Main pages": "Các trang chính",
    "More pages": "Mục khác",
    # sign-in
    "One-time code": "Mã dùng một lần",
    "Badge number": "Số thẻ",
    "PIN": "Mã PIN",
    "Sign in with a one-time code": "Đăng nhập bằng mã dùng một lần",
    "Sign in with badge and PIN": "Đăng nhập bằng thẻ và mã PIN",
    "The code works once. Ask the administrator for a new one.": (
        "Mã chỉ dùng được một lần. Hãy xin quản trị viên mã mới khi cần."
    ),
    "Scan the badge or type its 16 digits.": "Quét thẻ hoặc gõ 16 chữ số trên thẻ.",
    # board
    "Label or dossier code": "Nhãn hoặc mã hồ sơ",
    "Dossiers shown": "Phạm vi",
    "Holder": "Người đang giữ",
    "Class": "Tình trạng hạn",
    "Procedure": "Thủ tục",
    "Discrepancy": "Sai lệch",
    "Any": "Tất cả",
    "Any of these": "Không lọc",
    "Show": "Lọc",
    "View": "Xem",
    "Clear filters": "Bỏ lọc",
    "Dossier": "Hồ sơ",
    "Where": "Đang ở đâu",
    "Since": "Từ lúc",
    "Due": "Hẹn trả",
    "Open discrepancies": "Sai lệch đang mở",
    "Open now": "Đang mở",
    "Others": "Khác",
    "dossiers": "hồ sơ",
    "No dossier fits these filters.": "Không có hồ sơ nào khớp với bộ lọc này.",
    "No dossier has been registered yet.": "Chưa có hồ sơ nào được tiếp nhận.",
    "Clear the filters to see all of them.": "Bỏ lọc để xem tất cả.",
    "They appear here as soon as a counter registers one.": (
        "Hồ sơ sẽ hiện ở đây ngay khi quầy tiếp nhận."
    ),
    "Page": "Trang",
    "of": "trên",
    "Previous": "Trước",
    "Next": "Sau",
    "Pages of the list": "Các trang của danh sách",
    "In process": "Đang xử lý",
    "in pouch": "trong túi",
    "nobody holds it": "không ai đang giữ",
    "provisional": "tạm tính",
    "Filters": "Bộ lọc",
    "The day at a glance": "Tổng quan",
    # dossier
    "Label": "Nhãn",
    "Status": "Trạng thái",
    "Received at": "Tiếp nhận lúc",
    "Result ready": "Có kết quả lúc",
    "Returned at": "Trả lúc",
    "Custody timeline": "Diễn biến giao nhận",
    "No custody is known.": "Chưa biết ai giữ hồ sơ.",
    "From": "Từ",
    "To": "Đến",
    "Basis": "Căn cứ",
    "Place": "Vị trí",
    "Evidence": "Chứng cứ",
    "still": "đến nay",
    "verified": "đã kiểm",
    "inferred": "suy ra",
    "attested": "khai lại",
    "verified: the dossier itself was scanned": "đã kiểm: chính hồ sơ đã được quét",
    "inferred: its sealed pouch was scanned": "suy ra: túi niêm phong chứa hồ sơ đã được quét",
    "attested: declared later, with a reason": "khai lại: được khai sau, có lý do",
    "hatched: released, nobody has accepted": "gạch chéo: đã giao, chưa ai nhận",
    "due": "hẹn trả",
    "Opened": "Mở lúc",
    "Resolved": "Đóng lúc",
    "open": "đang mở",
    "Subject": "Đối tượng",
    "Opened by scan": "Do lượt quét",
    "No discrepancy.": "Không có sai lệch.",
    "All scans behind this": "Mọi lượt quét làm căn cứ",
    "Scan": "Lượt quét",
    "Happened": "Giờ quét",
    "Recorded": "Giờ ghi nhận",
    "Who": "Người quét",
    "Fact": "Việc",
    "Scanned more than two minutes before it was recorded": (
        "Được ghi nhận muộn hơn giờ quét trên hai phút"
    ),
    "State at": "Xem tại thời điểm",
    "As it stood at": "Tình trạng tại",
    "See now": "Xem hiện tại",
    "Calendar": "Lịch làm việc",
    "version": "phiên bản",
    "Pouch": "Túi",
    "Seal": "Niêm phong",
    "Back to the list": "Về danh sách",
    "Legend": "Chú giải",
    "Code": "Mã",
    "Since when": "Mở từ",
    "Held by": "Đang ở",
    "No open discrepancy.": "Không có sai lệch nào đang mở.",
    # procedures
    "Procedures and fees": "Thủ tục và lệ phí",
    "How long it takes, what it costs and which papers to bring.": (
        "Thời hạn giải quyết, phí, lệ phí và giấy tờ phải nộp của từng thủ tục."
    ),
    "Examples: the centre has not posted its own procedures yet.": (
        "Ví dụ: trung tâm chưa công bố danh mục thủ tục của mình."
    ),
    "Words of the procedure; without tones will do": "Tìm theo tên thủ tục (không dấu cũng được)",
    "procedures": "thủ tục",
    "Papers to bring": "Giấy tờ phải nộp",
    "papers": "loại giấy tờ",
    "decided on the spot": "giải quyết ngay",
    "in force from": "có hiệu lực từ",
    "changes from": "thay đổi từ",
    "abolished from": "bãi bỏ từ",
    "No procedure is called so.": "Không có thủ tục nào có tên như vậy.",
    "See all procedures.": "Xem tất cả thủ tục.",
    # classes
    "No due date": "Chưa có hạn",
    "Paused": "Tạm dừng",
    "Within its term": "Trong hạn",
    "Due soon": "Sắp đến hạn",
    "Overdue": "Quá hạn",
    "Early": "Trước hạn",
    "On time": "Đúng hạn",
    "Late": "Quá hạn khi xong",
    "Not registered": "Chưa đăng ký",
    "Withdrawn": "Đã rút",
    "Stopped": "Dừng giải quyết",
    "Returned to the citizen": "Đã trả kết quả",
    "Refused at intake": "Từ chối tiếp nhận",
    "With an office or courier": "Đang có người giữ",
    "Returned or refused": "Đã trả hoặc từ chối",
    "All": "Tất cả",
    # discrepancies
    "Missing from its pouch": "Thiếu trong túi",
    "Not on the manifest": "Thừa so với bảng kê",
    "Label not registered yet": "Nhãn chưa đăng ký",
    "At the wrong office": "Đến sai nơi",
    "In the wrong pouch": "Nhầm túi",
    "Pieces are missing": "Thiếu thành phần",
    "More pieces than stated": "Thừa thành phần",
    "Damaged": "Hư hỏng",
    "Seal broken": "Niêm phong bị rách",
    "Another seal number": "Sai số niêm phong",
    "Two things under one label": "Trùng nhãn",
    "No manifest": "Không có bảng kê",
    "Taken without being released": "Nhận khi chưa được giao",
    "Released, nobody has accepted": "Đã giao, chưa ai nhận",
    "Disputed": "Có tranh chấp",
    "Receipt refused": "Bị từ chối nhận",
    "Station clock runs ahead": "Đồng hồ trạm chạy nhanh",
    "Scans of the station are missing": "Thiếu lượt quét của trạm",
    "Station clock runs behind": "Đồng hồ trạm chạy chậm",
    "Taken by another courier": "Sai người nhận",
    "Declared lost": "Khai mất",
    "Withdrawn while on its way": "Rút khi đang chuyển",
    "Receipt not closed": "Chưa đóng biên nhận",
    "Two different scans under one number": "Hai lượt quét khác nhau cùng số",
    "Label unreadable": "Nhãn không đọc được",
    "Office closed": "Cơ quan đóng cửa",
    "Office merged or moved": "Nơi nhận đã sáp nhập hoặc dời đi",
    "Given or brought to the wrong recipient": "Không đúng nơi nhận, người nhận",
    "Found, not yet seen to": "Tìm thấy, chưa xử lý tiếp",
    "Result not collected": "Quá lâu chưa đến nhận kết quả",
    "Scans sent too late": "Lượt quét gửi về quá muộn",
    # facts
    "New": "Mới",
    "Registered": "Tiếp nhận",
    "Digitised": "Số hóa",
    "Labelled": "Dán nhãn",
    "Relabelled": "Dán lại nhãn",
    "Packed into a pouch": "Xếp vào túi",
    "Taken out of a pouch": "Lấy khỏi túi",
    "Received": "Nhận hồ sơ",
    "Moved to another place": "Chuyển vị trí",
    "Released": "Giao",
    "Tendered": "Giao, bên nhận không quét",
    "Accepted": "Nhận",
    "Refused": "Từ chối nhận",
    "Step started": "Bắt đầu xử lý",
    "Step finished": "Xong một bước",
    "Supplement requested": "Yêu cầu bổ sung",
    "Supplement supplied": "Đã bổ sung",
    "Fee requested": "Yêu cầu nộp phí",
    "Fee paid": "Đã nộp phí",
    "Fee waived": "Miễn phí",
    "Result issued": "Ban hành kết quả",
    "Result arrived at the centre": "Kết quả về trung tâm",
    "Archived": "Lưu trữ",
    "Apologised": "Xin lỗi",
    "New appointment": "Hẹn lại",
    "Rated": "Được đánh giá",
    "Damage noted": "Ghi nhận hư hỏng",
    "Reserves noted": "Ghi ý kiến bảo lưu",
    "Found": "Tìm thấy",
    "Attested": "Khai lại",
    "Undone": "Hoàn tác",
    "Corrected": "Đính chính",
    "Pouch opened": "Mở túi",
    "Sealed": "Niêm phong",
    "Seal removed": "Mở niêm phong",
    "Receipt closed": "Đóng biên nhận",
    # parties
    "courier": "bưu tá",
    # errors, docs
    "This did not work": "Chưa thực hiện được",
    "To the first page": "Về trang đầu",
    "Programming interface": "Giao diện lập trình",
    "Who may call": "Ai được gọi",
    **CITIZEN,
    **BOARDS,
}


def translator(language: str) -> Callable[[str], str]:
    """From the English of the templates to a language of `LANGUAGES`."""
    return VIETNAMESE.__getitem__ if language == "vi" else str


def name_of_code(code: str) -> str:
    """The English name of a discrepancy, fact, class or status; raises `KeyError` without one."""
    return _NAMES[code]


_NAMES = {**DISCREPANCIES, **STANDINGS, **STATUSES, **POUCH_STATES, **FACTS}
