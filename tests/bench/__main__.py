"""Every bench, each figure beside something that ran in the same run; one table.

    python -m tests.bench [--set DIR] [--only PART]... [--files N] [--sizes N,N] [--json FILE] [--without-ocrmypdf]

Exit status 1 when a figure is outside its bound.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from tests.bench import (
    desk,
    destruction,
    due_dates,
    exactness,
    growth,
    hostile,
    large_batch,
    log,
    long,
    machines,
    offsite,
    reading,
    replication,
    search,
    tampering,
    upload,
    whole,
)
from tests.bench.figures import Figure, as_plain, table
from tests.bench.papers import papers

Bench = Callable[[argparse.Namespace], list[Figure]]

BENCHES: dict[str, Bench] = {
    "whole": lambda asked: whole.measure(papers(asked.set, asked.files), without_ocrmypdf=asked.without_ocrmypdf),
    "reading": lambda asked: reading.measure(papers(asked.set, asked.files)),
    "upload": lambda _: upload.measure(),
    "search": lambda asked: search.measure(asked.pages),
    "exactness": lambda _: exactness.measure(),
    "growth": lambda asked: growth.measure([int(size) for size in asked.sizes.split(",")]),
    "destruction": lambda _: destruction.measure(),
    "tampering": lambda _: tampering.measure(),
    "large_batch": lambda _: large_batch.measure(),
    "large_batch_servers": lambda _: large_batch.measure(servers=True),
    "desk": lambda _: desk.measure(),
    "hostile": lambda asked: hostile.measure(asked.damaged),
    "machines": lambda _: machines.measure(),
    "offsite": lambda _: offsite.measure(),
    "replication": lambda _: replication.measure(),
    "log": lambda _: log.measure(),
    "due_dates": lambda _: due_dates.measure(),
    "long": lambda asked: long.measure(asked.long_pages),
}

BY_NAME = frozenset(
    {
        "desk",
        "due_dates",
        "exactness",
        "growth",
        "hostile",
        "tampering",
        "large_batch",
        "large_batch_servers",
        "machines",
        "replication",
        "offsite",
    }
)
"""Takes minutes to the better part of an hour: run when it is asked for by name."""


def main() -> int:
    """Run what was asked for and print the table."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asked = _asked()
    figures: list[Figure] = []
    for name in asked.only or [part for part in BENCHES if part not in BY_NAME]:
        print(f"bench: {name}", file=sys.stderr, flush=True)
        figures += BENCHES[name](asked)
    print(table(figures))
    if asked.json:
        asked.json.write_text(json.dumps(as_plain(figures), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0 if all(figure.holds for figure in figures) else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, default=None, help="a folder of scans; drawn pages without it")
    parser.add_argument("--only", action="append", choices=list(BENCHES), default=[])
    parser.add_argument("--files", type=int, default=0, help="at most so many files of the set; 0: all")
    parser.add_argument("--damaged", type=int, default=2_000, help="bad files between the good ones of the hostile run")
    parser.add_argument("--pages", type=int, default=20_000, help="pages of the searched text")
    parser.add_argument("--sizes", default="10000,100000", help="pages of the libraries that search grows through")
    parser.add_argument("--long-pages", type=int, default=200, help="pages of the long PDF")
    parser.add_argument("--json", type=Path, default=None, help="write the figures there, too")
    parser.add_argument("--without-ocrmypdf", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
