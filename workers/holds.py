"""The steps that tell the store of holds that were placed or lifted, and that look for the words of holds."""

from __future__ import annotations

from archive.jobs import Claim, finish
from retention.mirror import mirror_holds
from retention.word_holds import look
from workers.tools import Tools


def mirror(tools: Tools, held: Claim) -> None:
    """Every difference, whichever hold rang: what was missed before is carried over too."""
    mirror_holds(tools.house)
    with tools.house.database.transaction() as session:
        finish(session, held)


def look_for_holds(tools: Tools, held: Claim) -> None:
    """Whether the words of a hold stand on the papers that nobody has looked at yet."""
    look(tools.house, held)
    with tools.house.database.transaction() as session:
        finish(session, held)
