"""The Vietnamese of the pages of appointments; part of `api.pages.words`."""

APPOINTMENTS = {
    "Appointments to confirm": "Lịch hẹn cần xác nhận",
    "The printed date of return is no longer the due date. Nothing moves by itself.": (
        "Ngày hẹn trả đã in không còn trùng với hạn tính theo lịch hiện hành. Không ngày hẹn nào tự"
        " thay đổi."
    ),
    "Appointments": "Lịch hẹn",
    "appointments": "lịch hẹn",
    "Received by": "Nơi tiếp nhận",
    "Promised": "Đã hẹn",
    "Computed now": "Tính lại",
    "Why": "Lý do",
    "closed": "nghỉ",
    "worked": "làm việc",
    "other hours": "giờ làm việc khác",
    "and so many more dates:": "và số ngày khác thay đổi:",
    "it waited for": "đã tạm dừng vì",
    "a supplement": "bổ sung hồ sơ",
    "a payment": "nghĩa vụ tài chính",
    "another agency": "ý kiến cơ quan khác",
    "New appointments left": "Còn được hẹn lại",
    "Decide": "Quyết định",
    "Every appointment agrees with its due date.": "Mọi ngày hẹn đều khớp với hạn.",
    "A calendar change is still being worked through; the list grows until it is done.": (
        "Đang tính lại hạn theo lịch mới; danh sách còn dài thêm cho đến khi xong."
    ),
    # one dossier
    "Appointment": "Lịch hẹn trả kết quả",
    "stands": "giữ nguyên",
    "It waits; there is no due date until it goes on.": (
        "Hồ sơ đang tạm dừng nên chưa có hạn; kết thúc tạm dừng rồi mới hẹn lại được."
    ),
    "Apologise and make a new appointment": "Xin lỗi và hẹn lại ngày trả kết quả",
    "Counted: the procedure allows only so many. Late stays late.": (
        "Có tính lượt: thủ tục chỉ cho hẹn lại một số lần. Hồ sơ trễ vẫn là trễ."
    ),
    "The new date of return": "Ngày hẹn trả mới",
    "The due date as computed now": "Hạn đang tính",
    "Another date, by working days:": "Ngày khác, tính theo ngày làm việc:",
    "Working days from now": "Số ngày làm việc kể từ bây giờ",
    "Cause": "Nguyên nhân",
    "Apology, as the citizen will read it": "Lời xin lỗi gửi người nộp hồ sơ",
    "Make a new appointment": "Hẹn lại",
    "Keep the promised date": "Giữ nguyên ngày đã hẹn",
    "The due date is another by now, and the result will still be there as promised.": (
        "Hạn tính lại đã khác, nhưng vẫn trả kết quả đúng ngày đã hẹn."
    ),
    "Keep the date": "Giữ nguyên ngày hẹn",
    "Apologise without a new date": "Xin lỗi, không hẹn lại",
    "Apologise": "Gửi lời xin lỗi",
    "Back to the dossier": "Về trang hồ sơ",
    "New appointment or apology": "Hẹn lại, xin lỗi",
    "Letter of apology (PDF)": "Phiếu xin lỗi (PDF)",
    "The working calendar changed": "Lịch làm việc thay đổi",
    "Storm, flood or another disaster": "Bão, lũ hoặc thiên tai khác",
    "More dossiers than can be worked on": "Hồ sơ nhiều, chưa giải quyết kịp",
    "The officer in charge is ill or away": "Cán bộ thụ lý ốm hoặc vắng",
    "Another agency is late": "Cơ quan phối hợp chậm",
    "A mistake of the office": "Sai sót của cơ quan",
    "Another cause (say it in the words)": "Nguyên nhân khác (ghi trong lời xin lỗi)",
}
