"""Later looks, a day and a week after a destruction, at whether it is still gone (records-rules §8, recipe 6; R27).

Healing, a resync or a restore of a store can bring an object back. What came back is destroyed again; what was found is
signed, logged, laid into the evidence bucket beside the certificate, and shown with it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import DESTROYER, Act, record
from archive.base import now
from archive.errors import Conflict
from archive.evidence import lay_down
from archive.given_up import begin_again, given_up
from archive.house import House
from archive.jobs import Claim, Job, Kind, enqueue
from archive.rights import Right
from archive.signing import Purpose
from retention.bundle.make import signed_finding
from retention.disposal import DestructionBatch, DestructionTarget, Recheck
from retention.erasing import Unfinished
from retention.objects import erase_whatever, split
from retention.targets import OBJECTS, Hands, Purger, erase, is_elsewhere, verify
from retention.targets import Kind as TargetKind

DAYS: Final = (1, 7)
LOOKED_AT: Final = (TargetKind.INDEX, *OBJECTS, TargetKind.ROWS, TargetKind.SCRATCH, TargetKind.KEY)
"""Grants, jobs and the log may speak of the stub again; what was taken from the paper may not."""
PART: Final = 500


def plan_rechecks(session: Session, batch_id: str, at: datetime) -> None:
    """Queue the later looks, in the transaction in which the batch was executed."""
    for days in DAYS:
        later = at + timedelta(days=days)
        key = f"recheck:{batch_id}:{days}"
        enqueue(session, Kind.RECHECK_BATCH, batch_id, key=key, args={"days": days}, not_before=later)


def recheck(house: House, purger: Purger, claim: Claim) -> None:
    """Look at every target again. Unfinished while something that came back is still there; repeatable."""
    hands, days = Hands(house, purger, claim), int(claim.args["days"])
    with house.database.reading() as session:
        batch = session.get_one(DestructionBatch, claim.subject)
        done = session.get(Recheck, (claim.subject, days)) is not None
    if done or batch.certificate_no is None:
        return
    looked, returned, left = _look(hands, claim.subject)
    if left:
        raise Unfinished(f"{len(left)} targets came back and are still there: {left[0]}")
    body = _signed(house, batch, days, looked, returned)
    lay_down(house, f"certificates/{batch.certificate_no}/recheck-{days}.json", body)
    with hands.transaction() as session:
        session.add(Recheck(batch_id=batch.id, days=days, at=now(), body=body))
        told = {"certificate_no": batch.certificate_no, "days": days, "targets": looked, "returned": len(returned)}
        record(session, DESTROYER, Act.BATCH_RECHECKED, batch.id, detail=told)


def _look(hands: Hands, batch_id: str) -> tuple[int, list[str], list[str]]:
    """How many targets were looked at, which had come back and are gone again, and which are still there."""
    looked, returned, left, after = 0, list[str](), list[str](), ("", 0)
    sites = hands.house.sites()
    while part := _part(hands.house, batch_id, after):
        after = (part[-1].document_id, part[-1].ordinal)
        for target in part:
            if is_elsewhere(target) and target.site not in sites:
                continue
            looked += 1
            if not verify(hands, target):
                _again(hands, target)
                (returned if verify(hands, target) else left).append(_named(target))
    return looked, returned, left


def _part(house: House, batch_id: str, after: tuple[str, int]) -> list[DestructionTarget]:
    here = (DestructionTarget.document_id > after[0]) | (
        (DestructionTarget.document_id == after[0]) & (DestructionTarget.ordinal > after[1])
    )
    with house.database.reading() as session:
        rows = session.scalars(
            select(DestructionTarget)
            .where(DestructionTarget.batch_id == batch_id, DestructionTarget.kind.in_(LOOKED_AT), here)
            .order_by(DestructionTarget.document_id, DestructionTarget.ordinal)
            .limit(PART)
        ).all()
        session.expunge_all()
        return list(rows)


def _again(hands: Hands, target: DestructionTarget) -> None:
    """Rows that came back are a database that was set back: the replay at the start mends that, nothing here.

    An object that came back may bear another version than the one that was destroyed.
    """
    if target.kind in {TargetKind.ORIGINAL, TargetKind.RENDITION}:
        bucket, key = split(target.target)
        erase_whatever(hands.house, target.site, bucket, key)
    elif target.kind != TargetKind.ROWS:
        erase(hands, target)


def _named(target: DestructionTarget) -> str:
    return f"{target.kind} {target.target}" + (f" at {target.site}" if is_elsewhere(target) else "")


def _signed(house: House, batch: DestructionBatch, days: int, looked: int, returned: list[str]) -> bytes:
    told = {
        "statement": "recheck",
        "certificate": batch.certificate_no,
        "batch": batch.id,
        "days": days,
        "at": now().isoformat(timespec="microseconds"),
        "targets": looked,
        "absent": looked,
        "returned": returned,
    }
    return signed_finding(house.signing.installation(Purpose.CERTIFICATE), told)


def rechecks(session: Session, batch_id: str) -> list[dict[str, Any]]:
    """What later looks found, as signed, oldest first."""
    rows = session.scalars(select(Recheck).where(Recheck.batch_id == batch_id).order_by(Recheck.days))
    return [json.loads(row.body) for row in rows]


def stuck(session: Session, batch_id: str) -> list[Job]:
    """Later looks that were given up: what came back could not be made to go."""
    return given_up(session, subject=batch_id, kinds={Kind.RECHECK_BATCH})


def look_again(session: Session, actor: Actor, batch: DestructionBatch) -> list[Job]:
    """Begin the looks that were given up anew. Conflict when there are none."""
    actor.need(Right.RECORDS)
    jobs = [begin_again(session, actor, job) for job in stuck(session, batch.id)]
    if not jobs:
        raise Conflict("No later look at this destruction was given up.", code="not_given_up")
    return jobs
