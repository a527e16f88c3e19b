"""Doors: every route says who may call it, and nobody else gets in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api import auth
from api.app import create_app
from api.auth import declared, read_session, session_token, undeclared
from api.doors import ENDED, OwnDoors, digest_of
from api.http_refusals import MalformedRequest
from api.pages.sign_in import own_path
from domain.model.labels import Kind
from domain.model.policy import Act, Actor, Role, allowed
from domain.ports.views import ProjectionStatus

ACTOR = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))
KEY = b"k" * 32


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def test_every_route_declares_who_may_call_it(server: Any) -> None:
    assert undeclared(server.app.routes) == []


def test_a_route_that_declares_nobody_is_found_whether_included_or_not() -> None:
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter()
    app.get("/plain")(lambda: None)
    router.get("/inner")(lambda: None)
    app.include_router(router, prefix="/outer")
    assert undeclared(app.routes) == ["/plain", "/outer/inner"]


def test_a_house_with_an_undeclared_route_is_not_served(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = APIRouter()
    careless.get("/careless")(lambda: None)
    monkeypatch.setattr("api.routes.board.router", careless)
    monkeypatch.setattr(server.house, "on_write", lambda _told: None)  # the other tests' counters
    with pytest.raises(LookupError, match="careless"):
        create_app(server.house)


@pytest.mark.parametrize(
    "path", ["/api/v1/board", "/api/v1/discrepancies", "/api/v1/dossiers/1/trace"]
)
def test_nothing_is_read_without_signing_in(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, code_of(answer)) == (401, "NOT_SIGNED_IN")


def test_a_page_asked_for_without_signing_in_leads_to_sign_in_and_back(
    server: Any, visitor: httpx.Client
) -> None:
    asked = visitor.get("/board?standing=overdue", headers={"accept": "text/html"})
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?then=%2Fboard%3Fstanding%3Doverdue"
    assert "/board?standing=overdue" in visitor.get(asked.headers["location"]).text
    code = server.house.write(
        lambda: server.house.sign_in.issue_code(
            person="T-BOSS", actor=Actor("console", "c", frozenset({Role.ADMIN}))
        )
    ).result(60)
    form = {"code": code, "then": "/board?standing=overdue"}
    answered = visitor.post("/sign-in", data=form)
    assert (answered.status_code, answered.headers["location"]) == (303, form["then"])
    assert visitor.get("/board").status_code == 200


def test_a_role_without_the_right_is_turned_away(courier: httpx.Client) -> None:
    answer = courier.get("/api/v1/board")
    assert (answer.status_code, code_of(answer)) == (403, "NOT_ALLOWED")


def test_badge_and_pin_sign_in_and_sign_out_ends_it(server: Any, visitor: httpx.Client) -> None:
    badge = server.house.reference.people()["T-BOSS"].badge
    wrong = visitor.post("/api/v1/sign-in", json={"badge": badge, "pin": "000000"})
    assert (wrong.status_code, code_of(wrong)) == (401, "SIGN_IN_REFUSED")
    right = visitor.post("/api/v1/sign-in", json={"badge": badge, "pin": "246813"})
    assert right.json()["person"] == "T-BOSS"
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert visitor.get("/api/v1/board").status_code == 200
    kept = visitor.cookies["giaonhan_session"].strip('"')
    visitor.post("/api/v1/sign-out")
    assert visitor.get("/api/v1/board").status_code == 401
    copied = {"cookie": f"giaonhan_session={kept}"}
    assert visitor.get("/api/v1/board", headers=copied).status_code == 401
    again = OwnDoors(server.house.data_dir / ENDED)
    assert again.has_ended(digest_of(kept))  # also after a restart


def test_what_was_signed_out_is_remembered_until_it_would_have_expired(tmp_path: Path) -> None:
    file = tmp_path / ENDED
    ended = OwnDoors(file)
    ended.end("a", until_us=10, now_us=0)
    ended.end("b", until_us=20, now_us=10)
    file.write_text(f"{file.read_text()}0123456789ab", "ascii")  # cut off
    again = OwnDoors(file)
    assert [again.has_ended(digest) for digest in ("a", "b", "0123456789ab")] == [
        False,
        True,
        False,
    ]
    assert file.stat().st_mode & 0o077 == 0


def test_opening_a_one_time_link_spends_nothing_and_the_code_works_once(
    server: Any, visitor: httpx.Client
) -> None:
    code = server.house.write(
        lambda: server.house.sign_in.issue_code(
            person="T-BOSS", actor=Actor("console", "c", frozenset({Role.ADMIN}))
        )
    ).result(60)
    for _ in range(2):
        assert code in visitor.get(f"/sign-in/{code}").text
    assert visitor.post("/sign-in", data={"code": code}).status_code == 303
    again = visitor.post("/sign-in", data={"code": code})
    assert again.status_code == 401
    assert "Mã hoặc số PIN không đúng" in again.text


def test_a_session_token_holds_until_it_expires_and_no_letter_of_it_may_change() -> None:
    token = session_token(ACTOR, key=KEY, now_us=0)
    assert read_session(token, key=KEY, now_us=1) == ACTOR.person
    assert read_session(token, key=b"x" * 32, now_us=1) is None
    assert read_session(token, key=KEY, now_us=12 * 3600 * 1_000_000) is None
    assert read_session("", key=KEY, now_us=1) is None
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        assert read_session(token[:place] + other + token[place + 1 :], key=KEY, now_us=1) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_cannot_post_here(
    counter: httpx.Client, headers: dict[str, str]
) -> None:
    answer = counter.post("/api/v1/sign-out", headers=headers)
    assert (answer.status_code, code_of(answer)) == (403, "CROSS_ORIGIN")


def test_ones_own_page_can_post_here(server: Any, counter: httpx.Client) -> None:
    own = {"origin": server.url, "sec-fetch-site": "same-origin"}
    assert counter.post("/api/v1/sign-out", headers=own).status_code == 204


@pytest.mark.parametrize("then", ["//evil", "https://evil", "/\\evil", "/\tevil", "board"])
def test_signing_in_never_leads_to_another_site(then: str) -> None:
    with pytest.raises(MalformedRequest):
        own_path(then)


def test_guessing_is_slowed_down_and_whoever_signs_in_rightly_is_not_counted(
    server: Any, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MOST_FAILURES", 3)
    monkeypatch.setattr(auth, "_minute", lambda _request: 7)
    for _ in range(4):
        server.sign_in("T-BOSS").close()
    pages = [visitor.post("/sign-in", data={"code": "T-BOSS.wrong"}) for _ in range(2)]
    guesses = [visitor.post("/api/v1/sign-in", json={"code": "T-BOSS.wrong"}) for _ in range(2)]
    assert [answer.status_code for answer in (*pages, *guesses)] == [401, 401, 401, 429]
    assert guesses[-1].headers["retry-after"] == "60"
    monkeypatch.setattr(auth, "_minute", lambda _request: 8)
    assert visitor.post("/api/v1/sign-in", json={"code": "T-BOSS.wrong"}).status_code == 401


def test_a_counter_registers_a_dossier_and_the_supervisor_sees_it_at_once(
    counter: httpx.Client, supervisor: httpx.Client, office: str, server: Any
) -> None:
    procedure = min(server.house.reference.procedures())
    given = {
        "procedure": procedure,
        "office": office,
        "applicant": {"name": "Nguyễn Thị Hạnh", "phone": "0900000000"},
        "pieces": [{"kind": "to-khai", "count": 1}],
    }
    answer = counter.post("/api/v1/dossiers", json=given)
    assert answer.status_code == 201, answer.text
    label = answer.json()["label"]
    found = supervisor.get("/api/v1/board", params={"search": label}).json()["rows"][0]
    assert (found["procedure"], found["holder"]) == (procedure, office)
    assert found["due"] == answer.json()["due"]
    page = supervisor.get(f"/dossiers/{label}").text
    assert "Nguyễn" not in page
    assert "0900000000" not in page
    elsewhere = counter.post("/api/v1/dossiers", json={**given, "office": "NOWHERE"})
    assert (elsewhere.status_code, code_of(elsewhere)) == (403, "NOT_ALLOWED")


def test_a_malformed_registration_says_where_and_not_what(counter: httpx.Client) -> None:
    given = {"procedure": "P", "office": "O", "applicant": {"name": "Trần Văn Bí Mật" * 99}}
    answer = counter.post("/api/v1/dossiers", json=given)
    assert (answer.status_code, code_of(answer)) == (400, "MALFORMED_REQUEST")
    assert "body.applicant.name" in answer.text
    assert "Bí Mật" not in answer.text


def test_who_is_signed_in_keeps_the_menu_on_an_address_that_leads_nowhere(
    counter: httpx.Client, visitor: httpx.Client
) -> None:
    pages = [who.get("/nothing", headers={"accept": "text/html"}) for who in (counter, visitor)]
    assert [page.status_code for page in pages] == [404, 404]
    assert ["/sign-out" in page.text for page in pages] == [True, False]


def test_unknown_addresses_and_methods_are_told_in_both_languages(visitor: httpx.Client) -> None:
    gone = visitor.get("/api/v1/nothing")
    assert (gone.status_code, code_of(gone)) == (404, "NO_SUCH_PAGE")
    assert gone.json()["error"]["vi"]
    wrong = visitor.put("/api/v1/board", json={})
    assert (wrong.status_code, code_of(wrong)) == (405, "METHOD_NOT_ALLOWED")
    assert "Không có trang" in visitor.get("/nothing", headers={"accept": "text/html"}).text


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(visitor: httpx.Client) -> None:
    for path in ("/sign-in", "/healthz", "/nothing", "/api/v1/board"):
        headers = visitor.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


def test_a_fault_is_answered_without_its_trace(
    server: Any, supervisor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(server.house.views, "discrepancies", broken)
    answer = supervisor.get("/api/v1/discrepancies")
    assert (answer.status_code, code_of(answer)) == (500, "FAULT")
    assert "secret" not in answer.text
    page = supervisor.get("/discrepancies", headers={"accept": "text/html"})
    assert page.status_code == 500
    assert "Máy chủ gặp lỗi" in page.text


def test_health_tells_whether_the_sheets_follow_the_log(
    server: Any, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = visitor.get("/readyz").json()
    assert (said["status"], said["reasons"], said["lag"]) == ("ready", [], 0)
    stopped = ProjectionStatus(position=7, lag=3, fault="BadFact: of label 1…", fault_event=8)
    monkeypatch.setattr(server.house.views, "status", lambda: stopped)
    answer = visitor.get("/readyz")
    said = answer.json()
    assert (answer.status_code, said["reasons"]) == (503, ["PROJECTION_STOPPED"])
    assert said["fault"] == "BadFact"
    assert visitor.get("/healthz").json()["status"] == "ok"  # to kill it would mend nothing


def test_the_interface_is_described_without_any_foreign_host(
    server: Any, visitor: httpx.Client
) -> None:
    page = visitor.get("/docs").text
    assert "/api/v1/scans" in page
    assert "station: scan" in page
    assert "//" not in page.replace("<!doctype", "").replace(server.url, "")
    assert "/api/v1/dossiers" in visitor.get("/openapi.json").json()["paths"]


def test_only_the_pages_own_files_are_served(visitor: httpx.Client) -> None:
    assert visitor.get("/static/giaonhan.css").headers["content-type"].startswith("text/css")
    for name in ("app.py", "..%2frender.py", "%2fetc%2fpasswd"):
        assert visitor.get(f"/static/{name}").status_code == 404


def test_a_dossier_nobody_knows_and_a_label_that_is_none_are_told_apart(
    supervisor: httpx.Client, new_label: Callable[[Kind], str]
) -> None:
    unknown = supervisor.get(f"/dossiers/{new_label(Kind.DOSSIER)}")
    assert (unknown.status_code, code_of(unknown)) == (404, "NOT_FOUND")
    wrong = supervisor.get("/dossiers/1234567890123456")
    assert (wrong.status_code, code_of(wrong)) == (400, "BAD_LABEL")
    bad_time = supervisor.get("/api/v1/dossiers/1234567890123456/trace", params={"as_of": "now"})
    assert (bad_time.status_code, code_of(bad_time)) == (400, "BAD_INSTANT")
    endless = {"as_of": f"2026-03-02T08:00:00.{'0' * 40}+07:00"}
    long_time = supervisor.get("/api/v1/dossiers/1234567890123456/trace", params=endless)
    assert (long_time.status_code, code_of(long_time)) == (400, "MALFORMED_REQUEST")
    before_all = supervisor.get(
        f"/dossiers/{new_label(Kind.DOSSIER)}", params={"as_of": "0001-01-01T00:00"}
    )
    assert (before_all.status_code, code_of(before_all)) == (400, "BAD_INSTANT")


def test_everyones_first_page_is_one_that_he_may_see(
    supervisor: httpx.Client, courier: httpx.Client, visitor: httpx.Client
) -> None:
    assert supervisor.get("/").headers["location"] == "/board"
    assert visitor.get("/").headers["location"] == "/board"  # which asks to sign in
    assert courier.get("/").headers["location"] == "/shift"
    shown = courier.get("/shift", headers={"accept": "text/html"}, follow_redirects=True)
    assert shown.status_code == 200
    assert 'href="/board"' not in shown.text


def test_the_policy_opens_no_act_of_people_to_the_public() -> None:
    open_acts = [act for act in Act if allowed(None, act)]
    assert open_acts == [Act.LOOK_UP_BY_TOKEN]
    assert list(declared(None)) == []
