"""What the API makes of odd requests (reliability.md §5, Q01–Q13)."""

from __future__ import annotations

import uuid

import pytest

from archive.rights import Role
from tests.houses import png
from tests.integration.api.served import Served

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def officer(service: Served) -> str:
    return service.person("officer", Role.OFFICER, level="secret")


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind": "person", "name"',
        b"[" * 100_000,
        b'{"kind": "person", "name": "A", "name": "B"}',
        b'{"kind": "person", "name": NaN}',
        b'{"kind": "person", "name": 1e400}',
        b'{"kind": "person", "name": "\\ud800"}',
        b'{"kind": "person", "name": "a\\u0000b"}',
        b'{"kind": "person", "name": "\xff"}',
    ],
    ids=["cut", "deep", "twice", "NaN", "1e400", "surrogate", "NUL", "not UTF-8"],
)
def test_what_is_no_strict_json_is_malformed(service: Served, officer: str, body: bytes) -> None:
    answer = service.ask(officer, "POST", "/customers", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("wrong", ["nine", "A" * 36, "%00", "1' OR '1'='1", "0f8fad5b-d9cb-469f-a165-70867728950e%20"])
@pytest.mark.parametrize("path", ["/documents/{}", "/folders/{}", "/customers/{}", "/destruction-batches/{}"])
def test_an_id_that_is_none_is_refused(service: Served, officer: str, path: str, wrong: str) -> None:
    assert service.ask(officer, "GET", path.format(wrong)).status_code in {404, 422}


@pytest.mark.parametrize("extra", ["is_admin", "owner_id", "tenant", "created_at", "number"])
def test_unknown_fields_are_refused(service: Served, officer: str, extra: str) -> None:
    answer = service.ask(officer, "POST", "/customers", json={"kind": "person", "name": "A", extra: "x"})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [extra]


@pytest.mark.parametrize("value", ["true", 1, [True], {"a": 1}, None])
def test_values_of_another_type_are_not_taken_for_right_ones(service: Served, officer: str, value: object) -> None:
    answer = service.ask(officer, "POST", "/customers", json={"kind": "person", "name": value})
    assert answer.status_code == (201 if value == "true" else 422)


def test_a_change_names_the_state_that_it_was_made_from(service: Served, officer: str) -> None:
    path = f"/customers/{service.ask(officer, 'POST', '/customers', json={'kind': 'person', 'name': 'A'}).json()['id']}"
    tag = service.ask(officer, "GET", path).headers["etag"]
    assert service.ask(officer, "PATCH", path, json={"name": "B"}).status_code == 428
    assert service.ask(officer, "PATCH", path, json={"name": "B"}, headers={"If-Match": tag}).status_code == 200
    stale = service.ask(officer, "PATCH", path, json={"name": "C"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert service.ask(officer, "GET", path).json()["name"] == "B"


def test_two_edits_of_one_document_lose_nothing(service: Served, officer: str) -> None:
    paper = service.paper("致：远山茶业\n第一行", folder=service.folder(), number=18)
    tag = service.ask(officer, "GET", f"/documents/{paper}").headers["etag"]
    first = service.ask(
        officer, "PATCH", f"/documents/{paper}", json={"fields": {"amount": "12.50"}}, headers={"If-Match": tag}
    )
    second = service.ask(
        officer, "PATCH", f"/documents/{paper}", json={"fields": {"amount": "99.00"}}, headers={"If-Match": tag}
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert first.json()["fields"]["amount"]["value"] == "12.50"
    assert service.ask(officer, "PATCH", f"/documents/{paper}", json={"title": "x"}).status_code == 428


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"signed": "0000-02-30"}, "date"),
        ({"signed": "2031-02-30"}, "date"),
        ({"signed": "2031/02/03"}, "date"),
        ({"amount": "١٢"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"colour": "red"}, "unknown"),
    ],
)
def test_fields_that_cannot_be_are_named(service: Served, officer: str, fields: dict[str, str], fault: str) -> None:
    paper = service.paper("致：远山茶业\n第二行", folder=service.folder(), number=31)
    tag = service.ask(officer, "GET", f"/documents/{paper}").headers["etag"]
    answer = service.ask(officer, "PATCH", f"/documents/{paper}", json={"fields": fields}, headers={"If-Match": tag})
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == [fault]


@pytest.mark.parametrize("number", ["0", "-1", "1000000000", "1.5", "x"])
def test_page_numbers_are_counted_from_one(service: Served, officer: str, number: str) -> None:
    paper = service.paper("第三行", folder=service.folder(), number=10)
    assert service.ask(officer, "GET", f"/documents/{paper}/pages/{number}/text").status_code in {404, 422}


@pytest.mark.parametrize("query", ["width=1000000", "width=-1", "width=0", "width=x", "width=1e3"])
def test_sizes_of_images_have_bounds(service: Served, officer: str, query: str) -> None:
    paper = service.paper("第四行", folder=service.folder(), number=12)
    assert service.ask(officer, "GET", f"/documents/{paper}/pages/1/image?{query}").status_code == 422


@pytest.mark.parametrize(
    "query",
    ["size=0", "size=-1", "size=1000000", "size=NaN", "sort=score", "sort=_score", "q=" + "a" * 1001, "cursor=x"],
)
def test_searches_beyond_bounds_are_refused(service: Served, officer: str, query: str) -> None:
    assert service.ask(officer, "GET", f"/search?{query}").status_code in {400, 422}


def test_a_list_goes_on_where_it_ended_and_its_cursor_is_nobody_elses(service: Served, officer: str) -> None:
    for number in range(5):
        service.upload(officer, png(500 + number))
    first = service.ask(officer, "GET", "/documents?size=2").json()
    second = service.ask(officer, "GET", "/documents", params={"size": 2, "cursor": first["cursor"]}).json()
    assert not {row["id"] for row in first["items"]} & {row["id"] for row in second["items"]}
    other = service.person("officer two", Role.OFFICER, level="secret")
    stolen = service.ask(other, "GET", "/documents", params={"size": 2, "cursor": first["cursor"]})
    another_question = service.ask(officer, "GET", "/documents", params={"state": "filed", "cursor": first["cursor"]})
    forged = service.ask(officer, "GET", "/documents", params={"cursor": "AAAA"})
    assert {stolen.status_code, another_question.status_code, forged.status_code} == {400}


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "POST"])
def test_methods_that_a_route_lacks_are_refused(service: Served, officer: str, method: str) -> None:
    answer = service.ask(officer, method, f"/documents/{uuid.uuid4()}", headers={"X-HTTP-Method-Override": "PATCH"})
    assert answer.status_code == 405


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/xml", ""])
def test_json_in_other_clothes_is_refused(service: Served, officer: str, kind: str) -> None:
    body = b'{"kind": "person", "name": "A"}'
    answer = service.ask(officer, "POST", "/customers", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_ten_thousand_fields_and_a_long_header_harm_nobody(service: Served, officer: str) -> None:
    many = "&".join(f"a{n}=1" for n in range(5_000))
    assert service.ask(officer, "GET", f"/documents?{many}").status_code == 414
    fields = {f"f{n}": "x" for n in range(10_000)}
    answer = service.ask(officer, "POST", "/documents", data=fields, files={"file": ("a.png", png(1))})
    assert answer.status_code == 400
    long = service.client.get("/healthz", headers={"X-Long": "a" * 70_000})
    assert long.status_code in {400, 431}  # the parser may give up before we do (Q11 allows both)


def test_the_openapi_description_is_open_and_says_nothing_of_the_data(service: Served) -> None:
    folder = service.folder()
    described = service.client.get("/api/v1/openapi.json")
    assert described.json()["info"]["title"] == "Anjuan"
    assert folder["code"] not in described.text
    assert folder["customer"]["name"] not in described.text


def test_every_answer_carries_the_headers_that_keep_it_in_place(service: Served, officer: str) -> None:
    for path in ("/documents", "/nothing", "/openapi.json", f"/documents/{uuid.uuid4()}"):
        headers = service.ask(officer, "GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
