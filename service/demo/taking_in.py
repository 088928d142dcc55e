"""First act: a retention class, customers and their folders, and scans that are read and filed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.demo.client import Answer, Client
from service.demo.papers import (
    CITIZEN,
    CITIZEN_NUMBER,
    CONTRACT,
    IDENTITY_CARD,
    INVOICE,
    LICENCE,
    TENANT,
    TENANT_CODE,
    WORKSHOP,
    WORKSHOP_CODE,
    Paper,
)
from service.demo.stage import Stage

CLASS: Final = "DEMO-5"
_WAITING: Final = ("received", "reading")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Ids of what the walk goes on with."""

    folder: str
    contract: str
    licence: str
    identity_card: str


def take_in(stage: Stage) -> TakenIn:
    """From an empty archive to four papers that were read and filed."""
    _class(stage)
    tenant = _customer(stage, "company", TENANT, "uscc", TENANT_CODE)
    workshop = _customer(stage, "company", WORKSHOP, "uscc", WORKSHOP_CODE)
    citizen = _customer(stage, "person", CITIZEN, "id_no", CITIZEN_NUMBER)
    folder = _folder(stage, tenant)
    contract = _upload(stage, CONTRACT, folder_id=folder, document_type=CONTRACT.document_type)
    loose = {paper.name: _upload(stage, paper) for paper in (LICENCE, IDENTITY_CARD, INVOICE)}
    _contract_read(stage, contract, folder)
    _filed_alone(stage, LICENCE, loose[LICENCE.name], workshop)
    _filed_alone(stage, IDENTITY_CARD, loose[IDENTITY_CARD.name], citizen)
    _filed_alone(stage, INVOICE, loose[INVOICE.name], workshop)
    return TakenIn(folder, contract, loose[LICENCE.name], loose[IDENTITY_CARD.name])


def _class(stage: Stage) -> None:
    stage.story.chapter("一、定规矩，收进来", "1. Rules first, then papers")
    proposed = stage.by("officer").post(
        "/retention-classes",
        {
            "code": CLASS, "title": "租赁合同（演示）", "period_years": 5, "events": ["contract_performed"],
            "counts": "last", "start_rule": "next_year_01_01", "action": "destroy", "basis": "演示用",
            "level": "document",
        },
    )  # fmt: skip
    stage.answered(
        "档案员提出一个五年的保管类别", "The records officer proposes a retention class of five years", proposed, 201
    )
    own = stage.by("officer").post("/retention-classes/approve", {"codes": [CLASS]})
    stage.answered(
        "提出的人自己不能批准，虽然他也是审批人", "Who proposed it cannot approve it, though an approver too", own, 403
    )
    other = stage.by("approver").post("/retention-classes/approve", {"codes": [CLASS]})
    stage.answered("另一位审批人批准", "Another approver approves it", other)


def _customer(stage: Stage, kind: str, name: str, number_type: str, number: str) -> str:
    identifiers = [{"type": number_type, "value": number}]
    made = stage.by("officer").post("/customers", {"kind": kind, "name": name, "identifiers": identifiers})
    return str(stage.answered(f"登记客户 {name}", f"The customer {name} is registered", made, 201)["id"])


def _folder(stage: Stage, customer: str) -> str:
    made = stage.by("officer").post(
        "/folders",
        {
            "customer_id": customer, "title": "临江路18号租赁", "department": "sales", "retention_class": CLASS,
            "confidentiality": "internal",
        },
    )  # fmt: skip
    stage.answered("为其租赁一事立卷", "A folder is opened for the tenant's matter", made, 201)
    return str(made["id"])


def _upload(stage: Stage, paper: Paper, **form: str) -> str:
    answer = stage.by("clerk").upload(paper.name, paper.drawn(), **form)
    stage.answered(f"收件员交来扫描件《{paper.name}》", f"The clerk puts in the scan «{paper.name}»", answer, 202)
    return str(answer["id"])


def read_document(reader: Client, document: str) -> Answer:
    """The document, once it is neither received nor being read."""
    return reader.until(f"/documents/{document}", lambda seen: seen.status == 200 and seen["state"] not in _WAITING)  # noqa: PLR2004 - OK


def _contract_read(stage: Stage, document: str, folder: str) -> None:
    seen = read_document(stage.by("officer"), document)
    placed = seen["state"] == "filed" and seen["folder"]["id"] == folder
    code = seen["archival_code"]
    stage.story.holds(
        f"合同读毕，入卷，档号 {code}", f"The contract was read and filed, code {code}", placed, seen.body
    )
    text = stage.by("officer").get(f"/documents/{document}/pages/1/text")
    read = CONTRACT.phrase in text.body.decode()
    stage.story.holds("图像里的字逐页可读", "The words in the image can be read page by page", read, text.body)
    fields = {name: field["value"] for name, field in seen["fields"].items()}
    right = fields.get("party_b") == TENANT and fields.get("signed") == "2014-02-20"
    stage.story.holds(
        f"字段已提取：乙方 {TENANT}，签订 2014-02-20",
        f"Fields were taken out: party B {TENANT}, signed 2014-02-20",
        right,
        fields,
    )
    retention = seen["retention"]
    waits = retention["class"] == CLASS and retention["due_date"] is None
    stage.story.holds("没有起算事件就没有到期日", "Without a trigger event nothing is due", waits, retention)


def _filed_alone(stage: Stage, paper: Paper, document: str, customer: str) -> None:
    seen = read_document(stage.by("officer"), document)
    known = seen["state"] == "filed" and seen["document_type"]["code"] == paper.document_type
    known = known and (seen["customer"] or {}).get("id") == customer
    name = seen["customer"]["name"] if seen["customer"] else ""
    stage.story.holds(
        f"《{paper.name}》没有人指点：自行认出类型与客户 {name} 并归卷",
        f"«{paper.name}» found its type, its customer {name} and its folder by itself", known, seen.body,
    )  # fmt: skip
