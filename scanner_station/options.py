"""The options of the station's commands, worded once."""

from pathlib import Path
from typing import Annotated

import typer

from scanner_station.defaults import FILE, read_defaults
from scanner_station.telling import said_in_words


def _with_file(context: typer.Context, directory: Path) -> Path:
    """What `station.toml` in the directory says stands in for what is not typed."""
    with said_in_words():
        context.default_map = read_defaults(directory)
    return directory


Directory = Annotated[
    Path,
    typer.Option(
        "--dir", envvar="GIAONHAN_STATION_DIR", help="Thư mục của trạm. / The station's directory."
    ),
]
DirectoryWithFile = Annotated[
    Path,
    typer.Option(
        "--dir",
        envvar="GIAONHAN_STATION_DIR",
        is_eager=True,
        callback=_with_file,
        help=f"Thư mục của trạm; {FILE} trong đó đặt sẵn các tùy chọn dưới đây."
        f" / The station's directory; {FILE} in it sets the options below.",
    ),
]
Serial = Annotated[
    str | None,
    typer.Option(
        help="Máy quét ở cổng nối tiếp: COM3, /dev/ttyACM0; dùng được cùng --desk."
        " / A scanner on a serial port; goes with --desk.",
    ),
]
Wedge = Annotated[
    bool, typer.Option("--wedge", help="Máy quét kiểu bàn phím. / Lines on standard input.")
]
Images = Annotated[Path | None, typer.Option(help="Thư mục ảnh. / A folder of pictures.")]
Pictures = Annotated[
    list[Path] | None, typer.Option(help="Một ảnh; lặp lại được. / One picture; repeatable.")
]
Camera = Annotated[int | None, typer.Option("--camera", help="Máy ảnh số N. / Camera number N.")]
Follow = Annotated[
    bool, typer.Option("--follow", help="Chờ ảnh mới trong thư mục. / Wait for new pictures.")
]
Desk = Annotated[bool, typer.Option("--desk", help="Mở trang bàn quét. / Serve the desk page.")]
Port = Annotated[
    int, typer.Option(min=0, max=65_535, help="Cổng của trang bàn quét. / The page's port.")
]
BadgeAlone = Annotated[
    bool,
    typer.Option(
        "--badge-alone", help="Thẻ cán bộ là đủ, không hỏi PIN. / A badge signs on, no PIN."
    ),
]
NoBrowser = Annotated[
    bool,
    typer.Option(
        "--no-browser", help="Không tự mở trình duyệt. / Do not open the browser on the page."
    ),
]
AsJsonLines = Annotated[
    bool, typer.Option("--json", help="Mỗi kết quả một dòng JSON. / One JSON line a result.")
]
NoUplink = Annotated[
    bool, typer.Option("--no-uplink", help="Chỉ ghi, không gửi. / Store only, send nothing.")
]
LongestWait = Annotated[
    float, typer.Option(min=0.1, help="Giây giữa hai lần gọi lại. / Seconds between retries.")
]
Badge = Annotated[str, typer.Option(help="Nhãn thẻ cán bộ. / The clerk's badge label.")]
Code = Annotated[str, typer.Option(help="Mã đăng ký một lần. / The one-time code.")]
