"""A linear model of document types on hashed character n-grams: JSON weights, numpy, nothing that can be read back.

A feature is one of DIMENSIONS buckets into which a keyless checksum puts every run of one to three characters; many
runs share a bucket, digits count as one, so that weights hold no name, number or sentence.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DIMENSIONS: Final = 4096
LONGEST_RUN: Final = 3
READ: Final = 1600
"""So many characters of a document are looked at: a type shows at its beginning."""

SHORT: Final = 400.0
"""Of fewer buckets than this the model is proportionately less sure: a title alone is for the rules."""

UNLEARNED: Final = 0.85
"""So sure at most of a type that an organisation added, until a model has learned it: nothing was measured of it."""

SHIPPED: Final = Path(__file__).with_name("type_model.json")
_DIGITS = re.compile(r"[\d〇零一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾佰仟]+")
_STEPS, _PACE, _MOMENTUM, _PULL = 160, 8.0, 0.9, 2e-4


@dataclass(frozen=True, slots=True)
class TypeModel:
    """Weights by type and bucket, and how much rules and model count together."""

    kinds: tuple[str, ...]
    weights: Floats
    rules_count: float = 1.0
    model_counts: float = 1.0

    def scores(self, text: str) -> Mapping[str, float]:
        """What speaks for each type, in natural logarithms: of a folded text without blanks."""
        values = self.weights @ features(text)
        top = float(values.max())
        return {kind: float(value) - top for kind, value in zip(self.kinds, values, strict=True)}

    def probabilities(self, rules: Mapping[str, float], text: str) -> Mapping[str, float]:
        """How likely each type is, the rules' weights and the model's together."""
        return together(rules, self.scores(text), self.rules_count, self.model_counts)


def together(
    rules: Mapping[str, float], learned: Mapping[str, float], rules_count: float, model_counts: float
) -> dict[str, float]:
    """How likely each type is when rules and model count so much.

    Of a type that the model has not learned the rules decide: without a word of it, it is none; with one, the model
    says as much for it as for the type that it finds likeliest.
    """
    total = {
        kind: rules_count * weight + model_counts * learned.get(kind, 0.0)
        for kind, weight in rules.items()
        if kind in learned or weight > 0
    }
    top = max(total.values())
    shares = {kind: math.exp(value - top) for kind, value in total.items()}
    whole = sum(shares.values())
    return {kind: shares.get(kind, 0.0) / whole for kind in rules}


def features(text: str) -> Floats:
    """The buckets that a text's character runs fall into, as a vector of length one, shorter for a short text."""
    seen = _DIGITS.sub("0", text[:READ])
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for length in range(1, LONGEST_RUN + 1):
        for place in range(len(seen) - length + 1):
            vector[zlib.crc32(seen[place : place + length].encode()) % DIMENSIONS] = 1.0
    return vector / np.float32(math.sqrt(max(SHORT, float(vector.sum()))))


def learn(
    rows: Floats,
    kinds: Sequence[str],
    known: Sequence[str],
    start: TypeModel | None = None,
    *,
    beside: Floats | None = None,
) -> TypeModel:
    """A model of rows of features whose types are known: softmax regression, pulled towards `start` or nought.

    `beside`: what the rules say of each row, as logarithms, which the model then adds to as much as `start` counts.
    """
    order = tuple(known)
    wanted = np.zeros((len(kinds), len(order)), dtype=np.float32)
    wanted[np.arange(len(kinds)), [order.index(kind) for kind in kinds]] = 1.0
    origin = start.weights if start else np.zeros((len(order), DIMENSIONS), dtype=np.float32)
    weights: Floats = origin.copy()
    counts = np.float32(start.model_counts if start else 1.0)
    speed: Floats = np.zeros_like(weights)
    for _ in range(_STEPS):
        said: Floats = rows @ weights.T if beside is None else beside + counts * (rows @ weights.T)
        off: Floats = (_softmax(said) - wanted) / np.float32(len(kinds))
        slope: Floats = off.T @ rows + np.float32(_PULL) * (weights - origin)
        speed = np.float32(_MOMENTUM) * speed - np.float32(_PACE) * slope
        weights = weights + speed
    return TypeModel(order, weights)


def widened(model: TypeModel, kinds: Sequence[str]) -> TypeModel:
    """The model with these types beside its own, of which it knows nothing yet."""
    more = tuple(kind for kind in kinds if kind not in model.kinds)
    blank = np.zeros((len(more), DIMENSIONS), dtype=np.float32)
    return replace(model, kinds=(*model.kinds, *more), weights=np.concatenate([model.weights, blank]))


def _softmax(values: Floats) -> Floats:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    shares: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def written(model: TypeModel) -> str:
    """The model as JSON: weights in 127 steps of each type's largest, so that equal training gives equal bytes."""
    steps = np.maximum(np.abs(model.weights).max(axis=1), 1e-6) / 127
    packed = np.rint(model.weights / steps[:, None]).astype(np.int8)
    told = {
        "dimensions": DIMENSIONS,
        "kinds": list(model.kinds),
        "steps": [round(float(step), 6) for step in steps],
        "rules_count": round(model.rules_count, 3),
        "model_counts": round(model.model_counts, 3),
        "weights": base64.b85encode(zlib.compress(packed.tobytes(), 9)).decode(),
    }
    return json.dumps(told, indent=0) + "\n"


def parsed(text: str) -> TypeModel:
    """A model from its JSON. ValueError for one of other dimensions."""
    told: dict[str, Any] = json.loads(text)
    if told["dimensions"] != DIMENSIONS:
        raise ValueError(f"The model has {told['dimensions']} dimensions, not {DIMENSIONS}: train it anew.")
    kinds = tuple(told["kinds"])
    packed = np.frombuffer(zlib.decompress(base64.b85decode(told["weights"])), dtype=np.int8)
    steps = np.array(told["steps"], dtype=np.float32)
    weights: Floats = packed.reshape(len(kinds), DIMENSIONS).astype(np.float32) * steps[:, None]
    return TypeModel(kinds, weights, told["rules_count"], told["model_counts"])


@cache
def shipped() -> TypeModel:
    """The model that comes with Anjuan, trained by `python -m tests.bench.train_types` on drawn papers."""
    return parsed(SHIPPED.read_text("utf-8"))
