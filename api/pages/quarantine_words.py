"""The Vietnamese of the page on scans of revoked stations; part of `api.pages.words`."""

QUARANTINE = {
    "Scans set apart": "Lượt quét tạm giữ",
    "What a revoked station sends is kept and states nothing until a person decides."
    " Nothing is ever deleted.": (
        "Lượt quét của trạm đã thu hồi được giữ lại và chưa có hiệu lực cho đến khi có người quyết"
        " định. Không có gì bị xóa."
    ),
    "Nothing is set apart.": "Không có lượt quét nào tạm giữ.",
    "Scan": "Lượt quét",
    "Scanned at, by the station's clock": "Giờ quét theo đồng hồ của trạm",
    "Arrived": "Máy chủ nhận lúc",
    "Decision": "Quyết định",
    "waits": "chờ quyết định",
    "counts": "có hiệu lực",
    "kept out": "không tính",
    "The first two hundred are shown; decide on these, and the next follow.": (
        "Đang hiện hai trăm lượt đầu; quyết định xong sẽ hiện tiếp."
    ),
    "Reason why these count": "Lý do cho có hiệu lực",
    "Let the ticked ones count": "Cho các lượt đã chọn có hiệu lực",
    "Reason why these do not count": "Lý do không tính",
    "Keep the ticked ones out": "Không tính các lượt đã chọn",
    "The device was found or given back": "Đã tìm thấy hoặc nhận lại thiết bị",
    "Whoever scanned confirms it": "Người quét xác nhận",
    "Checked against the paper": "Đã đối chiếu với hồ sơ giấy",
    "The device was revoked by mistake": "Thu hồi nhầm thiết bị",
    "The device was in strange hands": "Thiết bị ở trong tay người ngoài",
    "Nobody of ours has scanned this": "Không phải người của đơn vị quét",
    "The paper says otherwise": "Hồ sơ giấy cho thấy khác",
    "Made while trying out the device": "Quét khi thử thiết bị",
    "Revoke": "Thu hồi",
    "Revoke this station? What it sends from now on is set apart until a supervisor decides.": (
        "Thu hồi trạm này? Lượt quét gửi từ nay được tạm giữ đến khi lãnh đạo quyết định."
    ),
    "Scans of revoked stations": "Lượt quét của trạm đã thu hồi",
}
