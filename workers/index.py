"""The steps that bring one document's pages into the index or take them out, and that look after the whole of it."""

from __future__ import annotations

from dataclasses import asdict

from archive.audit import SCHEDULER, Act, record
from archive.jobs import Claim, finish
from indexes.life import SUBJECT, Outcome, tend
from indexes.sync import note, write
from workers.tools import Tools


def index_document(tools: Tools, held: Claim) -> None:
    """Write the document's newest version; an older one that comes late changes nothing (invariant 11)."""
    with tools.house.database.reading() as session:
        written = write(session, tools.index, tools.house.vault, held.subject)
    with tools.house.database.transaction() as session:
        note(session, [written])
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
