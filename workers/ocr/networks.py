"""RapidOCR's two networks, whatever computes them. The models lie inside the rapidocr wheel; nothing is downloaded."""

from __future__ import annotations

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


class Request(Protocol):
    """One network, asked again and again."""

    def infer(self, values: list[NDArray[np.float32]]) -> object:
        """Compute. RuntimeError when that fails."""

    def get_output_tensor(self, index: int = 0) -> Untyped:
        """What came out last; its `data` is an array that the next `infer` overwrites."""


@dataclass(frozen=True, slots=True)
class Networks:
    """`detect` gives heat (1, 1, height, width); `read` the best class (0) and how sure (1), each (lines, columns, 1).

    `runtime` says on what they run, with its version; `characters` are the classes after the blank one.
    """

    runtime: str
    detect: Request
    read: Request
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
