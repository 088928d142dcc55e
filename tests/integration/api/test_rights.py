"""The table of rights over all routes, made from `archive.rights.RIGHTS` and the route table itself."""

from __future__ import annotations

import re
import uuid
from functools import cache
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import APIRouter, FastAPI

from archive.house import House
from archive.rights import RIGHTS, Right, Role
from archive.settings import Settings
from indexes.port import SearchEngine
from service.app import create_app
from service.routes import Named, UnnamedRoutes, check_named, named_routes
from tests.integration.api.served import Served


@cache
def routes() -> list[Named]:
    """The route table of the application; nothing of the installation is asked for it."""
    house = cast("House", SimpleNamespace(settings=Settings()))
    return list(named_routes(create_app(house, cast("SearchEngine", None))))


GUARDED = [route for route in routes() if not route.is_open]
READING = {"/api/v1/search", "/api/v1/search/export", "/api/v1/searches/{search_id}/run"}
"""Questions that are asked in a body."""

CASES = [(method, route) for route in GUARDED for method in sorted(route.methods)]


def address(route: Named) -> str:
    filled = re.sub(r"\{number\}", "1", route.path)
    return re.sub(r"\{[^}]*\}", str(uuid.uuid4()), filled)


def name_of(case: object) -> str:
    return f"{case.path}" if isinstance(case, Named) else str(case)


def test_every_route_names_a_right_or_is_open() -> None:
    assert len(GUARDED) > 60
    assert all(route.rights for route in GUARDED)
    assert {route.path for route in routes() if route.is_open} <= {
        "/healthz", "/readyz", "/api/v1/openapi.json", "/", "/sign-in", "/set-up", "/language/{language}",
    }  # fmt: skip


def test_a_route_without_a_right_stops_the_start() -> None:
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/forgotten", lambda: "")
    app.include_router(router)
    with pytest.raises(UnnamedRoutes, match="/forgotten"):
        check_named(app)


@pytest.mark.parametrize(("method", "route"), CASES, ids=name_of)
def test_who_lacks_the_right_is_refused_and_who_has_it_is_not(service: Served, method: str, route: Named) -> None:
    for role in Role:
        service.person(f"only {role}", role)
        lacks = not route.rights & RIGHTS[role]
        if not lacks and not route.path.startswith("/api/") and method != "GET":
            continue  # a form without its fields may do something; the pages' own tests send real ones
        answer = service.client.request(
            method, address(route), headers={"Authorization": f"Bearer {service.tokens[f'only {role}']}"}
        )
        refused = answer.status_code == 403 and answer.json()["code"] == "forbidden"
        assert refused is lacks, (role, answer.status_code, answer.text[:200])
        assert answer.status_code != 500, answer.text


@pytest.mark.parametrize(("method", "route"), CASES, ids=name_of)
def test_nobody_gets_in_without_signing_in(service: Served, method: str, route: Named) -> None:
    bare = service.client.request(method, address(route))
    forged = service.client.request(method, address(route), headers={"Authorization": "Bearer aj_forged"})
    assert (bare.status_code, forged.status_code) == (401, 401)
    assert forged.json()["code"] == "unauthorised"


@pytest.mark.parametrize(("method", "route"), [case for case in CASES if case[0] != "GET"], ids=name_of)
def test_a_token_that_reads_does_not_write(service: Served, method: str, route: Named) -> None:
    role = next(role for role in Role if route.rights & RIGHTS[role])
    actor = service.home.person(service.person(f"only {role}", role), role)
    token = service.token(actor.id, "read")
    answer = service.client.request(method, address(route), headers={"Authorization": f"Bearer {token}"})
    if route.path in READING:
        assert answer.status_code == 422
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_the_table_gives_officers_reading_everywhere_and_auditors_none() -> None:
    assert Right.READ in RIGHTS[Role.OFFICER]
    assert not {Right.READ, Right.CAPTURE} & RIGHTS[Role.AUDITOR]
