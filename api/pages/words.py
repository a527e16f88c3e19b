"""The words of the pages: English as written in the templates, and their Vietnamese.

A test demands a Vietnamese sentence for every English one a page uses. Codes of the domain
(discrepancies, facts, classes) have their English name here too, so that no page shows a bare code.
"""

from collections.abc import Callable

from api.pages.citizen_words import CITIZEN
from api.pages.settling_words import SETTLING
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
    "LABEL_UNREADABLE": "Label unreadable",
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
    **SETTLING,
    **STATIONS,
    # frame
    "Whereabouts of dossiers": "Hồ sơ đang ở đâu",
    "Discrepancies": "Sai lệch",
    "Sign in": "Đăng nhập",
    "Sign out": "Đăng xuất",
    "Skip to content": "Đến nội dung chính",
    "As of": "Số liệu lúc",
    "Demonstration data": "Dữ liệu minh hoạ",
    "Main pages": "Các trang chính",
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
    "Resolved": "Khép lúc",
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
    # intake
    "Take in a dossier": "Tiếp nhận hồ sơ",
    "What is applied for?": "Chọn thủ tục hành chính",
    "No procedure is in force.": "Chưa có thủ tục nào đang có hiệu lực.",
    "The administrator loads them into the reference data.": (
        "Quản trị viên nạp thủ tục vào danh mục."
    ),
    "Choose another procedure": "Chọn thủ tục khác",
    "same day": "trong ngày",
    "working days": "ngày làm việc",
    "days": "ngày",
    "working hours": "giờ làm việc",
    "working minutes": "phút làm việc",
    "if received before": "nếu nhận trước",
    "dong": "đồng",
    "free of charge": "không thu phí",
    "Department": "Cơ quan giải quyết",
    "Term": "Thời hạn",
    "Fee": "Phí, lệ phí",
    "Due if received now": "Hẹn trả nếu nhận ngay",
    "How the due date is counted, day by day": "Cách tính ngày hẹn trả, từng ngày",
    "Date": "Ngày",
    "What it counts as": "Được tính là",
    "Rule": "Quy tắc",
    "Applicant": "Người nộp hồ sơ",
    "required": "bắt buộc",
    "Full name, or the organisation's": "Họ và tên, hoặc tên tổ chức",
    "Telephone": "Số điện thoại",
    "Personal identification or tax number": "Số định danh cá nhân hoặc mã số thuế",
    "Address": "Địa chỉ",
    "E-mail": "Thư điện tử",
    "Request": "Yêu cầu",
    "What is asked for": "Nội dung yêu cầu giải quyết",
    "Pieces handed in": "Thành phần hồ sơ đã nộp",
    "Count": "Số lượng",
    "Codes, where there are any": "Mã số, nếu đã có",
    "Label already on the dossier": "Nhãn đã dán trên hồ sơ",
    "Code in the national system": "Mã hồ sơ trên Cổng dịch vụ công",
    "Leave the label empty: the office's next number is taken and printed.": (
        "Nếu chưa dán nhãn, hãy để trống: hệ thống lấy số kế tiếp của đơn vị để in."
    ),
    "Register": "Tiếp nhận",
    "Not registered yet. What you typed is kept; please correct:": (
        "Chưa tiếp nhận. Nội dung đã nhập được giữ nguyên; hãy sửa:"
    ),
    "What you typed is kept below.": "Nội dung đã nhập được giữ nguyên bên dưới.",
    "The name is missing. Type it as on the identity card.": (
        "Chưa có họ tên. Hãy nhập đúng như trên căn cước."
    ),
    "This is longer than the field takes. Shorten it.": "Dài quá ô này cho phép. Hãy rút gọn.",
    "No piece is ticked. Tick what was handed in.": (
        "Chưa đánh dấu giấy tờ nào. Hãy đánh dấu những giấy tờ đã nhận."
    ),
    "The count is a whole number from 1 to 200. Correct it.": (
        "Số lượng là số nguyên từ 1 đến 200. Hãy sửa lại."
    ),
    "More than 200 pieces in all. Check the counts.": (
        "Tổng cộng quá 200 giấy tờ. Hãy kiểm tra số lượng."
    ),
    "This is no label: 16 digits with check digits. Scan it again, or empty the field for the"
    " next number.": (
        "Đây không phải là nhãn: nhãn có 16 chữ số, có số kiểm tra. Hãy quét lại, hoặc để trống để"
        " lấy số kế tiếp."
    ),
    "This is a label, but not a dossier's. Scan the sticker on the dossier.": (
        "Đây là nhãn nhưng không phải nhãn hồ sơ. Hãy quét nhãn dán trên hồ sơ."
    ),
    "A dossier is registered under this label already. Use another sticker, or empty the field for"
    " the next number.": (
        "Đã có hồ sơ mang nhãn này. Hãy dùng nhãn khác, hoặc để trống để lấy số kế tiếp."
    ),
    "The code may have plain letters, digits and . _ / - only, without spaces. Correct it or empty"
    " the field.": (
        "Mã chỉ gồm chữ không dấu, chữ số và . _ / - , không có khoảng trắng. Hãy sửa, hoặc để"
        " trống."
    ),
    "Dossier registered": "Đã tiếp nhận hồ sơ",
    "Not handed in:": "Chưa nộp:",
    "To print": "In giấy",
    "Receipt (PDF)": "Giấy tiếp nhận (PDF)",
    "Label (PDF)": "Nhãn dán (PDF)",
    "The receipt carries its look-up code for half an hour and for whoever registered; later prints"
    " say that they are reprints. Print at 100 %.": (
        "Trong 30 phút, giấy do chính người tiếp nhận in có mã tra cứu; in sau đó sẽ ghi là bản in"
        " lại. In đúng cỡ 100 %."
    ),
    "What next": "Việc tiếp theo",
    "Another dossier of the same procedure": "Tiếp nhận hồ sơ khác cùng thủ tục",
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
    "Label unreadable": "Nhãn không đọc được",
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
    "Receipt not closed": "Chưa khép biên nhận",
    "Two different scans under one number": "Hai lượt quét khác nhau cùng số",
    # facts
    "New": "Mới",
    "Registered": "Tiếp nhận",
    "Digitised": "Số hoá",
    "Labelled": "Dán nhãn",
    "Relabelled": "Dán lại nhãn",
    "Packed into a pouch": "Xếp vào túi",
    "Taken out of a pouch": "Lấy khỏi túi",
    "Received": "Nhận hồ sơ",
    "Moved to another place": "Chuyển vị trí",
    "Released": "Giao",
    "Tendered": "Chào giao",
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
    "Receipt closed": "Khép biên nhận",
    # parties
    "courier": "bưu tá",
    # errors, docs
    "This did not work": "Chưa thực hiện được",
    "To the first page": "Về trang đầu",
    "Programming interface": "Giao diện lập trình",
    "Who may call": "Ai được gọi",
    **CITIZEN,
}


def translator(language: str) -> Callable[[str], str]:
    """From the English of the templates to a language of `LANGUAGES`."""
    return VIETNAMESE.__getitem__ if language == "vi" else str


def name_of_code(code: str) -> str:
    """The English name of a discrepancy, fact, class or status; raises `KeyError` without one."""
    return _NAMES[code]


_NAMES = {**DISCREPANCIES, **STANDINGS, **STATUSES, **POUCH_STATES, **FACTS}
