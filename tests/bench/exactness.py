"""Whether both engines find what a plain scan of the text finds: random substrings and random trees, no exception.

What differs is printed, query by query; one difference is one too many.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from unittest import mock

from archive.access import ReadableScope
from archive.rights import Confidentiality
from indexes.language import parse
from indexes.port import Batch, Hit, SearchEngine
from tests.bench.figures import Figure
from tests.contract.search_papers import library
from tests.contract.search_places import ENGINES, installation, walked
from tests.contract.search_samples import ALL, scope, veiled
from tests.contract.search_scan import TYPED_FILTERS, Scan, Typed, boolean, substring

PART: Final = "exactness"
STEP: Final = 500
AT_ONCE: Final = 9_999  # a walk of 10,000 hits is to take three answers, not a hundred
READERS: Final[Sequence[ReadableScope]] = (
    ALL,
    scope(departments=["d0"], clearance=Confidentiality.INTERNAL, unmasked=False),
    scope(departments=["d1", "d2"], folders=["f3", "f5"], unmasked=False, unmasked_folders=["f3"]),
    scope(documents=["00000007", "00000011"], unmasked=False),
)


def measure(pages: int = 20_000, substrings: int = 5_000, trees: int = 2_000) -> list[Figure]:
    """Differences of each engine from the scan."""
    drawn = random.Random(17)  # noqa: S311 - samples
    batches = list(_some_hidden(drawn, library(pages)))
    scan = Scan(batches)
    with ExitStack() as open_places:
        engines = {name: open_places.enter_context(_filled(name, batches)) for name in ENGINES}
        open_places.enter_context(mock.patch("indexes.port.LARGEST_ANSWER", AT_ONCE))
        pieces = (substring(drawn, drawn.choice(scan.pages)) for _ in range(substrings))
        wrong = compared(engines, scan, ((typed, ALL) for typed in pieces))
        of_trees = ((boolean(drawn, scan.pages, TYPED_FILTERS), drawn.choice(READERS)) for _ in range(trees))
        wrong_trees = compared(engines, scan, of_trees)
    beside = f"plain scan, {pages} pages"
    return [
        Figure(PART, f"{name}: {what} that differ, of {of}", found[name], "", beside, None, 0)
        for what, of, found in (("substrings", substrings, wrong), ("trees", trees, wrong_trees))
        for name in ENGINES
    ]


@contextmanager
def _filled(name: str, batches: Sequence[Batch]) -> Iterator[SearchEngine]:
    """An engine that holds the pages."""
    with tempfile.TemporaryDirectory() as folder, installation(name, Path(folder) / "index") as place:
        for start in range(0, len(batches), STEP):
            place.opened[0].replace(batches[start : start + STEP])
        yield place.opened[0]


def compared(
    engines: Mapping[str, SearchEngine], scan: Scan, asked: Iterable[tuple[Typed, ReadableScope]]
) -> dict[str, int]:
    """For each engine how many queries it answers otherwise than the scan."""
    wrong = dict.fromkeys(engines, 0)
    for typed, reader in asked:
        expected = scan.hits(typed.means, reader)
        if typed.source and typed.source not in expected:
            raise AssertionError(f"{typed.text!r} stands on {typed.source} and the scan does not say so")
        for name, engine in engines.items():
            wrong[name] += differs(engine, typed, reader, expected)
    return wrong


def differs(engine: SearchEngine, typed: Typed, reader: ReadableScope, expected: set[Hit]) -> bool:
    """Ask, walk to the end, compare; tells what is wrong."""
    found = walked(engine, parse(typed.text).node, reader, size=AT_ONCE)
    if len(found) == len(expected) and set(found) == expected:
        return False
    lost, added = sorted(expected - set(found), key=str)[:3], sorted(set(found) - expected, key=str)[:3]
    print(f"  differs: {typed.text!r}: lost {lost}, added {added}", file=sys.stderr, flush=True)
    return True


def _some_hidden(rng: random.Random, batches: Iterable[Batch]) -> Iterable[Batch]:
    """Documents of whose pages a third hides something from most readers."""
    return (replace(each, entries=[veiled(rng, page) for page in each.entries]) for each in batches)
