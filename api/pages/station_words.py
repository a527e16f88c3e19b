"""The Vietnamese of the pages of scanning stations and of new labels; part of `api.pages.words`."""

STATIONS = {
    "Print new labels": "In nhãn mới",
    "Pouch tags": "Thẻ túi hồ sơ",
    "Stickers of dossiers": "Nhãn hồ sơ",
    "Stickers of single papers": "Nhãn thành phần hồ sơ",
    "Labels of shelves and rooms": "Nhãn kệ, phòng",
    "Each number is given out once, to your office. What is not used is simply left.": (
        "Mỗi số chỉ cấp một lần, cho đơn vị của bạn. Nhãn không dùng đến thì bỏ."
    ),
    "Kind of label": "Loại nhãn",
    "How many": "Số lượng",
    "One label a page, for a label printer; else A4": (
        "Mỗi trang một nhãn, cho máy in nhãn; không chọn thì in khổ A4"
    ),
    "Print at 100 %, never fitted to the page.": "In đúng cỡ 100 %, không “vừa trang”.",
    "Give out the numbers and print": "Cấp số và in",
    "Scanning stations": "Trạm quét",
    "Intake counter": "Quầy tiếp nhận",
    "Specialist department": "Cơ quan chuyên môn",
    "Courier under way": "Bưu tá trên đường",
    "Handing out results": "Quầy trả kết quả",
    "A station scans only after it was enrolled with a one-time code.": (
        "Trạm chỉ quét được sau khi đăng ký bằng mã dùng một lần."
    ),
    "One-time code of station": "Mã dùng một lần của trạm",
    "It is shown this once and good for one device until": (
        "Mã chỉ hiện một lần này và dùng cho một thiết bị, đến"
    ),
    "On the station's machine, in the program's directory:": (
        "Trên máy của trạm, trong thư mục chương trình:"
    ),
    "Station": "Trạm",
    "Office or courier": "Đơn vị hoặc bưu tá",
    "Purpose": "Công dụng",
    "Journal epoch": "Kỳ nhật ký",
    "not enrolled yet": "chưa đăng ký",
    "revoked": "đã thu hồi",
    "enrolled": "đã đăng ký",
    "a code is open until": "có mã chờ dùng đến",
    "No station has been invited yet.": "Chưa có trạm nào.",
    "Invite a station": "Cấp mã cho trạm",
    "The code of a station that exists replaces its device: a new journal epoch begins.": (
        "Mã cấp cho trạm đã có là để thay thiết bị: một kỳ nhật ký mới bắt đầu."
    ),
    "Station code, such as quay-01": "Mã trạm, ví dụ quay-01",
    "Couriers": "Bưu tá",
    "Give out a one-time code": "Cấp mã dùng một lần",
    "People and badges": "Người làm việc và thẻ",
    "Print all badges": "In mọi thẻ",
    "Print the badge": "In thẻ",
    "A link with which that person signs in on the server's pages, once.": (
        "Liên kết để người đó đăng nhập một lần vào các trang của máy chủ."
    ),
    "One-time sign-in": "Đăng nhập một lần",
    "One-time sign-in of": "Liên kết đăng nhập một lần của",
    "It is shown this once. Give it to that person alone; it is good once until": (
        "Liên kết chỉ hiện một lần này. Chỉ đưa cho chính người đó; dùng được một lần, đến"
    ),
    "Give out a sign-in link": "Cấp liên kết đăng nhập",
    "Whoever scans signs on with a badge and a PIN.": "Người quét vào trạm bằng thẻ và mã PIN.",
    "Person's code": "Mã người",
    "Badge number": "Số thẻ",
    "set": "đã đặt",
    "none yet": "chưa có",
    "The PIN is set for": "Đã đặt mã PIN cho",
    "Set a PIN": "Đặt mã PIN",
    "Person": "Người làm việc",
    "Six digits, neither all alike nor a row such as 123456 or 654321. Let the person type it;"
    " a new PIN also ends a lock.": (
        "Sáu chữ số; không dùng sáu chữ số giống nhau hay dãy như 123456, 654321. Để chính người"
        " đó nhập; đặt lại mã PIN cũng mở khóa thẻ."
    ),
    "The PIN once more": "Nhập lại mã PIN",
    "Add a person, or end somebody's right to sign in, while the server is stopped:": (
        "Thêm người hoặc cho thôi đăng nhập, khi máy chủ dừng:"
    ),
}
