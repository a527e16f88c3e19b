"""Responsibility by party and run punctuality in words; for the command line and the pages."""

from domain.model.legs import AGENCY, APPLICANT, COURIER, OFFICE, POST, SHELF
from domain.model.party_report import PartyFigures
from domain.model.run_report import RunFigures

Words = tuple[str, str]  # Vietnamese, English

PARTIES: dict[str, Words] = {
    OFFICE: ("Đơn vị", "Office"),
    COURIER: ("Bưu tá", "Courier"),
    APPLICANT: ("Người nộp hồ sơ", "The applicant"),
    AGENCY: ("Cơ quan khác", "Another agency"),
    SHELF: ("Kệ kết quả, ngoài thời hạn", "The shelf, outside the clock"),
    POST: ("Bưu chính (không ai đến)", "The post (nobody came)"),
}
PARTY_COLUMNS: dict[str, Words] = {
    "dossiers": ("Hồ sơ", "Dossiers"),
    "legal": ("Phút trong hạn giải quyết", "Minutes in the clock"),
    "outside": ("Phút ngoài hạn", "Minutes outside it"),
    "late_dossiers": ("Hồ sơ trễ", "Late dossiers"),
    "late": ("Phút trễ", "Late minutes"),
    "decided": ("Sau khiếu nại", "After decisions"),
    "inferred": ("… suy ra", "… inferred"),
    "disputed": ("… có tranh chấp", "… disputed"),
    "provisional": ("… tạm tính", "… provisional"),
}
_MARKS = ("inferred", "disputed", "provisional")
LATE: dict[str, Words] = {
    "solved": ("giải quyết quá hạn trong kỳ", "solved late in the period"),
    "overdue": ("đang quá hạn cuối kỳ", "overdue at its end"),
    "ended": ("kết thúc không kết quả, khi đã quá hạn", "ended without a result when late"),
    "by_date": ("trễ theo ngày, không phút làm việc nào", "late by date, by no working minute"),
    "provisional": ("còn tạm tính", "still provisional"),
}
PARTY_NOTES: tuple[Words, ...] = (
    (
        (
            "Phút làm việc theo lịch tính hạn của từng hồ sơ, phần nằm trong kỳ; tổng các bên đúng"
            " bằng số phút đã trôi qua."
        ),
        (
            "Working minutes on the calendar of each dossier's deadline, as far as they fell in the"
            " period; all parties together are exactly what elapsed."
        ),
    ),
    (
        (
            "Phút trễ của hồ sơ giải quyết quá hạn trong kỳ hoặc đang quá hạn cuối kỳ, cả đời hồ"
            " sơ, chia theo phần vượt định mức (số dư lớn nhất)."
        ),
        (
            "Late minutes of what was solved late in the period or is overdue at its end, over its"
            " whole life, divided by what overran the budgets (largest remainder)."
        ),
    ),
    (
        "Một hồ sơ có thể tính cho nhiều bên nên cột hồ sơ không cộng lại thành tổng số hồ sơ.",
        "A dossier can count for several parties, so the dossiers of the rows are more than all.",
    ),
)
RUN_COLUMNS: dict[str, Words] = {
    "planned": ("Theo lịch", "Planned"),
    "driven": ("Đã chạy", "Driven"),
    "late": ("Có trễ", "Late"),
    "partial": ("Bỏ điểm", "Partial"),
    "missed": ("Không chạy", "Missed"),
    "to_come": ("Chưa đến giờ", "To come"),
    "extra": ("Ngoài lịch", "Unplanned"),
    "stops": ("Điểm dừng", "Stops"),
    "reached": ("Đã đến", "Reached"),
    "stops_late": ("Đến trễ", "Reached late"),
    "stops_missed": ("Không đến", "Missed stops"),
    "minutes_late_p50": ("Trễ p50", "Late p50"),
    "minutes_late_p90": ("Trễ p90", "Late p90"),
}
_RARE = frozenset({"to_come", "extra", "partial"})
UNTOLD_WORDS: Words = ("Không ai báo", "Nobody said")
RUN_NOTES: tuple[Words, ...] = (
    (
        (
            "Trễ: đến điểm dừng sau giờ theo lịch từ 15 phút; không chạy: 60 phút sau giờ khởi hành"
            " không ai thấy."
        ),
        (
            "Late: at a stop 15 minutes or more after its time; missed: nothing seen 60 minutes"
            " after departure."
        ),
    ),
    (
        (
            "p50, p90: số phút trễ của các điểm dừng đến trễ. Theo đơn vị chỉ có điểm dừng, vì một"
            " chuyến qua nhiều đơn vị."
        ),
        (
            "p50, p90: minutes late of the stops reached late. By office there are stops only,"
            " because a run goes by many."
        ),
    ),
    (
        (
            "Chuyến tính cho bưu tá khởi hành trước; chuyến không chạy tính cho"
            " người có tên trong lịch."
        ),
        (
            "A run counts for the courier who first drove it; one not driven for whom the timetable"
            " names."
        ),
    ),
)


def party_columns(total: PartyFigures) -> dict[str, Words]:
    """Without the marks that nothing carries."""
    left_out = {name for name in _MARKS if not getattr(total, name)}
    return {name: words for name, words in PARTY_COLUMNS.items() if name not in left_out}


def run_columns(total: RunFigures, *, of_stops: bool = False) -> dict[str, Words]:
    """Without what happened to no run; `of_stops`: without those of runs."""
    counts = total.to_json()
    first = list(RUN_COLUMNS).index("stops") if of_stops else 0
    return {
        name: words
        for name, words in list(RUN_COLUMNS.items())[first:]
        if counts[name] or name not in _RARE
    }
