"""A paper with another registered customer's number on it is not given away without a word."""

from __future__ import annotations

from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select

from archive.audit import Act, AuditEntry, detail_of
from archive.documents import Field, seal_field
from archive.rights import Role
from tests.houses import png
from tests.integration.api.served import Served

ID_NO: Final = "440304199001011110"


@pytest.fixture(scope="module")
def owner(service: Served) -> str:
    """The customer whose number it is; their folder's id is not asked for."""
    service.person("clerk", Role.SCANNER)
    service.person("keeper", Role.OFFICER, department="records", level="secret")
    given = {"kind": "person", "name": "号主", "identifiers": [{"type": "id_no", "value": ID_NO}]}
    return str(service.ask("keeper", "POST", "/customers", json=given).json()["id"])


def paper(service: Served, number: int) -> str:
    """A paper in review whose reading found the number."""
    document_id: str = service.upload("clerk", png(number) + b"number").json()["id"]
    service.read(document_id, "一份证明")
    key = service.home.house.vault.key(document_id)
    with service.home.house.database.transaction() as session:
        told = {"value": ID_NO, "box": None, "because": "pattern", "problem": ""}
        sealed = seal_field(key, "id_no", told)
        session.add(Field(document_id=document_id, name="id_no", confidence=0.9, page=1, sealed=sealed))
    return document_id


def patch(service: Served, document_id: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return service.ask("clerk", "PATCH", f"/documents/{document_id}", json=given, headers={"If-Match": "*"})


def test_it_is_refused_until_somebody_says_why(service: Served, owner: str) -> None:
    document_id, folder = paper(service, 9101), service.folder()
    refused = patch(service, document_id, folder_id=folder["id"], state="filed")
    assert (refused.status_code, refused.json()["code"]) == (409, "number_of_another")
    seen = service.ask("clerk", "GET", f"/documents/{document_id}").json()
    assert (seen["state"], seen["folder"]) == ("review", None)
    taken = patch(service, document_id, folder_id=folder["id"], state="filed", reason="代办人的证件")
    assert (taken.status_code, taken.json()["state"]) == (200, "filed")
    assert owner != taken.json()["customer"]["id"]
    assert told(service, document_id) == ("代办人的证件", "yes")
    assert patch(service, document_id, title="改一个题名").status_code == 200, "decided once, it is not asked again"


def told(service: Served, document_id: str) -> tuple[str, str]:
    """Reason and mark of the newest correction in the log."""
    key = service.home.house.vault.key(document_id)
    with service.home.house.database.reading() as session:
        asked = select(AuditEntry).where(AuditEntry.subject == document_id)
        asked = asked.where(AuditEntry.action == Act.DOCUMENT_CORRECTED.value).order_by(AuditEntry.at.desc())
        detail = detail_of(session, session.scalars(asked).first() or pytest.fail("no entry"), key) or {}
    return str(detail["reason"]), str(detail.get("against_number"))


def test_its_own_customer_takes_it_without_a_question(service: Served, owner: str) -> None:
    order = {"customer_id": owner, "title": "本人", "department": "sales", "retention_class": "CT-GEN"}
    folder = service.ask("keeper", "POST", "/folders", json=order | {"confidentiality": "internal"}).json()
    assert patch(service, paper(service, 9102), folder_id=folder["id"], state="filed").status_code == 200


def test_a_number_that_a_person_types_is_asked_about_too(service: Served, owner: str) -> None:
    assert owner
    document_id = service.paper("普通函件", folder=service.folder(), number=9103, who="clerk")
    refused = patch(service, document_id, fields={"id_no": ID_NO})
    assert (refused.status_code, refused.json()["code"]) == (409, "number_of_another")
