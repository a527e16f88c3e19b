"""The sentences of the verdict, Vietnamese first: what a scan met, and what to do next.

`verdict.py` chooses one by its name: a code, or a code and a variant of it.
"""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much it should disturb: go on, look again, or put it aside and fetch somebody."""

    GOOD = "good"
    ASK = "ask"
    BAD = "bad"


class Saying(NamedTuple):
    """`seen`, `expected`, `missing`, `office`, `when` and `by` may be named in braces."""

    severity: Severity
    vi: str
    en: str
    next_vi: str
    next_en: str


_SUPERVISOR = "Để riêng và báo lãnh đạo."
_CALL = "Put it aside and call a supervisor."

_GOOD = {
    "OK": Saying(Severity.GOOD, "Đã ghi.", "Recorded.", "Quét tiếp.", "Go on."),
    "OK.receipt": Saying(
        Severity.GOOD,
        "Đúng bảng kê: {seen}/{expected}.",
        "On the manifest: {seen} of {expected}.",
        "Quét hồ sơ tiếp theo.",
        "Scan the next dossier.",
    ),
    "OK.complete": Saying(
        Severity.GOOD,
        "Đúng bảng kê và đã đủ: {seen}/{expected}.",
        "On the manifest, and all are here: {seen} of {expected}.",
        "Quét thẻ Kết thúc kiểm nhận, rồi quét túi.",
        "Scan the card Close the receipt, then the pouch.",
    ),
    "OK.unlisted": Saying(
        Severity.GOOD,
        "Đã nhận {seen} hồ sơ; túi không có bảng kê.",
        "{seen} dossiers received; the pouch has no manifest.",
        "Quét hết hồ sơ trong túi.",
        "Scan every dossier in the pouch.",
    ),
    "OK.packing": Saying(
        Severity.GOOD,
        "Trong túi có {seen} hồ sơ.",
        "Dossiers in the pouch: {seen}.",
        "Quét hồ sơ tiếp theo, hoặc niêm phong túi.",
        "Scan the next dossier, or seal the pouch.",
    ),
    "OK.sealed": Saying(
        Severity.GOOD,
        "Đã niêm phong túi có {seen} hồ sơ.",
        "The pouch is sealed; dossiers in it: {seen}.",
        "Khi giao túi, quét thẻ Giao rồi quét túi.",
        "When you hand it over, scan the card Release, then the pouch.",
    ),
    "OK.pouch": Saying(
        Severity.GOOD,
        "Đã ghi túi; theo bảng kê có {expected} hồ sơ.",
        "The pouch is recorded; its manifest lists {expected} dossiers.",
        "Nơi nhận: đối chiếu số niêm phong, mở túi và quét từng hồ sơ.",
        "At its destination: compare the seal number, open it and scan each dossier.",
    ),
    "OK.closed": Saying(
        Severity.GOOD,
        "Kiểm nhận xong, đủ {seen}/{expected} hồ sơ.",
        "The receipt is closed with all dossiers: {seen} of {expected}.",
        "Chuyển hồ sơ cho người xử lý.",
        "Hand the dossiers on.",
    ),
}

_LOOK_AGAIN = {
    "ALREADY_SCANNED": Saying(
        Severity.ASK,
        "Đã quét lúc {when}, người quét {by}.",
        "Already scanned at {when} by {by}.",
        "Không cần quét lại. Quét tiếp.",
        "No need to scan it again. Go on.",
    ),
    "ALREADY_SCANNED.receipt": Saying(
        Severity.ASK,
        "Đã quét lúc {when}, người quét {by}; vẫn là {seen}/{expected}.",
        "Already scanned at {when} by {by}; still {seen} of {expected}.",
        "Không cần quét lại. Quét hồ sơ tiếp theo.",
        "No need to scan it again. Scan the next dossier.",
    ),
    "UNKNOWN": Saying(
        Severity.ASK,
        "Nhãn này chưa được đăng ký; lượt quét vẫn được ghi.",
        "Nobody has registered this label; the scan is recorded all the same.",
        "Để riêng, hỏi nơi tiếp nhận. Khi hồ sơ được đăng ký, cảnh báo tự hết.",
        "Put it aside and ask the counter. Once it is registered the warning ends by itself.",
    ),
    "UNKNOWN.unheard": Saying(
        Severity.ASK,
        "Đã ghi. Trạm chưa được báo trước về nhãn này.",
        "Recorded. This station was not told of this label ahead.",
        "Quét tiếp; máy chủ sẽ trả lời khi có mạng.",
        "Go on; the server will answer once the network is there.",
    ),
    "UNKNOWN.pouch": Saying(
        Severity.ASK,
        "Túi này không có bảng kê niêm phong.",
        "This pouch has no sealed manifest.",
        "Quét từng hồ sơ trong túi: các lượt quét thay cho bảng kê.",
        "Scan each dossier in it: the scans stand in for the manifest.",
    ),
}

_PUT_ASIDE = {
    "WRONG_OFFICE": Saying(
        Severity.BAD,
        "Sai nơi nhận: phải đến {office}.",
        "Wrong office: it belongs to {office}.",
        "Để riêng và chuyển tiếp đến {office} bằng chuyến sau.",
        "Put it aside and forward it to {office} with the next run.",
    ),
    "SURPLUS": Saying(
        Severity.BAD,
        "Thừa: hồ sơ không có trong bảng kê của túi này.",
        "Surplus: the dossier is not on this pouch's manifest.",
        "Để riêng, hỏi nơi gửi. Tiếp tục quét các hồ sơ còn lại.",
        "Put it aside and ask the sender. Go on with the others.",
    ),
    "FOREIGN": Saying(
        Severity.BAD,
        "Lạc túi: không có trong bảng kê và phải đến {office}.",
        "Foreign: not on the manifest, and it belongs to {office}.",
        "Để riêng và chuyển tiếp đến {office}. Tiếp tục quét các hồ sơ còn lại.",
        "Put it aside and forward it to {office}. Go on with the others.",
    ),
}

_BLOCKED = {
    "MISSING": (
        "Kết thúc kiểm nhận {seen}/{expected}: thiếu {missing} hồ sơ.",
        "The receipt is closed with {seen} of {expected}: {missing} missing.",
        "Tìm lại trong túi và trên bàn; còn thiếu thì báo lãnh đạo.",
        "Look again in the pouch and on the desk; call a supervisor if any stays missing.",
    ),
    "LOST": (
        "Hồ sơ này đã bị khai mất, nay quét thấy ở đây.",
        "This dossier was declared lost and has been scanned here.",
        "Giữ lại và báo lãnh đạo.",
        "Keep it and call a supervisor.",
    ),
    "DUPLICATE_LABEL": (
        "Trùng nhãn: hai hồ sơ mang cùng một số.",
        "Duplicate label: two things carry this number.",
        _SUPERVISOR,
        _CALL,
    ),
    "DISPUTED": (
        "Việc giao nhận đang có tranh chấp; đã ghi.",
        "The handoff is disputed; this is recorded.",
        _SUPERVISOR,
        _CALL,
    ),
    "WITHDRAWN_IN_TRANSIT": (
        "Hồ sơ đã được người nộp rút khi đang chuyển.",
        "The applicant withdrew this dossier while it was on its way.",
        "Không xử lý tiếp; để riêng và báo lãnh đạo.",
        "Do not go on with it; put it aside and call a supervisor.",
    ),
    "SEAL_BROKEN": (
        "Niêm phong bị hỏng; đã ghi.",
        "The seal is broken; this is recorded.",
        "Báo lãnh đạo, rồi mở túi và kiểm từng hồ sơ trước mặt người giao.",
        "Call a supervisor, then check every dossier before the person who brought it.",
    ),
    "SEAL_MISMATCH": (
        "Số niêm phong không khớp với số đã ghi khi niêm phong.",
        "The seal number is not the one recorded at the sealing.",
        "Đọc lại số; nếu vẫn khác, báo lãnh đạo và kiểm từng hồ sơ.",
        "Read it again; if it still differs, call a supervisor and check every dossier.",
    ),
    "WRONG_POUCH": (
        "Nhầm túi: hồ sơ đang được ghi ở một túi khác, hoặc túi này không nhận thêm.",
        "Wrong pouch: it is said to be in another pouch, or this one takes no more.",
        _SUPERVISOR,
        _CALL,
    ),
    "WRONG_PERSON": (
        "Sai người nhận: đã giao cho bưu tá khác.",
        "Wrong person: it was released to another courier.",
        "Giữ nguyên tại chỗ và báo lãnh đạo.",
        "Keep it where it is and call a supervisor.",
    ),
    "SHORT_CONTENT": (
        "Thiếu thành phần hồ sơ so với khi xếp túi.",
        "Pieces are missing, compared with the packing.",
        _SUPERVISOR,
        _CALL,
    ),
    "EXCESS_CONTENT": (
        "Thừa thành phần hồ sơ so với khi xếp túi.",
        "There are more pieces than were packed.",
        _SUPERVISOR,
        _CALL,
    ),
    "returned": (
        "Hồ sơ này đã được trả cho người dân trước đó.",
        "This dossier was returned to the citizen before.",
        _SUPERVISOR,
        _CALL,
    ),
    "withdrawn": (
        "Hồ sơ đã được người nộp rút.",
        "The applicant has withdrawn this dossier.",
        "Không xử lý tiếp; báo lãnh đạo.",
        "Do not go on with it; call a supervisor.",
    ),
    "stopped": (
        "Hồ sơ đã dừng giải quyết.",
        "Work on this dossier has been stopped.",
        "Không xử lý tiếp; báo lãnh đạo.",
        "Do not go on with it; call a supervisor.",
    ),
    "refused": (
        "Hồ sơ đã bị từ chối tiếp nhận.",
        "This dossier was refused at intake.",
        "Không xử lý tiếp; báo lãnh đạo.",
        "Do not go on with it; call a supervisor.",
    ),
}

SAYINGS: dict[str, Saying] = {
    **_GOOD,
    **_LOOK_AGAIN,
    **_PUT_ASIDE,
    **{f"BLOCKED.{reason}": Saying(Severity.BAD, *words) for reason, words in _BLOCKED.items()},
}

REPLACED_LABEL = Saying(
    Severity.ASK,
    "Nhãn này đã được thay bằng nhãn {label}.",
    "This label was replaced by {label}.",
    "Bóc nhãn cũ, dùng nhãn mới.",
    "Take the old label off and use the new one.",
)

UNREADABLE_LABEL = Saying(
    Severity.ASK,
    "Nhãn này đã được báo là không đọc được.",
    "This label was reported as unreadable.",
    "In và dán nhãn mới.",
    "Print another label and stick it on.",
)
