"""Whoever holds the receipt reads where the dossier is: in plain words, and nobody's name."""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.app import create_app
from api.auth import MOST_FAILURES
from api.composition import open_house
from api.founding import create_house
from domain.model.entry import FIRST_PREVIOUS, Algorithm, entry_digest, unsigned_entry
from domain.model.fact import Fact
from domain.model.instants import DAY_US, MINUTE_US, Micros, parse_instant
from domain.model.labels import Kind, Label
from domain.model.policy import Actor, Role
from domain.ports.vault import ApplicantData
from domain.use_cases.record_scans import SentEntry
from domain.use_cases.register_dossier import PieceGiven, Registered, Registration

ADMIN = Actor("console", "console", frozenset({Role.ADMIN}))
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))
MOST_BYTES = 20_000
APPLICANT = ApplicantData(name="Đặng Thị Ánh Tuyết", phone="0912345678", id_number="027186004512")
OUT, BACK = (str(Label(Kind.POUCH, 90_001, 26, number)) for number in (1, 2))
DESKS = {"Q1": ("TTHC", "cb01"), "DT1": ("courier:C1", "buuta1"), "VT1": ("STC", "vt-stc")}
NEVER_SAID = (
    *("Tuyết", "0912345678", "027186004512", "thành viên"),
    *("courier", "C1", "buuta1", "cb01", "vt-stc", "Q1", "DT1", "VT1", OUT, BACK),
    *("<script", "http://", "https://", "NP-1"),
)


class SetClock:
    """The clock of the story."""

    def __init__(self) -> None:
        self.us: Micros = parse_instant("2026-03-02T08:00:00+07:00")  # a Monday

    def now_us(self) -> Micros:
        return self.us


T = TypeVar("T")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: a browser of other tests may keep a loop running in this one."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()


@dataclass
class Hall:
    """A centre in which a test plays one dossier's way, and the page a receipt leads to."""

    house: Any
    clock: SetClock
    app: Any
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    written: dict[str, tuple[int, str]] = field(default_factory=dict)

    def take_in(self, procedure: str = "VD-DN", code: str | None = None) -> Registered:
        registration = Registration(
            procedure=procedure,
            office="TTHC",
            applicant=APPLICANT,
            request_text="Thêm một thành viên góp vốn",
            pieces=(PieceGiven("to-khai", 1),),
            official_code=code,
        )
        work = lambda: self.house.register_dossier(registration, actor=CLERK)  # noqa: E731
        told: Registered = self.house.write(work).result(60)
        return told

    def enrol(self, station: str) -> None:
        self.keys[station] = Ed25519PrivateKey.generate()
        self.written[station] = 0, FIRST_PREVIOUS
        key = self.keys[station].public_key().public_bytes_raw()
        code = self.house.write(
            lambda: self.house.enrol_station.invite(
                station=station, office=DESKS[station][0], purpose="department", actor=ADMIN
            )
        ).result(60)
        self.house.write(
            lambda: self.house.enrol_station.enrol(
                code=code, public_key=key, algorithm=Algorithm.ED25519
            )
        ).result(60)

    def scan(self, station: str, fact: str, subject: str, **context: Any) -> None:
        """Five minutes later, one scan."""
        self.clock.us += 5 * MINUTE_US
        if station not in self.keys:
            self.enrol(station)
        seq, prev = self.written[station]
        office, operator = DESKS[station]
        stated = Fact(
            fact=fact,
            subject=subject,
            at_us=self.clock.us,
            station=station,
            seq=seq + 1,
            operator=operator,
            office=office,
            context=context,
        )
        signed = unsigned_entry(
            stated, prev=prev, boot="b", mono_ms=seq, offset_ms=0, checkpoint=None
        )
        raw = signed + self.keys[station].sign(signed)
        self.written[station] = seq + 1, entry_digest(raw)
        batch = [SentEntry(1, seq + 1, raw)]
        answer = self.house.write(lambda: self.house.record_scans(station, batch)).result(60)
        assert [each.outcome for each in answer.answers] == ["recorded"]

    def carry(self, label: str, pouch: str, *, giver: str, to: str) -> None:
        """Into a pouch, sealed, and into the courier's hands."""
        self.scan(giver, "Packed", label, pouch=pouch)
        self.scan(giver, "Sealed", pouch, seal="NP-1", to=to)
        self.scan(giver, "Released", pouch, counterpart="courier:C1")
        self.scan("DT1", "Accepted", pouch, seal="NP-1")

    def receive(self, label: str, pouch: str, *, at: str) -> None:
        self.scan(at, "Accepted", pouch, seal="NP-1")
        self.scan(at, "Unsealed", pouch, seal="NP-1")
        self.scan(at, "Received", label, pouch=pouch)
        self.scan(at, "Closed", pouch)

    def answer(self, path: str) -> httpx.Response:
        return _run(self._get(path))

    def page(self, told: Registered, query: str = "") -> str:
        """What the page says, tags taken out; whatever it says, nothing personal is in it."""
        answer = self.answer(f"/h/{told.lookup_token}{query}")
        assert answer.status_code == 200, answer.text
        assert [never for never in NEVER_SAID if never in answer.text] == []
        assert told.lookup_token not in answer.text
        return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())

    async def _get(self, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            return await client.get(path, headers={"accept": "text/html"})


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    clock = SetClock()
    create_house(tmp_path / "data", demo=True, with_sample=True, clock=clock)
    with closing(open_house(tmp_path / "data", clock=clock)) as house:
        yield Hall(house, clock, create_app(house))


def headline(hall: Hall, told: Registered) -> str:
    found = re.search(r"<h1>\s*(.*?)\s*</h1>", hall.answer(f"/h/{told.lookup_token}").text)
    assert found
    return found[1]


def test_the_page_follows_a_dossier_there_and_back(hall: Hall) -> None:
    told = hall.take_in(code="H10.14-260302-0001")
    said = hall.page(told)
    assert "Hồ sơ H10.14-260302-0001 Đăng ký thành lập doanh nghiệp" in said
    assert "Đã tiếp nhận tại Trung tâm Phục vụ hành chính công" in said
    assert "Từ lúc 02/03/2026 08:00" in said
    assert "Hẹn trả 05/03/2026 17:00 Trong hạn" in said
    assert "Hồ sơ sẽ được chuyển đến Sở Tài chính (ví dụ) để giải quyết." in said

    hall.carry(told.label, OUT, giver="Q1", to="STC")
    said = hall.page(told)
    assert "Đang chuyển đến Sở Tài chính" in said
    assert "Đang ở Bưu tá Từ lúc 02/03/2026 08:20" in said

    hall.receive(told.label, OUT, at="VT1")
    said = hall.page(told)
    assert "Đang giải quyết tại Sở Tài chính" in said
    assert "Đang ở Sở Tài chính (ví dụ) Từ lúc 02/03/2026 08:25" in said
    assert "được chuyển về Trung tâm Phục vụ hành chính công (ví dụ) để trả cho bạn." in said

    hall.scan("VT1", "ResultIssued", told.label)
    hall.carry(told.label, BACK, giver="VT1", to="TTHC")
    assert "Đang chuyển về Trung tâm Phục vụ hành chính công" in hall.page(told)

    hall.scan("Q1", "Accepted", BACK, seal="NP-1")
    said = hall.page(told)
    assert "Đã chuyển về Trung tâm" in said  # in a closed pouch: nobody is asked to come yet
    assert "Mời bạn" not in said

    hall.scan("Q1", "Unsealed", BACK, seal="NP-1")
    hall.scan("Q1", "Received", told.label, pouch=BACK)
    said = hall.page(told)
    assert "Đã có kết quả tại Trung tâm" in said
    assert "Mời bạn mang giấy tiếp nhận hồ sơ" in said
    assert "Trước hạn" in said

    hall.scan("Q1", "Returned", told.label)
    said = hall.page(told)
    assert "Đã trả kết quả" in said
    assert "Trả lúc 02/03/2026 09:25" in said
    assert "Đang ở" not in said

    hall.scan("Q1", "Moved", told.label)  # a forgotten sheet of it: nobody is asked to come again
    again = hall.page(told)
    assert again.split("Số liệu lúc")[0] == said.split("Số liệu lúc")[0]


def test_a_dossier_without_an_official_code_is_named_by_its_label(hall: Hall) -> None:
    told = hall.take_in()
    digits = re.sub(r"\D", "", hall.page(told).partition("Đăng ký")[0])
    assert digits == told.label


def test_a_pause_says_what_is_waited_for_and_that_the_date_moves(hall: Hall) -> None:
    told, decide = hall.take_in(), hall.house.decide_dossier
    pauses = (
        (
            lambda: decide.request_supplement(
                told.label, cause="missing-paper", text="bí mật", actor=CLERK
            ),
            lambda: decide.supplement_supplied(told.label, actor=CLERK),
            "Tạm dừng, chờ bổ sung giấy tờ",
        ),
        (
            lambda: decide.request_fee(told.label, amount_vnd=50_000, actor=CLERK),
            lambda: decide.fee_paid(told.label, actor=CLERK),
            "Tạm dừng, chờ thực hiện nghĩa vụ tài chính",
        ),
        (
            lambda: decide.ask_agency(told.label, agency="STC", actor=CLERK),
            lambda: decide.agency_answered(told.label, actor=CLERK),
            "Tạm dừng, chờ ý kiến cơ quan khác",
        ),
    )
    for stop, go_on, words in pauses:
        hall.house.write(stop).result(60)
        said = hall.page(told)
        assert words in said
        assert "Hẹn trả được tính lại khi hết tạm dừng" in said
        assert "ghi trên giấy hẹn: 05/03/2026 17:00" in said
        assert "bí mật" not in said
        hall.clock.us += DAY_US
        hall.house.write(go_on).result(60)
        said = hall.page(told)
        assert "Tạm dừng" not in said
        assert "ghi trên giấy hẹn: 05/03/2026 17:00" in said  # now due on a later day


def test_past_its_due_date_it_is_late_and_being_checked(hall: Hall) -> None:
    told = hall.take_in()
    hall.clock.us += 3 * DAY_US + 360 * MINUTE_US  # three hours before
    row = hall.house.views.dossier(told.label, now_us=hall.clock.us).row
    assert row.standing == "near"  # which is the office's affair, not the citizen's
    assert "Trong hạn" in hall.page(told)
    hall.clock.us += DAY_US
    said = hall.page(told)
    assert "Quá hạn" in said
    assert "Hồ sơ đã quá ngày hẹn trả và đang được kiểm tra." in said


def test_a_dossier_missing_from_its_pouch_is_being_checked_and_nobody_is_named(hall: Hall) -> None:
    told, other = hall.take_in(), hall.take_in()
    hall.scan("Q1", "Packed", told.label, pouch=OUT)
    hall.carry(other.label, OUT, giver="Q1", to="STC")
    hall.receive(other.label, OUT, at="VT1")
    said = hall.page(told)
    assert "Vị trí hồ sơ đang được kiểm tra" in said
    assert "Đang ở" not in said
    assert "Thiếu" not in said
    assert "MISSING" not in said
    assert headline(hall, other).startswith("Đang giải quyết tại Sở Tài chính")
    hall.scan("VT1", "Received", told.label)
    assert headline(hall, told).startswith("Đang giải quyết tại Sở Tài chính")


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("Withdrawn", "Người nộp đã rút hồ sơ"),
        ("Stopped", "Dừng giải quyết"),
        ("RefusedAtIntake", "Từ chối tiếp nhận"),
    ],
)
def test_what_ended_otherwise_says_so_and_has_no_due_date(
    hall: Hall, fact: str, words: str
) -> None:
    told = hall.take_in()
    hall.scan("Q1", fact, told.label)
    assert headline(hall, told) == words
    said = hall.page(told)
    assert "Hẹn trả" not in said
    assert "Hãy liên hệ Trung tâm Phục vụ hành chính công" in said


def test_the_page_speaks_english_when_asked(hall: Hall) -> None:
    told = hall.take_in()
    assert "English" in hall.page(told)
    said = hall.page(told, "?lang=en")
    assert "Received at Public Administrative Service Centre" in said
    assert "Within its term" in said
    assert "Registration of an enterprise" in said


@pytest.mark.parametrize(
    "token",
    ["", "A" * 16, "a/b", "%2e%2e%2fboard", "%00", "%F0%9F%92%A9", "x" * 9_000, "%ff", "'--"],
)
def test_what_is_no_token_is_answered_like_an_unknown_one(hall: Hall, token: str) -> None:
    told = hall.take_in()
    answer = hall.answer(f"/h/{token}")
    assert answer.status_code == 404
    assert "Không tìm thấy hồ sơ theo mã này" in answer.text
    assert answer.text.count("<p>") == 1
    assert hall.answer(f"/h/{told.lookup_token[:-1]}").text == answer.text
    assert hall.answer(f"/h/{told.label}").text == answer.text


def test_page_and_style_together_are_light_and_nobody_keeps_them(hall: Hall) -> None:
    told = hall.take_in(code="H10.14-260302-0001")
    answer = hall.answer(f"/h/{told.lookup_token}")
    linked = re.findall(r'<link rel="\w+" href="([^"]+)">', answer.text)
    assert len(linked) == 2
    weight = len(answer.content) + sum(len(hall.answer(path).content) for path in linked)
    assert weight < MOST_BYTES
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    assert hall.answer("/sign-in").headers["referrer-policy"] == "same-origin"


def test_guessing_is_slowed_down_and_keeps_nobody_from_signing_in(hall: Hall) -> None:
    async def guess() -> tuple[list[int], int]:
        transport = httpx.ASGITransport(hall.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            seen = [(await client.get(f"/h/{n}")).status_code for n in range(2 * MOST_FAILURES + 1)]
            signed = await client.post("/sign-in", data={"code": "cb01.wrong"})
            return seen, signed.status_code

    seen, signed = _run(guess())
    assert set(seen) == {404, 429}
    assert seen.count(404) >= MOST_FAILURES
    assert signed == 401


def test_a_rebuilt_read_model_still_knows_the_receipts(hall: Hall) -> None:
    told = hall.take_in()
    before = hall.page(told)
    hall.house.write(hall.house.rebuild).result(60)
    assert hall.page(told) == before
