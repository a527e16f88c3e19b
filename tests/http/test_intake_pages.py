"""The clerk's intake: one form, one dossier, a receipt with the name and a label without it."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import escape
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.use_cases.counter_intake import Forms
from domain.use_cases.maintain_reference import PersonDefinition

ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
PROCEDURE = "VD-DN"
NAME = "Nguyễn Thị Thúy Hường Đỗ Ỷ"
PERSONAL = {
    "name": NAME,
    "phone": "0912345678",
    "id_number": "027186004512",
    "address": "Số 12, đường Lý Thái Tổ, phường Kinh Bắc",
    "email": "huong@example.vn",
    "request_text": "Thành lập công ty một thành viên <Ánh & Ngữ>",
}
FORM = PERSONAL | {
    "procedure": PROCEDURE,
    "piece": ["to-khai", "cccd"],
    "count-to-khai": "1",
    "count-dieu-le": "1",
    "count-thanh-vien": "1",
    "count-cccd": "3",
    "label": "",
    "official_code": "",
}
HTML = {"accept": "text/html"}


def ticket_of(page: httpx.Response) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def opened(clerk: httpx.Client) -> str:
    return ticket_of(clerk.get("/intake", params={"procedure": PROCEDURE}))


def send(clerk: httpx.Client, ticket: str, **changed: Any) -> httpx.Response:
    return clerk.post("/intake", data=FORM | {"ticket": ticket} | changed, headers=HTML)


def label_in(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/intake/")


def words(pdf: bytes) -> str:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(texts).split())


def codes(pdf: bytes) -> dict[str, str]:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        picture: Any = document[0].render(scale=4, grayscale=True)
        return {str(s.format): s.text for s in zxingcpp.read_barcodes(picture.to_numpy())}


def registered(server: Any) -> int:
    return sum(
        type(each.event).__qualname__ == "Dossier.Registered"
        for each in server.house.log.notifications(after=0, limit=100_000)
    )


def wrong_fields(page: httpx.Response) -> set[str]:
    return set(re.findall(r'href="#field-([^"]+)"', page.text))


def test_the_form_shows_what_the_procedure_asks_for_and_counts_its_due_date(
    counter: httpx.Client, server: Any
) -> None:
    chosen = counter.get("/intake").text
    assert "Sở Tài chính" in chosen
    assert f"/intake?procedure={PROCEDURE}" in chosen
    page = counter.get("/intake", params={"procedure": PROCEDURE}).text
    for expected in (
        "Giấy đề nghị đăng ký doanh nghiệp", "Điều lệ công ty", "50.000 đồng", "3 ngày làm việc",
        "Nhận hồ sơ lúc", "ngày làm việc thứ 3", "Hạn trả kết quả", "Bộ luật Dân sự 2015",
        "phiên bản 1",
    ):  # fmt: skip
        assert expected in page
    terms = server.house.intake.procedures()[PROCEDURE]
    assert page.count('type="checkbox"') == len(terms.pieces)
    english = counter.get("/intake", params={"procedure": "VD-KS", "lang": "en"}).text
    assert "same day" in english
    assert "if received before 15:00" in english
    assert "free of charge" in english
    assert "Due if received now" in english
    counter.get("/intake?lang=vi")


def test_a_dossier_is_registered_and_its_receipt_carries_the_name_whole(
    counter: httpx.Client, supervisor: httpx.Client, server: Any, office: str
) -> None:
    label = label_in(send(counter, opened(counter), official_code="H10.14-260302-0001"))
    told = counter.get(f"/intake/{label}")
    row = server.house.views.dossier(label, now_us=server.house.clock.now_us()).row
    assert (row.office, row.procedure) == (office, PROCEDURE)
    assert f"/intake/{label}/receipt.pdf" in told.text
    assert f"/intake/{label}/label.pdf" in told.text
    assert "Chưa nộp" in told.text
    assert "Điều lệ công ty" in told.text
    assert not any(personal in told.text for personal in PERSONAL.values())

    receipt = counter.get(f"/intake/{label}/receipt.pdf")
    assert receipt.headers["content-type"] == "application/pdf"
    assert receipt.headers["cache-control"] == "no-store"
    said = words(receipt.content)
    for expected in (
        *PERSONAL.values(), "H10.14-260302-0001", "Giấy đề nghị đăng ký doanh nghiệp",
        "3 ngày làm việc", "thủ tục v1",
    ):  # fmt: skip
        assert expected in said
    assert "Điều lệ công ty" not in said
    assert supervisor.get(f"/board?search={label}").text.count(label) >= 1


def test_neither_label_nor_log_holds_anything_personal(counter: httpx.Client, server: Any) -> None:
    label = label_in(send(counter, opened(counter)))
    pdf = counter.get(f"/intake/{label}/label.pdf")
    assert pdf.headers["cache-control"] == "no-store"
    said = words(pdf.content)
    assert "Đăng ký thành lập doanh nghiệp" in said
    assert codes(pdf.content) == {"Code 128": label, "QR Code": label}
    stored = repr(
        [vars(each.event) for each in server.house.log.notifications(after=0, limit=100_000)]
    )
    files = b"".join(file.read_bytes() for file in server.house.data_dir.glob("*.db*"))
    assert label in stored
    assert label.encode() in files
    for personal in PERSONAL.values():
        assert personal not in said
        assert personal not in stored
        assert personal.encode() not in files


def test_the_first_print_carries_a_look_up_code_that_only_the_hash_on_disk_knows(
    counter: httpx.Client, server: Any
) -> None:
    from domain.model.dossier import Dossier, dossier_id
    from domain.use_cases.one_time import hash_of

    label = label_in(send(counter, opened(counter)))
    for _ in range(2):  # a viewer asks twice, a jammed printer too
        found = codes(counter.get(f"/intake/{label}/receipt.pdf").content)
        assert found["Code 128"] == label
        assert found["QR Code"].startswith(f"{server.url}/h/")
        token = found["QR Code"].rpartition("/")[2]
        [case] = server.house.log.load(Dossier, [dossier_id(label)]).values()
        assert case.token_hash == hash_of(token)


def test_another_clerks_print_says_that_it_is_a_reprint(counter: httpx.Client, server: Any) -> None:
    definition = PersonDefinition(
        code="T-COLLEAGUE",
        party=min(server.house.reference.offices()),
        roles=frozenset({Role.COUNTER}),
        issuer=99_001,
        name="Trần Văn Đỗ",
    )
    server.house.write(
        lambda: server.house.reference.define_person(definition, actor=ADMIN)
    ).result(60)
    label = label_in(send(counter, opened(counter)))
    with closing(server.sign_in("T-COLLEAGUE")) as colleague:
        pdf = colleague.get(f"/intake/{label}/receipt.pdf").content
    assert codes(pdf) == {"Code 128": label}
    said = words(pdf)
    assert "BẢN IN LẠI" in said
    assert "Trần Văn Đỗ" in said
    assert NAME in said


@pytest.mark.parametrize("person", ["T-RIDER", "T-BOSS", "vt-stc", "quantri"])
def test_who_is_no_counter_clerk_gets_neither_form_nor_paper(
    server: Any, counter: httpx.Client, person: str
) -> None:
    label = label_in(send(counter, opened(counter)))
    before = registered(server)
    with closing(server.sign_in(person)) as stranger:
        answers = [
            stranger.get("/intake", headers=HTML),
            stranger.get(f"/intake/{label}", headers=HTML),
            stranger.get(f"/intake/{label}/receipt.pdf", headers=HTML),
            send(stranger, "x.1"),
        ]
        if person != "quantri":  # who prints labels of the own office, whatever is in them
            answers.append(stranger.get(f"/intake/{label}/label.pdf", headers=HTML))
        assert [answer.status_code for answer in answers] == [403] * len(answers)
        assert not any(NAME in answer.text for answer in answers)
        if person != "T-RIDER":
            assert 'href="/intake"' not in stranger.get("/board").text
    assert registered(server) == before
    assert 'href="/intake"' in counter.get("/board").text


def test_a_clerk_of_another_office_gets_no_paper_of_this_one(
    server: Any, counter: httpx.Client
) -> None:
    label = label_in(send(counter, opened(counter)))
    with closing(server.sign_in("cb01")) as elsewhere:
        for page in ("", "/receipt.pdf", "/label.pdf"):
            assert elsewhere.get(f"/intake/{label}{page}").status_code == 403


def test_nobody_reads_a_receipt_without_signing_in(
    visitor: httpx.Client, counter: httpx.Client
) -> None:
    label = label_in(send(counter, opened(counter)))
    for page in ("", "/receipt.pdf", "/label.pdf"):
        assert visitor.get(f"/intake/{label}{page}").status_code == 401
        led = visitor.get(f"/intake/{label}{page}", headers=HTML)
        assert led.headers["location"].startswith("/sign-in")


def test_a_form_sent_twice_at_once_registers_once(counter: httpx.Client, server: Any) -> None:
    ticket, before = opened(counter), registered(server)
    with ThreadPoolExecutor(4) as pool:
        labels = set(pool.map(lambda _: label_in(send(counter, ticket)), range(8)))
    assert len(labels) == 1
    assert registered(server) == before + 1


def test_a_used_form_with_other_words_is_held_back_until_it_is_sent_again(
    counter: httpx.Client, server: Any
) -> None:
    ticket = opened(counter)
    label = label_in(send(counter, ticket))
    before = registered(server)
    held = send(counter, ticket, name="Trần Văn Ứng")
    assert held.status_code == 409
    assert label in held.text
    assert 'value="Trần Văn Ứng"' in held.text
    assert registered(server) == before
    assert label_in(send(counter, ticket_of(held), name="Trần Văn Ứng")) != label
    assert registered(server) == before + 1


def test_a_form_from_before_a_restart_is_held_back_with_everything_in_it(
    counter: httpx.Client, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OtherEntropy:
        def token(self, _size: int) -> str:
            return "another-run"

    ticket, before = opened(counter), registered(server)
    forms = Forms(OtherEntropy())  # type: ignore[arg-type] # only its token is asked for
    monkeypatch.setattr(server.house.intake, "_forms", forms)
    monkeypatch.setattr(server.house.intake, "ticket", forms.ticket)
    held = send(counter, ticket)
    assert held.status_code == 409
    assert "khởi động lại" in held.text
    assert f'value="{NAME}"' in held.text
    assert registered(server) == before
    label_in(send(counter, ticket_of(held)))


@pytest.mark.parametrize(
    ("changed", "fields", "sentence"),
    [
        ({"name": "  "}, {"name"}, "Chưa có họ tên"),
        ({"phone": "0" * 201}, {"phone"}, "Dài quá"),
        ({"request_text": "ế" * 4001}, {"request_text"}, "Dài quá"),
        ({"piece": []}, {"pieces"}, "Chưa đánh dấu giấy tờ nào"),
        ({"piece": ["khong-co"]}, {"pieces"}, "Chưa đánh dấu giấy tờ nào"),
        ({"count-cccd": "0"}, {"count-cccd"}, "từ 1 đến 200"),
        ({"count-cccd": "ba"}, {"count-cccd"}, "từ 1 đến 200"),
        ({"count-cccd": "٣"}, {"count-cccd"}, "từ 1 đến 200"),
        ({"count-cccd": "9" * 5000}, {"count-cccd"}, "từ 1 đến 200"),
        ({"count-cccd": "150", "count-to-khai": "51"}, {"pieces"}, "quá 200 giấy tờ"),
        ({"label": "1270012600004284"}, {"label"}, "không phải là nhãn"),
        ({"label": str(Label(Kind.POUCH, 90_001, 26, 1))}, {"label"}, "không phải nhãn hồ sơ"),
        ({"official_code": "Hồ sơ của Hường"}, {"official_code"}, "chữ không dấu"),
        ({"name": "", "label": "x", "piece": []}, {"name", "label", "pieces"}, "Chưa có họ tên"),
    ],
)
def test_a_mistake_is_told_where_it_is_and_nothing_typed_is_lost(
    counter: httpx.Client, server: Any, changed: Any, fields: set[str], sentence: str
) -> None:
    ticket, before = opened(counter), registered(server)
    page = send(counter, ticket, **changed)
    assert page.status_code == 400
    assert wrong_fields(page) == fields
    assert sentence in page.text
    sent = FORM | changed
    for name in ("name", "phone", "id_number", "address", "label", "official_code", "count-cccd"):
        typed = re.search(rf'name="{name}" value="([^"]*)"', page.text)
        assert typed is not None, name
        assert typed[1] == str(sent[name]).strip(), name
    assert escape(sent["request_text"], quote=False) in page.text
    assert page.text.count(" checked") == len(set(sent["piece"]) - {"khong-co"})
    assert ticket_of(page) == ticket
    assert registered(server) == before


def test_a_label_that_is_taken_is_told_at_its_field(counter: httpx.Client, server: Any) -> None:
    label = label_in(send(counter, opened(counter)))
    before = registered(server)
    page = send(counter, opened(counter), label=label)
    assert page.status_code == 409
    assert wrong_fields(page) == {"label"}
    assert "Đã có hồ sơ mang nhãn này" in page.text
    assert f'value="{NAME}"' in page.text
    assert registered(server) == before


def test_a_store_that_refuses_leaves_the_form_filled_in(
    counter: httpx.Client, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domain.ports.stores import DiskFull

    def full(*_: object, **__: object) -> None:
        raise DiskFull

    ticket = opened(counter)
    with monkeypatch.context() as broken:
        broken.setattr(server.house.intake, "_register_dossier", full)
        page = send(counter, ticket)
    assert page.status_code == 503
    assert "Đĩa đã đầy" in page.text
    assert f'value="{NAME}"' in page.text
    label_in(send(counter, ticket_of(page)))


def test_the_longest_form_passes_the_gate_and_a_longer_body_does_not(
    counter: httpx.Client,
) -> None:
    longest = dict.fromkeys(("name", "phone", "id_number", "address", "email"), "ế" * 200)
    label = label_in(send(counter, opened(counter), request_text="ế" * 4000, **longest))
    assert counter.get(f"/intake/{label}/receipt.pdf").status_code == 200
    refused = send(counter, opened(counter), request_text="ế" * 8000)
    assert refused.status_code == 413
    assert "/sign-out" in refused.text  # the gate asks nobody who it is, the page does


def test_unknown_procedures_dossiers_and_labels_are_told_apart(counter: httpx.Client) -> None:
    assert counter.get("/intake", params={"procedure": "NONE"}).status_code == 404
    assert send(counter, "x.1", procedure="NONE").status_code == 404
    unknown = Label(Kind.DOSSIER, 90_001, 26, 999_999)
    assert counter.get(f"/intake/{unknown}/receipt.pdf").status_code == 404
    assert counter.get("/intake/123/label.pdf").status_code == 400
    other_site = counter.post("/intake", data=FORM, headers={"origin": "https://evil.example"})
    assert other_site.status_code == 403
