"""The steps that bring one document's pages into the index or take them out, and that look after the whole of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sqlalchemy import select

from archive.audit import SCHEDULER, Act, record
from archive.customers import index_papers
from archive.documents import Document, changed
from archive.jobs import Claim, finish, still_mine
from indexes.life import SUBJECT, Outcome, tend
from indexes.sync import note, write
from workers.tools import Tools

PART: Final = 50
"""Papers of a renamed customer that are indexed anew at once."""


def index_document(tools: Tools, held: Claim) -> None:
    """Write the document's newest version; an older one that comes late changes nothing (invariant 11)."""
    with tools.house.database.reading() as session:
        written = write(session, tools.index, tools.house.vault, held.subject)
    with tools.house.database.transaction() as session:
        note(session, [written])
        finish(session, held)


def index_customer(tools: Tools, held: Claim) -> None:
    """Have the next papers of a renamed customer indexed anew, and call for those after them.

    In parts, each behind the indexing of the part before: what waits to be indexed is not found meanwhile, and a
    customer may have thousands.
    """
    mine = (Document.customer_id == held.subject) & (Document.id > held.args["after"])
    there = Document.destroyed_at.is_(None) & Document.destroying.is_(False)
    with tools.house.database.transaction() as session:
        still_mine(session, held)
        papers = session.scalars(select(Document).where(mine, there).order_by(Document.id).limit(PART)).unique().all()
        for document in papers:
            changed(session, document)
        if len(papers) == PART:
            index_papers(session, held.subject, held.args["version"], papers[-1].id)
        finish(session, held)


def tend_index(tools: Tools, held: Claim) -> None:
    """Build the index anew, or mend it, where it does not agree with the rows."""
    done = tend(tools.house.database, tools.index, tools.house.vault)
    acts = {Outcome.REBUILT: Act.INDEX_REBUILT, Outcome.MENDED: Act.INDEX_MENDED}
    counts = {name: len(ids) for name, ids in asdict(done.drift).items()}
    with tools.house.database.transaction() as session:
        if done.outcome in acts:
            record(session, SCHEDULER, acts[done.outcome], SUBJECT, detail={"documents": done.documents, **counts})
        finish(session, held)
