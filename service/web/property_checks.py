"""四性检测: a month's looks at documents, item by item, with what was found, to print or to take as a workbook."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from archive.access import Actor
from archive.base import today
from archive.rights import Right
from service.edge import Needs, Reading, TheHouse, scope_of
from service.property_report import faults, outcomes, report_of, scanned_by, verdicts
from service.web.answers import frame_of, show

router = APIRouter(prefix="/properties")


@router.get("")
def properties_page(
    request: Request, actor: Annotated[Actor, Needs(Right.PROOFS)], house: TheHouse, session: Reading,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:  # fmt: skip
    """The present month unless another is asked for."""
    language = frame_of(request).language
    month = month or f"{today(house.settings.zone):%Y-%m}"
    report = report_of(session, actor, scope_of(session, actor), month, house.settings.zone)
    failed = [(check, document, faults(check, language)) for check, document in report.failed]
    return show(
        request, "properties.html", month=month, outcomes=list(outcomes(report)), items=list(verdicts(report)),
        failed=failed, scanners=scanned_by(report, language), language=language,
    )  # fmt: skip
