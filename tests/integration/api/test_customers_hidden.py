"""Whose customers a person is told of (reliability.md §5 P01, P02; invariants 5 and 6; docs/decisions/0007)."""

from __future__ import annotations

from typing import Any

import pytest

from archive.base import new_id
from archive.rights import Role
from tests.integration.api.served import Served

ID_NO, USCC, PHONE, OLD_NO = "11010519491231002X", "91350100M000100Y43", "13900001111", "K-0007"


@pytest.fixture(scope="module")
def customers(service: Served) -> dict[str, dict[str, Any]]:
    """One with a folder of sales, one with a folder of finance, one with none, one with a secret folder of sales."""
    service.person("clerk", Role.SCANNER)
    service.person("searcher", Role.SEARCHER)
    service.person("keeper", Role.OFFICER, department="records", level="secret")
    made = {
        "ours": customer(service, "青山茶业有限公司"),
        "theirs": customer(service, "青山矿业有限公司", uscc=USCC),
        "nobody's": customer(service, "李青山", "person", id_no=ID_NO, phone=PHONE, customer_no=OLD_NO),
        "secret": customer(service, "青山密件有限公司"),
    }
    for name, department, level in (
        ("ours", "sales", "internal"), ("theirs", "finance", "internal"), ("secret", "sales", "secret")
    ):  # fmt: skip
        order = {"customer_id": made[name]["id"], "title": "matter", "department": department}
        order |= {"retention_class": "CT-GEN", "confidentiality": level}
        assert service.ask("keeper", "POST", "/folders", json=order).status_code == 201
    return made


def customer(service: Served, name: str, kind: str = "company", **numbers: str) -> dict[str, Any]:
    identifiers = [{"type": type_, "value": value} for type_, value in numbers.items()]
    given = {"kind": kind, "name": name, "identifiers": identifiers}
    made = service.ask("keeper", "POST", "/customers", json=given)
    assert made.status_code == 201, made.text
    return {**made.json(), "name": name}


def found(service: Served, who: str, q: str = "", **more: object) -> list[str]:
    answer = service.ask(who, "GET", "/customers", params={"q": q, **more})
    assert answer.status_code == 200
    return [each["name"] for each in answer.json()["items"]]


@pytest.mark.parametrize("q", ["", "青山", "青", "山", "有限公司", "C", "00"])
def test_a_clerk_lists_whose_folder_or_paper_is_in_sight(
    service: Served, customers: dict[str, dict[str, Any]], q: str
) -> None:
    names = found(service, "clerk", q, size=500)
    assert set(names) <= {"青山茶业有限公司"}
    assert ("青山茶业有限公司" in names) is (q not in {"C", "00"} or customers["ours"]["number"].startswith(q))


def test_a_list_of_one_at_a_time_has_no_more_pages_for_the_unseen(
    service: Served, customers: dict[str, dict[str, Any]]
) -> None:
    assert customers
    answer = service.ask("clerk", "GET", "/customers", params={"q": "青山", "size": 1}).json()
    assert answer["cursor"] == ""


@pytest.mark.parametrize("q", ["李青山", "李 青 山", ID_NO, "110105 19491231 002x"])
def test_a_clerk_finds_who_bears_the_full_name_or_number(
    service: Served, customers: dict[str, dict[str, Any]], q: str
) -> None:
    assert customers
    assert found(service, "clerk", q) == ["李青山"]


@pytest.mark.parametrize("q", ["李青", "青山矿业", ID_NO[:-1], PHONE, OLD_NO, "K0007", "%", "_", "李青_"])
def test_a_part_or_a_number_that_can_be_counted_through_finds_nobody_new(
    service: Served, customers: dict[str, dict[str, Any]], q: str
) -> None:
    assert set(found(service, "clerk", q)) <= {customers["ours"]["name"]}
    for name in ("theirs", "nobody's", "secret"):
        assert found(service, "clerk", customers[name]["number"]) == []


def test_an_unseen_customer_answers_as_an_absent_one(service: Served, customers: dict[str, dict[str, Any]]) -> None:
    for name, status in (("ours", 200), ("theirs", 404), ("nobody's", 404), ("secret", 404)):
        assert service.ask("clerk", "GET", f"/customers/{customers[name]['id']}").status_code == status
        assert service.ask("keeper", "GET", f"/customers/{customers[name]['id']}").status_code == 200


def test_a_customer_found_by_full_name_can_be_given_to_ones_own_paper(
    service: Served, customers: dict[str, dict[str, Any]]
) -> None:
    paper = service.paper("致：李青山", folder=service.folder(), number=901, who="clerk")
    assert paper
    loose = service.upload("clerk", b"\x89PNG\r\n\x1a\nloose" * 40).json()["id"]
    service.read(loose, "致：李青山")
    given = {"customer_id": customers["nobody's"]["id"], "fields": {"name": "李青山"}}
    answer = service.ask("clerk", "PATCH", f"/documents/{loose}", json=given, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["customer"]["name"]) == (200, "李青山")
    assert "李青山" in found(service, "clerk")


@pytest.mark.parametrize("name", ["theirs", "secret"])
def test_an_unseen_customer_can_be_given_to_no_paper_that_does_not_name_them(
    service: Served, customers: dict[str, dict[str, Any]], name: str
) -> None:
    loose = service.upload("clerk", b"\x89PNG\r\n\x1a\nbare" * len(name)).json()["id"]
    service.read(loose, "没有名字的纸")
    given, as_is = {"customer_id": customers[name]["id"], "fields": {"party_a": "青山"}}, {"If-Match": "*"}
    unseen = service.ask("clerk", "PATCH", f"/documents/{loose}", json=given, headers=as_is)
    absent = service.ask("clerk", "PATCH", f"/documents/{loose}", json={"customer_id": new_id()}, headers=as_is)
    assert [each.json()["code"] for each in (unseen, absent)] == ["not_found", "not_found"]
    sent = service.upload("clerk", b"\x89PNG\r\n\x1a\nsent" * len(name), customer_id=customers[name]["id"])
    assert (sent.status_code, sent.json()["code"]) == (404, "not_found")


def test_officers_find_all_and_searchers_have_no_list(service: Served, customers: dict[str, dict[str, Any]]) -> None:
    assert {each["name"] for each in customers.values()} <= set(found(service, "keeper", "青山", size=500))
    assert service.ask("searcher", "GET", "/customers").status_code == 403
    assert service.ask("searcher", "GET", f"/customers/{customers['ours']['id']}").status_code == 403


def test_every_look_up_is_in_the_log_with_its_words_sealed(service: Served) -> None:
    auditor, asker = service.person("auditor", Role.AUDITOR), service.home.people["clerk"].id
    path = f"/audit?action=search.run&actor={asker}&size=500"
    before = len(service.ask(auditor, "GET", path).json()["entries"])
    found(service, "clerk", "从未有过的名字")
    found(service, "clerk")
    assert len(service.ask(auditor, "GET", path).json()["entries"]) == before + 1
