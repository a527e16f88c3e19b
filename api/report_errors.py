"""How refusals about reports are told; part of `api.errors`."""

from api.told import Told

REPORTS: dict[str, Told] = {
    "BAD_PERIOD": Told(
        400,
        "Ngày cuối của kỳ báo cáo ({until}) đứng trước ngày đầu ({since}). Hãy chọn lại ngày.",
        "The last day of the period ({until}) is before its first ({since}). Choose them again.",
    ),
    "PERIOD_TOO_LONG": Told(
        400,
        "Kỳ này có {dossiers} hồ sơ, quá {most}: trang không tính kịp. Hãy chọn kỳ ngắn hơn, hoặc"
        " chạy lệnh giaonhan report trên máy chủ, không giới hạn số hồ sơ.",
        "This period has {dossiers} dossiers, more than the {most} that a page can wait for. Choose"
        " a shorter one, or run giaonhan report on the server, which has no limit.",
    ),
    "BREAKDOWN_DOES_NOT_APPLY": Told(
        400,
        "Báo cáo “{report}” không chia theo “{by}” được: điều nó đếm không thuộc riêng dòng nào như"
        " vậy. Có thể chia theo: {applicable}.",
        "The report “{report}” cannot be told by “{by}”: what it counts belongs to no one such row."
        " It can be told by: {applicable}.",
    ),
    "PART_EXCEEDS_WHOLE": Told(
        409,
        "Bảng bị từ chối: dòng “{row}” có {part}, lớn hơn tổng {whole}.",
        "The table is refused: row “{row}” has {part}, more than the whole of {whole}.",
    ),
    "REPORT_DOES_NOT_ADD_UP": Told(
        500,
        "Báo cáo không được in vì số liệu không khớp ({what}): {left} khác {right}. Hãy chạy"
        " rebuild rồi thử lại.",
        "The report is not printed, because it does not add up ({what}): {left} is not {right}. Run"
        " rebuild and try again.",
    ),
}
