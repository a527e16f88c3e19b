"""The Vietnamese of the intake pages and of the catalogue's terms; part of `api.pages.words`."""

INTAKE = {
    "Take in a dossier": "Tiếp nhận hồ sơ",
    "What is applied for?": "Chọn thủ tục hành chính",
    "Find": "Tìm",
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
}
