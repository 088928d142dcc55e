"""How soft the edges of print are: for the check of blur, whichever way the sheet, the glass or the hand moved.

Measured on strokes and not on the whole picture, so that grain and the pattern of JPEG do not pass for sharpness, and
in both directions, as a sheet that slipped is blurred in one of them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.sheets import Box

_LINES: Final = 5
_STEEPEST: Final = 99
"""The share of pixels, in percent, that are less steep than an edge of a stroke is where it is steepest."""
_SLOPE: Final = 0.4
"""What a step that was blurred by a bell curve of width 1 rises by in a pixel at its middle: 1/√(2π)."""


def softness(grey: NDArray[np.uint8], boxes: Sequence[Box], *, grainy: bool) -> tuple[float, float]:
    """By how wide a bell curve print is blurred, pixels and share of a line's height: the median of several lines.

    The page and its boxes are upright; `grainy` has grain smoothed first.
    """
    longest = sorted(boxes, key=lambda box: -max(box[2:]))[:_LINES]
    found = sorted(each for box in longest if (each := _of_line(grey, box, grainy=grainy)))
    middle = found[len(found) // 2] if found else (0.0, 0.0)
    return middle[1], middle[0]


def _of_line(grey: NDArray[np.uint8], box: Box, *, grainy: bool) -> tuple[float, float] | None:
    """The blur of one line as a share of its height and in pixels; None where nothing is printed."""
    x, y, width, height = (round(side) for side in box)
    high = max(1, min(width, height))
    rim = max(2, high // 3)
    patch = grey[max(0, y - rim) : y + height + rim, max(0, x - rim) : x + width + rim]
    if min(patch.shape) < 2 * rim:
        return None
    calm = cv2.medianBlur(np.ascontiguousarray(patch), 5 if grainy else 3).astype(np.float32)
    rise = float(np.subtract(*np.percentile(calm, (90, 2))))
    steepest = min(float(np.percentile(np.abs(np.diff(calm, axis=axis)), _STEEPEST)) for axis in (0, 1))
    if steepest <= 0:
        return None
    wide = _SLOPE * rise / steepest
    return wide / high, wide
