"""Recall and reading order on drawn pages by layout and damage, with 95 % intervals; the worst kept to look at.

    python -m tests.bench.reading_damage [--seeds FIRST COUNT] [--kind PART]... [--worst DIR] [--json FILE]

Recall: share of true pairs of neighbouring characters that were read. Order: share of neighbouring lines, both found,
whose second follows the first. CPU: processor seconds a page of recognition.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

from PIL import Image

from tests.drawn.fonts import missing
from tests.drawn.pages import KINDS, all_of
from tests.drawn.scoring import order, recall
from workers.ocr import open_ocr
from workers.recognise import recognise
from workers.sheets import Sheet

RESAMPLED = 1000
KEPT = 20


@dataclass(frozen=True, slots=True)
class Score:
    """One page's figures."""

    kind: str
    seed: int
    recall: float
    order: float
    turned_right: bool
    seconds: float


def main() -> int:
    """Read the pages and print the table."""
    asked = _asked()
    if gone := missing():
        print("fonts are missing, so these pages are easier than they should be:", *gone, sep="\n  ", file=sys.stderr)
    kinds = [kind for kind in KINDS if not asked.kind or any(part in kind for part in asked.kind)]
    first, count = asked.seeds
    engine, scores = open_ocr("rapidocr"), []
    for kind, seed, page, seen in all_of(kinds, range(first, first + count)):
        start = time.process_time()
        sheet = recognise(seen, engine)
        spent = time.process_time() - start
        right = sheet.turn == page.turn
        score = Score(kind, seed, recall(page.lines, sheet.text), order(page.lines, sheet.text), right, spent)
        scores.append(score)
        if asked.worst:
            _keep(asked.worst, score, seen.pixels, page.lines, sheet)
    print(table(scores))
    if asked.json:
        plain = [{name: getattr(score, name) for name in Score.__slots__} for score in scores]
        asked.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return 0


def table(scores: Sequence[Score]) -> str:
    """A row for each kind, the whole at the end."""
    rows = [f"{'kind':24}{'pages':>6}{'recall':>8}{'95 %':>16}{'worst':>8}{'order':>8}{'turn':>6}{'cpu s':>7}"]
    kinds = dict.fromkeys(score.kind for score in scores)
    rows += [_row(kind, [score for score in scores if score.kind == kind]) for kind in kinds]
    return "\n".join([*rows, _row("all", scores)])


def _row(name: str, scores: Sequence[Score]) -> str:
    low, high = interval([score.recall for score in scores])
    return (
        f"{name:24}{len(scores):6}{fmean(s.recall for s in scores):8.4f}{f'{low:.4f}-{high:.4f}':>16}"
        f"{min(s.recall for s in scores):8.3f}{fmean(s.order for s in scores):8.4f}"
        f"{fmean(s.turned_right for s in scores):6.2f}{fmean(s.seconds for s in scores):7.2f}"
    )


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    dice = Random(1)  # noqa: S311 - statistics, no secret
    means = sorted(fmean(dice.choices(values, k=len(values))) for _ in range(RESAMPLED))
    return means[round(0.025 * RESAMPLED)], means[round(0.975 * RESAMPLED) - 1]


def _keep(folder: Path, score: Score, pixels: object, lines: Sequence[str], sheet: Sheet) -> None:
    """The page with truth and reading beside it, where it is not nearly perfect; the name sorts by recall."""
    if score.recall > 0.98 and score.order > 0.9:
        return
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{score.recall:.3f}-{score.order:.2f}-{score.kind.replace(' ', '_')}-{score.seed}"
    Image.fromarray(pixels).save(folder / f"{name}.png")  # type: ignore[arg-type]  # an array of bytes
    (folder / f"{name}.txt").write_text("\n".join([*lines, "", "----", sheet.text]), encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs=2, default=(1, 2), metavar=("FIRST", "COUNT"))
    parser.add_argument("--kind", action="append", default=[], help="only kinds whose name has this in it")
    parser.add_argument("--worst", type=Path, default=None, help="keep pages that were not read well there")
    parser.add_argument("--json", type=Path, default=None, help="write every page's figures there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
