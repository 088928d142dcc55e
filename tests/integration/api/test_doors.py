"""Signing in, tokens and forged forms (reliability.md §5, A01–A11, A16, A17)."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

import httpx
import pytest
from sqlalchemy import delete, select

from archive.audit import Act, AuditEntry
from archive.base import now
from archive.doors import Throttle
from archive.people import password_fits
from archive.rights import Role
from archive.signin import SignIn, Token
from tests.integration.api.served import Served

COOKIE = "anjuan_session"


@pytest.fixture
def open_doors(service: Served) -> None:
    """No failure of another test counts."""
    with service.home.house.database.transaction() as session:
        session.execute(delete(Throttle))


@pytest.fixture
def browser(service: Served) -> Iterator[httpx.Client]:
    """A browser at the service's own origin."""
    with httpx.Client(base_url=service.url, timeout=30, headers={"Accept": "text/html", "Origin": service.url}) as made:
        yield made


def sign_in(browser: httpx.Client, name: str, password: str) -> httpx.Response:
    return browser.post("/sign-in", data={"name": name, "password": password, "onward": "/inbox"})


def form_token(service: Served) -> str:
    with service.home.house.database.reading() as session:
        return session.scalars(select(SignIn.csrf).order_by(SignIn.created_at.desc())).first() or ""


@pytest.mark.usefixtures("open_doors")
def test_a_wrong_name_and_a_wrong_password_answer_alike(service: Served, browser: httpx.Client) -> None:
    service.person("anna", Role.SEARCHER)
    wrong_password = sign_in(browser, "anna", "a wrong pass phrase")
    wrong_name = sign_in(browser, "nobody", "a wrong pass phrase")
    assert wrong_password.status_code == wrong_name.status_code == 401
    same = [re.sub(r"nobody|anna|\d\d:\d\d", "", answer.text) for answer in (wrong_password, wrong_name)]
    assert same[0] == same[1]


@pytest.mark.usefixtures("open_doors")
def test_failures_shut_the_door_of_that_account_and_of_no_other(service: Served, browser: httpx.Client) -> None:
    service.person("bertha", Role.SEARCHER)
    service.person("clara", Role.SEARCHER)
    answers = [sign_in(browser, "bertha", "wrong wrong wrong").status_code for _ in range(8)]
    assert answers[:5] == [401] * 5
    assert answers[-1] == 429
    assert sign_in(browser, "clara", "a pass phrase of clara").status_code == 303
    with service.home.house.database.reading() as session:
        failed = session.scalars(select(AuditEntry).where(AuditEntry.action == Act.SIGN_IN_FAILED.value)).all()
    assert len(failed) >= 5


@pytest.mark.usefixtures("open_doors")
def test_a_password_of_ten_megabytes_is_refused_before_it_is_hashed(service: Served, browser: httpx.Client) -> None:
    service.person("dora", Role.SEARCHER)
    answer = sign_in(browser, "dora", "x" * 10_000_000)
    assert answer.status_code in {413, 422, 400}
    assert sign_in(browser, "dora", "nul\0nul nul nul").status_code in {401, 422}


@pytest.mark.usefixtures("open_doors")
def test_a_sign_in_has_an_id_of_its_own_and_ends_with_it(service: Served, browser: httpx.Client) -> None:
    service.person("emma", Role.SEARCHER)
    browser.cookies.set(COOKIE, "fixed-before")
    assert sign_in(browser, "emma", "a pass phrase of emma").status_code == 303
    secret = browser.cookies.get(COOKIE, domain="127.0.0.1")
    assert secret
    assert secret != "fixed-before"
    assert browser.get("/api/v1/people/me").json()["name"] == "emma"
    assert browser.post("/sign-out", data={"csrf": form_token(service)}).status_code == 303
    replayed = httpx.get(f"{service.url}/api/v1/people/me", cookies={COOKIE: secret})
    assert replayed.status_code == 401


@pytest.mark.usefixtures("open_doors")
def test_the_cookie_is_for_this_site_and_no_script(service: Served, browser: httpx.Client) -> None:
    service.person("frida", Role.SEARCHER)
    set_cookie = sign_in(browser, "frida", "a pass phrase of frida").headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=strict" in set_cookie
    assert "path=/" in set_cookie


@pytest.mark.usefixtures("open_doors")
def test_a_forged_form_changes_nothing(service: Served, browser: httpx.Client) -> None:
    service.person("gerda", Role.OFFICER)
    assert sign_in(browser, "gerda", "a pass phrase of gerda").status_code == 303
    customer = {"kind": "person", "name": "Forged"}
    token = form_token(service)
    with_token = {"X-CSRF-Token": token}
    forged = [
        {},
        {"X-CSRF-Token": "wrong"},
        with_token | {"Origin": "https://evil.example"},
        with_token | {"Sec-Fetch-Site": "cross-site"},
    ]
    attempts = [browser.post("/api/v1/customers", json=customer, headers=headers) for headers in forged]
    plain = json.dumps(customer).encode()
    attempts += [
        browser.post("/api/v1/customers", content=plain, headers=with_token | {"Content-Type": "text/plain"}),
        browser.post("/sign-out"),
    ]
    assert [answer.status_code for answer in attempts] == [403, 403, 403, 403, 415, 403]
    listed = browser.get("/api/v1/customers?q=Forged").json()["items"]
    assert listed == []
    right = browser.post("/api/v1/customers", json=customer, headers={"X-CSRF-Token": token})
    assert right.status_code == 201


def test_expired_revoked_and_foreign_tokens_are_refused(service: Served) -> None:
    name = service.person("hanna", Role.SEARCHER)
    made = service.ask(name, "POST", "/tokens", json={"scopes": ["read"]}).json()
    asked = {"Authorization": f"Bearer {made['token']}"}
    assert service.client.get("/api/v1/people/me", headers=asked).status_code == 200
    other = service.person("ida", Role.SEARCHER)
    assert service.ask(other, "DELETE", f"/tokens/{made['id']}").status_code == 404
    assert service.ask(name, "DELETE", f"/tokens/{made['id']}").status_code == 200
    assert service.client.get("/api/v1/people/me", headers=asked).status_code == 401
    with service.home.house.database.transaction() as session:
        row = session.scalars(select(Token).where(Token.person_id == service.home.people[other].id)).one()
        row.expires_at = now() - timedelta(seconds=1)
    assert service.ask(other, "GET", "/people/me").status_code == 401


def test_a_token_is_never_wider_than_what_made_it(service: Served) -> None:
    actor = service.home.people[service.person("jana", Role.SEARCHER)]
    narrow = {"Authorization": f"Bearer {service.token(actor.id, 'write')}"}
    for wider in (["read"], ["read", "write"], ["sign"]):
        refused = service.client.post("/api/v1/tokens", json={"scopes": wider}, headers=narrow)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    made = service.client.post("/api/v1/tokens", json={"scopes": ["write"]}, headers=narrow).json()
    assert made["scopes"] == ["write"]


@pytest.mark.usefixtures("open_doors")
def test_a_disabled_account_ends_at_once_everywhere(service: Served, browser: httpx.Client) -> None:
    admin = service.person("the admin", Role.ADMIN)
    name = service.person("karla", Role.SEARCHER)
    sign_in(browser, name, f"a pass phrase of {name}")
    assert browser.get("/api/v1/people/me").status_code == 200
    assert service.ask(admin, "POST", f"/people/{service.home.people[name].id}/disable").status_code == 200
    assert browser.get("/api/v1/people/me").status_code == 401
    assert service.ask(name, "GET", "/people/me").status_code == 401
    assert sign_in(browser, name, f"a pass phrase of {name}").status_code == 401


@pytest.mark.usefixtures("open_doors")
def test_a_changed_password_ends_the_other_sign_ins(service: Served, browser: httpx.Client) -> None:
    name = service.person("lena", Role.SEARCHER)
    sign_in(browser, name, f"a pass phrase of {name}")
    order = {"old": f"a pass phrase of {name}", "new": "another long pass phrase"}
    assert service.ask(name, "POST", "/people/me/password", json=order).status_code == 200
    assert browser.get("/api/v1/people/me").status_code == 401


def test_headers_from_outside_name_nobody(service: Served) -> None:
    for header in ("X-Forwarded-User", "Remote-User", "X-Remote-User", "X-Forwarded-For"):
        assert service.client.get("/api/v1/people/me", headers={header: "keeper"}).status_code == 401


def test_roles_that_exclude_one_another_are_refused(service: Served) -> None:
    guard = service.person("the guard", Role.SECURITY)
    person = service.home.people[service.person("mara", Role.SEARCHER)]
    order = {"roles": ["admin", "officer"], "clearance": "internal"}
    clash = service.ask(guard, "PUT", f"/people/{person.id}/authority", json=order)
    assert (clash.status_code, clash.json()["code"]) == (422, "roles_clash")
    own = service.home.people[guard].id
    alone = service.ask(guard, "PUT", f"/people/{own}/authority", json={"roles": ["security"], "clearance": "secret"})
    assert alone.status_code == 409


def test_many_sign_ins_at_once_take_the_memory_of_a_few() -> None:
    """Each hash takes 46 MiB (A21); the doors may be many."""
    hashed_at_once, most, lock = 0, 0, threading.Lock()

    def slow(hashed: str, password: str) -> bool:
        nonlocal hashed_at_once, most
        with lock:
            hashed_at_once += 1
            most = max(most, hashed_at_once)
        time.sleep(0.02)
        with lock:
            hashed_at_once -= 1
        return hashed == password

    with mock.patch("archive.people.HASHER", SimpleNamespace(verify=slow)), ThreadPoolExecutor(32) as doors:
        assert not any(doors.map(lambda n: password_fits("right", f"wrong {n}"), range(64)))
    assert 1 < most <= 4
