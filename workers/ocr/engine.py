"""The port of an OCR engine: a page image in, lines in reading order out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workers.sheets import Box, Line

Pixels = NDArray[np.uint8]
"""Grey (height, width) or RGB (height, width, 3)."""


class EngineFailed(Exception):
    """The engine could not read this page; the page becomes a failed one, never a blank one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine saw: lines with boxes in pixels of the upright image.

    `turn` is how far the page was turned clockwise for that, `skew` by how many degrees its lines then still slope.
    """

    lines: tuple[Line, ...]
    turn: int
    skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A quick look: boxes of all text on the page, and what a few lines say, each with its box."""

    boxes: tuple[Box, ...]
    samples: tuple[tuple[Box, str], ...]


class Engine(Protocol):
    """Reads one page at a time; not safe for threads."""

    name: str

    def recognise(self, image: Pixels, dpi: int) -> Reading:
        """Read a page that may stand in any of four directions. Boxes are in pixels of the upright page.

        No text gives no lines. EngineFailed when the engine broke.
        """

    def glimpse(self, image: Pixels) -> Glimpse:
        """Look at an upright page without reading all of it, to check a text layer. EngineFailed as above."""


class OneAtATime:
    """An engine that several threads share: while one recognises, the others open, write and store their papers."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._turn = engine, threading.Lock()
        self.name = engine.name

    def recognise(self, image: Pixels, dpi: int) -> Reading:
        """As the engine does, when it is free."""
        with self._turn:
            return self._engine.recognise(image, dpi)

    def glimpse(self, image: Pixels) -> Glimpse:
        """As the engine does, when it is free."""
        with self._turn:
            return self._engine.glimpse(image)
