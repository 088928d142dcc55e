"""RapidOCR's two networks, whatever computes them. The models lie inside the rapidocr wheel; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workers.ocr.engine import EngineFailed

Untyped = Any
"""Neither OpenVINO nor ONNX Runtime brings types."""

Columns = tuple[NDArray[np.integer[Any]], NDArray[np.float32]]
"""Of every column of a line the best class and its probability."""


class Reads(Protocol):
    """The recogniser: lines in, each (1, 3, 48, width); of each, in the same order, its best classes and how sure."""

    def __call__(self, lines: Iterable[NDArray[np.float32]]) -> list[Columns]:
        """Read them, as many at a time as there are threads. EngineFailed when that fails."""


@dataclass(frozen=True, slots=True)
class Networks:
    """`detect` turns a page (1, 3, height, width) into text probability (height, width); it fails as `read` does.

    `runtime` says on what they run, with its version; `characters` are the classes after the blank one.
    """

    runtime: str
    detect: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    read: Reads
    characters: list[str]


def model_file(kind: str) -> Path:
    """A model file of the rapidocr wheel, found without importing the package. EngineFailed when it is not there."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise EngineFailed("the rapidocr wheel with its models is not installed")
    found = Path(spec.origin).parent / "models" / f"PP-OCRv6_{kind}.onnx"
    if not found.is_file():
        raise EngineFailed(f"{found.name} is not in the rapidocr wheel")
    return found


def characters_of(listed: str) -> list[str]:
    """The classes that a model's own metadata list, a line a character; the blank between words comes last."""
    return ["", *listed.splitlines(), " "]


def models() -> str:
    """Which models they are, with the version of the wheel."""
    return f"rapidocr {version('rapidocr')} PP-OCRv6 small"
