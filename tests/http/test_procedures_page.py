"""What citizens read without signing in: procedures, terms, fees, papers; found without tones."""

import gzip
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from adapters.reference_data.catalogue_csv import read_catalogue
from api.app import create_app
from api.auth import SESSION_COOKIE, session_token
from api.composition import CONSOLE, House, open_house
from api.founding import create_house
from api.pages.catalogue import ROWS
from domain.model.instants import DAY_US, iso
from domain.model.policy import Actor, Role

PROVINCE = 1_490
CLERK = Actor("cb01", "TTHC", frozenset({Role.COUNTER}))
MOST_PACKED_BYTES = 60_000
HEADER = (
    "code;title_vi;title_en;field;field_title;department;term_value;term_unit;cutoff;fee_vnd;"
    "on_the_spot;pieces;effective_from"
)
PIECES = "|".join(f"p{n}:Bản sao giấy tờ cần thiết số {n} có chứng thực" for n in range(8))


class Post:
    """A centre of its own, whose catalogue a test may replace."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = create_app(house)

    def load(self, *rows: str) -> None:
        sheet = read_catalogue("\n".join((HEADER, *rows)).encode())
        work = lambda: self.house.reference.define_procedures(sheet, actor=CONSOLE)  # noqa: E731
        self.house.write(work).result(60)

    def page(self, path: str = "/procedures", **query: Any) -> str:
        with start_blocking_portal() as portal:  # this thread may have the browser's loop running
            answer: httpx.Response = portal.call(self._get, path, query)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def _get(self, path: str, query: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        now_us = self.house.clock.now_us()
        session = session_token(CLERK, key=self.house.session_key, now_us=now_us)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://centre", cookies={SESSION_COOKIE: session}
        ) as client:
            return await client.get(path, params=query)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    create_house(tmp_path / "data", with_sample=True)
    with closing(open_house(tmp_path / "data")) as house:
        yield Post(house)


def titles(page: str) -> list[str]:
    return re.findall(r'<p class="title"[^>]*>([^<]*)</p>', page)


def test_anybody_reads_terms_fees_and_papers_without_signing_in(visitor: httpx.Client) -> None:
    page = visitor.get("/procedures").text
    assert "Chứng thực bản sao từ bản chính (ví dụ)" in page
    assert "trong ngày, nếu nhận trước 15:00" in page
    assert "giải quyết ngay" in page
    assert "1.200.000 đồng" in page
    assert "không thu phí" in page
    assert "Giấy chứng sinh" in page
    assert "Sở Tư pháp (ví dụ)" in page
    assert "Ví dụ: trung tâm chưa công bố" in page
    assert "<script" not in page
    english = visitor.get("/procedures", params={"lang": "en"}).text
    assert "Registration of a birth (example)" in english
    assert "decided on the spot" in english


@pytest.mark.parametrize("sought", ["dang ky khai sinh", "KHAI  sinh", "vd-ks", "Đăng ký KHAI"])
def test_a_procedure_is_found_without_tones_or_case(visitor: httpx.Client, sought: str) -> None:
    page = visitor.get("/procedures", params={"search": sought}).text
    assert titles(page) == ["Đăng ký khai sinh (ví dụ)"]


def test_words_and_department_narrow_the_list_together(visitor: httpx.Client) -> None:
    asked = {"search": "cap", "department": "STP"}
    page = visitor.get("/procedures", params=asked).text
    assert titles(page) == ["Cấp bản sao trích lục hộ tịch (ví dụ)"]
    nothing = visitor.get("/procedures", params={"search": "<b>phóng tàu vũ trụ"}).text
    assert "Không có thủ tục nào có tên như vậy." in nothing
    assert "<b>phóng" not in nothing


def test_the_examples_go_when_the_centre_posts_its_own(post: Post) -> None:
    post.load("1.1;Việc thật;;f;;STP;5;ngày làm việc;;1000;;;2026-01-01")
    page = post.page()
    assert titles(page) == ["Việc thật"]
    assert "Ví dụ:" not in page


def test_a_change_ahead_is_announced_and_what_is_not_yet_in_force_says_from_when(
    post: Post,
) -> None:
    now_us = post.house.clock.now_us()
    before, after = iso(now_us - DAY_US), iso(now_us + DAY_US)
    post.load(
        f"1.1;Đang có;;f;;STP;5;ngày làm việc;;1000;;;{before}",
        f"1.1;Sẽ đổi;;f;;STP;5;ngày làm việc;;2000;;;{after}",
        f"1.2;Sắp có;;f;;STP;5;ngày làm việc;;3000;;;{after}",
    )
    page = post.page()
    assert titles(page) == ["Đang có", "Sắp có"]
    assert "1.000 đồng" in page
    assert "2.000 đồng" not in page
    assert page.count("thay đổi từ") == 1
    assert page.count("có hiệu lực từ") == 1


def test_a_provinces_catalogue_is_paged_and_each_page_is_light(post: Post) -> None:
    post.load(
        *(
            f"1.{number:06d};Thủ tục thứ {number:04d} về quản lý, sử dụng đất đai ở địa phương;;"
            f"dat-dai;Đất đai;SNNMT;5;ngày làm việc;;{number}000;;{PIECES};2026-01-01"
            for number in range(PROVINCE)
        )
    )
    last = -(-PROVINCE // ROWS)
    seen: list[str] = []
    for number in (1, 2, last, last + 5):
        page = post.page(page=number)
        assert len(gzip.compress(page.encode())) < MOST_PACKED_BYTES
        seen += titles(page)
    assert len(seen) == 2 * ROWS + 2 * (PROVINCE - (last - 1) * ROWS)
    assert len(set(seen)) == 2 * ROWS + PROVINCE - (last - 1) * ROWS
    assert f"Trang 1 trên {last}" in " ".join(post.page().split())
    began = time.perf_counter()
    assert len(titles(post.page(search="thu tuc 1489"))) == 1
    assert time.perf_counter() - began < 1
    offered = post.page("/intake")
    assert len(gzip.compress(offered.encode())) < MOST_PACKED_BYTES
    assert offered.count("/intake?procedure=") == ROWS
    assert post.page("/intake", page=last + 5).count("/intake?procedure=1.") > 0
    found = post.page("/intake", search="dat dai 1489")
    assert found.count("/intake?procedure=") == 1
    assert "Không có thủ tục nào" in post.page("/intake", search="tau vu tru")


def test_the_page_says_nothing_about_people_and_asks_no_foreign_host(
    visitor: httpx.Client,
) -> None:
    page = visitor.get("/procedures").text
    assert "http://" not in page
    assert "https://" not in page
    assert "T-BOSS" not in page


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"search": "x" * 101}])
def test_an_address_outside_its_limits_is_refused(
    visitor: httpx.Client, query: dict[str, str]
) -> None:
    assert visitor.get("/procedures", params=query).status_code == 400
