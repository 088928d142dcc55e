"""Four-property checks (四性检测): what a month's looks found, as data, print and workbook; looks asked for by hand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from archive.access import Actor
from archive.properties import SCHEME, Phase, Verdict
from archive.property_checks import PropertyCheck, ask_for_folder, checks_of
from archive.readable import the_document, the_folder
from archive.rights import Right
from retention.evidence import printed
from service.edge import Needs, OneTransaction, Reading, TheHouse, scope_of
from service.property_report import form, outcomes, report_of, sheets, verdicts
from service.shapes import UUID, In, Items
from service.sheets import MEDIA_TYPES, workbook
from service.streams import disposition
from service.views import moment
from service.web.language import Language

router = APIRouter(tags=["property checks"])
Witness = Annotated[Actor, Needs(Right.PROOFS)]
AMonth = Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}$")]
InLanguage = Annotated[Language, Query(alias="language")]
AnId = Annotated[str, Path(pattern=UUID)]


class Asked(In):
    """At which occasion a folder is looked at: before a handover, or out of turn."""

    phase: Literal["transfer", "schedule"]


@router.get("/property-checks")
def get_property_checks(actor: Witness, house: TheHouse, session: Reading, month: AMonth) -> dict[str, Any]:
    """A month's looks: outcomes by phase, verdicts by item, and faults of documents that the person may see."""
    report = report_of(session, actor, scope_of(session, actor), month, house.settings.zone)
    return {
        "month": month,
        "scheme": SCHEME,
        "outcomes": [
            {"phase": phase.value, "outcome": ended.value, "count": count} for phase, ended, count in outcomes(report)
        ],
        "items": [
            {"code": item.code, "dimension": item.dimension.value, "veto": item.veto}
            | {verdict.value: count for verdict, count in counted.items()}
            for item, counted in verdicts(report)
        ],
        "scanners": [{"scanner": name, "count": count} for name, count in report.counts.scanners.items()],
        "faults": [_look(check) | {"archival_code": document.archival_code} for check, document in report.failed],
    }


@router.get("/property-checks.pdf")
def get_print(
    actor: Witness, house: TheHouse, session: Reading, month: AMonth, language: InLanguage = "zh"
) -> Response:
    """The report of a month as it is printed, under the installation's seal."""
    report = report_of(session, actor, scope_of(session, actor), month, house.settings.zone)
    headers = {"Content-Disposition": disposition("attachment", f"four-properties-{month}.pdf")}
    return Response(printed(house, form(report, language)), media_type="application/pdf", headers=headers)


@router.get("/property-checks.xlsx")
def get_workbook(
    actor: Witness, house: TheHouse, session: Reading, month: AMonth, language: InLanguage = "zh"
) -> Response:
    """The same as a workbook of three sheets: outcomes, items, faults."""
    report = report_of(session, actor, scope_of(session, actor), month, house.settings.zone)
    headers = {"Content-Disposition": disposition("attachment", f"four-properties-{month}.xlsx")}
    return Response(workbook(sheets(report, language)), media_type=MEDIA_TYPES["xlsx"], headers=headers)


@router.get("/documents/{document_id}/property-checks")
def get_document_checks(document_id: AnId, actor: Annotated[Actor, Needs(Right.READ)], session: Reading) -> Items:
    """Every look at one document, newest first, with the verdict on each item."""
    document = the_document(session, scope_of(session, actor), document_id)
    return Items(items=[_look(check) for check in checks_of(session, document)])


@router.post("/folders/{folder_id}/property-checks", status_code=202)
def post_folder_checks(
    folder_id: AnId, asked: Asked, actor: Annotated[Actor, Needs(Right.RECORDS)], session: OneTransaction
) -> dict[str, int]:
    """Have every document of a folder looked at, such as before a handover; how many will be."""
    scope = scope_of(session, actor)
    folder = the_folder(session, scope, folder_id)
    return {"asked": ask_for_folder(session, scope, folder.id, Phase(asked.phase))}


def _look(check: PropertyCheck) -> dict[str, Any]:
    return {
        "document_id": check.document_id, "at": moment(check.at), "phase": check.phase, "scheme": check.scheme,
        "outcome": check.outcome, "scanner": check.scanner,
        "results": [{"code": code, "verdict": verdict, "reason": reason} for code, verdict, reason in check.results],
        "failed": [code for code, verdict, _ in check.results if verdict == Verdict.FAILED],
    }  # fmt: skip
