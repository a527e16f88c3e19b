"""Why something failed at a station, as codes in English and their Vietnamese; used by `prompts`.

What the system calls an error (`ENOSPC`, `SQLITE_FULL`) stands as it is: support looks for it.
"""

import errno

DAMAGED, NO_FILE = "damaged", "no such file"
# Not the words of the model's own grammar: those are of entries that a station never makes.
REASONS = {
    "a line cannot be read": "có dòng không đọc được",
    "an anchor is garbled": "mốc xóa bớt bị hỏng",
    "an entry is missing": "thiếu bản ghi",
    "an entry stands there twice": "một số có hai bản ghi",
    "an epoch that was used already": "kỳ nhật ký đã dùng",
    "another program has it": "chương trình khác đang dùng",
    "another protocol": "phiên bản giao thức khác",
    "another station's entry": "bản ghi của trạm khác, hoặc sai số",
    "answers to what was not sent": "trả lời cho những gì chưa gửi",
    "answers without a checkpoint": "trả lời thiếu mốc xác nhận",
    "broken chain": "không nối tiếp bản ghi trước",
    "cannot be opened": "không mở được",
    "certificate": "chứng chỉ không tin được",
    "closed": "đã đóng",
    DAMAGED: "bị hỏng",
    "drafts.key is missing": "thiếu tệp drafts.key",
    "its checkpoint does not reach its answers": "mốc xác nhận không tới các lượt đã trả lời",
    "its first line is not ours": "dòng đầu không phải của nhật ký giao nhận",
    "its scan is in the journal": "lượt quét còn trong nhật ký",
    "its shape is garbled": "số phiên bản bị hỏng",
    "lost": "mất tín hiệu",
    "must be a number": "phải là số",
    "must be a whole number": "phải là số nguyên",
    "must be text": "phải là chữ trong dấu nháy",
    "must be true or false": "phải là true hoặc false",
    "no answer in time": "quá giờ chưa trả lời",
    "no answers in the answer": "trả lời thiếu kết quả",
    "no bytes of an entry": "không phải nội dung một bản ghi",
    "no contents in the answer": "trả lời thiếu nội dung túi",
    "no directory in the answer": "trả lời thiếu danh bạ",
    "no enrolment in the answer": "trả lời thiếu thông tin đăng ký",
    "no kit in the answer": "trả lời thiếu dãy số và danh mục",
    "no manifests in the answer": "trả lời thiếu bảng kê",
    "no protocol header": "không nói giao thức của giaonhan",
    "no rotation in the answer": "trả lời thiếu khóa mới",
    "no safe way of writing here": "ổ đĩa này không ghi chắc được",
    "no station.json": "không có tệp station.json",
    NO_FILE: "không có tệp này",
    "no such option": "không có mục này",
    "no usable enrolment": "thông tin đăng ký không dùng được",
    "nobody answers there": "không ai trả lời ở địa chỉ đó",
    "not a regular file": "không phải tệp thường",
    "not an object": "không phải đối tượng JSON",
    "not JSON": "không phải JSON",
    "not plugged in": "chưa cắm",
    "not refused": "máy chủ chưa từ chối",
    "not TOML": "sai cú pháp TOML",
    "only a counter takes in": "chỉ trạm ở quầy mới tiếp nhận",
    "signature": "chữ ký không đúng",
    "station.json is damaged": "tệp station.json bị hỏng",
    "the answer is too long": "trả lời quá dài",
    "the connection broke off": "đứt kết nối",
    "the key file is damaged": "tệp khóa bị hỏng",
    "the key file is missing": "thiếu tệp khóa",
    "this user may not open it": "người dùng này không được mở",
    "too long": "quá dài",
    "unknown reason": "không có mã lý do này",
    "what was kept is garbled": "số liệu kèm theo bị hỏng",
}


def why_of(error: Exception) -> str:
    """What a system's or a file's error is called to people: its code, or that it is damaged.

    What our own code calls it has its words above.
    """
    if isinstance(error, FileNotFoundError):
        return NO_FILE
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, DAMAGED)
    ours = str(error) if str(error) in REASONS else DAMAGED
    return str(getattr(error, "sqlite_errorname", None) or ours)
