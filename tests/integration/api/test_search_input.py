"""What search makes of whatever is typed and sent (reliability.md §5, S01–S21; S22 stands in test_searches.py)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from archive.people import Person
from archive.rights import Role
from tests.integration.api.served import Served, bytes_at_rest

ID_NUMBER = "11010519900307002X"
HOSTILE = "<img src=x onerror=alert(1)> </mark><script>alert(2)</script> {{7*7}} 无害"
TEXTS = {
    "lease": "房屋租赁合同\n（2024）租字第049号\n甲方：張三　乙方：Café Ltd\n金额：１２，０００元\n𠮷野家😀",
    "number": "登记表\n身份证号 110105 19900307 002X\n电话 138-0013-8000",
    "hostile": HOSTILE,
    "percent": "折扣100%_off; DROP TABLE document; --",
}


@pytest.fixture(scope="module")
def papers(service: Served) -> dict[str, str]:
    """One paper a text, by its name."""
    service.person("officer", Role.OFFICER, level="secret")
    folder = service.folder()
    return {name: service.paper(text, folder=folder, number=n) for n, (name, text) in enumerate(TEXTS.items(), 40)}


def found(service: Served, papers: dict[str, str], q: str, **how: Any) -> set[str]:  # noqa: ANN401 - what JSON holds
    """The names of the papers that a query finds."""
    answer = service.ask("officer", "POST", "/search", json={"q": q, "size": 100, **how})
    assert answer.status_code == 200, answer.text
    names = {document_id: name for name, document_id in papers.items()}
    return {names[hit["document_id"]] for hit in answer.json()["hits"]}


def refused(service: Served, **body: Any) -> tuple[int, str]:  # noqa: ANN401 - what JSON holds
    answer = service.ask("officer", "POST", "/search", json=body)
    return answer.status_code, answer.json().get("code", "")


def test_s01_nothing_typed_is_every_page_newest_first(service: Served, papers: dict[str, str]) -> None:
    assert found(service, papers, "") == found(service, papers, " 　\n") == set(papers)


@pytest.mark.parametrize("q", ["。，、", "???", "* - ~", '""', "()"])
def test_s02_punctuation_alone_finds_nothing_and_says_so(service: Served, papers: dict[str, str], q: str) -> None:
    assert found(service, papers, q) == set()
    assert "nothing_counts" in service.ask("officer", "POST", "/search", json={"q": q}).json()["notes"]


def test_s02_no_word_is_too_common_to_be_found(service: Served, papers: dict[str, str]) -> None:
    assert found(service, papers, "号") == {"lease", "number"}


def test_s03_ten_megabytes_are_refused_unread(service: Served) -> None:
    answer = service.ask("officer", "POST", "/search", json={"q": "甲" * 3_500_000})
    assert answer.status_code in {413, 422}
    assert service.ask("officer", "GET", "/search", params={"q": "甲" * 1001}).status_code == 422


@pytest.mark.parametrize("q", ['"租赁', "(租赁", "租赁)", "“租赁", "((租赁)", '租赁"'])
def test_s04_what_is_not_balanced_is_text_and_said_to_be(service: Served, papers: dict[str, str], q: str) -> None:
    assert found(service, papers, q) == {"lease"}
    assert "unbalanced" in service.ask("officer", "POST", "/search", json={"q": q}).json()["notes"]


@pytest.mark.parametrize(("q", "names"), [("*", set()), ("?*", set()), ("*租赁*", {"lease"}), ("租?合", set())])
def test_s05_wildcards_are_punctuation(service: Served, papers: dict[str, str], q: str, names: set[str]) -> None:
    assert found(service, papers, q) == names


def test_s06_s07_too_many_words_and_levels_are_refused(service: Served) -> None:
    assert refused(service, q=" OR ".join(["甲"] * 100)) == (422, "query_too_wide")
    assert refused(service, q="(" * 300 + "甲" + ")" * 300) == (422, "query_too_deep")
    assert refused(service, q="-" * 900 + "甲") == (422, "query_too_deep")


@pytest.mark.parametrize("field", ["acl", "_source", "department", "level", "uploader", "nothing"])
def test_s08_a_field_that_is_none_is_text(service: Served, papers: dict[str, str], field: str) -> None:
    assert found(service, papers, f"{field}:sales") == set()
    assert found(service, papers, f"租赁 OR {field}:0") == {"lease"}


@pytest.mark.parametrize(
    "body", [{"query": {"match_all": {}}}, {"q": "甲", "script": "1"}, {"q": {"match_all": {}}}, {"q": ["甲"]}, []]
)
def test_s09_no_engine_language_gets_in(service: Served, body: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    assert service.ask("officer", "POST", "/search", json=body).status_code == 422
    for path in ("/search/_search", "/_search", "/search/_explain"):
        assert service.ask("officer", "POST", path, json={"q": "甲"}).status_code in {404, 405}
    assert service.ask("officer", "POST", "/search", json={"q": '{"match_all":{}}'}).json()["total"] == 0


@pytest.mark.parametrize("how", [{"size": 10**6}, {"size": -1}, {"size": 0}, {"size": "NaN"}, {"from": 10**9}])
def test_s10_sizes_out_of_bounds_are_refused(service: Served, how: dict[str, object]) -> None:
    assert refused(service, q="甲", **how)[0] == 422


def test_s11_a_cursor_is_its_persons_alone_and_asks_for_the_rights_of_now(
    service: Served, papers: dict[str, str]
) -> None:
    service.person("reader", Role.SEARCHER)
    first = service.ask("reader", "POST", "/search", json={"q": "", "size": 1}).json()
    again = {"q": "", "size": 1, "cursor": first["cursor"]}
    assert service.ask("officer", "POST", "/search", json=again).status_code == 422
    assert service.ask("reader", "POST", "/search", json=again | {"q": "租"}).status_code == 422
    for forged in ("x", first["cursor"][:16] + "AAAA", first["cursor"] + "x" * 3000):
        assert service.ask("reader", "POST", "/search", json=again | {"cursor": forged}).status_code == 422
    assert service.ask("reader", "POST", "/search", json=again).json()["hits"]
    elsewhere = service.home.people[service.person("other", Role.SEARCHER, department="finance")].department_id
    with service.home.house.database.transaction() as session:
        session.get_one(Person, service.home.people["reader"].id).department_id = elsewhere
    assert service.ask("reader", "POST", "/search", json=again).json()["hits"] == []
    assert papers


@pytest.mark.parametrize("sort", ["acl", "level", "_score", "uploader", "", "newest;"])
def test_s12_only_named_orders_are_taken(service: Served, sort: str) -> None:
    assert refused(service, q="甲", sort=sort)[0] == 422


def test_s13_a_regular_expression_is_text_and_costs_nothing(service: Served, papers: dict[str, str]) -> None:
    start = time.monotonic()
    assert "number" not in found(service, papers, "(a+)+$ " + "a" * 30)
    assert found(service, papers, "客户:(q+)+$") == set()
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "q", ["日期:2023-02-31", "日期:2024..2023", "年:0", "日期:0000-01-01", "日期:9999", "年:2030..2020"]
)
def test_s14_dates_that_are_none_find_nothing(service: Served, papers: dict[str, str], q: str) -> None:
    assert found(service, papers, q) == set()


def test_s14_a_year_that_is_none_is_refused(service: Served) -> None:
    assert refused(service, year="31-Feb") == (422, "bad_year")


@pytest.mark.parametrize(
    "q",
    [
        "張三",
        "张三",
        "12,000",
        "１２０００",
        "Cafe\u0301",
        "CAFÉ",
        "𠮷野家",
        "049",
        "049号\n甲方",
        "第０４９號",
        "租 赁",
    ],
)
def test_s15_forms_of_writing_are_one(service: Served, papers: dict[str, str], q: str) -> None:
    assert found(service, papers, q) == {"lease"}


def test_s15_what_no_token_is_made_of_counts_nowhere(service: Served, papers: dict[str, str]) -> None:
    assert found(service, papers, "野家😀") == {"lease"}
    assert found(service, papers, "😀") == set()


@pytest.mark.parametrize("q", ["\u202e租赁", "租\u200b赁", "租\u00ad赁", "租\ufe0f赁"])
def test_s16_marks_that_nobody_sees_fall_away(service: Served, papers: dict[str, str], q: str) -> None:
    assert found(service, papers, q) == {"lease"}


@pytest.mark.parametrize("body", [b'{"q": "\\ud800"}', b'{"q": "\\u0000"}', b'{"q": "\xff"}'])
def test_s16_what_is_no_text_is_malformed(service: Served, body: bytes) -> None:
    answer = service.ask("officer", "POST", "/search", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_s17_a_letter_is_not_sought_nearly(service: Served, papers: dict[str, str]) -> None:
    assert found(service, papers, "赁", fuzzy=True) == found(service, papers, "赁~") == {"lease"}
    assert found(service, papers, "租凭合同", fuzzy=True) == {"lease"}
    assert found(service, papers, "租凭合同") == set()


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("' OR 7=9 --", set()),
        ("100%_off", {"percent"}),
        ("%", set()),
        ("_", set()),
        ("'; DROP TABLE document; --", {"percent"}),
        ("客户:%", set()),
    ],
)
def test_s18_signs_of_other_languages_are_punctuation(
    service: Served, papers: dict[str, str], q: str, names: set[str]
) -> None:
    assert found(service, papers, q) == names


@pytest.mark.parametrize(
    "q",
    [
        ID_NUMBER,
        "110105 19900307 002X",
        "110105-19900307-002x",
        "１１０１０５１９９００３０７００２Ｘ",
        '"110105 1990 0307 002X"',
    ],
)
def test_s19_a_number_is_found_however_it_is_grouped(service: Served, papers: dict[str, str], q: str) -> None:
    assert found(service, papers, q) == {"number"}


def test_s19_a_number_sought_stands_in_no_row_in_the_clear(service: Served, papers: dict[str, str]) -> None:
    sought = "13800138000"
    assert found(service, papers, sought) == {"number"}
    rest = bytes_at_rest(service)
    assert papers["number"].encode() in rest
    assert sought.encode() not in rest


def test_s20_what_a_paper_says_is_text_on_every_screen(service: Served, papers: dict[str, str]) -> None:
    (hit,) = service.ask("officer", "POST", "/search", json={"q": "无害"}).json()["hits"]
    assert hit["document_id"] == papers["hostile"]
    with httpx.Client(base_url=service.url, headers={"accept": "text/html"}) as browser:
        browser.post("/sign-in", data={"name": "officer", "password": "a pass phrase of officer"})
        for page in (browser.get("/search").text, browser.get(f"/documents/{papers['hostile']}").text):
            assert "alert(2)" in page
            assert "<img src=x" not in page
            assert "<script>alert" not in page
            assert "{{7*7}}" in page


def test_s21_many_costly_queries_wait_their_turn_and_others_are_answered(service: Served) -> None:
    costly = {"q": " OR ".join(f"{a}{b}租赁合同~" for a in "甲乙丙丁" for b in "号元年月"), "size": 100}
    with ThreadPoolExecutor(20) as many:
        asked = [many.submit(service.ask, "officer", "POST", "/search", json=costly) for _ in range(40)]
        start = time.monotonic()
        assert service.client.get("/healthz").status_code == 200
        took = time.monotonic() - start
        assert {each.result().status_code for each in asked} <= {200, 429, 503}
    assert took < 5
