"""Why a deadline is when it is: the count day by day, each step with its rule and its authority.

Used by the command `due --explain` and by the pages that show a due date. It walks the dates one by
one and so is slow where `deadline` is fast; the tests hold the two to the same answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.model.deadline import (
    NEVER,
    Due,
    Pause,
    Stretches,
    Supplement,
    Term,
    due,
    due_day,
    merged,
    pause_days,
)
from domain.model.office_hours import DAY_MINUTES, Day, date_of
from domain.model.working_time import Calendar, Minute, minute_at, split

_WEEKDAYS_VI = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# The table's reasons in English, and what a Vietnamese office calls them; longer ones first.
_REASONS = (
    ("span-weekend: weekly rest inside the announced Tết span", "nghỉ hằng tuần trong dịp Tết"),
    ("New Year (Tết Dương lịch)", "Tết Dương lịch"),
    ("Tết (lunar New Year)", "Tết Nguyên đán"),
    ("Hùng Kings (10/3 lunar)", "Giỗ Tổ Hùng Vương (10/3 âm lịch)"),
    ("Victory Day 30/4", "Ngày Chiến thắng 30/4"),
    ("Labour Day 1/5", "Ngày Quốc tế lao động 1/5"),
    ("National Day second day", "Quốc khánh, ngày nghỉ thứ hai"),
    ("National Day 2/9", "Quốc khánh 2/9"),
    ("Vietnam Culture Day 24/11", "Ngày Văn hóa Việt Nam 24/11"),
    ("swap: made up on", "nghỉ hoán đổi, làm bù ngày"),
    ("makeup: for", "làm bù cho ngày"),
    ("compensatory: for", "nghỉ bù cho ngày"),
    ("compensatory: Tết, for", "nghỉ bù Tết cho ngày"),
    ("holiday: ", "nghỉ lễ: "),
)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_UNIT_SOURCE = "quyết định của đơn vị · the unit's own decision"
_PAUSES = {
    "supplement": ("bổ sung hồ sơ", "supplement"),
    "financial_obligation": ("thực hiện nghĩa vụ tài chính", "financial obligation"),
    "other_agency": ("chờ cơ quan khác", "other agency"),
}


# The conventions that steps name, in the numbering of `deadline`; the law where one says it.
RULES = {
    1: ("Giờ Việt Nam, bỏ phần lẻ dưới một phút", "Vietnamese time, truncated to the minute"),
    2: (
        "Ngày nghỉ không tính: nghỉ hằng tuần, nghỉ lễ, đơn vị nghỉ",
        "Days off do not count: weekly rest, holidays, closures of the unit",
    ),
    4: (
        (
            "D0 là ngày nhận đủ hồ sơ nếu nhận trước giờ đóng cửa, nếu không thì là ngày làm việc"
            " kế tiếp; D0 không tính vào thời hạn (Bộ luật Dân sự 2015, Điều 147 khoản 2)"
        ),
        (
            "D0 is the date of receipt if before the last close, else the next working day; D0 does"
            " not count (Civil Code 2015, art. 147(2))"
        ),
    ),
    5: (
        "Hạn là giờ đóng cửa của ngày làm việc thứ N sau D0",
        "Due at the last close of the N-th working day after D0",
    ),
    6: (
        (
            "Ngày theo lịch: D0 + N, nếu là ngày nghỉ thì chuyển sang ngày làm việc kế tiếp (Bộ"
            " luật Dân sự 2015, Điều 148 khoản 5)"
        ),
        "Calendar days: D0 + N, rolled forward to a working day (Civil Code 2015, art. 148(5))",
    ),
    7: ("Trong ngày: giờ đóng cửa của D0", "Same day: the last close of D0"),
    8: (
        "Thời hạn theo giờ: chỉ tính phút làm việc, một ngày là 480 phút",
        "Hour terms: working minutes only, a day is 480 of them",
    ),
    9: (
        "Thời gian tạm dừng không tính vào thời hạn; tạm dừng sau hạn thì bỏ qua",
        "Pauses do not count; a pause after due is ignored",
    ),
    10: (
        "Sau khi bổ sung, thời hạn tính lại từ đầu",
        "After a supplement the term starts anew",
    ),
    12: (
        (
            "Thời hạn theo ngày kết thúc lúc 24:00 (Bộ luật Dân sự 2015, Điều 148 khoản 6); theo"
            " giờ thì đúng giờ hạn"
        ),
        "Day terms end at 24:00 (Civil Code 2015, art. 148(6)); hour terms at the due minute",
    ),
    15: (
        "Năm chưa có trong bảng ngày nghỉ thì kết quả là dự kiến",
        "A year without a row in the table makes the answer provisional",
    ),
}


class Step(NamedTuple):
    """One line of the count: its date, the convention applied, the words, who said so."""

    date: date
    rule: int
    vi: str
    en: str
    source: str = ""  # the notice or law behind a day off or a worked Saturday


def explain(
    calendar: Calendar,
    received_minute: Minute,
    term: Term,
    *,
    cutoff: int | None = None,
    supplement: Supplement = "pause",
    pauses: Sequence[Pause] = (),
) -> list[Step]:
    """The steps from receipt to due; arguments and refusals are those of `deadline.due`."""
    answer = due(
        calendar, received_minute, term, cutoff=cutoff, supplement=supplement, pauses=pauses
    )
    count = _Count(calendar, term, cutoff, pauses)
    standing = merged(pauses, received_minute, NEVER)
    walk = count.anew if supplement == "restart" else count.straight
    return [*walk(received_minute, standing), *_ending(answer, term)]


@dataclass(frozen=True, slots=True)
class _Count:
    """The walk over one calendar's dates for one term."""

    calendar: Calendar
    term: Term
    cutoff: int | None
    pauses: Sequence[Pause]

    def straight(self, received: Minute, pauses: Stretches) -> Iterator[Step]:
        """One count from receipt to due, with what the pauses add to it."""
        yield _step(received, 1, "Nhận hồ sơ lúc {}", "Received {}")
        if not self.term.day_like:
            yield from self._minutes(received, pauses)
            return
        zero = self.calendar.day_zero(received, self.cutoff)
        yield from self._until_zero(received, zero)
        yield from self._dates(zero, pauses)

    def anew(self, received: Minute, pauses: Stretches) -> Iterator[Step]:
        """A count from receipt, then one from the end of each pause that is not ignored."""
        for start, until in pauses:
            end = due(self.calendar, received, self.term, cutoff=self.cutoff).due_minute
            if end is not None and start >= end:
                yield from self.straight(received, ())
                yield self._pause(start, until, "sau hạn nên không tính", "after due: ignored")
                return
            yield _step(received, 1, "Nhận hồ sơ lúc {}", "Received {}")
            yield self._pause(start, until, "tính lại từ đầu khi xong", "the term starts anew", 10)
            if until == NEVER:
                return
            received = until
        yield from self.straight(received, ())

    def _until_zero(self, received: Minute, zero: Day) -> Iterator[Step]:
        day, _ = split(received)
        if zero != day and self.calendar.shape(day).counted:
            if self.cutoff is None or self.cutoff >= self.calendar.shape(day).gate:
                yield Step(date_of(day), 4, "hết giờ làm việc trong ngày", "after the last close")
            else:
                at = f"{self.cutoff // 60:02d}:{self.cutoff % 60:02d}"
                yield Step(date_of(day), 4, f"sau giờ chốt {at}", f"after the cut-off {at}")
            day += 1
        for skipped in range(day, zero):
            yield self._date(skipped, 4)
        yield self._date(zero, 4, "ngày tiếp nhận (D0), chưa tính", "day zero (D0), not counted")

    def _dates(self, zero: Day, pauses: Stretches) -> Iterator[Step]:
        """Whole days: each date to the due date, and where each pause prolongs the count."""
        calendar, term = self.calendar, self.term
        plain = term.unit == "calendar_day"
        walked, number, added = zero, 0, 0
        for start, until in (*pauses, (NEVER, NEVER)):  # pragma: no branch - the last one returns
            end = due_day(calendar, zero, term, added)
            for day in range(walked + 1, (zero + term.amount + added if plain else end) + 1):
                counts = plain or calendar.shape(day).counted
                number += counts
                yield self._day_number(day, number) if counts else self._date(day, 5)
                walked = day
            if start >= calendar.close_of(end) or until == NEVER:
                for day in range(walked + 1, end + 1):
                    words = ("chuyển sang ngày này", "rolled forward to here") if day == end else ()
                    yield self._date(day, 6, *words)
                if start != NEVER:
                    yield self._stopped(start, until, calendar.close_of(end))
                return
            more = pause_days(calendar, zero, term, start, until)
            added += more
            yield self._pause(start, until, f"cộng thêm {more} ngày", f"dates added: {more}")

    def _minutes(self, received: Minute, pauses: Stretches) -> Iterator[Step]:
        """Working minutes: what each date gives until none are left."""
        left, begin = self.term.amount, received
        for start, until in (*pauses, (NEVER, NEVER)):  # pragma: no branch - the last one returns
            end = self.calendar.reached(self.calendar.open_before(begin) + left)
            for day in range(split(begin)[0], split(min(start, end))[0] + 1):
                given = self._open(max(begin, minute_at(day, 0)), min(start, end), day)
                left -= given
                yield self._date(
                    day, 8, f"{given} phút, còn lại {left}", f"{given} minutes, {left} left"
                )
            if start >= end or until == NEVER:
                if start != NEVER:
                    yield self._stopped(start, until, end)
                return
            yield self._pause(start, until, "không tính thời gian này", "this time does not run")
            begin = until

    def _open(self, begin: Minute, end: Minute, day: Day) -> int:
        last = min(end, minute_at(day, DAY_MINUTES - 1))  # no shift runs past 23:59
        return self.calendar.open_before(last) - self.calendar.open_before(begin)

    def _stopped(self, start: Minute, until: Minute, end: Minute) -> Step:
        if start >= end:
            return self._pause(start, until, "sau hạn nên không tính", "after due: ignored")
        return self._pause(start, until, "chưa kết thúc nên chưa có hạn", "open: no due yet")

    def _pause(self, start: Minute, until: Minute, vi: str, en: str, rule: int = 9) -> Step:
        reasons = [
            _PAUSES.get(pause.reason, (pause.reason, pause.reason))
            for pause in self.pauses
            if pause.start < until and (pause.end is None or pause.end > start)
        ]
        why_vi, why_en = (", ".join(dict.fromkeys(words)) for words in zip(*reasons, strict=True))
        (from_vi, from_en), (to_vi, to_en) = _when(start), _when(until)
        return Step(
            date_of(split(start)[0]),
            rule,
            f"Tạm dừng ({why_vi}) từ {from_vi} đến {to_vi}: {vi}",
            f"Pause ({why_en}) from {from_en} to {to_en}: {en}",
        )

    def _day_number(self, day: Day, number: int) -> Step:
        if self.term.unit == "calendar_day":
            return self._date(day, 6, f"ngày thứ {number}", f"day {number}")
        return self._date(day, 5, f"ngày làm việc thứ {number}", f"working day {number}")

    def _date(self, day: Day, rule: int, vi: str = "", en: str = "") -> Step:
        """The date with what it is, where that is no plain working day, and what it counts as."""
        what_vi, what_en, source = _nature(self.calendar, day)
        return Step(
            date_of(day),
            rule if vi else 2,
            "; ".join(filter(None, (what_vi, vi))),
            "; ".join(filter(None, (what_en, en))),
            source,
        )


def _nature(calendar: Calendar, day: Day) -> tuple[str, str, str]:
    """What sets the date apart from a plain working day, and who said so; else empty."""
    weekday = date_of(day).weekday()
    if (shape := calendar.overrides.get(day)) is not None:
        if not shape.counted and not shape.shifts:
            return "đơn vị nghỉ", "closed by the unit", _UNIT_SOURCE
        return "giờ làm việc riêng của đơn vị", "hours set by the unit", _UNIT_SOURCE
    if (row := calendar.table.rows.get(day)) is not None:
        return vietnamese_reason(row.reason), row.reason, row.source
    if weekday == 5 and calendar.shape(day).shifts:
        return "thứ Bảy làm việc, không tính ngày", "Saturday session, not a counted date", ""
    if weekday >= 5:
        return "nghỉ hằng tuần", "weekly rest", ""
    return "", "", ""


def vietnamese_reason(reason: str) -> str:
    """A reason of the national table in the words of a Vietnamese office."""
    for english, vietnamese in _REASONS:
        reason = reason.replace(english, vietnamese)
    return _ISO_DATE.sub(r"\3/\2/\1", reason)


def _ending(answer: Due, term: Term) -> Iterator[Step]:
    if answer.due_minute is None or answer.late_after_minute is None:
        return
    rule = {"calendar_day": 6, "same_day": 7}.get(term.unit, 5) if term.day_like else 8
    yield _step(answer.due_minute, rule, "Hạn trả kết quả: {}", "Due {}")
    if term.day_like:
        vi, en = "Trễ hạn từ 24:00 ngày này", "Late from 24:00 of this date"
    else:
        vi, en = "Trễ hạn ngay sau giờ này", "Late after this minute"
    yield _step(answer.due_minute, 12, vi, en)
    if answer.provisional:
        vi = "Dự kiến: có năm chưa công bố lịch nghỉ"
        yield _step(answer.due_minute, 15, vi, "Provisional: a year's days off are not published")


def _step(minute: Minute, rule: int, vi: str, en: str) -> Step:
    when_vi, when_en = _when(minute)
    return Step(date_of(split(minute)[0]), rule, vi.format(when_vi), en.format(when_en))


def _when(minute: Minute) -> tuple[str, str]:
    if minute == NEVER:
        return "nay", "now"
    day, after_midnight = split(minute)
    at = f"{after_midnight // 60:02d}:{after_midnight % 60:02d}"
    vi, en = day_words(date_of(day))
    return f"{at} {vi}", f"{en} {at}"


def day_words(day: date) -> tuple[str, str]:
    """A date with its weekday, in Vietnamese and in English."""
    weekday = day.weekday()
    return f"{_WEEKDAYS_VI[weekday]} {day:%d/%m/%Y}", f"{_WEEKDAYS_EN[weekday]} {day.isoformat()}"
