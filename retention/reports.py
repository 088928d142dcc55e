"""The appraisal report (鉴定报告): printed, sealed and laid down for good once an appraisal is finished (R11).

Its digest stands in the log, so that another print cannot take its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import CERTIFIER, Act, record
from archive.base import now
from archive.errors import Conflict, Unavailable
from archive.evidence import laid_down, lay_down
from archive.house import House
from archive.people import Person
from retention.appraisals import ReportLine, report, report_no, the_appraisal
from retention.disposal import Appraisal, AppraisalReport
from retention.evidence import printed
from retention.prints import report_form


def store_report(house: House, appraisal_id: str) -> None:
    """Print a finished appraisal's report and lay it down under a lock. Repeatable."""
    with house.database.reading() as session:
        if session.get(AppraisalReport, appraisal_id) is not None:
            return
        appraisal = session.get_one(Appraisal, appraisal_id)
        lines = report(session, appraisal)
        form = report_form(appraisal, lines, _names(session, appraisal, lines))
    pdf = printed(house, form)
    lay_down(house, report_key(appraisal_id), pdf)
    with house.database.transaction() as session:
        if session.get(AppraisalReport, appraisal_id) is None:
            digest = sha256(pdf).hexdigest()
            session.add(AppraisalReport(appraisal_id=appraisal_id, sha256=digest, stored_at=now()))
            told = {"report_no": report_no(appraisal), "sha256": digest}
            record(session, CERTIFIER, Act.APPRAISAL_REPORTED, appraisal_id, detail=told)


def _names(session: Session, appraisal: Appraisal, lines: list[ReportLine]) -> dict[str, str]:
    """People's names by their ids."""
    people = {appraisal.opened_by, appraisal.finished_by, *(line.item.decided_by for line in lines)} - {None}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    return {row.id: row.name for row in rows}


def report_key(appraisal_id: str) -> str:
    """Where a report lies in the evidence bucket."""
    return f"appraisals/{appraisal_id}/report.pdf"


def stored_report(session: Session, house: House, actor: Actor, appraisal_id: str) -> tuple[str, Iterator[bytes]]:
    """A report's number and its PDF as laid down. Conflict before the appraisal's end, Unavailable for moments."""
    appraisal = the_appraisal(session, actor, appraisal_id)
    if appraisal.finished_at is None:
        raise Conflict("The appraisal is not finished yet; its report is made then.", code="not_finished")
    if session.get(AppraisalReport, appraisal_id) is None:
        raise Unavailable("The report is being printed. Try again in a few seconds.", code="being_printed")
    return report_no(appraisal), laid_down(house, report_key(appraisal_id))
