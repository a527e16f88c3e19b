"""The period report laid out line by line with its words, for the command line and the page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from api.pages.names import Names
from domain.model.instants import DAY_US, local
from domain.model.office_hours import day_start_us
from domain.model.period_report import Grouping, Period, PeriodReport
from domain.model.procedure import Procedure
from domain.model.shares import Change, Share

Words = tuple[str, str]  # Vietnamese, English

BASES: dict[str, Words] = {
    "received": ("tổng tiếp nhận", "received"),
    "new": ("tiếp nhận mới", "new"),
    "solved": ("đã giải quyết", "solved"),
    "returned": ("đã trả", "returned"),
    "processed": ("đã xử lý", "processed"),
    "rated": ("phiếu đánh giá", "ratings"),
    "offered": ("thủ tục đang áp dụng", "procedures in force"),
    "handled": ("thủ tục có hồ sơ", "procedures handled"),
}
RATINGS: dict[str, Words] = {
    "very_satisfied": ("Rất hài lòng", "Very satisfied"),
    "satisfied": ("Hài lòng", "Satisfied"),
    "not_satisfied": ("Không hài lòng", "Not satisfied"),
}
GROUPINGS: dict[Grouping, Words] = {
    Grouping.DEPARTMENT: ("Cơ quan giải quyết", "Department"),
    Grouping.FIELD: ("Lĩnh vực", "Field"),
    Grouping.PROCEDURE: ("Thủ tục", "Procedure"),
    Grouping.OFFICE: ("Nơi tiếp nhận", "Office"),
    Grouping.COURIER: ("Bưu tá", "Courier"),
    Grouping.ROUTE: ("Tuyến thư", "Route"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A line of the sheet: which count, its words, how deep, and which shares beside it.

    One that is `rare` is left out where its count is nothing.
    """

    name: str
    words: Words
    depth: int = 0
    shares: tuple[str, ...] = ()
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is printed; each share with how it moved, None where nothing is compared."""

    name: str
    words: Words
    depth: int
    count: int
    change: Change | None
    shares: tuple[tuple[Share, Change | None], ...]


_PLAN = (
    Plan("received", ("Tổng tiếp nhận", "Received")),
    Plan("new", ("Mới trong kỳ", "New"), 1),
    Plan("direct", ("Trực tiếp", "At the counter"), 2),
    Plan("online", ("Trực tuyến", "Online"), 2, ("online_of_new", "online")),
    Plan("carried_over", ("Kỳ trước chuyển qua", "Carried over"), 1),
    Plan("solved", ("Đã giải quyết", "Solved"), 0, ("solved",)),
    Plan("solved_early", ("Trước hạn", "Early"), 1, ("solved_early",)),
    Plan("solved_on_time", ("Đúng hạn", "On time"), 1, ("solved_on_time",)),
    Plan("solved_late", ("Quá hạn", "Late"), 1, ("solved_late",)),
    Plan("solved_undated", ("Không rõ hạn", "No due date"), 1, ("solved_undated",), rare=True),
    Plan(
        "not_late", ("Không quá hạn (theo hẹn trả)", "Not late (by appointment)"), 1, ("not_late",)
    ),
    Plan("ended", ("Kết thúc không có kết quả", "Ended without a result"), rare=True),
    Plan("withdrawn", ("Rút hồ sơ", "Withdrawn"), 1, rare=True),
    Plan("stopped", ("Dừng giải quyết", "Stopped"), 1, rare=True),
    Plan("refused", ("Từ chối", "Refused"), 1, rare=True),
    Plan("in_process", ("Đang giải quyết", "In process"), 0, ("in_process",)),
    Plan("within", ("Trong hạn", "Within the term"), 1),
    Plan("overdue", ("Quá hạn", "Overdue"), 1),
    Plan("paused", ("Tạm dừng", "Paused"), 1, rare=True),
    Plan("open_undated", ("Chưa rõ hạn", "No due date"), 1, rare=True),
    Plan("returned", ("Đã trả kết quả", "Returned to the citizen")),
    Plan("returned_early", ("Trước hạn", "Early"), 1, ("returned_early",)),
    Plan("returned_on_time", ("Đúng hạn", "On time"), 1, ("returned_on_time",)),
    Plan("returned_late", ("Quá hạn", "Late"), 1, ("returned_late",)),
    Plan("returned_undated", ("Không rõ hạn", "No due date"), 1, ("returned_undated",), rare=True),
    Plan("shelf", ("Có kết quả, chưa trả (cuối kỳ)", "Shelf stock: solved, not returned")),
    Plan(
        "shelf_of_solved", ("Giải quyết trong kỳ", "Solved in the period"), 1, ("shelf_of_solved",)
    ),
    Plan("shelf_to_7_days", ("Đến 7 ngày", "Up to 7 days"), 1, rare=True),
    Plan("shelf_to_30_days", ("8–30 ngày", "8–30 days"), 1, rare=True),
    Plan("shelf_to_90_days", ("31–90 ngày", "31–90 days"), 1, rare=True),
    Plan("shelf_over_90_days", ("Trên 90 ngày", "Over 90 days"), 1, rare=True),
    Plan("processed", ("Đã xử lý (chỉ số 2.1)", "Processed (index 2.1)")),
    Plan("processed_on_time", ("Đúng hạn", "On time"), 1, ("processed_on_time",)),
    Plan("processed_late", ("Quá hạn hoặc bổ sung nhiều lần", "Late, or asked twice"), 1),
    Plan("processed_undated", ("Không rõ hạn", "No due date"), 1, rare=True),
    Plan("rated", ("Phiếu đánh giá", "Ratings"), 0, ("rated",)),
    *(
        Plan(f"rated_{name}", words, 1, (f"rated_{name}",), rare=True)
        for name, words in RATINGS.items()
    ),
    Plan(
        "provisional_results",
        ("Có kết quả tạm tính (chỉ mới thấy túi)", "Provisional results (only the pouch was seen)"),
        rare=True,
    ),
    Plan(
        "provisional_dues",
        ("Hạn tạm tính (chưa có bảng ngày nghỉ)", "Provisional dues (days off not known)"),
        rare=True,
    ),
)


def lines(report: PeriodReport) -> Iterator[Line]:
    """The total, then the catalogue."""
    counts = report.total.counts()
    yield from _lines(_PLAN, counts, report.total.shares(), report.changes or {})
    found = report.catalogue
    yield from _lines(_CATALOGUE, asdict(found), found.shares(), {})


_CATALOGUE = (
    Plan("offered", ("Thủ tục đang áp dụng", "Procedures in force")),
    Plan("offered_fields", ("Lĩnh vực", "Fields"), 1),
    Plan("offered_departments", ("Cơ quan giải quyết", "Departments"), 1),
    Plan("offered_on_the_spot", ("Giải quyết ngay", "On the spot"), 1, ("offered_on_the_spot",)),
    Plan("handled", ("Thủ tục có hồ sơ trong kỳ", "Procedures handled"), 0, ("handled",)),
    Plan("handled_fields", ("Lĩnh vực", "Fields"), 1),
    Plan("handled_departments", ("Cơ quan giải quyết", "Departments"), 1),
    Plan("handled_on_the_spot", ("Giải quyết ngay", "On the spot"), 1, ("handled_on_the_spot",)),
)


def _lines(
    plan: tuple[Plan, ...],
    counts: Mapping[str, int],
    shares: Mapping[str, Share],
    changes: Mapping[str, Change],
) -> Iterator[Line]:
    for each in plan:
        beside = tuple(
            (shares[name], changes.get(f"{name}%")) for name in each.shares if name in shares
        )
        count = counts.get(each.name, 0)
        if not count and each.rare:
            continue
        yield Line(each.name, each.words, each.depth, count, changes.get(each.name), beside)


# The columns of the table by department and so on: count by its name.
COLUMNS: dict[str, Words] = {
    "received": ("Tiếp nhận", "Received"),
    "carried_over": ("Chuyển qua", "Carried over"),
    "solved": ("Đã giải quyết", "Solved"),
    "solved_early": ("Trước hạn", "Early"),
    "solved_on_time": ("Đúng hạn", "On time"),
    "solved_late": ("Quá hạn", "Late"),
    "ended": ("Kết thúc", "Ended"),
    "in_process": ("Đang xử lý", "In process"),
    "overdue": ("Đang quá hạn", "Overdue"),
    "returned": ("Đã trả", "Returned"),
    "shelf": ("Chưa trả", "On the shelf"),
}
_RARE_COLUMNS = frozenset({"carried_over", "ended"})


def columns(report: PeriodReport) -> dict[str, Words]:
    """Those of the rows; what nothing at all happened of is left out."""
    counts = report.total.counts()
    return {
        name: words for name, words in COLUMNS.items() if counts[name] or name not in _RARE_COLUMNS
    }


def days(first: str, last: str) -> Period:
    """From the first day's midnight to that after the last.

    Raises `BadPeriod`, `BadDate`, `OutOfCalendar`.
    """
    return Period(day_start_us(first), day_start_us(last) + DAY_US)


def span(period: Period) -> str:
    """The days of it as people write them, first and last."""
    first, last = local(period.from_us), local(period.to_us - 1)
    return f"{first:%d/%m/%Y} – {last:%d/%m/%Y}"


def number(count: int, language: int = 0) -> str:
    """43.378 in Vietnamese (0), 43,378 in English (1)."""
    told = f"{count:,}"
    return told if language else told.replace(",", ".")


def percent(told: str, language: int = 0) -> str:
    """44,09 % or 44.09 %."""
    return f"{told if language else told.replace('.', ',')} %"


def percent_of(each: Share, language: int = 0) -> str:
    """`44,09 % = 19.126 / 43.378 tổng tiếp nhận`."""
    parts = f"{number(each.numerator, language)} / {number(each.denominator, language)}"
    return f"{percent(each.percent, language)} = {parts} {BASES[each.base][language]}"


def difference(change: Change, language: int = 0) -> str:
    """`+25,00 %` of a count, `+13,67 điểm %` of a share, a dash where there was nothing."""
    if change.difference is None:
        return "–"
    points = change.unit == "points"
    told = percent(change.difference, language)
    return told.replace("%", ("điểm %", "% points")[language]) if points else told


def before(change: Change, language: int = 0) -> str:
    """What it was: a count, or a share with its sign."""
    if change.unit == "points":
        return change.before if change.difference is None else percent(change.before, language)
    return number(int(change.before), language)


def row_titles(by: Grouping, names: Names, procedures: Iterable[Procedure]) -> Mapping[str, str]:
    """The rows' names by their codes, as far as they have one."""
    match by:
        case Grouping.DEPARTMENT | Grouping.OFFICE:
            return names.offices
        case Grouping.PROCEDURE:
            return names.procedures
        case Grouping.FIELD:
            newest = (procedure.versions[-1] for procedure in procedures)
            return {terms.field: terms.field_title for terms in newest if terms.field_title}
        case Grouping.COURIER | Grouping.ROUTE:
            return {}


NOTES: tuple[Words, ...] = (
    (
        "Tỷ lệ làm tròn nửa lên; các phần của một tổng theo số dư lớn nhất nên cộng đúng 100 %.",
        "Shares are rounded half up; parts of one whole by largest remainder, so they make 100 %.",
    ),
    (
        "Theo hẹn trả: có kết quả tại quầy, so với ngày hẹn (tính theo ngày).",
        "By appointment: the result at the desk against the due date, by date.",
    ),
    (
        "Chỉ số 2.1: dừng khi ban hành kết quả; yêu cầu bổ sung quá một lần tính là quá hạn.",
        "Index 2.1: stops when the result is issued; a second supplement request makes it late.",
    ),
    (
        "Số liệu tính lại từ chứng cứ đang có và hạn theo lịch hiện hành.",
        "Recomputed from the evidence known now and the dues by the calendar in force.",
    ),
)
