"""The words of the supervisor's boards, English and Vietnamese; part of `api.pages.words`."""

BOARDS = {
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
    "See the work list by risk": "Xem công việc theo mức rủi ro",
}
