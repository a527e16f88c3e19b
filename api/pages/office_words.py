"""The Vietnamese of the page of offices, and of what a succession changes; part of `words`."""

OFFICES = {
    # the working calendar
    "Working calendar": "Lịch làm việc",
    "working day": "ngày làm việc",
    "closed every week": "nghỉ hằng tuần",
    "day off": "ngày nghỉ",
    "made up for, counted": "làm bù, tính là ngày làm việc",
    "Saturday session, not counted": "làm sáng thứ Bảy, không tính ngày",
    "other hours": "giờ làm việc khác",
    "counted dates": "ngày làm việc được tính",
    "version": "phiên bản",
    "The days off of this year are not published yet: it is provisional.": (
        "Chưa công bố ngày nghỉ của năm này: lịch còn tạm tính."
    ),
    "Year": "Năm",
    "Month": "Tháng",
    "Mo": "T2",
    "Tu": "T3",
    "We": "T4",
    "Th": "T5",
    "Fr": "T6",
    "Sa": "T7",
    "Su": "CN",
    "Days off and made up for": "Ngày nghỉ và ngày làm bù",
    "What": "Loại ngày",
    "Hours": "Giờ",
    "Source": "Nguồn",
    "decided by the office": "đơn vị quyết định",
    "None is known of this year.": "Chưa biết ngày nào của năm này.",
    "Offices": "Đơn vị",
    "Office": "Đơn vị",
    "Who handles dossiers, since when, and who carries on the work of offices that were merged.": (
        "Đơn vị nào xử lý hồ sơ, hiệu lực từ khi nào, và ai tiếp nhận việc của đơn vị đã sáp nhập."
    ),
    "Valid from": "Hiệu lực từ",
    "Valid until": "Hiệu lực đến",
    "no end": "chưa chấm dứt",
    "Work carried on by": "Đơn vị tiếp nhận",
    "carries on the work of": "tiếp nhận việc của",
    "before": "trước",
    "Still under the old name": "Còn mang tên cũ",
    "people": "người",
    "stations": "trạm quét",
    "Move these people to the successor": "Chuyển những người này sang đơn vị tiếp nhận",
    "Give each station a new code on the page of stations.": (
        "Cấp mã mới cho từng trạm ở trang Trạm quét."
    ),
    "Merge an office into another": "Sáp nhập đơn vị",
    "Open dossiers and pouches on their way become the successor's; what is past keeps the old"
    " name. This cannot be taken back.": (
        "Hồ sơ đang xử lý và túi đang chuyển thuộc về đơn vị tiếp nhận; việc đã qua giữ tên cũ."
        " Không rút lại được."
    ),
    "Office that ends": "Đơn vị chấm dứt",
    "Successor": "Đơn vị tiếp nhận",
    "From the beginning of; empty for this moment": "Từ đầu ngày; để trống là từ lúc này",
    "Merge": "Sáp nhập",
    "Add an office": "Thêm đơn vị",
    "Code, such as TTHC-VL": "Mã, ví dụ TTHC-VL",
    "Issuer number of its labels, five digits": "Mã số in trên nhãn, năm chữ số",
    "Name in Vietnamese": "Tên tiếng Việt",
    "Name in English": "Tên tiếng Anh",
    "Valid from the beginning of; empty for this moment": (
        "Hiệu lực từ đầu ngày; để trống là từ lúc này"
    ),
    "Add": "Thêm",
}
