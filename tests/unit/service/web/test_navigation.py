"""The left column is made from the table of rights."""

from __future__ import annotations

import pytest

from archive.access import Actor
from archive.rights import Confidentiality, Role
from service.web.navigation import lines

DAY = ["inbox", "capture", "search", "review", "customers", "records", "log", "settings", "care", "health"]


def person(*roles: Role) -> Actor:
    return Actor("id", "name", frozenset(roles), "department", Confidentiality.INTERNAL)


@pytest.mark.parametrize(
    ("roles", "places"),
    [
        ([Role.SCANNER], ["inbox", "capture", "search", "review", "log"]),
        ([Role.SEARCHER], ["inbox", "search", "log"]),
        ([Role.OFFICER], ["inbox", "capture", "search", "review", "customers", "records", "log"]),
        ([Role.APPROVER], ["inbox", "search", "records", "log"]),
        ([Role.AUDITOR], ["inbox", "records", "log", "care"]),
        ([Role.SECURITY], ["inbox", "log", "settings"]),
        ([Role.ADMIN], ["inbox", "log", "settings", "health"]),
        ([Role.BACKUP], ["inbox", "log", "care", "health"]),
        ([], []),
    ],
)
def test_each_role_sees_what_it_needs_in_the_order_of_its_day(roles: list[Role], places: list[str]) -> None:
    assert [line.key for line in lines(person(*roles), "/inbox", {})] == places


def test_several_roles_add_up_in_the_same_order() -> None:
    keys = [line.key for line in lines(person(Role.APPROVER, Role.SCANNER), "/inbox", {})]
    assert keys == [key for key in DAY if key in keys]


def test_the_present_place_and_what_waits_are_marked() -> None:
    found = {line.key: line for line in lines(person(Role.OFFICER), "/destruction/1", {"review": 3})}
    assert found["records"].here
    assert not found["inbox"].here
    assert found["review"].count == 3
