"""The twin world at length: two installations that differ by hidden papers alone are asked the same, role by role.

    python -m tests.bench.worlds [--requests 1000] [--timings 100] [--seed 1]

Every GET of the API's description is asked with ids that both know, that one keeps hidden, and that neither knows, and
searches with random words. Answers are compared byte for byte but for ids, times and archival codes (L01–L36); then the
times of twelve routes for hidden and absent papers are compared (L12, L29). Exit status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from math import sqrt
from pathlib import Path
from typing import Final

import structlog

from archive.rights import Role
from tests.houses import embedded
from tests.integration.api.served import Served, served
from tests.integration.api.test_hidden import CANARY, SEARCHES, TAILS, furnish, told

HIDDEN: Final = 12
SEEN: Final = 4
CHARACTERS: Final = "致第位客户往来协议密件他人紫云石七号普通0123"
PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")
EVERYBODY: Final = frozenset(Role)
LEFT_OUT: Final = {
    "/openapi.json": (EVERYBODY, "the same for everybody, without a word of the data: it has a test of its own"),
    "/certificates/keys": (EVERYBODY, "the keys of an installation are its own"),
    "/audit": (EVERYBODY, "a place in the log and a checkpoint tell how many acts there were: so it can be checked"),
    "/health": ({Role.ADMIN, Role.BACKUP}, "numbers of the whole installation, by right"),
    "/status": ({Role.ADMIN, Role.BACKUP}, "as above"),
    "/metrics": (EVERYBODY, "as above, by the token of who scrapes"),
}
"""Routes that tell of the whole, by roles whose right that is; each with its reason."""


def main() -> int:
    """Ask, compare, tell."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asked = _asked()
    with ExitStack() as opened:
        worlds = [_world(opened, hidden) for hidden in (0, HIDDEN)]
        differing = sum(_differing(worlds, role, asked.requests, asked.seed) for role in Role)
        separable = sum(_separable(worlds[1], tail, asked.timings) for tail in _timed())
    print(f"{differing} answers differ, {separable} of {len(_timed())} routes can be told apart by their times")
    return int(bool(differing or separable))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000, help="for each role")
    parser.add_argument("--timings", type=int, default=100, help="of each kind for each route")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _world(opened: ExitStack, hidden: int) -> Served:
    """An installation with the papers that all may see, so many hidden ones, and a person of every role."""
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
    world = opened.enter_context(served(opened.enter_context(embedded(folder))))
    furnish(world, hidden)
    for role in Role:
        world.person(f"{role.value} of finance", role, department="finance", level="internal")
    return world


def _differing(worlds: Sequence[Served], role: Role, requests: int, seed: int) -> int:
    """How many of the random requests of one role the worlds answer otherwise."""
    rng = random.Random(f"{seed} {role}")  # noqa: S311 - samples
    who, wrong, answered = f"{role.value} of finance", 0, Counter[str]()
    paths = list(_paths(worlds[0], role))
    for _ in range(requests):
        path = _request(rng, paths)
        one, two = (told(world, who, path).replace(world.url, "") for world in worlds)
        answered[two[1:4]] += 1
        leaked = CANARY in two and CANARY not in path
        if one != two or leaked:
            wrong += 1
            print(
                f"  {role}: {path}{' tells the canary' if leaked else ''}\n    {one[:400]}\n    {two[:400]}", flush=True
            )
    print(f"{role}: {requests} requests, {wrong} differ; {dict(sorted(answered.items()))}", flush=True)
    return wrong


def _paths(world: Served, role: Role) -> Iterator[str]:
    """The GETs of the API as described, but for those that are left out for this role."""
    left = tuple(path for path, (roles, _) in LEFT_OUT.items() if role in roles)
    for path, methods in world.client.get("/api/v1/openapi.json").json()["paths"].items():
        short = path.removeprefix("/api/v1")
        if "get" in methods and not short.startswith(left):
            yield short


def _request(rng: random.Random, paths: Sequence[str]) -> str:
    """One of the routes with its parameters filled, or a search."""
    if rng.random() < 0.3:
        words = "".join(rng.choices(CHARACTERS, k=rng.randint(1, 4)))
        return f"/search?{rng.choice([*SEARCHES, f'q={words}', f'q={words}~', f'q={words}&by=document'])}"
    path = PARAMETER.sub(lambda found: _value(rng, found.group(1)), rng.choice(paths))
    return f"{path}?size={rng.randint(1, 4)}" if rng.random() < 0.2 else path


def _value(rng: random.Random, name: str) -> str:
    """A number of a page, or the id of a paper that both know, one keeps hidden, or neither knows."""
    if name in {"number", "page"}:
        return str(rng.randint(1, 3))
    return str(uuid.UUID(int=rng.randint(1, SEEN + HIDDEN + 6) * 2**96 + 1, version=4))


def _timed() -> Sequence[str]:
    """Twelve routes of a paper."""
    return (*TAILS, "/fields", "/holds", "/history")


def _separable(world: Served, tail: str, times: int) -> bool:
    """Whether hidden and absent papers can be told apart by how long the refusal takes, asked in turns.

    The chance that a hidden one takes longer than an absent one is a half when they cannot; it is told from three
    standard deviations beside it on (Mann and Whitney's, for so many of each).
    """
    who, taken = "searcher of finance", {True: list[float](), False: list[float]()}
    for turn in range(2 * times):
        number = SEEN + 1 + turn // 2 % HIDDEN if turn % 2 else 1000 + turn
        start = time.perf_counter()
        world.ask(who, "GET", f"/documents/{uuid.UUID(int=number * 2**96 + 1, version=4)}{tail}")
        taken[bool(turn % 2)].append(time.perf_counter() - start)
    longer = sum(hidden > absent for hidden in taken[True] for absent in taken[False]) / times**2
    apart = abs(longer - 0.5) > 3 * sqrt((2 * times + 1) / 12) / times
    print(f"times of /documents/…{tail}: hidden takes longer in {100 * longer:.0f} %{' TOLD APART' if apart else ''}")
    return apart


if __name__ == "__main__":
    sys.exit(main())
