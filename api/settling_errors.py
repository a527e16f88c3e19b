"""How refusals about people's acts on discrepancies are told; part of `api.errors`."""

from api.told import Told

SETTLING: dict[str, Told] = {
    "DISCREPANCY_CLOSED": Told(
        409,
        "Sai lệch {code} của {subject} đã do {by} đóng. Muốn xử lý tiếp, hãy mở lại trước.",
        "Discrepancy {code} of {subject} was closed by {by} already. Reopen it first.",
    ),
    "DISCREPANCY_NOT_CLOSED": Told(
        409,
        "Sai lệch {code} của {subject} chưa có ai đóng nên không mở lại được.",
        "Nobody has closed discrepancy {code} of {subject}, so it cannot be reopened.",
    ),
    "DISCREPANCY_RESOLVED": Told(
        409,
        "Sai lệch {code} của {subject} đã được lượt quét sau làm rõ; không còn gì để quyết định.",
        "Later scans have resolved discrepancy {code} of {subject}; nothing is left to decide.",
    ),
    "EVIDENCE_CLOSES": Told(
        409,
        "Sai lệch {code} của {subject} chỉ đóng khi có lượt quét tương ứng. Hãy giải trình hoặc"
        " giao việc, rồi quét.",
        "Only the missing scan closes discrepancy {code} of {subject}. Explain or assign it, then"
        " scan.",
    ),
    "BAD_REASON": Told(
        400,
        "Lý do “{reason}” không có trong danh sách của việc này. Hãy chọn lại.",
        "The reason “{reason}” is not on the list for this act. Choose again.",
    ),
    "REASON_NEEDS_TEXT": Told(
        400,
        "Đã chọn lý do khác nhưng chưa ghi rõ. Hãy viết vào ô nội dung.",
        "Another reason was chosen but not written down. Write it in the text field.",
    ),
}
