"""What the refusals of the database are called outside; part of the table in `api.errors`."""

from api.told import Told

STORES = {
    "PLACE_TAKEN": Told(
        409,
        "Thư mục {directory} đã có và không trống; không ghi đè. Hãy chọn thư mục khác.",
        "The directory {directory} is there and not empty, and is never written over. Choose"
        " another one.",
    ),
    "HOUSE_MOVED": Told(
        409,
        "Dữ liệu ở đây đã chuyển sang PostgreSQL: hãy đặt GIAONHAN_DATABASE_URL. Muốn quay lại dùng"
        " tệp (mất những gì đã ghi từ đó), hãy xóa tệp {file}.",
        "What stands here has moved to a PostgreSQL: set GIAONHAN_DATABASE_URL. To go back to the"
        " files, without what was recorded since, remove {file}.",
    ),
    "MOVE_DIFFERS": Told(
        409,
        "Sau khi chuyển, {what} trong PostgreSQL không khớp với tệp; đừng dùng cơ sở dữ liệu đó."
        " Tệp vẫn nguyên vẹn: hãy chạy giaonhan verify read-model trên tệp, rồi chuyển lại.",
        "After the move the {what} in the PostgreSQL and in the files differ; do not serve from it."
        " The files are as they were: run giaonhan verify read-model on them, and move again.",
    ),
    "STORE_NOT_EMPTY": Told(
        409,
        "Cơ sở dữ liệu đích đã có dữ liệu khác; không ghi đè. Hãy tạo một cơ sở dữ liệu trống.",
        "The database holds other data already, which is never written over. Make an empty one.",
    ),
    "STORE_UNREACHABLE": Told(
        503,
        "Cơ sở dữ liệu chưa trả lời ({why}). Thiết bị sẽ tự gửi lại; không mất lượt quét nào.",
        "The database does not answer ({why}). Devices send again by themselves; no scan is lost.",
    ),
    "MADE_BY_NEWER": Told(
        503,
        "Phiên bản mới hơn của chương trình đã ghi {what} (phiên bản dữ liệu {found}, chương trình"
        " này đọc được đến {known}), nên không mở để khỏi làm hỏng. Hãy chạy phiên bản mới, hoặc"
        " khôi phục bản sao lưu có trước khi nâng cấp.",
        "A newer version of the program wrote the {what} (shape {found}, this program knows up to"
        " {known}); it is left alone lest it be damaged. Run the newer version, or restore the"
        " backup made before the upgrade.",
    ),
    "NOT_ON_POSTGRES": Told(
        409,
        "Chỉ làm được khi dữ liệu nằm trong PostgreSQL: hãy đặt {setting}.",
        "This needs the data to stand in PostgreSQL: set {setting}.",
    ),
    "ROLE_ABSENT": Told(
        409,
        "Cơ sở dữ liệu chưa có vai trò {role}: hãy tạo bằng CREATE ROLE {role} LOGIN.",
        "The database has no role {role}: make it with CREATE ROLE {role} LOGIN.",
    ),
    "ROLE_TOO_MIGHTY": Told(
        409,
        "Vai trò {role} vẫn sửa được sự kiện (siêu người dùng, hoặc thuộc chủ sở hữu các bảng, lược"
        " đồ hay cơ sở dữ liệu). Hãy tạo một vai trò riêng cho máy chủ.",
        "The role {role} could alter events all the same (a superuser, or a member of the owner of"
        " the tables, the schema or the database). Make a role for the server alone.",
    ),
    "NEEDS_OWNER": Told(
        503,
        "Phải lập hoặc nâng cấp {what}, việc vai trò này không làm được: đặt GIAONHAN_DATABASE_URL"
        " theo chủ sở hữu, chạy lại, rồi `giaonhan grant VAI_TRÒ` cho vai trò của máy chủ.",
        "The {what} is to be made or brought to a new shape, which this role may not do: give this"
        " command the owner's GIAONHAN_DATABASE_URL, then `giaonhan grant ROLE` for the server's.",
    ),
    "WORKERS_NEED_POSTGRES": Told(
        409,
        "Dữ liệu nằm trong một tệp, mà tệp chỉ có một tiến trình ghi: bỏ --workers {workers}, hoặc"
        " chuyển sang PostgreSQL (đặt {setting}).",
        "The data stand in a file, which has one writer: leave out --workers {workers}, or move to"
        " PostgreSQL (set {setting}).",
    ),
    "UNSAFE_STORE": Told(
        503,
        "Thiết lập {what} là {found}: dữ liệu đã xác nhận có thể mất, nên máy chủ không chạy."
        " Hãy sửa thiết lập này.",
        "The setting {what} is {found}: what was acknowledged could be lost, so the server does not"
        " run. Correct that setting.",
    ),
}
