"""What somebody gains who has a door, a given password or an old token (reliability.md §5 A01–A11, P12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, update

from archive.base import now
from archive.doors import Throttle, TooMany
from archive.people import Person
from archive.rights import Role
from archive.signin import REST, Unauthorised, sign_in
from tests.integration.api.served import Served


@pytest.fixture(autouse=True)
def people(service: Served) -> Iterator[None]:
    service.person("admin", Role.ADMIN)
    service.person("guard", Role.SECURITY)
    yield
    with service.home.house.database.transaction() as session:
        session.execute(delete(Throttle))


def knocks(service: Served, name: str, password: str, address: str) -> str:
    """The outcome of one attempt at the door from an address."""
    try:
        sign_in(service.home.house.database, name=name, password=password, address=address)
    except (TooMany, Unauthorised) as refusal:
        return type(refusal).__name__
    return "in"


def test_a02_who_knocks_from_elsewhere_keeps_nobody_out(service: Served) -> None:
    service.person("ada", Role.SEARCHER)
    answers = [knocks(service, "ada", "a wrong guess", "203.0.113.9") for _ in range(8)]
    assert (answers[0], answers[-1]) == ("Unauthorised", "TooMany")
    assert knocks(service, "ada", "a pass phrase of ada", "203.0.113.9") == "TooMany"
    assert knocks(service, "ada", "a pass phrase of ada", "10.0.0.1") == "in"


def test_a02_an_account_that_is_tried_from_everywhere_shuts_for_a_while(service: Served) -> None:
    service.person("beth", Role.SEARCHER)
    assert knocks(service, "beth", "a wrong guess", "203.0.113.1") == "Unauthorised"
    with service.home.house.database.transaction() as session:
        session.execute(update(Throttle).where(Throttle.door == "account:beth").values(failures=100))
    assert knocks(service, "beth", "a wrong guess", "203.0.113.2") == "Unauthorised"
    assert knocks(service, "beth", "a pass phrase of beth", "203.0.113.3") == "TooMany"
    with service.home.house.database.transaction() as session:
        session.execute(update(Throttle).values(shut_until=now() - timedelta(seconds=1)))
    assert knocks(service, "beth", "a pass phrase of beth", "203.0.113.3") == "in"


def test_a02_a_long_name_and_a_long_address_are_a_door_like_any_other(service: Served) -> None:
    assert knocks(service, "x" * 500, "a wrong guess", "2001:db8:1111:2222:3333:4444:5555:6666") == "Unauthorised"


@pytest.fixture
def given(service: Served) -> Iterator[httpx.Client]:
    """A browser signed in as an approver whose password the security officer has just given."""
    person = service.home.person(service.person("reset approver", Role.APPROVER), Role.APPROVER)
    initial = service.ask("guard", "POST", f"/people/{person.id}/reset-password").json()["initial_password"]
    with httpx.Client(base_url=service.url, timeout=30, headers={"Origin": service.url}) as browser:
        answer = browser.post("/sign-in", data={"name": "reset approver", "password": initial})
        assert answer.headers["location"] == "/account"
        found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/account").text)
        assert found
        browser.headers["X-CSRF-Token"] = found[1]
        yield browser


def test_a09_a_password_that_another_gave_signs_nothing(service: Served, given: httpx.Client) -> None:
    assert service.tokens
    batch = "00000000-0000-4000-8000-000000000000"
    fresh = given.post("/api/v1/tokens", json={"scopes": ["sign"]})
    signing = given.post(
        f"/api/v1/destruction-batches/{batch}/approve", json={"manifest_sha256": "0" * 64, "opinion": "yes"}
    )
    for answer in (fresh, signing):
        assert (answer.status_code, answer.json()["code"]) == (403, "password_given")


@pytest.mark.parametrize("path", ["documents", "search?q=a", "inbox", "tokens", "audit", "customers", "certificates"])
def test_a09_a_password_that_another_gave_reads_nothing(given: httpx.Client, path: str) -> None:
    answer = given.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_given")
    page = given.get(f"/{path}", headers={"Accept": "text/html"})
    assert page.status_code == 404 or page.headers["location"] == "/account"


def test_a09_an_account_whose_password_was_reset_is_told_so_and_signs_nothing_for_a_day(
    service: Served, given: httpx.Client
) -> None:
    person, new = (
        service.home.people["reset approver"],
        {"name": "reset approver", "password": "words of my own choice"},
    )
    code = service.ask("guard", "POST", f"/people/{person.id}/reset-password").json()["initial_password"]
    given.post("/sign-in", data={"name": "reset approver", "password": code})
    change = {"csrf": form_token(given), "old": code, "new": new["password"]}
    assert given.post("/account/password", data=change).headers["location"] == "/sign-in?told=password_changed"
    assert given.post("/sign-in", data={"name": "reset approver", "password": code}).status_code == 401
    given.post("/sign-in", data=new)
    assert "您的密码已被重置" in given.get("/inbox").text
    assert "guard" in given.get("/inbox").text
    again = {"csrf": form_token(given), "password": new["password"], "scopes": ["sign"]}
    assert given.post("/account/tokens", data=again).status_code == 403
    with service.home.house.database.transaction() as session:
        session.get_one(Person, person.id).reset_at = now() - REST
    assert "aj_" in given.post("/account/tokens", data=again).text


def form_token(browser: httpx.Client) -> str:
    """The form token of a page, which the browser's header must not gainsay."""
    browser.headers.pop("X-CSRF-Token", None)
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/account").text)
    assert found
    return found[1]


@pytest.mark.parametrize("scopes", [["read"], ["read", "write"]])
def test_a09_a_password_that_another_gave_makes_no_token_that_outlives_it(
    given: httpx.Client, scopes: list[str]
) -> None:
    answer = given.post("/api/v1/tokens", json={"scopes": scopes})
    assert (answer.status_code, answer.json()["code"]) == (403, "password_given")
    assert "aj_" not in answer.text


def test_a08_tokens_of_a_disabled_account_stay_ended_when_it_is_enabled_again(service: Served) -> None:
    leaver = service.home.person(service.person("leaver", Role.SEARCHER), Role.SEARCHER)
    assert service.ask("leaver", "GET", "/people/me").status_code == 200
    assert service.ask("admin", "POST", f"/people/{leaver.id}/disable").status_code == 200
    assert service.ask("leaver", "GET", "/people/me").status_code == 401
    assert service.ask("admin", "POST", f"/people/{leaver.id}/enable").status_code == 200
    assert service.ask("leaver", "GET", "/people/me").status_code == 401


def test_a09_an_open_sign_in_is_not_enough_to_take_the_account(service: Served) -> None:
    guard = service.home.people["guard"].id
    with service.home.house.database.reading() as session:
        before = session.get_one(Person, guard).password_hash
    answer = service.ask("guard", "POST", f"/people/{guard}/reset-password")
    assert (answer.status_code, answer.json()["code"]) == (409, "own_password")
    with service.home.house.database.reading() as session:
        assert session.get_one(Person, guard).password_hash == before


def test_p17_who_runs_accounts_and_rights_reads_no_paper(service: Served) -> None:
    paper = service.paper("letter", folder=service.folder(), number=990)
    for who in ("admin", "guard"):
        for tail in ("", "/original", "/pages/1/text", "/pages/1/image"):
            assert service.ask(who, "GET", f"/documents/{paper}{tail}").status_code in {403, 404}, (who, tail)


def test_p17_who_runs_accounts_is_told_of_no_folder_that_was_granted(service: Served) -> None:
    folder = service.folder()
    reader = service.home.person(service.person("granted reader", Role.SEARCHER, department="law"), Role.SEARCHER)
    order = {"person_id": reader.id, "folder_id": folder["id"], "purpose": "inspection of the matter"}
    given = service.ask("guard", "POST", "/grants", json=order | {"ends_at": "2090-01-01T00:00:00Z"})
    assert given.status_code == 201
    for who, told in (("guard", True), ("admin", False)):
        headers = {"Authorization": f"Bearer {service.tokens[who]}", "Accept": "text/html"}
        page = service.client.get(f"/people/{reader.id}", headers=headers).text
        assert [each in page for each in (folder["code"], order["purpose"])] == [told, told], who


def test_p10_p11_a_grant_lifts_no_clearance_and_gives_nobody_themselves_anything(service: Served) -> None:
    secret = service.paper("secret letter", folder=service.folder(level="secret"), number=991)
    low = service.home.person(service.person("low reader", Role.SEARCHER, level="internal"), Role.SEARCHER)
    order = {"document_id": secret, "purpose": "a case", "ends_at": "2090-01-01T00:00:00Z", "unmasked": True}
    assert service.ask("guard", "POST", "/grants", json=order | {"person_id": low.id}).status_code == 201
    assert service.ask("low reader", "GET", f"/documents/{secret}").status_code == 404
    guard = service.home.people["guard"].id
    own = service.ask("guard", "POST", "/grants", json=order | {"person_id": guard})
    assert (own.status_code, own.json()["code"]) == (422, "own_grant")
