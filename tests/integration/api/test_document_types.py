"""An organisation's own document types: added, changed, retired; search and schedule know them (mission B3)."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select

from archive.audit import AuditEntry
from archive.base import new_id, now
from archive.documents import Document, State
from archive.rights import Role
from archive.type_models import LearnedTypes, reliability
from tests.houses import png
from tests.integration.api.served import Served

PERMIT: Final = {
    "zh": "装修许可证", "en": "Fitting-out permit", "titles": ["装修 许可证", "裝修許可證"], "words": ["装修押金"],
    "fields": ["name", "amount"], "retention_class": "LT-GEN",
}  # fmt: skip


@pytest.fixture(scope="module")
def types(service: Served) -> Served:
    service.person("keeper", Role.OFFICER, department="records", level="secret")
    service.person("clerk", Role.SCANNER)
    made = service.ask("keeper", "POST", "/document-types", json={"code": "fitting_permit", **PERMIT})
    assert (made.status_code, made.json()["version"]) == (201, 1), made.text
    assert made.json()["titles"] == ["装修许可证"], "as papers are compared: folded, each once"
    return service


def put(service: Served, version: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    body = {**PERMIT, **given}
    return service.ask("keeper", "PUT", "/document-types/fitting_permit", json=body, headers={"If-Match": version})


def test_a_clerk_may_not_add_types_and_sees_them_all(types: Served) -> None:
    refused = types.ask("clerk", "POST", "/document-types", json={"code": "mine", **PERMIT})
    assert refused.status_code == 403
    listed = {each["code"]: each for each in types.ask("clerk", "GET", "/document-types").json()["items"]}
    assert (listed["contract"]["shipped"], listed["fitting_permit"]["shipped"]) == (True, False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "Permit 1"}, "code"), ({"code": "permit", "zh": "合同"}, "zh"),
        ({"code": "permit", "en": "装修许可证"}, "en"),
        ({"code": "permit", "zh": "证", "titles": [], "words": []}, "titles"),
        ({"code": "permit", "zh": "证", "titles": ["证"]}, "titles"),
        ({"code": "permit", "zh": "证", "fields": ["party_a"]}, "fields"),
        ({"code": "permit", "zh": "证", "en": "P", "retention_class": "NO-SUCH"}, "retention_class"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_type_is_refused_with_the_field(types: Served, wrong: dict[str, Any], field: str) -> None:
    answer = types.ask("keeper", "POST", "/document-types", json={**PERMIT, **wrong})
    assert (answer.status_code, field in {each["field"] for each in answer.json()["errors"]}) == (422, True)


def test_a_code_is_taken_once_and_what_comes_with_anjuan_is_not_changed(types: Served) -> None:
    again = types.ask("keeper", "POST", "/document-types", json={"code": "fitting_permit", **PERMIT})
    assert (again.status_code, again.json()["code"]) == (409, "type_stale")
    body = PERMIT | {"zh": "契约", "en": "Deed"}
    shipped = types.ask("keeper", "PUT", "/document-types/contract", json=body, headers={"If-Match": "*"})
    assert (shipped.status_code, shipped.json()["code"]) == (409, "type_shipped")


def test_papers_of_it_are_found_by_its_name_and_kept_by_its_class(types: Served) -> None:
    document_id = types.upload("clerk", png(9301), document_type="fitting_permit").json()["id"]
    types.read(document_id, "请将本证张贴在户门外侧")
    seen = types.ask("clerk", "GET", f"/documents/{document_id}").json()
    assert (seen["document_type"]["code"], seen["retention"]["class"]) == ("fitting_permit", "LT-GEN")
    found = types.ask("keeper", "GET", "/search", params={"q": "文种:装修许可证"}).json()
    assert [hit["document_id"] for hit in found["hits"]] == [document_id]
    assert [(each["value"], each["count"]) for each in found["facets"]["type"]] == [("fitting_permit", 1)]


def test_a_change_is_a_version_and_a_stale_one_is_refused(types: Served) -> None:
    assert put(types, "").status_code == 428
    assert put(types, '"1"', words=["装修押金", "施工负责人"]).json()["version"] == 2
    assert put(types, '"1"').status_code == 412


def test_a_retired_type_is_given_no_more_and_kept_by_who_has_it(types: Served) -> None:
    document_id = types.upload("clerk", png(9302), document_type="fitting_permit").json()["id"]
    types.read(document_id, "第二份")
    away = types.ask("keeper", "POST", "/document-types/fitting_permit/retired", json={"retired": True})
    assert (away.status_code, away.json()["retired"]) == (200, True)
    assert types.upload("clerk", png(9303), document_type="fitting_permit").status_code == 422
    kept = {"title": "改题", "document_type": "fitting_permit"}
    patched = types.ask("clerk", "PATCH", f"/documents/{document_id}", json=kept, headers={"If-Match": "*"})
    assert (patched.status_code, patched.json()["document_type"]["code"]) == (200, "fitting_permit")
    back = types.ask("keeper", "POST", "/document-types/fitting_permit/retired", json={"retired": False})
    assert back.json()["retired"] is False
    other = types.ask("keeper", "POST", "/document-types/other/retired", json={"retired": True})
    assert (other.status_code, other.json()["code"]) == (409, "type_unmoved")
    with types.home.house.database.reading() as session:
        asked = select(AuditEntry.action).where(AuditEntry.subject == "fitting_permit").order_by(AuditEntry.at)
        acts = list(session.scalars(asked))
    assert acts[0] == "type.defined"
    assert acts[-2:] == ["type.retired", "type.restored"]


def test_the_reliability_table_counts_what_was_called_so_sure_and_what_it_was(types: Served) -> None:
    ids = [types.paper(f"第{number}份", folder=types.folder(), number=9310 + number) for number in range(3)]
    with types.home.house.database.transaction() as session:
        for document_id, (called, sure) in zip(
            ids, [("letter", 0.97), ("contract", 0.96), ("letter", 0.4)], strict=True
        ):
            row = session.get_one(Document, document_id)
            row.called_type, row.called_sure, row.state = called, sure, State.FILED.value
        bands = {band.least: (band.papers, band.right) for band in reliability(session)}
    assert (bands[0.95], bands[0.0], bands[0.8]) == ((2, 1), (1, 1), (0, 0))


def test_the_page_adds_a_type_and_opens_it_for_change(types: Served) -> None:
    headers = {"Authorization": f"Bearer {types.tokens['keeper']}", "Accept": "text/html"}
    form = {"code": "vehicle_pass", "zh": "车辆通行证", "en": "Vehicle pass", "titles": "车辆通行证\nvehicle pass"}
    sent = types.client.post("/types", data=form, headers=headers)
    assert (sent.status_code, sent.headers["location"]) == (303, "/types?told=type_saved")
    page = types.client.get("/types?code=vehicle_pass", headers=headers).text
    assert "车辆通行证\nvehiclepass</textarea>" in page
    assert 'readonly=""' in page
    assert 'readonly=""' not in types.client.get("/types", headers=headers).text
    retired = types.client.post("/types/vehicle_pass/retired", data={"retired": "yes"}, headers=headers)
    assert retired.headers["location"] == "/types?told=type_retired"


def test_learning_is_asked_for_and_taken_back_on_the_page(types: Served) -> None:
    headers = {"Authorization": f"Bearer {types.tokens['keeper']}", "Accept": "text/html"}
    asked = [types.client.post("/types/learn", headers=headers).headers["location"] for _ in range(2)]
    assert asked == ["/types?told=learning_asked", "/types?told=learning_waits"]
    with types.home.house.database.transaction() as session:
        numbers = dict.fromkeys(("corrections", "taught", "held_back", "right_before", "right_after"), 9)
        session.add(LearnedTypes(
            id=new_id(), state="in_use", made_at=now(), weights="{}", loss_before=0.2, loss_after=0.1, **numbers
        ))  # fmt: skip
    assert "/types/back" in types.client.get("/types", headers=headers).text
    assert types.client.post("/types/back", headers=headers).headers["location"] == "/types?told=model_back"
    nothing = types.client.post("/types/back", headers={**headers, "Accept": "application/json"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "no_older_model")
