"""Other stickers: a replaced label goes on leading to its dossier, so does a paper's own."""

import re
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest
from pypdfium2 import PdfDocument

from adapters.read_model.dump import digest_at
from domain.model.labels import Kind, grouped, parse_label

NewLabel = Callable[[Kind], str]
HTML = {"accept": "text/html"}


@pytest.fixture
def registered(counter: httpx.Client, office: str) -> dict[str, str]:
    """A dossier registered at the counter's office, and the token on its receipt."""
    procedure = counter.get("/procedures", headers=HTML)
    assert procedure.status_code == 200
    given = {"procedure": "VD-HKD", "office": office, "applicant": {"name": "Lê Thị Bé"}}
    answer = counter.post("/api/v1/dossiers", json=given)
    assert answer.status_code == 201, answer.text
    return {"label": answer.json()["label"], "token": answer.json()["lookup_token"]}


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def relabel(who: httpx.Client, dossier: str, **given: Any) -> httpx.Response:
    return who.post(f"/api/v1/dossiers/{dossier}/relabel", json={"reason": "label_lost"} | given)


def chain(who: httpx.Client, label: str) -> list[tuple[str, str]]:
    found = who.get(f"/api/v1/dossiers/{label}/trace").json()
    [state] = found["dossiers"].values()
    return [(link["holder"], link["basis"]) for link in state["chain"]]


def test_scans_of_the_new_and_of_the_old_label_are_scans_of_the_one_dossier(
    server: Any,
    visitor: httpx.Client,
    counter: httpx.Client,
    supervisor: httpx.Client,
    registered: dict[str, str],
    office: str,
) -> None:
    old = registered["label"]
    new = relabel(counter, old).json()["label"]
    other = max(server.house.reference.offices())
    theirs = server.enrol(visitor, code=f"N{new[8:14]}", office=other)
    answer = theirs.send(theirs.entry("Received", new)).json()["answers"][0]
    assert answer["discrepancies"] == ["NOT_RELEASED"]
    assert "UNKNOWN" not in answer["verdict"]["code"]
    assert "thay bằng" not in answer["verdict"]["vi"]
    expected = [(office, "verified"), (other, "verified")]
    assert chain(supervisor, old) == chain(supervisor, new) == expected
    verdict = theirs.send(theirs.entry("Moved", old)).json()["answers"][0]["verdict"]
    assert f"Nhãn này đã được thay bằng nhãn {grouped(new)}." in verdict["vi"]
    assert verdict["severity"] == "ask"
    for number in (old, new):
        [row] = supervisor.get("/api/v1/board", params={"search": number}).json()["rows"]
        assert (row["label"], row["holder"]) == (old, other)
        page = supervisor.get(f"/dossiers/{number}", headers=HTML).text
        assert "Đã thay; vẫn tra được hồ sơ này" in page
        assert grouped(new) in page
    receipt = visitor.get(f"/h/{registered['token']}", headers=HTML)
    assert server.house.reference.offices()[other].name_vi in receipt.text
    pdf = counter.get(f"/labels/{new}/label.pdf")
    assert pdf.content.startswith(b"%PDF")


def test_a_new_label_is_one_that_nothing_names_and_may_be_replaced_again(
    server: Any,
    counter: httpx.Client,
    registered: dict[str, str],
    device: Any,
    new_label: NewLabel,
) -> None:
    label = registered["label"]
    taken = new_label(Kind.DOSSIER)
    assert device.send(device.entry("Received", taken)).status_code == 200
    for given, code in (
        ({"label": taken}, "ALREADY_EXISTS"),
        ({"label": label}, "ALREADY_EXISTS"),
        ({"label": new_label(Kind.POUCH)}, "BAD_LABEL"),
        ({"label": "12"}, "BAD_LABEL"),
        ({"reason": "torn"}, "BAD_REASON"),
    ):
        assert code_of(relabel(counter, label, **given)) == code
    succeeds = server.house.desk.state(
        "OfficeSucceeded", "GONE", {"successor": "NEXT"}, operator="a", office="b"
    )
    server.house.write(lambda: server.house.log.save(entries=[succeeds])).result(60)
    first, second = new_label(Kind.DOSSIER), new_label(Kind.DOSSIER)
    assert relabel(counter, label, label=first).json()["label"] == first
    assert relabel(counter, first, label=second).json()["label"] == second
    assert code_of(relabel(counter, label, label=first)) == "ALREADY_EXISTS"
    found = counter.get(f"/api/v1/dossiers/{second}/stickers").json()
    assert [one["label"] for one in found] == [label, first, second]
    assert code_of(relabel(counter, new_label(Kind.DOSSIER))) == "NOT_FOUND"


def test_a_paper_goes_with_its_dossier_until_it_is_scanned_itself(
    server: Any,
    visitor: httpx.Client,
    counter: httpx.Client,
    supervisor: httpx.Client,
    registered: dict[str, str],
    new_label: NewLabel,
) -> None:
    label, piece = registered["label"], new_label(Kind.PIECE)
    given = {"kind": "to-khai", "label": piece}
    for _ in range(2):
        told = counter.post(f"/api/v1/dossiers/{label}/pieces", json=given)
        assert (told.status_code, told.json()["label"]) == (201, piece)
    own = counter.post(f"/api/v1/dossiers/{label}/pieces", json={"kind": "to-khai"}).json()
    assert own["label"][0] == "6"
    page = supervisor.get(f"/dossiers/{label}", headers=HTML).text
    assert page.count("đi cùng hồ sơ") == 2
    leads = supervisor.get(f"/dossiers/{piece}", headers=HTML)
    assert (leads.status_code, leads.headers["location"]) == (303, f"/dossiers/{label}#labels")
    [row] = supervisor.get("/api/v1/board", params={"search": piece}).json()["rows"]
    assert row["label"] == label
    other = max(server.house.reference.offices())
    theirs = server.enrol(visitor, code=f"P{piece[8:14]}", office=other)
    assert theirs.send(theirs.entry("Received", piece)).json()["answers"][0]["discrepancies"] == []
    page = supervisor.get(f"/dossiers/{label}", headers=HTML).text
    assert page.count("đi cùng hồ sơ") == 1
    assert f'href="/dossiers/{piece}"' in page
    assert "Đây là giấy tờ của hồ sơ" in supervisor.get(f"/dossiers/{piece}", headers=HTML).text
    assert chain(supervisor, piece) == [(other, "verified")]
    pdf = counter.get(f"/labels/{piece}/label.pdf")
    assert pdf.content.startswith(b"%PDF")


def test_only_those_with_the_right_stick_labels(
    counter: httpx.Client, courier: httpx.Client, registered: dict[str, str]
) -> None:
    label = registered["label"]
    assert code_of(relabel(courier, label)) == "NOT_ALLOWED"
    assert courier.get(f"/labels/{label}/acts/relabel").status_code == 403
    assert courier.post(f"/api/v1/dossiers/{label}/pieces", json={"kind": "x"}).status_code == 403
    opened = counter.get(f"/labels/{label}/acts/piece", headers=HTML)
    assert "Dán nhãn riêng cho giấy tờ" in opened.text
    sent = {"reason": "label_unreadable", "new": ""}
    told = counter.post(f"/labels/{label}/acts/relabel", data=sent, headers=HTML)
    assert (told.status_code, told.headers["location"]) == (303, f"/dossiers/{label}#labels")
    wrong = counter.post(f"/labels/{label}/acts/relabel", data={"reason": ""}, headers=HTML)
    assert wrong.status_code == 400
    assert "Hãy chọn lại" in wrong.text


def test_a_form_sent_twice_sticks_one_label(
    counter: httpx.Client, registered: dict[str, str]
) -> None:
    label = registered["label"]
    for slug, given in (("relabel", {"reason": "label_lost"}), ("piece", {"kind": "to-khai"})):
        address = f"/labels/{label}/acts/{slug}"
        [version] = re.findall('name="version" value="([0-9]+)"', counter.get(address).text)
        for _ in range(2):
            told = counter.post(address, data=given | {"version": version}, headers=HTML)
            assert told.status_code == 303
    found = counter.get(f"/api/v1/dossiers/{label}/stickers").json()
    assert [one["label"][0] for one in found] == ["1", "1", "6"]


def test_pauses_and_appointment_open_by_the_new_label_too(server: Any) -> None:
    with closing(server.sign_in("cb01")) as clerk:
        given = {"procedure": "VD-HKD", "office": "TTHC", "applicant": {"name": "Lê Thị Bé"}}
        label = clerk.post("/api/v1/dossiers", json=given).json()["label"]
        new = relabel(clerk, label).json()["label"]
        assert clerk.get(f"/dossiers/{new}/pauses", headers=HTML).status_code == 200
        assert clerk.post(f"/dossiers/{new}/pauses/agency", data={"agency": "CATP"}).is_redirect
    with closing(server.sign_in("lanhdao")) as head:
        assert head.get(f"/appointments/{new}", headers=HTML).status_code == 200


def test_a_rebuild_gives_the_same_sheets(server: Any) -> None:
    house = server.house

    def both() -> tuple[str, str]:
        before = digest_at(house.source)
        house.rebuild()
        return before, digest_at(house.source)

    before, after = house.write(both).result(60)
    assert before == after


def test_a_counter_prints_tags_with_numbers_that_nobody_gets_again(
    server: Any, counter: httpx.Client, office: str
) -> None:
    assert 'href="/new-labels"' in counter.get("/board", headers=HTML).text
    assert "Thẻ túi hồ sơ" in counter.get("/new-labels", headers=HTML).text
    issuer = server.house.reference.offices()[office].issuer
    seen: set[str] = set()
    for single in (False, True):
        printed = counter.post(
            "/new-labels", data={"kind": "pouch", "count": "3", "single": single}, headers=HTML
        )
        assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
        with closing(PdfDocument(printed.content)) as pages:
            assert len(pages) == (3 if single else 1)
            text = "".join(one.get_textpage().get_text_range() for one in pages)
        labels = re.findall(r"2 [0-9]{5} [0-9]{2} [0-9]{6} [0-9]{2}", text)
        assert {parse_label(label).issuer for label in labels} == {issuer}
        assert len(set(labels)) == 3
        assert not seen & set(labels)
        seen |= set(labels)


def test_labels_are_printed_for_who_may_and_a_sensible_number_at_once(
    counter: httpx.Client, visitor: httpx.Client, courier: httpx.Client
) -> None:
    given = {"kind": "pouch", "count": "0"}
    assert visitor.post("/new-labels", data=given).status_code == 401
    assert courier.post("/new-labels", data=given).status_code == 403
    for wrong in (given, {"kind": "pouch", "count": "241"}, {"kind": "badge", "count": "1"}):
        refused = counter.post("/new-labels", data=wrong, headers=HTML)
        assert refused.status_code == 400
        assert "Mỗi lần in từ 1 đến 240 nhãn" in refused.text
