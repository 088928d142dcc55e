"""A form is ours and fresh, or nothing changes (A16); every answer carries its headers; people are told in a page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import httpx
import pytest

from archive.logs import log_to_stderr
from archive.rights import Role
from tests.houses import embedded
from tests.integration.api.served import Served, served

HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log_to_stderr()
    with embedded(tmp_path_factory.mktemp("house")) as home, served(home) as running:
        running.person("officer", Role.OFFICER)
        running.person("searcher", Role.SEARCHER)
        yield running


@pytest.fixture
def visitor(service: Served) -> Iterator[httpx.Client]:
    """A browser that nobody signed in with."""
    with httpx.Client(base_url=service.url, headers=HTML) as made:
        yield made


def signed_in(client: httpx.Client, name: str, **more: str) -> httpx.Response:
    return client.post("/sign-in", data={"name": name, "password": f"a pass phrase of {name}", **more})


@pytest.fixture
def client(visitor: httpx.Client) -> httpx.Client:
    """The records officer's browser."""
    signed_in(visitor, "officer")
    return visitor


def token(client: httpx.Client) -> str:
    page = client.get("/account").text
    return page.partition('name="anjuan-csrf" content="')[2].partition('"')[0]


def known(client: httpx.Client, name: str) -> bool:
    return name in client.get("/customers", params={"q": name}).text.partition("<tbody")[2]


def form() -> dict[str, str]:
    return {"kind": "company", "name": f"青禾置业{secrets.token_hex(4)}有限公司"}


def test_a_form_with_its_token_is_taken(client: httpx.Client) -> None:
    given = form()
    answer = client.post("/customers", data=given | {"csrf": token(client)})
    assert answer.status_code == 303
    assert known(client, given["name"])


@pytest.mark.parametrize("presented", ["", "wrong", "x" * 64])
def test_a_form_without_its_token_changes_nothing(client: httpx.Client, presented: str) -> None:
    given = form()
    answer = client.post("/customers", data=given | {"csrf": presented})
    assert answer.status_code == 403
    assert "text/html" in answer.headers["content-type"]
    assert not known(client, given["name"])


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}]
)
def test_a_form_of_another_origin_changes_nothing(client: httpx.Client, headers: dict[str, str]) -> None:
    given = form()
    answer = client.post("/customers", data=given | {"csrf": token(client)}, headers=headers)
    assert answer.status_code == 403
    assert not known(client, given["name"])


def test_plain_text_in_the_shape_of_json_changes_nothing(client: httpx.Client) -> None:
    given = form()
    answer = client.post("/customers", content=json.dumps(given), headers={"content-type": "text/plain"})
    assert answer.status_code == 403
    assert not known(client, given["name"])


@pytest.mark.parametrize(
    "path", ["/sign-in", "/inbox", "/customers", "/nowhere", "/static/style.css", "/api/v1/customers"]
)
def test_every_answer_carries_the_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_nobody_is_led_to_the_sign_in_and_back(visitor: httpx.Client) -> None:
    assert visitor.get("/customers").headers["location"] == "/sign-in?next=/customers"
    asked = visitor.get("/customers", params={"q": "青禾", "size": "5"}).headers["location"]
    entered = visitor.get(asked)
    assert 'value="/customers?q=%E9%9D%92%E7%A6%BE&amp;size=5"' in entered.text
    assert signed_in(visitor, "officer", onward="/customers").headers["location"] == "/customers"


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_sign_in_never_leads_to_another_host(visitor: httpx.Client, onward: str) -> None:
    assert signed_in(visitor, "officer", onward=onward).headers["location"] == "/inbox"


def test_what_is_not_there_is_a_page_for_people_and_a_problem_for_programs(client: httpx.Client) -> None:
    path = "/documents/00000000-0000-4000-8000-000000000000"
    page = client.get(path)
    assert page.status_code == 404
    assert "没有找到" in page.text
    assert client.get(path, headers={"accept": "application/json"}).json()["code"] == "not_found"


def test_untrusted_text_is_text_on_every_page(client: httpx.Client) -> None:
    name = "<script>alert(1)</script>&<img src=x onerror=alert(2)>"
    client.post("/customers", data=form() | {"name": name, "csrf": token(client)})
    page = client.get("/customers").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "path", ["/customers", "/people", "/capture", "/review", "/schedule", "/health", "/certificates"]
)
def test_a_person_without_the_right_is_refused(visitor: httpx.Client, path: str) -> None:
    signed_in(visitor, "searcher")
    assert visitor.get(path).status_code == 403
