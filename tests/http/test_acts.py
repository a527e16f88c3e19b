"""What people state on pages and as JSON: who may, what is previewed, what is shown of it."""

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from html import unescape
from typing import Any

import httpx
import pytest

from domain.model.commands import command
from domain.model.instants import iso, parse_instant
from domain.model.labels import Kind, Label, grouped
from domain.model.policy import Act, Role, allowed
from domain.model.policy import Actor as Person
from domain.model.reasons import REASONS
from domain.model.tender_code import code_at, with_code
from domain.ports.vault import MOST_PHOTO_BYTES
from scanner_station.directory import Directory
from scanner_station.directory import Person as Wearer
from scanner_station.gestures import Act as Gesture
from scanner_station.gestures import Session
from scanner_station.image_worker import PIXELS_AT_MOST
from scanner_station.settings import Purpose
from tests.http.conftest import enlist

NewLabel = Callable[[Kind], str]
HTML = {"accept": "text/html"}
SECRET = "Ông Phạm Văn Ẩn, số 12, gọi 0987654321"  # noqa: S105 - a text, not a secret


def png(*, across: int = 1, rows: int = 8) -> bytes:
    """A right grey picture, so many times eight pixels wide; small as it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    size = (8 * across).to_bytes(4, "big") + rows.to_bytes(4, "big")
    pixels = zlib.compress((b"\x00" + bytes(range(8)) * across) * rows)
    header = chunk(b"IHDR", size + b"\x08\x00\x00\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def damaged(device: Any, held: str, new_label: NewLabel) -> str:
    """The pouch of that dossier, which somebody refused for its seal."""
    pouch = new_label(Kind.POUCH)
    device.send(
        device.entry("Packed", held, pouch=pouch),
        device.entry("Sealed", pouch, seal="S1"),
        device.entry("Refused", pouch, reason="seal_damaged"),
    )
    return pouch


@pytest.fixture
def held(device: Any, new_label: NewLabel) -> str:
    """A dossier that the station's office has scanned twice."""
    label = new_label(Kind.DOSSIER)
    answer = device.send(device.entry("Registered", label), device.entry("Digitised", label))
    assert answer.status_code == 200
    return label


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def state(who: httpx.Client, label: str, act: str, **given: Any) -> httpx.Response:
    return who.post(f"/api/v1/labels/{label}/{act}", json=given)


def form(who: httpx.Client, label: str, act: str, **fields: str) -> httpx.Response:
    return who.post(f"/labels/{label}/acts/{act}", data=fields, headers=HTML)


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields of the confirming form."""
    inside = page.text.split('<form class="form confirm"')[1].split("</form>")[0]
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inside)
    return {name: unescape(value) for name, value in fields}


def open_codes(who: httpx.Client, label: str) -> list[str]:
    rows = who.get("/api/v1/discrepancies", params={"limit": 500}).json()["discrepancies"]
    return sorted(row["code"] for row in rows if row["subject"] == label)


def test_a_scan_that_never_was_is_corrected_and_shown_struck_through(
    supervisor: httpx.Client, device: Any, held: str
) -> None:
    target = f"{device.code}#2"
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    assert f"/labels/{held}/acts/correct?target={device.code}%232" in page
    opened = supervisor.get(f"/labels/{held}/acts/correct", params={"target": target}, headers=HTML)
    assert "Số hóa" in opened.text
    typed = {"target": target, "kind": "did_not_occur", "reason": "only_a_trial", "step": "preview"}
    preview = form(supervisor, held, "correct", **typed)
    assert "Kết quả nếu khai báo" in preview.text
    assert "<s>" not in supervisor.get(f"/dossiers/{held}", headers=HTML).text
    told = form(supervisor, held, "correct", **hidden(preview), step="state")
    assert (told.status_code, told.headers["location"]) == (303, f"/dossiers/{held}#scans")
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    assert "<s>Số hóa</s>" in page
    assert "Đã đính chính là không xảy ra; người thực hiện T-BOSS" in page
    assert "Chỉ quét thử" in page
    again = form(supervisor, held, "correct", **hidden(preview), step="state")
    assert again.status_code == 303
    facts = supervisor.get(f"/api/v1/dossiers/{held}/trace").json()["facts"]
    assert [fact["fact"] for fact in facts].count("Corrected") == 1


def test_a_scan_by_the_wrong_office_is_put_right_and_its_link_is_attested(
    supervisor: httpx.Client, server: Any, device: Any, held: str
) -> None:
    other = max(server.house.reference.offices())
    target = f"{device.code}#2"
    fields = {"target": target, "kind": "was_wrong", "reason": "wrong_party", "put_office": other}
    preview = form(supervisor, held, "correct", **fields, step="preview")
    assert 'class="tag attested"' in preview.text
    assert form(supervisor, held, "correct", **hidden(preview), step="state").status_code == 303
    trace = supervisor.get(f"/api/v1/dossiers/{held}/trace").json()
    [*_, last] = trace["dossiers"][held]["chain"]
    assert (last["holder"], last["basis"], last["evidence"]) == (other, "attested", [target])
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    assert "Đã đính chính; người thực hiện T-BOSS" in page
    assert "bar attested" in page


def test_a_movement_nobody_scanned_is_attested_from_its_moment(
    supervisor: httpx.Client, server: Any, held: str
) -> None:
    facts = supervisor.get(f"/api/v1/dossiers/{held}/trace").json()["facts"]
    given = {
        "holder": "courier:C1",
        "when": iso(parse_instant(facts[-1]["effective"]) + 1),
        "reason": "other",
        "text": SECRET,
    }
    seen = state(supervisor, held, "attest", **given, preview=True).json()
    assert seen["key"] is None
    assert seen["folded"]["dossiers"][held]["chain"][-1]["basis"] == "attested"
    told = state(supervisor, held, "attest", **given, version=seen["version"])
    assert told.status_code == 200
    again = state(supervisor, held, "attest", **given, version=seen["version"])
    assert again.json()["key"] == told.json()["key"]
    other = {**given, "text": "", "reason": "not_scanned"}
    late = state(supervisor, held, "attest", **other, version=seen["version"])
    assert (late.status_code, code_of(late)) == (409, "CONFLICT")
    assert SECRET in supervisor.get(f"/dossiers/{held}", headers=HTML).text
    events = server.house.log.notifications(after=0, limit=100_000)
    assert not any(SECRET in str(vars(each.event)) for each in events)


def test_what_cannot_be_stated_is_refused_by_its_code(
    supervisor: httpx.Client, device: Any, held: str, new_label: NewLabel
) -> None:
    def refused(act: str, label: str = held, **given: Any) -> tuple[int, str]:
        answer = state(supervisor, label, act, **given)
        return answer.status_code, code_of(answer)

    attest = {"holder": "courier:C1", "reason": "not_scanned"}
    soon = {**attest, "when": "2100-01-01T00:00:00+07:00"}
    assert refused("attest", **soon) == (400, "NOT_YET")
    assert refused("attest", holder="NOWHERE", reason="not_scanned") == (404, "NOT_FOUND")
    assert refused("attest", holder="courier:C1", reason="torn") == (400, "BAD_REASON")
    assert refused("attest", holder="courier:C1", reason="other") == (400, "REASON_NEEDS_TEXT")
    assert refused("dispute", reason="") == (400, "BAD_REASON")
    assert refused("lost", label=new_label(Kind.DOSSIER), reason="stolen") == (404, "NOT_FOUND")
    fix = {"target": f"{device.code}#2", "reason": "wrong_label"}
    assert refused("correct", **fix, kind="was_wrong") == (400, "BAD_FACT")
    assert refused("correct", **fix, kind="was_wrong", set={"office": device.office}) == (
        409,
        "WITHOUT_EFFECT",
    )
    pouch = str(Label(Kind.POUCH, 1, 26, 1))
    assert refused("correct", **fix, kind="was_wrong", set={"subject": pouch}) == (400, "BAD_LABEL")
    assert refused("correct", **fix, kind="was_wrong", set={"color": "red"})[1] == "MALFORMED_ENTRY"
    assert refused("correct", reason="wrong_label", kind="did_not_occur", target="X#1") == (
        404,
        "NOT_FOUND",
    )
    gone = {"reason": "only_a_trial", "kind": "did_not_occur", "target": f"{device.code}#2"}
    assert state(supervisor, held, "correct", **gone).status_code == 200
    assert refused("correct", **gone) == (409, "WITHOUT_EFFECT")


def test_each_act_has_its_own_right_and_a_handoff_is_a_matter_of_its_parties(
    supervisor: httpx.Client, counter: httpx.Client, courier: httpx.Client, held: str
) -> None:
    for act in ("correct", "attest", "lost"):
        assert state(counter, held, act, reason="other").status_code == 403
        assert counter.get(f"/labels/{held}/acts/{act}").status_code == 403
    assert state(courier, held, "found").status_code == 403
    stranger = state(courier, held, "dispute", reason="never_received")
    assert (stranger.status_code, code_of(stranger)) == (403, "NOT_ALLOWED")
    assert state(counter, held, "dispute", reason="time_differs").status_code == 200
    assert state(supervisor, held, "damage", reason="wet").status_code == 200
    assert open_codes(supervisor, held) == ["DAMAGED", "DISPUTED"]
    for role in Role:
        mays = allowed(Person("x", "y", frozenset({role})), Act.ATTEST_CUSTODY)
        assert mays == (role is Role.SUPERVISOR)


def test_a_lost_dossier_is_found_in_the_hands_of_who_found_it(
    supervisor: httpx.Client, counter: httpx.Client, device: Any, held: str
) -> None:
    preview = form(supervisor, held, "lost", reason="not_found", step="preview")
    assert "Khai mất" in preview.text
    assert form(supervisor, held, "lost", **hidden(preview), step="state").status_code == 303
    assert open_codes(supervisor, held) == ["LOST"]
    preview = form(counter, held, "found", step="preview")
    assert "Tìm thấy, chưa xử lý tiếp" in preview.text
    assert form(counter, held, "found", **hidden(preview), step="state").status_code == 303
    assert open_codes(supervisor, held) == ["FOUND"]
    device.send(device.entry("StepStarted", held))
    assert open_codes(supervisor, held) == []


def test_a_page_offers_first_what_fits_the_label_as_it_stands(
    counter: httpx.Client,
    supervisor: httpx.Client,
    stranger: httpx.Client,
    device: Any,
    held: str,
    new_label: NewLabel,
) -> None:
    """The rest is behind a fold: what is offered may be judged wrongly, and is then refused."""

    def offered(who: httpx.Client, label: str = held) -> tuple[set[str], set[str]]:
        page = who.get(f"/{'pouches' if label[0] == '2' else 'dossiers'}/{label}", headers=HTML)
        fit, _, folded = page.text.split('<h2 id="acts">')[1].partition("<details>")
        first, others = (set(re.findall(r"/acts/([a-z]+)\"", part)) for part in (fit, folded))
        assert not first & others
        return first, others

    at_hand = {"dispute", "damage", "reserves", "irregular", "withdraw", "refuse"}
    assert offered(counter) == (at_hand | {"relabel", "piece"}, {"found", "rate"})
    assert offered(stranger)[0].isdisjoint(at_hand)
    first, others = offered(supervisor)
    assert {"attest", "lost", "stop"} <= first
    assert {"found", "rate"} <= others
    state(supervisor, held, "withdraw", reason="applicant_asks")
    state(supervisor, held, "lost", reason="not_found")
    assert {"found", "stop"} <= offered(supervisor)[0]
    assert {"withdraw", "refuse", "lost"} <= offered(supervisor)[1]
    device.send(device.entry("Returned", held))
    assert "rate" in offered(counter)[0]
    assert {"withdraw", "refuse", "relabel", "piece"} <= offered(counter)[1]
    device.send(device.entry("Opened", pouch := new_label(Kind.POUCH)))
    assert offered(counter, pouch) == ({"dispute", "damage", "reserves", "irregular"}, set())


@pytest.mark.parametrize(
    ("act", "reason", "status", "word"),
    [
        ("withdraw", "applicant_asks", "withdrawn", "Đã rút"),
        ("stop", "not_supplemented", "stopped", "Dừng giải quyết"),
        ("refuse", "papers_lacking", "refused", "Từ chối tiếp nhận"),
    ],
)
def test_a_dossier_ends_without_a_result_by_an_act_with_its_reason(
    supervisor: httpx.Client, held: str, act: str, reason: str, status: str, word: str
) -> None:
    assert f"/labels/{held}/acts/{act}" in supervisor.get(f"/dossiers/{held}", headers=HTML).text
    bare = state(supervisor, held, act)
    assert (bare.status_code, code_of(bare)) == (400, "BAD_REASON")
    preview = form(supervisor, held, act, reason=reason, step="preview")
    assert f"<strong>{word}</strong>" in preview.text
    assert form(supervisor, held, act, **hidden(preview), step="state").status_code == 303
    [dossier] = supervisor.get(f"/api/v1/dossiers/{held}/trace").json()["dossiers"].values()
    assert dossier["status"] == status
    ends = [to for _, to in dossier["windows"]]
    assert (ends == [None]) == (act != "refuse")
    again = state(supervisor, held, act, reason=reason)
    assert code_of(again) in {"WITHOUT_EFFECT", "NOT_FOR_THIS"}
    assert again.status_code in {400, 409}


def test_who_withdraws_on_the_way_has_it_stopped_and_what_left_the_counter_is_refused_no_more(
    counter: httpx.Client, supervisor: httpx.Client, device: Any, held: str, server: Any
) -> None:
    courier = "courier:C1"
    device.send(device.entry("Released", held, counterpart=courier))
    told = {"holder": courier, "when": iso(server.house.clock.now_us()), "reason": "not_scanned"}
    assert state(supervisor, held, "attest", **told).status_code == 200
    refused = state(counter, held, "refuse", reason="not_competent")
    assert code_of(refused) == "NOT_FOR_THIS"
    assert state(counter, held, "withdraw", reason="applicant_asks").status_code == 200
    assert "WITHDRAWN_IN_TRANSIT" in open_codes(supervisor, held)


def test_ends_and_ratings_are_for_offices_that_had_a_hand_in_a_dossier(
    supervisor: httpx.Client,
    counter: httpx.Client,
    courier: httpx.Client,
    stranger: httpx.Client,
    device: Any,
    held: str,
) -> None:
    assert state(courier, held, "withdraw", reason="applicant_asks").status_code == 403
    assert state(counter, held, "stop", reason="not_qualified").status_code == 403
    assert code_of(state(stranger, held, "stop", reason="not_qualified")) == "NOT_ALLOWED"
    assert state(stranger, held, "rate", reason="satisfied").status_code == 403
    bag = str(Label(Kind.POUCH, 27_999, 26, 13))
    device.send(device.entry("Packed", held, pouch=bag))
    packed = state(counter, held, "refuse", reason="not_competent")
    assert code_of(packed) == "NOT_FOR_THIS"  # nobody can give back what is in a bag
    pouch = str(Label(Kind.POUCH, 27_999, 26, 12))
    device.send(device.entry("Opened", pouch))
    for act, reason in (("withdraw", "applicant_asks"), ("rate", "satisfied")):
        assert code_of(state(supervisor, pouch, act, reason=reason)) == "NOT_FOR_THIS"


def test_the_applicants_rating_is_recorded_once_there_is_something_to_rate(
    counter: httpx.Client, device: Any, held: str, server: Any
) -> None:
    assert code_of(state(counter, held, "rate", reason="satisfied")) == "NOT_FOR_THIS"
    device.send(device.entry("ResultArrived", held), device.entry("Returned", held))
    page = counter.get(f"/labels/{held}/acts/rate", headers=HTML).text
    assert "Mức đánh giá" in page
    assert "<textarea" not in page
    preview = form(counter, held, "rate", reason="satisfied", step="preview")
    assert form(counter, held, "rate", **hidden(preview), step="state").status_code == 303
    assert code_of(state(counter, held, "rate", reason="satisfied")) == "WITHOUT_EFFECT"
    assert state(counter, held, "rate", reason="not_satisfied").status_code == 200
    assert server.house.trace(held).state.milestones.rating == "not_satisfied"


@pytest.fixture
def stranger(server: Any) -> Iterator[httpx.Client]:
    """Somebody who solves dossiers at an office that none here has been to."""
    other = max(server.house.reference.offices())
    enlist(server.house, "T-STRANGER", other, Role.DEPARTMENT)
    with closing(server.sign_in("T-STRANGER")) as client:
        yield client


def test_nobody_finds_what_another_has_unless_it_is_lost(
    supervisor: httpx.Client, counter: httpx.Client, stranger: httpx.Client, held: str
) -> None:
    taken = state(stranger, held, "found")
    assert (taken.status_code, code_of(taken)) == (400, "NOT_FOR_THIS")
    assert "NOT_RELEASED" not in open_codes(supervisor, held)
    assert state(counter, held, "found").status_code == 200
    assert state(supervisor, held, "lost", reason="not_found").status_code == 200
    assert state(stranger, held, "found").status_code == 200
    assert open_codes(supervisor, held) == ["FOUND"]


def test_a_labelled_paper_that_nobody_scanned_is_noted_as_damaged(
    supervisor: httpx.Client,
    counter: httpx.Client,
    stranger: httpx.Client,
    office: str,
    new_label: NewLabel,
) -> None:
    given = {"procedure": "VD-HKD", "office": office, "applicant": {"name": "Lê Thị Bé"}}
    label = counter.post("/api/v1/dossiers", json=given).json()["label"]
    piece = new_label(Kind.PIECE)
    told = {"kind": "to-khai", "label": piece}
    assert counter.post(f"/api/v1/dossiers/{label}/pieces", json=told).status_code == 201
    assert code_of(state(stranger, piece, "damage", reason="wet")) == "NOT_ALLOWED"
    assert code_of(state(stranger, piece, "found")) == "NOT_FOR_THIS"
    assert counter.get(f"/labels/{piece}/acts/damage", headers=HTML).status_code == 200
    for reason in ("wet", "torn"):
        assert state(counter, piece, "damage", reason=reason).status_code == 200
    assert state(stranger, new_label(Kind.PIECE), "damage", reason="wet").status_code == 404
    assert set(open_codes(supervisor, piece)) == {"DAMAGED"}
    assert state(supervisor, piece, "lost", reason="not_found").status_code == 200
    assert state(stranger, piece, "found").status_code == 200
    assert set(open_codes(supervisor, piece)) == {"DAMAGED", "FOUND"}
    assert open_codes(supervisor, label) == []


def upload(who: httpx.Client, label: str, photo: bytes, **fields: str) -> httpx.Response:
    given = {"reason": "torn", "step": "state"} | fields
    files = {"photo": ("Nguyễn Văn A.jpg", photo, "image/jpeg")}
    return who.post(f"/labels/{label}/acts/damage", data=given, files=files, headers=HTML)


def test_what_is_wrong_with_label_or_recipient_is_reported_and_closed_by_a_new_label(
    supervisor: httpx.Client, device: Any, new_label: NewLabel, held: str
) -> None:
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    word = "Báo nhãn hỏng, nhầm người nhận hoặc sai nơi nhận"
    assert f'/labels/{held}/acts/irregular">{word}' in page
    offered = supervisor.get(f"/labels/{held}/acts/irregular", headers=HTML).text
    assert re.findall(r'<option value="(\w+)"', offered) == ["org_changed", "label_unreadable"]
    reserves = supervisor.get(f"/labels/{held}/acts/reserves", headers=HTML).text
    assert "label_unreadable" not in reserves
    assert form(supervisor, held, "irregular", reason="label_unreadable").status_code == 303
    assert open_codes(supervisor, held) == ["LABEL_UNREADABLE"]
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    assert "Nhãn không đọc được" in page
    answer = device.send(device.entry("Moved", held)).json()["answers"][0]
    assert "không đọc được" in answer["verdict"]["vi"]
    new = new_label(Kind.DOSSIER)
    device.send(device.entry("Relabelled", held, successor=new, reason="label_unreadable"))
    assert open_codes(supervisor, held) == []


def test_that_its_pouch_was_not_let_in_stands_on_the_page_of_a_dossier(
    supervisor: httpx.Client, device: Any, new_label: NewLabel, held: str
) -> None:
    pouch = new_label(Kind.POUCH)
    device.send(
        device.entry("Packed", held, pouch=pouch),
        device.entry("Sealed", pouch, seal="S1"),
        device.entry("Refused", pouch, reason="office_closed"),
    )
    assert open_codes(supervisor, pouch) == ["DISPUTED", "OFFICE_CLOSED"]
    assert "Cơ quan đóng cửa" in supervisor.get(f"/pouches/{pouch}", headers=HTML).text
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    table = page.split("Mọi lượt quét làm căn cứ")[0]
    assert "Cơ quan đóng cửa" in table


def test_a_result_given_to_the_wrong_person_is_reported_once_it_is_given(
    supervisor: httpx.Client, device: Any, held: str
) -> None:
    early = state(supervisor, held, "reserves", reason="given_to_another")
    assert (early.status_code, code_of(early)) == (400, "NOT_FOR_THIS")
    device.send(device.entry("Returned", held))
    offered = supervisor.get(f"/labels/{held}/acts/irregular", headers=HTML).text
    assert "Trả kết quả nhầm người" in offered
    assert form(supervisor, held, "irregular", reason="given_to_another").status_code == 303
    assert open_codes(supervisor, held) == ["WRONG_RECIPIENT"]
    device.send(device.entry("Returned", held))
    assert open_codes(supervisor, held) == []


def test_damage_is_noted_with_a_photo_that_only_some_may_see(
    server: Any, supervisor: httpx.Client, counter: httpx.Client, held: str, new_label: NewLabel
) -> None:
    picture = png()
    told = upload(counter, held, picture)
    assert (told.status_code, told.headers["location"]) == (303, f"/dossiers/{held}#scans")
    metrics = server.app.state.metrics.text().decode()
    assert float(re.findall(r"giaonhan_decode_ms_count (.+)", metrics)[0]) >= 1
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    [address] = set(re.findall(rf'src="(/labels/{held}/photos/[0-9a-f]{{64}})"', page))
    served = supervisor.get(address)
    assert served.content == picture
    assert served.headers["content-type"] == "image/png"
    assert served.headers["content-disposition"].startswith('attachment; filename="anh-')
    assert served.headers["cache-control"] == "no-store"
    assert "/photos/" not in counter.get(f"/dossiers/{held}", headers=HTML).text
    assert counter.get(address).status_code == 403
    other = address.replace(held, new_label(Kind.DOSSIER))
    assert supervisor.get(other).status_code == 404
    vault = (server.house.data_dir / "vault.db").read_bytes()
    assert picture not in vault
    assert "Nguyễn Văn A.jpg".encode() not in vault


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: b"GIF89a" + b"\x00" * 64,
        lambda: b"\xff\xd8\xff\xe0 no picture follows",
        lambda: png()[:-30] + b"\x00" * 10,
        lambda: png(across=1_000, rows=PIXELS_AT_MOST // 8_000 + 1),
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["gif", "jpeg in name only", "cut short", "a bomb", "svg"],
)
def test_what_is_no_photo_is_refused_and_what_was_typed_is_kept(
    supervisor: httpx.Client, held: str, drawn: Callable[[], bytes]
) -> None:
    answer = upload(supervisor, held, drawn(), text="góc trái bị rách")
    assert answer.status_code == 400
    assert "không phải ảnh JPEG hoặc PNG" in answer.text
    assert "góc trái bị rách" in answer.text
    assert open_codes(supervisor, held) == []


def test_a_photo_beyond_two_mebibytes_is_refused_at_the_gate_or_by_its_size(
    supervisor: httpx.Client, held: str
) -> None:
    assert upload(supervisor, held, png() + b"\x00" * MOST_PHOTO_BYTES).status_code == 413
    assert upload(supervisor, held, b"\xff\xd8\xff" * MOST_PHOTO_BYTES).status_code == 413
    other = supervisor.post(
        f"/labels/{held}/acts/dispute", files={"photo": ("a", png(), "image/png")}, headers=HTML
    )
    assert other.status_code == 415


def test_a_pouch_has_a_page_with_its_manifest_and_its_acts(
    supervisor: httpx.Client, held: str, damaged: str, new_label: NewLabel
) -> None:
    pouch = damaged
    page = supervisor.get(f"/pouches/{pouch}", headers=HTML)
    assert page.status_code == 200
    assert f'href="/dossiers/{held}"' in page.text
    assert "Niêm phong hỏng" in page.text
    assert f"/labels/{pouch}/acts/damage" in page.text
    assert f"/labels/{pouch}/acts/attest" not in page.text
    attested = state(supervisor, pouch, "attest", holder="courier:C1", reason="not_scanned")
    assert code_of(attested) == "NOT_FOR_THIS"
    assert f'href="/pouches/{pouch}"' in supervisor.get(f"/dossiers/{held}", headers=HTML).text
    assert supervisor.get(f"/pouches/{new_label(Kind.POUCH)}").status_code == 404


def test_the_page_of_a_closed_pouch_tells_what_its_last_receipt_found_and_missed(
    supervisor: httpx.Client, server: Any, visitor: httpx.Client, device: Any, new_label: NewLabel
) -> None:
    office = next(
        code for code in sorted(server.house.reference.offices()) if code != device.office
    )
    receiver = server.enrol(visitor, code=f"{device.code}-to", office=office)
    seen, missing, pouch = map(new_label, (Kind.DOSSIER, Kind.DOSSIER, Kind.POUCH))
    for dossier in (seen, missing):
        device.send(device.entry("Registered", dossier))
        device.send(device.entry("Packed", dossier, pouch=pouch))
    device.send(device.entry("Sealed", pouch, seal="S1", to=receiver.office))
    receiver.send(receiver.entry("Accepted", pouch, seal="S1"))
    receiver.send(receiver.entry("Unsealed", pouch))
    receiver.send(receiver.entry("Received", seen, pouch=pouch))
    receiver.send(receiver.entry("Closed", pouch))
    page = supervisor.get(f"/pouches/{pouch}", headers=HTML).text
    assert "Đã kết thúc kiểm nhận; túi không còn gì." in page
    rows = dict(re.findall(r'href="/dossiers/(\d+)".*?</span> (.*?)</td>', page, re.DOTALL))
    assert rows == {seen: "đã thấy", missing: "<strong>thiếu</strong>"}


def test_a_pouch_is_reached_from_its_discrepancy_and_by_a_search_for_its_label(
    supervisor: httpx.Client, damaged: str
) -> None:
    pouch = damaged
    link = f'href="/pouches/{pouch}"'
    listed = supervisor.get("/discrepancies", headers=HTML).text
    assert link in listed
    one = re.search(rf'href="(/discrepancies/one\?[^"]*{pouch}[^"]*)"', listed)
    assert one is not None
    assert link in supervisor.get(unescape(one[1]), headers=HTML).text
    found = supervisor.get("/board", params={"search": f" {grouped(pouch)}"}, headers=HTML)
    assert (found.status_code, found.headers["location"]) == (303, f"/pouches/{pouch}")
    wrong = pouch[:-1] + str((int(pouch[-1]) + 1) % 10)
    refused = supervisor.get("/board", params={"search": wrong}, headers=HTML)
    assert (refused.status_code, "BAD_LABEL" in refused.text) == (400, True)


def test_a_scan_with_a_reason_of_a_later_version_is_recorded_and_shown_by_its_code(
    supervisor: httpx.Client, device: Any, held: str
) -> None:
    answer = device.send(device.entry("Damaged", held, reason="eaten_by_mice"))
    assert answer.json()["answers"][0]["outcome"] == "recorded"
    assert "eaten_by_mice" in supervisor.get(f"/dossiers/{held}", headers=HTML).text


def key_of(device: Any) -> bytes:
    path = "/api/v1/directory"
    answer = device.client.get(path, headers=device.authorization("GET", path, b""))
    return base64.b64decode(answer.json()["tender_key"])


def test_a_tender_is_verified_by_the_code_that_a_station_of_the_receiver_showed(
    server: Any, visitor: httpx.Client, supervisor: httpx.Client, device: Any, held: str
) -> None:
    receiver = max(server.house.reference.offices())
    theirs = server.enrol(visitor, code=f"R{held[8:14]}", office=receiver)
    assert key_of(theirs) != key_of(device)
    now_us = server.house.clock.now_us()
    told = []
    for key in (key_of(theirs), key_of(device)):
        reason = with_code(None, code_at(key, now_us))
        device.send(device.entry("Tendered", held, counterpart=receiver, reason=reason))
        told.append(supervisor.get(f"/dossiers/{held}", headers=HTML).text)
    right = "Mã nhận: đúng mã trạm của bên nhận đã hiện"
    wrong = "Mã nhận: chưa xác minh được"
    assert [(right in page, wrong in page) for page in told] == [(True, False), (True, True)]
    device.send(device.entry("Tendered", held, counterpart=receiver))
    assert supervisor.get(f"/dossiers/{held}", headers=HTML).text.count(wrong) == 2


def test_what_gestures_at_a_station_state_is_told_with_its_reason(
    supervisor: httpx.Client, device: Any, held: str
) -> None:
    badge = str(Label(Kind.BADGE, 1, 26, 1))
    session = Session(
        office=device.office,
        purpose=Purpose.DEPARTMENT,
        directory=Directory(people={badge: Wearer("NV01", device.office)}),
    )
    torn = next(one.label for one in REASONS if one.code == "torn")
    cards = [command(word).label for word in ("Refused", "ReservesNoted", "Damaged")]
    codes = [badge, *(code for card in cards for code in (card, held, torn))]
    for place, code in enumerate(codes):
        act = session.read(code, now_ms=place * 4_000)
        if isinstance(act, Gesture):
            session.journaled(act, f"{device.code}#{device.seq + 1}", now_ms=place * 4_000)
            sent = device.send(device.entry(act.fact, act.subject, **act.context))
            assert sent.json()["answers"][0]["outcome"] == "recorded"
    page = supervisor.get(f"/dossiers/{held}", headers=HTML).text
    assert page.count("Lý do: Rách, nát") == 3
    assert open_codes(supervisor, held) == ["DAMAGED", "DISPUTED"]
