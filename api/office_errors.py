"""How refusals about offices, mergers and the end of a shift are told; part of `api.errors`."""

from api.told import Told

OFFICES: dict[str, Told] = {
    "OFFICE_SUCCEEDED": Told(
        409,
        "Đơn vị {office} đã được sáp nhập vào {successor} từ {since}. Hãy dùng đơn vị tiếp nhận.",
        "Office {office} was taken over by {successor} on {since}. Use the successor.",
    ),
    "OFFICE_NOT_OPEN": Told(
        409,
        "Đơn vị {office} chỉ hoạt động từ {since}; trước đó không tiếp nhận được.",
        "Office {office} is valid from {since} on; it takes nothing in before.",
    ),
    "TOO_MANY_CODES": Told(
        413,
        "Một lần chỉ nhận tối đa {most} mã. Hãy chia làm nhiều lần.",
        "At most {most} codes at a time. Send the rest in another go.",
    ),
    "SUCCESSION_CYCLE": Told(
        409,
        "Không ghi được: công việc của {successor} đang do chính {office} tiếp nhận.",
        "Not possible: {office} itself carries on the work of {successor}.",
    ),
    "SUCCESSION_DATE": Told(
        409,
        "Không thể sáp nhập từ {effective} ({why} {limit}).",
        "The succession cannot hold from {effective} ({why} {limit}).",
    ),
}
