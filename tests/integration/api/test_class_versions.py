"""What an approver approves is the version that they had before them (reliability.md §5 Q18; records-rules R02)."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from archive.rights import Role
from tests.integration.api.served import Served

TERMS = {
    "title": "own class", "period_years": 5, "events": ["made"], "start_rule": "event_date", "action": "destroy",
    "basis": "resolution 1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def people(service: Served) -> None:
    service.person("keeper", Role.OFFICER, Role.APPROVER)
    service.person("other keeper", Role.OFFICER)
    service.person("approver", Role.APPROVER)


def propose(service: Served, code: str, who: str = "keeper", **changed: object) -> int:
    answer = service.ask(who, "POST", "/retention-classes", json={"code": code, **TERMS, **changed})
    assert answer.status_code == 201, answer.text
    version: int = answer.json()["version"]
    return version


def approve(service: Served, **given: Any) -> httpx.Response:  # noqa: ANN401 - a body
    return service.ask("approver", "POST", "/retention-classes/approve", json=given)


def standing(service: Served, code: str) -> dict[int, str]:
    listed = service.ask("approver", "GET", "/retention-classes").json()["items"]
    return {row["version"]: row["status"] for row in listed if row["code"] == code}


def test_a_version_proposed_after_the_look_is_not_approved_unseen(service: Served) -> None:
    seen = propose(service, "VER-A")
    other = propose(service, "VER-B")
    later = propose(service, "VER-A", period_years=1)
    answer = approve(service, codes=["VER-A", "VER-B"], versions={"VER-A": seen, "VER-B": other})
    assert (answer.status_code, answer.json()["code"], answer.json()["codes"]) == (409, "class_stale", ["VER-A"])
    assert standing(service, "VER-B") == {other: "proposed"}
    assert approve(service, codes=["VER-A", "VER-B"], versions={"VER-A": later}).status_code == 200
    assert standing(service, "VER-A") == {later: "approved"}


def test_codes_alone_still_approve(service: Served) -> None:
    version = propose(service, "VER-C")
    assert approve(service, codes=["VER-C"]).json()["items"][0]["version"] == version


@pytest.mark.parametrize("versions", [{"VER-X": 1}, {"VER-D": 0}, {"VER-D": "1"}, {"VER-D": None}, [1], "1"])
def test_versions_that_name_nothing_are_refused(service: Served, versions: object) -> None:
    propose(service, "VER-D")
    assert approve(service, codes=["VER-D"], versions=versions).status_code == 422
    assert "approved" not in standing(service, "VER-D").values()


def ticks(service: Served, who: str, code: str) -> list[str]:
    """What the page offers to approve of a code."""
    headers = {"Authorization": f"Bearer {service.tokens[who]}", "Accept": "text/html"}
    page = service.client.get("/classes", headers=headers).text
    return re.findall(rf'name="codes" value="({code}[^"]*)"', page)


def test_the_page_names_the_version_and_offers_the_newest_of_another(service: Served) -> None:
    propose(service, "VER-E", "other keeper")
    mine = propose(service, "VER-E")
    assert ticks(service, "approver", "VER-E") == [f"VER-E:{mine}"]
    assert ticks(service, "keeper", "VER-E") == []
    newest = propose(service, "VER-E", "other keeper")
    assert ticks(service, "keeper", "VER-E") == [f"VER-E:{newest}"]


@pytest.mark.parametrize(("sent", "status"), [("VER-F:{version}", 303), ("VER-F:{stale}", 409), ("VER-F", 422)])
def test_the_page_approves_what_was_ticked(service: Served, sent: str, status: int) -> None:
    stale, version = propose(service, "VER-F"), propose(service, "VER-F")
    headers = {"Authorization": f"Bearer {service.tokens['approver']}", "Accept": "text/html"}
    form = {"codes": sent.format(version=version, stale=stale)}
    assert service.client.post("/classes/approve", data=form, headers=headers).status_code == status
    assert (standing(service, "VER-F").get(version) == "approved") is (status == 303)
