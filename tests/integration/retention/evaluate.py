"""The long runs of retention, on demand: the state machine against its model, and holds against purges.

    python -m tests.integration.retention.evaluate [--runs 2000] [--steps 40] [--races 1000] [--profile embedded]

Prints a line a part; exit status 1 at the first disagreement, with the shortest way to it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.retention.machine import Records
from tests.integration.retention.races import raced
from tests.integration.retention.stage import ROOM
from tests.integration.retention.world import World, open_distributed_world, open_world

PROFILES = {"embedded": open_world, "distributed": open_distributed_world}
IN_ONE_FOLDER = 50


def main() -> int:
    """Both parts, each timed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--profile", choices=list(PROFILES), default="embedded")
    asked = parser.parse_args()
    if asked.runs:
        start = time.perf_counter()
        model_runs(asked.runs, asked.steps)
        sys.stdout.write(f"model: {asked.runs} runs, no disagreement, {time.perf_counter() - start:.0f} s\n")
    if asked.races:
        start = time.perf_counter()
        outcomes = races(asked.races, asked.profile)
        sys.stdout.write(f"races ({asked.profile}): {dict(outcomes)}, {time.perf_counter() - start:.0f} s\n")
    return 0


def model_runs(runs: int, steps: int) -> None:
    """The state machine so many times; whatever disagrees is raised."""
    lasting = settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Records, settings=lasting)  # type: ignore[no-untyped-call]


def races(count: int, profile: str) -> Counter[str]:
    """So many documents, each with its purge and a hold some milliseconds before or after the point of no return."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=ROOM) as folder, PROFILES[profile](Path(folder) / "data") as world:
        world.approved_class()
        span = _seconds(world)
        while sum(outcomes.values()) < count:
            for doc in world.due_documents(min(IN_ONE_FOLDER, count - sum(outcomes.values())), renditions=0):
                batch = world.signed([doc])
                world.begin(batch.id)
                outcomes[raced(world, doc, batch.id, delay=random.uniform(0, span))] += 1  # noqa: S311 - no secret
    return outcomes


def _seconds(world: World) -> float:
    """How long one execution takes here: holds come at any moment of it."""
    [doc] = world.due_documents(renditions=0)
    batch = world.signed([doc])
    world.begin(batch.id)
    start = time.perf_counter()
    world.execute(batch.id)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
