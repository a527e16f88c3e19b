"""The words of the report page in Vietnamese; part of `api.pages.words`."""

REPORTS = {
    "Period report": "Báo cáo kỳ",
    "Reports": "Báo cáo",
    "compared with": "so với",
    "Period": "Kỳ báo cáo",
    "From day": "Từ ngày",
    "To day": "Đến hết ngày",
    "Rows by": "Chia theo",
    "Rows": "Dòng",
    "Total only": "Chỉ tổng số",
    "Compared with, from": "So với kỳ, từ ngày",
    "Compared with, to": "Đến hết ngày (kỳ so sánh)",
    "Figure": "Chỉ tiêu",
    "Share, of what": "Tỷ lệ = tử / mẫu",
    "Before that": "Kỳ so sánh",
    "Difference": "Chênh lệch",
    "not known": "không rõ",
    "Rows left out here; all of them are in the JSON:": (
        "Số dòng không hiện ở đây (có đủ trong JSON):"
    ),
    "No dossier in this period.": "Không có hồ sơ nào trong kỳ này.",
    "How these figures are counted": "Cách tính",
}
