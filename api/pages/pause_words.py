"""The Vietnamese of the page of what a dossier waits for; part of `api.pages.words`."""

PAUSES = {
    "Pause and go on": "Tạm dừng, tiếp tục",
    "What the dossier waits for": "Tạm dừng thời hạn giải quyết",
    "Nothing: its clock runs.": "Không tạm dừng: thời hạn đang chạy.",
    "While it waits for one of these its clock stands still.": (
        "Trong lúc chờ một trong các việc dưới đây, thời hạn không tính."
    ),
    "It waits for": "Đang chờ",
    "Supplement": "Bổ sung hồ sơ",
    "Financial obligation": "Nghĩa vụ tài chính",
    "Another agency's opinion": "Ý kiến cơ quan khác",
    "Ask for a supplement": "Yêu cầu bổ sung hồ sơ",
    "What is to be added or mended": "Nội dung cần bổ sung, sửa đổi",
    "It was supplied": "Đã bổ sung",
    "Ask for a payment": "Yêu cầu nộp phí, lệ phí",
    "Amount in VND": "Số tiền (đồng)",
    "It was paid": "Đã nộp",
    "Do without the payment": "Miễn nộp",
    "Ask another agency": "Lấy ý kiến cơ quan khác",
    "Code of the agency": "Mã cơ quan",
    "It has answered": "Đã có ý kiến",
    "A paper is missing": "Thiếu thành phần hồ sơ",
    "What is written is wrong": "Nội dung kê khai sai",
    "It cannot be read or understood": "Không rõ, không đọc được",
    "Exempt by law": "Được miễn theo quy định",
    "Asked for by mistake": "Yêu cầu nhầm",
}
