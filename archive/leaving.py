"""What came in only here, put out by a copy that was superseded: for the copy that counts to take in.

The other copy began from a set; whatever is younger than that set stands only here. Papers are put out as they were
received; destructions as lines for the other's witness; everything else a person did is listed, to be done again there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive.access import Actor
from archive.audit import OPERATOR, Act, AuditEntry, Machine, record
from archive.canonical import canonical
from archive.contents import plain
from archive.documents import Document, File, FileRole
from archive.errors import Conflict
from archive.house import House
from archive.log import began
from archive.reigns import SUBJECT, Reign, ReignState, present
from archive.site_sets import SiteSet
from archive.stores.disk import sync_folder
from archive.witness import DESTROYED

MARGIN: Final = timedelta(minutes=10)
"""Clocks and the making of a set: what may be in it or not is put out, and found to be there already."""
COMING: Final = (Act.DOCUMENT_RECEIVED.value, Act.DOCUMENT_RESCANNED.value)
SUFFIXES: Final = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif",
                   "image/webp": ".webp", "image/jp2": ".jp2"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """What was put out: papers, destructions, and how many other acts of people are listed."""

    since: datetime
    papers: int
    destructions: int
    acts: int


def leave(house: House, actor: Actor | Machine, folder: Path, reason: str) -> Left:
    """Put out what came in only here. Conflict unless another copy counts; OSError when the folder takes nothing."""
    with house.database.reading() as session:
        reign = present(session)
        if reign.state != ReignState.SUPERSEDED:
            raise Conflict("This copy is the one that counts: it has nothing to leave.", code="not_superseded")
        since = _since(session, reign)
        young = _younger(session, reign.by_base_at, since)
        originals = _originals(session, since, young)
        gone = _destroyed(session, since)
        acts = _acts(session, young)
    (folder / "papers").mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in originals:
        _put_out(house, folder / "papers", file)
    lines = [canonical({"document": name, "number": number}) + b"\n" for name, number in gone]
    (folder / DESTROYED).write_bytes(b"".join(lines))
    told = {"since": since.isoformat(), "papers": [_told(file) for file in originals], "destroyed": gone, "acts": acts}
    (folder / "left.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    sync_folder(folder)
    with house.database.transaction() as session:
        detail = {"papers": len(originals), "destructions": len(gone), "reason": reason}
        record(session, actor, Act.REIGN_LEFT, SUBJECT, detail=detail)
    return Left(since, len(originals), len(gone), sum(acts.values()))


def _since(session: Session, reign: Reign) -> datetime:
    """From when on things may stand only here: all of them, where the other did not tell from what it began."""
    if reign.by_base_at:
        return reign.by_base_at - MARGIN
    return began(session) or reign.began_at


def _younger(session: Session, base_at: datetime | None, since: datetime) -> ColumnElement[bool]:
    """Entries of the log that are not in the set from which the other began: by their place, where the set is known."""
    size = session.scalar(select(SiteSet.log_size).where(SiteSet.made_at == base_at).limit(1))
    if size is None:
        return AuditEntry.at >= since
    return AuditEntry.leaf_index.is_(None) | (AuditEntry.leaf_index >= size)


def _originals(session: Session, since: datetime, young: ColumnElement[bool]) -> Sequence[File]:
    asked = select(File).join(Document, Document.id == File.document_id)
    came = select(AuditEntry.subject).where(young, AuditEntry.action.in_(COMING))
    mine = asked.where(File.role == FileRole.ORIGINAL.value, File.created_at >= since, Document.id.in_(came))
    return session.scalars(mine.where(Document.destroyed_at.is_(None), ~Document.destroying)).all()


def _destroyed(session: Session, since: datetime) -> list[tuple[str, str]]:
    asked = select(Document.id, Document.certificate_no).where(Document.destroyed_at >= since)
    return [(name, number or "") for name, number in session.execute(asked)]


def _acts(session: Session, young: ColumnElement[bool]) -> dict[str, int]:
    """How often people did what, by act; the log of this copy stays the record of it."""
    asked = select(AuditEntry.action, func.count()).where(young).group_by(AuditEntry.action)
    return dict(session.execute(asked).all())


def _put_out(house: House, folder: Path, file: File) -> None:
    with (folder / f"{file.document_id}{SUFFIXES.get(file.media_type, '')}").open("wb") as target:
        for chunk in plain(house, OPERATOR, house.vault.key(file.document_id), file):
            target.write(chunk)


def _told(file: File) -> dict[str, Any]:
    return {"document": file.document_id, "sha256": file.sha256, "received_at": file.created_at.isoformat()}
