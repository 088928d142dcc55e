"""The register of customers is kept right: check digits, no second one unawares, wrong numbers taken back."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest

from archive.rights import Role
from tests.integration.api.served import Served

ID_NO: Final = "110105194912310038"
OTHER_ID: Final = "440304199001012340"
USCC: Final = "91440101MA59TC8X07"


@pytest.fixture(scope="module")
def keeper(service: Served) -> str:
    service.person("clerk", Role.SCANNER)
    return service.person("keeper", Role.OFFICER, department="records", level="secret")


def register(service: Served, name: str, kind: str = "person", **more: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return service.ask("keeper", "POST", "/customers", json={"kind": kind, "name": name, **more})


def number(type_: str, value: str) -> dict[str, Any]:
    return {"identifiers": [{"type": type_, "value": value}]}


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("id_no", "110105194912310039"), ("id_no", "110105194913310038"), ("id_no", "1101051949123100"),
        ("uscc", "91440101MA59TC8X08"), ("uscc", "91440101MA59TC8X0"), ("uscc", "123456789012346"),
    ],
)  # fmt: skip
def test_a_number_with_a_wrong_check_digit_is_refused(service: Served, keeper: str, type_: str, value: str) -> None:
    before = len(service.ask(keeper, "GET", "/customers?size=500").json()["items"])
    answer = register(service, "校验错", **number(type_, value))
    assert (answer.status_code, answer.json()["code"]) == (422, "number_wrong")
    assert answer.json()["errors"] == [{"field": type_, "code": "check_digit"}]
    assert len(service.ask(keeper, "GET", "/customers?size=500").json()["items"]) == before


def test_a_number_of_the_first_generation_is_kept_in_its_eighteen_characters(service: Served, keeper: str) -> None:
    made = register(service, "老证客户", **number("id_no", "110105 491231 003")).json()
    held = service.ask(keeper, "GET", f"/customers/{made['id']}/identifiers").json()["items"]
    assert [(one["type"], one["value"]) for one in held] == [("id_no", ID_NO)]


def test_a_second_one_of_the_same_name_or_number_is_not_made_unawares(service: Served, keeper: str) -> None:
    first = register(service, "重名 客户", **number("id_no", OTHER_ID)).json()
    again = register(service, "重名客户")
    assert (again.status_code, again.json()["code"]) == (409, "name_exists")
    assert [one["number"] for one in again.json()["existing"]] == [first["number"]]
    assert register(service, "重名客户", another=True).status_code == 201
    same = register(service, "另一位", **number("id_no", OTHER_ID))
    assert (same.status_code, same.json()["code"]) == (409, "identifier_taken")
    assert [one["id"] for one in same.json()["existing"]] == [first["id"]]
    assert service.ask(keeper, "GET", "/customers?q=另一位").json()["items"] == []


def test_a_wrong_number_is_taken_back_and_stays_readable(service: Served, keeper: str) -> None:
    made = register(service, "号码录错的公司", "company", **number("uscc", USCC)).json()
    path = f"/customers/{made['id']}/identifiers"
    wrong = service.ask(keeper, "GET", path).json()["items"][0]
    back = f"{path}/{wrong['id']}/take-back"
    assert service.ask(keeper, "POST", back, json={"reason": ""}).status_code == 422
    bad = service.ask(keeper, "POST", back, json={"reason": "录入笔误", "instead": "91440101MA59TC8X1B"})
    assert bad.json()["code"] == "number_wrong"
    assert [one["taken_back"] for one in service.ask(keeper, "GET", path).json()["items"]] == [None]
    right = {"reason": "录入笔误", "instead": "91440101MA59TC8X1A"}
    assert service.ask(keeper, "POST", back, json=right).status_code == 200
    held, former = service.ask(keeper, "GET", path).json()["items"]
    assert (held["value"], held["taken_back"]) == ("91440101MA59TC8X1A", None)
    assert (former["value"], former["taken_back"]["by"], former["taken_back"]["reason"]) == (USCC, "keeper", "录入笔误")
    assert service.ask(keeper, "GET", f"/customers?q={USCC}").json()["items"] == []
    assert register(service, "号码的真主人", "company", **number("uscc", USCC)).status_code == 201


def test_only_officers_see_and_change_numbers(service: Served, keeper: str) -> None:
    made = register(service, "只由档案员维护").json()["id"]
    nobody = f"/customers/{made}/identifiers/{made}/take-back"
    assert service.ask("clerk", "GET", f"/customers/{made}/identifiers").status_code == 403
    assert service.ask("clerk", "POST", nobody, json={"reason": "x"}).status_code == 403
    assert service.ask(keeper, "POST", nobody, json={"reason": "x"}).status_code == 404
