"""Coded reasons: why somebody refused, disputed, noted, corrected or declared; one closed table.

Stations read them from cards (labels of kind 5, serials from 200), pages offer them in lists. A
reason with something to look at carries a reference after a slash: `torn/…` and the SHA-256 of a
photo (`facts.md` §2). A serial and a code are on paper and in signed entries: they keep their
meaning for ever. The server takes a scan with any reason, also one that a later version knows.
"""

import base64
from dataclasses import dataclass

from domain.model.commands import COMMAND_ISSUER, COMMAND_YEAR
from domain.model.labels import Kind, Label

OTHER = "other"  # on pages alone, where it can be told in words
GIVEN_TO_ANOTHER = "given_to_another"  # said of a dossier that was returned
LONGEST_CODE = 20  # with a slash and 43 letters of a hash it is still a code of 64


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason and the facts it can be given for; serial 0: there is no card of it.

    `raises`: the discrepancy that it declares, where it is one (`facts.md` §4, rule 9).
    """

    serial: int
    code: str
    facts: frozenset[str]
    vi: str
    en: str
    raises: str | None = None

    @property
    def label(self) -> str:
        """The 16 digits on its card."""
        return str(Label(Kind.COMMAND, COMMAND_ISSUER, COMMAND_YEAR, self.serial))


def _reason(
    serial: int, code: str, facts: str, vi: str, en: str, *, raises: str | None = None
) -> Reason:
    return Reason(serial, code, frozenset(facts.split()), vi, en, raises)


# What a station asks a reason for before it journals one.
ASKED_AT_STATIONS = frozenset("Refused Disputed Damaged ReservesNoted StopMissed".split())
# What a page states with a reason only; a rating is the reason of its fact.
ASKED_ON_PAGES = frozenset(
    "Disputed Damaged ReservesNoted DeclaredLost Relabelled Corrected Attested Withdrawn Stopped"
    " RefusedAtIntake Rated".split()
)
_WITH_WORDS = ASKED_ON_PAGES - {"Relabelled", "Rated"}

REASONS = (
    _reason(
        200,
        "wrong_recipient",
        "Refused",
        "Không đúng nơi nhận",
        "Not for this office",
        raises="WRONG_RECIPIENT",
    ),
    _reason(
        201,
        "nobody_entitled",
        "Refused",
        "Không đủ thẩm quyền nhận",
        "Nobody here may accept it",
    ),
    _reason(
        202,
        "office_closed",
        "Refused StopMissed",
        "Cơ quan đóng cửa",
        "The office is closed",
        raises="OFFICE_CLOSED",
    ),
    _reason(
        203,
        "seal_damaged",
        "Refused Disputed Damaged ReservesNoted",
        "Niêm phong hỏng",
        "The seal is damaged",
    ),
    _reason(
        204,
        "seal_differs",
        "Refused Disputed ReservesNoted",
        "Số niêm phong không khớp",
        "Another seal number",
    ),
    _reason(
        205,
        "count_differs",
        "Refused Disputed ReservesNoted",
        "Số lượng không khớp bảng kê",
        "The count differs from the manifest",
    ),
    _reason(
        206,
        "pieces_missing",
        "Refused Disputed ReservesNoted",
        "Thiếu giấy tờ trong hồ sơ",
        "Papers are missing from the dossier",
    ),
    _reason(207, "not_packed_well", "Refused ReservesNoted", "Bao gói không chắc", "Badly packed"),
    _reason(
        208,
        "org_changed",
        "Refused ReservesNoted StopMissed",
        "Nơi nhận đã sáp nhập hoặc dời đi",
        "The office was merged or has moved",
        raises="ORG_CHANGED",
    ),
    _reason(210, "never_received", "Disputed", "Chưa từng nhận", "It was never handed over"),
    _reason(
        211,
        "time_differs",
        "Disputed",
        "Giờ giao nhận không đúng",
        "The time of the handoff is wrong",
    ),
    _reason(
        212,
        "condition_differs",
        "Disputed",
        "Tình trạng khác lúc giao",
        "Its condition was another when handed over",
    ),
    _reason(220, "wet", "Refused Damaged ReservesNoted", "Ướt, ẩm", "Wet or damp"),
    _reason(221, "torn", "Refused Damaged ReservesNoted", "Rách, nát", "Torn"),
    _reason(222, "soiled", "Refused Damaged ReservesNoted", "Bẩn, nhòe chữ", "Soiled or smudged"),
    _reason(223, "burnt", "Refused Damaged ReservesNoted", "Cháy, sém", "Burnt"),
    _reason(224, "bag_damaged", "Refused Damaged ReservesNoted", "Túi hỏng", "The bag is damaged"),
    _reason(230, "not_counted", "ReservesNoted", "Chưa kiểm đếm bên trong", "Contents not counted"),
    _reason(
        231,
        "seal_unreadable",
        "ReservesNoted",
        "Không đọc được số niêm phong",
        "The seal number cannot be read",
    ),
    _reason(
        232,
        "label_unreadable",
        "ReservesNoted Relabelled",
        "Nhãn không đọc được",
        "The label is unreadable",
        raises="LABEL_UNREADABLE",
    ),
    _reason(
        0,
        GIVEN_TO_ANOTHER,
        "ReservesNoted",
        "Trả kết quả nhầm người",
        "The result was given to the wrong person",
        raises="WRONG_RECIPIENT",
    ),
    _reason(240, "road_blocked", "StopMissed", "Đường tắc, không đi được", "The road is blocked"),
    _reason(241, "vehicle_failed", "StopMissed", "Xe hỏng", "The vehicle broke down"),
    _reason(242, "bad_weather", "StopMissed", "Mưa bão, ngập", "Storm or flood"),
    _reason(243, "no_time_left", "StopMissed", "Không kịp giờ", "No time left"),
    _reason(244, "nothing_to_carry", "StopMissed", "Không có hồ sơ giao nhận", "Nothing to carry"),
    _reason(250, "will_not_scan", "Tendered", "Bên nhận không quét", "The receiver will not scan"),
    _reason(
        251,
        "device_failed",
        "Tendered Attested Corrected",
        "Thiết bị quét hỏng",
        "The scanner has failed",
    ),
    _reason(0, "wrong_label", "Corrected", "Quét nhầm nhãn", "The wrong label was scanned"),
    _reason(0, "wrong_card", "Corrected", "Chọn nhầm thao tác", "The wrong act was chosen"),
    _reason(0, "wrong_party", "Corrected", "Ghi nhầm bên giao nhận", "The wrong party was named"),
    _reason(
        0, "wrong_person", "Corrected", "Quét bằng thẻ của người khác", "Another person's badge"
    ),
    _reason(0, "wrong_time", "Corrected", "Ghi sai giờ", "The time was wrong"),
    _reason(0, "only_a_trial", "Corrected", "Chỉ quét thử", "It was only a trial"),
    _reason(0, "not_scanned", "Attested", "Quên quét khi giao nhận", "Nobody scanned the handoff"),
    _reason(
        0, "no_station", "Attested", "Nơi giao nhận không có trạm quét", "No station at that place"
    ),
    _reason(0, "seen_at_stocktaking", "Attested", "Thấy khi kiểm kê", "Seen at a stocktaking"),
    _reason(0, "not_found", "DeclaredLost", "Đã tìm khắp nơi, không thấy", "Searched for in vain"),
    _reason(0, "stolen", "DeclaredLost", "Bị lấy mất", "Stolen"),
    _reason(0, "destroyed", "DeclaredLost", "Bị hủy do thiên tai, cháy nổ", "Destroyed"),
    _reason(0, "label_lost", "Relabelled", "Nhãn cũ bị bong, mất", "The old label came off"),
    _reason(0, "applicant_asks", "Withdrawn", "Người nộp xin rút", "The applicant asks for it"),
    _reason(0, "to_be_filed_anew", "Withdrawn", "Rút để nộp lại", "To be filed anew"),
    _reason(
        0,
        "not_supplemented",
        "Stopped",
        "Quá hạn bổ sung hồ sơ",
        "Not supplemented in time",
    ),
    _reason(
        0,
        "not_qualified",
        "Stopped RefusedAtIntake",
        "Không đủ điều kiện giải quyết",
        "The conditions are not met",
    ),
    _reason(
        0,
        "by_higher_decision",
        "Stopped",
        "Theo quyết định hoặc bản án",
        "By a decision or judgment",
    ),
    _reason(
        0,
        "not_competent",
        "RefusedAtIntake",
        "Không thuộc thẩm quyền giải quyết",
        "Not within the competence",
    ),
    _reason(
        0,
        "papers_lacking",
        "RefusedAtIntake",
        "Hồ sơ thiếu hoặc không hợp lệ",
        "Papers are lacking or not valid",
    ),
    _reason(0, "very_satisfied", "Rated", "Rất hài lòng", "Very satisfied"),
    _reason(0, "satisfied", "Rated", "Hài lòng", "Satisfied"),
    _reason(0, "not_satisfied", "Rated", "Không hài lòng", "Not satisfied"),
    _reason(0, OTHER, " ".join(_WITH_WORDS), "Lý do khác (ghi rõ)", "Another reason (write it)"),
)
_BY_SERIAL = {reason.serial: reason for reason in REASONS if reason.serial}
_BY_CODE = {reason.code: reason for reason in REASONS}


def reason_of(label: Label) -> Reason | None:
    """The reason on this card, None where the table has none."""
    if (label.kind, label.issuer, label.year) != (Kind.COMMAND, COMMAND_ISSUER, COMMAND_YEAR):
        return None
    return _BY_SERIAL.get(label.serial)


def reasons_for(fact: str) -> tuple[Reason, ...]:
    """What can be given for a fact of that name, in the order of the table."""
    return tuple(reason for reason in REASONS if fact in reason.facts)


def read_reason(text: str) -> tuple[Reason | None, str | None]:
    """The reason of a fact, None for one this version does not know; and its reference, if any."""
    code, _, reference = text.partition("/")
    return _BY_CODE.get(code), reference or None


def declared(fact: str, reason: object) -> str | None:
    """The discrepancy that a fact of that name declares by its reason; None where it does not."""
    known = read_reason(reason)[0] if isinstance(reason, str) else None
    return known.raises if known is not None and fact in known.facts else None


def with_photo(code: str, digest: str) -> str:
    """A reason that refers to a photo; `digest` is its SHA-256 in hex."""
    letters = base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")
    return f"{code}/{letters}"


def photo_of(text: str) -> str | None:
    """The SHA-256, in hex, of the photo that a fact's reason refers to; None without one."""
    _, reference = read_reason(text)
    if reference is None or len(reference) != 43:
        return None
    try:
        digest = base64.b64decode(f"{reference}=", altchars=b"-_", validate=True)
    except ValueError:
        return None
    return digest.hex() if len(digest) == 32 else None
