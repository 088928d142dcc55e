"""The log, as far as a role sees it; proofs about it; what looks unusual in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session
from starlette.responses import Response

from archive.access import Actor
from archive.anomalies import LONGEST, anomalies, parse_thresholds
from archive.audit import Act, AuditEntry, record
from archive.base import today
from archive.errors import Forbidden, Invalid, NotFound
from archive.house import House
from archive.log import checkpoint, sequence_all
from archive.people import Person
from archive.proofs import prove_consistency, prove_inclusion
from archive.rights import Right, Role
from archive.signing import Purpose
from service.cursors import Cursors
from service.edge import Needs, OneTransaction, Reading, TheHouse, done_reading
from service.log_filters import Filter, visible
from service.shapes import LARGEST_PAGE, UUID, Cursor, Day, Items
from service.sheets import MEDIA_TYPES, written
from service.streams import disposition
from service.views import moment

router = APIRouter(prefix="/audit", tags=["log"])

MOST_LINES: Final = 100_000
USUAL_SPAN: Final = timedelta(days=6)
HEAD: Final = ("sequence", "at (UTC)", "actor", "name", "act", "subject", "id")

Anybody = Annotated[Actor, Needs(Right.LOG)]
Text = Annotated[str, Query(max_length=64)]
ADay = Annotated[Day | None, Query()]


def _filter(
    subject: Text = "",
    by: Annotated[str, Query(max_length=64, alias="actor")] = "",
    action: Text = "",
    document: Text = "",
    since: ADay = None,
    until: ADay = None,
) -> Filter:
    return Filter(subject, by, action, document, since, until)


Asked = Annotated[Filter, Depends(_filter)]
"""Which entries a request is about."""


@router.get("")
def get_audit(
    actor: Anybody,
    house: TheHouse,
    session: Reading,
    asked: Asked,
    cursor: Cursor = "",
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
) -> dict[str, Any]:
    """Entries that the actor may see, newest first. `sequence` is null until the sequencer placed the entry.

    `document` asks for everything that ever happened to one: acts on it and on what it stood in.
    """
    cursors, entries = Cursors(house, actor, asked.question), asked.entries(session, house, actor)
    if place := cursors.read(cursor):
        last = session.get_one(AuditEntry, str(place[0]))
        entries = entries.where(tuple_(AuditEntry.at, AuditEntry.id) < (last.at, last.id))
    rows = session.scalars(entries.limit(size + 1)).all()
    answer = {
        "entries": [entry_view(row) for row in rows[:size]],
        "cursor": cursors.write(rows[size - 1].id) if len(rows) > size else "",
    }
    done_reading(session)
    _note(house, actor, asked)
    return answer


def _note(house: House, actor: Actor, asked: Filter, **told: str) -> None:
    """An auditor's reading of the log is logged, too."""
    if Role.AUDITOR in actor.roles:
        with house.database.transaction() as session:
            about = asked.subject or asked.document or actor.id
            record(session, actor, Act.LOG_READ, about, detail=asked.told | told)


def entry_view(entry: AuditEntry) -> dict[str, Any]:
    """One act."""
    return {
        "id": entry.id,
        "sequence": entry.leaf_index,
        "at": moment(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
    }


@router.get("/entries.csv")
def get_audit_list(actor: Anybody, house: TheHouse, session: Reading, asked: Asked) -> Response:
    """The same entries as a list (CSV), all of them; 422 for more than 100,000."""
    rows = session.scalars(asked.entries(session, house, actor).limit(MOST_LINES + 1)).all()
    if len(rows) > MOST_LINES:
        raise Invalid(f"These are more than {MOST_LINES} entries. Narrow them by days.", code="too_many_entries")
    names = dict(session.execute(select(Person.id, Person.name)).all())
    lines = [
        (str(row.leaf_index if row.leaf_index is not None else ""), moment(row.at) or "", row.actor,
         names.get(row.actor, ""), row.action, row.subject, row.id)
        for row in rows
    ]  # fmt: skip
    done_reading(session)
    _note(house, actor, asked, list="csv")
    headers = {"Content-Disposition": disposition("attachment", "log.csv")}
    return Response(written("csv", [HEAD, *lines]), media_type=MEDIA_TYPES["csv"], headers=headers)


@router.get("/anomalies")
def get_anomalies(actor: Anybody, house: TheHouse, session: Reading, since: ADay = None, until: ADay = None) -> Items:
    """For auditors: many downloads, night work, many denials of one person on one day; the last seven unless said."""
    if Role.AUDITOR not in actor.roles:
        raise Forbidden("This list is for auditors.", code="auditors_only")
    until = until or today(house.settings.zone)
    since = since or until - USUAL_SPAN
    if not since <= until <= since + LONGEST:
        raise Invalid(f"From a day to a later one, at most {LONGEST.days} days.", code="days_unusable")
    thresholds = parse_thresholds(house.settings.anomalies)
    found = anomalies(session, since, until, house.settings.zone, thresholds)
    done_reading(session)
    _note(house, actor, Filter(since=since, until=until), list="anomalies")
    return Items(
        items=[
            {"day": each.day.isoformat(), "actor": each.actor, "kind": each.kind, "count": each.count,
             "threshold": each.threshold}
            for each in found
        ]
    )  # fmt: skip


@router.get("/checkpoint")
def get_checkpoint(actor: Anybody, house: TheHouse, session: OneTransaction) -> Response:
    """A checkpoint of the log as it is now, signed (C2SP tlog-checkpoint): keep it, and later ask how the log grew."""
    del actor
    sequence_all(session)
    signed = checkpoint(session, house.signing.installation(Purpose.CHECKPOINT))
    return Response(signed.note, media_type="text/plain; charset=utf-8")


@router.get("/consistency")
def get_consistency(
    actor: Anybody, house: TheHouse, session: OneTransaction, old: Annotated[int, Query(ge=0, le=2**53)]
) -> dict[str, Any]:
    """A proof that the log only grew since it had `old` entries (RFC 6962 §2.1.2), for `verify_log.py --proof`."""
    del actor
    return prove_consistency(session, old, house.signing.installation(Purpose.CHECKPOINT))


@router.get("/{entry_id}/proof")
def get_proof(
    entry_id: Annotated[str, Path(pattern=UUID)], actor: Anybody, house: TheHouse, session: OneTransaction
) -> dict[str, Any]:
    """A proof that an entry that the actor sees is in the log (RFC 6962 §2.1.1); `verify_log.py --proof` checks it."""
    _seen(session, actor, entry_id)
    return prove_inclusion(session, entry_id, house.signing.installation(Purpose.CHECKPOINT))


def _seen(session: Session, actor: Actor, entry_id: str) -> None:
    seen = select(AuditEntry.id).where(AuditEntry.id == entry_id, visible(session, actor))
    if session.scalar(seen) is None:
        raise NotFound(reason="denied" if session.get(AuditEntry, entry_id) else "absent")
