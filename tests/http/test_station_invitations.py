"""A new station's way in: the administrator gives out a code, the device enrols with it."""

import base64
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdfium2 import PdfDocument
from typer.testing import CliRunner

from api.cli import invite
from api.composition import open_house
from api.founding import create_house
from domain.model.labels import grouped
from domain.model.policy import Actor, Role
from domain.model.station import PURPOSES
from domain.use_cases.maintain_reference import PersonDefinition
from scanner_station.settings import Purpose

CONSOLE = Actor("console", "console", frozenset({Role.ADMIN}))
INVITATIONS = "/api/v1/stations/invitations"
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def admin_code(server: Any) -> str:
    house = server.house
    definition = PersonDefinition(
        code="T-ADMIN",
        party=min(house.reference.offices()),
        roles=frozenset({Role.ADMIN}),
        issuer=99_001,
        name="Nguyễn Thị Bí Mật",
    )
    work = lambda: house.reference.define_person(definition, actor=CONSOLE)  # noqa: E731
    return str(house.write(work).result(60).code)


@pytest.fixture
def admin(server: Any, admin_code: str) -> Iterator[httpx.Client]:
    with closing(server.sign_in(admin_code)) as client:
        yield client


def enrolled(client: httpx.Client, code: str) -> httpx.Response:
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    given = {"code": code, "public_key": base64.b64encode(key).decode(), "algorithm": 1}
    return client.post("/api/v1/enrolments", json=given)


def row(page: str, station: str) -> str:
    found = re.search(rf'<th scope="row">{re.escape(station)}</th>.*?</tr>', page, re.DOTALL)
    assert found, station
    return found[0]


def test_the_code_of_the_programming_interface_enrols_one_device(
    admin: httpx.Client, visitor: httpx.Client, office: str
) -> None:
    wanted = {"station": "api-01", "office": office, "purpose": "results"}
    answer = admin.post(INVITATIONS, json=wanted)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told.keys() == {"station", "office", "purpose", "code", "expires"}
    assert told.items() >= wanted.items()
    assert told["expires"].endswith("+07:00")
    enrolment = enrolled(visitor, told["code"])
    assert enrolment.status_code == 201
    assert enrolment.json().items() >= (wanted | {"epoch": 1}).items()
    assert enrolled(visitor, told["code"]).json()["error"]["code"] == "INVITE_REFUSED"


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"purpose": "desk"}, 400, "UNKNOWN_PURPOSE"),
        ({"purpose": ""}, 400, "UNKNOWN_PURPOSE"),
        ({"office": "KHONG-CO"}, 404, "NOT_FOUND"),
        ({"office": "courier:Nguyễn Văn A"}, 400, "BAD_CODE"),
        ({"station": "trạm 1"}, 400, "BAD_CODE"),
        ({"station": "SERVER"}, 409, "ALREADY_EXISTS"),
        ({"station": "x" * 65}, 400, "MALFORMED_REQUEST"),
        ({"office": "x" * 81}, 400, "MALFORMED_REQUEST"),
    ],
)
def test_a_wrong_invitation_is_refused_by_interface_and_page(
    admin: httpx.Client, office: str, wrong: dict[str, str], status: int, code: str
) -> None:
    given = {"station": "wrong-01", "office": office, "purpose": "counter"} | wrong
    answer = admin.post(INVITATIONS, json=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    shown = admin.post("/stations", data=given, headers=HTML)
    assert shown.status_code == status
    assert "--code" not in shown.text
    assert '<th scope="row">wrong-01' not in admin.get("/stations").text


def test_a_refused_form_keeps_what_was_typed(admin: httpx.Client, office: str) -> None:
    given = {"station": "trạm 1", "office": office, "purpose": "results"}
    shown = admin.post("/stations", data=given, headers=HTML).text
    assert 'value="trạm 1"' in shown
    assert f'<option value="{office}" selected>' in shown
    assert '<option value="results" selected>' in shown


def test_nobody_but_an_administrator_invites_or_sees_the_page(
    visitor: httpx.Client,
    counter: httpx.Client,
    supervisor: httpx.Client,
    courier: httpx.Client,
    office: str,
) -> None:
    given = {"station": "thief-01", "office": office, "purpose": "counter"}
    for client in (counter, supervisor, courier):
        assert client.post(INVITATIONS, json=given).status_code == 403
        assert client.post("/stations", data=given).status_code == 403
        for page in ("/stations", "/stations/badges.pdf"):
            assert client.get(page).status_code == 403
    assert 'href="/stations"' not in counter.get("/board").text
    assert visitor.post(INVITATIONS, json=given).status_code == 401
    assert visitor.get("/stations").status_code == 401


def test_another_sites_form_invites_nobody(admin: httpx.Client, office: str) -> None:
    given = {"station": "cross-01", "office": office, "purpose": "counter"}
    answer = admin.post("/stations", data=given, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "CROSS_ORIGIN"


def test_the_page_shows_the_code_once_with_the_lines_to_type(
    server: Any, admin: httpx.Client, visitor: httpx.Client
) -> None:
    assert 'href="/stations"' in admin.get("/board").text
    assert '<option value="courier:C1">' in admin.get("/stations").text
    given = {"station": "page-01", "office": "courier:C1", "purpose": "courier"}
    shown = admin.post("/stations", data=given, headers=HTML)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    line = re.search(
        rf"python3 run.py station enrol --server {server.url} --code (\S+) --dir station-page-01<",
        shown.text,
    )
    assert line
    assert "python3 run.py station run --dir station-page-01 --desk<" in shown.text
    assert "chưa đăng ký" in row(shown.text, "page-01")
    assert enrolled(visitor, line[1]).status_code == 201
    later = admin.get("/stations").text
    assert line[1] not in later
    found = row(later, "page-01")
    assert "bưu tá C1" in found
    assert "Bưu tá trên đường" in found
    assert '<span class="number">1</span>' in found
    assert "đã đăng ký" in found
    server.house.write(
        lambda: server.house.enrol_station.revoke(station="page-01", actor=CONSOLE)
    ).result(60)
    assert "đã thu hồi" in row(admin.get("/stations?lang=vi").text, "page-01")
    assert "revoked" in row(admin.get("/stations?lang=en").text, "page-01")


def test_badges_stand_on_the_page_with_codes_and_without_names(
    server: Any, admin: httpx.Client, admin_code: str
) -> None:
    shown = admin.get("/stations").text
    assert server.house.reference.people()[admin_code].badge in row(shown, admin_code)
    assert "Bí Mật" not in shown
    badge = grouped(server.house.reference.people()[admin_code].badge)
    for who, others in (("", True), (f"?person={admin_code}", False)):
        printed = admin.get(f"/stations/badges.pdf{who}")
        assert printed.headers["content-type"] == "application/pdf"
        with closing(PdfDocument(printed.content)) as pages:
            text = "".join(one.get_textpage().get_text_range() for one in pages)
        assert badge in text
        assert ("Bưu tá C1" in text) is others
        assert "Bí Mật" not in text
        assert (len(re.findall(r"3 [0-9]{5} [0-9]{2} [0-9]{6} [0-9]{2}", text)) > 1) is others
    assert admin.get("/stations/badges.pdf?person=nobody").status_code == 404


def test_the_domain_and_the_station_know_the_same_purposes() -> None:
    assert set(PURPOSES) == set(Purpose)


def test_the_command_gives_out_a_code_only_while_no_server_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    create_house(data, with_sample=True)
    words = ["--station", "quay-01", "--office", "TTHC", "--data", str(data), "--purpose"]
    with closing(open_house(data)):
        locked = CliRunner().invoke(invite.app, [*words, "counter"])
    assert locked.exit_code == 2
    assert "DIRECTORY_LOCKED" in locked.output
    assert "/stations" in locked.output
    wrong = CliRunner().invoke(invite.app, [*words, "desk"])
    assert (wrong.exit_code, "UNKNOWN_PURPOSE" in wrong.output) == (2, True)
    told = CliRunner().invoke(invite.app, [*words, "counter"])
    assert told.exit_code == 0, told.output
    line = re.search(r"--code (\S+) --dir station-quay-01\n", told.output)
    assert line
    with closing(open_house(data, writer=False)) as house:
        (station,) = house.enrol_station.stations(actor=CONSOLE)
    assert (station.code, station.office, station.purpose) == ("quay-01", "TTHC", "counter")
    assert line[1].startswith("quay-01.")


def test_an_administrator_gives_a_person_a_sign_in_link_that_works_once(
    server: Any, admin: httpx.Client, visitor: httpx.Client
) -> None:
    given = {"person": "T-COUNTER"}
    shown = admin.post("/stations/sign-in-links", data=given, headers=HTML)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    link = re.search(rf"{server.url}/sign-in/(T-COUNTER\.[^<]+)<", shown.text)
    assert link
    assert link[1] not in admin.get("/stations").text
    assert link[1] in visitor.get(f"/sign-in/{link[1]}", headers=HTML).text
    entered = visitor.post("/sign-in", data={"code": link[1]}, headers=HTML)
    assert (entered.status_code, entered.headers["location"]) == (303, "/board")
    again = visitor.post("/sign-in", data={"code": link[1]}, headers=HTML)
    assert (again.status_code, link[1] in again.text) == (401, False)
    stored = server.house.log.notifications(after=0, limit=100_000)
    assert not any(link[1] in str(vars(each.event)) for each in stored)


def test_nobody_but_an_administrator_gives_out_sign_in_links(
    admin: httpx.Client, supervisor: httpx.Client, counter: httpx.Client, visitor: httpx.Client
) -> None:
    path, given = "/stations/sign-in-links", {"person": "T-COUNTER"}
    for client in (supervisor, counter):
        assert client.post(path, data=given, headers=HTML).status_code == 403
    assert visitor.post(path, data=given).status_code == 401
    unknown = admin.post(path, data={"person": "nobody"}, headers=HTML)
    assert (unknown.status_code, "NOT_FOUND" in unknown.text or "nobody" in unknown.text) == (
        404,
        True,
    )


def opened(shown: str) -> list[str]:
    """The folds of the page that are open, by their headings."""
    return re.findall(r'class="fold" open>\s*<summary><h2 id="([a-z-]+)"', shown)


def test_an_administrator_sets_a_pin_that_signs_in_and_is_shown_nowhere(
    server: Any,
    admin: httpx.Client,
    supervisor: httpx.Client,
    counter: httpx.Client,
    visitor: httpx.Client,
) -> None:
    path, pin = "/stations/pins", "270826"
    given = {"person": "T-COUNTER", "pin": pin, "again": pin}
    for client in (supervisor, counter):
        assert client.post(path, data=given, headers=HTML).status_code == 403
    for wrong in ({"again": "270827"}, {"pin": "123456", "again": "123456"}):
        refused = admin.post(path, data={**given, **wrong}, headers=HTML)
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
        assert pin not in refused.text
        assert "do-pin" in opened(refused.text)
        assert "Nội dung đã nhập" not in refused.text
    badge = server.house.reference.people()["T-COUNTER"].badge
    signing_in = {"badge": badge, "pin": pin}
    assert visitor.post("/api/v1/sign-in", json=signing_in).status_code == 401
    shown = admin.post(path, data=given, headers=HTML)
    assert "do-pin" not in opened(shown.text)
    assert "Đã đặt mã PIN cho" in shown.text
    assert pin not in shown.text
    assert visitor.post("/api/v1/sign-in", json=signing_in).json()["person"] == "T-COUNTER"
