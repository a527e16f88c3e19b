"""How refusals about facts stated on pages are told; part of `api.errors`."""

from api.told import Told

ACTS: dict[str, Told] = {
    "WITHOUT_EFFECT": Told(
        409,
        "Việc này không làm thay đổi gì: hồ sơ đã đúng như vậy, hoặc lượt quét đã bị bỏ.",
        "That would change nothing: it is so already, or that scan is set aside.",
    ),
    "NOT_YET": Told(
        400,
        "Thời điểm {when} chưa tới. Hãy nhập giờ đã qua.",
        "The moment {when} has not come yet. Give one that is past.",
    ),
    "NOT_FOR_THIS": Told(
        400,
        "Việc này không dùng cho nhãn này, hoặc chưa đến hay đã qua lúc đó.",
        "That cannot be said of this label, or not as it stands now.",
    ),
    "TOO_MANY_STICKERS": Told(
        409,
        "Một hồ sơ có nhiều nhất {most} nhãn.",
        "A dossier has {most} labels at most.",
    ),
    "NOT_A_PHOTO": Told(
        400,
        "Tệp gửi lên không phải ảnh JPEG hoặc PNG đọc được. Hãy chụp lại.",
        "The file is no readable JPEG or PNG picture. Take the photo again.",
    ),
}
