"""The words of the citizen's page, English as in its template → Vietnamese; part of `words`."""

CITIZEN = {
    "Follow a dossier": "Tra cứu hồ sơ",
    "an office": "một cơ quan",
    "A courier": "Bưu tá",
    # the stage
    "Received at {place}": "Đã tiếp nhận tại {place}",
    "On its way to {place}": "Đang chuyển đến {place}",
    "On its way": "Đang chuyển",
    "On its way back to {place}": "Đang chuyển về {place}",
    "Being worked on at {place}": "Đang giải quyết tại {place}",
    "Back at {place}": "Đã chuyển về {place}",
    "The result is ready at {place}": "Đã có kết quả tại {place}",
    "Withdrawn by the applicant": "Người nộp đã rút hồ sơ",
    "Where it is, is being checked": "Vị trí hồ sơ đang được kiểm tra",
    "Paused: waiting for papers": "Tạm dừng, chờ bổ sung giấy tờ",
    "Paused: waiting for a payment": "Tạm dừng, chờ thực hiện nghĩa vụ tài chính",
    "Paused: waiting for another agency": "Tạm dừng, chờ ý kiến cơ quan khác",
    # the date
    "counted anew when the pause ends": "được tính lại khi hết tạm dừng",
    "on the receipt": "ghi trên giấy hẹn",
    "It is past its due date and is being checked.": (
        "Hồ sơ đã quá ngày hẹn trả và đang được kiểm tra."
    ),
    # what comes next
    "It will be sent to {place}, which decides on it.": (
        "Hồ sơ sẽ được chuyển đến {place} để giải quyết."
    ),
    "When it has arrived, this page says so and what comes next.": (
        "Khi hồ sơ đến nơi, trang này sẽ cho biết và nêu bước tiếp theo."
    ),
    "When it is decided, the result is sent to {place}, where you collect it.": (
        "Khi có kết quả, hồ sơ được chuyển về {place} để trả cho bạn."
    ),
    "When it is decided, you collect the result there.": (
        "Khi có kết quả, bạn đến nhận tại nơi này."
    ),
    "It is being looked through; this page then says what comes next.": (
        "Hồ sơ đang được kiểm nhận; sau đó trang này sẽ nêu bước tiếp theo."
    ),
    "Bring this receipt and your identity card to collect it.": (
        "Mời bạn mang giấy tiếp nhận hồ sơ và giấy tờ tùy thân đến nhận kết quả."
    ),
    "There is nothing more to do.": "Hồ sơ đã kết thúc, bạn không phải làm gì thêm.",
    "Ask {place} for your papers.": "Hãy liên hệ {place} để nhận lại giấy tờ.",
    "Ask {place} for the reason and for your papers.": (
        "Hãy liên hệ {place} để biết lý do và nhận lại giấy tờ."
    ),
    "If you need to know more, bring this receipt to {place}.": (
        "Nếu cần biết thêm, hãy mang giấy tiếp nhận hồ sơ đến {place}."
    ),
    "Hand in at {place} the papers that were asked for.": (
        "Hãy nộp tại {place} giấy tờ được yêu cầu bổ sung."
    ),
    "Pay what you were asked for; {place} tells you how.": (
        "Hãy nộp khoản tiền đã được thông báo; {place} sẽ hướng dẫn cách nộp."
    ),
    "You need not do anything until the agency has answered.": (
        "Bạn không phải làm gì cho đến khi cơ quan đó trả lời."
    ),
    # none
    "No dossier is known by this code: scan the one on the receipt again, or ask at the counter"
    " where you handed it in.": (
        "Không tìm thấy hồ sơ theo mã này: hãy quét lại mã trên giấy tiếp nhận, hoặc hỏi tại quầy"
        " đã nộp hồ sơ."
    ),
}
