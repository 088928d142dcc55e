"""A worker that is killed at one step of an execution: `python -m tests.integration.retention.killed BATCH STEP`."""

from __future__ import annotations

import os
import signal
import sys

from archive.house import open_house
from archive.settings import load_settings
from retention.destruction import execute
from tests.integration.retention.steps import Steps, watching
from tests.integration.retention.world import World


def main() -> int:
    """The exit status is 0 when the step never came."""
    batch_id, at = sys.argv[1], int(sys.argv[2])
    world = World(open_house(load_settings()), {})
    held = world.claimed(batch_id)
    with watching(world, Steps(at, late=True, hook=lambda: os.kill(os.getpid(), signal.SIGKILL))):
        execute(world.house, world.shelf, held)
    return 0


if __name__ == "__main__":
    sys.exit(main())
