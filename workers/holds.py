"""The step that tells the store of holds that were placed or lifted."""

from __future__ import annotations

from archive.jobs import Claim, finish
from retention.mirror import mirror_holds
from workers.tools import Tools


def mirror(tools: Tools, held: Claim) -> None:
    """Every difference, whichever hold rang: what was missed before is carried over too."""
    mirror_holds(tools.house)
    with tools.house.database.transaction() as session:
        finish(session, held)
