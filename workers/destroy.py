"""The step that executes a destruction batch, with the only credential that may erase."""

from __future__ import annotations

from retention.destruction import execute, mark_partial

from archive.jobs import Claim, finish
from workers.tools import Tools


def execute_batch(tools: Tools, held: Claim) -> None:
    """Every item, every target, verified; resumes where a crash left it."""
    execute(tools.house, tools.index, held)
    with tools.house.database.transaction() as session:
        finish(session, held)


def give_up_batch(tools: Tools, batch_id: str, error: str) -> None:
    """Attempts used up: the batch is partial, says what is missing, and can be executed again."""
    with tools.house.database.transaction() as session:
        mark_partial(session, batch_id, error)
