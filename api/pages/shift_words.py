"""The Vietnamese of the pages of the end of a shift; part of `api.pages.words`."""

SHIFT = {
    "End of shift": "Cuối ca",
    "What is still in your hands. Scan each; what is scanned leaves the list.": (
        "Những gì bạn còn giữ. Quét từng thứ; thứ đã quét sẽ rời danh sách."
    ),
    "What lies at this place. Scan each; what is scanned leaves the list.": (
        "Những gì đang để ở chỗ này. Quét từng thứ; thứ đã quét sẽ rời danh sách."
    ),
    "My hands": "Tôi đang giữ",
    "Everything at a place": "Mọi thứ ở một chỗ",
    "Place, such as a desk or a shelf": "Chỗ để, ví dụ bàn hoặc kệ",
    "Show this place": "Xem chỗ này",
    "still to scan": "còn phải quét",
    "confirmed": "đã xác nhận",
    "this round began at": "lượt kiểm bắt đầu lúc",
    "Scan here, one code a line": "Quét vào đây, mỗi dòng một mã",
    "Confirm what was scanned": "Xác nhận các mã đã quét",
    "Confirmed just now:": "Vừa xác nhận:",
    "Not confirmed:": "Chưa xác nhận:",
    "your office does not hold it: receive it at a station": (
        "đơn vị không giữ thứ này: hãy nhận tại trạm quét"
    ),
    "this is no label": "không phải là nhãn",
    "Still to scan": "Còn phải quét",
    "Confirmed": "Đã xác nhận",
    "Nothing is left to scan.": "Không còn gì phải quét.",
    "Nothing is in your hands.": "Bạn không giữ gì.",
    "Last scanned": "Quét lần cuối",
    "pouch": "túi",
    "Close the shift": "Kết thúc ca",
    "What was not scanned is listed as not seen. Nothing changes hands by this: whoever takes over"
    " scans each thing.": (
        "Thứ chưa quét được ghi là chưa thấy. Việc kết thúc ca không chuyển giao gì: người nhận ca"
        " tự quét từng thứ."
    ),
    "Who takes over": "Người nhận ca",
    "nobody, it stays with me": "không ai, tôi giữ tiếp",
    "Start a new round": "Bắt đầu lượt kiểm mới",
    "Hand-overs that wait for you": "Bàn giao chờ bạn nhận",
    "Shifts you closed": "Các ca bạn đã kết thúc",
    "closed at": "kết thúc lúc",
    "Hand-over of a shift": "Bàn giao ca",
    "Closed by": "Người kết thúc ca",
    "Closed at": "Kết thúc lúc",
    "not seen": "chưa thấy",
    "taken": "đã nhận",
    "gone elsewhere since": "đã chuyển đi nơi khác",
    "What was confirmed": "Đã xác nhận khi kết thúc ca",
    "What was not seen": "Chưa thấy khi kết thúc ca",
    "Scan what you take over": "Quét những gì bạn nhận",
    "Back to the end of shift": "Về trang cuối ca",
}
