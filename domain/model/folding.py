"""Text as people mistype it: without tones, đ as d, without case; used wherever text is sought."""

import unicodedata


def folded(text: str) -> str:
    """`Đặng Thị Tuyết` → `dang thi tuyet`."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
