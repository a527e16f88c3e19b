"""The words of the supervisor's boards, English and Vietnamese; part of `api.pages.words`."""

AGE_WORDS = ("to 1 day", "to 3 days", "to 7 days", "to 30 days", "older")  # as `AGES_DAYS`
DEVICE_STATES = {
    "revoked": "Revoked",
    "not_enrolled": "Not enrolled",
    "never_heard": "Never heard",
    "silent": "Silent for a day",
    "heard": "Heard today",
}
BOARDS = {
    # devices
    "Devices": "Thiết bị",
    "what a station has not sent yet stands on its own screen": (
        "lượt quét chưa gửi hiện trên màn hình của chính trạm"
    ),
    "State": "Tình trạng",
    "Last heard": "Lần cuối nhận được",
    "Its clock": "Đồng hồ",
    "Journal": "Nhật ký",
    "Revoked": "Đã thu hồi",
    "Not enrolled": "Chưa đăng ký",
    "Never heard": "Chưa gửi lần nào",
    "Silent for a day": "Im lặng hơn một ngày",
    "Heard today": "Đang hoạt động",
    "ago": "trước",
    "after": "sau",
    "without network": "không có mạng",
    "ahead": "nhanh",
    "behind": "chậm",
    "fits": "khớp",
    "entries": "lượt ghi",
    "epoch": "kỳ",
    "not counted": "chưa được tính",
    # discrepancies by age
    "By age": "Theo tuổi",
    "to 1 day": "đến 1 ngày",
    "to 3 days": "đến 3 ngày",
    "to 7 days": "đến 7 ngày",
    "to 30 days": "đến 30 ngày",
    "older": "lâu hơn",
    "Oldest": "Cũ nhất",
    "Whose": "Thuộc về",
    # work by risk
    "Work by risk": "Công việc theo mức rủi ro",
    "counted back from each due date over the courier runs still to come": (
        "tính ngược từ hạn trả theo các chuyến thư còn lại"
    ),
    "Dossiers by class": "Hồ sơ theo mức rủi ro",
    "Who has to see to it": "Đơn vị phải xử lý",
    "more without a due date": "hồ sơ chưa có hạn trả",
    "run": "chuyến",
    "no run is in time any more": "không còn chuyến nào kịp",
    "No dossier is open.": "Không có hồ sơ nào đang xử lý.",
    "What a counter registers appears here until its result is ready.": (
        "Hồ sơ được tiếp nhận sẽ hiện ở đây cho đến khi có kết quả."
    ),
    # where time is lost
    "Where time is lost": "Thời gian mất ở đâu",
    "working minutes beyond the budgets": "phút làm việc vượt định mức",
    "Minutes lost, by the hour in which the leg began": "Số phút mất, theo giờ bắt đầu chặng",
    "Minutes lost, by office or courier": "Số phút mất, theo đơn vị hoặc bưu tá",
    "The darker, the more. Below in each cell: how many legs, and how long half of them took.": (
        "Càng đậm càng mất nhiều. Dòng dưới trong ô: số chặng và thời lượng một nửa số chặng không"
        " vượt quá."
    ),
    "Hour of the day": "Giờ trong ngày",
    "Office or courier it was at": "Đơn vị hoặc bưu tá",
    "Columns": "Cột",
    "How long each leg took": "Mỗi chặng mất bao lâu",
    "Finished legs": "Số chặng đã xong",
    "Half took at most": "Một nửa không quá",
    "90 in 100 at most": "90/100 không quá",
    "95 in 100 at most": "95/100 không quá",
    "Beyond budget": "Vượt định mức",
    "Minutes lost": "Số phút mất",
    "Inferred minutes": "Số phút suy ra",
    "Inferred: of all minutes of these legs, those known only from scans of the sealed pouch.": (
        "Suy ra: trong tổng số phút của các chặng này, phần chỉ biết qua lượt quét túi niêm phong."
    ),
    "No leg ended in this period.": "Không có chặng nào kết thúc trong kỳ.",
    "none": "không có",
    "Working minutes of legs that ended in the period; budgets go by the holder's calendar.": (
        "Phút làm việc của các chặng kết thúc trong kỳ; định mức tính theo lịch của bên giữ."
    ),
    "What nobody planned, such as a missed run, has no budget: all of it is lost.": (
        "Thời gian ngoài kế hoạch, như chuyến thư không chạy, không có định mức: tính là mất hết."
    ),
    "min": "phút",
    "See the work list by risk": "Xem công việc theo mức rủi ro",
}
