"""How refusals about contested minutes are told; part of `api.errors`."""

from api.told import Told

CONTESTS: dict[str, Told] = {
    "CONTEST_OPEN": Told(
        409,
        "Phần thời gian này đã có khiếu nại đang chờ lãnh đạo quyết định.",
        "These minutes are contested already; the supervisor has yet to decide.",
    ),
    "CONTEST_NOT_OPEN": Told(
        409,
        "Phần thời gian này không có khiếu nại nào đang chờ quyết định. Hãy tải lại trang.",
        "Nobody's objection to these minutes waits for a decision. Load the page again.",
    ),
    "OWN_CONTEST": Told(
        403,
        "Khiếu nại này là của chính {party}, nơi bạn công tác. Hãy để lãnh đạo của đơn vị khác"
        " quyết định.",
        "This objection is about {party}, where you belong yourself. Leave it to a supervisor of"
        " another office.",
    ),
    "SAME_ACCOUNT": Told(
        409,
        "Chấp nhận khiếu nại thì phải tính cho bên khác, không phải chính {party}. Muốn giữ nguyên,"
        " hãy bác khiếu nại.",
        "An objection that is upheld charges another than {party}. To leave it, dismiss the"
        " objection.",
    ),
}
