"""The Vietnamese of the page of a shelf census; part of `api.pages.words`."""

from domain.use_cases.take_census import Finding

FINDINGS = {
    Finding.ABSENT: "Absent",
    Finding.MISPLACED: "Misplaced",
    Finding.TAKEN: "Taken away meanwhile",
    Finding.PLACED: "Here for the first time",
    Finding.PRESENT: "In its place",
}
MORE = "There are more than are listed here. The counts are of all."
NOTHING = "Nothing should lie here, and nothing was scanned."
CENSUS = {
    "Absent": "Vắng",
    "Misplaced": "Để sai chỗ",
    "Taken away meanwhile": "Đã lấy đi trong lúc kiểm",
    "Here for the first time": "Lần đầu để ở đây",
    "In its place": "Đúng chỗ",
    "Shelf census": "Kiểm kê kệ",
    "What should lie at a place, against what was scanned there.": (
        "Những gì phải có ở một chỗ, so với những gì đã quét thấy ở đó."
    ),
    "Label or code of the place": "Nhãn hoặc mã chỗ để",
    "From": "Từ lúc",
    "Until": "Đến lúc",
    "Whose place it is": "Chỗ để của đơn vị",
    "Show the census": "Xem kết quả kiểm kê",
    "Scanned there": "Quét thấy lúc",
    "Before that": "Trước đó ở",
    "no place was known": "chưa rõ chỗ để",
    "It is asked of the scans, so any place and time can be asked for. Scan the place's label, then"
    " everything that lies there.": (
        "Kết quả tính từ lượt quét nên chỗ nào, lúc nào cũng xem được. Quét nhãn chỗ để, rồi quét"
        " mọi thứ đang ở đó."
    ),
    MORE: "Còn nhiều hơn số được liệt kê ở đây. Các con số đếm là của tất cả.",
    NOTHING: ("Ở đây không có gì phải có, và cũng chưa quét thấy gì."),
}
