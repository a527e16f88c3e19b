"""The official forms: number, title and legal reference of each in one table; used by every form.

The layouts come from secondary sources: they are templates that a centre can adjust, and say so.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Literal

from domain.model.errors import NotFound

Confidence = Literal["primary", "secondary", "to be confirmed"]
NEW_FORMS_FROM = date(2025, 9, 15)  # Thông tư 03/2025/TT-VPCP; confidence in the table below


class Paper(Enum):
    """What a form is for, whatever its number was that year."""

    RECEIPT = "receipt"
    SUPPLEMENT = "supplement"
    REFUSAL = "refusal"
    APOLOGY = "apology"
    STOP = "stop"
    CONTROL_SLIP = "control slip"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Form:
    """One form of one circular; `confidence` tells how well number and title are known."""

    paper: Paper
    number: str
    title: str
    basis: str
    source: str
    confidence: Confidence


_OLD = "Thông tư số 01/2018/TT-VPCP"
_NEW = "Thông tư số 03/2025/TT-VPCP"
_PRESS = "secondary: forms printed by centres and legal portals"

_FORMS_2018 = tuple(
    Form(paper, number, title, _OLD, _PRESS, "secondary")
    for paper, number, title in (
        (Paper.RECEIPT, "01", "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
        (Paper.SUPPLEMENT, "02", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"),
        (Paper.REFUSAL, "03", "Phiếu từ chối tiếp nhận giải quyết hồ sơ"),
        (Paper.APOLOGY, "04", "Phiếu xin lỗi và hẹn lại ngày trả kết quả"),
        (Paper.CONTROL_SLIP, "05", "Phiếu kiểm soát quá trình giải quyết hồ sơ"),
        (Paper.REGISTER, "06", "Sổ theo dõi hồ sơ"),
    )
)
_FORMS_2025 = tuple(
    Form(paper, number, title, _NEW, _PRESS, "to be confirmed")
    for paper, number, title in (
        (Paper.RECEIPT, "01", "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
        (Paper.SUPPLEMENT, "02", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"),
        (Paper.REFUSAL, "03", "Phiếu từ chối tiếp nhận giải quyết hồ sơ"),
        (Paper.APOLOGY, "04", "Phiếu xin lỗi và đề nghị gia hạn thời gian trả kết quả"),
        (Paper.STOP, "05", "Thông báo dừng giải quyết hồ sơ"),
        (Paper.CONTROL_SLIP, "06", "Phiếu kiểm soát quá trình giải quyết hồ sơ"),
        (Paper.REGISTER, "07", "Sổ theo dõi hồ sơ"),
    )
)


def form(paper: Paper, *, taken_in: date) -> Form:
    """The form in force on the day of intake; raises `NotFound` where that set has none."""
    forms = _FORMS_2025 if taken_in >= NEW_FORMS_FROM else _FORMS_2018
    for candidate in forms:
        if candidate.paper is paper:
            return candidate
    raise NotFound(what="form", code=paper.value)
