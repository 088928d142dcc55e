"""Learning types from what people corrected: taught on some corrections, tried on those held back, never worse.

Always anew from the weights that come with Anjuan. As many papers that were filed as they were read teach beside the
corrected ones, so that what is right stays right.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from workers.type_model import UNLEARNED, Floats, TypeModel, learn, shipped, together, widened

TAUGHT_LEAST: Final = 6
HELD_LEAST: Final = 2
"""Fewer corrections teach nothing that could be told from chance."""

_EVERY: Final = 4


@dataclass(frozen=True, slots=True)
class Lesson:
    """A paper whose type is known: its id, the type, whether a person gave it, features, rules' weights, the text."""

    document_id: str
    kind: str
    given: bool
    row: Floats
    rules: dict[str, float]
    text: str


def held_back(document_id: str) -> bool:
    """Every fourth, by its random id: always the same ones, so that no model is tried on what taught another."""
    return int(document_id.replace("-", "")[-8:], 16) % _EVERY == 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A new model beside the present one: how many of those held back each gets right, and their mean losses.

    `kept_…`: those right among the held-back papers that nobody corrected.
    """

    model: TypeModel
    taught: tuple[str, ...]
    held_back: int
    right_before: int
    right_after: int
    loss_before: float
    loss_after: float
    kept_before: int = 0
    kept_after: int = 0

    @property
    def not_worse(self) -> bool:
        """Whether the new model may take the other's place."""
        more = self.right_after >= self.right_before and self.kept_after >= self.kept_before
        return more and self.loss_after <= self.loss_before


def trial(lessons: Sequence[Lesson], present: TypeModel) -> Trial | None:
    """What a new model learns and how it does; None when too little was corrected."""
    teaching, held = ([one for one in lessons if held_back(one.document_id) is part] for part in (False, True))
    if _given(teaching) < TAUGHT_LEAST or _given(held) < HELD_LEAST:
        return None
    model = taught_by(teaching)
    before, after = ([_share(one, known) for one in held] for known in (present, model))
    return Trial(
        model, tuple(one.document_id for one in teaching), len(held), _right(before), _right(after),
        _loss(before), _loss(after), _right(_not_given(held, before)), _right(_not_given(held, after)),
    )  # fmt: skip


def taught_by(lessons: Sequence[Lesson]) -> TypeModel:
    """The shipped model, taught by lessons with the rules beside it as in reading."""
    start = widened(shipped(), learnable(lessons))
    lessons = [one for one in lessons if one.kind in start.kinds]
    rules = np.array([[one.rules.get(kind, 0.0) for kind in start.kinds] for one in lessons], np.float32)
    rows, kinds = np.stack([one.row for one in lessons]), [one.kind for one in lessons]
    model = learn(rows, kinds, start.kinds, start, beside=rules * np.float32(start.rules_count))
    return replace(model, rules_count=start.rules_count, model_counts=start.model_counts)


def learnable(lessons: Sequence[Lesson]) -> list[str]:
    """Types that a model can be taught beside those it was shipped with: enough papers of them are known."""
    taught = Counter(one.kind for one in lessons)
    return sorted(kind for kind, number in taught.items() if number >= TAUGHT_LEAST)


def _not_given(lessons: Sequence[Lesson], shares: Sequence[tuple[bool, float]]) -> list[tuple[bool, float]]:
    return [share for one, share in zip(lessons, shares, strict=True) if not one.given]


def _given(lessons: Sequence[Lesson]) -> int:
    return sum(one.given for one in lessons)


def _share(one: Lesson, model: TypeModel) -> tuple[bool, float]:
    """Whether the model calls the paper by its type, and what share it gives to that type, as reading would say it."""
    shares = together(one.rules, model.scores(one.text), model.rules_count, model.model_counts)
    most = 1.0 if one.kind in model.kinds else UNLEARNED
    return max(shares, key=lambda code: shares[code]) == one.kind, min(most, shares[one.kind])


def _right(shares: Sequence[tuple[bool, float]]) -> int:
    return sum(right for right, _ in shares)


def _loss(shares: Sequence[tuple[bool, float]]) -> float:
    return -sum(math.log(max(share, 1e-4)) for _, share in shares) / len(shares)
