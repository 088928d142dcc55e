"""Trains the model of document types on the tuned half of the drawn papers and writes workers/type_model.json.

    python -m tests.bench.train_types [--count N] [--out FILE]

How much rules and model count together is chosen on wordings that the model of that round has not seen.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.drawn.papers.cast import dice_of
from tests.drawn.papers.paper import beheaded, papers
from tests.drawn.papers.reading import BAD, CLEAN, USUAL, sheets
from tests.drawn.papers.wordings import TUNED
from workers.classify import weigh
from workers.kinds import KINDS
from workers.type_model import SHIPPED, Floats, TypeModel, features, learn, together, written

SEED, COUNT, ROUNDS = 20, 2400, 3
RULES_COUNT, MODEL_COUNTS = (0.3, 0.45, 0.6, 0.8, 1.0), (0.0, 0.3, 0.5, 0.7, 1.0, 1.4)
HEADLESS = 0.4
"""So many papers are learned from without their first rows, so that what a paper says counts, not its title alone."""

CODES = tuple(kind.code for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Example:
    """One read paper: its type and family, its features, what the rules say, and the text."""

    kind: str
    family: str
    row: Floats
    rules: dict[str, float]
    text: str


def examples(count: int, seed: int) -> Iterator[Example]:
    """Papers of the tuned half, each read with some damage."""
    dice = dice_of(f"train-{seed}")
    for paper in papers(TUNED, seed, count):
        headless = dice.random() < HEADLESS
        shown = beheaded(paper) if headless else paper
        weighed = weigh(sheets(shown, dice, dice.choice((CLEAN, USUAL, USUAL, BAD))))
        if weighed:
            yield Example(
                paper.wording.kind, f"{paper.wording.kind}/{paper.wording.family}", features(weighed.text),
                dict(weighed.scores), weighed.text,
            )  # fmt: skip


def train(shown: Sequence[Example]) -> TypeModel:
    """The model of all examples, with the shares that did best across held-back families."""
    held: list[tuple[Example, Mapping[str, float]]] = []
    for number in range(ROUNDS):
        inside = [one for one in shown if _round_of(one) != number]
        model = _fitted(inside)
        held += [(one, model.scores(one.text)) for one in shown if _round_of(one) == number]
    shares = [(rules, model) for rules in RULES_COUNT for model in MODEL_COUNTS]
    rules_count, model_counts = min(shares, key=lambda both: loss(held, *both))
    print(
        f"loss on families held back: {loss(held, rules_count, model_counts):.4f}; rules alone {loss(held, 1, 0):.4f}"
    )
    return replace(_fitted(shown), rules_count=rules_count, model_counts=model_counts)


def _round_of(one: Example) -> int:
    return int(dice_of(one.family).random() * ROUNDS)


def _fitted(shown: Sequence[Example]) -> TypeModel:
    return learn(np.stack([one.row for one in shown]), [one.kind for one in shown], CODES)


def loss(held: Sequence[tuple[Example, Mapping[str, float]]], rules_count: float, model_counts: float) -> float:
    """Mean logarithmic loss where each example is judged by a model that did not see its family."""
    total = 0.0
    for one, learned in held:
        shares = together(one.rules, learned, rules_count, model_counts)
        total -= math.log(max(shares[one.kind], 1e-4))
    return total / len(held)


def main() -> int:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    asked = parser.parse_args()
    model = train(list(examples(asked.count, SEED)))
    asked.out.write_text(written(model), encoding="utf-8")
    print(f"rules count {model.rules_count}, model counts {model.model_counts}: {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
