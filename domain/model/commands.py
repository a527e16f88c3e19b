"""Command cards: the printed labels of kind 5 that tell a station what the next scans state.

Paper prints the table as cards; the station looks a scanned card up in it. A serial is on paper in
people's hands, so it keeps its meaning for ever; a new act takes a new serial. Serials from 200 are
reasons: see `reasons.py`.
"""

from dataclasses import dataclass

from domain.model.labels import Kind, Label

COMMAND_ISSUER = 0  # a card means the same in every centre
COMMAND_YEAR = 0
_DOSSIER = frozenset({Kind.DOSSIER, Kind.PIECE})
_POUCH = frozenset({Kind.POUCH})
_PAPER = _DOSSIER | _POUCH
_RUN = frozenset({Kind.RUN})


@dataclass(frozen=True, slots=True)
class Command:
    """One card. `kinds` are the labels it can be said of; empty for a command to the station."""

    serial: int
    word: str
    kinds: frozenset[Kind]
    vi: str
    en: str

    @property
    def label(self) -> str:
        """The 16 digits on the card."""
        return str(Label(Kind.COMMAND, COMMAND_ISSUER, COMMAND_YEAR, self.serial))


UNDO = Command(90, "Undone", frozenset(), "Hoàn tác", "Undo")
SEAL_BROKEN = Command(91, "SealBroken", frozenset(), "Niêm phong bị hỏng", "Seal broken")
TENDER_CODE = Command(92, "TenderCode", frozenset(), "Hiện mã nhận", "Show the receiving code")

# For every card but `SEAL_BROKEN` and `TENDER_CODE`, `word` is the name of the fact it states.
COMMANDS = (
    Command(1, "Digitised", _DOSSIER, "Đã số hóa", "Digitised"),
    Command(2, "Opened", _POUCH, "Mở túi để xếp hồ sơ", "Open a pouch for packing"),
    Command(3, "Packed", _DOSSIER, "Xếp vào túi", "Pack into the pouch"),
    Command(4, "Unpacked", _DOSSIER, "Lấy ra khỏi túi", "Take out of the pouch"),
    Command(5, "Sealed", _POUCH, "Niêm phong", "Seal"),
    Command(6, "Released", _PAPER, "Giao", "Release"),
    Command(7, "Accepted", _PAPER, "Nhận", "Accept"),
    Command(8, "Unsealed", _POUCH, "Mở niêm phong", "Break the seal"),
    Command(9, "Received", _DOSSIER, "Kiểm nhận hồ sơ", "Receive the dossier"),
    Command(10, "Closed", _POUCH, "Kết thúc kiểm nhận", "Close the receipt"),
    Command(11, "StepStarted", _DOSSIER, "Bắt đầu xử lý", "Start a step"),
    Command(12, "StepFinished", _DOSSIER, "Xử lý xong", "Finish a step"),
    Command(13, "ResultIssued", _DOSSIER, "Đã ban hành kết quả", "Result issued"),
    Command(14, "ResultArrived", _DOSSIER, "Kết quả về trung tâm", "Result at the centre"),
    Command(15, "Returned", _DOSSIER, "Trả kết quả", "Return to the citizen"),
    Command(16, "Refused", _PAPER, "Từ chối nhận", "Refuse"),
    Command(17, "Damaged", _PAPER, "Hư hỏng", "Damaged"),
    Command(18, "Moved", _DOSSIER, "Chuyển chỗ để", "Move to another place"),
    Command(19, "Disputed", _PAPER, "Không đồng ý số liệu giao nhận", "Dispute the handoff"),
    Command(20, "Archived", _DOSSIER, "Lưu trữ", "Archive"),
    Command(21, "Found", _DOSSIER, "Đã tìm thấy", "Found"),
    Command(22, "ReservesNoted", _PAPER, "Nhận có bảo lưu", "Note reserves"),
    Command(23, "Tendered", _PAPER, "Giao khi bên nhận không quét", "Tender"),
    Command(30, "RunDeparted", _RUN, "Chuyến thư khởi hành", "Run departs"),
    Command(31, "StopReached", _RUN, "Đến điểm dừng", "Stop reached"),
    Command(32, "StopMissed", _RUN, "Bỏ điểm dừng", "Stop missed"),
    Command(33, "RunCompleted", _RUN, "Kết thúc chuyến thư", "Run completed"),
    UNDO,
    SEAL_BROKEN,
    TENDER_CODE,
)
_BY_SERIAL = {command.serial: command for command in COMMANDS}
_BY_WORD = {command.word: command for command in COMMANDS}


def command_of(label: Label) -> Command | None:
    """The command on this card, None where the table has none."""
    if (label.kind, label.issuer, label.year) != (Kind.COMMAND, COMMAND_ISSUER, COMMAND_YEAR):
        return None
    return _BY_SERIAL.get(label.serial)


def command(word: str) -> Command:
    """The card that says `word`; raises `KeyError` for a word that has none."""
    return _BY_WORD[word]
