"""A hold and a purge of one document at the same instant: exactly one of the two prevails (records-rules R22)."""

from __future__ import annotations

import threading
from contextlib import suppress

from archive.errors import Conflict
from tests.integration.retention.world import World


def raced(world: World, doc: str, batch_id: str, *, delay: float) -> str:
    """Place a hold some moments after the execution starts; exactly one of the two prevails."""
    placed: list[str] = []
    start = threading.Event()

    def hold() -> None:
        start.wait()
        threading.Event().wait(delay)
        with suppress(Conflict):
            placed.append(world.hold(doc))

    thread = threading.Thread(target=hold)
    thread.start()
    start.set()
    world.execute(batch_id)
    thread.join()
    gone = world.row(doc).destroyed_at is not None
    assert gone is not bool(placed)
    assert world.house.vault.absent(doc) is gone
    return "destroyed" if gone else "held"
