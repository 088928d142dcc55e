"""The step that brings one document's pages into the index, or takes them out."""

from __future__ import annotations

from archive.jobs import Claim, finish
from indexes.sync import note, write
from workers.tools import Tools


def index_document(tools: Tools, held: Claim) -> None:
    """Write the document's newest version; an older one that comes late changes nothing (invariant 11)."""
    with tools.house.database.reading() as session:
        written = write(session, tools.index, tools.house.vault, held.subject)
    with tools.house.database.transaction() as session:
        note(session, [written])
        finish(session, held)
