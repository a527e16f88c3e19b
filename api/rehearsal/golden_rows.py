"""What the press printed of five centres, and what comes out when it is recomputed.

Only totals stand here. A log with these totals is made by `golden_plan`; every class, share and
stock that is then printed comes out of the engine.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from domain.model.period_report import PeriodReport
from domain.model.shares import share

UNSAID = "–"
_OTHERS = "KHAC"  # departments that the press did not name


@dataclass(frozen=True, slots=True)
class Said:
    """One figure: its words, as printed, and recomputed.

    `name` is of a count where `recomputed` is whole, else of a share of the period report.
    """

    words: str
    printed: str
    name: str
    recomputed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A centre in a period; `first` and `last` are its days.

    `early` to `open` are fates of all that came in; what was carried over is solved in the period.
    `returned` are the solved that are handed over by its end, by class; None: as it comes.
    `departments` are what each received, None: all alike. `bodies`: how many departments then.
    """

    id: str
    title: str
    first: str
    last: str
    online: int = 0
    carried_over: int = 0
    early: int = 0
    on_time: int = 0
    late: int = 0
    open: int = 0
    returned: Mapping[str, int] | None = None
    ratings: Mapping[str, int] = field(default_factory=dict)
    departments: Mapping[str, int] | None = None
    bodies: int = 1
    fields: int = 1
    procedures: int = 1
    handled: int = 1
    on_the_spot: int = 0
    terms_days: tuple[int, ...] = (5, 8, 10, 15, 20)  # a short period has room for short ones
    travels: float = 0.2  # of what is decided elsewhere; the rest by its people at the centre
    accounted: bool = False  # with couriers, budgets and fees, each late one accounted for
    said: tuple[Said, ...] = ()
    refused: Mapping[str, int] | None = None  # a table as printed, whose parts exceed the whole

    @property
    def solved(self) -> int:
        """In any class."""
        return self.early + self.on_time + self.late

    @property
    def received(self) -> int:
        """New and carried over."""
        return self.solved + self.open

    def scaled(self, by: int) -> "Row":
        """A `by`-th of every total; the catalogue stays."""
        if by == 1:
            return self

        def part(count: int) -> int:
            return (2 * count + by) // (2 * by)

        def parts(counts: Mapping[str, int]) -> dict[str, int]:
            return {name: part(count) for name, count in counts.items()}

        small = replace(
            self,
            online=part(self.online),
            carried_over=part(self.carried_over),
            early=part(self.early),
            on_time=part(self.on_time),
            late=part(self.late),
            open=part(self.open),
            returned=None if self.returned is None else parts(self.returned),
            ratings=parts(self.ratings),
            said=(),
        )
        if self.departments is None:
            return small
        departments = parts(self.departments)
        departments[next(iter(departments))] += small.received - sum(departments.values())
        return replace(small, departments=departments)

    def counts(self) -> dict[str, int]:
        """What the report must count, whatever the scale."""
        returned = {f"returned_{name}": count for name, count in (self.returned or {}).items()}
        return {
            "received": self.received,
            "online": self.online,
            "carried_over": self.carried_over,
            "solved_early": self.early,
            "solved_on_time": self.on_time,
            "solved_late": self.late,
            "in_process": self.open,
            **returned,
            **{f"rated_{name}": count for name, count in self.ratings.items()},
        }


def recomputed(said: Said, report: PeriodReport, accounted: Mapping[str, int]) -> str:
    """The same figure of a report; `accounted` are counts of an accounted row, by their names."""
    named = sum(each.received for code, each in report.rows.items() if code != _OTHERS)
    counts = report.total.counts() | asdict(report.catalogue)
    counts |= {"named": named, "others": counts["received"] - named, **accounted}
    of_named = share(named, counts["received"], base="received")
    shares = report.total.shares() | report.catalogue.shares()
    shares |= {} if of_named is None else {"named": of_named}
    if "." in said.recomputed:
        return shares[said.name].percent if said.name in shares else UNSAID
    return str(counts[said.name])


_BEN_TRE = Row(
    id="BT",
    title="Bến Tre 09/05–08/08/2019",
    first="2019-05-09",
    last="2019-08-08",
    early=5_350,
    on_time=6_971,
    late=35,
    open=1_812,
    returned={"early": 3_828, "on_time": 4_977, "late": 35},
    departments={
        "STNMT": 2_934,
        "SGTVT": 2_316,
        "SCT": 2_324,
        "STP": 2_222,
        "SKHDT": 747,
        _OTHERS: 3_625,
    },
    fields=40,
    procedures=300,
    handled=300,
    said=(
        Said("tiếp nhận / received", "14.168", "received", "14168"),
        Said("giải quyết / solved", "87 %", "solved", "87.21"),
        Said("đang xử lý / in process", "1.812", "in_process", "1812"),
        Said("đã trả / returned", "8.840", "returned", "8840"),
        Said("… trước hạn / early", "43,3 %", "returned_early", "43.30"),
        Said("… đúng hạn / on time", "56,3 %", "returned_on_time", "56.30"),
        Said("… quá hạn / late (27–43)", UNSAID, "returned_late", "35"),
        Said("có kết quả, chưa trả / on the shelf", UNSAID, "shelf", "3516"),
        Said("… của đã giải quyết / of the solved", UNSAID, "shelf_of_solved", "28.46"),
        Said("năm cơ quan / five departments", UNSAID, "named", "10543"),
        Said("… của tiếp nhận / of received", UNSAID, "named", "74.41"),
        Said("các cơ quan khác / others", UNSAID, "others", "3625"),
    ),
    refused={"STNMT": 2_934, "SGTVT": 2_316, "SCT": 2_324, "STP": 22_222, "SKHDT": 747},
)
_QUANG_NINH = Row(
    id="QN",
    title="Quảng Ninh, trung tâm tỉnh / provincial centre, 04–07/2014",
    first="2014-04-02",
    last="2014-07-02",
    early=1_079,
    on_time=1_400,
    open=138,
    bodies=19,
    fields=53,
    procedures=1_385,
    handled=457,
    on_the_spot=136,
    said=(
        Said("thủ tục có hồ sơ / handled", "457", "handled", "457"),
        Said("… của danh mục / of the catalogue", UNSAID, "handled", "33.00"),
        Said("lĩnh vực / fields", "53", "handled_fields", "53"),
        Said("cơ quan / departments", "19", "handled_departments", "19"),
        Said("giải quyết ngay / on the spot", "29,7 %", "handled_on_the_spot", "29.76"),
        Said("đúng hạn của tiếp nhận / on time of received", "93 %", "solved", "94.73"),
        Said("chưa xong, không phải quá hạn / open, not late", UNSAID, "in_process", "138"),
    ),
)
_QUANG_NINH_DISTRICTS = Row(
    id="QN-H",
    title="Quảng Ninh, các huyện / districts, 04–07/2014",
    first="2014-04-02",
    last="2014-07-02",
    early=14_195,
    on_time=20_000,
    open=1_402,
    bodies=14,
    fields=20,
    procedures=200,
    handled=200,
    said=(
        Said("tiếp nhận / received", "35.597", "received", "35597"),
        Said("đúng hạn của tiếp nhận / on time of received", "91,1 %", "solved", "96.06"),
    ),
)
_TIEN_GIANG = Row(
    id="TG",
    title="Tiền Giang 01/01–30/06/2020",
    first="2020-01-01",
    last="2020-06-30",
    online=21_683,
    early=120_000,
    on_time=162_766,
    late=981,
    open=23_211,
    bodies=16,
    fields=150,
    procedures=1_491,
    handled=1_491,
    on_the_spot=200,
    said=(
        Said("tiếp nhận / received", "306.958", "received", "306958"),
        Said("trực tuyến / online", "7,01 %", "online", "7.06"),
        Said("giải quyết / solved", "283.747", "solved", "283747"),
        Said("… của tiếp nhận / of received", UNSAID, "solved", "92.44"),
        Said("không quá hạn / not late", "282.766", "not_late", "99.65"),
        Said("quá hạn / late", UNSAID, "solved_late", "981"),
        Said("đang xử lý / in process", UNSAID, "in_process", "23211"),
        Said("thủ tục / procedures", "> 1.490", "offered", "1491"),
    ),
)
_LAI_CHAU = Row(
    id="LC",
    title="Lai Châu 15/12/2021–14/12/2022",
    first="2021-12-15",
    last="2022-12-14",
    online=19_126,
    carried_over=1_710,
    early=20_539,
    on_time=20_134,
    late=20,
    open=2_685,
    ratings={"very_satisfied": 12_670, "satisfied": 40},
    bodies=20,
    fields=120,
    procedures=1_481,
    handled=1_481,
    on_the_spot=92,
    said=(
        Said("tiếp nhận / received", "43.378", "received", "43378"),
        Said("trực tuyến của tất cả / online of all", "44,1 %", "online", "44.09"),
        Said("trực tuyến của mới / online of new", UNSAID, "online_of_new", "45.90"),
        Said("trực tiếp / at the counter", "22.542", "direct", "22542"),
        Said("chuyển qua / carried over", "1.710", "carried_over", "1710"),
        Said("giải quyết / solved", "40.693", "solved", "40693"),
        Said("trước hạn / early", "50,5 %", "solved_early", "50.47"),
        Said("đúng hạn / on time", "49,5 %", "solved_on_time", "49.48"),
        Said("không quá hạn / not late", "99,95 %", "not_late", "99.95"),
        Said("quá hạn / late", UNSAID, "solved_late", "20"),
        Said("… của đã giải quyết / of the solved", UNSAID, "solved_late", "0.05"),
        Said("đang xử lý / in process", UNSAID, "in_process", "2685"),
        Said("phiếu đánh giá / ratings", "12.710", "rated", "12710"),
        Said("… phủ / coverage", UNSAID, "rated", "31.23"),
        Said("… rất hài lòng / very satisfied", "12.670", "rated_very_satisfied", "12670"),
        Said("cơ quan / departments", "20", "offered_departments", "20"),
        Said("giải quyết ngay / on the spot", "92", "offered_on_the_spot", "92"),
        Said("… của danh mục / of the catalogue", UNSAID, "offered_on_the_spot", "6.21"),
    ),
)
_SOC_TRANG = Row(
    id="ST",
    title="Sóc Trăng 05/2021 (tổng số giả định / totals made up)",
    first="2021-05-01",
    last="2021-05-31",
    early=240,
    on_time=200,
    late=24,
    open=56,
    bodies=6,
    fields=12,
    procedures=30,
    handled=30,
    terms_days=(5, 8),
    travels=1.0,
    accounted=True,
    said=(
        Said("giải quyết quá hạn / solved late", "“khách quan”", "solved_late", "24"),
        Said("… rõ chặng, bên, số phút / with leg, party, minutes", UNSAID, "late_named", "24"),
        Said("… chia hết số phút trễ / divided to the minute", UNSAID, "late_exact", "24"),
        Said("thủ tục / procedures", UNSAID, "offered", "30"),
        Said("… niêm yết phí, lệ phí / with their fees posted", "không / none", "fees", "30"),
    ),
)
ROWS = {
    row.id: row
    for row in (_BEN_TRE, _QUANG_NINH, _QUANG_NINH_DISTRICTS, _TIEN_GIANG, _LAI_CHAU, _SOC_TRANG)
}
