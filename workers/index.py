"""The step that brings one document's pages into the index, or takes them out."""

from __future__ import annotations

from archive.jobs import Claim, finish
from indexes.sync import index_now
from workers.tools import Tools


def index_document(tools: Tools, held: Claim) -> None:
    """Write the document's newest version; an older one that comes late changes nothing (invariant 11)."""
    with tools.house.database.transaction() as session:
        index_now(session, tools.index, tools.house.vault, held.subject)
        finish(session, held)
