"""From a text detector's probability map to turned rectangles (differentiable binarization, arXiv:1911.08947)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.3
BOX_THRESHOLD = 0.5
GROWTH = 1.6
MOST_REGIONS = 3000
SMALLEST_SIDE = 3.0


@dataclass(frozen=True, slots=True)
class Region:
    """A text line's rectangle: centre, length along the text, height across it, degrees clockwise of the text."""

    x: float
    y: float
    length: float
    height: float
    angle: float

    @property
    def upright(self) -> bool:
        """Whether it is taller than a line of text can be: text that runs down, or a page that lies on its side."""
        return self.height >= 1.5 * self.length

    def along(self) -> Region:
        """The same rectangle read downwards: its length is its longer side."""
        return replace(self, length=self.height, height=self.length, angle=self.angle + 90.0)

    def stretched(self, across: float, down: float) -> Region:
        """The rectangle in an image that is so many times as wide and as high; nearly the same in both."""
        length, height = (down, across) if abs(self.angle) % 180 > 45 else (across, down)  # noqa: PLR2004 - degrees
        return replace(
            self, x=self.x * across, y=self.y * down, length=self.length * length, height=self.height * height
        )

    def bounds(self, start: float = 0.0, end: float = 1.0) -> tuple[float, float, float, float]:
        """x, y, width, height around the part from `start` to `end` of its length (0..1)."""
        c, s = cos(radians(self.angle)), sin(radians(self.angle))
        middle, span = (start + end) / 2 - 0.5, (end - start) * self.length
        x, y = self.x + middle * self.length * c, self.y + middle * self.length * s
        width = abs(span * c) + abs(self.height * s)
        height = abs(span * s) + abs(self.height * c)
        return x - width / 2, y - height / 2, width, height


def regions(heat: NDArray[np.float32]) -> list[Region]:
    """Text rectangles in a map of text probability (height, width), in the map's pixels."""
    mask = cv2.dilate((heat > THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = (_region(heat, contour) for contour in contours[:MOST_REGIONS])
    return [region for region in found if region is not None]


def _region(heat: NDArray[np.float32], contour: NDArray[np.int32]) -> Region | None:
    rectangle = cv2.minAreaRect(contour)
    if min(rectangle[1]) < SMALLEST_SIDE or _score(heat, rectangle) < BOX_THRESHOLD:
        return None
    return _grown(_levelled(rectangle))


def _levelled(rectangle: tuple[tuple[float, float], tuple[float, float], float]) -> Region:
    """The angle within ±45°: releases of OpenCV differ in which side they call the width."""
    (x, y), (width, height), angle = rectangle
    quarters = round(angle / 90.0)
    if quarters % 2:
        width, height = height, width
    return Region(x, y, width, height, angle - 90.0 * quarters)


def _grown(region: Region) -> Region:
    """Undo the shrinking that the detector was taught: area × ratio ÷ perimeter on every side."""
    length, height = region.length, region.height
    distance = length * height * GROWTH / (2 * (length + height))
    return replace(region, length=length + 2 * distance, height=height + 2 * distance)


def _score(heat: NDArray[np.float32], rectangle: tuple[tuple[float, float], tuple[float, float], float]) -> float:
    corners = cv2.boxPoints(rectangle)
    rows, columns = heat.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (columns - 1, rows - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (columns - 1, rows - 1)).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(heat[top : bottom + 1, left : right + 1], mask)[0])
